"""The bag: putting things in, changing them, taking them out, coming back to it."""

from __future__ import annotations

from .browsing import chosen
from .buying import TEXT, Line, add, bag, fill, lines, tally
from .scenario import Absent, check, scenario
from .shopper import Shopper


@scenario("cart.add_from_product")
def from_product(s: Shopper) -> None:
    """The button on a product's page puts it into the bag, once; the header counts it."""
    product = s.goods.simple()
    add(s, product)
    s.until(lambda: tally(s) == 1, "the header counts one piece")
    check(bag(s) == [Line(product.title, "1")], f"the bag holds one {product.title}")


@scenario("cart.add_from_card")
def from_card(s: Shopper) -> None:
    """A card's button puts a thing without choices into the bag from a list."""
    for category in s.goods.categories[:12]:
        s.open(category)
        buttons = s.button("card.add", exact=True, within=s.main)
        if buttons.count():
            break
    else:
        raise Absent("a card whose product can be added at once")
    title = s.words.taken("card.add", buttons.first.inner_text())
    s.follow(buttons.first)
    s.says("bag.added.title")
    check(bag(s) == [Line(str(title), "1")], f"the bag holds one {title}")


@scenario("cart.add_chosen_variant")
def variant(s: Shopper) -> None:
    """What was chosen is what is in the bag."""
    product = chosen(s)
    values = s.main.locator("input:checked + label").all_inner_texts()
    button = s.button("buy.add", exact=True, within=s.main)
    fill(s, button.first.locator("xpath=ancestor::form"))
    s.follow(button)
    s.says("bag.added.title")
    check(bag(s) == [Line(product.title, "1")], f"the bag holds one {product.title}")
    for value in values:
        word = value.strip().split("\n")[0].split(",")[0]
        check(s.main.get_by_text(word).count(), f"the bag names the choice {word!r}")


@scenario("cart.add_with_text")
def text(s: Shopper) -> None:
    """What is typed for a product comes along; another text is another line."""
    product = s.goods.with_text()
    add(s, product)
    add(s, product, text="Zoë 9")
    found = bag(s)
    check([line.quantity for line in found] == ["1", "1"], f"two texts are two lines (they are {found})")
    check(s.main.get_by_text(TEXT).count(), "the bag shows what was typed")
    check(s.main.get_by_text("Zoë 9").count(), "the bag shows what was typed the second time")


@scenario("cart.change_quantity")
def quantity(s: Shopper) -> None:
    """Another quantity stands after a reload; nonsense is told at its line and changes nothing."""
    add(s, s.goods.simple())
    bag(s)
    _set(s, "2")
    s.until(lambda: [line.quantity for line in lines(s)] == ["2"] and tally(s) == 2, "the bag holds two")
    check(bag(s)[0].quantity == "2", "the quantity stays")
    _set(s, "1e9")
    s.says("bag.quantity.wrong")
    check(bag(s)[0].quantity == "2", "nonsense changes nothing")


def _set(s: Shopper, value: str) -> None:
    box = s.by("spinbutton", "bag.quantity.of", within=s.main).first
    box.fill(value)
    if s.script:
        s.act(lambda: box.press("Enter"))
    else:
        s.follow(s.button("bag.update", within=s.main).locator("visible=true"))


@scenario("cart.remove_and_undo")
def remove(s: Shopper) -> None:
    """What is taken out can be put back, with what was typed for it where something can be."""
    try:
        product = s.goods.with_text()
    except Absent:
        product = s.goods.simple()
    add(s, product)
    bag(s)
    s.follow(s.button("bag.remove", within=s.main))
    s.says("bag.removed")
    check(not lines(s), "the bag is empty")
    s.follow(s.button("bag.undo", within=s.main))
    s.until(lambda: [line.title for line in lines(s)] == [product.title], "it is back in the bag")
    check(not product.texts or s.main.get_by_text(TEXT).count(), "and with it what was typed")


@scenario("cart.save_for_later")
def later(s: Shopper) -> None:
    """A line goes to a list below the bag, and back."""
    product = s.goods.simple()
    add(s, product)
    bag(s)
    button = s.button("bag.later", within=s.main)
    if not button.count():
        raise Absent("wishlists")
    s.follow(button)
    s.says("bag.later.saved")
    check(not lines(s), "it has left the bag")
    s.open("/cart")
    s.follow(s.button("bag.later.back", within=s.main))
    s.until(lambda: lines(s) == [Line(product.title, "1")], "it is back in the bag")


@scenario("cart.survives_a_restart")
def restart(s: Shopper) -> None:
    """The bag is there when the browser is opened again."""
    product = s.goods.simple()
    add(s, product)
    s.restart()
    check(bag(s) == [Line(product.title, "1")], "the bag is as it was left")
    check(tally(s) == 1, "the header counts it")


@scenario("cart.two_tabs")
def two_tabs(s: Shopper) -> None:
    """Two tabs that begin without a bag end in one, with both things."""
    first = s.goods.simple()
    second = s.goods.simple(besides=(first.path,))
    other = s.tab()
    s.open(first.path)
    other.open(second.path)
    s.follow(s.button("buy.add", exact=True, within=s.main))
    other.follow(other.button("buy.add", exact=True, within=other.main))
    s.says("bag.added.title")
    other.says("bag.added.title")
    check({line.title for line in bag(s)} == {first.title, second.title}, "the bag holds what both tabs put in")


@scenario("cart.stale_tab")
def stale(s: Shopper) -> None:
    """An old tab does not undo what was done in a new one, and says that a line is gone."""
    first = s.goods.simple()
    second = s.goods.simple(besides=(first.path,))
    add(s, first)
    add(s, second)
    bag(s)
    other = s.tab()
    bag(other)
    title = lines(other)[0].title
    other.follow(other.button("bag.remove", within=other.main))
    other.says("bag.removed")
    _set(s, "3")
    s.says("bag.gone")
    check([line.title for line in lines(s)] == [line.title for line in bag(other)], "both tabs show the same bag")
    check(title not in [line.title for line in lines(s)], "what was taken out stays out")


@scenario("cart.double_submit")
def double(s: Shopper) -> None:
    """A double click adds once."""
    product = s.goods.simple()
    s.open(product.path)
    s.act(s.shows(s.button("buy.add", exact=True, within=s.main), "the button that adds it").dblclick)
    s.says("bag.added.title")
    check(bag(s) == [Line(product.title, "1")], "a double click makes one piece")
