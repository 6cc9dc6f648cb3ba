"""`GET /{place}/products/{slug}`: a product for one selection of its options."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import (
    Attribute,
    Backend,
    Component,
    Html,
    Image,
    Input,
    NotFound,
    Plan,
    Product,
    ProductKey,
    PublicContext,
    Rating,
    ReviewOrder,
    Variant,
)
from bff.rendering.regions import Region, Regions, region
from bff.rendering.respond import redirect
from bff.web.addresses import Place, Query, encode, written
from bff.web.queries import read_selection, selection_query
from bff.web.visit import Visit

from .parts.arrival import DeliveryLine, delivery_lines
from .parts.buying import BuyBox, OptionView, StockView, buy_box, option_views, stock_view
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


class PlanView(msgspec.Struct, frozen=True, kw_only=True):
    plan: Plan
    price: PriceView


class ComponentView(msgspec.Struct, frozen=True, kw_only=True):
    component: Component
    url: str | None


class ProductPage(msgspec.Struct, frozen=True, kw_only=True):
    """The page of a product. `known_as` is the SKU that other backends know it by, `keep` the SKU for a list, `notify` where
    to ask to be told that it is back, `review` where to write one; None where the backend has no such port, or there is
    nothing to ask for."""

    head: Head
    id: str
    url: str
    title: str
    kind: str
    summary: str | None
    brand: str | None
    brand_url: str | None
    sku: str | None
    known_as: str | None
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
    keep: str | None = None
    compare: str | None = None
    notify: str | None = None
    review: str | None = None


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
    places: Mapping[str, Place] | None = None,
) -> ProductPage:
    """Everything the page shows; `shown` reviews, and `budget` seconds for each optional region (or for `only` one, so
    that a slow one does not hold up the others' fragments; it has no address then: what cannot be had even by itself
    must not ask for itself again without end). With `places`, its addresses in them stand in the head. Raises `NotFound`."""
    key = ProductKey(slug=slug)

    def later(name: str, query: Query = ()) -> str | None:
        return None if only else place.fragment(f"{name}/{slug}", query)

    async def delivered() -> Region[tuple[DeliveryLine, ...]]:
        return await region(
            "delivery",
            delivery_lines(backend, ctx, place, await asked)
            if backend.delivery and only in (None, "delivery")
            else None,
            budget=budget,
            url=later("delivery", selection_query(selection)),
        )

    async def located() -> dict[str, str]:
        return await elsewhere(backend, ctx, places, "product", (await asked).id) if places else {}

    async with Regions() as regions:
        asked = regions.required(backend.catalog.product(ctx, slug=slug, selection=selection))
        delivery = regions.required(delivered())
        addresses = regions.required(located())
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
    view = product_page(backend, place, asked.result(), delivery.result(), opinions.result(), beside.result())
    head = with_alternates(view.head, places or {}, addresses.result())
    return msgspec.structs.replace(view, head=head)


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
        known_as=_known_as(product),
        breadcrumbs=steps,
        gallery=gallery,
        price=price,
        stock=stock_view(product),
        options=option_views(place, product),
        chosen=variant.title or None if variant else None,
        buy=buy_box(backend, place, product),
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
        keep=(variant.sku if variant else product.sku) if backend.wishlists else None,
        compare=place.page("compare", [("p", product.slug)]),
        notify=place.page("notices") if backend.stock_notices and _awaited(product) else None,
        review=_review(backend, place, product),
    )


def _gallery(product: Product, variant: Variant | None) -> tuple[Image, ...]:
    media = variant.media if variant and variant.media else product.media
    return tuple(item.image for item in media)


def _awaited(product: Product) -> bool:
    """Whether one can wait for what is chosen: it is sold out, and names a SKU."""
    found = product.selected.availability if product.selected else product.availability
    sku = product.selected.sku if product.selected else product.sku
    return found.state == "sold_out" and sku is not None and (product.selected is not None or not product.options)


def _known_as(product: Product) -> str | None:
    """The SKU that other backends know it by: a variant's, for few of them give a product one of its own."""
    variants = (product.selected, *(product.variants or ()))
    return next((variant.sku for variant in variants if variant and variant.sku), product.sku)


def _review(backend: Backend, place: Place, product: Product) -> str | None:
    writable = backend.reviews is not None and backend.reviews.traits.write
    return place.page(f"review/{written(product.slug)}") if writable else None


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
        store.backend,
        visit.ctx,
        place,
        slug,
        selection,
        reviews=_wanted_reviews(visit),
        shown=_shown(visit),
        places=store.places,
    )
    known = {value.id: option.id for option in view.options for value in option.values if value.selected}
    kept = {option: value for option, value in selection.items() if known.get(value) == option}
    if view.url != place.entity("product", slug):
        return redirect(visit, view.url + encode(selection_query(kept)), 301)
    if kept != selection:
        return redirect(visit, view.url + encode(selection_query(kept)))
    store.paths.remember(place.path, slug, view.known_as)
    status = 410 if view.withdrawn else 200
    same = switches(store.places, "product", view.id, view.known_as)
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
