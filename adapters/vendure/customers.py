"""Customers: signing in, their record. The customer's token is Vendure's session, another one after every sign-in."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from bff.ports import (
    AccountTraits,
    CartRef,
    CodeSent,
    ConfirmationSent,
    Customer,
    InvalidInput,
    Malformed,
    NotAllowed,
    NotSignedIn,
    Redirect,
    Registration,
    SignedIn,
    SignInMethod,
    SignInRefused,
    VisitorContext,
)

from . import customer_documents as documents
from .client import Operation, Reply
from .desk import Desk
from .wire import Wire
from .wire_orders import WireCustomer, WireOrder, WireRefusal

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_METHOD = SignInMethod(id="password", kind="password", fields=("email", "password"))


class _Entered(Wire):
    done: WireRefusal


class _Me(Wire):
    active_customer: WireCustomer | None
    active_order: WireOrder | None = None


class _Update(Wire):
    update_customer: WireCustomer


class Customers:
    """What signing in and the account share."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._login = Operation("login", documents.LOGIN, _Entered)
        self._logout = Operation("logout", documents.LOGOUT, dict[str, msgspec.Raw])
        self._me = Operation("activeCustomer", documents.ME + desk.fragment, _Me)

    def guest(self, ctx: VisitorContext, cart: CartRef | None) -> str | None:
        """The session to sign in with: the guest's, so that Vendure joins its order with the customer's. One made in another
        market is left to `adopt` and `move`."""
        own = self._desk.held(cart) if cart else None
        return own.token or None if own and own.market == ctx.public.market.id else None

    async def enter(
        self, ctx: VisitorContext, email: str, password: str, guest: str | None
    ) -> SignedIn | SignInRefused:
        place = self._desk.place(ctx, None)
        told = await self._desk.ask(ctx, place, self._login, {"email": email, "password": password}, guest)
        return await self.entered(ctx, told)

    async def leave(self, ctx: VisitorContext, token: str) -> None:
        """Vendure ends all sessions of the customer's, on every device. One that is gone already is as good."""
        await self._desk.ask(ctx, self._desk.place(ctx, None), self._logout, None, token)

    async def anew(self, ctx: VisitorContext, email: str, password: str, token: str) -> SignedIn | SignInRefused:
        """After another password was set: Vendure leaves every session open, so all are ended, and one begun."""
        await self.leave(ctx, token)
        return await self.enter(ctx, email, password, None)

    async def entered(self, ctx: VisitorContext, told: Reply[_Entered]) -> SignedIn | SignInRefused:
        """What came of it, and who it is."""
        match told.data.done.error_code:
            case None:
                pass
            case "NOT_VERIFIED_ERROR":
                return SignInRefused(reason="unconfirmed")
            case "INVALID_CREDENTIALS_ERROR":
                return SignInRefused(reason="credentials")
            case "PASSWORD_VALIDATION_ERROR":
                raise InvalidInput({"password": told.data.done.message or "short"})
            case _:
                return SignInRefused(reason="expired")
        if told.token is None:
            raise Malformed("a sign-in without a session")
        return await self.signed_in(ctx, told.token)

    async def signed_in(self, ctx: VisitorContext, token: str) -> SignedIn:
        place = self._desk.place(ctx, None)
        me = (await self._desk.ask(ctx, place, self._me, None, token)).data
        if me.active_customer is None:
            raise NotSignedIn("the new session has no customer")
        order = me.active_order
        cart = self._desk.bags.cart(place, order, "") if order is not None and order.lines else None
        return SignedIn(customer=customer(me.active_customer), token=token, cart=cart)

    async def me(self, ctx: VisitorContext) -> Customer:
        token = required(ctx)
        told = await self._desk.ask(ctx, self._desk.place(ctx, None), self._me, None, token)
        if told.lost or told.data.active_customer is None:
            raise NotSignedIn("the session has lapsed")
        return customer(told.data.active_customer)


def required(ctx: VisitorContext) -> str:
    """The customer's session. Raises `NotSignedIn`."""
    if ctx.shopper.token is None:
        raise NotSignedIn("nobody is signed in")
    return ctx.shopper.token


def customer(one: WireCustomer) -> Customer:
    return Customer(
        id=one.id,
        email=one.email_address,
        first_name=one.first_name or None,
        last_name=one.last_name or None,
        phone=one.phone_number or None,
        since=one.created_at,
    )


class VendureSignIn:
    """See the port. By password only."""

    def __init__(self, customers: Customers) -> None:
        self._customers = customers

    async def methods(self, ctx: VisitorContext, /) -> tuple[SignInMethod, ...]:
        return (_METHOD,)

    async def begin(
        self, ctx: VisitorContext, /, *, method: str, data: Mapping[str, str], guest_cart: CartRef | None
    ) -> SignedIn | Redirect | CodeSent | SignInRefused:
        if method != _METHOD.id:
            raise NotAllowed("no such method")
        email, password = data.get("email", "").strip(), data.get("password", "")
        missing = {name: "required" for name, value in (("email", email), ("password", password)) if not value}
        if missing:
            raise InvalidInput(missing)
        return await self._customers.enter(ctx, email, password, self._customers.guest(ctx, guest_cart))

    async def finish(
        self, ctx: VisitorContext, /, *, method: str, params: Mapping[str, str], guest_cart: CartRef | None
    ) -> SignedIn | SignInRefused:
        raise NotAllowed("nobody is sent away to sign in")

    async def sign_out(self, ctx: VisitorContext, /) -> None:
        if ctx.shopper.token is not None:
            await self._customers.leave(ctx, ctx.shopper.token)


