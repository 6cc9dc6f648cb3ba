"""The StockNotices port, and who is told when something is back."""

from __future__ import annotations

from typing import NamedTuple

from bff.ports import VisitorContext

from . import mail, texts, variants
from .database import Connection, Database, meta
from .email_address import email_address
from .moments import kept, stamp, token
from .said import Refusals

_NOTICES, _SKU = 50, 100
_SHOWN_FIRST = "SELECT slug, title FROM product_text WHERE product_n = ? AND language = ?"


class EmbeddedStockNotices:
    """One mail, once; asking again after it asks anew. The link in it works as long as the notice is kept (`retention`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def subscribe(self, ctx: VisitorContext, /, *, sku: str, email: str) -> None:
        refusals = Refusals(ctx)
        wanted = refusals.line("sku", sku, _SKU, required=True)
        address = email_address(refusals.line("email", email, 320, required=True) or "")
        if address is None:
            refusals.add("email", "email")
        refusals.check()
        assert address is not None

        def write(connection: Connection) -> None:
            waiting = connection.execute(
                "SELECT count(*) FROM stock_notice WHERE email_key = ? AND sku != ?", (address.key, wanted)
            ).fetchone()[0]
            if waiting >= _NOTICES:
                return  # not said: it would tell what somebody else waits for
            connection.execute(
                "INSERT INTO stock_notice (sku, email_key, email, market, locale, created) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (sku, email_key) DO UPDATE SET told = NULL, token = NULL, created = excluded.created"
                " WHERE told IS NOT NULL",
                (wanted, address.key, address.text, ctx.public.market.id, ctx.public.locale, stamp()),
            )

        await self._database.write(write)

    async def unsubscribe(self, ctx: VisitorContext, /, *, token: str) -> None:
        await self._database.write(
            lambda c: c.execute(
                "DELETE FROM stock_notice WHERE email_key = (SELECT email_key FROM stock_notice WHERE token = ?)",
                (kept(token),),
            )
        )


class _Notice(NamedTuple):
    sku: str
    email_key: str
    market: str
    locale: str
    product: int


def _back(connection: Connection) -> list[_Notice]:
    """Notices nobody has been told of, whose variant can be bought now."""
    rows = connection.execute(
        "SELECT notice.sku, email_key, market, locale, product_n, status, policy, stock FROM stock_notice AS notice"
        " JOIN variant ON variant.sku = notice.sku JOIN product ON product.n = product_n WHERE told IS NULL"
    ).fetchall()
    return [_Notice(*row[:5]) for row in rows if variants.buyable(variants.state(*row[5:]))]


def any_due(connection: Connection) -> bool:
    return bool(_back(connection))


def due(connection: Connection) -> None:
    """Queue a mail for everybody who waits for what can be bought again. The sender looks once a minute; a transaction that
    brings stock may call it too."""
    default = meta(connection, "default_language") or "en"
    for notice in _back(connection):
        languages = texts.chain(notice.locale, default)
        found = (connection.execute(_SHOWN_FIRST, (notice.product, language)).fetchone() for language in languages)
        words = next((row for row in found if row), None)
        if words is None:
            continue
        made = token()
        connection.execute(
            "UPDATE stock_notice SET told = ?, token = ? WHERE sku = ? AND email_key = ?",
            (stamp(), kept(made), notice.sku, notice.email_key),
        )
        mail.queue(
            connection,
            "back_in_stock",
            notice.email_key,
            notice.locale,
            notice.market,
            title=words[1],
            link=f"products/{words[0]}",
            leave=f"notices/leave?token={made}",
        )
