"""The bag over the demo store: every post with and without htmx, and what it says when something is wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import anyio
import pytest

from bff.gateway.backends import composed
from bff.pages import bag_link
from bff.pages.parts import bag_forms as forms
from bff.ports import (
    AppliedCode,
    Cart,
    CartRef,
    CartResult,
    CartTraits,
    Hit,
    NoCart,
    Problem,
    ProductKey,
    Target,
    Totals,
    Unavailable,
    VariantKey,
)
from tests.pages.test_bag_parts import line
from tests.web import goods
from tests.web.stage import FORM, SAME_SITE, Answer, Attribute, Port, Shop, opened, settings

MUG = {"product": "harbour-mug", "variant": "HMUG-IND-SMA", "sku": "HMUG-IND-SMA"}
BRUSH = "DBRU"


@dataclass
class Shopper:
    """A visitor with cookies."""

    shop: Shop
    place: str = "en-gb"
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, htmx: bool = False) -> Answer:
        return self.sent("GET", path, b"", htmx)

    def post(self, path: str, htmx: bool = False, **fields: str) -> Answer:
        """Each post is one of its own, as a page's forms make it: equal ones would be the same mutation."""
        return self.sent("POST", path, urlencode({**fields, "mutation": uuid4().hex}).encode(), htmx)

    def sent(self, method: str, path: str, body: bytes, htmx: bool) -> Answer:
        target = path if path.startswith("/") else f"/{self.place}/{path}"
        headers = [SAME_SITE, FORM, *([(b"hx-request", b"true")] if htmx else [])]
        if self.cookies:
            headers.append((b"cookie", "; ".join(f"{k}={v}" for k, v in self.cookies.items()).encode()))
        answer = self.shop.request(method, target, headers, body)
        for cookie in answer.all("set-cookie"):
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
            if "Max-Age=0" in cookie:
                del self.cookies[name]
        return answer

    def follow(self, answer: Answer) -> Answer:
        assert answer.status == 303, answer.text[-2000:]
        return self.get(answer.header("location") or "")

    def bag(self) -> str:
        return self.get("cart").text


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The demo store for itself: all its shoppers have one address, which may try codes as often as the tests do."""
    limits = {f"PORTICO_LIMITS__{name}": "9000/1s" for name in ("CODE", "GIFT_CARD")}
    with opened(settings(tmp_path_factory.mktemp("bag"), limits)) as found:
        yield found


@pytest.fixture
def ann(demo: Shop) -> Shopper:
    return Shopper(demo)


def lines(text: str) -> dict[str, str]:
    """Quantities by line."""
    return dict(re.findall(r'name="q\.([^"]+)"[^>]* value="([^"]*)"', text))


def only(text: str) -> str:
    (found,) = lines(text)
    return found


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


# ---------------------------------------------------------------- putting things in


def test_what_was_added_is_a_page_that_survives_a_reload(ann: Shopper) -> None:
    done = ann.post("cart/lines", **MUG, quantity="2")
    assert (done.header("location") or "").startswith("/en-gb/cart/added?line=")
    for _ in range(2):
        text = ann.follow(done).text
        assert "Added to your bag" in words(text)
        assert "Harbour mug" in words(text)
        assert "2 in the bag now" in words(text)
        assert "<progress" in text
    assert list(lines(ann.bag()).values()) == ["2"]


def test_the_added_page_of_nothing_is_the_bag(ann: Shopper) -> None:
    assert ann.get("cart/added").header("location") == "/en-gb/cart"
    assert ann.get("cart/added?line=nobodys").header("location") == "/en-gb/cart"


def test_with_htmx_the_answer_is_the_dialog_and_the_header(ann: Shopper) -> None:
    answer = ann.post("cart/lines", htmx=True, **MUG)
    assert answer.status == 200
    assert "<html" not in answer.text
    assert "innerHTML:[data-hole='bag']" in answer.text.replace("&#39;", "'")
    assert "1 piece in the bag" in words(answer.text)


def test_several_at_once(ann: Shopper) -> None:
    answer = ann.post("cart/lines", **{"lines.0.sku": MUG["sku"], "lines.0.quantity": "2", "lines.1.sku": BRUSH})
    assert "Dish brush" in words(ann.follow(answer).text)
    assert sorted(lines(ann.bag()).values()) == ["1", "2"]


def test_one_of_several_that_is_not_sold_is_told_and_the_rest_is_in(ann: Shopper) -> None:
    answer = ann.post("cart/lines", **{"lines.0.sku": BRUSH, "lines.1.sku": "NOPE"})
    assert answer.status == 200
    assert "not sold in your country" in words(answer.text)
    assert "Dish brush" in words(answer.text)
    assert list(lines(ann.bag()).values()) == ["1"]


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("quantity", ["", "0", "-1", "99999", "many", "\u202e2"])
def test_a_quantity_that_is_none_is_told_at_its_field(ann: Shopper, quantity: str, htmx: bool) -> None:
    answer = ann.post("cart/lines", htmx=htmx, **MUG, quantity=quantity)
    assert answer.status == 422
    found = re.search(r'<input id="f-quantity"[^>]*>', answer.text)
    assert found is not None
    assert 'aria-invalid="true"' in found.group()
    assert 'name="variant" value="HMUG-IND-SMA"' in answer.text, "what is to be added is kept"
    assert lines(ann.bag()) == {}


def test_what_was_typed_is_kept_when_it_does_not_fit(ann: Shopper) -> None:
    answer = ann.post("cart/lines", **MUG, quantity="1", **{"i.initials": "ABCDE"})
    assert answer.status == 422
    assert 'value="ABCDE"' in answer.text
    assert 'id="f-i-initials-wrong"' in answer.text


def test_nothing_named_is_nothing_added(ann: Shopper) -> None:
    assert ann.post("cart/lines").status == 422
    assert ann.post("cart/lines", quantity="2").status == 422
    assert ann.post("cart/lines", sku="<script>").status == 422


# ---------------------------------------------------------------- lines


def test_a_stale_tab_changes_only_what_it_was_asked_to(ann: Shopper) -> None:
    ann.post("cart/lines", **{"lines.0.sku": MUG["sku"], "lines.1.sku": BRUSH})
    first, second = lines(ann.bag())
    ann.post("cart/quantities", **{f"q.{first}": "4", f"was.{first}": "1"})
    stale = {f"q.{first}": "1", f"was.{first}": "1", f"q.{second}": "3", f"was.{second}": "1"}
    ann.post("cart/quantities", **stale)
    assert lines(ann.bag()) == {first: "4", second: "3"}


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("typed", ["-1", "two", "99999", "1.23456"])
def test_a_wrong_quantity_stays_with_its_message(ann: Shopper, typed: str, htmx: bool) -> None:
    ann.post("cart/lines", **MUG)
    id = only(ann.bag())
    answer = ann.post("cart/quantities", htmx=htmx, **{f"q.{id}": typed, f"was.{id}": "1"})
    assert answer.status == 422
    assert lines(answer.text) == {id: typed}
    assert f'aria-describedby="told-{id}"' in answer.text
    assert lines(ann.bag()) == {id: "1"}


def test_removing_can_be_undone_with_what_was_typed(ann: Shopper) -> None:
    ann.post("cart/lines", **MUG, quantity="2", **{"i.initials": "AB"})
    id = only(ann.bag())
    gone = ann.post("cart/quantities", remove=id)
    assert "AB" not in (gone.header("location") or "").partition("removed=")[0]
    for _ in range(2):
        text = ann.follow(gone).text
        assert "Harbour mug has been taken out." in words(text)
        assert "Your bag is empty" in words(text)
    token = re.search(r'name="undo" value="([^"]+)"', text)
    assert token is not None
    back = ann.follow(ann.post("cart/undo", undo=token.group(1))).text
    assert list(lines(back).values()) == ["2"]
    assert ">AB<" in back
    again = ann.get(gone.header("location") or "").text
    assert 'name="undo"' not in again, "what is back needs no undo"


def test_an_undo_is_this_shoppers_and_for_an_hour(ann: Shopper, monkeypatch: pytest.MonkeyPatch) -> None:
    ann.post("cart/lines", **MUG)
    gone = str(ann.post("cart/quantities", remove=only(ann.bag())).header("location"))
    token = gone.partition("removed=")[2]
    bob = Shopper(ann.shop)
    bob.post("cart/lines", sku=BRUSH)
    for path in (gone, f"{gone}x"):
        assert "has been taken out" not in words(bob.get(path).text)
    assert "can no longer be undone" in words(bob.post("cart/undo", undo=token).text)
    assert len(lines(bob.bag())) == 1
    control = ann.shop.store.control
    clock = control.clock
    monkeypatch.setattr(control, "clock", lambda: clock() + 3_601)
    assert "has been taken out" not in words(ann.get(gone).text), "nothing is offered that would be refused"
    late = ann.post("cart/undo", undo=token)
    assert late.status == 422
    assert "too late to undo" in words(late.text)
    assert lines(ann.bag()) == {}
    monkeypatch.setattr(control, "clock", clock)
    assert "Harbour mug" in words(ann.follow(ann.post("cart/undo", undo=token)).text)


@pytest.mark.parametrize("token", ["", "x", "A" * 9_000, "AAAA.BBBB", "\x00"])
def test_a_tampered_undo_does_nothing(ann: Shopper, token: str) -> None:
    answer = ann.post("cart/undo", undo=token)
    assert answer.status == 422
    assert "can no longer be undone" in words(answer.text)
    assert lines(ann.bag()) == {}


@pytest.mark.parametrize("htmx", [False, True])
def test_a_line_that_is_gone_says_so(ann: Shopper, htmx: bool) -> None:
    ann.post("cart/lines", **{"lines.0.sku": MUG["sku"], "lines.1.sku": BRUSH})
    first, second = lines(ann.bag())
    ann.post("cart/quantities", remove=first)
    for fields in ({"remove": first}, {"later": first}, {f"q.{first}": "3"}):
        answer = ann.post("cart/quantities", htmx=htmx, **fields)
        assert answer.status in (200, 409)
        assert "no longer in your bag" in words(answer.text)
    assert lines(ann.bag()) == {second: "1"}


def test_nobody_reaches_into_anothers_bag(demo: Shop) -> None:
    ann, bob = Shopper(demo), Shopper(demo)
    ann.post("cart/lines", **MUG)
    bob.post("cart/lines", sku=BRUSH)
    hers = only(ann.bag())
    assert "no longer in your bag" in words(bob.post("cart/quantities", remove=hers).text)
    assert "no longer in your bag" in words(bob.post("cart/quantities", **{f"q.{hers}": "9"}).text)
    assert lines(ann.bag()) == {hers: "1"}
    stranger = Shopper(demo)
    assert stranger.post("cart/quantities", remove=hers).status == 409


def test_saved_for_later_and_back(ann: Shopper) -> None:
    two = {"lines.0.sku": MUG["sku"], "lines.0.i.initials": "AB", "lines.1.sku": BRUSH, "lines.1.quantity": "3"}
    ann.post("cart/lines", **two)
    engraved, brush = lines(ann.bag())
    assert f'name="later" value="{engraved}"' not in ann.bag(), "what was typed would be lost"
    assert ann.post("cart/quantities", later=engraved).status == 404
    text = ann.follow(ann.post("cart/quantities", later=brush)).text
    assert list(lines(text)) == [engraved]
    assert f'id="saved-{BRUSH}"' in text
    ann.place = "de-de"
    assert f'id="saved-{BRUSH}"' in ann.bag(), "the list is known in every language"
    assert "Menge: 3" in words(ann.bag())
    ann.place = "en-gb"
    text = ann.follow(ann.post("cart/saved", sku=BRUSH, do="bag")).text
    assert [*lines(text).values()] == ["1", "3"], "as many as there were"
    assert f'id="saved-{BRUSH}"' not in text
    assert ann.post("cart/saved", sku=BRUSH, do="bag").status == 409
    assert len(lines(ann.bag())) == 2


# ---------------------------------------------------------------- codes, note, delivery, market


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("code", ["", "NOPE", "x" * 500, "<b>'--"])
def test_a_code_that_is_refused_is_told_at_its_field(ann: Shopper, code: str, htmx: bool) -> None:
    ann.post("cart/lines", **MUG)
    answer = ann.post("cart/codes", htmx=htmx, code=code)
    assert answer.status == 422
    found = re.search(r'<input id="f-code"[^>]*>', answer.text)
    assert found is not None
    assert 'aria-describedby="f-code-wrong"' in found.group()
    assert answer.text.count("This code is not known") <= 1


def test_too_many_tries_are_told_at_the_field(tmp_path: Any) -> None:
    with opened(settings(tmp_path, {"PORTICO_LIMITS__CODE": "1/1h"})) as shop:
        ann = Shopper(shop)
        ann.post("cart/lines", **MUG)
        assert ann.post("cart/codes", code="NOPE").status == 422
        answer = ann.post("cart/codes", code="NOPE2")
        assert answer.status == 429
        assert 'id="f-code-wrong"' in answer.text
        assert 'value="NOPE2"' in answer.text


def test_no_way_in_for_codes_goes_uncounted(tmp_path: Any) -> None:
    """Whoever guesses gift cards: with things that are added, at the checkout, in the bag."""
    with opened(settings(tmp_path, {"PORTICO_LIMITS__GIFT_CARD": "2/1h"})) as shop:
        ann, known = Shopper(shop), "GIFT-POUND-2026-DEMO"
        assert "This code is not known" in words(ann.post("cart/lines", **MUG, code="NOPE").text)
        assert ann.post("checkout/codes", code="NOPE2", step="review").status == 303
        assert "too many tries" in words(ann.post("cart/lines", **MUG, code=known).text)
        assert ann.post("checkout/codes", code=known, step="review").status == 303
        assert "too many tries" in words(ann.bag())
        assert ann.post("cart/codes", code=known).status == 429
        assert "•••• DEMO" not in words(ann.bag())


def test_codes_stand_together_each_with_its_effect(ann: Shopper) -> None:
    ann.post("cart/lines", **MUG)
    assert "WELCOME10" not in words(ann.bag())
    applied = ann.post("cart/codes", htmx=True, code="welcome10")
    assert "The code is in your bag." in words(applied.text)
    assert 'name="code" required' in applied.text
    assert 'value="welcome10"' not in applied.text, "the field is empty for the next"
    idle = ann.post("cart/codes", htmx=True, code="TENOFF")
    assert words(idle.text).count("takes nothing off at present") == 2, "in the announcement, and at the code"
    card = words(ann.post("cart/codes", htmx=True, code="GIFT-POUND-2026-DEMO").text)
    assert "•••• DEMO" in card
    assert "GIFT-POUND" not in card
    assert "To pay" in card
    ids = re.findall(r'name="id" value="([^"]+)"', ann.bag())
    assert len(ids) == 3
    assert len(re.findall(r'name="id" value=', ann.follow(ann.post("cart/codes/drop", id=ids[0])).text)) == 2
    assert "no longer in your bag" in words(ann.post("cart/codes/drop", id=ids[0]).text)


def test_the_estimate_counts_what_the_progress_counts(ann: Shopper) -> None:
    ann.post("cart/lines", sku=MUG["sku"], quantity="4")
    costs = re.compile(r'class="estimate-cost">\s*(?:<bdi>)?([^<]+)')
    assert costs.findall(ann.get("cart?country=GB").text)[:2] == ["Free", "Free"]
    ann.post("cart/codes", code="TABLE15")
    text = ann.get("cart?country=GB").text
    assert "more and delivery is free" in words(text)
    assert costs.findall(text)[:2] == ["Free", "£4.50"], "collecting costs nothing, sending does"
    ann.post("cart/codes", code="FREESHIP")
    text = ann.get("cart?country=GB").text
    assert "Delivery is free." in words(text)
    assert costs.findall(text)[:2] == ["Free", "Free"]


def test_what_a_code_takes_off_a_line_is_said_there(ann: Shopper) -> None:
    ann.post("cart/lines", sku=MUG["sku"], quantity="3")
    ann.post("cart/codes", code="TABLE15")
    assert "£8.10 off this line: 15% off everything for the table" in words(ann.bag())


def test_our_own_messages_stand_at_the_fields(ann: Shopper) -> None:
    """A browser's bubbles would say what the server says at the field, in another language and place."""
    ann.post("cart/lines", **MUG)
    for form in ("fold-code", "footer-letter"):
        assert re.search(rf'<form class="[^"]*{form}"[^>]* novalidate', ann.bag()), form
    answer = ann.post("newsletter")
    assert answer.status == 422
    assert 'id="f-email-wrong"' in answer.text


