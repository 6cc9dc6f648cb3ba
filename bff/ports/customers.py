"""Signing in, the account, its addresses."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Literal, Protocol

import msgspec

from .carts import Cart, CartRef
from .catalog import Extensions
from .checkout import Address
from .context import VisitorContext
from .declarations import visitor_read, write


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in."""

    id: str
    email: str
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    since: datetime.datetime | None = None
    marketing: bool | None = None
    extensions: Extensions = {}


class SignInMethod(msgspec.Struct, frozen=True, kw_only=True):
    """A way in. `fields` are the form's field names (`email`, `password`, `code`)."""

    id: str
    kind: Literal["password", "redirect", "code"]
    name: str | None = None
    fields: tuple[str, ...] = ()


class SignedIn(msgspec.Struct, frozen=True, kw_only=True, tag="signed_in"):
    """Success. `token` is the customer's, opaque; `cart` is set where signing in merged the guest's."""

    customer: Customer
    token: str
    cart: Cart | None = None

    def __repr__(self) -> str:
        return "SignedIn(…)"


class Redirect(msgspec.Struct, frozen=True, kw_only=True, tag="redirect"):
    """Go to the identity provider; `state` comes back and is checked."""

    url: str
    state: str


class CodeSent(msgspec.Struct, frozen=True, kw_only=True, tag="code_sent"):
    """A code is on its way; `hint` says where to, masked."""

    hint: str | None = None


class SignInRefused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """No entry. Wrong password and unknown account are the same `reason`."""

    reason: Literal["credentials", "unconfirmed", "locked", "code", "expired"]


class ConfirmationSent(msgspec.Struct, frozen=True, kw_only=True, tag="confirmation_sent"):
    """The account waits for its address to be confirmed. Also said where the address is taken."""


class SignIn(Protocol):
    """Entering and leaving. The guest's cart is an argument because several backends merge it right here."""

    @visitor_read()
    async def methods(self, ctx: VisitorContext, /) -> tuple[SignInMethod, ...]:
        """The ways in."""

    @write()
    async def begin(
        self, ctx: VisitorContext, /, *, method: str, data: Mapping[str, str], guest_cart: CartRef | None
    ) -> SignedIn | Redirect | CodeSent | SignInRefused:
        """Try a way in with what the shopper gave."""

    @write()
    async def finish(
        self, ctx: VisitorContext, /, *, method: str, params: Mapping[str, str], guest_cart: CartRef | None
    ) -> SignedIn | SignInRefused:
        """Complete a redirect or a code."""

    @write(idempotent=True)
    async def sign_out(self, ctx: VisitorContext, /) -> None:
        """Revoke the customer's token at the backend."""


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """What a new account is made of. Its text form shows nothing, because it holds a password."""

    email: str
    password: str
    first_name: str | None = None
    last_name: str | None = None
    marketing: bool = False

    def __repr__(self) -> str:
        return "Registration(…)"


AccountAction = Literal["register", "confirm", "forgot", "reset", "update", "change_password", "delete"]


class AccountTraits(msgspec.Struct, frozen=True, kw_only=True):
    """`offered`: what can be done here; the others raise `NotAllowed`. `hosted`: where the customer does them instead
    (the vendor's own account pages), or None."""

    offered: tuple[AccountAction, ...]
    hosted: str | None = None


class Accounts(Protocol):
    """The customer's own record."""

    @property
    def traits(self) -> AccountTraits: ...

    @write()
    async def register(
        self, ctx: VisitorContext, /, *, registration: Registration, guest_cart: CartRef | None
    ) -> SignedIn | ConfirmationSent:
        """Open an account. Raises `InvalidInput`; a taken address is not told."""

    @write(idempotent=True)
    async def confirm(self, ctx: VisitorContext, /, *, token: str) -> SignedIn | SignInRefused:
        """Confirm the address. Refused as `unconfirmed`: the token is right, but whoever brings it has not proved to have
        chosen the password; `reset` with this token and a new one opens the account. Otherwise the password is lost on
        whoever registered another's address."""

    @write(idempotent=True)
    async def forgot(self, ctx: VisitorContext, /, *, email: str) -> None:
        """Send a way to set a new password, if there is such an account; the answer does not tell."""

    @write()
    async def reset(self, ctx: VisitorContext, /, *, token: str, password: str) -> SignedIn | SignInRefused:
        """Set a new password with the token that was sent, be it for this or, where that is refused as `unconfirmed`, for
        confirming."""

    @visitor_read()
    async def me(self, ctx: VisitorContext, /) -> Customer:
        """The signed-in customer. Raises `NotSignedIn`."""

    @write(idempotent=True)
    async def update(self, ctx: VisitorContext, /, *, changes: Mapping[str, str]) -> Customer:
        """Change names, phone, marketing. Raises `InvalidInput`, `NotSignedIn`."""

    @write()
    async def change_password(self, ctx: VisitorContext, /, *, current: str, new: str) -> SignedIn | SignInRefused:
        """Set another password; other sessions end."""

    @write(idempotent=True)
    async def delete(self, ctx: VisitorContext, /) -> None:
        """Delete the account."""


class AddressBook(Protocol):
    """The customer's saved addresses."""

    @visitor_read()
    async def list(self, ctx: VisitorContext, /) -> tuple[Address, ...]:
        """Saved addresses, the default one first."""

    @write(idempotent=True)
    async def save(self, ctx: VisitorContext, /, *, address: Address, default: bool = False) -> Address:
        """Create (no id) or change one. Raises `InvalidInput`, `NotFound`."""

    @write(idempotent=True)
    async def remove(self, ctx: VisitorContext, /, *, id: str) -> None:
        """Remove one. Raises `NotFound` where it is not theirs."""
