"""The Accounts port. Whether an address has an account is never told, by no answer and no amount of work."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from bff.ports import (
    AccountTraits,
    CartRef,
    ConfirmationSent,
    Customer,
    NotSignedIn,
    Registration,
    SignedIn,
    SignInRefused,
    VisitorContext,
)

from . import blob, customers, mail, messages, passwords
from .database import Connection, Database
from .email_address import EmailAddress, email_address
from .forget import forget
from .moments import kept, stamp, token
from .passwords import Passwords
from .said import Refusals

_CONFIRM_DAYS, _RESET_HOURS = 3, 1
_REGISTRATIONS, _RESETS = 10, 3
"""How many may wait for one address: more mails are not sent to it."""
_NAME = 100
_REGISTERED = "registered"
"""The note that says by which token what this browser registered is confirmed."""
_PHONE = frozenset("0123456789٠١٢٣٤٥٦٧٨٩+()-/. ")
_YES_NO = {
    "true": True,
    "1": True,
    "on": True,
    "yes": True,
    "false": False,
    "0": False,
    "off": False,
    "no": False,
    "": False,
}


class EmbeddedAccounts:
    """A registration waits in a table of its own until its address is confirmed, each as it was given. The link proves the
    address and the browser the password: confirming in the browser that registered opens the account as it was asked for.
    Anywhere else (the mail is read on the telephone; or a stranger registered the address) the password that was typed
    proves nothing and is thrown away, and whoever has the link chooses one, as when other shops let an account be
    activated (`reset`). So nobody gets into an account by having registered somebody else's address."""

    traits = AccountTraits(
        offered=("register", "confirm", "forgot", "reset", "update", "change_password", "delete"), hosted=None
    )

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    async def register(
        self, ctx: VisitorContext, /, *, registration: Registration, guest_cart: CartRef | None
    ) -> SignedIn | ConfirmationSent:
        refusals = Refusals(ctx)
        written = refusals.line("email", registration.email, 320, required=True)
        email = email_address(written or "")
        if email is None:
            refusals.add("email", "email")
        first = refusals.line("first_name", registration.first_name, _NAME)
        last = refusals.line("last_name", registration.last_name, _NAME)
        own = (email.key, email.key.partition("@")[0]) if email else ()
        passwords.check(refusals, "password", registration.password, *own)
        refusals.check()
        assert email is not None
        password = await self._passwords.kept(registration.password)
        made = token()
        blob.note(ctx, _REGISTERED, kept(made))  # also where nothing waits: it tells nobody
        of = Registration(
            email=email.text, password="", first_name=first, last_name=last, marketing=registration.marketing
        )

        def write(connection: Connection) -> SignedIn | ConfirmationSent:
            if account := customers.account(connection, email):
                _tell_owner(connection, ctx, account.id, email)
                return ConfirmationSent()
            if connection.database.settings.confirm_accounts:
                _wait(connection, ctx, email, password, of, made)
                return ConfirmationSent()
            return customers.enter(connection, ctx, _opened(connection, ctx, email, password, of, confirmed=False))

        return await self._database.write(write)

    async def confirm(self, ctx: VisitorContext, /, *, token: str) -> SignedIn | SignInRefused:
        mine = hmac.compare_digest(blob.notes(ctx).get(_REGISTERED, ""), kept(token))
        return await self._database.write(lambda c: _confirmed(c, ctx, token, password=None, mine=mine))

    async def forgot(self, ctx: VisitorContext, /, *, email: str) -> None:
        refusals = Refusals(ctx)
        address = email_address(refusals.line("email", email, 320, required=True) or "")
        if address is None:
            refusals.add("email", "email")
        refusals.check()
        assert address is not None
        await self._database.write(lambda c: _send_reset(c, ctx, address))

    async def reset(self, ctx: VisitorContext, /, *, token: str, password: str) -> SignedIn | SignInRefused:
        refusals = Refusals(ctx)
        passwords.check(refusals, "password", password)
        refusals.check()
        hashed = await self._passwords.kept(password)

        def write(connection: Connection) -> SignedIn | SignInRefused:
            row = connection.execute(
                "SELECT customer_id FROM password_reset WHERE token = ? AND expires > ?", (kept(token), stamp())
            ).fetchone()
            if row is None:
                return _confirmed(connection, ctx, token, password=hashed, mine=False)
            return _new_password(connection, ctx, row[0], hashed)

        return await self._database.write(write)

    async def me(self, ctx: VisitorContext, /) -> Customer:
        def read(connection: Connection) -> tuple[Customer, bool]:
            customer = customers.customer(connection, customers.required(connection, ctx))
            return customer, customers.ages(connection, ctx.shopper.token)

        customer, aged = await self._database.run(read)
        if aged:
            await self._database.write(lambda c: customers.stays(c, ctx.shopper.token))
        return customer

    async def update(self, ctx: VisitorContext, /, *, changes: Mapping[str, str]) -> Customer:
        refusals = Refusals(ctx)
        values: dict[str, object] = {}
        for field, value in changes.items():
            if field in ("first_name", "last_name", "phone"):
                values[field] = refusals.line(field, value, _NAME)
                if field == "phone" and not _PHONE.issuperset(value.strip()):
                    refusals.add(field, "phone")
            elif field == "marketing":
                values[field] = _YES_NO.get(value.lower())
                if values[field] is None:
                    refusals.add(field, "choice")
            else:
                refusals.add(field, "unknown")
        refusals.check()

        def write(connection: Connection) -> Customer:
            id = customers.required(connection, ctx)
            customers.stays(connection, ctx.shopper.token)
            for field, value in values.items():
                connection.execute(f"UPDATE customer SET {field} = ? WHERE id = ?", (value, id))  # noqa: S608
            customer = customers.customer(connection, id)
            if (email := email_address(customer.email)) and "marketing" in values:
                messages.subscribe(connection, ctx, email) if values["marketing"] else messages.leave(connection, email)
            return customer

        return await self._database.write(write)

    async def change_password(self, ctx: VisitorContext, /, *, current: str, new: str) -> SignedIn | SignInRefused:
        def asked(connection: Connection) -> tuple[bool, str, customers.Account | None]:
            email = email_address(customers.customer(connection, customers.required(connection, ctx)).email)
            key = customers.try_key(connection, ctx, email.key if email else "")
            return customers.count_try(connection, key), key, customers.account(connection, email)

        signed_in = await self._database.run(lambda c: customers.customer(c, customers.required(c, ctx)))
        refusals = Refusals(ctx)
        passwords.check(refusals, "new", new, signed_in.email, signed_in.email.partition("@")[0])
        refusals.check()
        allowed, key, account = await self._database.write(asked)
        if not allowed:
            return SignInRefused(reason="locked")
        if account is None or not await self._passwords.matches(current, account.password):
            return SignInRefused(reason="credentials")
        hashed = await self._passwords.kept(new)

        def write(connection: Connection) -> SignedIn | SignInRefused:
            found = connection.execute("SELECT password FROM customer WHERE id = ?", (account.id,)).fetchone()
            if customers.required(connection, ctx) != account.id or found != (account.password,):
                raise NotSignedIn
            customers.forget_tries(connection, key)
            return _new_password(connection, ctx, account.id, hashed)

        return await self._database.write(write)

    async def delete(self, ctx: VisitorContext, /) -> None:
        def write(connection: Connection) -> None:
            id = customers.signed_in(connection, ctx.shopper.token)
            if id is None and ctx.shopper.token is None:
                raise NotSignedIn
            if id is not None:  # a second time there is nothing left to delete
                forget(connection, id)

        await self._database.write(write)


