"""The AddressBook port."""

from __future__ import annotations

import builtins
import secrets

import msgspec

from bff.ports import Address, NotFound, VisitorContext

from . import customers
from .database import Connection, Database
from .moments import stamp
from .said import Refusals

_ADDRESSES, _LINE = 50, 120
_decoder = msgspec.json.Decoder(Address)


class EmbeddedAddressBook:
    """The first address saved is the default one; so is the oldest left where the default one is removed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, ctx: VisitorContext, /) -> tuple[Address, ...]:
        return await self._database.run(lambda c: tuple(_all(c, customers.required(c, ctx))))

    async def save(self, ctx: VisitorContext, /, *, address: Address, default: bool = False) -> Address:
        checked = _checked(ctx, address)

        def write(connection: Connection) -> Address:
            customer = customers.required(connection, ctx)
            customers.stays(connection, ctx.shopper.token)
            saved = _all(connection, customer)
            if checked.id and not any(each.id == checked.id for each in saved):
                raise NotFound("no such address")
            id = checked.id or _new_id(ctx, len(saved), [each for each in saved if _same(each, checked)])
            row = msgspec.structs.replace(checked, id=id)
            text = msgspec.json.encode(row).decode()
            if any(each.id == id for each in saved):
                connection.execute("UPDATE customer_address SET address = ? WHERE id = ?", (text, id))
            else:
                connection.execute(
                    "INSERT INTO customer_address VALUES (?, ?, ?, ?, ?)", (id, customer, text, int(not saved), stamp())
                )
            if default:
                connection.execute(
                    "UPDATE customer_address SET preferred = (id = ?) WHERE customer_id = ?", (id, customer)
                )
            return row

        return await self._database.write(write)

    async def remove(self, ctx: VisitorContext, /, *, id: str) -> None:
        def write(connection: Connection) -> None:
            customer = customers.required(connection, ctx)
            gone = connection.execute(
                "DELETE FROM customer_address WHERE id = ? AND customer_id = ? RETURNING preferred", (id, customer)
            ).fetchone()
            if gone is None:
                raise NotFound("no such address")
            if gone[0]:
                connection.execute(
                    "UPDATE customer_address SET preferred = 1 WHERE id ="
                    " (SELECT id FROM customer_address WHERE customer_id = ? ORDER BY created LIMIT 1)",
                    (customer,),
                )

        await self._database.write(write)


def _all(connection: Connection, customer: str) -> builtins.list[Address]:
    rows = connection.execute(
        "SELECT address FROM customer_address WHERE customer_id = ? ORDER BY preferred DESC, created, id", (customer,)
    )
    return [_decoder.decode(row[0]) for row in rows]


def _new_id(ctx: VisitorContext, count: int, same: builtins.list[Address]) -> str:
    """Saving an equal address again changes nothing: the same post may come twice."""
    if same:
        return same[0].id or ""
    if count >= _ADDRESSES:
        refusals = Refusals(ctx)
        refusals.add("address", "addresses", limit=_ADDRESSES)
        refusals.check()
    return secrets.token_hex(12)


def _same(a: Address, b: Address) -> bool:
    return msgspec.structs.replace(a, id=None) == msgspec.structs.replace(b, id=None)


def _checked(ctx: VisitorContext, address: Address) -> Address:
    """Bounded and legible; which fields a country needs is the head's to ask for."""
    refusals = Refusals(ctx)
    if not (len(address.country) == 2 and address.country.isascii() and address.country.isalpha()):
        refusals.add("country", "country")
    lines = {
        field: refusals.line(field, getattr(address, field), _LINE)
        for field in address.__struct_fields__
        if field not in ("country", "id")
    }
    refusals.check()
    return Address(country=address.country.upper(), id=address.id, **lines)
