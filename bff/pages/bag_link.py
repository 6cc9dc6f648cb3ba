"""`GET /{place}/cart/add?sku=…&quantity=…`: a link that fills a bag. It shows what it would put in, and a button does it."""

from __future__ import annotations

import asyncio

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import Backend, BackendError, Image, NotFound, Product, PublicContext, Variant
from bff.rendering.respond import redirect
from bff.web.addresses import Place
from bff.web.visit import Visit

from .parts import bag_asked as asked
from .parts import bag_forms as forms
from .parts.head import Head
from .parts.prices import PriceView, price_view
from .routing import at, page, same_page


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
    """The things named, concurrently; one that cannot be found is shown as that."""
    found = await asyncio.gather(*(_product(backend, ctx, one) for one in wanted))
    lines = tuple(
        _line(place, number, one, product) for number, (one, product) in enumerate(zip(wanted, found, strict=True))
    )
    return BagLinkPage(
        head=Head(title="", robots="noindex"),
        lines=lines,
        possible=any(line.why is None for line in lines),
        code=code.strip()[:80] or None,
        action=place.page("cart/lines"),
        bag=place.page("cart"),
    )


async def _product(backend: Backend, ctx: PublicContext, wanted: forms.Wanted) -> Product | None:
    try:
        slug = await asked.product_of(backend, ctx, wanted.key)
        return await backend.catalog.product(ctx, slug=slug) if slug else None
    except BackendError:
        return None


def _line(place: Place, number: int, wanted: forms.Wanted, product: Product | None) -> LinkLine:
    key = wanted.key
    line = LinkLine(
        field=f"lines.{number}",
        name=key.sku or key.id or "",
        quantity=f"{wanted.quantity.normalize():f}",
        variant=key.id,
        sku=key.sku,
    )
    if product is None:
        # A bare variant id cannot be looked up without its product; the backend decides when it is added.
        known = key.id is not None and key.product_id is None
        return line if known else msgspec.structs.replace(line, why="problem.not_sold_here")
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


def _why(product: Product, variant: Variant | None) -> str | None:
    if variant is None:
        return "bag.link.choose" if product.variants is not None else None
    if not variant.availability.buyable:
        return "problem.out_of_stock"
    if product.requires_plan or any(item.required for item in product.inputs):
        return "bag.link.choose"
    return None


routes = (show,)
