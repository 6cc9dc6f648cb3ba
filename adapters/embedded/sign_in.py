"""The SignIn port: by password, or by a code that is mailed.

Unknown address, wrong password and an account that waits for its confirmation do the same work and get the same answer: if
whoever registered an address were told that its confirmation is missing, that would tell them that it had no account.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping

import msgspec

from bff.ports import (
    Cart,
    CartRef,
    CodeSent,
    NotAllowed,
    Redirect,
    SignedIn,
    SignInMethod,
    SignInRefused,
    VisitorContext,
)

from . import blob, carts, customers, mail
from .database import Connection, Database
from .email_address import EmailAddress, email_address, masked
from .moments import kept, stamp, token
from .passwords import Passwords
from .said import Refusals

_CODE_MINUTES, _CODE_TRIES, _CODES = 10, 5, 3
_METHODS = (
    SignInMethod(id="password", kind="password", fields=("email", "password")),
    SignInMethod(id="code", kind="code", fields=("email",)),
)


class EmbeddedSignIn:
    """A guest's cart is left to `carts.adopt`, which tells what changed; who comes without one gets back the cart they last
    worked on."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    async def methods(self, ctx: VisitorContext, /) -> tuple[SignInMethod, ...]:
        return _METHODS

    async def begin(
        self, ctx: VisitorContext, /, *, method: str, data: Mapping[str, str], guest_cart: CartRef | None
    ) -> SignedIn | Redirect | CodeSent | SignInRefused:
        refusals = Refusals(ctx)
        written = refusals.line("email", data.get("email"), 320, required=True)
        email = email_address(written or "")
        if email is None:
            refusals.add("email", "email")
        if method == "password" and not data.get("password"):
            refusals.add("password", "required")
        refusals.check()
        assert email is not None
        if method == "password":
            return await self._by_password(ctx, email, data["password"], guest_cart)
        if method == "code":
            return await self._send_code(ctx, email)
        raise NotAllowed("no such method")

    async def finish(
        self, ctx: VisitorContext, /, *, method: str, params: Mapping[str, str], guest_cart: CartRef | None
    ) -> SignedIn | SignInRefused:
        if method != "code":
            raise NotAllowed("no such method")
        request, code = blob.notes(ctx).get("code"), "".join(params.get("code", "")[:40].split())
        if not request:
            return SignInRefused(reason="expired")
        answer = await self._database.write(lambda c: _by_code(c, ctx, request, code, guest_cart))
        if isinstance(answer, SignedIn) or answer.reason == "expired":
            blob.note(ctx, "code", None)
        return answer

    async def sign_out(self, ctx: VisitorContext, /) -> None:
        gone = kept(ctx.shopper.token or "")
        await self._database.write(lambda c: c.execute("DELETE FROM customer_session WHERE token = ?", (gone,)))

    async def _by_password(
        self, ctx: VisitorContext, email: EmailAddress, password: str, guest_cart: CartRef | None
    ) -> SignedIn | SignInRefused:
        def asked(connection: Connection) -> tuple[bool, str, customers.Account | None]:
            key = customers.try_key(connection, ctx, email.key)
            allowed = customers.count_try(connection, key)
            return allowed, key, customers.account(connection, email)

        allowed, key, account = await self._database.write(asked)
        if not allowed:
            return SignInRefused(reason="locked")
        right = await self._passwords.matches(password, account.password if account else None)
        if account is None or not right:
            return SignInRefused(reason="credentials")
        newer = await self._passwords.kept(password) if self._passwords.outdated(account.password) else None

        def enter(connection: Connection) -> SignedIn | SignInRefused:
            if customers.account(connection, email) != account:  # the password was changed while this one was checked
                return SignInRefused(reason="credentials")
            customers.forget_tries(connection, key)
            if newer:
                connection.execute("UPDATE customer SET password = ? WHERE id = ?", (newer, account.id))
            return _enter(connection, ctx, account.id, guest_cart)

        return await self._database.write(enter)

    async def _send_code(self, ctx: VisitorContext, email: EmailAddress) -> CodeSent:
        """The same for an address nobody has; it only sends nothing."""
        request, code = token(), f"{secrets.randbelow(1_000_000):06}"

        def ask(connection: Connection) -> None:
            account = customers.account(connection, email)
            id = account.id if account else None
            connection.execute("DELETE FROM sign_in_code WHERE expires <= ?", (stamp(),))
            live = connection.execute("SELECT count(*) FROM sign_in_code WHERE customer_id = ?", (id,)).fetchone()[0]
            id = id if live < _CODES else None
            connection.execute(
                "INSERT INTO sign_in_code (token, customer_id, code, created, expires) VALUES (?, ?, ?, ?, ?)",
                (kept(request), id, kept(request + code), stamp(), stamp(minutes=_CODE_MINUTES)),
            )
            if id:
                public = ctx.public
                mail.queue(connection, "code", email.key, public.locale, public.market.id, code=code)

        await self._database.write(ask)
        blob.note(ctx, "code", request)
        return CodeSent(hint=masked(email.text))


def _by_code(
    connection: Connection, ctx: VisitorContext, request: str, code: str, guest_cart: CartRef | None
) -> SignedIn | SignInRefused:
    """The code of the mail, in the browser that asked for it; five tries."""
    row = connection.execute(
        "SELECT customer_id, code, tries, expires FROM sign_in_code WHERE token = ?", (kept(request),)
    ).fetchone()
    if row is None or row[2] >= _CODE_TRIES or row[3] <= stamp():
        return SignInRefused(reason="expired")
    connection.execute("UPDATE sign_in_code SET tries = tries + 1 WHERE token = ?", (kept(request),))
    if not hmac.compare_digest(row[1], kept(request + code)) or row[0] is None:
        return SignInRefused(reason="code")
    connection.execute("DELETE FROM sign_in_code WHERE token = ?", (kept(request),))
    email = connection.execute("SELECT email_key FROM customer WHERE id = ?", (row[0],)).fetchone()[0]
    customers.forget_tries(connection, kept(email))
    return _enter(connection, ctx, row[0], guest_cart)


def _enter(connection: Connection, ctx: VisitorContext, id: str, guest_cart: CartRef | None) -> SignedIn:
    answer = customers.enter(connection, ctx, id)
    kept = carts.adopt(connection, ctx, id, None).cart if guest_cart is None else None
    return msgspec.structs.replace(answer, cart=kept) if isinstance(kept, Cart) else answer
