"""The Carts port. Every write is one transaction: what was asked, the lines as they are then, what there is to tell."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Callable, Mapping, Sequence
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
    Money,
    NoCart,
    Problem,
    ProblemCode,
    Target,
    VisitorContext,
)

from .cart_lines import LINES, Asked, Held, ask, decided, held_lines, rule_problem
from .cart_view import lapsed, show
from .database import Connection, Database
from .reading import Reading

_NOTE, _ATTRIBUTES = 1_000, 20
_attributes = msgspec.json.Decoder(dict[str, str])


class EmbeddedCarts:
    """A cart is priced in the market it was made in, until it is moved. Stock is not kept for a cart."""

    traits = CartTraits(merges_lines=True, codes=0, note=True, attributes=True, move="in_place")

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, ctx: VisitorContext, /, *, cart: CartRef) -> Cart | NoCart:
        return await self._database.run(lambda c: show(c, ctx.public, cart.id))

    async def add(self, ctx: VisitorContext, /, *, cart: CartRef | None, lines: Sequence[LineInput]) -> CartResult:
        if not 1 <= len(lines) <= LINES:
            raise InvalidInput({"lines": f"1 to {LINES}"})

        def put(connection: Connection) -> CartResult:
            id = cart.id if cart and isinstance(show(connection, ctx.public, cart.id), Cart) else None
            problems: list[Problem] = []
            r = priced(connection, ctx, id)
            taken = [asked for line in lines if (asked := ask(r, line, problems))]
            if not taken and id is None:
                return CartResult(cart=NoCart(reason="empty"), problems=tuple(problems))
            id = id or _create(connection, ctx)
            for asked in taken:
                _put(r, id, asked, problems)
            return _result(connection, ctx, id, problems, fresh=frozenset(asked.row.id for asked in taken))

        return await self._database.write(put)

    async def change(
        self, ctx: VisitorContext, /, *, cart: CartRef, quantities: Sequence[tuple[str, Decimal]]
    ) -> CartResult:
        if len(quantities) > LINES:
            raise InvalidInput({"quantities": f"at most {LINES}"})

        def set_quantities(connection: Connection, problems: list[Problem]) -> None:
            r = priced(connection, ctx, cart.id)
            for line, quantity in quantities:
                _set(r, cart.id, line, quantity, problems)

        return await self._write(ctx, cart, set_quantities)

    async def apply_code(self, ctx: VisitorContext, /, *, cart: CartRef, code: str) -> CartResult:
        def refuse(connection: Connection, problems: list[Problem]) -> None:
            problems.append(Problem(code="code_invalid", severity="error", target=Target(kind="code", id=code[:80])))

        return await self._write(ctx, cart, refuse)

    async def drop_code(self, ctx: VisitorContext, /, *, cart: CartRef, id: str) -> CartResult:
        return await self._write(ctx, cart, lambda connection, problems: None)

    async def annotate(
        self,
        ctx: VisitorContext,
        /,
        *,
        cart: CartRef,
        note: str | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> CartResult:
        if note is not None and len(note) > _NOTE:
            raise InvalidInput({"note": f"at most {_NOTE} characters"})

        def write(connection: Connection, problems: list[Problem]) -> None:
            if note is not None:
                connection.execute("UPDATE cart SET note = ? WHERE id = ?", (note.strip() or None, cart.id))
            if attributes:
                row = connection.execute("SELECT attributes FROM cart WHERE id = ?", (cart.id,)).fetchone()
                merged = {**_attributes.decode(row[0]), **attributes}
                if len(merged) > _ATTRIBUTES or any(len(value) > _NOTE for value in merged.values()):
                    raise InvalidInput({"attributes": f"at most {_ATTRIBUTES} of {_NOTE} characters"})
                text = msgspec.json.encode(merged).decode()
                connection.execute("UPDATE cart SET attributes = ? WHERE id = ?", (text, cart.id))

        return await self._write(ctx, cart, write)

    async def adopt(self, ctx: VisitorContext, /, *, cart: CartRef) -> CartResult:
        return await self._write(ctx, cart, lambda connection, problems: None)

    async def move(self, ctx: VisitorContext, /, *, cart: CartRef, origin: Market) -> CartResult:
        def carry(connection: Connection, problems: list[Problem]) -> None:
            connection.execute(
                "UPDATE cart SET market = ?, currency = ?, language = ? WHERE id = ?",
                (ctx.public.market.id, ctx.public.market.currency, ctx.public.locale, cart.id),
            )

        return await self._write(ctx, cart, carry)

    async def _write(
        self, ctx: VisitorContext, cart: CartRef, change: Callable[[Connection, list[Problem]], None]
    ) -> CartResult:
        """A change of a cart that is there; otherwise the answer says why there is none."""

        def write(connection: Connection) -> CartResult:
            gone = lapsed(connection, cart.id)
            if gone is not None:
                return CartResult(cart=gone)
            problems: list[Problem] = []
            change(connection, problems)
            return _result(connection, ctx, cart.id, problems)

        return await self._database.write(write)


def priced(connection: Connection, ctx: VisitorContext, cart: str | None) -> Reading:
    """A reading in the market the cart is priced in, in the shopper's language."""
    row = connection.execute("SELECT market FROM cart WHERE id = ?", (cart,)).fetchone()
    market = connection.database.markets.get(row[0]) if row else None
    public = ctx.public
    return Reading(connection, msgspec.structs.replace(public, market=market) if market else public)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _create(connection: Connection, ctx: VisitorContext) -> str:
    """A new cart; each one made sweeps a few away that lapsed long ago."""
    oldest = connection.database.today() - datetime.timedelta(days=2 * connection.database.settings.cart_days)
    connection.execute(
        "DELETE FROM cart WHERE id IN (SELECT id FROM cart WHERE state != 'ordered' AND updated < ? LIMIT 20)",
        (oldest.isoformat(),),
    )
    id, market = secrets.token_urlsafe(24), ctx.public.market
    connection.execute(
        "INSERT INTO cart (id, market, currency, language, created, updated) VALUES (?, ?, ?, ?, ?, ?)",
        (id, market.id, market.currency, ctx.public.locale, _now(), _now()),
    )
    return id


