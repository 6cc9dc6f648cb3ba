"""The counter where checkouts are asked for: whose one is, and what an operation on it answered.

To Saleor a checkout's id opens it for anybody, a customer's too. The contract wants a customer's cart shut to everybody
else, so each call looks first whether `user` may be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from bff.ports import Cart, CartResult, Malformed, NoCart, NotSignedIn, Problem, Target, VisitorContext

from . import checkout_documents as documents
from .bags import Bags
from .catalog import SaleorCatalog
from .client import Client, Operation
from .places import Place, Places, is_id
from .session import Sessions, user_of
from .wire import Many, Wire
from .wire_checkout import WireCheckout, WireError

T = TypeVar("T")

UNKNOWN, EMPTY, ORDERED = NoCart(reason="unknown"), NoCart(reason="empty"), NoCart(reason="ordered")


class Read(Wire):
    checkout: WireCheckout | None


class Changed(Wire):
    """What a mutation answers: the checkout, or errors and none."""

    checkout: WireCheckout | None = None
    errors: tuple[WireError, ...] = ()


class Done(Wire, Generic[T]):
    done: T | None = None


class _Mine(Wire):
    checkouts: Many[WireCheckout] | None = None


class _Me(Wire):
    me: _Mine | None = None


_SEEN = Operation("checkout", documents.read(documents.SEEN), Read, partial=True)
_WHOLE = Operation("checkout in whole", documents.read(documents.WHOLE), Read, partial=True)
_MINE = Operation("own checkouts", documents.MINE, _Me)


class Desk:
    """What carts and checkout share."""

    def __init__(self, client: Client, places: Places, sessions: Sessions, catalog: SaleorCatalog) -> None:
        self.client, self.places, self.sessions, self.catalog = client, places, sessions, catalog
        self.bags = Bags(catalog.goods)

    def place(self, ctx: VisitorContext, found: WireCheckout | None = None) -> Place:
        """The context's place; a checkout keeps to the channel it was made in."""
        here = self.places.of(ctx.public)
        market = self.places.by_channel(found.channel.slug) if found and found.channel.slug != here.channel else None
        return here._replace(market=market, channel=found.channel.slug) if market and found else here

    async def found(self, ctx: VisitorContext, id: str, *, whole: bool = False) -> WireCheckout | None:
        """The checkout, None where there is none for this shopper."""
        if not is_id(id, "Checkout"):
            return None
        token = await self.sessions.known(ctx)
        operation = _WHOLE if whole else _SEEN
        told = await self.client.tell(ctx.public, self.place(ctx), operation, {"id": id}, token=token)
        found = told.data.checkout
        if found is None:
            if told.errors and not told.denied("user"):
                raise Malformed(f"checkout: {told.errors[0].code or 'error'}")
            return None
        if told.denied("user"):
            return None
        own = user_of(token)
        if found.user is not None and own is not None and found.user.id != own:
            return None  # Staff may read everybody's.
        return found

    async def mine(self, ctx: VisitorContext) -> tuple[WireCheckout, ...]:
        """The customer's checkouts with something in them, in the context's channel."""
        token = await self.sessions.access(ctx)
        told = await self.client.ask(ctx.public, self.place(ctx), _MINE, token=token)
        if told.me is None:
            raise NotSignedIn("me")
        return tuple(one for one in (told.me.checkouts.nodes if told.me.checkouts else ()) if one.lines)

    async def done(
        self,
        ctx: VisitorContext,
        operation: Operation[Done[Changed]],
        variables: Mapping[str, Any],
        *,
        place: Place | None = None,
    ) -> Changed:
        """One mutation, as the shopper. Raises `Malformed` where it answers neither."""
        token = await self.sessions.known(ctx)
        where = place or self.place(ctx)
        told = await self.client.tell(ctx.public, where, operation, variables, token=token)
        if told.data.done is None:
            if any(error.denied for error in told.errors):
                raise NotSignedIn(operation.name)
            raise Malformed(f"{operation.name}: {told.errors[0].code if told.errors else 'nothing'}")
        return told.data.done

    def shown(self, ctx: VisitorContext, found: WireCheckout) -> Cart | NoCart:
        return self.bags.cart(self.place(ctx, found), found) if found.lines else EMPTY

    def result(self, ctx: VisitorContext, found: WireCheckout | None, problems: Sequence[Problem] = ()) -> CartResult:
        cart = UNKNOWN if found is None else self.shown(ctx, found)
        return CartResult(cart=cart, problems=tuple(problems))


def mutation(name: str, document: str) -> Operation[Done[Changed]]:
    return Operation(name, document, Done[Changed], partial=True)


_CODES = {
    "INVALID": "code_invalid", "NOT_FOUND": "code_invalid", "REQUIRED": "code_invalid",
    "VOUCHER_NOT_APPLICABLE": "code_not_applicable", "GIFT_CARD_NOT_APPLICABLE": "code_not_applicable",
}  # fmt: skip


def code_problem(error: WireError, target: Target) -> Problem:
    code = _CODES.get(error.code, "other")
    return Problem(code=code, severity="error", target=target, text=error.message)  # type: ignore[arg-type]


def signed_in(ctx: VisitorContext, token: str) -> VisitorContext:
    return msgspec.structs.replace(ctx, shopper=msgspec.structs.replace(ctx.shopper, token=token))