def test_a_note_is_kept_and_one_too_long_comes_back(ann: Shopper) -> None:
    ann.post("cart/lines", **MUG)
    assert "Please ring" in ann.follow(ann.post("cart/note", note="Please ring")).text
    answer = ann.post("cart/note", note="n" * 1_001)
    assert answer.status == 422
    assert "n" * 1_001 in answer.text
    assert "Please ring" in ann.bag()
    assert "Please ring" not in ann.follow(ann.post("cart/note", note="")).text


def test_delivery_is_quoted_and_quoted_again_after_a_change(ann: Shopper) -> None:
    ann.post("cart/lines", **MUG)
    text = ann.get("cart?country=GB&postcode=TR11").text
    assert "Standard delivery" in words(text)
    id = only(text)
    after = ann.follow(ann.post("cart/quantities", **{f"q.{id}": "3", "country": "GB", "postcode": "TR11"}))
    assert "Standard delivery" in words(after.text)
    part = ann.post("cart/quantities", htmx=True, **{f"q.{id}": "2", "country": "GB"})
    assert "Standard delivery" in words(part.text)


@pytest.mark.parametrize(
    "query", ["country=", "country=XX", "country=GB&postcode=" + "9" * 40, "country=GB&postcode=<>"]
)
def test_a_place_that_is_none_is_told_at_its_field(ann: Shopper, query: str) -> None:
    ann.post("cart/lines", **MUG)
    answer = ann.get(f"cart?{query}")
    assert answer.status == 200
    assert 'aria-invalid="true"' in answer.text
    assert "Standard delivery" not in words(answer.text)


