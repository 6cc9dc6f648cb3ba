"""Making the order. To complete a checkout again answers the order that was made, so an answer that was lost is asked for
once more and nothing is bought twice."""

from __future__ import annotations

from typing import Any

from bff.ports import (
    CartRef,
    NotFound,
    NotSignedIn,
    Ordered,
    Outcome,
    Pending,
    Problem,
    Refused,
    Target,
    VisitorContext,
)

from . import checkout_documents as documents
from .client import Operation
from .desk import Desk, Done
from .orders import order
from .places import is_id
from .settings import Payment, Settings
from .wire import Wire
from .wire_checkout import WireCheckout, WireError, WireOrder


class _Errors(Wire):
    errors: tuple[WireError, ...] = ()


class _Completed(Wire):
    order: WireOrder | None = None
    confirmation_needed: bool = False
    errors: tuple[WireError, ...] = ()


_PAY = Operation("checkoutPaymentCreate", documents.PAY, Done[_Errors])
_RECORD = Operation("transactionCreate", documents.RECORD, Done[_Errors])
_COMPLETE = Operation("checkoutComplete", documents.COMPLETE, Done[_Completed], partial=True)
_PAID = ("FULL", "OVERCHARGED")
_FIELDS = {
    "CHECKOUT_NOT_FULLY_PAID": "payment", "PAYMENT_ERROR": "payment", "INACTIVE_PAYMENT": "payment",
    "BILLING_ADDRESS_NOT_SET": "billing_address", "SHIPPING_ADDRESS_NOT_SET": "shipping_address",
    "SHIPPING_METHOD_NOT_SET": "shipping", "INVALID_SHIPPING_METHOD": "shipping",
    "SHIPPING_METHOD_NOT_APPLICABLE": "shipping", "DELIVERY_METHOD_NOT_APPLICABLE": "shipping",
    "EMAIL_NOT_SET": "contact", "MISSING_ADDRESS_DATA": "shipping_address",
}  # fmt: skip
_PROBLEMS = {
    "INSUFFICIENT_STOCK": "out_of_stock", "UNAVAILABLE_VARIANT_IN_CHANNEL": "line_unavailable",
    "PRODUCT_NOT_PUBLISHED": "line_unavailable", "PRODUCT_UNAVAILABLE_FOR_PURCHASE": "line_unavailable",
    "VOUCHER_NOT_APPLICABLE": "code_not_applicable", "GIFT_CARD_NOT_APPLICABLE": "code_not_applicable",
}  # fmt: skip


class Placing:
    """See `InlineCheckout.place`."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self._desk, self._settings = desk, settings

    async def placed(self, ctx: VisitorContext, found: WireCheckout, method: str | None) -> Outcome:
        """Pay as it was chosen, then make the order."""
        errors: tuple[WireError, ...] = ()
        if method is not None and found.total_price.gross.amount > 0:
            errors = await self._paid(ctx, found, method, self._settings.payments[method])
        if errors:
            return _refused(errors, found)
        self._desk.sessions.ordering(ctx, found.id)
        outcome = await self._complete(ctx, found.id, found)
        if isinstance(outcome, Refused):
            self._desk.sessions.not_ordered(ctx)
        return outcome

    async def again(self, ctx: VisitorContext, cart: CartRef) -> Outcome:
        """The order of a checkout that is none any more. Raises `NotFound` where it was never one."""
        if not is_id(cart.id, "Checkout"):
            raise NotFound("no such checkout")
        return await self._complete(ctx, cart.id, None)

    async def _paid(
        self, ctx: VisitorContext, found: WireCheckout, method: str, payment: Payment
    ) -> tuple[WireError, ...]:
        place = self._desk.place(ctx, found)
        due = found.total_price.gross
        if payment.how == "gateway":
            payment_ = {"gateway": method, "amount": str(due.amount), "token": payment.token}
            told = await self._desk.client.ask(ctx.public, place, _PAY, {"id": found.id, "payment": payment_})
        elif payment.how == "manual" and found.authorize_status not in _PAID and found.charge_status not in _PAID:
            name = payment.name.get(ctx.public.language) or next(iter(payment.name.values()), method)
            amount = {"amount": str(due.amount), "currency": due.currency}
            recorded: dict[str, Any] = {"name": name, "amountAuthorized": amount}
            token = self._settings.app_token
            asked = {"id": found.id, "transaction": recorded}
            told = await self._as_app(ctx, found, asked, token)
        else:
            return ()
        return told.done.errors if told.done else (WireError(code="PAYMENT_ERROR"),)

    async def _as_app(
        self, ctx: VisitorContext, found: WireCheckout, asked: dict[str, Any], token: str
    ) -> Done[_Errors]:
        place = self._desk.place(ctx, found)
        try:
            return await self._desk.client.ask(ctx.public, place, _RECORD, asked, token=token)
        except NotSignedIn:  # The app may not: nothing that the shopper could put right by signing in.
            return Done(done=_Errors(errors=(WireError(code="PAYMENT_ERROR"),)))

    async def _complete(self, ctx: VisitorContext, id: str, found: WireCheckout | None) -> Outcome:
        token = await self._desk.sessions.known(ctx)
        place = self._desk.place(ctx, found)
        told = await self._desk.client.tell(ctx.public, place, _COMPLETE, {"id": id}, token=token)
        done = told.data.done
        if done is None:
            raise NotFound("no such checkout")
        if done.order is not None:
            return Ordered(order=order(self._desk.places, self._desk.place(ctx), done.order))
        if done.confirmation_needed:
            return Pending()
        if found is None and any(error.code in ("NOT_FOUND", "INVALID", "GRAPHQL_ERROR") for error in done.errors):
            raise NotFound("no such checkout")
        if not done.errors:
            return Pending()
        return _refused(done.errors, found)


def _refused(errors: tuple[WireError, ...], found: WireCheckout | None) -> Refused:
    """A problem for each error, about the line, the code or the step it means."""
    made: list[Problem] = []
    for error in errors:
        code: Any = _PROBLEMS.get(error.code, "other")
        if code in ("out_of_stock", "line_unavailable"):
            lines = [line.id for line in (found.lines if found else ()) if line.variant.id in (error.variants or ())]
            targets = [Target(kind="line", id=id) for id in lines] or [Target(kind="cart")]
        elif code == "code_not_applicable":
            targets = [Target(kind="code", id=found.voucher_code if found else None)]
        else:
            targets = [Target(kind="field", id=_FIELDS[error.code])] if error.code in _FIELDS else [Target(kind="cart")]
        made += [Problem(code=code, severity="error", target=target) for target in targets]
    return Refused(problems=tuple(made))
