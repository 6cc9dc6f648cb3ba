"""Customers: signing in by password, the account, its addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from bff.ports import (
    AccountTraits,
    Address,
    Cart,
    CartRef,
    ConfirmationSent,
    Conflict,
    Customer,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Registration,
    SignedIn,
    SignInMethod,
    SignInRefused,
    VisitorContext,
)

from . import wire
from . import wire_trade as trade
from .carts import MedusaCarts
from .places import checked, read, written
from .shop import Shop
from .transport import Refusal, fields, part

_LOGIN = "/auth/customer/emailpass"
_FIELDS = fields("id", "email", "first_name", "last_name", "phone", "created_at")
_NAMES = ("first_name", "last_name", "phone")


def _token(ctx: VisitorContext) -> str:
    if ctx.shopper.token is None:
        raise NotSignedIn("no token")
    return ctx.shopper.token


def _customer(found: wire.Customer) -> Customer:
    return Customer(
        id=found.id,
        email=found.email,
        first_name=found.first_name or None,
        last_name=found.last_name or None,
        phone=found.phone or None,
        since=found.created_at,
    )


class MedusaSignIn:
    """Sign-in by password. The token is a JWT that Medusa cannot revoke; it lapses by itself."""

    def __init__(self, shop: Shop, carts: MedusaCarts) -> None:
        self._shop, self._carts = shop, carts

    async def methods(self, ctx: VisitorContext, /) -> tuple[SignInMethod, ...]:
        return (SignInMethod(id="emailpass", kind="password", fields=("email", "password")),)

    async def begin(
        self, ctx: VisitorContext, /, *, method: str, data: Mapping[str, str], guest_cart: CartRef | None
    ) -> SignedIn | SignInRefused:
        token = await self.token(ctx, data.get("email", ""), data.get("password", ""))
        if token is None:
            return SignInRefused(reason="credentials")
        try:
            return await self.entered(ctx, token, guest_cart)
        except NotSignedIn:
            # The password is right, but it is not (or no longer) a customer's: an identity may be an administrator's too.
            return SignInRefused(reason="credentials")

    async def token(self, ctx: VisitorContext, email: str, password: str) -> str | None:
        """A token for the password, None where it is wrong."""
        body = {"email": email.strip().lower(), "password": password}
        try:
            return (await self._shop.api.post(ctx.public, _LOGIN, wire.Token, body)).token
        except (NotSignedIn, Refusal):
            return None

    async def entered(self, ctx: VisitorContext, token: str, guest_cart: CartRef | None) -> SignedIn:
        """Who the token is for, with the guest's cart as theirs. Raises `NotSignedIn`."""
        path = "/store/customers/me"
        found = await self._shop.api.get(ctx.public, path, wire.CustomerAnswer, query=[_FIELDS], token=token)
        cart: Cart | None = None
        if guest_cart is not None:
            signed_in = _with_token(ctx, token)
            result = await self._carts.adopt(signed_in, cart=guest_cart)
            cart = result.cart if isinstance(result.cart, Cart) else None
        return SignedIn(customer=_customer(found.customer), token=token, cart=cart)

    async def finish(
        self, ctx: VisitorContext, /, *, method: str, params: Mapping[str, str], guest_cart: CartRef | None
    ) -> SignedIn | SignInRefused:
        """Nothing begins here that could be finished."""
        return SignInRefused(reason="expired")

    async def sign_out(self, ctx: VisitorContext, /) -> None:
        """Medusa knows no revocation of a JWT; the head forgets it."""


def _with_token(ctx: VisitorContext, token: str) -> VisitorContext:
    return msgspec.structs.replace(ctx, shopper=msgspec.structs.replace(ctx.shopper, token=token))