def _put(r: Reading, cart: str, asked: Asked, problems: list[Problem]) -> None:
    """Merge what was asked with an equal line, or make one; as much as there is."""
    lines = held_lines(r, cart)
    inputs = msgspec.json.encode(asked.inputs).decode()
    same = next((line for line in lines if line.same(asked.row.id, inputs, asked.plan, asked.parent)), None)
    others = sum((line.quantity for line in lines if line.variant == asked.row.id and line is not same), Decimal(0))
    had = same.quantity if same else Decimal(0)
    if same is None and len(lines) >= LINES:
        target = Target(kind="variant", id=asked.row.id, key=asked.key)
        problems.append(Problem(code="limit_reached", severity="error", target=target, limit=Decimal(LINES)))
        return
    target = Target(kind="line", id=same.id) if same else Target(kind="variant", id=asked.row.id, key=asked.key)
    quantity = decided(r, asked, had + asked.quantity, others, target, problems)
    if quantity <= had:
        return
    if same:
        r.connection.execute(
            "UPDATE cart_line SET quantity = ? WHERE cart_id = ? AND id = ?", (str(quantity), cart, same.id)
        )
        return
    parent = asked.parent if any(line.id == asked.parent for line in lines) else None
    position = max((line.position for line in lines), default=-1) + 1
    r.connection.execute(
        "INSERT INTO cart_line (cart_id, id, position, variant_id, quantity, inputs, plan, parent, title)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (cart, secrets.token_hex(6), position, asked.row.id, str(quantity), inputs, asked.plan, parent, asked.title),
    )


