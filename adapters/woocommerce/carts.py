"""The cart. Its token is a capability, renewed with every answer: whoever has it may change the cart, so it stays with
the head, and the newest is the cart's reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import httpx
import msgspec

from bff.ports import (
    Cart,
    CartRef,
    CartResult,
    CartTraits,
    InvalidInput,
    LineInput,
    Malformed,
    Market,
    NoCart,
    Problem,
    ProblemCode,
    Target,
    VariantKey,
    VisitorContext,
)

from . import wire_trade as trade
from .cart_view import CODES, FIELDS, view
from .catalog import WooCatalog
from .goods import bought
from .memory import Memory, empty, keep, recalled, strangers, usable
from .shop import Shop
from .transport import Changed, Lapsed, Refusal, decoded, failure

_BATCH, _NOTE = 25, 1_000
_EMPTY, _UNKNOWN = NoCart(reason="empty"), NoCart(reason="unknown")


class Bag(NamedTuple):
    """A cart of WooCommerce's and its newest token."""

    cart: trade.Cart
    token: str

    def __repr__(self) -> str:
        return "Bag(…)"


class _Asked(NamedTuple):
    """A line that can be asked for, and what became of it: the cart, or why not."""

    key: VariantKey
    body: dict[str, Any]
    quantity: int


