"""The cart. Its id is a capability: whoever knows it may read and change it, so it stays with the head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from bff.ports import (
    Cart,
    CartRef,
    CartResult,
    CartTraits,
    LineInput,
    Market,
    NoCart,
    NotFound,
    Problem,
    Target,
    Unavailable,
    VisitorContext,
)

from . import wire_trade as trade
from .amounts import money
from .cart_calls import MOST, CartCalls, completed, path, short
from .cart_view import ATTRIBUTE, availability, products, view
from .payments import FORGOTTEN
from .shop import Shop
from .transport import Refusal, part

_EMPTY, _UNKNOWN, _ORDERED = NoCart(reason="empty"), NoCart(reason="unknown"), NoCart(reason="ordered")


class MedusaCarts:
    """Medusa's cart calls take half a second each and one line at a time; several lines of a new cart go in one."""

    traits = CartTraits(note=True, attributes=True, move="in_place")

    def __init__(self, shop: Shop) -> None:
        self._shop, self.calls = shop, CartCalls(shop)

    async def get(self, ctx: VisitorContext, /, *, cart: CartRef) -> Cart | NoCart:
        return (await self._shown(ctx, cart)).cart

    async def _shown(self, ctx: VisitorContext, cart: CartRef, problems: Sequence[Problem] = ()) -> CartResult:
        try:
            found = await self.calls.read(ctx, cart.id)
        except NotFound:
            return CartResult(cart=_UNKNOWN, problems=tuple(problems))
        return await self.seen(ctx, found, problems)

    async def seen(self, ctx: VisitorContext, found: trade.Cart, problems: Sequence[Problem] = ()) -> CartResult:
        """Medusa's cart as a result, priced now: Medusa keeps the prices of the last change until the next, so a cart
        whose prices are not the catalogue's any more is changed by nothing."""
        if found.completed_at is not None or not found.items:
            return CartResult(cart=_ORDERED if found.completed_at else _EMPTY, problems=tuple(problems))
        sold = await products(self._shop, ctx.public, (item.product_id for item in found.items))
        news = list(problems)
        here = self._shop.region(ctx.public).id == found.region_id
        if here and any(
            sold[item.product_id].amount(item.variant_id) not in (None, item.unit_price)
            for item in found.items
            if item.product_id in sold
        ):
            before, found = found, await self.calls.write(ctx, path(found.id), {})
            news += _repriced(before, found)
        return CartResult(cart=view(self._shop, ctx.public, found, sold), problems=tuple(news))

    async def add(self, ctx: VisitorContext, /, *, cart: CartRef | None, lines: Sequence[LineInput]) -> CartResult:
        problems: list[Problem] = []
        wanted = await self.calls.asked(ctx, lines, problems)
        last: trade.Cart | None = None
        if cart is None and len(wanted) > 1:
            try:
                last = await self.calls.create(ctx, [(id, quantity) for _, id, quantity in wanted])
                wanted = []
            except Refusal:
                last = None  # One of them cannot be had: one by one shows which.
        for key, id, quantity in wanted:
            ref = CartRef(id=last.id) if last else cart
            last = await self.calls.put(ctx, ref, key, id, quantity, problems) or last
        if last is not None:
            return await self.seen(ctx, last, problems)
        return await self._shown(ctx, cart, problems) if cart else CartResult(cart=_EMPTY, problems=tuple(problems))

    async def change(
        self, ctx: VisitorContext, /, *, cart: CartRef, quantities: Sequence[tuple[str, Decimal]]
    ) -> CartResult:
        problems: list[Problem] = []
        last: trade.Cart | None = None
        for line, quantity in quantities:
            target = Target(kind="line", id=line)
            if quantity != int(quantity) or not 0 <= quantity <= MOST:
                problems.append(Problem(code="quantity_rule", severity="error", target=target))
                continue
            try:
                last = await self._set(ctx, cart, target, int(quantity), problems) or last
            except NotFound:
                # Either the line or the whole cart is gone; reading it below tells which.
                last = None
                if quantity:
                    problems.append(Problem(code="line_unavailable", severity="error", target=target))
        result = await self.seen(ctx, last, problems) if last else await self._shown(ctx, cart, problems)
        lost = isinstance(result.cart, NoCart) and result.cart.reason == "unknown"
        return CartResult(cart=result.cart) if lost else result

    async def _set(
        self, ctx: VisitorContext, cart: CartRef, target: Target, quantity: int, problems: list[Problem]
    ) -> trade.Cart | None:
        """Set one line, to as many as there are. Raises `NotFound`."""
        to = path(cart.id, f"/line-items/{part(target.id or '')}")
        try:
            return await self.calls.write(ctx, to, {"quantity": quantity})
        except Refusal as error:
            if not short(error):
                if not completed(error):
                    problems.append(Problem(code="line_unavailable", severity="error", target=target))
                return None
        shown = await self.get(ctx, cart=cart)
        line = next((one for one in shown.lines if one.id == target.id), None) if isinstance(shown, Cart) else None
        there = int(availability(line).orderable or 0) if line else 0
        if there == 0:
            problems.append(Problem(code="out_of_stock", severity="error", target=target, limit=Decimal(0)))
            return None
        problems.append(Problem(code="quantity_reduced", severity="warning", target=target, limit=Decimal(there)))
        return await self.calls.write(ctx, to, {"quantity": there})

    async def apply_code(self, ctx: VisitorContext, /, *, cart: CartRef, code: str) -> CartResult:
        code = code.strip()
        target = Target(kind="code", id=code)
        try:
            found = await self.calls.write(ctx, path(cart.id, "/promotions"), {"promo_codes": [code]})
        except NotFound:
            return CartResult(cart=_UNKNOWN)
        except Refusal as error:
            if completed(error):
                return CartResult(cart=_ORDERED)
            return await self._shown(ctx, cart, [Problem(code="code_invalid", severity="error", target=target)])
        except Unavailable:
            return await self._lost(ctx, cart)
        # A code whose conditions are not met is neither refused nor kept.
        kept = any(promotion.code == code for promotion in found.promotions or [])
        problems = [] if kept else [Problem(code="code_not_applicable", severity="error", target=target)]
        return await self.seen(ctx, found, problems)

    async def drop_code(self, ctx: VisitorContext, /, *, cart: CartRef, id: str) -> CartResult:
        try:
            await self.calls.drop_code(ctx, cart, id)
        except NotFound:
            return CartResult(cart=_UNKNOWN)
        except Refusal:
            pass  # Not entered, or the cart is an order: reading tells.
        except Unavailable:
            return await self._lost(ctx, cart)
        return await self._shown(ctx, cart)

    async def _lost(self, ctx: VisitorContext, cart: CartRef) -> CartResult:
        """Codes of a cart that is no more are an internal error of Medusa's (500). Raises it again for one that is."""
        failed = Unavailable("500 at a code")
        try:
            await self.calls.read(ctx, cart.id)
        except NotFound:
            return CartResult(cart=_UNKNOWN)
        raise failed

    async def annotate(
        self,
        ctx: VisitorContext,
        /,
        *,
        cart: CartRef,
        note: str | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> CartResult:
        metadata = {f"{ATTRIBUTE}{key}": value for key, value in (attributes or {}).items()}
        if note is not None:
            metadata["note"] = note.strip()
        try:
            return await self.seen(ctx, await self.calls.write(ctx, path(cart.id), {"metadata": metadata}))
        except NotFound:
            return CartResult(cart=_UNKNOWN)
        except Refusal as error:
            if completed(error):
                return CartResult(cart=_ORDERED)
            raise

    async def adopt(self, ctx: VisitorContext, /, *, cart: CartRef) -> CartResult:
        """Medusa keeps no cart for a customer, so there is none to merge with."""
        if ctx.shopper.token is None:
            return await self._shown(ctx, cart)
        try:
            return await self.seen(ctx, await self.calls.write(ctx, path(cart.id, "/customer"), {}, ctx.shopper.token))
        except (NotFound, Refusal):
            return await self._shown(ctx, cart)

    async def move(self, ctx: VisitorContext, /, *, cart: CartRef, origin: Market) -> CartResult:
        before = (await self._shown(ctx, cart)).cart
        if not isinstance(before, Cart):
            return CartResult(cart=before)
        # What has no price there would refuse the whole move: it is taken out first, and told.
        sold = await products(self._shop, ctx.public, (line.key.product_id for line in before.lines))
        left = {
            line.id: (one := sold.get(line.key.product_id or "")) is None or one.variant(line.key.id) is None
            for line in before.lines
        }
        await self.calls.unsold(ctx, cart.id, left)
        body = {
            "region_id": self._shop.region(ctx.public).id,
            "shipping_address": {"country_code": ctx.public.market.country.lower()},
            "metadata": FORGOTTEN,  # ways to pay are the region's
        }
        result = await self.seen(ctx, await self.calls.write(ctx, path(cart.id), body))
        out = [
            Problem(code="not_sold_here", severity="error", target=Target(kind="line", id=line.id), text=line.title)
            for line in before.lines
            if left[line.id]
        ]
        return msgspec.structs.replace(result, problems=(*out, *_moved(before, result.cart)))


def _repriced(before: trade.Cart, after: trade.Cart) -> list[Problem]:
    """Lines whose price Medusa changed when it looked again."""
    old = {item.id: item.unit_price for item in before.items or []}
    return [
        Problem(
            code="price_changed",
            severity="info",
            target=Target(kind="line", id=item.id),
            before=money(was, after.currency_code),
            after=money(item.unit_price, after.currency_code),
        )
        for item in after.items or []
        if (was := old.get(item.id)) is not None and was != item.unit_price
    ]


def _moved(before: Cart, after: Cart | NoCart) -> list[Problem]:
    """What moving changed: prices, and codes that do not hold there."""
    if not isinstance(after, Cart):
        return []
    units = {line.id: line.unit for line in after.lines}
    changed = [line for line in before.lines if line.id in units and units[line.id] != line.unit]
    kept = {code.id for code in after.codes}
    return [
        *(
            Problem(
                code="price_changed",
                severity="info",
                target=Target(kind="line", id=line.id),
                before=line.unit,
                after=units[line.id],
            )
            for line in changed
        ),
        *(
            Problem(code="code_not_applicable", severity="warning", target=Target(kind="code", id=code.id))
            for code in before.codes
            if code.id not in kept
        ),
    ]
