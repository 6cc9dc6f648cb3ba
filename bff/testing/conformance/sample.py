"""What the kit finds in the shop: enough different things to prove something with, or a scenario says what is missing.

It looks with three operations: `catalog.navigation`, `search.listing` and `catalog.product`. What one of them does not
show is missing to the scenarios that need it, and to no others: an adapter grows operation by operation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from bff.ports import (
    Card,
    CategoryNode,
    Link,
    ListingQuery,
    NotFound,
    Product,
    Scope,
    Variant,
    VariantKey,
)

from .shop import Shop

PRODUCTS, PAGES, SIZE = 14, 3, 24
"""How many products are looked at closely, of how many pages of cards of this size."""
PLENTY = Decimal(5)
T = TypeVar("T")


def key(variant: Variant) -> VariantKey:
    return VariantKey(id=variant.id, product_id=variant.product_id, sku=variant.sku)


def plain(product: Product) -> bool:
    """Whether it goes into a cart and a parcel without further ado."""
    typed = any(each.required for each in product.inputs)
    return product.kind == "physical" and not typed and not product.requires_plan and not product.components


def in_stock(variant: Variant) -> bool:
    there = variant.availability
    enough = there.orderable is None or there.orderable >= PLENTY
    return there.state in ("in_stock", "low_stock", "unknown") and enough and variant.quantity.minimum == 1


def variants(product: Product) -> tuple[Variant, ...]:
    """The variants that can be seen without choosing."""
    if product.variants is not None:
        return product.variants
    return (product.selected,) if product.selected is not None else ()


def walk(nodes: Iterable[CategoryNode]) -> Iterator[CategoryNode]:
    for node in nodes:
        yield node
        yield from walk(node.children)


@dataclass(frozen=True)
class Sample:
    """Things of the first market. What is not there skips the scenario that needs it; `TestSample` fails and names it."""

    found: Mapping[str, Any]
    troubles: Mapping[str, str]
    """Why something could not be looked at, by what it is."""

    def _seen(self, what: str) -> Any:
        if what in self.troubles:
            pytest.fail(self.troubles[what], pytrace=False)
        return self.found[what]

    @property
    def cards(self) -> tuple[Card, ...]:
        return tuple(self._seen("cards"))

    @property
    def products(self) -> tuple[Product, ...]:
        return tuple(self._seen("products"))

    @property
    def categories(self) -> tuple[CategoryNode, ...]:
        return tuple(self._seen("categories"))

    @property
    def collections(self) -> tuple[Link, ...]:
        return tuple(self._seen("collections"))

    @property
    def brands(self) -> tuple[Link, ...]:
        return tuple(self._seen("brands"))

    @property
    def total(self) -> int | None:
        total: int | None = self._seen("total")
        return total

    def _first(self, things: Iterable[T], what: str) -> T:
        found = next(iter(things), None)
        if found is None:
            pytest.skip(f"the sample has no {what}")
        return found

    @property
    def buyable(self) -> tuple[tuple[Product, Variant], ...]:
        """Products that go into a cart without further ado, each with a variant of which five can be had."""
        found = ((p, next((v for v in variants(p) if in_stock(v)), None)) for p in self.products if plain(p))
        return tuple((product, variant) for product, variant in found if variant is not None)

    @property
    def product(self) -> Product:
        return self._first((product for product, _ in self.buyable), "product that can be bought at once")

    @property
    def line(self) -> VariantKey:
        """What goes into a cart."""
        return self._first((key(variant) for _, variant in self.buyable), "product that can be bought at once")

    @property
    def second(self) -> VariantKey:
        """Something else that goes into a cart."""
        return self._first((key(variant) for _, variant in self.buyable[1:]), "second product that can be bought")

    @property
    def with_options(self) -> Product:
        return self._first((p for p in self.products if p.options and len(variants(p)) > 1), "product with options")

    @property
    def without_options(self) -> Product:
        return self._first((p for p in self.products if not p.options), "product without options")

    @property
    def sold_out(self) -> tuple[Product, Variant]:
        found = ((p, v) for p in self.products for v in variants(p) if v.availability.state == "sold_out" and plain(p))
        return self._first(found, "sold-out variant")

    @property
    def with_text_input(self) -> tuple[Product, Variant, str]:
        """A product one types something for, its variant, and the input's id."""
        found = (
            (p, v, i.id)
            for p in self.products
            for i in p.inputs
            for v in variants(p)
            if i.kind == "text" and in_stock(v) and not any(o.required and o.id != i.id for o in p.inputs)
        )
        return self._first(found, "product with a text input")

    @property
    def category(self) -> CategoryNode:
        return self._first(walk(self.categories), "category")


