"""The Messages port: the newsletter, which nobody gets without having confirmed it, and words to the shop."""

from __future__ import annotations

from email.utils import parseaddr

from bff.ports import MessageTraits, NotFound, VisitorContext

from . import mail
from .database import Connection, Database
from .email_address import EmailAddress, email_address
from .moments import kept, stamp, token
from .said import Refusals

_NAME, _SUBJECT, _TEXT = 80, 120, 5_000


class EmbeddedMessages:
    """Asking for the newsletter does the same whether the address has it, waits for it or is new: it only sends less."""

    traits = MessageTraits(offered=("newsletter", "contact"))

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newsletter(self, ctx: VisitorContext, /, *, email: str) -> None:
        refusals = Refusals(ctx)
        address = _address(refusals, email)
        refusals.check()
        assert address is not None
        await self._database.write(lambda c: ask(c, ctx, address))

    async def confirm(self, ctx: VisitorContext, /, *, token: str) -> None:
        def write(connection: Connection) -> None:
            confirmed = connection.execute(
                "UPDATE newsletter SET confirmed = coalesce(confirmed, ?)"
                " WHERE token = ? AND (confirmed NOT NULL OR asked > ?)",
                (stamp(), kept(token), stamp(days=-3)),
            )
            if not confirmed.rowcount:
                raise NotFound("no such subscription")

        await self._database.write(write)

    async def unsubscribe(self, ctx: VisitorContext, /, *, token: str) -> None:
        def write(connection: Connection) -> None:
            row = connection.execute("SELECT email_key FROM newsletter WHERE token = ?", (kept(token),)).fetchone()
            if row is not None:
                leave(connection, EmailAddress(row[0], row[0]))

        await self._database.write(write)

    async def contact(self, ctx: VisitorContext, /, *, name: str, email: str, subject: str, text: str) -> None:
        refusals = Refusals(ctx)
        who = refusals.line("name", name, _NAME, required=True)
        address = _address(refusals, email)
        about = refusals.line("subject", subject, _SUBJECT, required=True)
        words = refusals.text("text", text, _TEXT, required=True)
        refusals.check()
        assert address is not None

        def write(connection: Connection) -> None:
            settings, market = connection.database.settings, ctx.public.market.id
            to = settings.mail_to or parseaddr(settings.mail_from)[1]
            said = {"name": who, "email": address.key, "subject": about, "words": words, "reply_to": address.key}
            mail.queue(connection, "contact", to, ctx.public.locale, market, due=None, **said)

        await self._database.write(write)


def _address(refusals: Refusals, email: str) -> EmailAddress | None:
    found = email_address(refusals.line("email", email, 320, required=True) or "")
    if found is None:
        refusals.add("email", "email")
    return found


def ask(connection: Connection, ctx: VisitorContext, email: EmailAddress) -> None:
    """Ask the owner of an address whether it should get the newsletter; once an hour at most, never who has it."""
    connection.execute("DELETE FROM newsletter WHERE confirmed IS NULL AND asked < ?", (stamp(days=-3),))
    row = connection.execute("SELECT asked, confirmed FROM newsletter WHERE email_key = ?", (email.key,)).fetchone()
    if row is not None and (row[1] or row[0] > stamp(hours=-1)):
        return
    made = token()
    _put(connection, ctx, email, kept(made), None)
    link, out = f"newsletter/confirm?token={made}", f"newsletter/leave?token={made}"
    public = ctx.public
    mail.queue(connection, "newsletter_confirm", email.key, public.locale, public.market.id, link=link, leave=out)


def subscribe(connection: Connection, ctx: VisitorContext, email: EmailAddress) -> None:
    """Give the newsletter to an address that is proved to be the customer's."""
    if not connection.execute(
        "UPDATE newsletter SET confirmed = coalesce(confirmed, ?) WHERE email_key = ?", (stamp(), email.key)
    ).rowcount:
        _put(connection, ctx, email, None, stamp())


def leave(connection: Connection, email: EmailAddress) -> None:
    """No newsletter for this address, and no tick at it in the account."""
    connection.execute("DELETE FROM newsletter WHERE email_key = ?", (email.key,))
    connection.execute("UPDATE customer SET marketing = 0 WHERE email_key = ?", (email.key,))


def _put(
    connection: Connection, ctx: VisitorContext, email: EmailAddress, token: str | None, confirmed: str | None
) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO newsletter (email_key, email, market, locale, token, asked, confirmed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (email.key, email.text, ctx.public.market.id, ctx.public.locale, token, stamp(), confirmed),
    )
