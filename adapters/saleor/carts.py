"""Carts: Saleor's checkouts. A checkout's id is a capability; it stays with the head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from bff.ports import (
    Cart,
    CartRef,
    CartResult,
    CartTraits,
    LineInput,
    Market,
    NoCart,
    NotSignedIn,
    Problem,
    Target,
    VariantKey,
    VisitorContext,
)

from . import checkout_documents as documents
from .adding import MOST, Adding
from .bags import ATTRIBUTE, codes
from .client import Operation
from .desk import ORDERED, UNKNOWN, Changed, Desk, code_problem, mutation
from .places import is_id
from .wire import Wire
from .wire_checkout import WireCheckout, WireError, WireLine

_UPDATE = mutation("checkoutLinesUpdate", documents.UPDATE)
_REMOVE = mutation("checkoutLinesDelete", documents.REMOVE)
_CODE = mutation("checkoutAddPromoCode", documents.CODE)
_UNCODE = mutation("checkoutRemovePromoCode", documents.UNCODE)
_ATTACH = mutation("checkoutCustomerAttach", documents.ATTACH)


class _Errors(Wire):
    errors: tuple[WireError, ...] = ()


class _Annotated(Wire):
    noted: _Errors | None = None
    marked: _Errors | None = None


_ANNOTATE = Operation("annotate", documents.ANNOTATE, _Annotated)


class SaleorCarts:
    """See the port. A checkout keeps its channel, so moving makes another one."""

    traits = CartTraits(codes=1, gift_cards=True, note=True, attributes=True, move="new_cart")

    def __init__(self, desk: Desk) -> None:
        self._desk, self._adding = desk, Adding(desk)

    async def get(self, ctx: VisitorContext, /, *, cart: CartRef) -> Cart | NoCart:
        """A checkout that was ordered, lapsed or never was: Saleor answers null for each. What this shopper ordered last is
        noted in the session."""
        found = await self._desk.found(ctx, cart.id)
        if found is not None:
            return self._desk.shown(ctx, found)
        return ORDERED if self._desk.sessions.ordered(ctx, cart.id) else UNKNOWN

    async def add(self, ctx: VisitorContext, /, *, cart: CartRef | None, lines: Sequence[LineInput]) -> CartResult:
        return await self._adding.add(ctx, cart, lines)

    # ---------------------------------------------------------------- lines

    async def change(
        self, ctx: VisitorContext, /, *, cart: CartRef, quantities: Sequence[tuple[str, Decimal]]
    ) -> CartResult:
        found = await self._desk.found(ctx, cart.id)
        if found is None:
            return CartResult(cart=UNKNOWN)
        problems: list[Problem] = []
        there = {line.id: line for line in found.lines}
        gone: list[str] = []
        wanted: dict[str, int] = {}
        for id, quantity in quantities:
            line, target = there.get(id), Target(kind="line", id=id)
            if quantity < 0 or quantity != int(quantity):
                problems.append(Problem(code="quantity_rule", severity="error", target=target))
            elif line is None:
                if quantity:
                    problems.append(Problem(code="line_unavailable", severity="error", target=target))
            elif line.is_gift:
                problems.append(Problem(code="line_unavailable", severity="error", target=target))
            elif quantity == 0:
                gone.append(id)
            else:
                wanted[id] = min(int(quantity), MOST)
        if gone:
            told = await self._desk.done(ctx, _REMOVE, {"id": found.id, "lines": gone})
            found = told.checkout or found
        if wanted:
            found = await self._set(ctx, found, there, wanted, problems)
        return self._desk.result(ctx, found, problems)

    async def _set(
        self,
        ctx: VisitorContext,
        found: WireCheckout,
        there: Mapping[str, WireLine],
        wanted: Mapping[str, int],
        problems: list[Problem],
    ) -> WireCheckout:
        """Set quantities, all at once. Where Saleor refuses, each goes as far as its variant's limit."""
        told = await self._update(ctx, found, wanted)
        if told.checkout is not None and not told.errors:
            return told.checkout
        possible: dict[str, int] = {}
        for id, quantity in wanted.items():
            variant, target = there[id].variant, Target(kind="line", id=id)
            limits = [
                each for each in (variant.quantity_available, variant.quantity_limit_per_customer) if each is not None
            ]
            most = min(limits) if limits else quantity
            if most <= 0:
                problems.append(Problem(code="out_of_stock", severity="error", target=target, limit=Decimal(0)))
                continue
            if most < quantity:
                limit = Decimal(most)
                problems.append(Problem(code="quantity_reduced", severity="warning", target=target, limit=limit))
            possible[id] = min(most, quantity)
        if not possible:
            return found
        told = await self._update(ctx, found, possible)
        if told.checkout is not None and not told.errors:
            return told.checkout
        text = told.errors[0].message if told.errors else None
        problems += [
            Problem(code="other", severity="error", target=Target(kind="line", id=id), text=text) for id in possible
        ]
        return found

    async def _update(self, ctx: VisitorContext, found: WireCheckout, wanted: Mapping[str, int]) -> Changed:
        lines = [{"lineId": id, "quantity": quantity} for id, quantity in wanted.items()]
        return await self._desk.done(ctx, _UPDATE, {"id": found.id, "lines": lines})

    # ---------------------------------------------------------------- codes and notes

    async def apply_code(self, ctx: VisitorContext, /, *, cart: CartRef, code: str) -> CartResult:
        found = await self._desk.found(ctx, cart.id)
        if found is None:
            return CartResult(cart=UNKNOWN)
        code = code.strip().replace("\0", "")
        target = Target(kind="code", id=code)
        if not code or len(code) > 255:
            return self._desk.result(ctx, found, [Problem(code="code_invalid", severity="error", target=target)])
        told = await self._desk.done(ctx, _CODE, {"id": found.id, "code": code})
        if told.checkout is None or told.errors:
            return self._desk.result(ctx, found, [code_problem(error, target) for error in told.errors])
        return self._desk.result(ctx, told.checkout)

    async def drop_code(self, ctx: VisitorContext, /, *, cart: CartRef, id: str) -> CartResult:
        found = await self._desk.found(ctx, cart.id)
        if found is None:
            return CartResult(cart=UNKNOWN)
        applied = next((one for one in codes(self._desk.place(ctx, found), found) if one.id == id), None)
        if applied is None:
            return self._desk.result(ctx, found)
        card = applied.kind == "gift_card"
        asked = {"id": found.id, "code": None if card else id, "card": id if card else None}
        told = await self._desk.done(ctx, _UNCODE, asked)
        return self._desk.result(ctx, told.checkout or found)

    async def annotate(
        self,
        ctx: VisitorContext,
        /,
        *,
        cart: CartRef,
        note: str | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> CartResult:
        """Attributes stand in the checkout's public metadata, and on the order after it."""
        found = await self._desk.found(ctx, cart.id)
        if found is None:
            return CartResult(cart=UNKNOWN)
        marks = [{"key": f"{ATTRIBUTE}{key}", "value": value} for key, value in (attributes or {}).items()]
        if note is None and not marks:
            return self._desk.result(ctx, found)
        token = await self._desk.sessions.known(ctx)
        asked = {
            "id": found.id, "note": note or "", "metadata": marks, "noted": note is not None, "marked": bool(marks),
        }  # fmt: skip
        await self._desk.client.ask(ctx.public, self._desk.place(ctx), _ANNOTATE, asked, token=token)
        return self._desk.result(ctx, await self._desk.found(ctx, cart.id))

    # ---------------------------------------------------------------- whose, and where

    async def adopt(self, ctx: VisitorContext, /, *, cart: CartRef) -> CartResult:
        """Saleor attaches and does not merge: the lines of the customer's other checkout are added here, and it is
        emptied. Another customer's cart is left alone."""
        token = await self._desk.sessions.known(ctx)
        found = await self._desk.found(ctx, cart.id)
        if token is None:
            return self._desk.result(ctx, found)
        if found is None:
            return await self.own(ctx)
        if found.user is None:
            try:
                told = await self._desk.done(ctx, _ATTACH, {"id": found.id})
            except NotSignedIn:  # Attached meanwhile.
                return self._desk.result(ctx, await self._desk.found(ctx, cart.id))
            found = told.checkout or found
        return await self._merged(ctx, found)

    async def own(self, ctx: VisitorContext) -> CartResult:
        """The customer's cart, as they left it elsewhere."""
        mine = await self._desk.mine(ctx)
        return self._desk.result(ctx, mine[0]) if mine else CartResult(cart=UNKNOWN)

    async def _merged(self, ctx: VisitorContext, found: WireCheckout) -> CartResult:
        others = [one for one in await self._desk.mine(ctx) if one.id != found.id]
        if not others:
            return self._desk.result(ctx, found)
        other = others[0]
        have = {line.variant.id: line.quantity for line in found.lines}
        lines = [
            LineInput(variant=VariantKey(id=line.variant.id), quantity=Decimal(more))
            for line in other.lines
            if not line.is_gift and (more := line.quantity - have.get(line.variant.id, 0)) > 0
        ]
        result = await self._adding.add(ctx, CartRef(id=found.id), lines) if lines else self._desk.result(ctx, found)
        gone = [line.id for line in other.lines if is_id(line.id, "CheckoutLine") and not line.is_gift]
        await self._desk.done(ctx, _REMOVE, {"id": other.id, "lines": gone})
        return result

    async def move(self, ctx: VisitorContext, /, *, cart: CartRef, origin: Market) -> CartResult:
        found = await self._desk.found(ctx, cart.id)
        if found is None:
            return CartResult(cart=UNKNOWN)
        if found.channel.slug == self._desk.place(ctx).channel:
            return self._desk.result(ctx, found)
        before = self._desk.bags.cart(self._desk.place(ctx, found), found)
        lines = [
            LineInput(variant=VariantKey(id=line.key.id, sku=line.key.sku), quantity=line.quantity)
            for line in before.lines
            if not line.fixed
        ]
        result = await self._adding.add(ctx, None, lines)
        problems = [*result.problems]
        after = result.cart
        if isinstance(after, Cart):
            problems += _repriced(before, after)
            for code in before.codes:
                entered = (
                    await self.apply_code(ctx, cart=after.ref, code=code.code)
                    if code.kind == "promotion" and code.code
                    else None
                )
                if entered is None:
                    target = Target(kind="code", id=code.id)
                    problems.append(Problem(code="code_not_applicable", severity="warning", target=target))
                else:
                    problems += entered.problems
                    after = entered.cart if isinstance(entered.cart, Cart) else after
        return CartResult(cart=after, problems=tuple(problems))


def _repriced(before: Cart, after: Cart) -> list[Problem]:
    """Every line costs something else where it was carried to."""
    units = {line.key.id: line.unit for line in before.lines}
    return [
        Problem(
            code="price_changed",
            severity="info",
            target=Target(kind="line", id=line.id, key=line.key),
            before=units[line.key.id],
            after=line.unit,
        )
        for line in after.lines
        if line.key.id in units and units[line.key.id] != line.unit
    ]