def _confirmed(
    connection: Connection, ctx: VisitorContext, token: str, *, password: str | None, mine: bool
) -> SignedIn | SignInRefused:
    """The account of the registration whose link was followed: with its own password where the browser is the one that typed
    it (`mine`), else with the one chosen now; without one it waits on. Of another browser's registration nothing but the
    name is believed: the newsletter asks."""
    row = connection.execute(
        "SELECT email, password, first_name, last_name, marketing FROM registration WHERE token = ? AND expires > ?",
        (kept(token), stamp()),
    ).fetchone()
    email = email_address(row[0]) if row else None
    if email is None or customers.account(connection, email):
        return SignInRefused(reason="expired")
    chosen = row[1] if mine else password
    if chosen is None:
        return SignInRefused(reason="unconfirmed")
    of = Registration(email=email.text, password="", first_name=row[2], last_name=row[3], marketing=bool(row[4]))
    blob.note(ctx, _REGISTERED, None)
    return customers.enter(connection, ctx, _opened(connection, ctx, email, chosen, of, confirmed=mine))


def _opened(
    connection: Connection,
    ctx: VisitorContext,
    email: EmailAddress,
    password: str,
    of: Registration,
    *,
    confirmed: bool,
) -> str:
    """The account, the greeting, and the newsletter where it was wanted and the address is proved."""
    id = customers.create(connection, ctx, email, password, of)
    connection.execute("DELETE FROM registration WHERE email_key = ?", (email.key,))
    customers.forget_tries(connection, kept(email.key))
    _mail(connection, ctx, "welcome", email.key, first_name=of.first_name, link="account")
    if of.marketing:
        messages.subscribe(connection, ctx, email) if confirmed else messages.ask(connection, ctx, email)
    return id