def test_a_country_of_another_store_leads_there(ann: Shopper) -> None:
    ann.post("cart/lines", **MUG)
    assert 'href="/de-de/cart"' in ann.get("cart?country=DE").text


def test_another_market_shows_the_bag_as_it_is_until_it_is_moved(ann: Shopper) -> None:
    ann.post("cart/lines", **MUG, quantity="2")
    ann.place = "de-de"
    before = ann.bag()
    assert "£" in words(before)
    assert 'action="/de-de/cart/move"' in before
    assert 'href="/de-de/checkout"' not in before
    moved = ann.post("cart/move")
    text = moved.text if moved.status == 200 else ann.follow(moved).text
    assert "€" in words(text)
    assert "line-problem-info" in text, "the price that changed is told at its line"
    after = ann.bag()
    assert "cart/move" not in after
    assert list(lines(after).values()) == ["2"]


# ---------------------------------------------------------------- links


def test_a_link_shows_first_and_adds_when_told(ann: Shopper) -> None:
    page = ann.get(f"cart/add?sku={MUG['sku']}&quantity=2&sku={BRUSH}&sku=NOPE&code=HELLO")
    assert page.status == 200
    text = words(page.text)
    for expected in ("Harbour mug", "Dish brush", "Article NOPE", "HELLO", "not sold in your country"):
        assert expected in text
    assert lines(ann.bag()) == {}, "a link adds nothing by itself"
    fields = dict(re.findall(r'name="(lines\.[^"]+|code)" value="([^"]*)"', page.text))
    assert "lines.2.sku" not in fields
    assert "This code is not known" in words(ann.post("cart/lines", **fields).text)
    assert sorted(lines(ann.bag()).values()) == ["1", "2"]


