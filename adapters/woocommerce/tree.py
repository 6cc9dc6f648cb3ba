"""WooCommerce's categories, which come as a flat list, and its brands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bff.ports import Category, CategoryKind, CategoryNode, Html, Link, NotFound, PublicContext

from . import wire
from .goods import image
from .settings import Settings
from .texts import plain, slug
from .transport import Api, NoRoute, fields

_NODE = ("id", "name", "slug", "parent", "image")
_HEAD = (*_NODE, "description")


async def categories(api: Api, ctx: PublicContext, *, head: bool = False) -> list[wire.Category]:
    """All of them in the shop's order, in one call: without a number of its own a list of terms has no pages."""
    query = [fields(*(_HEAD if head else _NODE))]
    return (await api.get(ctx, "/products/categories", list[wire.Category], query=query))[0]


async def brands(api: Api, ctx: PublicContext, *, head: bool = False) -> list[wire.Category]:
    """All of them; none where the version has no brands yet."""
    query = [fields(*(_HEAD if head else _NODE))]
    try:
        return (await api.get(ctx, "/products/brands", list[wire.Category], query=query))[0]
    except NoRoute:
        return []


def link(kind: CategoryKind, one: wire.Category) -> Link:
    return Link(kind=kind, id=str(one.id), slug=slug(one.slug), title=plain(one.name))


def forest(found: Sequence[wire.Category], root: int = 0) -> tuple[CategoryNode, ...]:
    """The nodes below a category; below 0 stand those whose parent is not in the list (it is empty, hence hidden)."""
    ids = {one.id for one in found}
    below: dict[int, list[wire.Category]] = {}
    for one in found:
        below.setdefault(one.parent if one.parent in ids else 0, []).append(one)

    def nodes(parent: int, depth: int) -> tuple[CategoryNode, ...]:
        return tuple(
            CategoryNode(
                link=link("category", one),
                children=nodes(one.id, depth + 1) if depth < 20 else (),
                image=image(one.image) if one.image else None,
            )
            for one in below.get(parent, ())
        )

    return nodes(root, 0)


def ancestors(one: wire.Category, known: Mapping[int, wire.Category]) -> tuple[Link, ...]:
    """The categories above, the highest first."""
    found: list[wire.Category] = []
    above = known.get(one.parent)
    while above is not None and above not in found:
        found.append(above)
        above = known.get(above.parent)
    return tuple(link("category", each) for each in reversed(found))


def breadcrumbs(listed: Sequence[wire.Term], tree: Sequence[wire.Category]) -> tuple[Link, ...]:
    """The way to the deepest of a product's categories. WooCommerce knows no main one: its own order decides, so that it
    stays the same."""
    known = {one.id: one for one in tree}
    ways = [
        (*ancestors(known[term.id], known), link("category", known[term.id])) for term in listed if term.id in known
    ]
    return max(ways, key=len, default=())


async def head(api: Api, settings: Settings, ctx: PublicContext, kind: CategoryKind, wanted: str) -> Category:
    """The head of a listing's page. Raises `NotFound`."""
    if kind == "collection":
        raise NotFound("no collections")
    found = await (categories if kind == "category" else brands)(api, ctx, head=True)
    one = next((each for each in found if slug(each.slug) == wanted), None)
    if one is None:
        raise NotFound(kind)
    known = {each.id: each for each in found}
    return Category(
        kind=kind,
        id=str(one.id),
        slug=slug(one.slug),
        title=plain(one.name),
        description=Html(one.description) if one.description.strip() else None,
        image=image(one.image) if one.image else None,
        breadcrumbs=ancestors(one, known) if kind == "category" else (),
        children=forest(found, one.id) if kind == "category" else (),
        locale=settings.language,
    )
