"""`/{place}/compare?p=…&p=…`: products side by side. What is compared stands in the address."""

from __future__ import annotations

import asyncio

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import AvailabilityState, Backend, Image, NotFound, Product, ProductKey, PublicContext, Rating
from bff.rendering.regions import region
from bff.rendering.respond import redirect
from bff.web.addresses import Place
from bff.web.visit import Visit

from .parts.cards import CardView, card_views
from .parts.head import Head
from .parts.prices import PriceView, price_view
from .parts.ratings import shown_rating
from .routing import at, page, same_page

PARAMETER = "p"
MOST = 4
SUGGESTED = 6
BUDGET = 0.4


class CompareColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A product. `remove` is the comparison without it."""

    slug: str
    title: str
    url: str
    remove: str
    price: PriceView
    state: AvailabilityState
    image: Image | None
    rating: Rating | None
    brand: str | None
    summary: str | None


class CompareRow(msgspec.Struct, frozen=True, kw_only=True):
    """A fact and each product's values for it, "" for none, in the columns' order. `same`: all have the same."""

    name: str
    cells: tuple[str, ...]
    same: bool


class Addition(msgspec.Struct, frozen=True, kw_only=True):
    """A product that could be added, by its link."""

    card: CardView
    url: str


class ComparePage(msgspec.Struct, frozen=True, kw_only=True):
    """The comparison. `additions` are products beside these."""

    head: Head
    columns: tuple[CompareColumn, ...]
    rows: tuple[CompareRow, ...]
    rated: bool
    additions: tuple[Addition, ...]
    clear: str
    search: str


def address(place: Place, slugs: tuple[str, ...]) -> str:
    return place.page("compare", [(PARAMETER, slug) for slug in slugs])


async def _product(backend: Backend, ctx: PublicContext, slug: str) -> Product | None:
    try:
        return await backend.catalog.product(ctx, slug=slug)
    except NotFound:
        return None


async def load(backend: Backend, ctx: PublicContext, place: Place, slugs: tuple[str, ...], title: str) -> ComparePage:
    """The products there are of `slugs`, in this order."""
    found = await asyncio.gather(*(_product(backend, ctx, slug) for slug in slugs))
    products = [product for product in found if product]
    kept = tuple(product.slug for product in products)
    columns = tuple(_column(place, product, kept) for product in products)
    return ComparePage(
        head=Head(title=title, robots="noindex"),
        columns=columns,
        rows=_rows(products),
        rated=any(column.rating for column in columns),
        additions=await _additions(backend, ctx, place, products) if products and len(products) < MOST else (),
        clear=place.page("compare"),
        search=place.page("search"),
    )


def _column(place: Place, product: Product, kept: tuple[str, ...]) -> CompareColumn:
    return CompareColumn(
        slug=product.slug,
        title=product.title,
        url=place.entity("product", product.slug),
        remove=address(place, tuple(slug for slug in kept if slug != product.slug)),
        price=price_view(product.price),
        state=product.availability.state,
        image=product.media[0].image if product.media else None,
        rating=shown_rating(product.rating),
        brand=product.brand.title if product.brand else None,
        summary=product.summary,
    )


def _rows(products: list[Product]) -> tuple[CompareRow, ...]:
    """Options first, then attributes, each once, in the order in which the products bring them."""
    names: dict[str, str] = {}
    cells: dict[str, dict[int, str]] = {}
    for index, product in enumerate(products):
        for option in product.options:
            key = f"option:{option.id}"
            names.setdefault(key, option.name)
            made = [value.name for value in option.values if value.state != "absent"]
            cells.setdefault(key, {})[index] = ", ".join(made)
    for index, product in enumerate(products):
        for fact in product.attributes:
            names.setdefault(fact.id, fact.name)
            cells.setdefault(fact.id, {})[index] = ", ".join(fact.values)
    rows: list[CompareRow] = []
    for key, name in names.items():
        row = tuple(cells[key].get(index, "") for index in range(len(products)))
        rows.append(CompareRow(name=name, cells=row, same=len(row) > 1 and len(set(row)) == 1))
    return tuple(rows)


async def _additions(
    backend: Backend, ctx: PublicContext, place: Place, products: list[Product]
) -> tuple[Addition, ...]:
    if backend.recommendations is None:
        return ()
    keys = [ProductKey(id=product.id, sku=product.sku, slug=product.slug) for product in products]
    asked = backend.recommendations.related(ctx, keys=keys, limit=SUGGESTED)
    found = await region("related", asked, budget=BUDGET)
    kept = tuple(product.slug for product in products)
    return tuple(
        Addition(card=view, url=address(place, (*kept, card.slug)))
        for card, view in zip(found.value or (), card_views(place, found.value or ()), strict=True)
    )


@at("/{place:str}/compare")
async def show(visit: Visit) -> ASGIResponse:
    """Products side by side; an address that names one twice, unknown ones or too many leads to the one that does not."""
    asked = tuple(value[:200] for name, value in visit.params if name == PARAMETER and value)
    wanted = tuple(dict.fromkeys(asked))[-MOST:]
    view = await load(
        visit.store.backend, visit.ctx, visit.place, wanted, visit.renderer.messages.text("compare.title")
    )
    slugs = tuple(column.slug for column in view.columns)
    if slugs != asked:
        return redirect(visit, address(visit.place, slugs))
    return await page(visit, "pages/compare.html", view, same=same_page(visit.store.places, "compare"))


routes = (show,)
