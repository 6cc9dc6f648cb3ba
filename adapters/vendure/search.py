"""Search and listings, by Vendure's search plugin.

The plugin counts facet values in the present result only, where a facet's own choice hides its other values. So each facet
with a choice is counted in a search of its own without that choice; all are parts of one document.
"""

from __future__ import annotations

from collections.abc import Mapping

from bff.ports import (
    Availability,
    AvailabilityState,
    Card,
    Facet,
    FacetValue,
    Hit,
    Listing,
    ListingQuery,
    Media,
    NotFound,
    ProductKey,
    PublicContext,
    SearchTraits,
    Sort,
    Suggestions,
)

from . import shelves
from .asked import COUNTS, IN_STOCK, STOCK, Asked
from .catalog import VendureCatalog
from .client import Client, Operation
from .pictures import image
from .places import Place, Places
from .products import ranged
from .settings import Settings
from .wire import Wire, WireFacetCount, WireFound, WireHit, WireShelf, WireSuggested

_SUGGEST = """
query Suggest($input: SearchInput!, $text: String!, $most: Int!) {
  search(input: $input) { items {
    productId productVariantId productName slug sku currencyCode STOCK productAsset { preview }
    price { ... on PriceRange { min max } ... on SinglePrice { value } }
    priceWithTax { ... on PriceRange { min max } ... on SinglePrice { value } }
  } }
  collections(options: {filter: {name: {contains: $text}}, take: $most}) {
    items { id name slug breadcrumbs { id name slug } }
  }
}
"""


class _Shelves(Wire):
    items: tuple[WireShelf, ...]


class _Suggested(Wire):
    search: WireSuggested
    collections: _Shelves


class _Part(WireFound):
    """One part of a listing's document: a search, the collection or the brands."""

    id: str | None = None


