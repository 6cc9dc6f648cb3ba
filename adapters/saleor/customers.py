"""Customers: signing in by password, the account, its addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bff.ports import (
    AccountAction,
    AccountTraits,
    Cart,
    CartRef,
    ConfirmationSent,
    Customer,
    InvalidInput,
    NotAllowed,
    NotSignedIn,
    Registration,
    SignedIn,
    SignInMethod,
    SignInRefused,
    Throttled,
    VisitorContext,
)

from . import customer_documents as documents
from .carts import SaleorCarts
from .client import Operation
from .desk import Desk, Done, signed_in
from .settings import Settings
from .wire import Wire
from .wire_checkout import WireError, WireUser

_NAMES = {"first_name": "firstName", "last_name": "lastName"}
_LOCKED = ("LOGIN_ATTEMPT_DELAYED", "INACTIVE", "DISABLED_AUTHENTICATION_METHOD", "UNKNOWN_IP_ADDRESS")
_PASSWORD = ("PASSWORD_TOO_SHORT", "PASSWORD_TOO_COMMON", "PASSWORD_TOO_SIMILAR", "PASSWORD_ENTIRELY_NUMERIC")


class _Entered(Wire):
    token: str | None = None
    refresh_token: str | None = None
    user: WireUser | None = None
    errors: tuple[WireError, ...] = ()


class _Registered(Wire):
    requires_confirmation: bool | None = None
    errors: tuple[WireError, ...] = ()


class _Changed(Wire):
    user: WireUser | None = None
    errors: tuple[WireError, ...] = ()


class _Me(Wire):
    me: WireUser | None = None


_LOGIN = Operation("tokenCreate", documents.LOGIN, Done[_Entered])
_LOGOUT = Operation("tokensDeactivateAll", documents.LOGOUT, Done[_Changed])
_REGISTER = Operation("accountRegister", documents.REGISTER, Done[_Registered])
_FORGOT = Operation("requestPasswordReset", documents.FORGOT, Done[_Changed])
_RESET = Operation("setPassword", documents.RESET, Done[_Entered])
_PASSWORD_CHANGE = Operation("passwordChange", documents.PASSWORD, Done[_Changed])
_ME = Operation("me", documents.ME, _Me)
_UPDATE = Operation("accountUpdate", documents.UPDATE, Done[_Changed])


class Customers:
    """What signing in and the account share."""

    def __init__(self, desk: Desk, carts: SaleorCarts) -> None:
        self.desk, self._carts = desk, carts

    async def enter(
        self, ctx: VisitorContext, email: str, password: str, guest_cart: CartRef | None
    ) -> SignedIn | SignInRefused:
        """Raises `Throttled` where Saleor wants the next attempt later: it counts them by account and by address."""
        asked = {"email": email.strip(), "password": password}
        if not asked["email"] or not password or "\0" in email + password:
            return SignInRefused(reason="credentials")
        told = await self.desk.client.ask(ctx.public, self.desk.place(ctx), _LOGIN, asked)
        return await self.entered(ctx, told.done, guest_cart)

    async def entered(
        self, ctx: VisitorContext, told: _Entered | None, guest_cart: CartRef | None
    ) -> SignedIn | SignInRefused:
        """A customer with the tokens Saleor gave, and the guest's cart theirs."""
        if told is None or not told.token or not told.refresh_token or told.user is None:
            return _refusal(told.errors if told else ())
        self.desk.sessions.keep(ctx, told.refresh_token, told.token)
        within = signed_in(ctx, told.refresh_token)
        result = await (self._carts.adopt(within, cart=guest_cart) if guest_cart else self._carts.own(within))
        cart = result.cart if isinstance(result.cart, Cart) else None
        return SignedIn(customer=customer(told.user), token=told.refresh_token, cart=cart)

    async def me(self, ctx: VisitorContext) -> Customer:
        """Raises `NotSignedIn`: to a token that is worth nothing, Saleor answers `me: null`."""
        token = await self.desk.sessions.access(ctx)
        found = (await self.desk.client.ask(ctx.public, self.desk.place(ctx), _ME, token=token)).me
        if found is None:
            raise NotSignedIn("me")
        return customer(found)


def customer(one: WireUser) -> Customer:
    return Customer(
        id=one.id,
        email=one.email,
        first_name=one.first_name or None,
        last_name=one.last_name or None,
        since=one.date_joined,
    )


def _refusal(errors: Sequence[WireError]) -> SignInRefused:
    codes = {error.code for error in errors}
    if "LOGIN_ATTEMPT_DELAYED" in codes:
        raise Throttled("sign-in")
    if "ACCOUNT_NOT_CONFIRMED" in codes:
        return SignInRefused(reason="unconfirmed")
    return SignInRefused(reason="locked" if codes & set(_LOCKED) else "credentials")


class SaleorSignIn:
    """Sign-in by password. Saleor ends all of a customer's sessions at once, so signing out does."""

    def __init__(self, desk: Desk, customers: Customers) -> None:
        self._desk, self._customers = desk, customers

    async def methods(self, ctx: VisitorContext, /) -> tuple[SignInMethod, ...]:
        return (SignInMethod(id="password", kind="password", fields=("email", "password")),)

    async def begin(
        self, ctx: VisitorContext, /, *, method: str, data: Mapping[str, str], guest_cart: CartRef | None
    ) -> SignedIn | SignInRefused:
        if method != "password":
            return SignInRefused(reason="credentials")
        return await self._customers.enter(ctx, data.get("email", ""), data.get("password", ""), guest_cart)

    async def finish(
        self, ctx: VisitorContext, /, *, method: str, params: Mapping[str, str], guest_cart: CartRef | None
    ) -> SignedIn | SignInRefused:
        """Nothing begins here that could be finished."""
        return SignInRefused(reason="expired")

    async def sign_out(self, ctx: VisitorContext, /) -> None:
        token = await self._desk.sessions.known(ctx)
        self._desk.sessions.forget(ctx)
        if token is None:
            return
        try:
            await self._desk.client.ask(ctx.public, self._desk.place(ctx), _LOGOUT, token=token)
        except NotSignedIn:
            return


