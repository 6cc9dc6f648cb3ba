"""From order to order: Vendure's states, its payments, its customers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bff.ports import (
    Address,
    CartRef,
    ConfirmationSent,
    Contact,
    Details,
    InvalidInput,
    Money,
    NotFound,
    NotSignedIn,
    Ordered,
    Pending,
    Ready,
    Refused,
    Registration,
    SessionBlob,
    SignedIn,
    SignInRefused,
)

from .stage import TOKEN, Vendure, data, failed, line, order, refusal, visitor

pytestmark = pytest.mark.anyio

CART = CartRef(id=f"gb:ORDER1:{TOKEN}")
HOME = Address(
    country="GB", first_name="Ada Mary", last_name="Byron", line1="1 Mill Lane", city="Bath", postcode="BA1 1AA"
)
ADDRESS = {
    "fullName": "Ada Mary Byron",
    "streetLine1": "1 Mill Lane",
    "city": "Bath",
    "postalCode": "BA1 1AA",
    "countryCode": "GB",
}
NULLS = dict.fromkeys([*ADDRESS, "company", "streetLine2", "province", "phoneNumber"])
CHOSEN = [{"price": 375, "priceWithTax": 450, "shippingMethod": {"id": "3", "code": "s", "name": "Standard"}}]
QUOTE = {"id": "3", "code": "s", "name": "Standard", "description": "", "price": 374.99999, "priceWithTax": 449.99999}
DUE = Money(Decimal("22.50"), "GBP")
METHODS = {
    "eligiblePaymentMethods": [
        {"code": "bank", "name": "Bank", "description": "", "isEligible": True},
        {"code": "stripe", "name": "Stripe", "description": "", "isEligible": True},
    ]
}


def full(**more: Any) -> dict[str, Any]:
    return order(
        line("1", "7"),
        **{
            "customer": {"emailAddress": "ada@example.com", "phoneNumber": ""},
            "shippingAddress": ADDRESS,
            "billingAddress": NULLS,
            "shippingLines": CHOSEN,
            "total": 1875,
            "totalWithTax": 2250,
            **more,
        },
    )


def placed(**more: Any) -> dict[str, Any]:
    return full(
        active=False,
        state="PaymentAuthorized",
        orderPlacedAt="2026-11-22T10:00:00.000Z",
        payments=[{"method": "bank", "state": "Authorized"}],
        fulfillments=[],
        **more,
    )


def desk(told: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "activeOrder": told,
        "availableCountries": [{"code": "GB"}],
        "eligibleShippingMethods": [QUOTE],
    }


def paying() -> SessionBlob:
    return SessionBlob('{"pay":{"ORDER1":"bank"}}')


# ---------------------------------------------------------------- steps


async def test_what_is_missing_comes_in_the_order_of_the_steps() -> None:
    async with Vendure(Desk=desk(order(line("1", "7"), shippingAddress=NULLS))).opened() as offer:
        state = await offer.inline_checkout.state(visitor(), cart=CART)
    assert [each.kind for each in state.missing] == ["contact", "shipping_address", "shipping", "payment"]
    assert state.shipping_address is None  # an address full of nulls is none
    assert state.countries == ("GB",)


async def test_quotes_are_rounded_as_vendure_will() -> None:
    async with Vendure(Desk=desk(order(line("1", "7")))).opened() as offer:
        (group,) = await offer.inline_checkout.shipping_options(visitor(), cart=CART)
    assert group.options[0].price == Money(Decimal("4.50"), "GBP")


async def test_descriptions_are_read_as_text() -> None:
    """Vendure's dashboard writes them as markup."""
    told = "<p>Two &amp; a half days,<br>1 &lt; 2 kg</p><p></p>"
    ways = [{**QUOTE, "description": told}, {**QUOTE, "id": "4", "description": "<p></p>"}]
    methods = [{"code": "bank", "name": "Bank", "description": told, "isEligible": True}]
    vendure = Vendure(
        Desk={**desk(order(line("1", "7"))), "eligibleShippingMethods": ways},
        Payments={"eligiblePaymentMethods": methods},
    )
    async with vendure.opened() as offer:
        (group,) = await offer.inline_checkout.shipping_options(visitor(), cart=CART)
        (method,) = await offer.inline_checkout.payment_methods(visitor(), cart=CART)
    read = "Two & a half days, 1 < 2 kg"
    assert [option.description for option in group.options] == [read, None]
    assert method.description == read


async def test_a_way_to_send_that_is_offered_no_more_is_told() -> None:
    stale = full(shippingLines=[{**CHOSEN[0], "shippingMethod": {"id": "9", "code": "x", "name": "X"}}])
    async with Vendure(Desk=desk(stale)).opened() as offer:
        state = await offer.inline_checkout.state(visitor(blob=paying()), cart=CART)
    assert [each.kind for each in state.missing] == ["shipping"]
    assert [each.code for each in state.problems] == ["shipping_stale"]