class VendureAccounts:
    """See the port. Vendure deletes no account for a shopper."""

    traits = AccountTraits(offered=("register", "confirm", "forgot", "reset", "update", "change_password"))

    def __init__(self, desk: Desk, customers: Customers) -> None:
        self._desk, self._customers = desk, customers
        self._register = Operation("registerCustomerAccount", documents.REGISTER, _Entered)
        self._verify = Operation("verifyCustomerAccount", documents.VERIFY, _Entered)
        self._forgot = Operation("requestPasswordReset", documents.FORGOT, dict[str, WireRefusal | None])
        self._reset = Operation("resetPassword", documents.RESET, _Entered)
        self._update = Operation("updateCustomer", documents.UPDATE, _Update)
        self._password = Operation("updateCustomerPassword", documents.PASSWORD, _Entered)

    async def register(
        self, ctx: VisitorContext, /, *, registration: Registration, guest_cart: CartRef | None
    ) -> SignedIn | ConfirmationSent:
        """Vendure says nothing of an address that is taken. Where accounts need no confirmation the new one is entered at
        once; everything else is a mail on its way. It takes any text for an address."""
        wrong = {} if EMAIL.fullmatch(registration.email) else {"email": "email"}
        if wrong or not registration.password:
            raise InvalidInput(wrong or {"password": "required"})
        asked = {
            "input": {
                "emailAddress": registration.email,
                "password": registration.password,
                "firstName": registration.first_name or "",
                "lastName": registration.last_name or "",
            }
        }
        place = self._desk.place(ctx, None)
        told = (await self._desk.ask(ctx, place, self._register, asked)).data.done
        if told.error_code:
            raise InvalidInput({"password": told.validation_error_message or told.message or "short"}, told.error_code)
        guest = self._customers.guest(ctx, guest_cart)
        entered = await self._customers.enter(ctx, registration.email, registration.password, guest)
        return entered if isinstance(entered, SignedIn) else ConfirmationSent()

    async def confirm(self, ctx: VisitorContext, /, *, token: str) -> SignedIn | SignInRefused:
        told = await self._desk.ask(ctx, self._desk.place(ctx, None), self._verify, {"token": token})
        return await self._customers.entered(ctx, told)

    async def forgot(self, ctx: VisitorContext, /, *, email: str) -> None:
        await self._desk.ask(ctx, self._desk.place(ctx, None), self._forgot, {"email": email.strip()})

    async def reset(self, ctx: VisitorContext, /, *, token: str, password: str) -> SignedIn | SignInRefused:
        asked = {"token": token, "password": password}
        told = await self._desk.ask(ctx, self._desk.place(ctx, None), self._reset, asked)
        email = told.data.done.identifier
        if email is None or told.token is None:
            return await self._customers.entered(ctx, told)
        return await self._customers.anew(ctx, email, password, told.token)

    async def me(self, ctx: VisitorContext, /) -> Customer:
        return await self._customers.me(ctx)

    async def update(self, ctx: VisitorContext, /, *, changes: Mapping[str, str]) -> Customer:
        """Vendure knows no consent to marketing: `marketing` changes nothing."""
        token = required(ctx)
        names = {"first_name": "firstName", "last_name": "lastName", "phone": "phoneNumber"}
        strangers = {field: "unknown" for field in changes if field not in (*names, "marketing")}
        if strangers:
            raise InvalidInput(strangers)
        asked = {names[field]: value.strip() for field, value in changes.items() if field in names}
        if not asked:
            return await self.me(ctx)
        told = await self._desk.ask(ctx, self._desk.place(ctx, None), self._update, {"input": asked}, token)
        return customer(told.data.update_customer)

    async def change_password(self, ctx: VisitorContext, /, *, current: str, new: str) -> SignedIn | SignInRefused:
        token = required(ctx)
        asked = {"current": current, "new": new}
        told = (await self._desk.ask(ctx, self._desk.place(ctx, None), self._password, asked, token)).data.done
        match told.error_code:
            case None:
                email = (await self.me(ctx)).email
                return await self._customers.anew(ctx, email, new, token)
            case "INVALID_CREDENTIALS_ERROR":
                return SignInRefused(reason="credentials")
            case "PASSWORD_VALIDATION_ERROR":
                raise InvalidInput({"new": told.validation_error_message or "short"})
            case code:
                raise NotAllowed(code)

    async def delete(self, ctx: VisitorContext, /) -> None:
        raise NotAllowed("accounts are not deleted here")