class WooCarts:
    """Several lines go in one call. A note is the adapter's own to keep until the order is placed."""

    traits = CartTraits(note=True, move="in_place")

    def __init__(self, shop: Shop, catalog: WooCatalog) -> None:
        self._shop, self._catalog = shop, catalog

    async def get(self, ctx: VisitorContext, /, *, cart: CartRef) -> Cart | NoCart:
        found = await self.read(ctx, cart)
        return found if isinstance(found, NoCart) else self.shown(ctx, found)

    async def read(self, ctx: VisitorContext, cart: CartRef) -> Bag | NoCart:
        """The cart behind a token, and the next token."""
        if not usable(cart.id):
            return _UNKNOWN
        found, headers = await self._shop.api.get(ctx.public, "/cart", trade.Cart, query=[FIELDS], token=cart.id)
        token = _token(headers)
        if not found.items or strangers(cart.id, token):
            return empty(cart.id, token, recalled(ctx.shopper))
        return Bag(found, token)

    def shown(self, ctx: VisitorContext, bag: Bag) -> Cart | NoCart:
        if not bag.cart.items:
            return _EMPTY
        note = recalled(ctx.shopper).note
        known = self._shop.vocabulary.known
        return view(bag.cart, bag.token, ctx.public.market, self._shop.settings.tax, note, known)

    async def write(self, ctx: VisitorContext, cart: CartRef, path: str, body: Any) -> Bag:
        """Raises `Lapsed`, `Refusal`, `Changed`."""
        if not usable(cart.id):
            raise Lapsed("no token")
        found, headers = await self._shop.api.send(
            ctx.public, "POST", path, trade.Cart, body, query=[FIELDS], token=cart.id
        )
        return Bag(found, _token(headers))

    # ---- lines

    async def add(self, ctx: VisitorContext, /, *, cart: CartRef | None, lines: Sequence[LineInput]) -> CartResult:
        problems: list[Problem] = []
        asked = await self._asked(ctx, lines, problems)
        if not asked:
            return await self._left(ctx, cart, problems)
        if recalled(ctx.shopper).placed is not None:
            keep(ctx.shopper, Memory())  # What follows an order is another cart, with nothing chosen yet.
        ref = cart if cart is not None and usable(cart.id) else await self._fresh(ctx)
        bodies = [("/cart/add-item", each.body) for each in asked]
        try:
            bag, refused = await self._send(ctx, ref, bodies)
        except Lapsed:
            keep(ctx.shopper, Memory())
            ref = await self._fresh(ctx)
            bag, refused = await self._send(ctx, ref, bodies)
        for each, error in zip(asked, refused, strict=True):
            if error is not None:
                problems.append(await self._refused(ctx, each, error))
            elif bag is not None and (reduced := _reduced(each, bag.cart)):
                problems.append(reduced)
        if bag is None:
            return await self._left(ctx, cart, problems)
        return CartResult(cart=self.shown(ctx, bag), problems=tuple(problems))

    async def _left(self, ctx: VisitorContext, cart: CartRef | None, problems: Sequence[Problem]) -> CartResult:
        """The cart as it was, with what to tell."""
        found = await self.get(ctx, cart=cart) if cart is not None else _EMPTY
        return CartResult(cart=found, problems=tuple(problems))

    async def _fresh(self, ctx: VisitorContext) -> CartRef:
        """A new cart begins with a read: its answer brings the token that a write must have."""
        query = [("_fields", "items_count")]
        _, headers = await self._shop.api.get(ctx.public, "/cart", dict[str, Any], query=query)
        return CartRef(id=_token(headers))

    async def _asked(self, ctx: VisitorContext, lines: Sequence[LineInput], problems: list[Problem]) -> list[_Asked]:
        """What can be asked: WooCommerce's own ids, else what has the SKU, in whole pieces."""
        skus = {line.variant.sku for line in lines if line.variant.sku and not _own(line.variant)}
        skus = {sku for sku in skus if len(sku) < 100}
        known = await self._catalog.skus(ctx.public, skus) if skus else {}
        asked: list[_Asked] = []
        for line in lines:
            code: ProblemCode = "line_unavailable"
            found = bought(line.variant.id) if line.variant.id and _own(line.variant) else None
            if found is None and (sku := known.get(line.variant.sku or "")) is not None:
                found = (sku.id, [])
            if found is not None and (line.quantity != int(line.quantity) or line.quantity < 1):
                found, code = None, "quantity_rule"
            if found is None:
                problems.append(Problem(code=code, severity="error", target=_variant(line.variant)))
                continue
            quantity = int(min(line.quantity, Decimal(10**9)))
            body: dict[str, Any] = {"id": found[0], "quantity": quantity}
            if found[1]:
                body["variation"] = found[1]
            asked.append(_Asked(line.variant, body, quantity))
        return asked

    async def _send(
        self, ctx: VisitorContext, cart: CartRef, calls: Sequence[tuple[str, Any]]
    ) -> tuple[Bag | None, list[Refusal | Changed | None]]:
        """Several writes in one call where there are several: the last cart that came of it, and each one's refusal.
        Raises `Lapsed`."""
        if len(calls) == 1:
            try:
                return await self.write(ctx, cart, *calls[0]), [None]
            except (Refusal, Changed) as error:
                return None, [error]
        if not usable(cart.id):
            raise Lapsed("no token")
        bag: Bag | None = None
        refused: list[Refusal | Changed | None] = []
        for start in range(0, len(calls), _BATCH):
            part = calls[start : start + _BATCH]
            requests = [
                {
                    "method": "POST",
                    "path": f"/wc/store/v1{path}?_fields={FIELDS[1]}",
                    "headers": {"Cart-Token": cart.id},
                    "body": body,
                }
                for path, body in part
            ]
            answer, _ = await self._shop.api.send(
                ctx.public, "POST", "/batch", trade.Batch, {"requests": requests}, token=cart.id
            )
            if len(answer.responses) != len(part):
                raise Malformed("batch: not as many answers as requests")
            for each in answer.responses:
                told = each.headers if isinstance(each.headers, dict) else {}
                if each.status < 300:
                    bag = Bag(
                        decoded(bytes(each.body), trade.Cart),
                        _token(httpx.Headers({k: str(v) for k, v in told.items()})),
                    )
                    refused.append(None)
                    continue
                why = failure(each.status, bytes(each.body), {})
                if not isinstance(why, Refusal | Changed):
                    raise why
                refused.append(why)
        return bag, refused

    async def _refused(self, ctx: VisitorContext, asked: _Asked, error: Refusal | Changed) -> Problem:
        """Why a line could not be added; how many could, where it is about their number."""
        code = CODES.get(error.code, "line_unavailable")
        limit: Decimal | None = Decimal(0) if code == "out_of_stock" else None
        if code == "limit_reached":
            key = VariantKey(id=str(asked.body["id"]))
            (there,) = await self._catalog.availability(ctx.public, keys=[key])
            limit = there.orderable if there else None
        return Problem(code=code, severity="error", target=_variant(asked.key), limit=limit)

    async def change(
        self, ctx: VisitorContext, /, *, cart: CartRef, quantities: Sequence[tuple[str, Decimal]]
    ) -> CartResult:
        problems: list[Problem] = []
        lines: list[str] = []
        calls: list[tuple[str, Any]] = []
        for line, quantity in quantities:
            if quantity != int(quantity) or not quantity >= 0:
                target = Target(kind="line", id=line)
                problems.append(Problem(code="quantity_rule", severity="error", target=target))
                continue
            number = int(min(quantity, Decimal(10**9)))
            lines.append(line)
            calls.append(
                ("/cart/update-item", {"key": line, "quantity": number})
                if number
                else ("/cart/remove-item", {"key": line})
            )
        if not calls:
            return await self._left(ctx, cart, problems)
        try:
            bag, refused = await self._send(ctx, cart, calls)
        except Lapsed:
            return CartResult(cart=_UNKNOWN)
        if bag is None:
            found = await self.read(ctx, cart)
            if isinstance(found, NoCart):
                return CartResult(cart=found, problems=tuple(problems))
            bag = found
        for line, (path, _), error in zip(lines, calls, refused, strict=True):
            if error is not None and not (path == "/cart/remove-item" and isinstance(error, Changed)):
                problems.append(_kept(line, error, bag.cart))
        return CartResult(cart=self.shown(ctx, bag), problems=tuple(problems))

    # ---- codes, notes, whose it is

    async def apply_code(self, ctx: VisitorContext, /, *, cart: CartRef, code: str) -> CartResult:
        code = code.strip()
        try:
            return self._result(ctx, await self.write(ctx, cart, "/cart/apply-coupon", {"code": code}))
        except Lapsed:
            return CartResult(cart=_UNKNOWN)
        except (Refusal, Changed) as error:
            found = await self.get(ctx, cart=cart)
            entered = isinstance(found, Cart) and any(one.id.lower() == code.lower() for one in found.codes)
            problem = Problem(code=_code(error), severity="error", target=Target(kind="code", id=code[:100]))
            return CartResult(cart=found, problems=() if entered else (problem,))

    async def drop_code(self, ctx: VisitorContext, /, *, cart: CartRef, id: str) -> CartResult:
        try:
            return self._result(ctx, await self.write(ctx, cart, "/cart/remove-coupon", {"code": id}))
        except Lapsed:
            return CartResult(cart=_UNKNOWN)
        except (Refusal, Changed):
            return await self._left(ctx, cart, ())  # It is not entered.

    def _result(self, ctx: VisitorContext, bag: Bag) -> CartResult:
        return CartResult(cart=self.shown(ctx, bag))

    async def annotate(
        self,
        ctx: VisitorContext,
        /,
        *,
        cart: CartRef,
        note: str | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> CartResult:
        """The note goes along when the order is placed. Attributes need a plugin there and are not taken."""
        if note is not None and len(note) > _NOTE:
            raise InvalidInput({"note": "too_long"})
        found = await self.read(ctx, cart)
        if isinstance(found, NoCart):
            return CartResult(cart=found)
        if note is not None:
            memory = msgspec.structs.replace(recalled(ctx.shopper), note=note.strip() or None)
            keep(ctx.shopper, memory)
        return self._result(ctx, found)

    async def adopt(self, ctx: VisitorContext, /, *, cart: CartRef) -> CartResult:
        """Nobody signs in over the Store API: the cart stays the guest's."""
        return await self._left(ctx, cart, ())

    async def move(self, ctx: VisitorContext, /, *, cart: CartRef, origin: Market) -> CartResult:
        """A shop of WooCommerce's has one currency and one price for everybody: nothing changes by moving."""
        return await self._left(ctx, cart, ())


def _token(headers: httpx.Headers) -> str:
    token = str(headers.get("cart-token", ""))
    if not usable(token):
        raise Malformed("cart: no token in the answer")
    return token


def _own(key: VariantKey) -> bool:
    """Whether the id can be WooCommerce's: a key from another backend is found by its SKU."""
    return bool(key.id and bought(key.id))


def _variant(key: VariantKey) -> Target:
    return Target(kind="variant", id=key.id, key=key)


def _reduced(asked: _Asked, cart: trade.Cart) -> Problem | None:
    """WooCommerce puts in as many as may be bought and says nothing where they are fewer."""
    there = sum(item.quantity for item in cart.items if item.id == asked.body["id"])
    if not 0 < there < asked.quantity:
        return None
    return Problem(code="quantity_reduced", severity="warning", target=_variant(asked.key), limit=Decimal(there))


def _kept(line: str, error: Refusal | Changed, cart: trade.Cart) -> Problem:
    """Why a line stays as it is."""
    item = next((one for one in cart.items if one.key == line), None)
    code: ProblemCode = "line_unavailable" if item is None else CODES.get(error.code, "quantity_rule")
    if code == "line_unavailable" and item is not None:
        code = "quantity_rule"
    limit = Decimal(item.quantity_limits.maximum) if item else None
    return Problem(code=code, severity="error", target=Target(kind="line", id=line), limit=limit)


def _code(error: Refusal | Changed) -> ProblemCode:
    """WooCommerce has one code for all refusals of coupons; its English words tell more, other languages' do not."""
    said = error.message.lower() if isinstance(error, Refusal) else ""
    if "usage limit" in said:
        return "code_used_up"
    known = ("minimum spend", "maximum spend", "not applicable", "expired", "not valid for", "sale items")
    return "code_not_applicable" if any(words in said for words in known) else "code_invalid"
