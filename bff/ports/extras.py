"""Small optional ports, one ability each."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal, Protocol

import msgspec

from .catalog import Availability, Card, Rating
from .context import PublicContext, VisitorContext
from .declarations import public_read, visitor_read, write
from .keys import ProductKey, VariantKey
from .media import Image
from .money import Money, Price

# ---------------------------------------------------------------- delivery


class DeliveryOption(msgspec.Struct, frozen=True, kw_only=True):
    """A way to receive it. `cost` None: not known yet. `free_from`: order value from which it costs nothing."""

    id: str
    name: str
    kind: Literal["delivery", "pickup", "digital"] = "delivery"
    cost: Money | None = None
    free_from: Money | None = None
    earliest: datetime.date | None = None
    latest: datetime.date | None = None


class Delivery(Protocol):
    """What delivery would cost and when it would come."""

    @public_read(fresh=300, stale=3_600, personal=("postcode",))
    async def estimate(
        self,
        ctx: PublicContext,
        /,
        *,
        lines: Sequence[tuple[VariantKey, Decimal]],
        country: str,
        postcode: str | None = None,
        worth: Money | None = None,
    ) -> tuple[DeliveryOption, ...]:
        """The options for these pieces, cheapest first; empty where nothing goes there. `worth` is what they count for
        towards free delivery (a cart's discounts taken off); without it, their prices."""


# ---------------------------------------------------------------- reviews


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """`language` is the one it is written in; `verified`: the backend knows of the purchase."""

    id: str
    rating: int
    body: str
    title: str | None = None
    author: str | None = None
    date: datetime.date | None = None
    language: str | None = None
    verified: bool | None = None


class ReviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of reviews. `summary` is of all of them, whatever is filtered; None where there are none."""

    summary: Rating | None
    items: tuple[Review, ...]
    total: int | None = None
    next: str | None = None


ReviewOrder = Literal["newest", "highest", "lowest"]


class ReviewDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A review as it is sent in; `rating` is one to five stars."""

    rating: int
    title: str
    body: str
    author: str
    email: str | None = None


class ReviewTraits(msgspec.Struct, frozen=True, kw_only=True):
    """`write`: reviews can be sent in; without it `Reviews.write` raises `NotAllowed`."""

    write: bool


class Reviews(Protocol):
    """What buyers say."""

    @property
    def traits(self) -> ReviewTraits: ...

    @public_read(fresh=300)
    async def list(
        self,
        ctx: PublicContext,
        /,
        *,
        key: ProductKey,
        order: ReviewOrder = "newest",
        stars: int | None = None,
        cursor: str | None = None,
        limit: int = 10,
    ) -> ReviewPage:
        """Reviews of a product, those in the context's language first; `stars` keeps one rating. The summary is of all."""

    @write()
    async def write(self, ctx: VisitorContext, /, *, key: ProductKey, draft: ReviewDraft) -> Review | None:
        """Send one in; None where it waits for moderation. Raises `InvalidInput`, `NotSignedIn`."""


# ---------------------------------------------------------------- recommendations


class Recommendations(Protocol):
    """Products that go with others."""

    @public_read(fresh=120, volatile=True)
    async def related(
        self,
        ctx: PublicContext,
        /,
        *,
        keys: Sequence[ProductKey],
        intent: Literal["related", "complementary"] = "related",
        limit: int = 8,
    ) -> tuple[Card, ...]:
        """Products beside these (never these themselves), best first."""


# ---------------------------------------------------------------- wishlists


class WishlistItem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing on a list. `quantity` is how many the shopper means."""

    sku: str
    quantity: Decimal = Decimal(1)
    added: datetime.datetime | None = None
    note: str | None = None


class Wishlist(msgspec.Struct, frozen=True, kw_only=True):
    """A list of SKUs. `share` is the part of a public address, None while private."""

    id: str
    name: str
    items: tuple[WishlistItem, ...]
    share: str | None = None


class WishlistTraits(msgspec.Struct, frozen=True, kw_only=True):
    """`public`: lists can be shared; without it `change(public=…)` and `shared` raise `NotAllowed`."""

    public: bool


class Wishlists(Protocol):
    """Things to remember, by SKU, so that lists outlive a backend."""

    @property
    def traits(self) -> WishlistTraits: ...

    @visitor_read()
    async def list(self, ctx: VisitorContext, /) -> tuple[Wishlist, ...]:
        """The shopper's lists."""

    @public_read(fresh=60, personal=("share",))
    async def shared(self, ctx: PublicContext, /, *, share: str) -> Wishlist:
        """A list that was made public. Raises `NotFound`."""

    @write()
    async def create(self, ctx: VisitorContext, /, *, name: str) -> Wishlist:
        """A new list. Raises `InvalidInput`."""

    @write(idempotent=True)
    async def change(
        self, ctx: VisitorContext, /, *, id: str, name: str | None = None, public: bool | None = None
    ) -> Wishlist:
        """Rename, publish, hide. Raises `NotFound` where it is not theirs."""

    @write(idempotent=True)
    async def delete(self, ctx: VisitorContext, /, *, id: str) -> None:
        """Delete a list."""

    @write(idempotent=True)
    async def put(self, ctx: VisitorContext, /, *, id: str, sku: str, quantity: Decimal | None = None) -> Wishlist:
        """Add a SKU, one of it where no `quantity` is said; a second time changes nothing but the quantity said."""

    @write(idempotent=True)
    async def take(self, ctx: VisitorContext, /, *, id: str, sku: str) -> Wishlist:
        """Remove a SKU."""

    @write(idempotent=True)
    async def join(self, ctx: VisitorContext, /) -> tuple[Wishlist, ...]:
        """Give the guest's lists to the customer who has just signed in."""


# ---------------------------------------------------------------- shops one can visit


class OpeningHours(msgspec.Struct, frozen=True, kw_only=True):
    """`weekday` 0 is Monday; times are `HH:MM` local; closed days are left out, a day with a break stands twice."""

    weekday: int
    opens: str
    closes: str


class Store(msgspec.Struct, frozen=True, kw_only=True):
    """A shop one can visit. `lines` are the street address; `distance_km` is from the place asked for."""

    id: str
    name: str
    lines: tuple[str, ...]
    city: str
    country: str
    postcode: str | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    phone: str | None = None
    email: str | None = None
    note: str | None = None
    hours: tuple[OpeningHours, ...] = ()
    services: tuple[str, ...] = ()
    distance_km: Decimal | None = None
    image: Image | None = None


class StoreLocator(Protocol):
    """Shops one can visit."""

    @public_read(fresh=3600, personal=("near", "point"))
    async def find(
        self,
        ctx: PublicContext,
        /,
        *,
        near: str | None = None,
        point: tuple[Decimal, Decimal] | None = None,
        country: str | None = None,
        limit: int = 20,
    ) -> tuple[Store, ...]:
        """Shops, nearest first where `near` (a town or postcode) or `point` is understood; else all, by name."""

    @public_read(fresh=30, stale=3_600, volatile=True, each="stores")
    async def availability(
        self, ctx: PublicContext, /, *, key: VariantKey, stores: Sequence[str]
    ) -> tuple[Availability | None, ...]:
        """Stock of a variant in each shop, None where unknown."""


# ---------------------------------------------------------------- notices, messages, prices


class StockNotices(Protocol):
    """Tell me when it is back."""

    @write(idempotent=True)
    async def subscribe(self, ctx: VisitorContext, /, *, sku: str, email: str) -> None:
        """Ask once per SKU and address. Raises `InvalidInput`."""

    @write(idempotent=True)
    async def unsubscribe(self, ctx: VisitorContext, /, *, token: str) -> None:
        """By the token in the mail."""


class MessageTraits(msgspec.Struct, frozen=True, kw_only=True):
    """`offered`: what can be sent; the others raise `NotAllowed`."""

    offered: tuple[Literal["newsletter", "contact"], ...]


class Messages(Protocol):
    """Words to the shop."""

    @property
    def traits(self) -> MessageTraits: ...

    @write(idempotent=True)
    async def newsletter(self, ctx: VisitorContext, /, *, email: str) -> None:
        """Ask for the newsletter; the answer does not tell whether the address is known."""

    @write(idempotent=True)
    async def confirm(self, ctx: VisitorContext, /, *, token: str) -> None:
        """Begin to send it: by the token in the mail that asks. Raises `NotFound` where the token has lapsed."""

    @write(idempotent=True)
    async def unsubscribe(self, ctx: VisitorContext, /, *, token: str) -> None:
        """End it, by the token in the mail; nothing where there is none."""

    @write()
    async def contact(self, ctx: VisitorContext, /, *, name: str, email: str, subject: str, text: str) -> None:
        """Write to the shop. Raises `InvalidInput`."""


class ShopperPrices(Protocol):
    """Prices of one customer's own, where the backend has them."""

    @visitor_read()
    async def prices(self, ctx: VisitorContext, /, *, keys: Sequence[VariantKey]) -> Mapping[str, Price]:
        """Prices that differ from the public ones, by variant id."""
