"""Carts, checkout and customers of Saleor: what nobody would expect, one test each."""

from __future__ import annotations

import asyncio
import logging
import time
from decimal import Decimal
from typing import Any

import httpx
import pytest

from adapters.saleor.client import Client
from adapters.saleor.places import Places
from adapters.saleor.session import Sessions
from adapters.saleor.settings import Payment, Settings
from bff.ports import (
    Address,
    Cart,
    ConfirmationSent,
    Contact,
    Details,
    InvalidInput,
    LineInput,
    NoCart,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Offer,
    Ordered,
    Ready,
    Refused,
    Registration,
    SessionBlob,
    SignedIn,
    SignInRefused,
    Unavailable,
    VariantKey,
    VisitorContext,
)
from tests.adapters.saleor.stage import GB, URL, Saleor, gid, visitor
from tests.adapters.saleor.stage_people import LIFE

pytestmark = pytest.mark.anyio
TEE, MUG, FEW, BOARD = (VariantKey(id=gid("ProductVariant", key)) for key in (21, 11, 12, 61))
HOME = Address(country="GB", first_name="Ada", last_name="Byron", line1="1 Mill Lane", city="Bath", postcode="BA1 1AA")


async def cart(offer: Offer, ctx: VisitorContext, *keys: VariantKey, many: int = 1) -> Cart:
    assert offer.carts is not None
    lines = [LineInput(variant=key, quantity=Decimal(many)) for key in keys or (TEE,)]
    found = (await offer.carts.add(ctx, cart=None, lines=lines)).cart
    assert isinstance(found, Cart)
    return found


async def ada(
    offer: Offer, ctx: VisitorContext, email: str = "ada@example.com", guest: Cart | None = None
) -> VisitorContext:
    assert offer.accounts is not None
    registration = Registration(email=email, password="Correct-Horse-9", first_name="Ada")
    entered = await offer.accounts.register(ctx, registration=registration, guest_cart=guest.ref if guest else None)
    assert isinstance(entered, SignedIn)
    return visitor(token=entered.token, blob=ctx.shopper.blob)


async def ready(offer: Offer, ctx: VisitorContext, found: Cart, method: str = "invoice") -> Any:
    checkout = offer.inline_checkout
    assert checkout is not None
    details = Details(contact=Contact(email="ada@example.com"), shipping_address=HOME, billing_same=True)
    state = await checkout.set_details(ctx, cart=found.ref, details=details)
    (group,) = state.shipping
    await checkout.choose_shipping(ctx, cart=found.ref, choices={group.id: group.options[0].id})
    outcome = await checkout.choose_payment(ctx, cart=found.ref, method=method, return_to="http://x/")
    assert isinstance(outcome, Ready)
    assert outcome.state.missing == ()
    return checkout


# -------------------------------------------------------------------- carts


async def test_more_than_one_order_may_hold_is_told() -> None:
    async with Saleor().opened() as offer:
        assert offer.carts is not None
        lines = [LineInput(variant=FEW, quantity=Decimal(5)), LineInput(variant=TEE)]
        result = await offer.carts.add(visitor(), cart=None, lines=lines)
        assert isinstance(result.cart, Cart)
        assert [(p.code, p.limit) for p in result.problems] == [("quantity_reduced", Decimal(2))]
        assert {line.key.id: line.quantity for line in result.cart.lines} == {FEW.id: 2, TEE.id: 1}
        again = await offer.carts.add(visitor(), cart=result.cart.ref, lines=[LineInput(variant=FEW)])
        assert [p.code for p in again.problems] == ["limit_reached"]
        line = next(one.id for one in result.cart.lines if one.key.id == TEE.id)
        changed = await offer.carts.change(visitor(), cart=result.cart.ref, quantities=[(line, Decimal(100_000))])
        assert [(p.code, p.limit) for p in changed.problems] == [("quantity_reduced", Decimal(30))]