def _wait(
    connection: Connection, ctx: VisitorContext, email: EmailAddress, password: str, of: Registration, made: str
) -> None:
    """Keep a registration until its address is confirmed by the token `made`, and ask for that."""
    connection.execute("DELETE FROM registration WHERE expires <= ?", (stamp(),))
    live = connection.execute("SELECT count(*) FROM registration WHERE email_key = ?", (email.key,)).fetchone()[0]
    if live >= _REGISTRATIONS:
        return
    connection.execute(
        "INSERT INTO registration VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(kept(made), email.text, email.key, password, of.first_name, of.last_name, int(of.marketing)),
            *(stamp(), stamp(days=_CONFIRM_DAYS)),
        ),
    )
    link = f"account/confirm?token={made}"
    _mail(connection, ctx, "confirm", email.key, first_name=of.first_name, link=link)


def _tell_owner(connection: Connection, ctx: VisitorContext, id: str, email: EmailAddress) -> None:
    """Somebody registered a taken address: its owner is told, once an hour at most."""
    told = connection.execute(
        "UPDATE customer SET noticed = ? WHERE id = ? AND (noticed IS NULL OR noticed < ?)",
        (stamp(), id, stamp(hours=-1)),
    )
    if told.rowcount:
        _mail(connection, ctx, "already_registered", email.key, link="account/forgot")


def _send_reset(connection: Connection, ctx: VisitorContext, email: EmailAddress) -> None:
    connection.execute("DELETE FROM password_reset WHERE expires <= ?", (stamp(),))
    account = customers.account(connection, email)
    made = token()
    live, newest = connection.execute(
        "SELECT count(*), max(created) FROM password_reset WHERE customer_id = ?", (account.id if account else "",)
    ).fetchone()
    if account is None or live >= _RESETS or (newest or "") > stamp(minutes=-1):
        return
    connection.execute(
        "INSERT INTO password_reset VALUES (?, ?, ?, ?)", (kept(made), account.id, stamp(), stamp(hours=_RESET_HOURS))
    )
    _mail(connection, ctx, "reset", email.key, link=f"account/reset?token={made}")


def _new_password(connection: Connection, ctx: VisitorContext, id: str, hashed: str) -> SignedIn:
    """Set it; every session, code and link from before ends; the owner is told."""
    connection.execute("UPDATE customer SET password = ? WHERE id = ?", (hashed, id))
    key = connection.execute("SELECT email_key FROM customer WHERE id = ?", (id,)).fetchone()[0]
    customers.end_sessions(connection, id)
    customers.forget_tries(connection, kept(key))
    _mail(connection, ctx, "password_changed", key, link="account/forgot")
    return customers.enter(connection, ctx, id)


def _mail(connection: Connection, ctx: VisitorContext, kind: mail.Kind, to: str, **data: object) -> None:
    mail.queue(connection, kind, to, ctx.public.locale, ctx.public.market.id, due=None, **data)
