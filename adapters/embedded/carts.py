"""The Carts port. Every write is one transaction: what was asked, the lines as they are then, what there is to tell."""

from __future__ import annotations

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
    NoCart,
    Problem,
    VisitorContext,
)

from . import cart_changes, cart_rows, codes, customers, payments
from .cart_changes import priced
from .cart_lines import LINES, ask
from .cart_view import show
from .database import Connection, Database
from .trade import CheckoutDoc

_NOTE, _ATTRIBUTES = 1_000, 20
_attributes = msgspec.json.Decoder(dict[str, str])
Change = Callable[[Connection, str, list[Problem]], None]
"""A change of the cart with this id, and what there is to tell."""


class EmbeddedCarts:
    """A cart is priced in the market it was made in, until it is moved. Stock is not kept for a cart. A write while the
    shopper's payment is open gives that payment up. A customer's cart answers with their token only."""

    traits = CartTraits(
        merges_lines=True, codes=codes.PROMOTIONS, gift_cards=True, note=True, attributes=True, move="in_place"
    )

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, ctx: VisitorContext, /, *, cart: CartRef) -> Cart | NoCart:
        def read(connection: Connection) -> Cart | NoCart | None:
            return None if payments.unsettled(connection, cart.id) else seen(connection, ctx, cart.id)

        found = await self._database.run(read)
        if found is not None:
            return found
        await self._database.write(lambda c: payments.settle_cart(c, cart.id))
        return await self._database.run(lambda c: seen(c, ctx, cart.id))

    async def add(self, ctx: VisitorContext, /, *, cart: CartRef | None, lines: Sequence[LineInput]) -> CartResult:
        if not 1 <= len(lines) <= LINES:
            raise InvalidInput({"lines": f"1 to {LINES}"})
        return await self._database.write(lambda c: add(c, ctx, cart.id if cart else None, lines))

    async def change(
        self, ctx: VisitorContext, /, *, cart: CartRef, quantities: Sequence[tuple[str, Decimal]]
    ) -> CartResult:
        if len(quantities) > LINES:
            raise InvalidInput({"quantities": f"at most {LINES}"})

        def set_quantities(connection: Connection, id: str, problems: list[Problem]) -> None:
            r = priced(connection, ctx, id)
            for line, quantity in quantities:
                cart_changes.set_quantity(r, id, line, quantity, problems)

        return await self._write(ctx, cart, set_quantities)

    async def apply_code(self, ctx: VisitorContext, /, *, cart: CartRef, code: str) -> CartResult:
        def enter(connection: Connection, id: str, problems: list[Problem]) -> None:
            row = cart_rows.located(connection, id)
            if row is not None:
                refused = codes.enter(priced(connection, ctx, id), id, code, cart_rows.buyer(row))
                problems += [refused] if refused else []

        return await self._write(ctx, cart, enter)

    async def drop_code(self, ctx: VisitorContext, /, *, cart: CartRef, id: str) -> CartResult:
        return await self._write(
            ctx, cart, lambda c, cart_id, problems: codes.drop(priced(c, ctx, cart_id), cart_id, id)
        )

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

        def write(connection: Connection, id: str, problems: list[Problem]) -> None:
            if note is not None:
                connection.execute("UPDATE cart SET note = ? WHERE id = ?", (note.strip() or None, id))
            if attributes:
                row = connection.execute("SELECT attributes FROM cart WHERE id = ?", (id,)).fetchone()
                merged = {**_attributes.decode(row[0]), **attributes}
                if len(merged) > _ATTRIBUTES or any(len(value) > _NOTE for value in merged.values()):
                    raise InvalidInput({"attributes": f"at most {_ATTRIBUTES} of {_NOTE} characters"})
                text = msgspec.json.encode(merged).decode()
                connection.execute("UPDATE cart SET attributes = ? WHERE id = ?", (text, id))

        return await self._write(ctx, cart, write)

    async def adopt(self, ctx: VisitorContext, /, *, cart: CartRef) -> CartResult:
        def adopted(connection: Connection) -> CartResult:
            customer = cart_rows.customer_of(connection, ctx)
            if customer is None:
                return write(connection, ctx, cart.id, lambda connection, id, problems: None)
            return adopt(connection, ctx, customer, cart.id)

        return await self._database.write(adopted)

    async def move(self, ctx: VisitorContext, /, *, cart: CartRef, origin: Market) -> CartResult:
        return await self._write(ctx, cart, lambda c, id, problems: carry(c, ctx, id, problems))

    async def _write(self, ctx: VisitorContext, cart: CartRef, change: Change) -> CartResult:
        """A change of a cart that is there; otherwise the answer says why there is none."""
        return await self._database.write(lambda c: write(c, ctx, cart.id, change))