async def test_a_discount_is_taken_off_once() -> None:
    async with Saleor().opened() as offer:
        assert offer.carts is not None
        found = await cart(offer, visitor(), TEE)
        result = (await offer.carts.apply_code(visitor(), cart=found.ref, code="WELCOME10")).cart
    assert isinstance(result, Cart)
    sums = result.totals
    assert [m.amount for m in (sums.subtotal, sums.discount, sums.total) if m] == [Decimal(20), Decimal(2), Decimal(18)]
    assert sums.shipping is None
    assert result.lines[0].discounts == ("WELCOME10",)


@pytest.mark.parametrize(("code", "wanted"), [("NOPE", "code_invalid"), ("FREESHIPPING", "code_not_applicable")])
async def test_refused_codes_are_problems(code: str, wanted: str) -> None:
    async with Saleor().opened() as offer:
        assert offer.carts is not None
        found = await cart(offer, visitor())
        result = await offer.carts.apply_code(visitor(), cart=found.ref, code=code)
    assert [problem.code for problem in result.problems] == [wanted]


async def test_a_gift_card_is_off_the_due_not_the_total() -> None:
    async with Saleor().opened() as offer:
        assert offer.carts is not None
        found = await cart(offer, visitor(), TEE)
        result = (await offer.carts.apply_code(visitor(), cart=found.ref, code="GIFT-CARD-2026-DEMO")).cart
        assert isinstance(result, Cart)
        sums = result.totals
        assert [m.amount for m in (sums.total, sums.gift_cards, sums.due) if m] == [20, 5, 15]
        assert result.codes[0].code == "…DEMO"
        left = (await offer.carts.drop_code(visitor(), cart=result.ref, id=result.codes[0].id)).cart
        assert isinstance(left, Cart)
        assert left.codes == ()


async def test_a_customers_checkout_is_shut_to_everybody_else() -> None:
    """Saleor itself would show it, and let anybody change it, by its id."""
    staged = Saleor()
    async with staged.opened() as offer:
        assert offer.carts is not None
        assert offer.inline_checkout is not None
        guest = visitor()
        found = await cart(offer, guest)
        her = await ada(offer, visitor(), guest=found)
        other = await ada(offer, visitor(), "grace@example.com")
        assert isinstance(await offer.carts.get(her, cart=found.ref), Cart)
        for stranger in (visitor(), other):
            assert await offer.carts.get(stranger, cart=found.ref) == NoCart(reason="unknown")
            line = [(found.lines[0].id, Decimal(9))]
            assert isinstance((await offer.carts.change(stranger, cart=found.ref, quantities=line)).cart, NoCart)
            assert isinstance((await offer.carts.apply_code(stranger, cart=found.ref, code="WELCOME10")).cart, NoCart)
            made = (await offer.carts.add(stranger, cart=found.ref, lines=[LineInput(variant=MUG)])).cart
            assert isinstance(made, Cart)
            assert made.ref.id != found.ref.id
            with pytest.raises(NotFound):
                await offer.inline_checkout.state(stranger, cart=found.ref)
        (line,) = staged.checkouts[found.ref.id]["lines"].values()
    assert line == (TEE.id, 1)


async def test_a_guests_cart_joins_the_customers() -> None:
    async with Saleor().opened() as offer:
        assert offer.carts is not None
        assert offer.sign_in is not None
        her = await ada(offer, visitor())
        old = await cart(offer, her, BOARD, TEE)
        guest = visitor()
        found = await cart(offer, guest, TEE, many=3)
        data = {"email": "ada@example.com", "password": "Correct-Horse-9"}
        entered = await offer.sign_in.begin(guest, method="password", data=data, guest_cart=found.ref)
        assert isinstance(entered, SignedIn)
        assert entered.cart is not None
        assert {line.key.id: line.quantity for line in entered.cart.lines} == {TEE.id: 3, BOARD.id: 1}
        assert await offer.carts.get(her, cart=old.ref) == NoCart(reason="empty")


