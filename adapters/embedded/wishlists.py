"""The Wishlists port. Guests have lists too: the key to them stands in their session, and goes nowhere else."""

from __future__ import annotations

import builtins
import datetime
import secrets
from decimal import Decimal

from bff.ports import InvalidInput, NotFound, PublicContext, VisitorContext, Wishlist, WishlistItem, WishlistTraits

from . import blob, customers
from .database import Connection, Database
from .moments import kept, stamp, token
from .said import Refusals, say

_LISTS, _ITEMS, _NAME, _SKU, _PIECES = 20, 500, 80, 100, 9_999
_GUEST_DAYS = 180
_NOTE = "wishlists"


class EmbeddedWishlists:
    """Lists of SKUs, of this backend or another. Guests' lists go half a year after they were last changed."""

    traits = WishlistTraits(public=True)

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, ctx: VisitorContext, /) -> tuple[Wishlist, ...]:
        return await self._database.run(lambda c: _all(c, _owner(c, ctx)))

    async def shared(self, ctx: PublicContext, /, *, share: str) -> Wishlist:
        def read(connection: Connection) -> Wishlist:
            row = connection.execute("SELECT id FROM wishlist WHERE share = ?", (_bound(share),)).fetchone()
            if row is None:
                raise NotFound("no such list")
            return _one(connection, row[0])

        return await self._database.run(read)

    async def create(self, ctx: VisitorContext, /, *, name: str) -> Wishlist:
        called = _name(ctx, name)
        key = blob.notes(ctx).get(_NOTE) or token()

        def write(connection: Connection) -> Wishlist:
            owner = _owner(connection, ctx) or _guest(key)
            count = connection.execute("SELECT count(*) FROM wishlist WHERE owner = ?", (owner,)).fetchone()[0]
            if count >= _LISTS:
                raise InvalidInput({"name": say(ctx.public.locale, "errors.lists", limit=_LISTS)})
            connection.execute(
                "DELETE FROM wishlist WHERE id IN"
                " (SELECT id FROM wishlist WHERE owner LIKE 'guest:%' AND updated < ? LIMIT 20)",
                (stamp(days=-_GUEST_DAYS),),
            )
            id = secrets.token_hex(12)
            connection.execute(
                "INSERT INTO wishlist (id, owner, name, created, updated) VALUES (?, ?, ?, ?, ?)",
                (id, owner, called, stamp(), stamp()),
            )
            if owner == _guest(key):
                blob.note(ctx, _NOTE, key)
            return _one(connection, id)

        return await self._database.write(write)

    async def change(
        self, ctx: VisitorContext, /, *, id: str, name: str | None = None, public: bool | None = None
    ) -> Wishlist:
        called = None if name is None else _name(ctx, name)

        def write(connection: Connection) -> Wishlist:
            own = _own(connection, ctx, id)
            if called is not None:
                connection.execute("UPDATE wishlist SET name = ? WHERE id = ?", (called, own))
            if public is not None:
                share = token() if public else None
                connection.execute(
                    "UPDATE wishlist SET share = iif(?, coalesce(share, ?), NULL) WHERE id = ?", (public, share, own)
                )
            return _one(connection, own)

        return await self._database.write(write)

    async def delete(self, ctx: VisitorContext, /, *, id: str) -> None:
        def write(connection: Connection) -> None:
            connection.execute("DELETE FROM wishlist WHERE id = ?", (_own(connection, ctx, id),))

        await self._database.write(write)

    async def put(self, ctx: VisitorContext, /, *, id: str, sku: str, quantity: Decimal | None = None) -> Wishlist:
        refusals = Refusals(ctx)
        wanted = refusals.line("sku", sku, _SKU, required=True)
        refusals.check()
        if quantity is not None and not 0 < quantity <= _PIECES:
            raise InvalidInput({"quantity": f"from 0 to {_PIECES}"})

        def write(connection: Connection) -> Wishlist:
            own = _own(connection, ctx, id)
            skus = {item.sku for item in _one(connection, own).items}
            if wanted not in skus and len(skus) >= _ITEMS:
                raise InvalidInput({"sku": say(ctx.public.locale, "errors.items", limit=_ITEMS)})
            connection.execute(
                "INSERT INTO wishlist_item (list_id, sku, added, quantity) VALUES (?, ?, ?, coalesce(?, '1'))"
                " ON CONFLICT DO UPDATE SET quantity = coalesce(?, quantity)",
                (own, wanted, stamp(), *[None if quantity is None else str(quantity)] * 2),
            )
            return _one(connection, own)

        return await self._database.write(write)

    async def take(self, ctx: VisitorContext, /, *, id: str, sku: str) -> Wishlist:
        def write(connection: Connection) -> Wishlist:
            own = _own(connection, ctx, id)
            connection.execute("DELETE FROM wishlist_item WHERE list_id = ? AND sku = ?", (own, _bound(sku)))
            return _one(connection, own)

        return await self._database.write(write)

    async def join(self, ctx: VisitorContext, /) -> tuple[Wishlist, ...]:
        def write(connection: Connection) -> tuple[Wishlist, ...]:
            customer = f"customer:{customers.required(connection, ctx)}"
            key = blob.notes(ctx).get(_NOTE)
            if key:
                for guest in _all(connection, _guest(key)):
                    _hand_over(connection, guest, customer)
            return _all(connection, customer)

        lists = await self._database.write(write)
        blob.note(ctx, _NOTE, None)
        return lists