def seen(connection: Connection, ctx: VisitorContext, reference: str) -> Cart | NoCart:
    """The cart as this shopper may see it."""
    if cart_rows.foreign(connection, cart_rows.customer_of(connection, ctx), reference):
        return NoCart(reason="unknown")
    return show(connection, ctx.public, reference)


def write(connection: Connection, ctx: VisitorContext, reference: str, change: Change) -> CartResult:
    """A change of a cart that is there, in the caller's transaction."""
    if cart_rows.foreign(connection, cart_rows.customer_of(connection, ctx), reference):
        return CartResult(cart=NoCart(reason="unknown"))
    row = payments.given_up(connection, reference)
    gone = cart_rows.lapsed(connection, row)
    if row is None or gone is not None:
        return CartResult(cart=gone or NoCart(reason="unknown"))
    claim(connection, ctx, row)
    problems: list[Problem] = []
    change(connection, row.id, problems)
    return cart_changes.result(connection, ctx, row.id, problems)


def claim(connection: Connection, ctx: VisitorContext, row: cart_rows.CartRow) -> None:
    """A cart that a signed-in customer works on is theirs, and who works on a cart stays signed in: without, it is gone."""
    customers.stays(connection, ctx.shopper.token)
    if row.customer is None and (customer := cart_rows.customer_of(connection, ctx)) is not None:
        connection.execute("UPDATE cart SET customer_id = ? WHERE id = ?", (customer, row.id))


def add(connection: Connection, ctx: VisitorContext, reference: str | None, lines: Sequence[LineInput]) -> CartResult:
    """Put lines into a cart, in the caller's transaction; makes one where there is none, or only another's."""
    if cart_rows.foreign(connection, cart_rows.customer_of(connection, ctx), reference):
        reference = None
    row = payments.given_up(connection, reference) if reference else None
    known = None if cart_rows.lapsed(connection, row) else row
    problems: list[Problem] = []
    r = priced(connection, ctx, known.id if known else None)
    taken = [asked for line in lines if (asked := ask(r, line, problems))]
    if not taken and known is None:
        return CartResult(cart=NoCart(reason="empty"), problems=tuple(problems))
    if known is not None:
        claim(connection, ctx, known)
        id = known.id
    else:
        id = cart_rows.create(connection, ctx.public.market, ctx.public.locale, cart_rows.customer_of(connection, ctx))
    for asked in taken:
        cart_changes.put(r, id, asked, problems)
    return cart_changes.result(connection, ctx, id, problems, fresh=frozenset(asked.row.id for asked in taken))


def of_customer(connection: Connection, customer: str) -> str | None:
    """The cart a customer worked on last."""
    for (id,) in connection.execute(
        "SELECT id FROM cart WHERE customer_id = ? AND state = 'open' ORDER BY updated DESC LIMIT 5", (customer,)
    ).fetchall():
        if cart_rows.lapsed(connection, payments.given_up(connection, id)) is None:
            return str(id)
    return None


def adopt(connection: Connection, ctx: VisitorContext, customer: str, reference: str | None) -> CartResult:
    """Give a guest's cart to a customer, in the caller's transaction: it joins the one they have. Without a cart of the
    guest's, theirs is the answer. Once more changes nothing."""
    if cart_rows.foreign(connection, customer, reference):
        reference = None
    row = payments.given_up(connection, reference) if reference else None
    if row is not None and cart_rows.lapsed(connection, row):
        row = None
    if row is not None:
        connection.execute("UPDATE cart SET customer_id = NULL WHERE id = ?", (row.id,))
    own = of_customer(connection, customer)
    problems: list[Problem] = []
    if own is None and row is None:
        gone = cart_rows.lapsed(connection, cart_rows.located(connection, reference))
        return CartResult(cart=gone or NoCart(reason="unknown"))
    if own is None and row is not None:
        own = row.id
    elif own is not None and row is not None:
        carry(connection, ctx, own, problems)
        carry(connection, ctx, row.id, problems)
        cart_changes.join(priced(connection, ctx, own), row.id, own, problems)
    connection.execute("UPDATE cart SET customer_id = ? WHERE id = ?", (customer, own))
    return cart_changes.result(connection, ctx, str(own), problems)


def carry(connection: Connection, ctx: VisitorContext, id: str, problems: list[Problem]) -> None:
    """Price a cart in the context's market. What the checkout knew of the other country is forgotten; the person is not.
    Codes that do not hold there and quantities there are not are told; `result` tells the rest."""
    row = cart_rows.located(connection, id)
    market = ctx.public.market
    if row is None or row.market == market.id:
        return
    connection.execute(
        "UPDATE cart SET market = ?, currency = ?, language = ? WHERE id = ?",
        (market.id, market.currency, ctx.public.locale, id),
    )
    cart_rows.keep_checkout(connection, id, CheckoutDoc(contact=row.checkout.contact))
    cart_changes.fit(priced(connection, ctx, id), id, problems)