# -------------------------------------------------------------------- checkout


async def test_addresses_are_refused_by_field() -> None:
    async with Saleor().opened() as offer:
        found = await cart(offer, visitor())
        assert offer.inline_checkout is not None
        wrong = Address(country="GB", last_name="Byron", line1="1 Mill Lane", city="Bath", postcode="XX")
        for details in (Details(shipping_address=wrong), Details(shipping_address=Address(country="Nowhere"))):
            with pytest.raises(InvalidInput) as raised:
                await offer.inline_checkout.set_details(visitor(), cart=found.ref, details=details)
            assert set(raised.value.fields) <= {"shipping_address.postcode", "shipping_address.country"}


async def test_a_city_is_shown_as_it_was_typed() -> None:
    """Saleor itself keeps it in capitals."""
    staged = Saleor()
    async with staged.opened() as offer:
        assert offer.address_book is not None
        her = await ada(offer, visitor())
        saved = await offer.address_book.save(her, address=HOME)
        assert saved.city == "Bath"
        (kept,) = next(iter(staged.users.values()))["book"].values()
        kept["city"] = "BRISTOL"  # changed elsewhere
        assert [one.city for one in await offer.address_book.list(her)] == ["BRISTOL"]


@pytest.mark.parametrize("method", ["invoice", "mirumee.payments.dummy"])
async def test_an_ordered_checkout_is_null_and_still_answers_its_order(method: str) -> None:
    staged = Saleor()
    async with staged.opened() as offer:
        ctx = visitor()
        found = await cart(offer, ctx, TEE)
        checkout = await ready(offer, ctx, found, method)
        first = await checkout.place(ctx, cart=found.ref, expected=None, return_to="http://x/")
        assert isinstance(first, Ordered)
        assert await offer.carts.get(ctx, cart=found.ref) == NoCart(reason="ordered")  # type: ignore[union-attr]
        again = await checkout.place(ctx, cart=found.ref, expected=None, return_to="http://x/")
        back = await checkout.resume(ctx, cart=found.ref, params={})
    assert first.order is not None
    assert isinstance(again, Ordered)
    assert first == again == back
    assert staged.payments[found.ref.id] == 24.5
    sent = {call["token"] for call in staged.asked if "transactionCreate" not in call["query"]}
    assert "app" not in sent


async def test_a_recorded_payment_is_recorded_once() -> None:
    staged = Saleor()
    async with staged.opened() as offer:
        ctx = visitor()
        found = await cart(offer, ctx, TEE)
        checkout = await ready(offer, ctx, found)
        staged.payments[found.ref.id] = 24.5  # The answer to the first attempt was lost.
        assert isinstance(await checkout.place(ctx, cart=found.ref, expected=None, return_to=""), Ordered)
    assert staged.payments[found.ref.id] == 24.5


@pytest.mark.parametrize(
    "settings",
    [{"app_token": "somebody"}, {"payments": {"later": Payment(how="unpaid")}}],
    ids=["app may not", "channel wants payment"],
)
async def test_an_unpaid_order_is_refused(settings: dict[str, Any]) -> None:
    async with Saleor().opened(**settings) as offer:
        ctx = visitor()
        found = await cart(offer, ctx)
        checkout = await ready(offer, ctx, found, "later" if "payments" in settings else "invoice")
        outcome = await checkout.place(ctx, cart=found.ref, expected=None, return_to="")
        assert isinstance(outcome, Refused)
        assert [problem.target.id for problem in outcome.problems] == ["payment"]
        assert isinstance(await offer.carts.get(ctx, cart=found.ref), Cart)  # type: ignore[union-attr]
        assert ctx.shopper.blob.text is None, "an order is noted that was not made"


