"""The backend's own pages: the hosted checkout and the test provider, walked over HTTP beside the store's backend."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from urllib.parse import urlsplit

import httpx
import pytest

from adapters.embedded import manifest
from adapters.embedded.settings import Settings
from adapters.embedded.site import make_site
from bff.ports import (
    Action,
    Address,
    CartRef,
    Contact,
    Details,
    Handoff,
    LineInput,
    Offer,
    Open,
    Ordered,
    Pending,
    Refused,
    VariantKey,
    VisitorContext,
)
from tests.adapters.embedded.conftest import MARKETS, visitor

pytestmark = pytest.mark.anyio
SITE = "http://localhost:8001"
BACK = "http://127.0.0.1:8000/en-gb/checkout/returned/abc"
GUEST = {
    "step": "details",
    "email": "ada@example.com",
    "first_name": "Ada",
    "last_name": "Byron",
    "line1": "1 Mill Lane",
    "city": "Bath",
    "postcode": "BA1 1AA",
    "country": "GB",
}


@asynccontextmanager
async def pages(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The site, started as a server starts it."""
    site = make_site(settings, list(MARKETS.values()))
    asked: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    told: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    running = asyncio.ensure_future(site({"type": "lifespan"}, asked.get, told.put))
    await asked.put({"type": "lifespan.startup"})
    assert (await told.get())["type"] == "lifespan.startup.complete"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url=SITE) as http:
        yield http
    await asked.put({"type": "lifespan.shutdown"})
    await running


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Offer]:
    async with manifest.open(settings, None, list(MARKETS.values())) as offer:  # type: ignore[arg-type]
        yield offer


async def cart_of(offer: Offer, ctx: VisitorContext, sku: str = "HMUG-IND-SMA") -> CartRef:
    assert offer.carts is not None
    line = LineInput(variant=VariantKey(sku=sku), quantity=Decimal(2))
    result = await offer.carts.add(ctx, cart=None, lines=[line])
    return result.cart.ref  # type: ignore[union-attr]


async def handed(offer: Offer, ctx: VisitorContext, cart: CartRef) -> str:
    assert offer.hosted_checkout is not None
    handoff = await offer.hosted_checkout.handoff(ctx, cart=cart, return_to=BACK)
    assert isinstance(handoff, Handoff)
    assert handoff.url.startswith(SITE + "/checkout/")
    return urlsplit(handoff.url).path


def option(text: str, name: str) -> str:
    """The first value of a group of radio buttons whose name begins so."""
    found = re.search(rf"name='({name}[^']*)' value='([^']*)'", text)
    assert found, f"no choice {name} in the page"
    return found[2]


def group(text: str) -> str:
    found = re.search(r"name='(group\.[^']*)'", text)
    assert found
    return found[1]


async def ordered(http: httpx.AsyncClient, path: str, method: str, **more: str) -> httpx.Response:
    """Fill everything in, and order."""
    assert (await http.post(path, data=GUEST)).status_code == 303
    shown = await http.get(path)
    assert shown.status_code == 200
    chosen = {"method": method, group(shown.text): option(shown.text, "group"), **more}
    counted = await http.post(path, data={"step": "count", **chosen})
    due = re.search(r"name='?due'? value='([^']*)'", counted.text)
    assert due
    consents = dict.fromkeys(re.findall(r"name='(consent\.[^']*)'", counted.text), "1")
    return await http.post(path, data={"step": "order", "due": due[1], **chosen, **consents})


async def test_an_order_made_on_the_hosted_pages_is_known_to_the_store(changed: Callable[..., Settings]) -> None:
    settings = changed(checkout="hosted")
    async with opened(settings) as offer, pages(settings) as http:
        ctx = visitor()
        assert offer.inline_checkout is None
        assert offer.hosted_checkout is not None
        cart = await cart_of(offer, ctx)
        path = await handed(offer, ctx, cart)
        first = await http.get(path)
        assert "HMUG" not in first.text
        assert "2 × " in first.text
        assert isinstance(await offer.hosted_checkout.outcome(ctx, cart=cart), Open)
        done = await ordered(http, path, "bank_transfer")
        assert (done.status_code, done.headers["location"]) == (303, BACK)
        outcome = await offer.hosted_checkout.outcome(ctx, cart=cart)
        assert isinstance(outcome, Ordered)
        assert outcome.order is not None
        assert outcome.order.email == GUEST["email"]
        again = await http.get(path)
        assert (again.status_code, again.headers["location"]) == (303, BACK)


async def test_the_hosted_pages_pay_at_the_provider_and_come_back(changed: Callable[..., Settings]) -> None:
    settings = changed(checkout="hosted")
    async with opened(settings) as offer, pages(settings) as http:
        ctx = visitor()
        assert offer.hosted_checkout is not None
        cart = await cart_of(offer, ctx)
        path = await handed(offer, ctx, cart)
        sent = await ordered(http, path, "card")
        provider = sent.headers["location"]
        assert provider.startswith(f"{SITE}/pay/")
        declined = await http.post(provider, data={"decision": "decline"})
        refused = await http.get(declined.headers["location"])
        assert refused.status_code == 422
        assert "declined" in refused.text
        sent = await ordered(http, path, "card")
        approved = await http.post(sent.headers["location"], data={"decision": "approve"})
        back = await http.get(approved.headers["location"])
        assert (back.status_code, back.headers["location"]) == (303, BACK)
        outcome = await offer.hosted_checkout.outcome(ctx, cart=cart)
        assert isinstance(outcome, Ordered)
        assert outcome.order is not None
        assert outcome.order.status == "paid"