class MedusaAccounts:
    """Registering and the customer's own record. Passwords are reset by mail the shop's own code would have to send, and
    Medusa deletes no accounts for shoppers: both are not offered."""

    traits = AccountTraits(offered=("register", "update"))

    def __init__(self, shop: Shop, sign_in: MedusaSignIn) -> None:
        self._shop, self._sign_in = shop, sign_in

    async def register(
        self, ctx: VisitorContext, /, *, registration: Registration, guest_cart: CartRef | None
    ) -> SignedIn | ConfirmationSent:
        """Two calls to Medusa: an identity, then a customer with its token. If the second was lost, registering again with
        the same password does it. A taken address answers as if a confirmation were sent; Medusa sends none."""
        email = registration.email.strip().lower()
        wrong = {} if "@" in email else {"email": "invalid"}
        if not registration.password:
            wrong |= {"password": "required"}
        if wrong:
            raise InvalidInput(wrong)
        body = {"email": email, "password": registration.password}
        try:
            token = (await self._shop.api.post(ctx.public, f"{_LOGIN}/register", wire.Token, body)).token
        except (NotSignedIn, Refusal, Conflict):
            known = await self._sign_in.token(ctx, email, registration.password)
            if known is None:
                return ConfirmationSent()
            token = known
        person = {"email": email, "first_name": registration.first_name, "last_name": registration.last_name}
        with suppress(Refusal, NotSignedIn, Conflict):  # Is the customer there already, what follows says whose it is.
            await self._shop.api.post(ctx.public, "/store/customers", wire.CustomerAnswer, person, token=token)
        # The first token names no customer.
        signed_in = await self._sign_in.token(ctx, email, registration.password)
        if signed_in is None:
            return ConfirmationSent()
        return await self._sign_in.entered(ctx, signed_in, guest_cart)

    async def me(self, ctx: VisitorContext, /) -> Customer:
        path, token = "/store/customers/me", _token(ctx)
        found = await self._shop.api.get(ctx.public, path, wire.CustomerAnswer, query=[_FIELDS], token=token)
        return _customer(found.customer)

    async def update(self, ctx: VisitorContext, /, *, changes: Mapping[str, str]) -> Customer:
        path, token = "/store/customers/me", _token(ctx)
        body = {name: value.strip() for name, value in changes.items() if name in _NAMES}
        if not body:
            return await self.me(ctx)
        found = await self._shop.api.post(ctx.public, path, wire.CustomerAnswer, body, query=[_FIELDS], token=token)
        return _customer(found.customer)

    async def confirm(self, ctx: VisitorContext, /, *, token: str) -> SignedIn | SignInRefused:
        raise NotAllowed("confirm")

    async def forgot(self, ctx: VisitorContext, /, *, email: str) -> None:
        raise NotAllowed("forgot")

    async def reset(self, ctx: VisitorContext, /, *, token: str, password: str) -> SignedIn | SignInRefused:
        raise NotAllowed("reset")

    async def change_password(self, ctx: VisitorContext, /, *, current: str, new: str) -> SignedIn | SignInRefused:
        raise NotAllowed("change_password")

    async def delete(self, ctx: VisitorContext, /) -> None:
        raise NotAllowed("delete")


class MedusaAddressBook:
    """The customer's saved addresses."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    async def list(self, ctx: VisitorContext, /) -> tuple[Address, ...]:
        return tuple(address for one in await self._read(ctx) if (address := _saved(one)))

    async def _read(self, ctx: VisitorContext) -> Sequence[trade.Address]:
        """The default one first, then the newest."""
        query = [("limit", "100"), ("order", "-created_at")]
        path, token = "/store/customers/me/addresses", _token(ctx)
        found = await self._shop.api.get(ctx.public, path, trade.Addresses, query=query, token=token)
        return sorted(found.addresses, key=lambda one: not one.is_default_shipping)

    async def save(self, ctx: VisitorContext, /, *, address: Address, default: bool = False) -> Address:
        checked(address)
        body: dict[str, Any] = written(address)
        if default:
            body |= {"is_default_shipping": True, "is_default_billing": True}
        path, token = "/store/customers/me/addresses", _token(ctx)
        known = {one.id for one in await self._read(ctx)}
        if address.id is not None:
            if address.id not in known:
                raise NotFound("address")
            path = f"{path}/{part(address.id)}"
        try:
            await self._shop.api.post(ctx.public, path, wire.CustomerAnswer, body, query=[_FIELDS], token=token)
        except Refusal as error:
            raise InvalidInput({"country": "invalid"} if "ountry" in error.message else {}, error.detail) from None
        # The answer is the customer; the address is the one that is new, or the one that was changed.
        for one in await self._read(ctx):
            found = _saved(one)
            if found and (one.id == address.id if address.id else one.id not in known):
                return found
        raise NotFound("address")

    async def remove(self, ctx: VisitorContext, /, *, id: str) -> None:
        path, token = f"/store/customers/me/addresses/{part(id)}", _token(ctx)
        if id not in {one.id for one in await self._read(ctx)}:
            raise NotFound("address")
        await self._shop.api.delete(ctx.public, path, wire.Deleted, token=token)


def _saved(one: trade.Address) -> Address | None:
    """An address as it was saved; one without a country cannot be shown."""
    found = read(one)
    return found if found and found.id else None