async def test_details_go_in_one_call_and_names_are_put_together_and_apart() -> None:
    vendure = Vendure(
        Desk=[desk(order(line("1", "7"))), desk(full())],
        Details={"shipping": {"__typename": "Order"}, "contact": {"__typename": "Order"}},
    )
    async with vendure.opened() as offer:
        details = Details(contact=Contact(email="ada@example.com"), shipping_address=HOME, billing_same=True)
        state = await offer.inline_checkout.set_details(visitor(), cart=CART, details=details)
    assert state.shipping_address is not None
    assert (state.shipping_address.first_name, state.shipping_address.last_name) == ("Ada Mary", "Byron")
    sent = vendure.asked[1]
    assert sent.variables["shipping"]["fullName"] == "Ada Mary Byron"
    assert sent.variables["customer"] == {
        "emailAddress": "ada@example.com",
        "firstName": "Ada Mary",
        "lastName": "Byron",
    }
    assert len(vendure.asked) == 3


async def test_a_customer_is_not_set_for_an_order_that_has_one() -> None:
    """Vendure refuses it to those who are signed in."""
    vendure = Vendure(Desk=desk(full()))
    async with vendure.opened() as offer:
        details = Details(contact=Contact(email="ada@example.com"))
        await offer.inline_checkout.set_details(visitor(token=TOKEN), cart=CartRef(id="gb:ORDER1:"), details=details)
    assert not any("setCustomerForOrder" in asked.document for asked in vendure.asked)


@pytest.mark.parametrize(
    ("details", "field"),
    [
        (Details(contact=Contact(email="nobody")), "contact.email"),
        (Details(shipping_address=Address(country="FR", line1="3 rue du Bac")), "shipping_address.country"),
        (Details(shipping_address=Address(country="GB", line1=" ")), "shipping_address.line1"),
    ],
)
async def test_what_vendure_would_take_or_fail_on_is_refused_by_field(details: Details, field: str) -> None:
    vendure = Vendure(Desk=desk(order(line("1", "7"))))
    async with vendure.opened() as offer:
        with pytest.raises(InvalidInput) as caught:
            await offer.inline_checkout.set_details(visitor(), cart=CART, details=details)
    assert list(caught.value.fields) == [field]
    assert len(vendure.asked) == 1


async def test_a_registered_address_may_be_refused_to_guests() -> None:
    vendure = Vendure(Desk=desk(order(line("1", "7"))), Details={"contact": refusal("GUEST_CHECKOUT_ERROR")})
    async with vendure.opened() as offer:
        details = Details(contact=Contact(email="ada@example.com"))
        with pytest.raises(InvalidInput) as caught:
            await offer.inline_checkout.set_details(visitor(), cart=CART, details=details)
    assert list(caught.value.fields) == ["contact.email"]


async def test_only_payment_methods_that_can_be_driven_are_offered() -> None:
    async with Vendure(Payments=METHODS, Desk=desk(full())).opened(payments=("cash", "bank")) as offer:
        methods = await offer.inline_checkout.payment_methods(visitor(), cart=CART)
        assert [each.id for each in methods] == ["bank"]
        with pytest.raises(InvalidInput):
            await offer.inline_checkout.choose_payment(visitor(), cart=CART, method="stripe", return_to="")


async def test_how_to_pay_is_remembered_in_the_blob() -> None:
    blob = SessionBlob("no JSON")
    async with Vendure(Payments=METHODS, Desk=desk(full())).opened() as offer:
        chosen = await offer.inline_checkout.choose_payment(visitor(blob=blob), cart=CART, method="bank", return_to="")
        assert isinstance(chosen, Ready)
        assert chosen.state.missing == ()
        assert blob.changed
        state = await offer.inline_checkout.state(visitor(blob=SessionBlob(blob.text)), cart=CART)
    assert state.payment == "bank"


# ---------------------------------------------------------------- placing


async def test_an_order_is_placed_and_told() -> None:
    vendure = Vendure(
        Desk=desk(full()),
        Turn={"done": full(state="ArrangingPayment")},
        Pay={"done": placed()},
        ByCode={"orderByCode": placed()},
    )
    async with vendure.opened() as offer:
        outcome = await offer.inline_checkout.place(visitor(blob=paying()), cart=CART, expected=DUE, return_to="")
    assert isinstance(outcome, Ordered)
    assert outcome.order is not None
    assert (outcome.order.number, outcome.order.status, outcome.order.totals.total) == ("ORDER1", "processing", DUE)
    assert (outcome.order.status_text, outcome.order.payment_name) == (None, None)  # "PaymentAuthorized" is no answer
    pay = next(asked for asked in vendure.asked if "mutation Pay" in asked.document)
    assert pay.variables == {"input": {"method": "bank", "metadata": {}}}


