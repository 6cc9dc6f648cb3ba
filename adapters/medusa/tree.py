"""Medusa's categories and collections, and which of Portico's kinds they are here."""

from __future__ import annotations

from collections.abc import Sequence

from bff.ports import Category, CategoryKind, CategoryNode, Link, NotFound, PublicContext

from . import wire
from .goods import described
from .settings import Settings
from .shop import Shop
from .transport import fields, many, part

_NODE = ("id", "name", "handle", "rank", "parent_category_id")
_PARENTS = tuple(
    f"parent_category.{prefix}{name}" for prefix in ("", "parent_category.") for name in ("id", "name", "handle")
)
HEAD = (
    "id", "name", "handle", "description", *_PARENTS,
    "category_children.id", "category_children.name", "category_children.handle", "category_children.rank",
)  # fmt: skip
_PAGE = 500


def in_collections(kind: CategoryKind, settings: Settings) -> bool:
    """Whether a kind is a collection of Medusa's; else it is a category. Raises `NotFound` for a kind there is not."""
    if kind == "brand":
        if settings.brands != "collections":
            raise NotFound("no brands")
        return True
    return kind == "collection" and settings.collection_root is None and settings.brands == "none"


def kind_of(category: wire.Category | wire.Ancestor, settings: Settings) -> CategoryKind | None:
    """What a category is shown as; None for the root of collections, which is no page."""
    if settings.collection_root is None:
        return "category"
    if category.handle == settings.collection_root:
        return None
    parent = category.parent_category
    return "collection" if parent and parent.handle == settings.collection_root else "category"


def link(kind: CategoryKind, one: wire.Category) -> Link:
    return Link(kind=kind, id=one.id, slug=one.handle, title=one.name)


def collection_link(kind: CategoryKind, one: wire.Collection) -> Link:
    return Link(kind=kind, id=one.id, slug=one.handle, title=one.title)


def _ranked(children: Sequence[wire.Category] | None) -> list[wire.Category]:
    return sorted(children or (), key=lambda one: (one.rank is None, one.rank or 0))


def nodes(children: Sequence[wire.Category] | None, kind: CategoryKind = "category") -> tuple[CategoryNode, ...]:
    return tuple(
        CategoryNode(link=link(kind, one), children=nodes(one.category_children, kind)) for one in _ranked(children)
    )


async def roots(shop: Shop, ctx: PublicContext) -> list[wire.Category]:
    """The whole tree, however many roots."""
    found: list[wire.Category] = []
    children = tuple(f"category_children.{name}" for name in _NODE)
    while True:
        query = [
            ("parent_category_id", "null"), ("include_descendants_tree", "true"), ("limit", str(_PAGE)),
            ("offset", str(len(found))), fields(*_NODE, *children),
        ]  # fmt: skip
        page = await shop.api.get(ctx, "/store/product-categories", wire.Categories, query=query)
        found += page.product_categories
        if not page.product_categories or len(found) >= page.count:
            return _ranked(found)


async def collections(shop: Shop, ctx: PublicContext) -> list[wire.Collection]:
    found: list[wire.Collection] = []
    while True:
        query = [
            ("limit", str(_PAGE)),
            ("offset", str(len(found))),
            ("order", "title"),
            fields("id", "title", "handle"),
        ]
        page = await shop.api.get(ctx, "/store/collections", wire.Collections, query=query)
        found += page.collections
        if not page.collections or len(found) >= page.count:
            return found


async def head(shop: Shop, ctx: PublicContext, kind: CategoryKind, slug: str) -> Category:
    """The head of a listing's page. Raises `NotFound`."""
    if in_collections(kind, shop.settings):
        query = [("handle", slug), fields("id", "title", "handle")]
        found = (await shop.api.get(ctx, "/store/collections", wire.Collections, query=query)).collections
        if not found:
            raise NotFound(kind)
        one = found[0]
        return Category(kind=kind, id=one.id, slug=one.handle, title=one.title, locale=shop.settings.language)
    query = [("handle", slug), fields(*HEAD)]
    answer = await shop.api.get(ctx, "/store/product-categories", wire.Categories, query=query)
    category = next((one for one in answer.product_categories if kind_of(one, shop.settings) == kind), None)
    if category is None:
        raise NotFound(kind)
    return Category(
        kind=kind,
        id=category.id,
        slug=category.handle,
        title=category.name,
        description=described(category.description, shop.settings),
        breadcrumbs=ancestors(category, shop.settings),
        children=nodes(category.category_children),
        locale=shop.settings.language,
    )


def ancestors(category: wire.Category, settings: Settings) -> tuple[Link, ...]:
    """The categories above, the highest first."""
    found: list[Link] = []
    above = category.parent_category
    while above is not None:
        if above.name and above.handle and above.handle != settings.collection_root:
            found.append(Link(kind="category", id=above.id, slug=above.handle, title=above.name))
        above = above.parent_category
    return tuple(reversed(found))


async def by_ids(shop: Shop, ctx: PublicContext, ids: Sequence[str]) -> dict[str, wire.Category]:
    """Categories with those above them, by id."""
    if not ids:
        return {}
    query = [*many("id", ids), ("limit", str(len(ids))), fields(*HEAD)]
    answer = await shop.api.get(ctx, "/store/product-categories", wire.Categories, query=query)
    return {one.id: one for one in answer.product_categories}


async def collections_by_ids(shop: Shop, ctx: PublicContext, ids: Sequence[str]) -> dict[str, wire.Collection]:
    if not ids:
        return {}
    query = [*many("id", ids), ("limit", str(len(ids))), fields("id", "title", "handle")]
    answer = await shop.api.get(ctx, "/store/collections", wire.Collections, query=query)
    return {one.id: one for one in answer.collections}


async def below(shop: Shop, ctx: PublicContext, id: str) -> list[str]:
    """A category's id and those of all below it: a product's listing by category knows direct members only. Raises
    `NotFound`."""
    names = ("id", "name", "handle")
    children = (f"category_children.{name}" for name in names)
    query = [("include_descendants_tree", "true"), fields(*names, *children)]
    found = await shop.api.get(ctx, f"/store/product-categories/{part(id)}", wire.CategoryAnswer, query=query)
    ids: list[str] = []
    rest = [found.product_category]
    while rest:
        one = rest.pop()
        ids.append(one.id)
        rest += one.category_children or []
    return ids