def _set(r: Reading, cart: str, id: str, quantity: Decimal, problems: list[Problem]) -> None:
    lines = held_lines(r, cart)
    line = next((each for each in lines if each.id == id), None)
    target = Target(kind="line", id=id)
    if line is None:
        if quantity > 0:
            problems.append(Problem(code="line_unavailable", severity="error", target=target))
        return
    if quantity == 0:
        _remove(r, cart, lines, id)
        return
    asked = line.asked(r)
    if asked is None or rule_problem(quantity):
        code: ProblemCode = "line_unavailable" if asked is None else "quantity_rule"
        problems.append(Problem(code=code, severity="error", target=target))
        return
    others = sum((each.quantity for each in lines if each.variant == line.variant and each is not line), Decimal(0))
    kept = decided(r, asked, quantity, others, target, problems)
    if kept > 0:
        r.connection.execute("UPDATE cart_line SET quantity = ? WHERE cart_id = ? AND id = ?", (str(kept), cart, id))


def _remove(r: Reading, cart: str, lines: Sequence[Held], id: str) -> None:
    """Take a line out, and those that belong to it."""
    for line in lines:
        if line.parent == id:
            _remove(r, cart, lines, line.id)
    r.connection.execute("DELETE FROM cart_line WHERE cart_id = ? AND id = ?", (cart, id))


def _result(
    connection: Connection, ctx: VisitorContext, id: str, problems: list[Problem], fresh: frozenset[str] = frozenset()
) -> CartResult:
    """The cart after a write: lines that can no longer be sold are out, changed prices and stock are told."""
    r = priced(connection, ctx, id)
    prices: dict[str, Money] = {}
    for line in held_lines(r, id):
        asked = line.asked(r)
        if asked is not None:
            prices[line.id] = Money(asked.row.amount, r.currency)
            continue
        _remove(r, id, [line], line.id)
        code: ProblemCode = "line_unavailable" if not line.known(r) else "not_sold_here"
        target = Target(kind="line", id=line.id)
        problems.append(Problem(code=code, severity="error", target=target, text=line.title))
    connection.execute("UPDATE cart SET version = version + 1, updated = ? WHERE id = ?", (_now(), id))
    cart = show(connection, ctx.public, id, fresh=fresh)
    if isinstance(cart, Cart) and not cart.lines:
        connection.execute("DELETE FROM cart WHERE id = ?", (id,))
        return CartResult(cart=NoCart(reason="empty"), problems=tuple(problems))
    if isinstance(cart, Cart):
        problems += _news(connection, cart, prices, problems)
    return CartResult(cart=cart, problems=tuple(problems))


def _news(connection: Connection, cart: Cart, prices: Mapping[str, Money], told: Sequence[Problem]) -> list[Problem]:
    """What changed by itself since the shopper last saw the cart: the shop's prices (tiers and plans apart: those are the
    shopper's doing), and lines that sold out."""
    shown = dict(
        connection.execute("SELECT id, shown_price FROM cart_line WHERE cart_id = ?", (cart.ref.id,)).fetchall()
    )
    about = {problem.target.id for problem in told}
    news: list[Problem] = []
    for line in cart.lines:
        target = Target(kind="line", id=line.id)
        if line.availability and not line.availability.buyable and line.id not in about:
            news.append(Problem(code="out_of_stock", severity="error", target=target))
        now = prices[line.id]
        price = f"{now.amount} {now.currency}"
        if shown.get(line.id) == price:
            continue
        if before := shown.get(line.id):
            amount, _, currency = str(before).partition(" ")
            old = Money(Decimal(amount), currency)
            news.append(Problem(code="price_changed", severity="info", target=target, before=old, after=now))
        connection.execute(
            "UPDATE cart_line SET shown_price = ? WHERE cart_id = ? AND id = ?", (price, cart.ref.id, line.id)
        )
    return news