class SaleorAccounts:
    """The customer's own record. Saleor confirms an address without signing anybody in, and with another token than a new
    password's: so confirming is not offered, and choosing a new password, which confirms too, is. Deleting goes by mail."""

    def __init__(self, desk: Desk, customers: Customers, settings: Settings) -> None:
        self._desk, self._customers, self._page = desk, customers, settings.account_url
        mailed: tuple[AccountAction, ...] = ("forgot", "reset") if settings.account_url else ()
        self.traits = AccountTraits(offered=("register", *mailed, "update", "change_password"))

    async def register(
        self, ctx: VisitorContext, /, *, registration: Registration, guest_cart: CartRef | None
    ) -> SignedIn | ConfirmationSent:
        place = self._desk.place(ctx)
        email = registration.email.strip()
        wrong = {} if "@" in email[1:-1] else {"email": "invalid"}
        if not registration.password:
            wrong["password"] = "required"  # noqa: S105 - a message's key
        if wrong:
            raise InvalidInput(wrong)
        asked = {
            "email": email, "password": registration.password, "channel": place.channel,
            "firstName": registration.first_name or "", "lastName": registration.last_name or "",
            "languageCode": place.language, "redirectUrl": self._page or None,
        }  # fmt: skip
        done = (await self._desk.client.ask(ctx.public, place, _REGISTER, {"input": asked})).done
        if done is None or any(error.code == "UNIQUE" for error in done.errors):
            return ConfirmationSent()
        if done.errors:
            raise _invalid(done.errors)
        if done.requires_confirmation:
            return ConfirmationSent()
        entered = await self._customers.enter(ctx, email, registration.password, guest_cart)
        return entered if isinstance(entered, SignedIn) else ConfirmationSent()

    async def confirm(self, ctx: VisitorContext, /, *, token: str) -> SignedIn | SignInRefused:
        raise NotAllowed("confirm")

    async def forgot(self, ctx: VisitorContext, /, *, email: str) -> None:
        if not self._page:
            raise NotAllowed("forgot")
        place = self._desk.place(ctx)
        if "@" not in email:
            return
        asked = {"email": email.strip(), "channel": place.channel, "page": self._page}
        await self._desk.client.ask(ctx.public, place, _FORGOT, asked)

    async def reset(self, ctx: VisitorContext, /, *, token: str, password: str) -> SignedIn | SignInRefused:
        """`token` is `ADDRESS:TOKEN`: Saleor wants both back."""
        if not self._page:
            raise NotAllowed("reset")
        email, colon, own = token.rpartition(":")
        if not colon or "@" not in email or not own:
            return SignInRefused(reason="expired")
        asked = {"email": email, "token": own, "password": password}
        done = (await self._desk.client.ask(ctx.public, self._desk.place(ctx), _RESET, asked)).done
        if done and any(error.code in _PASSWORD or error.field == "password" for error in done.errors):
            raise _invalid(done.errors)
        if done is None or done.errors:
            return SignInRefused(reason="expired")
        return await self._customers.entered(ctx, done, None)

    async def me(self, ctx: VisitorContext, /) -> Customer:
        return await self._customers.me(ctx)

    async def update(self, ctx: VisitorContext, /, *, changes: Mapping[str, str]) -> Customer:
        """Names. Saleor keeps no phone and no consent to marketing with an account."""
        asked = {_NAMES[name]: value.strip() for name, value in changes.items() if name in _NAMES}
        token = await self._desk.sessions.access(ctx)
        if not asked:
            return await self._customers.me(ctx)
        place = self._desk.place(ctx)
        done = (await self._desk.client.ask(ctx.public, place, _UPDATE, {"input": asked}, token=token)).done
        if done is None or done.errors or done.user is None:
            raise _invalid(done.errors if done else ())
        return customer(done.user)

    async def change_password(self, ctx: VisitorContext, /, *, current: str, new: str) -> SignedIn | SignInRefused:
        token = await self._desk.sessions.access(ctx)
        email = (await self._customers.me(ctx)).email
        asked = {"old": current, "new": new}
        done = (
            await self._desk.client.ask(ctx.public, self._desk.place(ctx), _PASSWORD_CHANGE, asked, token=token)
        ).done
        errors = done.errors if done else ()
        if any(error.code in ("INVALID_CREDENTIALS", "INVALID_PASSWORD") for error in errors):
            return SignInRefused(reason="credentials")
        if errors:
            raise _invalid(errors)
        # Saleor ends all tokens with the password.
        return await self._customers.enter(ctx, email, new, None)

    async def delete(self, ctx: VisitorContext, /) -> None:
        raise NotAllowed("delete")


def _invalid(errors: Sequence[WireError]) -> InvalidInput:
    names = {"newPassword": "password", "firstName": "first_name", "lastName": "last_name"}
    fields = {
        names.get(error.field or "", error.field or "account"): "password_weak"
        if error.code in _PASSWORD
        else "invalid"
        for error in errors
    }
    return InvalidInput(fields, ", ".join(error.code for error in errors))