async def test_a_stale_delivery_is_chosen_anew() -> None:
    staged = Saleor()
    async with staged.opened() as offer:
        found = await cart(offer, visitor())
        checkout = await ready(offer, visitor(), found)
        staged.stale = True
        state = await checkout.state(visitor(), cart=found.ref)
    assert [need.kind for need in state.missing] == ["shipping"]
    assert [problem.code for problem in state.problems] == ["shipping_stale"]


async def test_whoever_ordered_hears_that_the_checkout_was_ordered() -> None:
    """It is gone in Saleor, like one that never was; others hear just that, also with a guest's copied blob."""
    staged = Saleor()
    async with staged.opened() as offer:
        assert offer.carts is not None
        guest = visitor()
        first = await cart(offer, guest)
        copied = visitor(blob=SessionBlob(guest.shopper.blob.text))
        her = await ada(offer, guest, guest=first)
        for buyer, found in ((visitor(), await cart(offer, visitor())), (her, first)):
            checkout = await ready(offer, buyer, found)
            assert isinstance(await checkout.place(buyer, cart=found.ref, expected=None, return_to=""), Ordered)
            assert await offer.carts.get(buyer, cart=found.ref) == NoCart(reason="ordered")
            assert await offer.carts.get(copied, cart=found.ref) == NoCart(reason="unknown")
        stale = visitor(blob=SessionBlob(her.shopper.blob.text))  # Without her token.
        assert await offer.carts.get(stale, cart=first.ref) == NoCart(reason="unknown")
        assert offer.sign_in is not None
        await offer.sign_in.sign_out(her)
        assert her.shopper.blob.text is None


async def test_an_order_whose_answer_was_lost_is_noted() -> None:
    staged = Saleor()
    async with staged.opened() as offer:
        assert offer.carts is not None
        ctx = visitor()
        found = await cart(offer, ctx)
        checkout = await ready(offer, ctx, found)
        staged.lost = "checkoutComplete"
        with pytest.raises(Unavailable):
            await checkout.place(ctx, cart=found.ref, expected=None, return_to="")
        assert await offer.carts.get(ctx, cart=found.ref) == NoCart(reason="ordered")


async def test_what_is_collected_says_where() -> None:
    staged = Saleor()
    at = {
        "id": gid("Address", 9), "firstName": "", "lastName": "", "companyName": "Almanac", "streetAddress2": "",
        "streetAddress1": "12 Milsom Street", "city": "Bath", "cityArea": "", "postalCode": "BA1 1DE", "phone": "",
        "countryArea": "", "country": {"code": "GB"}, "isDefaultShippingAddress": None,
    }  # fmt: skip
    staged.points = [{"id": gid("Warehouse", 1), "name": "Almanac Bath", "address": at}]
    async with staged.opened() as offer:
        assert offer.inline_checkout is not None
        found = await cart(offer, visitor())
        (group,) = await offer.inline_checkout.shipping_options(visitor(), cart=found.ref)
    (shop,) = group.options
    assert (shop.kind, shop.location, shop.description) == ("pickup", "Almanac Bath", "12 Milsom Street, Bath")
    assert (shop.earliest, shop.latest) == (None, None)


# -------------------------------------------------------------------- customers


async def test_a_lapsed_token_is_renewed_and_is_no_guests_call() -> None:
    """Saleor answers a lapsed token as a guest, without an error."""
    staged = Saleor()
    async with staged.opened() as offer:
        assert offer.accounts is not None
        her = await ada(offer, visitor())
        assert (await offer.accounts.me(her)).first_name == "Ada"
        assert staged.refreshes == 0
        fresh = visitor(token=her.shopper.token)  # The blob was lost.
        found = await asyncio.gather(*(offer.accounts.me(fresh) for _ in range(5)))
        assert {one.email for one in found} == {"ada@example.com"}
        assert staged.refreshes == 1
        now = staged.now()
        staged.now = lambda: now + LIFE * 20_000
        with pytest.raises(NotSignedIn):
            await offer.accounts.me(visitor(token=her.shopper.token))