@pytest.mark.anyio
async def test_a_link_of_fifty_asks_for_all_at_once_and_for_few_products_together() -> None:
    running, most = 0, 0

    async def product(*, slug: str) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await anyio.lowlevel.checkpoint()
        running -= 1
        if slug == "p9":
            raise Unavailable("away")
        own = goods.variant(f"v{slug[1:]}", product_id=slug, sku=f"S{slug[1:]}")
        other = goods.variant("other", product_id=slug, sku="OTHER")
        return goods.product(id=slug, slug=slug, title=f"Thing {slug}", variants=(other, own), selected=None)

    def products(*, keys: list[ProductKey]) -> tuple[Any, ...]:
        """A third of them has nothing to choose; two numbers are of one product; one is nobody's."""
        found: list[Any] = []
        for key in keys:
            n = int((key.sku or "")[1:])
            only = VariantKey(id=f"v{n}", sku=key.sku) if n % 3 == 0 and n != 9 else None
            found.append(goods.card(f"p{n if n != 1 else 2}", sku=key.sku, variant=only) if n != 49 else None)
        return tuple(found)

    catalog = Port(products=products, product=product, sku_lookup=Attribute(True))
    backend = composed("default", goods.offer(catalog=catalog))
    wanted = forms.link_items([("sku", f"S{n}") for n in range(50)])
    view = await bag_link.load(backend, goods.context(), goods.GB, wanted, "")
    calls = Counter(name for name, _ in catalog.calls)
    assert (calls["products"], calls["product"], most) == (1, 32, bag_link.AT_ONCE)
    assert len(view.lines) == 50
    why = {line.name: line.why for line in view.lines if line.why}
    assert why == {"S1": "bag.link.choose", "S9": "bag.link.choose", "S49": "problem.not_sold_here"}
    assert (view.lines[3].title, view.lines[4].title, view.lines[4].chosen) == ("The p3", "Thing p4", "Blue")