async def test_wrong_input_is_told_at_the_field_and_kept(changed: Callable[..., Settings]) -> None:
    settings = changed(checkout="hosted")
    async with opened(settings) as offer, pages(settings) as http:
        ctx = visitor()
        path = await handed(offer, ctx, await cart_of(offer, ctx))
        sent = await http.post(path, data={**GUEST, "email": "no address", "line1": '"><script>x</script>'})
        assert sent.status_code == 422
        assert "no address" in sent.text
        assert "<script>" not in sent.text
        assert "type=email autocomplete=email value='no address' required aria-invalid=true" in sent.text
        assert sent.text.count("role=alert") == 1


async def test_what_is_missing_is_asked_for_and_a_stale_sum_is_not_ordered(changed: Callable[..., Settings]) -> None:
    settings = changed(checkout="hosted")
    async with opened(settings) as offer, pages(settings) as http:
        ctx = visitor()
        assert offer.hosted_checkout is not None
        cart = await cart_of(offer, ctx)
        path = await handed(offer, ctx, cart)
        await http.post(path, data=GUEST)
        assert (await http.post(path, data={"step": "order"})).status_code == 422
        shown = await http.get(path)
        chosen = {group(shown.text): option(shown.text, "group"), "method": "bank_transfer"}
        stale = await http.post(path, data={"step": "order", "due": "0.01", **chosen})
        assert stale.status_code == 422
        assert "changed meanwhile" in stale.text
        assert isinstance(await offer.hosted_checkout.outcome(ctx, cart=cart), Open)


@pytest.mark.parametrize(
    "path", ["/", "/pay/unknown", "/frame/x", "/checkout/unknown", "/checkout/", "/pay/%00", "/nothing"]
)
async def test_unknown_addresses_say_so(settings: Settings, path: str) -> None:
    async with pages(settings) as http:
        assert (await http.get(path)).status_code in (404, 410)


async def test_large_and_foreign_posts_are_refused(settings: Settings) -> None:
    async with pages(settings) as http:
        assert (await http.post("/pay/x", content=b"a" * 40_000)).status_code == 413
        assert (await http.post("/pay/x", headers={"sec-fetch-site": "cross-site"})).status_code == 403


async def to_provider(offer: Offer, method: str = "card") -> tuple[VisitorContext, CartRef, str]:
    """A cart whose payment waits at the provider's."""
    ctx = visitor()
    inline = offer.inline_checkout
    assert inline is not None
    cart = await cart_of(offer, ctx)
    address = Address(country="GB", first_name="A", last_name="B", line1="1 Mill Lane", city="Bath", postcode="BA1 1AA")
    details = Details(contact=Contact(email="ada@example.com"), shipping_address=address, consents={"terms": True})
    state = await inline.set_details(ctx, cart=cart, details=details)
    await inline.choose_shipping(ctx, cart=cart, choices={each.id: each.options[0].id for each in state.shipping})
    await inline.choose_payment(ctx, cart=cart, method=method, return_to=BACK)
    action = await inline.place(ctx, cart=cart, expected=None, return_to=BACK)
    assert isinstance(action, Action)
    return ctx, cart, action.url


async def test_the_provider_may_stand_in_the_stores_frame_only(settings: Settings) -> None:
    async with opened(settings) as offer, pages(settings) as http:
        _, _, url = await to_provider(offer, "card_frame")
        framed = await http.get(url)
        assert "frame-ancestors http://127.0.0.1:8000" in framed.headers["content-security-policy"]
        assert "target=_top" in framed.text
        whole = await http.get(url.replace("/frame/", "/pay/"))
        assert "frame-ancestors 'none'" in whole.headers["content-security-policy"]


async def test_an_answer_that_is_lost_is_found_when_the_shopper_returns(settings: Settings) -> None:
    async with opened(settings) as offer, pages(settings) as http:
        ctx, cart, url = await to_provider(offer)
        lost = await http.post(url, data={"decision": "silent"})
        assert lost.status_code == 200
        assert "The answer was lost here" in lost.text
        assert offer.inline_checkout is not None
        assert isinstance(await offer.inline_checkout.resume(ctx, cart=cart, params={}), Ordered)


async def test_a_payer_who_leaves_has_given_up(settings: Settings) -> None:
    async with opened(settings) as offer, pages(settings) as http:
        ctx, cart, url = await to_provider(offer)
        assert offer.inline_checkout is not None
        assert (await http.post(url, data={"decision": "leave"})).headers["location"].startswith(BACK)
        params = {"payment": url.rpartition("/")[2]}
        assert isinstance(await offer.inline_checkout.resume(ctx, cart=cart, params=params), Refused)


async def test_a_bank_that_checks_is_pending_until_it_is_decided(settings: Settings) -> None:
    async with opened(settings) as offer, pages(settings) as http:
        ctx, cart, url = await to_provider(offer)
        inline = offer.inline_checkout
        assert inline is not None
        await http.post(url, data={"decision": "unclear"})
        assert isinstance(await inline.resume(ctx, cart=cart, params={}), Pending)
        assert "still checking" in (await http.get(url)).text
        await http.post(url, data={"decision": "decline"})
        assert isinstance(await inline.resume(ctx, cart=cart, params={}), Refused)


async def test_the_pages_speak_the_shoppers_language(changed: Callable[..., Settings]) -> None:
    settings = changed(checkout="hosted")
    async with opened(settings) as offer, pages(settings) as http:
        for market, locale, word, direction in (
            ("de", "de-DE", "Kasse", "ltr"),
            ("ae", "ar-AE", "إتمام الشراء", "rtl"),
        ):
            ctx = visitor(market, locale)
            shown = await http.get(await handed(offer, ctx, await cart_of(offer, ctx)))
            assert word in shown.text
            assert f'dir="{direction}"' in shown.text
