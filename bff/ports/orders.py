"""Orders after they are placed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal, Protocol

import msgspec

from .carts import CartRef, CartResult
from .checkout import Order
from .context import VisitorContext
from .declarations import visitor_read, write


class OrderPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of orders; `next` is the cursor of the following one, None at the end."""

    orders: tuple[Order, ...]
    next: str | None = None


class OrderTraits(msgspec.Struct, frozen=True, kw_only=True):
    """`lookup`: the fields a guest must give to see an order, empty where a guest cannot."""

    lookup: tuple[str, ...] = ()


class Orders(Protocol):
    """Reading orders."""

    @property
    def traits(self) -> OrderTraits: ...

    @visitor_read()
    async def list(self, ctx: VisitorContext, /, *, cursor: str | None = None) -> OrderPage:
        """The customer's orders, newest first. Raises `NotSignedIn`."""

    @visitor_read()
    async def get(self, ctx: VisitorContext, /, *, id: str) -> Order:
        """One of the customer's orders. Raises `NotFound` for another's."""

    @visitor_read()
    async def lookup(self, ctx: VisitorContext, /, *, fields: Mapping[str, str]) -> Order:
        """A guest's order by the fields of the trait. Raises `NotFound`, the same whichever field is wrong."""


OrderAction = Literal["reorder", "return", "cancel", "claim"]


class ActionTraits(msgspec.Struct, frozen=True, kw_only=True):
    """The actions this backend offers."""

    offered: tuple[OrderAction, ...]


class OrderActions(Protocol):
    """What may be done with an order. Actions not `offered` raise `NotAllowed`."""

    @property
    def traits(self) -> ActionTraits: ...

    @write()
    async def reorder(self, ctx: VisitorContext, /, *, id: str, cart: CartRef | None) -> CartResult:
        """Put an order's lines into the cart, as far as they are still sold."""

    @write()
    async def request_return(
        self, ctx: VisitorContext, /, *, id: str, lines: Sequence[tuple[str, Decimal]], reason: str
    ) -> Order:
        """Ask to send lines back."""

    @write(idempotent=True)
    async def cancel(self, ctx: VisitorContext, /, *, id: str) -> Order:
        """Cancel what has not been sent."""

    @write(idempotent=True)
    async def claim(self, ctx: VisitorContext, /, *, fields: Mapping[str, str]) -> Order:
        """Take a guest's order into the customer's account."""
