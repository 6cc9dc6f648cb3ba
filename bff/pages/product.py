"""`GET /{place}/products/{slug}`: a product for one selection of its options."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import (
    Attribute,
    Availability,
    Backend,
    Component,
    Html,
    Image,
    Input,
    Money,
    NotFound,
    Plan,
    Product,
    ProductKey,
    PublicContext,
    Rating,
    ReviewOrder,
    Swatch,
    ValueState,
    Variant,
    VariantKey,
)
from bff.rendering.regions import Region, Regions, region
from bff.rendering.respond import redirect
from bff.web.addresses import Place, Query, encode
from bff.web.queries import read_selection, selection_query
from bff.web.visit import Visit

from .parts.cards import CardView, card_views
from .parts.crumbs import Crumb, crumbs
from .parts.head import Head, with_alternates
from .parts.prices import PriceView, price_view
from .parts.ratings import shown_rating
from .parts.reviews import MAX_SHOWN, ReviewsView, reviews_view
from .parts.structured import breadcrumb_data, product_data
from .routing import at, elsewhere, page, switches

RELATED = 8
REVIEWS = 6
BUDGET = 0.25


class ValueView(msgspec.Struct, frozen=True, kw_only=True):
    """A value of an option. `url` is the page with it chosen; `absent` ones lead nowhere and say so."""

    id: str
    name: str
    state: ValueState
    selected: bool
    url: str
    swatch: Swatch | None = None


class OptionView(msgspec.Struct, frozen=True, kw_only=True):
    """A choice. `field` is its form field; `chosen` the chosen value's name."""

    id: str
    field: str
    name: str
    kind: str
    values: tuple[ValueView, ...]
    chosen: str | None = None


class StockView(msgspec.Struct, frozen=True, kw_only=True):
    """Stock in words: the template says `stock.{state}`. `left` for low stock, `date` for what is to come. `choose` is
    the state while a choice is missing: the words are then about choosing, never about stock. `absent`: this combination
    is not made."""

    state: str
    left: int | None = None
    date: datetime.date | None = None


class DeliveryLine(msgspec.Struct, frozen=True, kw_only=True):
    """A way to receive it, to the market's own country."""

    name: str
    kind: str
    cost: Money | None
    free_from: Money | None
    earliest: datetime.date | None
    latest: datetime.date | None


class BuyBox(msgspec.Struct, frozen=True, kw_only=True):
    """The form. `action` None: the backend has no cart. `variant` and `sku` name what goes into the bag; without them
    `missing` names the options still to choose (in words). `buyable` False: sold out or withdrawn."""

    action: str | None
    product: str
    variant: str | None
    sku: str | None
    missing: tuple[str, ...]
    buyable: bool
    minimum: Decimal = Decimal(1)
    maximum: Decimal | None = None
    step: Decimal = Decimal(1)


class PlanView(msgspec.Struct, frozen=True, kw_only=True):
    plan: Plan
    price: PriceView


class ComponentView(msgspec.Struct, frozen=True, kw_only=True):
    component: Component
    url: str | None


class ProductPage(msgspec.Struct, frozen=True, kw_only=True):
    """The page of a product."""

    head: Head
    id: str
    url: str
    title: str
    kind: str
    summary: str | None
    brand: str | None
    brand_url: str | None
    sku: str | None
    breadcrumbs: tuple[Crumb, ...]
    gallery: tuple[Image, ...]
    price: PriceView
    stock: StockView
    options: tuple[OptionView, ...]
    chosen: str | None
    buy: BuyBox
    inputs: tuple[Input, ...]
    plans: tuple[PlanView, ...]
    requires_plan: bool
    components: tuple[ComponentView, ...]
    description: Html | None
    attributes: tuple[Attribute, ...]
    rating: Rating | None
    delivery: Region[tuple[DeliveryLine, ...]]
    reviews: Region[ReviewsView]
    related: Region[tuple[CardView, ...]]
    withdrawn: bool = False


