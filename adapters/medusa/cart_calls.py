"""The calls a cart is made of, and what their refusals mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from bff.ports import CartRef, LineInput, NotFound, Problem, ProblemCode, Target, VariantKey, VisitorContext

from . import wire
from . import wire_trade as trade
from .cart_view import FIELDS
from .goods import stock
from .shop import Shop
from .transport import Refusal, fields, many, part

MOST = Decimal(100_000)
_STOCK = ("id", "sku", "manage_inventory", "allow_backorder", "inventory_quantity")


def completed(error: Refusal) -> bool:
    """The cart became an order."""
    return "completed" in error.message.lower()


def short(error: Refusal) -> bool:
    """There is not enough in stock."""
    return error.code == "insufficient_inventory"


def path(cart: str, rest: str = "") -> str:
    return f"/store/carts/{part(cart)}{rest}"


def of_variant(key: VariantKey) -> Target:
    return Target(kind="variant", id=key.id, key=key)


def own(key: VariantKey) -> bool:
    """Whether the id is Medusa's: a key from another backend is found by its SKU."""
    return bool(key.id and key.id.startswith("variant_"))


class CartCalls:
    """Carts by their ids. All raise `NotFound` for a cart that is none, and `Refusal`."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    async def read(self, ctx: VisitorContext, id: str) -> trade.Cart:
        return (await self._shop.api.get(ctx.public, path(id), trade.CartAnswer, query=[FIELDS])).cart

    async def write(self, ctx: VisitorContext, path: str, body: Any, token: str | None = None) -> trade.Cart:
        answer = await self._shop.api.post(ctx.public, path, trade.CartAnswer, body, query=[FIELDS], token=token)
        return answer.cart

    async def create(self, ctx: VisitorContext, items: Sequence[tuple[str, int]]) -> trade.Cart:
        """A cart in the market's region. The country is told at once: tax is not known without it."""
        body = {
            "region_id": self._shop.region(ctx.public).id,
            "items": [{"variant_id": id, "quantity": quantity} for id, quantity in items],
            "shipping_address": {"country_code": ctx.public.market.country.lower()},
        }
        return await self.write(ctx, "/store/carts", body, ctx.shopper.token)

    async def add(self, ctx: VisitorContext, cart: CartRef | None, id: str, quantity: int) -> trade.Cart:
        """One more line. A cart that is no more, or became an order, is followed by a new one."""
        if cart is not None:
            try:
                return await self.write(ctx, path(cart.id, "/line-items"), {"variant_id": id, "quantity": quantity})
            except NotFound:
                pass
            except Refusal as error:
                if not completed(error):
                    raise
        return await self.create(ctx, [(id, quantity)])

    async def asked(
        self, ctx: VisitorContext, lines: Sequence[LineInput], problems: list[Problem]
    ) -> list[tuple[VariantKey, str, int]]:
        """What can be asked of Medusa: variants by its own ids, whole pieces. It would make 2 of 1.5 without a word."""
        skus = [line.variant.sku for line in lines if line.variant.sku and not own(line.variant)]
        known = {variant.sku: variant.id for variant in await self.variants(ctx, "sku", skus)}
        wanted: list[tuple[VariantKey, str, int]] = []
        for line in lines:
            key = line.variant
            id = key.id if own(key) else known.get(key.sku)
            code: ProblemCode | None = None
            if line.quantity != int(line.quantity) or not 1 <= line.quantity <= MOST:
                code = "quantity_rule"
            elif line.inputs or line.plan:
                code = "input_invalid"
            if id is None or code:
                problems.append(Problem(code=code or "line_unavailable", severity="error", target=of_variant(key)))
            else:
                wanted.append((key, id, int(line.quantity)))
        return wanted

    async def variants(self, ctx: VisitorContext, name: str, values: Sequence[str]) -> list[wire.Variant]:
        if not values:
            return []
        query = [*many(name, values), ("limit", "100"), fields(*_STOCK)]
        return (await self._shop.api.get(ctx.public, "/store/product-variants", wire.Variants, query=query)).variants

    async def put(
        self,
        ctx: VisitorContext,
        cart: CartRef | None,
        key: VariantKey,
        id: str,
        quantity: int,
        problems: list[Problem],
    ) -> trade.Cart | None:
        """Put one in, as much as there is; None where nothing was."""
        target = of_variant(key)
        try:
            return await self.add(ctx, cart, id, quantity)
        except Refusal as error:
            if not short(error):
                code: ProblemCode = "not_sold_here" if "price" in error.message.lower() else "line_unavailable"
                problems.append(Problem(code=code, severity="error", target=target))
                return None
        there = next((stock(one, self._shop.settings).quantity for one in await self.variants(ctx, "id", [id])), 0) or 0
        left = there - await self._held(ctx, cart, id)
        try:
            found = await self.add(ctx, cart, id, left) if left > 0 else None
        except Refusal:
            found = None
        code = "quantity_reduced" if found else "out_of_stock"
        severity = "warning" if found else "error"
        problems.append(Problem(code=code, severity=severity, target=target, limit=Decimal(there)))  # type: ignore[arg-type]
        return found

    async def _held(self, ctx: VisitorContext, cart: CartRef | None, id: str) -> int:
        """How many of a variant the cart holds."""
        try:
            found = await self.read(ctx, cart.id) if cart else None
        except NotFound:
            return 0
        return int(sum(item.quantity for item in (found.items if found else None) or [] if item.variant_id == id))

    async def unsold(self, ctx: VisitorContext, cart: str, lines: Mapping[str, bool]) -> None:
        """Take out the lines that are marked."""
        for id, out in lines.items():
            if out:
                await self._shop.api.delete(ctx.public, path(cart, f"/line-items/{part(id)}"), wire.Deleted)

    async def drop_code(self, ctx: VisitorContext, cart: CartRef, code: str) -> None:
        body = {"promo_codes": [code]}
        await self._shop.api.delete(
            ctx.public, path(cart.id, "/promotions"), trade.CartAnswer, body=body, query=[FIELDS]
        )
