"""Looking around: menus, listings, search, products, markets."""

from __future__ import annotations

import re
from urllib.parse import quote_plus, urlsplit

from .goods import Product
from .scenario import Absent, check, scenario
from .shopper import Shopper

PATIENT_WITH = 4
"""Products of which no variant that was tried could be bought."""


def look(s: Shopper, path: str) -> Product:
    """A product's page, read by its roles."""
    s.page.goto(s.root + path)  # what is sold no longer may still be listed: nothing can be bought there
    main = s.main
    options = main.get_by_role("radio").evaluate_all("all => new Set(all.map(one => one.name)).size")
    add = s.button("buy.add", exact=True, within=main)
    shelves = s.button("card.add", exact=True, within=main)
    form = add.first.locator("xpath=ancestor::form") if add.count() else None
    texts = form.get_by_role("textbox").count() if form else 0
    typed = form.locator("input[type=date], select").count() if form else 0
    plans = form.get_by_role("radio").count() if form else 0
    digital = main.get_by_text(s.words.pattern("delivery.digital")).count() > 0
    return Product(
        path,
        s.heading(),
        options,
        typed + plans + texts,
        add.count() > 0,
        texts=texts,
        digital=digital,
        from_card=shelves.count() > 0,
    )


@scenario("home.leads_to_products")
def home(s: Shopper) -> None:
    """The first page has one headline, a way to each category, and products."""
    s.open()
    check(s.page.get_by_role("heading", level=1).count() == 1, "the home page has one headline")
    check(s.page.get_by_role("navigation").count(), "the home page has navigation")
    check(s.products(), "the home page leads to products")


@scenario("browse.from_menu_to_product")
def menu(s: Shopper) -> None:
    """From the header's menu to a category, from its list to a product that names its price."""
    s.open()
    links = s.page.get_by_role("banner").get_by_role("link", include_hidden=True)
    hrefs: list[str] = links.evaluate_all("links => links.map(link => link.href)")
    category = next((href for href in hrefs if "/categories/" in href), None)
    check(category, "the header's menu leads to a category")
    s.open(str(category))
    products = s.products()
    check(products, "the category shows products")
    s.open(products[0])
    check(s.heading(), "the product has a headline")
    check(re.search(r"\d", s.main.inner_text()), "the product names a price")


@scenario("browse.breadcrumbs")
def crumbs(s: Shopper) -> None:
    """From a product back up to its category."""
    s.open(s.goods.simple().path)
    up = s.main.get_by_role("navigation").get_by_role("link").evaluate_all("links => links.map(link => link.href)")
    category = next((href for href in up if "/categories/" in href), None)
    check(category, "a product's page leads back to its category")
    s.open(str(category))
    check(s.products(), "the category shows products")


def _listing_with_facets(s: Shopper) -> None:
    for category in s.goods.categories[:12]:
        s.open(category)
        if s.main.get_by_role("checkbox").count() > 2 and len(s.products()) > 2:
            return
    raise Absent("facets")


def _unfold(s: Shopper) -> None:
    """Open what is folded, and the sheet of filters where there is one."""
    opener = s.button("listing.filter", within=s.main).locator("visible=true")
    if opener.count():
        opener.first.click()
    folded = s.main.locator("details:not([open]) > summary").locator("visible=true")
    while folded.count():
        folded.first.click()


def _count(s: Shopper) -> int:
    """How many products the list says it has."""
    text = s.shows(s.main.get_by_role("status"), "how many products there are").inner_text()
    digits = "".join(str(int(c)) for c in text if c.isdigit())
    check(digits, f"the list's count is a number (it says {text!r})")
    return int(digits)


@scenario("listing.filter_and_take_back")
def filters(s: Shopper) -> None:
    """A facet makes the list shorter and stands in the address; its chip takes it back."""
    _listing_with_facets(s)
    all_of_them, address = _count(s), s.page.url
    boxes = s.main.get_by_role("checkbox")
    _unfold(s)
    chosen = False
    for index in range(min(boxes.count(), 40)):
        box = boxes.nth(index)
        if not box.is_visible():
            continue
        box.check()
        if not s.script:
            s.follow(s.button("listing.apply").locator("visible=true"))
        else:
            s.page.wait_for_url(re.compile(r"[?&]f\."))
            s.settle()
        chosen = _count(s) < all_of_them
        if chosen:
            break
        s.open(address)
        _unfold(s)
    check(chosen, "some facet makes the list shorter")
    check("f." in s.query, "the filter stands in the address")
    shown = len(s.products())
    s.page.reload()
    check(len(s.products()) == shown, "a reloaded list is the same")
    s.follow(s.link("listing.remove"))
    check(_count(s) == all_of_them, "without the filter the list is whole again")


