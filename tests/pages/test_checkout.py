"""The checkout's steps: which come, who may enter them, what they keep, and the order at the end, once."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from pathlib import Path

import msgspec
import pytest

from bff.ports import (
    CartRef,
    CartResult,
    CartTraits,
    DeadlineExceeded,
    Html,
    InvalidInput,
    Money,
    NoCart,
    Pending,
    Problem,
    Ready,
    Refused,
    Requirement,
    Target,
    Unavailable,
)
from tests.pages.reading import Page, mistakes
from tests.pages.till import ADA, Backend, Shopper, till
from tests.web.stage import Answer, Attribute, Port

NASTY = (
    "",
    "   ",
    "\x00\x07\x1b[31m",
    "<script>alert(1)</script>",
    "'\"><img src=x>",
    "x" * 5_000,
    "\u202e\u200f\ufeff",
    "日本語 العربية ελληνικά",
    "%00%ff",
    "{{ 7*7 }}",
)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[Backend, Shopper]]:
    with till(tmp_path) as found:
        yield found


def there(answer: Answer, step: str) -> None:
    assert answer.status == 200
    assert mistakes(Page(answer.text), "en-GB", "ltr") == []
    assert f'action="/en-gb/checkout/{step}"' in answer.text


def led(answer: Answer, path: str) -> None:
    assert (answer.status, answer.header("location")) == (303, f"/en-gb/{path}")


def test_addresses_that_differ_by_their_ids_are_the_same(shop: tuple[Backend, Shopper]) -> None:
    """Backends number each address of a cart."""
    backend, shopper = shop
    shopper.comes_to("review")
    assert backend.shipping is not None
    backend.billing = msgspec.structs.replace(backend.shipping, id="caaddr_2")
    assert 'value="same" checked' in shopper.get("checkout/payment").text
    assert shopper.get("checkout/review").text.count("12 St James") == 1
    backend.billing = msgspec.structs.replace(backend.shipping, line1="7 Mill Lane")
    assert 'value="other" checked' in shopper.get("checkout/payment").text
    assert "7 Mill Lane" in shopper.get("checkout/review").text


def test_a_whole_purchase_step_by_step(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    shopper.buys()
    led(shopper.get("checkout"), "checkout/details")
    details = shopper.get("checkout/details")
    there(details, "details")
    led(shopper.post("checkout/details", ADA), "checkout/delivery")
    there(shopper.get("checkout/delivery"), "delivery")
    led(shopper.post("checkout/delivery", {"group.g1": "post"}), "checkout/payment")
    there(shopper.get("checkout/payment"), "payment")
    led(shopper.post("checkout/payment", {"method": "bank", "billing": "same"}), "checkout/review")
    review = shopper.get("checkout/review")
    there(review, "review")
    for said in ("ada@example.com", "12 St James", "Post", "Bank transfer", "£20.00"):
        assert said in review.text
    done = shopper.orders(review)
    assert done.status == 303
    page = shopper.get(done.header("location") or "")
    assert page.status == 200
    assert "ALM-1001" in page.text
    assert "12 St James" in page.text
    assert backend.orders == 1
    assert mistakes(Page(page.text), "en-GB", "ltr") == []


def test_the_pages_are_private_and_lead_nowhere_else(shop: tuple[Backend, Shopper]) -> None:
    _, shopper = shop
    for answer in (shopper.comes_to("review"), shopper.get("checkout/details")):
        assert answer.header("cache-control") == "no-store"
        assert '<meta name="robots" content="noindex, nofollow">' in answer.text
        assert 'id="menu"' not in answer.text
        assert 'name="q"' not in answer.text


@pytest.mark.parametrize("later", ["delivery", "payment", "review"])
def test_a_later_step_is_refused_with_a_word_why(shop: tuple[Backend, Shopper], later: str) -> None:
    backend, shopper = shop
    shopper.buys()
    led(shopper.get(f"checkout/{later}"), "checkout/details")
    assert "Please fill in your details first." in shopper.get("checkout/details").text
    led(shopper.post(f"checkout/{later}", {"method": "card", "group.g1": "post"}), "checkout/details")
    assert (backend.orders, backend.method) == (0, None)


def test_each_step_can_be_opened_again_with_what_was_given(shop: tuple[Backend, Shopper]) -> None:
    _, shopper = shop
    shopper.comes_to("review")
    again = shopper.get("checkout/details").text
    assert 'value="Ada"' in again
    assert 'value="SW1Y 4JH"' in again
    delivery = Page(shopper.get("checkout/delivery").text)
    assert [e.attributes["value"] for e in delivery.all("input") if "checked" in e.attributes] == ["post"]
    steps = [e.attributes for e in delivery.elements if e.attributes.get("aria-current") == "step"]
    assert len(steps) == 1


def test_without_a_cart_there_is_no_checkout(shop: tuple[Backend, Shopper]) -> None:
    _, shopper = shop
    for path in ("checkout", "checkout/details", "checkout/review"):
        led(shopper.get(path), "cart")
    led(shopper.post("checkout/review", {}), "cart")


def test_an_order_cannot_be_made_again_by_going_back(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    review = shopper.comes_to("review")
    done = shopper.orders(review).header("location")
    for path in ("checkout", "checkout/review", "checkout/payment"):
        back = shopper.get(path)
        assert (back.status, back.header("location")) == (303, done)
    assert "ordered already" in shopper.get(done or "").text
    late = shopper.post("checkout/review", {"expected": "GBP 20.00"})
    assert (late.status, late.header("location"), backend.orders) == (303, done, 1)


def test_one_order_however_often_it_is_sent(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    form = shopper.form(shopper.comes_to("review"))
    answers = shopper.posts("checkout/review", form, 20)
    assert {answer.status for answer in answers} == {303}
    assert len({answer.header("location") for answer in answers}) == 1
    assert (backend.orders, backend.times("place")) == (1, 1)


def test_what_travels_nowhere_needs_no_address(tmp_path: Path) -> None:
    backend = Backend()
    backend.digital = True
    with till(tmp_path, backend) as (_, shopper):
        shopper.buys()
        page = shopper.get("checkout/details")
        assert "shipping." not in page.text
        assert "checkout/delivery" not in page.text
        led(shopper.post("checkout/details", {"email": "ada@example.com"}), "checkout/payment")
        led(shopper.get("checkout/delivery"), "checkout/payment")
        payment = shopper.get("checkout/payment").text
        assert 'name="billing" value="none" checked' in payment, "the backend asks for no address"
        assert 'name="billing.city"' in payment
        page = shopper.post("checkout/payment", {"method": "bank", "billing": "other", "billing.country": "GB"})
        assert page.status == 422
        led(shopper.post("checkout/payment", {"method": "bank", "billing": "none"}), "checkout/review")
        assert backend.billing is None


def test_bad_input_is_answered_at_its_field(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    shopper.buys()
    for name, value in product(ADA, NASTY):
        backend.contact = backend.shipping = None
        answer = shopper.post("checkout/details", {**ADA, name: value})
        assert answer.status in (303, 422), (name, value)
        if answer.status == 303:
            continue
        page = Page(answer.text)
        assert mistakes(page, "en-GB", "ltr") == [], (name, value)
        assert f"#f-{name.replace('.', '-')}" in {e.attributes.get("href") for e in page.all("a")}, (name, value)
        assert "<script>alert" not in answer.text
        assert "<img src=x>" not in answer.text
        kept = "email" if name != "email" else "shipping.city"
        assert f'value="{ADA[kept]}"' in answer.text
        assert backend.contact is None


def test_a_field_sent_twice_counts_once(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    shopper.buys()
    answer = shopper.post("checkout/details", [*ADA.items(), ("email", "eve@example.com")])
    assert answer.status == 303
    assert backend.contact
    assert backend.contact.email == "ada@example.com"


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ("delivery", {"group.g1": "nonsense"}),
        ("delivery", {"group.other": "post"}),
        ("delivery", {}),
        ("payment", {"method": "nonsense", "billing": "same"}),
        ("payment", {"billing": "same"}),
        ("payment", {"method": "card", "billing": "other"}),
        ("payment", {"method": "card", "billing": "other", **{f"billing.{k}": v for k, v in {"city": "\x00"}.items()}}),
    ],
)
def test_tampered_choices_are_told(shop: tuple[Backend, Shopper], step: str, fields: dict[str, str]) -> None:
    _, shopper = shop
    shopper.comes_to(step)
    answer = shopper.post(f"checkout/{step}", fields)
    assert answer.status == 422
    assert 'id="form-wrong"' in answer.text
    assert mistakes(Page(answer.text), "en-GB", "ltr") == []


def test_another_country_keeps_what_was_typed(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    shopper.buys()
    typed = {**ADA, "shipping.country": "US", "change": "shipping", "email": "half@"}
    answer = shopper.post("checkout/details", typed)
    assert answer.status == 200
    assert 'name="shipping.region"' in answer.text
    assert "ZIP code" in answer.text
    assert 'value="half@"' in answer.text
    assert 'value="Ada"' in answer.text
    assert 'id="form-wrong"' not in answer.text
    assert backend.calls == []


def test_a_separate_invoice_address(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    shopper.comes_to("payment")
    other = {key.replace("shipping", "billing"): value for key, value in ADA.items() if key != "email"}
    answer = shopper.post("checkout/payment", {**other, "billing.city": "Leeds", "method": "card", "billing": "other"})
    led(answer, "checkout/review")
    assert backend.billing
    assert backend.billing.city == "Leeds"
    assert "Leeds" in shopper.get("checkout/review").text


def test_a_backend_s_refusal_stands_at_our_field(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    shopper.buys()
    fields = {"shipping_address.postcode": "invalid", "contact.email": "Wir liefern nicht an <b>Wegwerfadressen</b>"}
    backend.answers["set_details"] = [InvalidInput(fields)]
    answer = shopper.post("checkout/details", ADA)
    assert answer.status == 422
    assert 'id="f-shipping-postcode-wrong"' in answer.text
    assert 'id="f-email-wrong"' in answer.text
    assert "&lt;b&gt;Wegwerf" in answer.text


def test_what_the_backend_wants_agreed_to(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    terms = Html('I agree to the <a href="/pages/terms">terms</a><script>x()</script>')
    backend.asked = (
        Requirement(kind="consent", id="terms", text=terms),
        Requirement(kind="consent", id="news", label="Send me news", required=False),
    )
    review = shopper.comes_to("review")
    assert 'href="/en-gb/pages/terms"' in review.text
    assert "x()" not in review.text
    answer = shopper.orders(review)
    assert answer.status == 422
    assert 'id="f-consent-terms-wrong"' in answer.text
    assert backend.orders == 0
    assert shopper.orders(answer, **{"consent.terms": "1"}).status == 303
    assert (backend.consents, backend.orders) == ({"terms": True, "news": False}, 1)


def test_a_field_of_the_backend_s_own(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    backend.asked = (Requirement(kind="field", id="vat", label="VAT <number>"),)
    shopper.buys()
    assert "VAT &lt;number&gt;" in shopper.get("checkout/details").text
    assert shopper.post("checkout/details", ADA).status == 422
    led(shopper.post("checkout/details", {**ADA, "x.vat": "GB999"}), "checkout/delivery")
    assert backend.fields == {"vat": "GB999"}


def test_a_changed_price_is_shown_before_the_shopper_is_bound(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    review = shopper.comes_to("review")
    backend.total = "24.00"
    answer = shopper.orders(review)
    assert answer.status == 409
    assert "£20.00" in answer.text
    assert "£24.00" in answer.text
    assert backend.times("place") == 0
    assert shopper.orders(answer).status == 303
    assert backend.calls[-1][1]["expected"] == Money(Decimal("24.00"), "GBP")


@pytest.mark.parametrize("sum_", ["", "GBP 1.00", "EUR 20.00", "nonsense", "GBP NaN", "GBP 1e99", "x" * 900])
def test_nobody_is_bound_to_a_sum_that_was_tampered_with(shop: tuple[Backend, Shopper], sum_: str) -> None:
    backend, shopper = shop
    review = shopper.comes_to("review")
    answer = shopper.orders(review, expected=sum_)
    assert (answer.status, backend.orders) == (409, 0)


def test_what_sold_out_meanwhile_is_told_and_nothing_is_ordered(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    review = shopper.comes_to("review")
    gone = Problem(code="out_of_stock", severity="error", target=Target(kind="line", id="l1"))
    backend.answers["place"] = [Refused(problems=(gone,))]
    answer = shopper.orders(review)
    assert answer.status == 409
    assert '<p class="notice notice-error"><span><strong>Mug</strong>: ' in answer.text
    assert backend.orders == 0


@pytest.mark.parametrize("failure", [DeadlineExceeded("late"), Unavailable("gone")])
def test_a_lost_answer_is_looked_for_and_never_ordered_again(shop: tuple[Backend, Shopper], failure: Exception) -> None:
    backend, shopper = shop
    review = shopper.comes_to("review")

    def made_but_lost() -> Exception:
        backend.placed()
        return failure

    backend.answers["place"] = [made_but_lost]
    lost = shopper.orders(review)
    assert lost.status == 303
    assert "/checkout/return/" in (lost.header("location") or "")
    found = shopper.get(lost.header("location") or "")
    assert found.status == 303
    assert "/checkout/done/" in (found.header("location") or "")
    assert "ALM-1001" in shopper.get(found.header("location") or "").text
    assert (backend.orders, backend.times("place")) == (1, 1)


def test_a_lost_answer_behind_which_is_nothing_leads_back_to_the_button(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    review = shopper.comes_to("review")
    backend.answers["place"] = [Unavailable("gone")]
    backend.answers["resume"] = [lambda: Ready(state=backend.state())]
    lost = shopper.orders(review)
    led(shopper.get(lost.header("location") or ""), "checkout/review")
    again = shopper.get("checkout/review")
    assert "nothing was ordered" in again.text
    assert shopper.orders(again).status == 303
    assert backend.orders == 1


def test_what_is_not_confirmed_is_said_so_until_it_is(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    review = shopper.comes_to("review")
    backend.answers["place"] = [Pending()]
    backend.answers["resume"] = [Pending(), Pending(), Unavailable("gone")]
    address = shopper.orders(review).header("location") or ""
    page = shopper.get(address)
    assert page.status == 200
    assert "We are checking" in page.text
    assert "delay:2s" in page.text
    assert mistakes(Page(page.text), "en-GB", "ltr") == []
    assert shopper.get("checkout").status == 303, "there is nothing to order again"
    assert "delay:3s" in shopper.get(f"{address}?_try=1").text, "each look waits longer"
    assert "We are checking" in shopper.get(address).text, "a backend that is away says nothing either way"
    part = shopper.get(f"{address}?_try=2", hx_request="true")
    assert part.header("hx-redirect") == address.replace("return", "done")
    assert "ALM-1001" in shopper.get(address.replace("return", "done")).text
    assert (backend.orders, backend.times("place")) == (1, 1)


def test_a_code_is_taken_and_dropped_beside_the_steps(tmp_path: Path) -> None:
    backend = Backend()
    asked: list[tuple[str, str]] = []

    def apply_code(*, cart: CartRef, code: str) -> CartResult:
        asked.append(("apply", code))
        wrong = Problem(code="code_invalid", severity="error", target=Target(kind="code", id=code))
        return CartResult(cart=backend.cart(), problems=(wrong,) if code != "TEN" else ())

    def drop_code(*, cart: CartRef, id: str) -> CartResult:
        asked.append(("drop", id))
        return CartResult(cart=backend.cart())

    carts = Port(
        get=lambda **_: backend.cart(),
        add=backend.add,
        apply_code=apply_code,
        drop_code=drop_code,
        traits=Attribute(CartTraits()),
    )
    with till(tmp_path, backend, backend.offer(carts=carts)) as (_, shopper):
        shopper.comes_to("payment")
        led(shopper.post("checkout/codes", {"code": " TEN ", "step": "payment"}), "checkout/payment")
        led(shopper.post("checkout/codes", {"code": "NO<b>", "step": "payment"}), "checkout/payment")
        assert "notice" in (page := shopper.get("checkout/payment").text) or "flash" in page
        led(shopper.post("checkout/codes", {"drop": "k1", "step": "nonsense"}), "checkout/review")
        led(shopper.post("checkout/codes", {"code": "", "step": "delivery"}), "checkout/delivery")
    assert asked == [("apply", "TEN"), ("apply", "NO<b>"), ("drop", "k1")]


def test_a_bag_priced_elsewhere_is_moved_first(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    shopper.buys()
    backend.market = "de"
    led(shopper.get("checkout/details"), "cart")
    assert "prices of another country" in shopper.get("cart").text


def test_a_session_that_ended_keeps_what_was_typed(shop: tuple[Backend, Shopper]) -> None:
    _, shopper = shop
    shopper.buys()
    shopper.jar.clear()
    answer = shopper.post("checkout/details", ADA)
    assert answer.status == 409
    assert "Your session has ended" in answer.text
    assert 'value="ada@example.com"' in answer.text
    assert 'value="Ada"' in answer.text
    assert mistakes(Page(answer.text), "en-GB", "ltr") == []


def test_a_cart_that_lapsed_is_said_in_the_bag(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    shopper.comes_to("review")
    backend.there = NoCart(reason="expired")
    led(shopper.get("checkout/review"), "cart")