async def test_an_access_token_is_watched_for_its_end() -> None:
    """Close to its end it is changed for another one, before Saleor would answer as to a guest."""
    staged, moment = Saleor(), [time.time()]
    staged.now = lambda: moment[0]
    async with staged.opened() as offer, httpx.AsyncClient(transport=httpx.MockTransport(staged)) as http:
        settings = Settings(url=URL)
        sessions = Sessions(Client(settings, http), Places(settings, (GB,)), now=lambda: moment[0])
        her = await ada(offer, visitor())
        first = await sessions.access(her)
        assert await sessions.access(her) == first
        moment[0] += LIFE - 10
        second = await sessions.access(her)
        assert second != first
        assert staged.refreshes == 1
        assert await sessions.access(her) == second


async def test_an_access_token_serves_only_its_own_customer() -> None:
    staged = Saleor()
    async with staged.opened() as offer:
        assert offer.accounts is not None
        her = await ada(offer, visitor())
        other = await ada(offer, visitor(), "grace@example.com")
        mixed = visitor(token=other.shopper.token, blob=SessionBlob(her.shopper.blob.text))
        assert (await offer.accounts.me(mixed)).email == "grace@example.com"


async def test_an_account_waits_for_its_confirmation() -> None:
    staged = Saleor()
    staged.confirms = True
    async with staged.opened(account_url="https://shop.example/en-gb/account/reset") as offer:
        assert offer.accounts is not None
        assert offer.sign_in is not None
        email, password = "ada@example.com", "Correct-Horse-9"
        registration = Registration(email=email, password=password)
        for _ in range(2):  # A taken address is not told.
            made = await offer.accounts.register(visitor(), registration=registration, guest_cart=None)
            assert isinstance(made, ConfirmationSent)
        data = {"email": email, "password": password}
        refused = await offer.sign_in.begin(visitor(), method="password", data=data, guest_cart=None)
        assert refused == SignInRefused(reason="unconfirmed")
        with pytest.raises(NotAllowed):
            await offer.accounts.confirm(visitor(), token="x")
        await offer.accounts.forgot(visitor(), email=email)
        entered = await offer.accounts.reset(
            visitor(), token=f"{email}:{staged.mailed[email]}", password="Another-Horse-9"
        )
        assert isinstance(entered, SignedIn)
        weak = Registration(email="b@example.com", password="1")
        with pytest.raises(InvalidInput) as raised:
            await offer.accounts.register(visitor(), registration=weak, guest_cart=None)
        assert set(raised.value.fields) == {"password"}


async def test_orders_are_read_through_their_customer_only() -> None:
    staged = Saleor()
    async with staged.opened() as offer:
        assert offer.orders is not None
        her = await ada(offer, visitor())
        found = await cart(offer, her)
        checkout = await ready(offer, her, found)
        placed = await checkout.place(her, cart=found.ref, expected=None, return_to="")
        assert isinstance(placed, Ordered)
        assert placed.order is not None
        assert (await offer.orders.get(her, id=placed.order.id)).number == placed.order.number
        other = await ada(offer, visitor(), "grace@example.com")
        with pytest.raises(NotFound):
            await offer.orders.get(other, id=placed.order.id)
        with pytest.raises(NotSignedIn):
            await offer.orders.get(visitor(), id=placed.order.id)
        assert not any("order(" in call["query"] for call in staged.asked)


async def test_no_token_and_no_checkout_id_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    staged = Saleor()
    with caplog.at_level(logging.DEBUG):
        async with staged.opened() as offer:
            her = await ada(offer, visitor())
            found = await cart(offer, her)
            checkout = await ready(offer, her, found)
            await checkout.place(her, cart=found.ref, expected=None, return_to="")
    assert staged.tokens
    for secret in (*staged.tokens, found.ref.id, "Correct-Horse-9"):
        assert secret not in caplog.text
        assert secret not in repr((her, found.ref))