async def load(
    backend: Backend,
    ctx: PublicContext,
    place: Place,
    slug: str,
    selection: Mapping[str, str],
    *,
    reviews: tuple[ReviewOrder, int | None] = ("newest", None),
    shown: int = REVIEWS,
    budget: float = BUDGET,
    only: str | None = None,
) -> ProductPage:
    """Everything the page shows; `shown` reviews, and `budget` seconds for each optional region (or for `only` one, so
    that a slow one does not hold up the others' fragments; it has no address then: what cannot be had even by itself
    must not ask for itself again without end). Raises `NotFound`."""
    key = ProductKey(slug=slug)

    def later(name: str, query: Query = ()) -> str | None:
        return None if only else place.fragment(f"{name}/{slug}", query)

    async def delivered() -> Region[tuple[DeliveryLine, ...]]:
        return await region(
            "delivery",
            _delivery(backend, ctx, place, await asked) if backend.delivery and only in (None, "delivery") else None,
            budget=budget,
            url=later("delivery", selection_query(selection)),
        )

    async with Regions() as regions:
        asked = regions.required(backend.catalog.product(ctx, slug=slug, selection=selection))
        delivery = regions.required(delivered())
        opinions = regions.optional(
            "reviews",
            _reviews(backend, ctx, place, slug, *reviews, shown)
            if backend.reviews and only in (None, "reviews")
            else None,
            budget=budget,
            url=later("reviews"),
        )
        beside = regions.optional(
            "related",
            _related(backend, ctx, place, key) if backend.recommendations and only in (None, "related") else None,
            budget=budget,
            url=later("related"),
        )
    return product_page(backend, place, asked.result(), delivery.result(), opinions.result(), beside.result())


def product_page(
    backend: Backend,
    place: Place,
    product: Product,
    delivery: Region[tuple[DeliveryLine, ...]],
    reviews: Region[ReviewsView],
    related: Region[tuple[CardView, ...]],
) -> ProductPage:
    """The view model of a product and its regions."""
    variant = product.selected
    price = price_view(variant.price if variant else product.price)
    url = place.entity("product", product.slug)
    steps = crumbs(place, product.breadcrumbs, product.title)
    gallery = _gallery(product, variant)
    return ProductPage(
        head=_head(place, product, url, steps, gallery),
        id=product.id,
        url=url,
        title=product.title,
        kind=product.kind,
        summary=product.summary,
        brand=product.brand.title if product.brand else None,
        brand_url=place.link(product.brand) if product.brand else None,
        sku=variant.sku if variant else product.sku,
        breadcrumbs=steps,
        gallery=gallery,
        price=price,
        stock=_stock(product),
        options=_options(place, product),
        chosen=variant.title or None if variant else None,
        buy=_buy(backend, place, product),
        inputs=tuple(item for item in product.inputs if item.kind != "file"),  # forms here carry no files yet
        plans=tuple(PlanView(plan=plan, price=price_view(plan.price)) for plan in product.plans),
        requires_plan=product.requires_plan,
        components=tuple(
            ComponentView(component=part, url=place.entity("product", part.slug) if part.slug else None)
            for part in product.components
        ),
        description=product.description,
        attributes=product.attributes,
        rating=shown_rating(product.rating),
        delivery=delivery,
        reviews=reviews,
        related=related,
        withdrawn=product.availability.state == "discontinued",
    )


def _gallery(product: Product, variant: Variant | None) -> tuple[Image, ...]:
    media = variant.media if variant and variant.media else product.media
    return tuple(item.image for item in media)


def _stock(product: Product) -> StockView:
    """The words of the chosen variant; while a choice is missing, only what is true of every variant."""
    if product.selected is None and product.options:
        if not product.availability.buyable:
            return StockView(state=product.availability.state)
        return StockView(state="choose" if _missing(product) else "absent")
    found: Availability = product.selected.availability if product.selected else product.availability
    left = found.quantity if found.state == "low_stock" else None
    return StockView(state=found.state, left=left, date=found.date)


def _missing(product: Product) -> tuple[str, ...]:
    """Names of the options nothing is chosen of."""
    return tuple(o.name for o in product.options if not any(value.selected for value in o.values))


def _options(place: Place, product: Product) -> tuple[OptionView, ...]:
    chosen = {option.id: value.id for option in product.options for value in option.values if value.selected}
    views: list[OptionView] = []
    for option in product.options:
        values = tuple(
            ValueView(
                id=value.id,
                name=value.name,
                state=value.state,
                selected=value.selected,
                url=place.entity("product", product.slug, selection_query({**chosen, option.id: value.id})),
                swatch=value.swatch,
            )
            for value in option.values
        )
        name = next((value.name for value in values if value.selected), None)
        views.append(
            OptionView(
                id=option.id, field=f"o.{option.id}", name=option.name, kind=option.kind, values=values, chosen=name
            )
        )
    return tuple(views)


def _buy(backend: Backend, place: Place, product: Product) -> BuyBox:
    variant = product.selected
    missing = _missing(product)
    found = variant.availability if variant else product.availability
    maximum = variant.quantity.maximum if variant else None
    if found.orderable is not None:
        maximum = min(maximum, found.orderable) if maximum is not None else found.orderable
    return BuyBox(
        action=place.page("cart/lines") if backend.carts else None,
        product=product.id,
        variant=variant.id if variant else None,
        sku=variant.sku if variant else None,
        missing=missing,
        buyable=found.buyable and (variant is not None or bool(missing) or not product.options),
        minimum=variant.quantity.minimum if variant else Decimal(1),
        maximum=maximum,
        step=variant.quantity.step if variant else Decimal(1),
    )


