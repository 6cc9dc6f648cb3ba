"""The catalogue: what is sold, and where it stands."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, Protocol

import msgspec

from .context import PublicContext
from .declarations import public_read
from .keys import EntityKind, ProductKey, Ref, VariantKey
from .media import Html, Image, Media
from .money import Money, Price

Json = Any
Extensions = Mapping[str, Json]

CategoryKind = Literal["category", "collection", "brand"]
AvailabilityState = Literal["in_stock", "low_stock", "backorder", "preorder", "sold_out", "discontinued", "unknown"]
ValueState = Literal["available", "sold_out", "absent", "unknown"]


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A named way to an entity: what breadcrumbs, menus and cards link with. `slug` finds it again."""

    kind: EntityKind
    id: str
    slug: str
    title: str


class Seo(msgspec.Struct, frozen=True, kw_only=True):
    """What the backend wants search engines to read; None means: derive it. `image`: a picture for link previews, an
    address of about 1200 x 630 pixels."""

    title: str | None = None
    description: str | None = None
    noindex: bool = False
    image: str | None = None


class Rating(msgspec.Struct, frozen=True, kw_only=True):
    """`average` out of 5 and the number of ratings it rests on. `counts` from one star to five, or None."""

    average: Decimal
    count: int
    counts: tuple[int, int, int, int, int] | None = None