async def test_placing_again_answers_the_same_order_and_pays_nothing() -> None:
    vendure = Vendure(Desk=desk(None), ByCode={"orderByCode": placed()})
    async with vendure.opened() as offer:
        outcome = await offer.inline_checkout.place(visitor(blob=paying()), cart=CART, expected=DUE, return_to="")
        resumed = await offer.inline_checkout.resume(visitor(), cart=CART, params={})
    assert isinstance(outcome, Ordered)
    assert outcome == resumed
    assert not any("mutation" in asked.document for asked in vendure.asked)


async def test_somebody_faster_makes_no_second_order() -> None:
    vendure = Vendure(
        Desk=desk(full(state="ArrangingPayment")),
        Pay={"done": refusal("ORDER_PAYMENT_STATE_ERROR")},
        ByCode={"orderByCode": placed()},
    )
    async with vendure.opened() as offer:
        outcome = await offer.inline_checkout.place(visitor(blob=paying()), cart=CART, expected=DUE, return_to="")
    assert isinstance(outcome, Ordered)


async def test_another_total_is_refused_before_anything_is_paid() -> None:
    dearer = full(state="ArrangingPayment", totalWithTax=2450)
    vendure = Vendure(Desk=[desk(dearer), desk(full())], Turn=[{"done": dearer}, {"done": full()}])
    async with vendure.opened() as offer:
        for _ in range(2):  # told at once; told when payment begins, and the order taken back
            outcome = await offer.inline_checkout.place(visitor(blob=paying()), cart=CART, expected=DUE, return_to="")
            assert isinstance(outcome, Refused)
            assert [each.code for each in outcome.problems] == ["price_changed"]
    turned = [asked.variables["state"] for asked in vendure.asked if "mutation Turn" in asked.document]
    assert turned == ["ArrangingPayment", "AddingItems"]
    assert not any("mutation Pay" in asked.document for asked in vendure.asked)


async def test_a_declined_payment_leaves_a_cart_that_can_be_changed() -> None:
    vendure = Vendure(
        Desk=desk(full()),
        Turn=[{"done": full(state="ArrangingPayment")}, {"done": full()}],
        Pay={"done": refusal("PAYMENT_DECLINED_ERROR", paymentErrorMessage="no")},
    )
    async with vendure.opened() as offer:
        outcome = await offer.inline_checkout.place(visitor(blob=paying()), cart=CART, expected=DUE, return_to="")
    assert outcome == Refused(problems=())
    assert vendure.asked[-1].variables == {"state": "AddingItems"}


async def test_a_payment_that_is_not_settled_yet_is_pending() -> None:
    vendure = Vendure(Desk=desk(full(state="ArrangingPayment")), Pay={"done": full(state="ArrangingPayment")})
    async with vendure.opened() as offer:
        outcome = await offer.inline_checkout.place(visitor(blob=paying()), cart=CART, expected=DUE, return_to="")
    assert outcome == Pending()


async def test_what_sold_out_meanwhile_is_told_by_line() -> None:
    gone = full()
    gone["lines"][0]["productVariant"]["stockLevel"] = "OUT_OF_STOCK"
    vendure = Vendure(
        Desk=desk(full()),
        Turn={"done": refusal("ORDER_STATE_TRANSITION_ERROR", transitionError="insufficient stock")},
        Active={"activeOrder": gone},
    )
    async with vendure.opened() as offer:
        outcome = await offer.inline_checkout.place(visitor(blob=paying()), cart=CART, expected=DUE, return_to="")
    assert isinstance(outcome, Refused)
    assert [(each.code, each.target.id) for each in outcome.problems] == [("out_of_stock", "1")]


async def test_a_cart_that_never_was_is_not_found() -> None:
    async with Vendure(Desk=data(token="", **desk(None)), ByCode={"orderByCode": None}).opened() as offer:
        with pytest.raises(NotFound):
            await offer.inline_checkout.place(visitor(), cart=CART, expected=DUE, return_to="")


# ---------------------------------------------------------------- customers


ME = {
    "activeCustomer": {
        "id": "2",
        "firstName": "Ada",
        "lastName": "Byron",
        "emailAddress": "ada@example.com",
        "phoneNumber": None,
        "createdAt": "2026-11-22T10:00:00.000Z",
    }
}
DATA = {"email": "ada@example.com", "password": "secret"}


async def test_signing_in_takes_the_guests_session_along_and_keeps_the_new_one() -> None:
    mine = {"activeOrder": order(line("1", "7"), code="MINE")}
    vendure = Vendure(Login=data(token="new" + TOKEN, done={"__typename": "CurrentUser"}), Me={**ME, **mine})
    async with vendure.opened() as offer:
        answer = await offer.sign_in.begin(visitor(), method="password", data=DATA, guest_cart=CART)
    assert isinstance(answer, SignedIn)
    assert answer.token == "new" + TOKEN
    assert answer.cart is not None
    assert answer.cart.ref.id == "gb:MINE:"
    assert [asked.bearer for asked in vendure.asked] == [TOKEN, "new" + TOKEN]
    assert TOKEN not in repr(answer)


