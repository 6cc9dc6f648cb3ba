"""Calls about a shopper's order that carts and checkout share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from bff.ports import Cart, CartRef, Malformed, NoCart, NotFound, NotSignedIn, VisitorContext

from . import order_documents as documents
from .bags import Bags
from .client import Client, Operation, Reply
from .places import Place, Places
from .references import Held, held
from .settings import Settings
from .wire import Wire
from .wire_orders import WireOrder, WireRefusal

T = TypeVar("T")


class _Active(Wire):
    active_order: WireOrder | None


class _ByCode(Wire):
    order_by_code: WireOrder | None


class Done(Wire):
    """What a write left: an order, or what it was refused with (`outcome`)."""

    done: msgspec.Raw


class Desk:
    """Asks about one order with the session it belongs to."""

    def __init__(self, client: Client, places: Places, settings: Settings) -> None:
        self.client, self.places, self.bags = client, places, Bags(settings)
        self.fragment = documents.order(settings.swatch_field)
        self._active = Operation("activeOrder", documents.ACTIVE + self.fragment, _Active)
        self._by_code = Operation("orderByCode", documents.BY_CODE + self.fragment, _ByCode)
        self._turn = Operation("transitionOrderToState", documents.TURN + self.fragment, Done)
        self._markets = frozenset(places.markets)

    def held(self, ref: CartRef) -> Held | None:
        return held(ref, self._markets)

    def place(self, ctx: VisitorContext, own: Held | None) -> Place:
        """Where a cart was made, else where the shopper is."""
        return self.places.of(ctx.public, own.market if own else None)

    async def ask(
        self,
        ctx: VisitorContext,
        place: Place,
        operation: Operation[T],
        variables: Mapping[str, Any] | None = None,
        token: str | None = None,
    ) -> Reply[T]:
        return await self.client.ask(ctx.public, place, operation, variables, token=token)

    async def done(
        self, ctx: VisitorContext, place: Place, operation: Operation[Done], variables: Mapping[str, Any], token: str
    ) -> WireOrder | WireRefusal:
        """A write and what came of it. Raises `NotFound` where the session is unknown."""
        told = await self.ask(ctx, place, operation, variables, token)
        if told.lost:
            raise NotFound("the session has lapsed")
        return outcome(told.data.done)

    async def active(self, ctx: VisitorContext, place: Place, token: str) -> Reply[_Active]:
        return await self.ask(ctx, place, self._active, None, token)

    async def by_code(self, ctx: VisitorContext, place: Place, code: str, token: str) -> WireOrder | None:
        """The order, placed or not, if this session may see it (a guest's: two hours long)."""
        try:
            return (await self.ask(ctx, place, self._by_code, {"code": code}, token)).data.order_by_code
        except (NotSignedIn, NotFound):
            return None

    async def turn(self, ctx: VisitorContext, place: Place, token: str, state: str) -> WireOrder | WireRefusal:
        return await self.done(ctx, place, self._turn, {"state": state}, token)

    async def found(self, ctx: VisitorContext, own: Held | None) -> tuple[WireOrder, str] | NoCart:
        """The order behind a reference and its session, or why it is no cart."""
        token = own.session(ctx) if own else None
        if own is None or token is None:
            return NoCart(reason="unknown")
        place = self.place(ctx, own)
        try:
            told = await self.active(ctx, place, token)
        except NotSignedIn:
            return NoCart(reason="unknown")
        if told.lost:
            return NoCart(reason="expired")
        order = told.data.active_order
        if order is None or order.code != own.code:
            earlier = await self.by_code(ctx, place, own.code, token)
            if earlier is not None and not earlier.active:
                return NoCart(reason="ordered", order=earlier.code)
            # What is open in this session is another cart: to another customer, this one never was.
            return NoCart(reason="empty" if own.token else "unknown")
        if not order.lines:
            return NoCart(reason="empty")
        return order, token

    def shown(self, ctx: VisitorContext, own: Held, order: WireOrder) -> Cart:
        return self.bags.cart(self.place(ctx, own), order, own.token)


def outcome(raw: msgspec.Raw) -> WireOrder | WireRefusal:
    """The order a write left, or what Vendure refused it with: one field of the answer is either."""
    try:
        refusal = msgspec.json.decode(raw, type=WireRefusal)
        return refusal if refusal.error_code else msgspec.json.decode(raw, type=WireOrder)
    except msgspec.MsgspecError as error:
        raise Malformed(str(error)[:200]) from None