def _bound(text: str) -> str:
    """What a caller gave, fit to be compared in the database."""
    return text[:200].encode("utf-8", "replace").decode()


def _guest(key: str) -> str:
    return f"guest:{kept(key)}"


def _owner(connection: Connection, ctx: VisitorContext) -> str | None:
    """Whose lists this shopper's are: the customer's, else the browser's, else nobody's yet."""
    id = customers.signed_in(connection, ctx.shopper.token)
    if id is not None:
        return f"customer:{id}"
    key = blob.notes(ctx).get(_NOTE)
    return _guest(key) if key else None


def _own(connection: Connection, ctx: VisitorContext, id: str) -> str:
    """The id of a list that is the shopper's, marked as changed now. Raises `NotFound`."""
    row = connection.execute(
        "UPDATE wishlist SET updated = ? WHERE id = ? AND owner = ? RETURNING id",
        (stamp(), _bound(id), _owner(connection, ctx)),
    ).fetchone()
    if row is None:
        raise NotFound("no such list")
    return str(row[0])


def _all(connection: Connection, owner: str | None) -> tuple[Wishlist, ...]:
    rows = connection.execute("SELECT id FROM wishlist WHERE owner = ? ORDER BY created, id", (owner,)).fetchall()
    return tuple(_one(connection, row[0]) for row in rows)


def _one(connection: Connection, id: str) -> Wishlist:
    name, share = connection.execute("SELECT name, share FROM wishlist WHERE id = ?", (id,)).fetchone()
    items = connection.execute(
        "SELECT sku, added, quantity FROM wishlist_item WHERE list_id = ? ORDER BY added DESC, sku", (id,)
    ).fetchall()
    return Wishlist(
        id=id,
        name=name,
        share=share,
        items=tuple(
            WishlistItem(sku=sku, added=datetime.datetime.fromisoformat(added), quantity=Decimal(quantity))
            for sku, added, quantity in items
        ),
    )


def _hand_over(connection: Connection, guest: Wishlist, customer: str) -> None:
    """A guest's list becomes the customer's: as it is, or, where there is one of that name or no room for more, into one of
    theirs as far as that one goes."""
    theirs: builtins.list[Wishlist] = [*_all(connection, customer)]
    into = next((each for each in theirs if each.name.casefold() == guest.name.casefold()), None)
    if into is None and len(theirs) < _LISTS:
        connection.execute("UPDATE wishlist SET owner = ? WHERE id = ?", (customer, guest.id))
        return
    into = into or theirs[-1]
    held = {item.sku for item in into.items}
    new = [item for item in guest.items if item.sku not in held][: _ITEMS - len(held)]
    connection.executemany(
        "INSERT INTO wishlist_item (list_id, sku, added, quantity) VALUES (?, ?, ?, ?)",
        [
            (
                into.id,
                item.sku,
                item.added.isoformat(timespec="microseconds") if item.added else stamp(),
                str(item.quantity),
            )
            for item in new
        ],
    )
    connection.execute("DELETE FROM wishlist WHERE id = ?", (guest.id,))


def _name(ctx: VisitorContext, name: str) -> str:
    refusals = Refusals(ctx)
    called = refusals.line("name", name, _NAME, required=True)
    refusals.check()
    return called or ""