@pytest.mark.parametrize(
    ("said", "reason"), [("INVALID_CREDENTIALS_ERROR", "credentials"), ("NOT_VERIFIED_ERROR", "unconfirmed")]
)
async def test_a_refused_sign_in_says_why(said: str, reason: str) -> None:
    async with Vendure(Login={"done": refusal(said)}).opened() as offer:
        answer = await offer.sign_in.begin(visitor(), method="password", data=DATA, guest_cart=None)
    assert answer == SignInRefused(reason=reason)  # type: ignore[arg-type]


@pytest.mark.parametrize("said", ["INVALID_CREDENTIALS_ERROR", "NOT_VERIFIED_ERROR"])
async def test_whether_an_address_is_taken_is_not_told(said: str) -> None:
    vendure = Vendure(Register={"done": {"__typename": "Success"}}, Login={"done": refusal(said)})
    async with vendure.opened() as offer:
        registration = Registration(email="ada@example.com", password="secret")
        answer = await offer.accounts.register(visitor(), registration=registration, guest_cart=None)
    assert answer == ConfirmationSent()


async def test_a_weak_password_is_told_at_its_field() -> None:
    weak = refusal("PASSWORD_VALIDATION_ERROR", validationErrorMessage="at least 8")
    async with Vendure(Register={"done": weak}).opened() as offer:
        registration = Registration(email="ada@example.com", password="x")
        with pytest.raises(InvalidInput) as caught:
            await offer.accounts.register(visitor(), registration=registration, guest_cart=None)
    assert caught.value.fields == {"password": "at least 8"}


async def test_a_session_that_lapsed_is_nobody() -> None:
    """Vendure hands a new, anonymous one out instead."""
    vendure = Vendure(Me=data(token="new" + TOKEN, activeCustomer=None, activeOrder=None), Orders=failed("FORBIDDEN"))
    async with vendure.opened() as offer:
        with pytest.raises(NotSignedIn):
            await offer.accounts.me(visitor(token=TOKEN))
        with pytest.raises(NotSignedIn):
            await offer.orders.list(visitor(token=TOKEN))
        with pytest.raises(NotSignedIn):
            await offer.accounts.me(visitor())


async def test_another_customers_order_is_not_found() -> None:
    async with Vendure(ByCode=failed("FORBIDDEN")).opened() as offer:
        with pytest.raises(NotFound):
            await offer.orders.get(visitor(token=TOKEN), id="ORDER1")


async def test_an_address_saved_twice_is_saved_once() -> None:
    saved = {
        "id": "4",
        "fullName": "Ada Mary Byron",
        "company": "",
        "streetLine1": "1 Mill Lane",
        "streetLine2": "",
        "city": "Bath",
        "province": "",
        "postalCode": "BA1 1AA",
        "phoneNumber": "",
        "country": {"code": "GB"},
        "defaultShippingAddress": False,
    }
    vendure = Vendure(Addresses={"activeCustomer": {"addresses": [saved]}})
    async with vendure.opened() as offer:
        assert (await offer.address_book.save(visitor(token=TOKEN), address=HOME)).id == "4"
        with pytest.raises(NotFound):
            await offer.address_book.remove(visitor(token=TOKEN), id="5")
    assert not any("mutation" in asked.document for asked in vendure.asked)


@pytest.mark.parametrize("how", ["changed", "reset"])
async def test_another_password_ends_all_other_sessions(how: str) -> None:
    """Vendure ends none; signing out there ends all of them."""
    vendure = Vendure(
        Password={"done": {"__typename": "Success"}},
        Reset=data(token="reset" + TOKEN, done={"identifier": "ada@example.com"}),
        Logout={"logout": {"success": True}},
        Login=data(token="new" + TOKEN, done={"__typename": "CurrentUser"}),
        Me={**ME, "activeOrder": None},
    )
    async with vendure.opened() as offer:
        if how == "reset":
            answer = await offer.accounts.reset(visitor(), token="mailed", password="better")
        else:
            answer = await offer.accounts.change_password(visitor(token=TOKEN), current="secret", new="better")
    assert isinstance(answer, SignedIn)
    assert answer.token == "new" + TOKEN
    out = next(asked for asked in vendure.asked if "mutation Logout" in asked.document)
    assert out.bearer == ("reset" + TOKEN if how == "reset" else TOKEN)
    again = next(asked for asked in vendure.asked if "mutation Login" in asked.document)
    assert (again.bearer, again.variables) == ("", {"email": "ada@example.com", "password": "better"})