def _head(place: Place, product: Product, url: str, steps: tuple[Crumb, ...], gallery: tuple[Image, ...]) -> Head:
    return Head(
        title=product.seo.title or product.title,
        description=product.seo.description or product.summary,
        canonical=place.absolute(url),
        robots="noindex" if product.seo.noindex else None,
        image=product.seo.image or (gallery[0].url if gallery else None),
        kind="product",
        data=(product_data(place, product), breadcrumb_data(place, steps)),
        preload=gallery[0] if gallery else None,
    )


async def _delivery(backend: Backend, ctx: PublicContext, place: Place, product: Product) -> tuple[DeliveryLine, ...]:
    """To the market's country, for one piece of what is chosen (or of the first variant that can be had)."""
    if backend.delivery is None:
        raise NotFound("no delivery port")
    variant = product.selected or _first_buyable(product)
    if variant is None:
        return ()
    key = VariantKey(id=variant.id, product_id=product.id, sku=variant.sku)
    options = await backend.delivery.estimate(ctx, lines=[(key, Decimal(1))], country=place.market.country)
    return tuple(
        DeliveryLine(
            name=option.name,
            kind=option.kind,
            cost=option.cost,
            free_from=option.free_from,
            earliest=option.earliest,
            latest=option.latest,
        )
        for option in options
    )


def _first_buyable(product: Product) -> Variant | None:
    return next((variant for variant in product.variants or () if variant.availability.buyable), None)


async def _related(backend: Backend, ctx: PublicContext, place: Place, key: ProductKey) -> tuple[CardView, ...]:
    if backend.recommendations is None:
        raise NotFound("no recommendations port")
    return card_views(place, await backend.recommendations.related(ctx, keys=[key], limit=RELATED))


async def _reviews(
    backend: Backend,
    ctx: PublicContext,
    place: Place,
    slug: str,
    order: ReviewOrder,
    stars: int | None,
    limit: int,
) -> ReviewsView:
    if backend.reviews is None:
        raise NotFound("no reviews port")
    found = await backend.reviews.list(ctx, key=ProductKey(slug=slug), order=order, stars=stars, limit=limit)
    return reviews_view(place, slug, found, order, stars, limit)


ORDERS: tuple[ReviewOrder, ...] = ("newest", "highest", "lowest")


def _wanted_reviews(visit: Visit) -> tuple[ReviewOrder, int | None]:
    order: ReviewOrder = next((name for name in ORDERS if name == visit.param("reviews")), "newest")
    stars = visit.param("stars") or ""
    return order, int(stars) if stars in ("1", "2", "3", "4", "5") else None


def _shown(visit: Visit) -> int:
    text = visit.param("show") or ""
    return min(max(int(text), REVIEWS), MAX_SHOWN) if text.isascii() and text.isdigit() and len(text) < 4 else REVIEWS


@at("/{place:str}/products/{slug:path}")
async def show(visit: Visit) -> ASGIResponse:
    """The product, for the selection in the address. Unknown options and values are taken out of it."""
    store, place = visit.store, visit.place
    slug = visit.request.path_params["slug"].strip("/")
    selection = read_selection(visit.params)
    view = await load(
        store.backend, visit.ctx, place, slug, selection, reviews=_wanted_reviews(visit), shown=_shown(visit)
    )
    known = {value.id: option.id for option in view.options for value in option.values if value.selected}
    kept = {option: value for option, value in selection.items() if known.get(value) == option}
    if view.url != place.entity("product", slug):
        return redirect(visit, view.url + encode(selection_query(kept)), 301)
    if kept != selection:
        return redirect(visit, view.url + encode(selection_query(kept)))
    addresses = await elsewhere(store.backend, visit.ctx, store.places, "product", view.id)
    view = msgspec.structs.replace(view, head=with_alternates(view.head, store.places, addresses))
    status = 410 if view.withdrawn else 200
    same = switches(store.places, "product", view.id)
    return await page(visit, "pages/product.html", view, status=status, same=same)


@at("/{place:str}/_/reviews/{slug:path}", "/{place:str}/_/related/{slug:path}", "/{place:str}/_/delivery/{slug:path}")
async def fragment(visit: Visit) -> ASGIResponse:
    """A region of the page by itself, for one that came late. It has no budget but the page's own deadline."""
    slug = visit.request.path_params["slug"].strip("/")
    name = visit.path.split("/")[3]
    view = await load(
        visit.store.backend,
        visit.ctx,
        visit.place,
        slug,
        read_selection(visit.params),
        reviews=_wanted_reviews(visit),
        shown=_shown(visit),
        budget=visit.store.settings.server.page_deadline,
        only=name,
    )
    return await page(visit, "pages/product.html", view, block=name)


routes = (show, fragment)