class VendureSearch:
    """See the port."""

    traits = SearchTraits(hits="card", counts="disjunctive", facets=True, pages="number")

    def __init__(self, client: Client, places: Places, settings: Settings, catalog: VendureCatalog) -> None:
        self._client, self._places, self._settings, self._catalog = client, places, settings, catalog
        stock = "inStock" if settings.stock_in_search else ""
        self._suggest = Operation("suggest", _SUGGEST.replace("STOCK", stock), _Suggested)

    async def listing(self, ctx: PublicContext, /, *, query: ListingQuery) -> Listing:
        """Two calls: the search with its counts, then the cards. A third where a filter is none of this listing's."""
        place = self._places.of(ctx)
        asked = Asked(query, self._settings)
        if asked.text and len(asked.text) < self._settings.min_term:
            return _listed(asked, 0, (), ())  # the plugin would answer with everything there is
        parts = await self._parts(ctx, place, asked)
        if asked.forget_strangers(_values(parts["base"])):
            parts = await self._parts(ctx, place, asked)
        found = parts["found"]
        cards = await self._catalog.cards(ctx, place, [hit.product_id for hit in found.items])
        hits = tuple(
            Hit(key=ProductKey(id=one.product_id, sku=one.sku), card=cards[one.product_id])
            for one in found.items
            if one.product_id in cards
        )
        return _listed(asked, found.total_items, hits, self._facets(asked, parts))

    async def _parts(self, ctx: PublicContext, place: Place, asked: Asked) -> dict[str, _Part]:
        """The searches a listing is made of. Raises `NotFound` for an unknown scope."""
        inputs = {"found": asked.input()}
        if asked.narrowed:
            inputs["base"] = asked.input(bare=True)
        if len(asked.choices) + asked.in_stock > 1:
            inputs |= {f"f{at}": asked.input(without=facet) for at, facet in enumerate(asked.choices)}
        if self._settings.stock_in_search:
            inputs["stock"] = asked.input(without=STOCK) | {"inStock": True}
        fields = dict.fromkeys(inputs, f"totalItems {COUNTS}")
        fields["found"] += " items { productId productVariantId sku }"
        fields["stock"] = "totalItems"
        told = [f"{name}: search(input: ${name}) {{ {fields[name]} }}" for name in inputs]
        values: dict[str, object] = dict(inputs)
        declared = [f"${name}: SearchInput!" for name in inputs]
        if asked.scope is not None and asked.scope.kind != "brand":
            told.append("scope: collection(id: $scope) { id }")
            declared.append("$scope: ID!")
            values["scope"] = asked.scope.id
        document = f"query Listing({', '.join(declared)}) {{ {' '.join(told)} }}"
        operation = Operation("listing", document, dict[str, _Part | None])
        answer = (await self._client.ask(ctx, place, operation, values)).data
        if "scope" in values and answer.get("scope") is None:
            raise NotFound("no such collection here")
        parts = {name: answer.get(name) or _Part() for name in inputs}
        parts.setdefault("base", parts["found"])
        if asked.scope is not None and asked.scope.kind == "brand" and not parts["base"].total_items:
            raise NotFound("no such brand here")
        return parts

    def _facets(self, asked: Asked, parts: Mapping[str, _Part]) -> tuple[Facet, ...]:
        named: dict[str, Facet] = {}
        scope = asked.scope
        for code, own in _by_facet(parts["base"]).items():
            hidden = scope is not None and scope.kind == "brand" and code == self._settings.brand_facet
            if hidden or (self._settings.facets and code not in self._settings.facets):
                continue
            counts = {one.facet_value.id: one.count for one in self._counted(asked, parts, code).facet_values}
            chosen = asked.choices.get(code, ())
            values = tuple(
                FacetValue(
                    value=one.facet_value.id,
                    name=one.facet_value.name,
                    count=counts.get(one.facet_value.id, 0),
                    selected=one.facet_value.id in chosen,
                )
                for one in sorted(own, key=lambda each: (-each.count, each.facet_value.name))
                if counts.get(one.facet_value.id) or one.facet_value.id in chosen
            )
            if values:
                is_brand = code == self._settings.brand_facet
                name = None if is_brand else own[0].facet_value.facet.name
                named[code] = Facet(id="brand" if is_brand else code, name=name, kind="choice", values=values)
        order = self._settings.facets or tuple(named)
        facets = [named[code] for code in order if code in named]
        if "stock" in parts and (asked.in_stock or 0 < parts["stock"].total_items < parts["base"].total_items):
            value = FacetValue(value=IN_STOCK, name=IN_STOCK, count=parts["stock"].total_items, selected=asked.in_stock)
            facets.append(Facet(id=STOCK, name=None, kind="toggle", values=(value,)))
        return tuple(facets)

    def _counted(self, asked: Asked, parts: Mapping[str, _Part], code: str) -> _Part:
        """The search in which a facet's values are counted: with every choice but its own."""
        if code not in asked.choices:
            return parts["found"]
        return parts.get(f"f{list(asked.choices).index(code)}", parts["base"])

    async def suggest(self, ctx: PublicContext, /, *, text: str, limit: int = 6) -> Suggestions:
        """Cards made of what the search says by itself, in one call: no choices, nothing to put into the bag."""
        place = self._places.of(ctx)
        text = text.strip()
        if len(text) < self._settings.min_term:
            return Suggestions()
        asked = {"input": {"term": text, "groupByProduct": True, "take": limit}, "text": text, "most": limit}
        told = (await self._client.ask(ctx, place, self._suggest, asked)).data
        kinds = ((shelves.kind(one.breadcrumbs, self._settings.campaigns), one) for one in told.collections.items)
        return Suggestions(
            products=tuple(self._card(place, one) for one in told.search.items),
            categories=tuple(shelves.link(kind, one) for kind, one in kinds if kind)[:limit],
        )

    def _card(self, place: Place, one: WireHit) -> Card:
        low, high = (
            place.shown(net, gross, one.currency_code)
            for net, gross in (
                (one.price.lowest, one.price_with_tax.lowest),
                (one.price.highest, one.price_with_tax.highest),
            )
        )
        picture = one.product_asset
        media = (
            (Media(image=image(picture, one.product_name, transforms=self._settings.image_transforms)),)
            if picture
            else ()
        )
        state: AvailabilityState = "unknown" if one.in_stock is None else "in_stock" if one.in_stock else "sold_out"
        return Card(
            id=one.product_id,
            slug=one.slug,
            title=one.product_name,
            price=ranged(place, low, high),
            availability=Availability(state=state),
            media=media,
            sku=one.sku or None,
        )


def _by_facet(part: _Part) -> dict[str, list[WireFacetCount]]:
    found: dict[str, list[WireFacetCount]] = {}
    for one in part.facet_values:
        found.setdefault(one.facet_value.facet.code, []).append(one)
    return dict(sorted(found.items(), key=lambda item: _made(item[1][0].facet_value.facet.id)))


def _made(id: str) -> tuple[int, str]:
    """Ids in the order they were given, where they are numbers."""
    return (int(id) if id.isascii() and id.isdigit() else 0, id)


def _values(part: _Part) -> dict[str, set[str]]:
    return {code: {one.facet_value.id for one in own} for code, own in _by_facet(part).items()}


def _listed(asked: Asked, total: int, hits: tuple[Hit, ...], facets: tuple[Facet, ...]) -> Listing:
    pages = -(-total // asked.size)
    return Listing(
        hits=hits,
        facets=facets,
        sorts=tuple(Sort(id=id) for id in (asked.usual, *asked.sorts)),
        sort=asked.sort or asked.usual,
        total=total,
        number=asked.number,
        pages=pages,
        next=str(asked.number + 1) if asked.number < pages else None,
        previous=str(asked.number - 1) if 1 < asked.number <= pages else None,
        ignored=tuple(asked.ignored),
    )
