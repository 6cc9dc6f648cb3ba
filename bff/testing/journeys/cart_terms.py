"""The bag's terms: codes, gift cards, the note, what delivery costs; links that fill a bag; another market."""

from __future__ import annotations

from urllib.parse import urlsplit

from .buying import Line, add, adds_up, bag, sums
from .scenario import Absent, check, scenario
from .shopper import Shopper

WRONG = "NOSUCHCODE-9"


def _unfold(s: Shopper) -> None:
    folded = s.main.locator("details:not([open]) > summary").locator("visible=true")
    for _ in range(folded.count()):
        folded.first.click()


def _code(s: Shopper, text: str) -> None:
    _unfold(s)
    button = s.button("bag.code.enter", within=s.main)
    if not button.count():
        raise Absent("codes in carts")
    button.first.locator("xpath=ancestor::form").get_by_role("textbox").first.fill(text)
    s.follow(button)


@scenario("cart.code_refused")
def refused(s: Shopper) -> None:
    """A code nobody knows is refused at its field, and stays there to be put right."""
    add(s, s.goods.simple())
    bag(s)
    _code(s, WRONG)
    s.says("problem.code_invalid")
    field = s.button("bag.code.enter", within=s.main).locator("xpath=ancestor::form").get_by_role("textbox").first
    check(field.input_value() == WRONG, "what was typed is kept")
    check(field.get_attribute("aria-invalid") == "true", "the field is marked as wrong")


@scenario("cart.code_accepted")
def accepted(s: Shopper) -> None:
    """A code takes something off, is named, stays, and can be taken out."""
    if not s.options.code:
        raise Absent("a code to try (--code)")
    add(s, s.goods.simple())
    bag(s)
    before = adds_up(s)
    _code(s, s.options.code)
    codes = s.by("list", "bag.codes", within=s.main)
    s.shows(codes, "the codes in the bag")
    check((sums(s, "bag.discount") or 0) > 0, "a discount stands in the sums")
    after = adds_up(s)
    check(after < before, f"the total is lower than {before} (it says {after})")
    bag(s)
    s.follow(s.button("bag.remove", within=codes))
    s.until(lambda: not codes.count(), "the code is out")
    check(adds_up(s) == before, "the total is what it was")


@scenario("cart.gift_card")
def gift_card(s: Shopper) -> None:
    """A gift card pays a part; what is left to pay is said."""
    if not s.options.gift_card:
        raise Absent("a gift card to try (--gift-card)")
    add(s, s.goods.simple())
    bag(s)
    total = adds_up(s)
    _code(s, s.options.gift_card)
    s.shows(s.by("list", "bag.codes", within=s.main), "the gift card in the bag")
    paid, due = sums(s, "bag.gift_cards"), sums(s, "bag.due")
    check(paid, "what the gift card pays stands in the sums")
    check(sums(s, "bag.total") == total, "the total is what it was")
    check(due is not None and paid is not None and due == total - paid, "what is left to pay is the total without it")
    text = s.main.inner_text()
    check(s.options.gift_card not in text, "the whole code of the gift card is not shown again")


@scenario("cart.note")
def note(s: Shopper) -> None:
    """A note is kept with the bag."""
    add(s, s.goods.simple())
    bag(s)
    _unfold(s)
    keep = s.button("bag.note.keep", within=s.main)
    if not keep.count():
        raise Absent("notes in carts")
    words = "Please ring twice. Käse & <b>Wein</b>"
    s.field("bag.note.label").first.fill(words)
    s.follow(keep)
    bag(s)
    _unfold(s)
    check(s.field("bag.note.label").first.input_value() == words, "the note is as it was typed")


@scenario("cart.estimate")
def estimate(s: Shopper) -> None:
    """What delivery would cost, for a country and a postcode."""
    add(s, s.goods.simple())
    bag(s)
    _unfold(s)
    go = s.button("bag.estimate.go", within=s.main)
    if not go.count():
        raise Absent("delivery")
    form = go.first.locator("xpath=ancestor::form")
    form.get_by_role("textbox").first.fill({"DE": "10115", "US": "10001", "AE": ""}.get(s.country, "SW1A 1AA"))
    s.follow(go)
    s.says("bag.estimate.note")
    check(form.get_by_role("listitem").count(), "ways of delivery are listed")


@scenario("cart.permalink")
def permalink(s: Shopper) -> None:
    """A link shows what it would put in and adds nothing; its button does."""
    product = s.goods.simple()
    s.open(product.path)
    sku = s.main.locator("form").filter(has=s.button("buy.add", exact=True)).locator('input[name="sku"]')
    if not sku.count():
        raise Absent("SKUs")
    s.open(f"/cart/add?sku={sku.first.input_value()}&quantity=2")
    s.says("bag.link.title")
    check(s.main.get_by_text(product.title).count(), "the page names what it would add")
    other = s.tab()
    check(not bag(other), "opening a link adds nothing")
    s.follow(s.button("bag.link.add", within=s.main))
    s.says("bag.added.title")
    check(bag(s) == [Line(product.title, "2")], "the button adds what the link says")


@scenario("cart.share")
def share(s: Shopper) -> None:
    """A bag's link fills another shopper's bag, and leaves the first as it was."""
    product = s.goods.simple()
    add(s, product)
    bag(s)
    _unfold(s)
    field = s.main.get_by_label(s.words.pattern("bag.share.link"))
    if not field.count():
        raise Absent("SKUs")
    friend = s.another()
    friend.open(field.first.input_value())
    friend.follow(friend.button("bag.link.add", within=friend.main))
    check(bag(friend) == [Line(product.title, "1")], "the friend's bag holds the same")
    check(bag(s) == [Line(product.title, "1")], "one's own bag is as it was")


@scenario("cart.another_market")
def market(s: Shopper) -> None:
    """Another market offers to bring the bag there; until then nothing changes; then it is priced in its money."""
    product = s.goods.simple()
    add(s, product)
    bag(s)
    before = s.reads("bag.total")
    here = urlsplit(s.root).path.strip("/")
    links: list[str] = s.page.locator("a[hreflang]").evaluate_all("all => all.map(one => one.href)")
    country = here.rpartition("-")[2]
    others = [link for link in links if not urlsplit(link).path.split("/")[1].endswith(f"-{country}")]
    if not others:
        raise Absent("another market")
    there = s.tab()
    there.open(others[0])
    place = urlsplit(there.page.url).path.split("/")[1]
    there.root = f"{s.origin}/{place}"
    there.words = s.words.of(there.page.locator("html").get_attribute("lang") or "")
    there.says("bag.move.title")
    check(bag(s) == [Line(product.title, "1")] and s.reads("bag.total") == before, "looking changes nothing at home")
    there.follow(there.button("bag.move.here", within=there.main))
    there.settle()
    moved = bag(there)
    check([line.quantity for line in moved] == ["1"], "the bag is there, whole")
    check(there.reads("bag.total") != before, "it is priced anew")
    check(not there.by("heading", "bag.move.title", within=there.main).count(), "nothing is left to be moved")