@scenario("listing.sort")
def sort(s: Shopper) -> None:
    """Another order puts another product first, and stands in the address."""
    for category in s.goods.categories[:12]:
        s.open(category)
        before = s.products()
        if len(before) > 3 and s.main.get_by_role("combobox").count():
            break
    else:
        raise Absent("sorts")
    chooser = s.main.get_by_role("combobox").first
    values: list[str] = chooser.locator("option").evaluate_all("all => all.map(one => one.value)")
    for value in values[1:]:
        s.main.get_by_role("combobox").first.select_option(value)
        if s.script:
            s.page.wait_for_url(re.compile(r"[?&]sort="))
            s.settle()
        else:
            s.follow(s.button("listing.apply").locator("visible=true"))
        if s.products() != before:
            break
    check(s.products() != before, "an order changes the list")
    check(sorted(s.products())[:1], "an ordered list still has products")
    check("sort=" in s.query, "the order stands in the address")


@scenario("search.finds_a_product")
def search(s: Shopper) -> None:
    """A product's name, typed into the search, finds it."""
    product = s.goods.simple()
    s.open()
    opener = s.button("search.label", exact=True).locator("visible=true")
    field = s.page.get_by_role("searchbox").or_(s.page.get_by_role("combobox", name=s.words.pattern("search.label")))
    if not field.locator("visible=true").count() and opener.count():
        opener.first.click()
    field.locator("visible=true").first.fill(product.title)
    field.locator("visible=true").first.press("Enter")
    s.page.wait_for_url(re.compile(r"/search\?"))
    s.settle()
    check(any(urlsplit(path).path == product.path for path in s.products()), f"searching {product.title!r} finds it")


@scenario("search.proposes_while_typing", script=True)
def suggest(s: Shopper) -> None:
    """While typing, things are proposed; the arrow keys and Enter lead to one."""
    product = s.goods.simple()
    s.open()
    field = s.page.get_by_role("combobox", name=s.words.pattern("search.label")).locator("visible=true").first
    field.press_sequentially(product.title[:5], delay=20)
    s.shows(s.page.get_by_role("option"), "proposals")
    before = s.page.url
    field.press("ArrowDown")
    field.press("Enter")
    s.page.wait_for_url(lambda url: url != before)


@scenario("search.helps_when_it_finds_nothing")
def nothing(s: Shopper) -> None:
    """Words nobody uses are answered with a way on, not with an empty page."""
    s.open("/search?q=" + quote_plus("zzqxv kwpjh"))
    check(not s.heading().startswith("404"), "searching in vain is a page")
    check(s.main.get_by_role("link").count() > 2, "a search in vain offers ways on")


@scenario("product.choose_a_variant")
def variant(s: Shopper) -> None:
    """Every choice has an address of its own; choosing leads to something one can buy."""
    chosen(s)
    check("o." in s.query, "the chosen variant stands in the address")
    s.shows(s.button("buy.add", exact=True, within=s.main), "that the chosen variant can be bought")
    address, price = s.page.url, s.heading()
    s.open(address)
    check(s.heading() == price, "the variant's address opens it again")


def chosen(s: Shopper) -> Product:
    """Open a product with options, and choose what of it can be bought. Raises `Absent` where too much is sold out."""
    sold_out: tuple[str, ...] = ()
    while len(sold_out) < PATIENT_WITH:
        product = s.goods.with_options(besides=sold_out)
        s.open(product.path)
        try:
            choose(s)
        except Absent:
            sold_out += (product.path,)
        else:
            return product
    raise Absent("a variant in stock")


def choose(s: Shopper) -> None:
    """Choose values until the product can be bought. Raises `Absent` where no combination can."""
    names: list[str] = s.main.get_by_role("radio").evaluate_all(
        "all => [...new Set(all.filter(one => one.name.startsWith('o.')).map(one => one.name))]"
    )
    for name in names:
        group = s.main.get_by_role("radio").and_(s.page.locator(f'[name="{name}"]'))
        labels = [(one.get_attribute("value"), one.locator("xpath=..").inner_text()) for one in group.all()]
        for value, _ in labels:
            before = s.page.url
            s.main.locator(f'input[name="{name}"][value="{value}"] + label').click()
            if s.script:
                s.settle()
            else:
                s.follow(s.button("option.show"))
            if s.page.url != before and name == names[-1] and s.button("buy.add", exact=True, within=s.main).count():
                return
            if name != names[-1]:
                break
    if not s.button("buy.add", exact=True, within=s.main).count():
        raise Absent("a variant in stock")


@scenario("market.switch_keeps_the_product")
def market(s: Shopper) -> None:
    """Another market shows the same product, in its own currency and language."""
    s.open(s.goods.simple().path)
    here = urlsplit(s.root).path.strip("/")
    hrefs: list[str] = s.page.locator("a[hreflang]").evaluate_all("all => all.map(one => one.href)")
    others = [href for href in hrefs if f"/{here}/" not in href]
    if not others:
        raise Absent("another market")
    s.open(others[0])
    check(f"/{here}/" not in urlsplit(s.page.url).path + "/", "the switch leads to another market")
    check("/products/" in s.page.url, "the switch keeps the product")
    check(s.heading(), "the product has a headline there")


@scenario("failure.page_helps")
def lost(s: Shopper) -> None:
    """An address that leads nowhere is a 404 with the shop around it."""
    s.open("/pages/there-is-no-such-page-here", status=404)
    check(s.page.get_by_role("banner").get_by_role("link").count(), "the page of a wrong address has the shop's header")
    check(s.main.get_by_role("link").count(), "the page of a wrong address leads on")