async def look_around(shop: Shop) -> Sample:
    """Walk the first market: categories, a few pages of cards, the products behind some of them."""
    found: dict[str, Any] = {}
    troubles: dict[str, str] = {}

    async def look(parts: tuple[str, ...], at: Callable[[], Awaitable[tuple[Any, ...]]]) -> None:
        try:
            found.update(zip(parts, await at(), strict=True))
        except Exception as error:  # told by every scenario that needs it, short
            calls = "".join(f"\n  {line}" for line in shop.last_calls(1))
            told = f"{type(error).__name__}: {error}\nSo the kit could not look around in the shop:{calls}"
            troubles.update(dict.fromkeys(parts, told))

    async def places() -> tuple[Any, ...]:
        navigation = await shop.catalog.navigation(shop.public())
        return navigation.categories, navigation.collections, navigation.brands

    async def products() -> tuple[Any, ...]:
        return (await _products(shop, found["cards"]),)

    await look(("categories", "collections", "brands"), places)
    await look(("cards", "total"), lambda: _cards(shop))
    if "cards" in troubles:
        troubles["products"] = troubles["cards"]
    else:
        await look(("products",), products)
    return Sample(found=found, troubles=troubles)


async def _cards(shop: Shop) -> tuple[list[Card], int | None]:
    cards: list[Card] = []
    cursor, total = None, None
    for page in range(1, PAGES + 1):
        query = ListingQuery(size=SIZE, page=page, cursor=cursor)
        listing = await shop.search.listing(shop.public(), query=query)
        total = listing.total if page == 1 else total
        missing = [hit.key for hit in listing.hits if hit.card is None]
        found = iter(await shop.catalog.products(shop.public(), keys=missing) if missing else ())
        cards += [card for hit in listing.hits if (card := hit.card or next(found, None)) is not None]
        cursor = listing.next
        if cursor is None:
            break
    return cards, total


async def _products(shop: Shop, cards: list[Card]) -> list[Product]:
    slugs = dict.fromkeys([*shop.subject.hints.products, *_telling(cards)])
    products = []
    for slug in list(slugs)[:PRODUCTS]:
        try:
            products.append(await shop.catalog.product(shop.public(), slug=slug))
        except NotFound:
            if slug in shop.subject.hints.products:
                raise AssertionError(f"Hints.products names {slug!r}, which is not there") from None
    return products


def _telling(cards: list[Card]) -> list[str]:
    """Slugs of those cards first that differ from the others: sold out, on sale, one variant, many."""
    sold_out = [card.slug for card in cards if not card.availability.buyable][:2]
    reduced = [card.slug for card in cards if card.price.compare_at is not None][:2]
    single = [card.slug for card in cards if card.choices == 1][:4]
    many = [card.slug for card in cards if (card.choices or 0) > 1][:4]
    return [*sold_out, *many, *single, *reduced, *(card.slug for card in cards)]


def scope(node: CategoryNode) -> Scope:
    kind = node.link.kind
    assert kind in ("category", "collection", "brand"), f"a category's link says its kind; came {kind!r}"
    return Scope(kind=kind, id=node.link.id, slug=node.link.slug)