def test_a_link_of_nothing_is_the_bag(ann: Shopper) -> None:
    assert ann.get("cart/add").header("location") == "/en-gb/cart"
    assert ann.get("cart/add?sku=&quantity=3").header("location") == "/en-gb/cart"


def test_the_bags_own_link_makes_the_same_bag(ann: Shopper) -> None:
    ann.post("cart/lines", **{"lines.0.sku": MUG["sku"], "lines.0.quantity": "3", "lines.1.sku": BRUSH})
    shared = re.search(r'id="share-link"[^>]* value="([^"]+)"', ann.bag())
    assert shared is not None
    path = "/en-gb" + shared.group(1).replace("&amp;", "&").partition("/en-gb")[2]
    other = Shopper(ann.shop)
    fields = dict(re.findall(r'name="(lines\.[^"]+)" value="([^"]*)"', other.get(path).text))
    other.post("cart/lines", **fields)
    assert sorted(lines(other.bag()).values()) == ["1", "3"]


@pytest.mark.parametrize("path", ["quantities", "lines", "codes", "codes/drop", "note", "undo", "move", "saved"])
def test_an_address_for_posts_opened_again_is_the_bag(ann: Shopper, path: str) -> None:
    assert ann.get(f"cart/{path}").header("location") == "/en-gb/cart"


