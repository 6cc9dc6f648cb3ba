"""Changes of a cart's rows, inside the caller's transaction: putting in, setting, taking out, joining, what to tell."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from bff.ports import Cart, CartResult, Money, NoCart, Problem, ProblemCode, Target, VisitorContext

from . import cart_rows, codes, stock
from .cart_lines import LINES, Asked, Held, allowed, decided, held_lines, rule_problem
from .cart_view import show
from .database import Connection
from .product import rule
from .reading import Reading


def priced(connection: Connection, ctx: VisitorContext, cart: str | None) -> Reading:
    """A reading in the market the cart is priced in, in the shopper's language."""
    row = connection.execute("SELECT market FROM cart WHERE id = ?", (cart,)).fetchone()
    market = connection.database.markets.get(row[0]) if row else None
    public = ctx.public
    return Reading(connection, msgspec.structs.replace(public, market=market) if market else public)


def put(r: Reading, cart: str, asked: Asked, problems: list[Problem]) -> None:
    """Merge what was asked with an equal line, or make one; as much as there is."""
    lines = held_lines(r, cart)
    inputs = msgspec.json.encode(asked.inputs).decode()
    parent = asked.parent if any(line.id == asked.parent for line in lines) else None
    same = next((line for line in lines if line.same(asked.row.id, inputs, asked.plan, parent)), None)
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
        _keep(r, cart, same.id, quantity)
        return
    position = max((line.position for line in lines), default=-1) + 1
    r.connection.execute(
        "INSERT INTO cart_line (cart_id, id, position, variant_id, quantity, inputs, plan, parent, title)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (cart, secrets.token_hex(6), position, asked.row.id, str(quantity), inputs, asked.plan, parent, asked.title),
    )


def _keep(r: Reading, cart: str, line: str, quantity: Decimal) -> None:
    r.connection.execute("UPDATE cart_line SET quantity = ? WHERE cart_id = ? AND id = ?", (str(quantity), cart, line))


def set_quantity(r: Reading, cart: str, id: str, quantity: Decimal, problems: list[Problem]) -> None:
    lines = held_lines(r, cart)
    line = next((each for each in lines if each.id == id), None)
    target = Target(kind="line", id=id)
    if line is None:
        if quantity > 0:
            problems.append(Problem(code="line_unavailable", severity="error", target=target))
        return
    if quantity == 0:
        remove(r, cart, lines, id)
        return
    asked = line.asked(r)
    if asked is None or rule_problem(quantity):
        code: ProblemCode = "line_unavailable" if asked is None else "quantity_rule"
        problems.append(Problem(code=code, severity="error", target=target))
        return
    others = sum((each.quantity for each in lines if each.variant == line.variant and each is not line), Decimal(0))
    kept = decided(r, asked, quantity, others, target, problems)
    if kept > 0:
        _keep(r, cart, id, kept)


def remove(r: Reading, cart: str, lines: Sequence[Held], id: str) -> None:
    """Take a line out, and those that belong to it."""
    for line in lines:
        if line.parent == id:
            remove(r, cart, lines, line.id)
    r.connection.execute("DELETE FROM cart_line WHERE cart_id = ? AND id = ?", (cart, id))


def fit(r: Reading, cart: str, problems: list[Problem]) -> None:
    """Bring quantities down to what there is. A line of which nothing is left stays, sold out, until the shopper decides."""
    left: dict[str, Decimal] = {}
    for line in held_lines(r, cart):
        asked = line.asked(r)
        if asked is None:
            continue
        there = stock.available(r, asked)
        if there is None:
            continue
        limit = allowed(rule(asked.doc), left.setdefault(asked.row.id, there))
        kept = min(line.quantity, limit)
        left[asked.row.id] -= kept
        if kept == line.quantity:
            continue
        target = Target(kind="line", id=line.id)
        if kept <= 0:
            problems.append(Problem(code="out_of_stock", severity="error", target=target, limit=Decimal(0)))
            continue
        _keep(r, cart, line.id, kept)
        problems.append(Problem(code="quantity_reduced", severity="warning", target=target, limit=kept))


def join(r: Reading, guest: str, own: str, problems: list[Problem]) -> None:
    """Put a guest's lines and codes into the customer's own cart; the guest's reference leads there from now on."""
    made: dict[str, str] = {}
    for line in held_lines(r, guest):
        asked = line.asked(r)
        if asked is None:
            target = Target(kind="variant", id=line.variant)
            problems.append(Problem(code="not_sold_here", severity="error", target=target, text=line.title))
            continue
        put(r, own, asked._replace(parent=made.get(line.parent or "")), problems)
        inputs = msgspec.json.encode(asked.inputs).decode()
        found = next((each for each in held_lines(r, own) if each.same(asked.row.id, inputs, asked.plan, None)), None)
        if found is not None:
            made[line.id] = found.id
    r.connection.execute(
        "INSERT OR IGNORE INTO cart_code SELECT ?, id, kind, code FROM cart_code WHERE cart_id = ?", (own, guest)
    )
    mine, theirs = (cart_rows.located(r.connection, id) for id in (own, guest))
    if mine and theirs:
        note = mine.note or theirs.note
        r.connection.execute("UPDATE cart SET note = ? WHERE id = ?", (note, own))
        if mine.checkout.contact is None:
            cart_rows.keep_checkout(r.connection, own, theirs.checkout)
    r.connection.execute("DELETE FROM cart_line WHERE cart_id = ?", (guest,))
    r.connection.execute("DELETE FROM cart_code WHERE cart_id = ?", (guest,))
    r.connection.execute(
        "UPDATE cart SET state = 'merged', merged_into = ?, checkout = '{}' WHERE id = ?", (own, guest)
    )


def result(
    connection: Connection, ctx: VisitorContext, id: str, problems: list[Problem], fresh: frozenset[str] = frozenset()
) -> CartResult:
    """The cart after a write: lines that can no longer be sold are out, changed prices and stock are told. One of which
    nothing is left is no more, unless codes were entered: those wait for what comes next."""
    r = priced(connection, ctx, id)
    prices: dict[str, Money] = {}
    for line in held_lines(r, id):
        asked = line.asked(r)
        if asked is not None:
            prices[line.id] = Money(asked.row.amount, r.currency)
            continue
        remove(r, id, [line], line.id)
        code: ProblemCode = "line_unavailable" if not line.known(r) else "not_sold_here"
        target = Target(kind="line", id=line.id)
        problems.append(Problem(code=code, severity="error", target=target, text=line.title))
    row = cart_rows.located(connection, id)
    if row is not None:
        problems += codes.drop_lapsed(r, id, cart_rows.buyer(row))
    cart_rows.touch(connection, id)
    cart = show(connection, ctx.public, id, fresh=fresh)
    entered = isinstance(cart, Cart) and bool(cart.codes)
    if isinstance(cart, Cart) and not entered and not [line for line in cart.lines if not line.fixed]:
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
        if line.fixed:
            continue
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
