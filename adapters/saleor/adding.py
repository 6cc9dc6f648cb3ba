"""Putting lines in. Saleor takes all of them or none, and tells of some refusals no more than that there was one: then what
can be had is looked up, and the rest is put in."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from bff.ports import CartRef, CartResult, LineInput, Problem, Target, VariantKey, VisitorContext

from . import checkout_documents as documents
from .desk import EMPTY, Changed, Desk, mutation
from .places import is_id
from .wire import WireVariant
from .wire_checkout import WireCheckout

MOST = 1_000_000
"""Above this nothing is asked for: Saleor's numbers end soon after."""
_CREATE = mutation("checkoutCreate", documents.CREATE)
_ADD = mutation("checkoutLinesAdd", documents.ADD)


class _Wanted(NamedTuple):
    key: VariantKey
    id: str
    quantity: int


class Adding:
    """See `Carts.add`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def add(self, ctx: VisitorContext, cart: CartRef | None, lines: Sequence[LineInput]) -> CartResult:
        before = await self._desk.found(ctx, cart.id) if cart else None
        problems: list[Problem] = []
        wanted = await self._wanted(ctx, lines, problems)
        if not wanted:
            return self._left(ctx, before, problems)
        told = await self._put(ctx, before, wanted)
        if told.checkout is None or told.errors:
            wanted = await self._possible(ctx, before, wanted, problems)
            if not wanted:
                return self._left(ctx, before, problems)
            told = await self._put(ctx, before, wanted)
        if told.checkout is None or told.errors:
            problems += [
                _told(one.key, "other", text=told.errors[0].message if told.errors else None) for one in wanted
            ]
            return self._left(ctx, before, problems)
        return self._desk.result(ctx, told.checkout, problems)

    def _left(self, ctx: VisitorContext, before: WireCheckout | None, problems: list[Problem]) -> CartResult:
        if before is None:
            return CartResult(cart=EMPTY, problems=tuple(problems))
        return self._desk.result(ctx, before, problems)

    async def _wanted(self, ctx: VisitorContext, lines: Sequence[LineInput], problems: list[Problem]) -> list[_Wanted]:
        """The lines by their variants' ids; those known by SKU only are looked up."""
        by_sku = [line.variant for line in lines if line.variant.id is None and line.variant.sku]
        found = await self._desk.catalog.variants(ctx.public, by_sku) if by_sku else []
        ids = {key.sku: one.id for key, one in zip(by_sku, found, strict=True) if one}
        wanted: dict[str, _Wanted] = {}
        for line in lines:
            key = line.variant
            id = key.id or ids.get(key.sku) or ""
            if not is_id(id, "ProductVariant"):
                problems.append(_told(key, "line_unavailable"))
            elif line.inputs or line.plan:
                problems.append(_told(key, "input_invalid"))
            elif line.quantity < 1 or line.quantity != int(line.quantity):
                problems.append(_told(key, "quantity_rule"))
            else:
                so_far = wanted[id].quantity if id in wanted else 0
                wanted[id] = _Wanted(key, id, min(MOST, so_far + int(line.quantity)))
        return list(wanted.values())

    async def _put(self, ctx: VisitorContext, before: WireCheckout | None, wanted: Sequence[_Wanted]) -> Changed:
        lines = [{"variantId": one.id, "quantity": one.quantity} for one in wanted]
        place = self._desk.place(ctx, before)
        if before is not None:
            return await self._desk.done(ctx, _ADD, {"id": before.id, "lines": lines}, place=place)
        made: dict[str, Any] = {"channel": place.channel, "lines": lines, "languageCode": place.language}
        return await self._desk.done(ctx, _CREATE, {"input": made}, place=place)

    async def _possible(
        self, ctx: VisitorContext, before: WireCheckout | None, wanted: Sequence[_Wanted], problems: list[Problem]
    ) -> list[_Wanted]:
        """What of the wanted can be had, and a problem for the rest. A variant that Saleor does not show in the channel, or
        that has no price there, fails the whole call and is left out."""
        found = await self._desk.catalog.variants(ctx.public, [VariantKey(id=one.id) for one in wanted])
        have = {line.variant.id: line.quantity for line in before.lines} if before else {}
        possible = []
        for one, there in zip(wanted, found, strict=True):
            if there is None or _not_yet(there):
                problems.append(_told(one.key, "line_unavailable"))
                continue
            most = _most(there)
            left = max(0, most - have.get(one.id, 0)) if most is not None else one.quantity
            if most == 0 or left == 0:
                code = "out_of_stock" if most == 0 else "limit_reached"
                problems.append(_told(one.key, code, limit=Decimal(most or 0)))
                continue
            if left < one.quantity:
                problems.append(_told(one.key, "quantity_reduced", severity="warning", limit=Decimal(most or left)))
            possible.append(one._replace(quantity=min(left, one.quantity)))
        return possible


def _not_yet(one: WireVariant) -> bool:
    return one.product is not None and one.product.is_available_for_purchase is False


def _most(one: WireVariant) -> int | None:
    """How many one order may hold."""
    limits = [each for each in (one.quantity_available, one.quantity_limit_per_customer) if each is not None]
    return max(0, min(limits)) if limits else None


def _told(
    key: VariantKey, code: str, *, severity: str = "error", limit: Decimal | None = None, text: str | None = None
) -> Problem:
    target = Target(kind="variant", id=key.id, key=key)
    return Problem(code=code, severity=severity, target=target, limit=limit, text=text)  # type: ignore[arg-type]