class Availability(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it can be had. `quantity` is a true stock, never a cap; `orderable` is the most one may order now.
    `date` is when a backorder or preorder is expected. `location` names a shop, for pickup stock."""

    state: AvailabilityState
    quantity: int | None = None
    orderable: Decimal | None = None
    date: datetime.date | None = None
    location: str | None = None

    @property
    def buyable(self) -> bool:
        return self.state not in ("sold_out", "discontinued")


class QuantityRule(msgspec.Struct, frozen=True, kw_only=True):
    """How many may be ordered: `minimum`, then in steps of `step`, up to `maximum` (None: no limit)."""

    minimum: Decimal = Decimal(1)
    maximum: Decimal | None = None
    step: Decimal = Decimal(1)


class Swatch(msgspec.Struct, frozen=True, kw_only=True):
    """How a value looks: a CSS hex colour or a picture."""

    colour: str | None = None
    image: Image | None = None


class OptionValue(msgspec.Struct, frozen=True, kw_only=True):
    """A value of an option. `state` answers for the current selection: with the other options as chosen, does a variant
    with this value exist, and can it be had? `selected` marks the chosen one."""

    id: str
    name: str
    state: ValueState = "unknown"
    selected: bool = False
    swatch: Swatch | None = None


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """A choice that leads to variants. `id` is stable across locales (it stands in addresses)."""

    id: str
    name: str
    values: tuple[OptionValue, ...]
    kind: Literal["swatch", "size", "choice"] = "choice"


class SelectedOption(msgspec.Struct, frozen=True, kw_only=True):
    """One option and the value chosen, by id and in words."""

    option: str
    value: str
    option_name: str
    value_name: str


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """What is put into a cart. `title` names the values ("Indigo, Large"), "" for a product without options."""

    id: str
    product_id: str
    sku: str | None
    title: str
    options: tuple[SelectedOption, ...]
    price: Price
    availability: Availability
    quantity: QuantityRule = QuantityRule()
    media: tuple[Media, ...] = ()
    barcode: str | None = None
    extensions: Extensions = {}


class InputChoice(msgspec.Struct, frozen=True, kw_only=True):
    """One choice of an input; `price` is added per piece where it is chosen."""

    id: str
    name: str
    price: Money | None = None


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """What a shopper types or picks besides options: it makes no variant and has no stock. `price` is added per piece
    when it is filled in; None means no effect or an unknown one. Limits are for `text` characters, `number` and
    `amount` values, `file` bytes."""

    id: str
    label: str
    kind: Literal["text", "number", "date", "file", "choice", "amount"]
    required: bool = False
    hint: str | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    choices: tuple[InputChoice, ...] = ()
    price: Money | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A way to buy again and again. `price` is one delivery's."""

    id: str
    name: str
    every: str
    price: Price
    description: str | None = None


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a bundle or set."""

    key: VariantKey
    title: str
    quantity: Decimal
    slug: str | None = None
    image: Image | None = None


class Attribute(msgspec.Struct, frozen=True, kw_only=True):
    """A fact about a product, in words."""

    id: str
    name: str
    values: tuple[str, ...]


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A product as listings show it. `media`: at most four pictures. `swatches`: values of the product's swatch option.
    `choices`: how many variants there are to choose from (None: unknown); `variant` is the one to add where there is
    nothing to choose and nothing to type."""

    id: str
    slug: str
    title: str
    price: Price
    availability: Availability
    media: tuple[Media, ...] = ()
    sku: str | None = None
    summary: str | None = None
    brand: str | None = None
    rating: Rating | None = None
    swatches: tuple[OptionValue, ...] = ()
    choices: int | None = None
    variant: VariantKey | None = None
    badges: tuple[str, ...] = ()
    extensions: Extensions = {}


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """A product as its page shows it, for one selection.

    `selected` is the variant that the selection names, or None while a choice is missing or the combination does not
    exist. `variants` is None above the adapter's limit; options carry the states all the same. `requires_plan`: it is
    sold by subscription only. `locale` is the one the text is really in.
    """

    id: str
    slug: str
    title: str
    price: Price
    availability: Availability
    options: tuple[Option, ...] = ()
    selected: Variant | None = None
    variants: tuple[Variant, ...] | None = None
    media: tuple[Media, ...] = ()
    sku: str | None = None
    kind: Literal["physical", "digital", "gift_card", "bundle"] = "physical"
    summary: str | None = None
    description: Html | None = None
    brand: Link | None = None
    rating: Rating | None = None
    attributes: tuple[Attribute, ...] = ()
    inputs: tuple[Input, ...] = ()
    components: tuple[Component, ...] = ()
    plans: tuple[Plan, ...] = ()
    requires_plan: bool = False
    breadcrumbs: tuple[Link, ...] = ()
    seo: Seo = Seo()
    locale: str = ""
    updated: datetime.datetime | None = None
    extensions: Extensions = {}


class CategoryNode(msgspec.Struct, frozen=True, kw_only=True):
    """A category in a tree; `children` in the shop's order."""

    link: Link
    children: tuple[CategoryNode, ...] = ()
    image: Image | None = None


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """A category, a collection or a brand: the head of a listing page."""

    kind: CategoryKind
    id: str
    slug: str
    title: str
    description: Html | None = None
    image: Image | None = None
    breadcrumbs: tuple[Link, ...] = ()
    children: tuple[CategoryNode, ...] = ()
    seo: Seo = Seo()
    locale: str = ""
    extensions: Extensions = {}


class Navigation(msgspec.Struct, frozen=True, kw_only=True):
    """The shop's categories (a forest), its collections and its brands, as far as the backend lists them."""

    categories: tuple[CategoryNode, ...]
    collections: tuple[Link, ...] = ()
    brands: tuple[Link, ...] = ()


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """What a vendor's path means: an entity that lives there, or an address to go to (`permanent`: for good)."""

    link: Link | None = None
    redirect: str | None = None
    permanent: bool = True
    gone: bool = False


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """Where a thing stands in the context's market and locale. `link` is None where it is not offered there; then
    `nearest` is the closest category that is."""

    ref: Ref
    link: Link | None = None
    nearest: Link | None = None


class SitemapEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One address for search engines. `images` are absolute or rooted addresses. `sku` is the one that other backends know
    a product by: one of its variants', since few backends give a product one of its own."""

    link: Link
    sku: str | None = None
    updated: datetime.datetime | None = None
    images: tuple[Image, ...] = ()


class SitemapPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of addresses; `next` is the cursor of the following one, None at the end."""

    entries: tuple[SitemapEntry, ...]
    next: str | None = None


class Catalog(Protocol):
    """Products and the tree they stand in. `sku_lookup` says whether `products` finds by SKU exactly."""

    @property
    def sku_lookup(self) -> bool: ...

    @public_read(fresh=300, tags=("path:{path}",))
    async def resolve(self, ctx: PublicContext, /, *, path: str) -> Resolved | None:
        """What stood at `path` (rooted, no query) in this or an earlier shop. None: nothing known."""

    @public_read(fresh=600, each="refs")
    async def locate(self, ctx: PublicContext, /, *, refs: Sequence[Ref]) -> tuple[Located, ...]:
        """Each ref's place in the context's market and locale; same length and order as `refs`."""

    @public_read(fresh=600, tags=("navigation",))
    async def navigation(self, ctx: PublicContext, /) -> Navigation:
        """The category tree, at least two levels where the backend has them."""

    @public_read(fresh=300, tags=("{kind}:{slug}",))
    async def category(self, ctx: PublicContext, /, *, kind: CategoryKind, slug: str) -> Category:
        """The category with this slug. Raises `NotFound`."""

    @public_read(fresh=60, tags=("product:{slug}",), volatile=True)
    async def product(self, ctx: PublicContext, /, *, slug: str, selection: Mapping[str, str] | None = None) -> Product:
        """The product with this slug, its option states for `selection` (option id to value id; unknown ones are
        ignored). Raises `NotFound`; `NotFound(gone=True)` where it was withdrawn."""

    @public_read(fresh=60, volatile=True, each="keys")
    async def products(self, ctx: PublicContext, /, *, keys: Sequence[ProductKey]) -> tuple[Card | None, ...]:
        """A card for each key by id, slug or (where `sku_lookup`) SKU; None where there is none. At most 100 keys."""

    @public_read(fresh=15, stale=3_600, volatile=True, each="keys")
    async def availability(
        self, ctx: PublicContext, /, *, keys: Sequence[VariantKey]
    ) -> tuple[Availability | None, ...]:
        """The present availability of each variant, None where unknown. At most 100 keys."""

    @public_read(fresh=3600, tags=("sitemap",))
    async def sitemap(self, ctx: PublicContext, /, *, kind: EntityKind, cursor: str | None = None) -> SitemapPage:
        """Every address of a kind, page by page, in a stable order; at most 1,000 a page. Pages and articles are asked of
        `Content` where there is one."""
