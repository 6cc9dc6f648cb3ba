"""Collections as categories: Vendure lists them flat, in no order, below a root that is none of the shop's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bff.ports import CategoryKind, CategoryNode, EntityKind, Link, Navigation

from .pictures import image
from .products import ROOT
from .settings import Settings
from .wire import WireCollection, WireCrumb, WireEntry, WirePlaced, WireShelf, WireValue

LOCATE: Mapping[EntityKind, str] = {
    "product": "product(id: {name}) {{ id slug name }}",
    "category": "collection(id: {name}) {{ id slug name breadcrumbs {{ id name slug }} }}",
    "collection": "collection(id: {name}) {{ id slug name breadcrumbs {{ id name slug }} }}",
}


def kind(breadcrumbs: Sequence[WireCrumb], campaigns: str) -> CategoryKind | None:
    """What a collection is in the shop: below the campaigns' one a collection, else a category. The campaigns' own page is
    none."""
    way_ = [crumb for crumb in breadcrumbs if crumb.slug != ROOT]
    if campaigns and way_ and way_[0].slug == campaigns:
        return "collection" if len(way_) > 1 else None
    return "category"


def way(kind_: CategoryKind, breadcrumbs: Sequence[WireCrumb], id: str) -> tuple[Link, ...]:
    """The categories above one."""
    if kind_ != "category":
        return ()
    above = [crumb for crumb in breadcrumbs if crumb.slug != ROOT and crumb.id != id]
    return tuple(Link(kind="category", id=crumb.id, slug=crumb.slug, title=crumb.name) for crumb in above)


def link(kind_: EntityKind, one: WireEntry | WirePlaced | WireCollection | WireShelf) -> Link:
    return Link(kind=kind_, id=one.id, slug=one.slug, title=one.name)


def brand(value: WireValue) -> Link:
    return Link(kind="brand", id=value.id, slug=value.code, title=value.name)


def children(kind_: CategoryKind, below: Sequence[WireShelf]) -> tuple[CategoryNode, ...]:
    return tuple(CategoryNode(link=link(kind_, one)) for one in below)


def located(kind_: EntityKind, one: WirePlaced | None, settings: Settings) -> Link | None:
    if one is None or (kind_ != "product" and kind(one.breadcrumbs, settings.campaigns) != kind_):
        return None
    return link(kind_, one)


def navigation(found: Sequence[WireCollection], brands: Sequence[WireValue], settings: Settings) -> Navigation:
    below: dict[str, list[WireCollection]] = {}
    for one in sorted(found, key=lambda each: each.position):
        below.setdefault(one.parent_id, []).append(one)
    ids = {one.id for one in found}
    tops = [one for one in sorted(found, key=lambda each: each.position) if one.parent_id not in ids]
    campaigns = next((one for one in tops if settings.campaigns and one.slug == settings.campaigns), None)

    def node(one: WireCollection, depth: int) -> CategoryNode:
        picture = one.featured_asset
        return CategoryNode(
            link=link("category", one),
            children=tuple(node(child, depth + 1) for child in below.get(one.id, ())) if depth < 8 else (),
            image=image(picture, one.name, transforms=settings.image_transforms) if picture else None,
        )

    return Navigation(
        categories=tuple(node(one, 0) for one in tops if one is not campaigns),
        collections=tuple(link("collection", one) for one in below.get(campaigns.id, ())) if campaigns else (),
        brands=tuple(brand(value) for value in brands),
    )
