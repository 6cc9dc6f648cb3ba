"""Ways out to a provider and back: approved, declined, twice, in another browser, without cookies; the hosted checkout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bff.ports import (
    Action,
    Gone,
    Handoff,
    NoCart,
    Open,
    Ordered,
    Pending,
    Problem,
    Ready,
    Refused,
    Target,
    Unavailable,
)
from tests.pages.reading import Page, mistakes
from tests.pages.till import ADA, PROVIDER, Backend, Shopper, till
from tests.web.stage import FORM

CROSS_SITE = (b"sec-fetch-site", b"cross-site")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[Backend, Shopper]]:
    with till(tmp_path) as found:
        yield found


def gone_out(backend: Backend, shopper: Shopper, action: Action | None = None) -> str:
    """Order, and go to the provider. The path it will return to."""
    review = shopper.comes_to("review")
    backend.answers["place"] = [action or Action(kind="redirect", url=f"{PROVIDER}/pay/1")]
    out = shopper.orders(review)
    assert out.status == 303
    if action is None:
        assert out.header("location") == f"{PROVIDER}/pay/1"
    back = urlsplit(backend.calls[-1][1]["return_to"])
    assert f"{back.scheme}://{back.netloc}" == "http://127.0.0.1:8000"
    return back.path


def declined() -> Refused:
    said = Problem(code="other", severity="error", target=Target(kind="cart"), text="The card was <b>declined</b>.")
    return Refused(problems=(said,))


def test_approved(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    back = gone_out(backend, shopper)
    (out,) = shopper.shop.store.sealer.open(shopper.jar)
    assert out.session.paying[0] == "default", "its cart is not carried to another backend now"
    assert 0 <= shopper.shop.store.control.clock() - out.session.paying[1] < 60
    found = shopper.get(f"{back}?status=ok&id=1&id=2")
    assert (found.status, found.header("location")) == (303, back.replace("return", "done"))
    assert backend.calls[-1][1]["params"] == {"status": "ok", "id": "1"}
    assert "ALM-1001" in shopper.get(found.header("location") or "").text
    led = shopper.get("checkout")
    assert (led.status, led.header("location")) == (303, found.header("location"))


@pytest.mark.parametrize("outcome", [declined(), Refused(problems=())])
def test_declined_or_cancelled_keeps_the_bag(shop: tuple[Backend, Shopper], outcome: Refused) -> None:
    backend, shopper = shop
    back = gone_out(backend, shopper)
    backend.answers["resume"] = [outcome]
    done = shopper.get(f"{back}?status=no").header("location") or ""
    again = shopper.get(done)
    assert (again.status, again.header("location")) == (303, "/en-gb/checkout/payment")
    page = shopper.get("checkout/payment")
    assert page.status == 200
    words = "The card was &lt;b&gt;declined&lt;/b&gt;." if outcome.problems else "nothing was ordered"
    assert words in page.text
    assert backend.orders == 0


def test_what_was_waited_for_and_refused_gives_the_bag_back(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    back = gone_out(backend, shopper)
    backend.answers["resume"] = [Pending(), declined()]
    assert "We are checking" in shopper.get(f"{back}?status=wait").text
    assert shopper.get("cart").text.count("Mug") == 0, "whoever goes on shopping fills another bag"
    done = shopper.get(f"{back}?status=wait").header("location") or ""
    assert shopper.get(done).header("location") == "/en-gb/checkout/payment"
    assert "declined" in shopper.get("checkout/payment").text
    assert "Mug" in shopper.get("cart").text


def test_coming_back_twice_is_coming_back_once(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    back = gone_out(backend, shopper)
    first = shopper.get(f"{back}?status=ok")
    second = shopper.get(f"{back}?status=no")
    assert first.header("location") == second.header("location")
    assert (backend.times("resume"), backend.orders) == (1, 1)


def test_another_browser_sees_the_number_and_nothing_personal(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    back = gone_out(backend, shopper)
    other = Shopper(shopper.shop)
    done = other.get(f"{back}?status=ok").header("location") or ""
    page = other.get(done)
    assert page.status == 200
    assert "ALM-1001" in page.text
    for personal in ("ada@example.com", "Byron", "St James", "SW1Y"):
        assert personal not in page.text
    assert "St James" in shopper.get(done).text, "the browser that went out sees all of it"
    assert shopper.get("checkout").header("location") == done


@pytest.mark.parametrize("returned", [True, False])
def test_the_browser_that_went_out_finds_what_was_ordered_without_it(
    shop: tuple[Backend, Shopper], returned: bool
) -> None:
    """Paid on a telephone, or the provider told the backend by itself: the session knows the cart it went out with."""
    backend, shopper = shop
    back = gone_out(backend, shopper)
    if returned:
        assert Shopper(shopper.shop).get(f"{back}?status=ok").status == 303
    else:
        backend.placed()
    for step in ("", "/details", "/review"):
        led = shopper.get(f"checkout{step}")
        assert (led.status, led.header("location")) == (303, back.replace("return", "done") if returned else back)
    to = led.header("location") or ""
    if not returned:
        to = shopper.get(to).header("location") or ""
    assert "St James" in shopper.get(to).text
    assert shopper.get("checkout").header("location") == to
    assert shopper.get("cart").text.count("Mug") == 0


def test_a_cart_ordered_by_whatever_way_leads_to_no_other_order(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    shopper.comes_to("review")
    backend.placed()
    assert shopper.get("checkout").header("location") == "/en-gb/cart", "it never went out from here"


def test_what_was_refused_elsewhere_and_paid_late_leads_round_in_no_circle(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    back = gone_out(backend, shopper)
    backend.answers["resume"] = [declined()]
    Shopper(shopper.shop).get(back)
    backend.placed()
    at, seen = "/en-gb/checkout", []
    while (answer := shopper.get(at)).status == 303:
        at = answer.header("location") or ""
        seen.append(at)
        assert len(seen) < 6, seen
    assert at == "/en-gb/cart"


def test_another_browser_is_not_given_the_bag_after_a_refusal(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    back = gone_out(backend, shopper)
    backend.answers["resume"] = [declined()]
    other = Shopper(shopper.shop)
    done = other.get(back).header("location") or ""
    page = other.get(done)
    assert page.status == 200
    assert "Nothing was ordered" in page.text
    assert "£20.00" not in page.text
    assert shopper.get(done).header("location") == "/en-gb/checkout/payment"


def test_a_return_may_be_posted_from_another_site_without_cookies(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    back = gone_out(backend, shopper)
    answer = shopper.shop.request("POST", back, [CROSS_SITE, FORM], b"status=ok&token=t")
    assert (answer.status, answer.header("location")) == (303, back.replace("return", "done"))
    assert backend.calls[-1][1]["params"] == {"status": "ok", "token": "t"}
    assert "St James" in shopper.get(answer.header("location") or "").text
    assert shopper.get("cart").status == 200


def test_a_provider_s_answer_that_is_lost_is_asked_for_again(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    back = gone_out(backend, shopper)
    backend.answers["resume"] = [Unavailable("away")]
    page = shopper.get(f"{back}?status=ok")
    assert page.status == 200
    assert "We are checking" in page.text
    assert f'href="{back}?status=ok"' in page.text
    assert shopper.get(f"{back}?status=ok").header("location") == back.replace("return", "done")
    assert backend.orders == 1


def test_paid_after_ordering_is_ordered_without_another_click(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    back = gone_out(backend, shopper)
    backend.answers["resume"] = [lambda: Ready(state=backend.state())]
    assert shopper.get(f"{back}?status=ok").header("location") == back.replace("return", "done")
    assert (backend.orders, backend.times("place")) == (1, 2)


def test_paid_before_ordering_leads_to_the_review(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    shopper.comes_to("payment")
    backend.answers["choose_payment"] = [Action(kind="redirect", url=f"{PROVIDER}/authorise")]
    out = shopper.post("checkout/payment", {"method": "card", "billing": "same"})
    assert out.header("location") == f"{PROVIDER}/authorise"
    back = urlsplit(backend.calls[-1][1]["return_to"]).path
    backend.method = "card"
    backend.answers["resume"] = [lambda: Ready(state=backend.state())]
    assert shopper.get(f"{back}?ok=1").header("location") == "/en-gb/checkout/review"
    assert backend.orders == 0


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/pay",
        "http://localhost:8001.evil.example/",
        "http://localhost:8001@evil.example/",
        "//localhost:8001/",
        "javascript:alert(1)",
        "http://localhost:8001/\r\nset-cookie: a=b",
        "http://localhost:8001\\@evil.example/",
        "http://[::1",
    ],
)
def test_nobody_is_sent_to_an_origin_that_was_not_declared(shop: tuple[Backend, Shopper], url: str) -> None:
    backend, shopper = shop
    review = shopper.comes_to("review")
    backend.answers["place"] = [Action(kind="redirect", url=url)]
    answer = shopper.orders(review)
    assert answer.status >= 500
    assert answer.header("location") is None


@pytest.mark.parametrize("fields", [{}, {"token": 'a"b<c>'}])
def test_a_frame_holds_the_provider_s_page(shop: tuple[Backend, Shopper], fields: dict[str, str]) -> None:
    backend, shopper = shop
    gone_out(backend, shopper, Action(kind="frame", url=f"{PROVIDER}/card", fields=fields))
    out = shopper.get("checkout/review")
    assert out.status == 200, "one may still change one's mind"
    review = shopper.get("checkout/review")
    backend.answers["place"] = [Action(kind="frame", url=f"{PROVIDER}/card", fields=fields)]
    address = shopper.orders(review).header("location") or ""
    page = shopper.get(address)
    assert page.status == 200
    assert mistakes(Page(page.text), "en-GB", "ltr") == ["<iframe>"], "the only one in the store"
    (frame,) = Page(page.text).all("iframe")
    assert "allow-top-navigation" in frame.attributes["sandbox"]
    assert ("src" in frame.attributes) == (not fields)
    if fields:
        assert 'target="provider"' in page.text
        assert "a&#34;b&lt;c&gt;" in page.text
    assert Shopper(shopper.shop).get(address).status == 404, "the payment is this shopper's alone"


def test_a_provider_that_wants_a_post_gets_it_by_a_button(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    review = shopper.comes_to("review")
    backend.answers["place"] = [Action(kind="redirect", url=f"{PROVIDER}/acs", fields={"creq": "x"})]
    page = shopper.get(shopper.orders(review).header("location") or "")
    forms = [form.attributes for form in Page(page.text).all("form")]
    assert {"method": "post", "action": f"{PROVIDER}/acs"}.items() <= forms[-1].items()
    assert shopper.form(page)["creq"] == "x"


@pytest.mark.parametrize("path", ["return", "done", "pay", "returned"])
@pytest.mark.parametrize("state", ["nonsense", "x" * 3_000, "%00", "..%2f..", "%D8%A7"])
def test_an_address_nobody_was_given_leads_nowhere(shop: tuple[Backend, Shopper], path: str, state: str) -> None:
    _, shopper = shop
    assert shopper.get(f"checkout/{path}/{state}").status == 404


def test_one_kind_of_state_opens_no_other_door(shop: tuple[Backend, Shopper]) -> None:
    backend, shopper = shop
    state = gone_out(backend, shopper).rpartition("/")[2]
    assert shopper.get(f"checkout/pay/{state}").status == 404


# ---------------------------------------------------------------- the backend's own checkout


def test_the_hand_off_is_made_at_the_click(tmp_path: Path) -> None:
    backend = Backend()
    handed: list[str] = []

    def handoff(*, cart: object, return_to: str) -> Handoff:
        handed.append(return_to)
        return Handoff(url=f"{PROVIDER}/checkout/1?x=1")

    with till(tmp_path, backend, backend.hosted(handoff=handoff, outcome=Open())) as (_, shopper):
        shopper.buys()
        page = shopper.get("checkout")
        assert page.status == 200
        assert handed == []
        assert mistakes(Page(page.text), "en-GB", "ltr") == []
        assert 'action="/en-gb/checkout/hand-off"' in page.text
        out = shopper.post("checkout/hand-off", shopper.form(page))
        assert (out.status, out.header("location")) == (303, f"{PROVIDER}/checkout/1?x=1")
        back = shopper.get(urlsplit(handed[0]).path)
        assert "Your bag is still here" in back.text
        assert "checkout/hand-off" in back.text
        for step in ("details", "delivery", "payment", "review"):
            assert shopper.get(f"checkout/{step}").header("location") == "/en-gb/checkout"
        assert shopper.post("checkout/details", ADA).status == 303


def test_a_hand_off_to_somebody_else_is_refused(tmp_path: Path) -> None:
    backend = Backend()
    offer = backend.hosted(handoff=Handoff(url="https://evil.example/"), outcome=Open())
    with till(tmp_path, backend, offer) as (_, shopper):
        shopper.buys()
        answer = shopper.post("checkout/hand-off")
        assert answer.status >= 500
        assert answer.header("location") is None


def test_a_hand_off_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    backend = Backend()
    problem = Problem(code="out_of_stock", severity="error", target=Target(kind="cart"))
    with till(tmp_path, backend, backend.hosted(handoff=(problem,), outcome=Open())) as (_, shopper):
        shopper.buys()
        answer = shopper.post("checkout/hand-off")
        assert answer.status == 409
        assert "notice-error" in answer.text


@pytest.mark.parametrize("known", [True, False])
def test_the_return_recognises_the_order(tmp_path: Path, known: bool) -> None:
    backend = Backend()
    handed: list[str] = []

    def handoff(*, cart: object, return_to: str) -> Handoff:
        handed.append(urlsplit(return_to).path)
        return Handoff(url=f"{PROVIDER}/c")

    def outcome(**_: object) -> Ordered:
        backend.there = NoCart(reason="ordered")
        return Ordered(order=backend.order() if known else None)

    with till(tmp_path, backend, backend.hosted(handoff=handoff, outcome=outcome)) as (_, shopper):
        shopper.buys()
        shopper.post("checkout/hand-off")
        done = shopper.get(handed[0])
        assert done.status == 303
        page = shopper.get(done.header("location") or "")
        assert page.status == 200
        assert "Thank you" in page.text
        assert ("ALM-1001" in page.text) == known
        assert shopper.get("checkout").header("location") == done.header("location")
        assert shopper.get(handed[0]).header("location") == done.header("location")


@pytest.mark.parametrize("returned", [True, False])
def test_what_another_browser_ordered_at_the_hand_off_is_found(tmp_path: Path, returned: bool) -> None:
    backend = Backend()
    handed: list[str] = []

    def handoff(*, cart: object, return_to: str) -> Handoff:
        handed.append(urlsplit(return_to).path)
        return Handoff(url=f"{PROVIDER}/c")

    offer = backend.hosted(handoff=handoff, outcome=lambda **_: Ordered(order=backend.order()))
    with till(tmp_path, backend, offer) as (_, shopper):
        shopper.buys()
        shopper.post("checkout/hand-off")
        backend.there = NoCart(reason="ordered")
        if returned:
            Shopper(shopper.shop).get(handed[0])
        to = shopper.get("checkout").header("location") or ""
        assert to == (handed[0].replace("returned", "done") if returned else handed[0])
        to = to if returned else shopper.get(to).header("location") or ""
        assert "Thank you" in shopper.get(to).text
        assert shopper.get("checkout").header("location") == to


def test_a_cart_of_which_nothing_is_known(tmp_path: Path) -> None:
    backend = Backend()
    handed: list[str] = []

    def handoff(*, cart: object, return_to: str) -> Handoff:
        handed.append(urlsplit(return_to).path)
        return Handoff(url=f"{PROVIDER}/c")

    with till(tmp_path, backend, backend.hosted(handoff=handoff, outcome=Gone())) as (_, shopper):
        shopper.buys()
        shopper.post("checkout/hand-off")
        page = shopper.get(handed[0])
        assert page.status == 200
        assert "before you order again" in page.text
        assert shopper.get("checkout").header("location") == "/en-gb/cart"


def test_a_backend_without_a_checkout_has_no_such_page(tmp_path: Path) -> None:
    backend = Backend()
    with till(tmp_path, backend, backend.offer(inline_checkout=None)) as (_, shopper):
        shopper.buys()
        assert shopper.get("checkout").status == 404
        assert shopper.post("checkout/hand-off").status == 404