@pytest.mark.parametrize("path", ["quantities", "lines", "codes", "codes/drop", "note", "undo", "move", "saved"])
@pytest.mark.parametrize("htmx", [False, True])
def test_the_worst_a_form_may_bring_is_no_failure(ann: Shopper, path: str, htmx: bool) -> None:
    ann.post("cart/lines", **MUG)
    id = only(ann.bag())
    worst = ("", "\x00", "<script>alert(1)</script>", "9" * 5_000, "\u202e", "-1", "../..", "NaN")
    names = ("sku", "variant", "quantity", "code", "note", "undo", "id", "remove", "later", "do", f"q.{id}", "country")
    for value in worst:
        answer = ann.sent("POST", f"cart/{path}", urlencode([(n, value) for n in names] * 2).encode(), htmx)
        assert answer.status in (200, 303, 404, 409, 422), (path, value, answer.status)
        assert "<script>alert" not in answer.text


# ---------------------------------------------------------------- other backends


def store(tmp_path: Any, found: Any, result: Any = None, **ports: Any) -> Any:
    traits = CartTraits(gift_cards=True)
    carts = Port(traits=Attribute(traits), get=found, apply_code=result, add=result, change=result)
    return opened(settings(tmp_path), goods.offer(carts=carts, **ports))


def held(shop: Shop) -> Shopper:
    """A shopper with a cart."""
    shopper = Shopper(shop)
    shopper.post("cart/lines", sku="SKU-l1")
    return shopper


