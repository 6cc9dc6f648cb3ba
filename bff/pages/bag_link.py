"""`GET /{place}/cart/add?sku=…&quantity=…`: a link that fills a bag. It shows what it would put in, and a button does it."""

from __future__ import annotations

import asyncio

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import Backend, BackendError, Card, Image, NotFound, Product, ProductKey, PublicContext, Variant
from bff.rendering.respond import redirect
from bff.web.addresses import Place
from bff.web.visit import Visit

from .parts import bag_forms as forms
from .parts.head import Head
from .parts.prices import PriceView, price_view
from .routing import at, page, same_page

AT_ONCE = 6
"""How many products are asked for at the same time: a link may name fifty, and anybody may write one."""


class LinkLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a link names. `title` None: nothing of that number is sold here. `chosen` names the variant. `why` is a
    message key where it cannot be added like this; `field` is what its form fields begin with."""

    field: str
    name: str
    quantity: str
    variant: str | None = None
    sku: str | None = None
    title: str | None = None
    chosen: str | None = None
    url: str | None = None
    image: Image | None = None
    price: PriceView | None = None
    why: str | None = None


class BagLinkPage(msgspec.Struct, frozen=True, kw_only=True):
    """What a link would put into the bag. `possible`: some of it can be added. The sum is the backend's and comes after."""

    head: Head
    lines: tuple[LinkLine, ...]
    possible: bool
    code: str | None
    action: str
    bag: str


@at("/{place:str}/cart/add")
async def show(visit: Visit) -> ASGIResponse:
    """The confirmation; a link that names nothing leads to the bag."""
    if visit.store.backend.carts is None:
        raise NotFound("no carts port")
    wanted = forms.link_items(visit.params)
    if not wanted:
        return redirect(visit, visit.place.page("cart"), 303)
    view = await load(visit.store.backend, visit.ctx, visit.place, wanted, visit.param("code") or "")
    title = visit.renderer.messages.text("bag.link.title")
    view = msgspec.structs.replace(view, head=Head(title=title, robots="noindex"))
    same = same_page(visit.store.places, "cart")
    return await page(visit, "pages/bag_link.html", view, private=True, same=same)


async def load(
    backend: Backend, ctx: PublicContext, place: Place, wanted: tuple[forms.Wanted, ...], code: str
) -> BagLinkPage:
    """The things named; one that cannot be found is shown as that. Raises what keeps all of them from being found."""
    cards = await _cards(backend, ctx, wanted)
    products = await _products(backend, ctx, cards)
    lines = tuple(
        _line(place, number, one, card, products.get(card.slug) if card else None)
        for number, (one, card) in enumerate(zip(wanted, cards, strict=True))
    )
    return BagLinkPage(
        head=Head(title="", robots="noindex"),
        lines=lines,
        possible=any(line.why is None for line in lines),
        code=code.strip()[:80] or None,
        action=place.marked("cart/lines"),
        bag=place.page("cart"),
    )


async def _cards(backend: Backend, ctx: PublicContext, wanted: tuple[forms.Wanted, ...]) -> list[Card | None]:
    """The products of all things named, in one question: a form of this page takes no more than that port does."""
    keys = [ProductKey(id=one.key.product_id, sku=one.key.sku) for one in wanted]
    known = [key for key in dict.fromkeys(keys) if key.id or key.sku]
    try:
        found = await backend.catalog.products(ctx, keys=known) if known else ()
    except NotFound:
        found = ()
    cards = dict(zip(known, found, strict=False))
    return [cards.get(key) for key in keys]


async def _products(backend: Backend, ctx: PublicContext, cards: list[Card | None]) -> dict[str, Product]:
    """By slug, those among which a variant is to be found: a card names the only one there is. What is not answered is
    left out."""
    slugs = dict.fromkeys(card.slug for card in cards if card and card.variant is None)
    gate = asyncio.Semaphore(AT_ONCE)

    async def ask(slug: str) -> Product | None:
        async with gate:
            try:
                return await backend.catalog.product(ctx, slug=slug)
            except BackendError:
                return None

    found = await asyncio.gather(*(ask(slug) for slug in slugs))
    return {slug: product for slug, product in zip(slugs, found, strict=True) if product}


def _line(place: Place, number: int, wanted: forms.Wanted, card: Card | None, product: Product | None) -> LinkLine:
    key = wanted.key
    line = LinkLine(
        field=f"lines.{number}",
        name=key.sku or key.id or "",
        quantity=f"{wanted.quantity.normalize():f}",
        variant=key.id,
        sku=key.sku,
    )
    if card is None:
        # A bare variant id cannot be looked up without its product; the backend decides when it is added.
        known = key.id is not None and key.product_id is None
        return line if known else msgspec.structs.replace(line, why="problem.not_sold_here")
    if product is None:
        return msgspec.structs.replace(
            line,
            title=card.title,
            url=place.entity("product", card.slug),
            image=card.media[0].image if card.media else None,
            price=price_view(card.price),
            why=_why_not(card),
        )
    variant = _variant(product, wanted)
    media = variant.media if variant and variant.media else product.media
    return msgspec.structs.replace(
        line,
        title=product.title,
        chosen=variant.title or None if variant else None,
        url=place.entity("product", product.slug),
        image=media[0].image if media else None,
        price=price_view(variant.price if variant else product.price),
        why=_why(product, variant),
    )


def _variant(product: Product, wanted: forms.Wanted) -> Variant | None:
    """The variant named; a product's own number names the only one it has."""
    known = product.variants or ((product.selected,) if product.selected else ())
    for variant in known:
        if (wanted.key.id and variant.id == wanted.key.id) or (wanted.key.sku and variant.sku == wanted.key.sku):
            return variant
    return known[0] if len(known) == 1 else None


def _why_not(card: Card) -> str | None:
    """Why the only variant of a product cannot be added, or what has several and did not say which in time."""
    if not card.availability.buyable:
        return "problem.out_of_stock"
    return None if card.variant else "bag.link.choose"


def _why(product: Product, variant: Variant | None) -> str | None:
    if variant is None:
        return "bag.link.choose" if product.variants is not None else None
    if not variant.availability.buyable:
        return "problem.out_of_stock"
    if product.requires_plan or any(item.required for item in product.inputs):
        return "bag.link.choose"
    return None


routes = (show,)
