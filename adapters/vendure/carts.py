"""Carts: Vendure's active order, one to a guest's session, one to a customer in each channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from bff.ports import (
    Cart,
    CartRef,
    CartResult,
    CartTraits,
    InvalidInput,
    LineInput,
    Market,
    NoCart,
    NotFound,
    Problem,
    Target,
    VisitorContext,
)

from . import order_documents as documents
from .adding import Adding, refused
from .bags import codes
from .client import Operation
from .desk import Desk, Done, outcome
from .places import Place
from .references import Held
from .wire_orders import WireOrder, WireRefusal

EMPTY = NoCart(reason="empty")
_MODIFIED = "ORDER_MODIFICATION_ERROR"
ADDING = "AddingItems"


class VendureCarts:
    """See the port."""

    traits = CartTraits(merges_lines=True, codes=None, gift_cards=False, note=False, attributes=False, move="new_cart")

    def __init__(self, desk: Desk, adding: Adding) -> None:
        self._desk, self._adding = desk, adding
        self._code = Operation("applyCouponCode", documents.CODE + desk.fragment, Done)
        self._uncode = Operation("removeCouponCode", documents.UNCODE + desk.fragment, Done)
        self._empty = Operation("removeAllOrderLines", documents.EMPTY, dict[str, WireRefusal])

    async def get(self, ctx: VisitorContext, /, *, cart: CartRef) -> Cart | NoCart:
        own = self._desk.held(cart)
        found = await self._desk.found(ctx, own)
        if isinstance(found, NoCart) or own is None:
            return found if isinstance(found, NoCart) else NoCart(reason="unknown")
        return self._desk.shown(ctx, own, found[0])

    async def add(self, ctx: VisitorContext, /, *, cart: CartRef | None, lines: Sequence[LineInput]) -> CartResult:
        own = self._desk.held(cart) if cart else None
        place = self._desk.place(ctx, own)
        token = own.session(ctx) if own else ctx.shopper.token
        return await self._adding.add(ctx, place, token, lines)

    # ---------------------------------------------------------------- lines

    async def change(
        self, ctx: VisitorContext, /, *, cart: CartRef, quantities: Sequence[tuple[str, Decimal]]
    ) -> CartResult:
        own = self._desk.held(cart)
        token = own.session(ctx) if own else None
        if own is None or token is None:
            return CartResult(cart=NoCart(reason="unknown"))
        problems: list[Problem] = []
        wanted: dict[str, int] = {}
        for line, quantity in quantities:
            if quantity < 0 or quantity != quantity.to_integral_value():
                problems.append(Problem(code="quantity_rule", severity="error", target=Target(kind="line", id=line)))
            else:
                wanted[line] = int(quantity)
        order = await self._set(ctx, own, token, wanted, problems) if wanted else None
        return await self._left(ctx, own, order, problems)

    async def _set(
        self, ctx: VisitorContext, own: Held, token: str, wanted: Mapping[str, int], problems: list[Problem]
    ) -> WireOrder | None:
        """Set quantities, all in one call. One that names a line which is gone makes Vendure give all of them up."""
        try:
            told = await self._asked(ctx, own, token, wanted)
            if any(isinstance(each, WireRefusal) and each.error_code == _MODIFIED for each in told):
                await self._desk.turn(ctx, self._desk.place(ctx, own), token, ADDING)
                told = await self._asked(ctx, own, token, wanted)
        except (NotFound, InvalidInput):
            if len(wanted) == 1:
                target = Target(kind="line", id=next(iter(wanted)))
                problems.append(Problem(code="line_unavailable", severity="error", target=target))
                return None
            for line, quantity in wanted.items():
                await self._set(ctx, own, token, {line: quantity}, problems)
            return None
        refusals = [
            refused(each, Target(kind="line", id=line))
            for line, each in zip(wanted, told, strict=True)
            if isinstance(each, WireRefusal) and each.error_code
        ]
        problems += refusals
        last = told[-1] if told else None
        return last if isinstance(last, WireOrder) and not refusals else None

    async def _asked(
        self, ctx: VisitorContext, own: Held, token: str, wanted: Mapping[str, int]
    ) -> list[WireOrder | WireRefusal]:
        parts, declared, values = [], [], {}
        for at, (line, quantity) in enumerate(wanted.items()):
            more = "...Whole" if at == len(wanted) - 1 else ""
            part = documents.ADJUST if quantity else documents.REMOVE
            parts.append(f"m{at}: " + part.format(at=at, more=more))
            declared.append(f"$line{at}: ID!")
            values[f"line{at}"] = line
            if quantity:
                declared.append(f"$quantity{at}: Int!")
                values[f"quantity{at}"] = quantity  # type: ignore[assignment]
        document = f"mutation Change({', '.join(declared)}) {{ {' '.join(parts)} }} {self._desk.fragment}"
        operation = Operation("change", document, dict[str, msgspec.Raw])
        told = await self._desk.ask(ctx, self._desk.place(ctx, own), operation, values, token)
        if told.lost:
            raise NotFound("the session has lapsed")
        raws = [told.data.get(f"m{at}", msgspec.Raw(b"null")) for at in range(len(wanted))]
        refusals = [msgspec.json.decode(raw, type=WireRefusal) for raw in raws[:-1]]
        return [*refusals, outcome(raws[-1])]

    async def _left(
        self, ctx: VisitorContext, own: Held, order: WireOrder | None, problems: Sequence[Problem]
    ) -> CartResult:
        """What a write left: the order it answered with, or else read again."""
        if order is None:
            found = await self._desk.found(ctx, own)
            if isinstance(found, NoCart):
                return CartResult(cart=found, problems=tuple(problems))
            order = found[0]
        return CartResult(cart=self._desk.shown(ctx, own, order) if order.lines else EMPTY, problems=tuple(problems))

    # ---------------------------------------------------------------- codes

    async def apply_code(self, ctx: VisitorContext, /, *, cart: CartRef, code: str) -> CartResult:
        own = self._desk.held(cart)
        found = await self._desk.found(ctx, own)
        if own is None or isinstance(found, NoCart):
            return CartResult(cart=found if isinstance(found, NoCart) else NoCart(reason="unknown"))
        code = code.strip()
        target = Target(kind="code", id=code)
        told = await self._desk.done(ctx, self._desk.place(ctx, own), self._code, {"code": code}, found[1])
        if isinstance(told, WireRefusal):
            return await self._left(ctx, own, found[0], [refused(told, target)])
        taken = next((one for one in codes(self._desk.place(ctx, own), told) if one.id == code), None)
        if taken is None or not taken.effective:
            lame = Problem(code="code_not_applicable", severity="warning", target=target)
            return await self._left(ctx, own, told, [lame])
        return await self._left(ctx, own, told, ())

    async def drop_code(self, ctx: VisitorContext, /, *, cart: CartRef, id: str) -> CartResult:
        own = self._desk.held(cart)
        found = await self._desk.found(ctx, own)
        if own is None or isinstance(found, NoCart):
            return CartResult(cart=found if isinstance(found, NoCart) else NoCart(reason="unknown"))
        told = await self._desk.done(ctx, self._desk.place(ctx, own), self._uncode, {"code": id}, found[1])
        return await self._left(ctx, own, told if isinstance(told, WireOrder) else None, ())

    async def annotate(
        self,
        ctx: VisitorContext,
        /,
        *,
        cart: CartRef,
        note: str | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> CartResult:
        """Nothing is taken: an order has room for notes only in custom fields of the shop's own."""
        return CartResult(cart=await self.get(ctx, cart=cart))

    # ---------------------------------------------------------------- whose, and where

    async def adopt(self, ctx: VisitorContext, /, *, cart: CartRef) -> CartResult:
        """Signing in did it. A guest's cart that comes later is given over line by line: what the customer has less of."""
        own, token = self._desk.held(cart), ctx.shopper.token
        if own is None or token is None:
            return CartResult(cart=await self.get(ctx, cart=cart))
        place = self._desk.place(ctx, own)
        mine = (await self._desk.active(ctx, place, token)).data.active_order
        found = await self._desk.found(ctx, own) if own.token else EMPTY
        if isinstance(found, NoCart):  # nothing to give over: theirs is the answer
            return CartResult(cart=self._desk.bags.cart(place, mine, "") if mine and mine.lines else found)
        have = {line.product_variant.id: line.quantity for line in mine.lines} if mine else {}
        lines = [
            line.again(line.quantity - have.get(line.product_variant.id, 0))
            for line in found[0].lines
            if line.quantity > have.get(line.product_variant.id, 0)
        ]
        if not lines and mine is not None:
            result = CartResult(cart=self._desk.bags.cart(place, mine, ""))
        else:
            result = await self._adding.add(ctx, place, token, lines)
        await self._emptied(ctx, place, own.token)
        return result

    async def move(self, ctx: VisitorContext, /, *, cart: CartRef, origin: Market) -> CartResult:
        own = self._desk.held(cart)
        found = await self._desk.found(ctx, own)
        if own is None or isinstance(found, NoCart):
            return CartResult(cart=found if isinstance(found, NoCart) else NoCart(reason="unknown"))
        if own.market == ctx.public.market.id:
            return await self._left(ctx, own, found[0], ())
        order, token = found
        there, here = self._desk.place(ctx, own), self._desk.place(ctx, None)
        result = await self._adding.add(ctx, here, None if own.token else token, [line.again() for line in order.lines])
        problems = [*result.problems, *_repriced(there, order, result.cart)]
        moved = result.cart
        for code in order.coupon_codes if isinstance(moved, Cart) else ():
            assert isinstance(moved, Cart)
            again = await self.apply_code(ctx, cart=moved.ref, code=code)
            problems += again.problems
            moved = again.cart
        if isinstance(moved, Cart):
            await self._emptied(ctx, there, token)
        return CartResult(cart=moved, problems=tuple(problems))

    async def _emptied(self, ctx: VisitorContext, place: Place, token: str) -> None:
        await self._desk.ask(ctx, place, self._empty, {}, token)


def _repriced(there: Place, order: WireOrder, cart: Cart | NoCart) -> list[Problem]:
    """Every line costs something else where it was carried to."""
    if isinstance(cart, NoCart):
        return []
    before = {line.product_variant.id: there.shown(line.unit_price, line.unit_price_with_tax) for line in order.lines}
    return [
        Problem(
            code="price_changed",
            severity="info",
            target=Target(kind="line", id=line.id, key=line.key),
            before=before[line.key.id],
            after=line.unit,
        )
        for line in cart.lines
        if line.key.id in before and before[line.key.id] != line.unit
    ]