def full(**changes: Any) -> Cart:
    given: dict[str, Any] = {
        "ref": CartRef(id="c"),
        "market": "gb",
        "currency": "GBP",
        "lines": (line(),),
        "quantity": 2,
        "totals": Totals(),
    }
    return Cart(**{**given, **changes})


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("expired", "Your bag has lapsed"),
        ("ordered", "This bag has become an order"),
        ("unknown", "cannot show your bag"),
    ],
)
def test_a_bag_that_is_no_more_says_why(tmp_path: Any, reason: Any, told: str) -> None:
    with store(tmp_path, NoCart(reason=reason, order="o1"), CartResult(cart=full())) as shop:
        text = held(shop).bag()
        assert told in words(text)
        assert "Your bag is empty" not in words(text)


def test_what_is_unknown_is_never_zero(tmp_path: Any) -> None:
    with store(tmp_path, full(), CartResult(cart=full())) as shop:
        text = words(held(shop).bag())
        assert "£0" not in text
        assert text.count("calculated at checkout") >= 3


def test_without_a_checkout_there_is_no_button(tmp_path: Any) -> None:
    with store(tmp_path, full(), CartResult(cart=full())) as shop:
        assert "/checkout" not in held(shop).bag()


def test_a_hosted_checkout_is_reached_by_a_post(tmp_path: Any) -> None:
    with store(tmp_path, full(), CartResult(cart=full()), hosted_checkout=Port()) as shop:
        text = held(shop).bag()
        assert re.search(r'<form[^>]* method="post" action="/en-gb/checkout/hand-off"', text)
        assert 'href="/en-gb/checkout"' not in text


def test_a_code_that_changes_nothing_is_no_success(tmp_path: Any) -> None:
    idle = full(
        codes=(AppliedCode(id="1", kind="promotion", code="IDLE", effective=False, reason="code_not_applicable"),)
    )
    with store(tmp_path, idle, CartResult(cart=idle)) as shop:
        text = words(held(shop).post("cart/codes", htmx=True, code="IDLE").text)
        assert "takes nothing off" in text
        assert "does not apply to what is in the bag" in text


def test_problems_of_a_change_stand_at_their_lines(tmp_path: Any) -> None:
    problem = Problem(code="quantity_reduced", severity="warning", target=Target(kind="line", id="l1"), limit=2)  # type: ignore[arg-type]
    with store(tmp_path, full(), CartResult(cart=full(), problems=(problem,))) as shop:
        answer = held(shop).post("cart/quantities", **{"q.l1": "9"})
        assert answer.status == 200
        at_line = answer.text.partition('id="told-l1"')[2].partition("</div>")[0]
        assert "There are only 2 left" in words(at_line)
        assert answer.text.count("There are only 2 left") == 1


def test_a_card_can_be_added_only_where_there_is_a_bag(demo: Shop, tmp_path: Any) -> None:
    assert 'class="card-add"' in Shopper(demo).get("search?q=brush").text
    hit = Hit(key=ProductKey(id="mug"), card=goods.card(variant=line().key))
    cards = goods.listing(hits=(hit,))
    with opened(settings(tmp_path), goods.offer(search=goods.search(listing=lambda query: cards))) as shop:
        assert "card-add" not in shop.get("/en-gb/search?q=mug").text
