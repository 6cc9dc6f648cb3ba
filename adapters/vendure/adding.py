"""Putting lines into an order, and what Vendure refuses in words of the contract.

Vendure adds what there is and reports the rest without saying which line it means: the errors come in the order of the
lines, so each is given to the next line of which fewer came in than were asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from bff.ports import (
    CartResult,
    InvalidInput,
    LineInput,
    NoCart,
    NotFound,
    Problem,
    ProblemCode,
    Target,
    VisitorContext,
)

from . import order_documents as documents
from .catalog import VendureCatalog
from .client import Operation, Reply
from .desk import Desk
from .places import Place
from .wire import Wire
from .wire_orders import WireAdded, WireOrder, WireRefusal

_CODES: Mapping[str, ProblemCode] = {
    "ORDER_LIMIT_ERROR": "limit_reached",
    "NEGATIVE_QUANTITY_ERROR": "quantity_rule",
    "COUPON_CODE_INVALID_ERROR": "code_invalid",
    "COUPON_CODE_EXPIRED_ERROR": "code_invalid",
    "COUPON_CODE_LIMIT_ERROR": "code_used_up",
}
_MODIFIED = "ORDER_MODIFICATION_ERROR"


class _Added(Wire):
    add_items_to_order: WireAdded


class _Wanted:
    """A line that may be sent: its variant's id here and whole pieces."""

    def __init__(self, line: LineInput, id: str) -> None:
        self.id, self.quantity = id, int(line.quantity)
        self.target = Target(kind="variant", id=id, key=line.variant)


class Adding:
    """Adds lines."""

    def __init__(self, desk: Desk, catalog: VendureCatalog) -> None:
        self._desk, self._catalog = desk, catalog
        self._add = Operation("addItemsToOrder", documents.ADD + desk.fragment, _Added)

    async def add(self, ctx: VisitorContext, place: Place, token: str | None, lines: Sequence[LineInput]) -> CartResult:
        """Without a token a session is made. The cart's reference holds a guest's, never the customer's."""
        problems: list[Problem] = []
        wanted = await self._wanted(ctx, place, lines, problems)
        order: WireOrder | None = None
        have: dict[str, int] = {}
        if token is not None and (len(wanted) != 1):
            told = await self._desk.active(ctx, place, token)
            order, token = told.data.active_order, None if told.lost else token
            have = quantities(order)
        if wanted:
            order, token = await self._sent(ctx, place, token, wanted, have, problems)
        if order is None or not order.lines:
            return CartResult(cart=NoCart(reason="empty"), problems=tuple(problems))
        guest = "" if token == ctx.shopper.token else token or ""
        return CartResult(cart=self._desk.bags.cart(place, order, guest), problems=tuple(problems))

    async def _wanted(
        self, ctx: VisitorContext, place: Place, lines: Sequence[LineInput], problems: list[Problem]
    ) -> list[_Wanted]:
        ids = await self._catalog.variants_of(ctx.public, place, [line.variant for line in lines])
        found: list[_Wanted] = []
        for line, id in zip(lines, ids, strict=True):
            target = Target(kind="variant", id=line.variant.id, key=line.variant)
            if id is None:
                problems.append(Problem(code="not_sold_here", severity="error", target=target))
            elif line.quantity <= 0 or line.quantity != line.quantity.to_integral_value():
                problems.append(Problem(code="quantity_rule", severity="error", target=target, limit=Decimal(1)))
            elif line.inputs or line.plan:
                problems.append(Problem(code="input_invalid", severity="error", target=target))
            else:
                found.append(_Wanted(line, id))
        return found

    async def _sent(
        self,
        ctx: VisitorContext,
        place: Place,
        token: str | None,
        wanted: Sequence[_Wanted],
        have: Mapping[str, int],
        problems: list[Problem],
    ) -> tuple[WireOrder | None, str | None]:
        """Send all at once; where Vendure does not know one of them it takes none, and they go one by one."""
        try:
            told = await self._asked(ctx, place, token, wanted)
        except (NotFound, InvalidInput):
            if len(wanted) == 1:
                problems.append(Problem(code="line_unavailable", severity="error", target=wanted[0].target))
                if token is None:
                    return None, None
                read = await self._desk.active(ctx, place, token)
                return read.data.active_order, None if read.lost else token
            order: WireOrder | None = None
            for one in wanted:
                order, token = await self._sent(ctx, place, token, [one], {}, problems)
            return order, token
        added = told.data.add_items_to_order
        if any(error.error_code == _MODIFIED for error in added.error_results) and token is not None:
            await self._desk.turn(ctx, place, token, "AddingItems")
            told = await self._asked(ctx, place, token, wanted)
            added = told.data.add_items_to_order
        problems += attributed(wanted, have, quantities(added.order), added.error_results)
        return added.order, told.token or token

    async def _asked(
        self, ctx: VisitorContext, place: Place, token: str | None, wanted: Sequence[_Wanted]
    ) -> Reply[_Added]:
        inputs = [{"productVariantId": one.id, "quantity": one.quantity} for one in wanted]
        return await self._desk.ask(ctx, place, self._add, {"inputs": inputs}, token)


def quantities(order: WireOrder | None) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in order.lines if order else ():
        found[line.product_variant.id] = found.get(line.product_variant.id, 0) + line.quantity
    return found


def attributed(
    wanted: Sequence[_Wanted], before: Mapping[str, int], after: Mapping[str, int], errors: Sequence[WireRefusal]
) -> list[Problem]:
    """Each error with the line it is about."""
    if len(wanted) == 1:
        return [refused(error, wanted[0].target) for error in errors]
    came = {id: after.get(id, 0) - before.get(id, 0) for id in {one.id for one in wanted}}
    left, problems = list(errors), []
    for one in wanted:
        got = min(one.quantity, max(0, came[one.id]))
        came[one.id] -= got
        if got < one.quantity and left:
            problems.append(refused(left.pop(0), one.target))
    return problems


def refused(error: WireRefusal, target: Target) -> Problem:
    """A refusal in the contract's words; the shop's own words where it has none."""
    code = error.error_code or ""
    if code == "INSUFFICIENT_STOCK_ERROR":
        there = Decimal(error.quantity_available or 0)
        if there > 0:
            return Problem(code="quantity_reduced", severity="warning", target=target, limit=there)
        return Problem(code="out_of_stock", severity="error", target=target, limit=Decimal(0))
    limit = Decimal(error.max_items) if error.max_items is not None else None
    return Problem(
        code=_CODES.get(code, "other"),
        severity="error",
        target=target,
        limit=limit,
        text=None if code in _CODES else error.payment_error_message or error.transition_error or error.message,
    )
