"""One shopper's cart. What Acme knows a shopper by (a token) is kept in `ctx.shopper.blob`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from bff.ports import Cart, CartRef, CartResult, CartTraits, LineInput, Market, NoCart, VisitorContext

from .api import Api
from .unwritten import NotWritten


class AcmeCarts:
    """What cannot be had is a `Problem` in the result, never a failure; totals are the shop's, never ours."""

    traits = CartTraits()

    def __init__(self, api: Api) -> None:
        self._api = api

    async def get(self, ctx: VisitorContext, /, *, cart: CartRef) -> Cart | NoCart:
        raise NotWritten("carts.get", "the cart priced now; NoCart with the reason for one that is not there.")

    async def add(self, ctx: VisitorContext, /, *, cart: CartRef | None, lines: Sequence[LineInput]) -> CartResult:
        raise NotWritten("carts.add", "put lines in, make a cart where there is none; what was refused is a Problem.")

    async def change(
        self, ctx: VisitorContext, /, *, cart: CartRef, quantities: Sequence[tuple[str, Decimal]]
    ) -> CartResult:
        raise NotWritten("carts.change", "set (not add) the quantity of each line; 0 takes it out.")

    async def apply_code(self, ctx: VisitorContext, /, *, cart: CartRef, code: str) -> CartResult:
        raise NotWritten("carts.apply_code", "enter a code; a refused one is a Problem that says which way.")

    async def drop_code(self, ctx: VisitorContext, /, *, cart: CartRef, id: str) -> CartResult:
        raise NotWritten("carts.drop_code", "take a code out by AppliedCode.id.")

    async def annotate(
        self,
        ctx: VisitorContext,
        /,
        *,
        cart: CartRef,
        note: str | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> CartResult:
        raise NotWritten("carts.annotate", "keep note and attributes where the traits say so, else the cart as it is.")

    async def adopt(self, ctx: VisitorContext, /, *, cart: CartRef) -> CartResult:
        raise NotWritten("carts.adopt", "the guest's cart becomes the customer's (ctx.shopper.token says whose).")

    async def move(self, ctx: VisitorContext, /, *, cart: CartRef, origin: Market) -> CartResult:
        raise NotWritten("carts.move", "the same lines in the context's market, a Problem for each change.")
