"""Facets of a listing, counted exactly: each with every filter but its own."""

from __future__ import annotations

from decimal import Decimal

from adapters.embedded.texts import chain, pick
from bff.ports import Facet, FacetValue, Market, Scope

from .filters import Filters
from .index import SCALE, CategoryShape, FacetShape, Index, Value
from .segment import Segment


class Facets:
    """Counts the facets of one listing. `everything` is the listing without filters."""

    def __init__(
        self, index: Index, segment: Segment, filters: Filters, everything: int, market: Market, locale: str
    ) -> None:
        self._index, self._segment, self._filters = index, segment, filters
        self._everything, self._market = everything, market
        self._languages = chain(locale, index.default_language)
        self._result = filters.base(everything)

    def all(self, scope: Scope | None, scope_id: str | None) -> tuple[Facet, ...]:
        """Every facet that has something to choose. A brand's own listing has no brands, a leaf category no tree."""
        made = []
        for shape in self._index.shapes.values():
            if shape.id == "brand" and scope is not None and scope.kind == "brand":
                continue
            if shape.kind == "range":
                facet = self._range(shape)
            elif shape.kind == "tree":
                facet = self._tree(shape, scope_id if scope is not None and scope.kind == "category" else None)
            else:
                facet = self._choice(shape)
            if facet is not None:
                made.append(facet)
        return tuple(made)

    def _base(self, shape: FacetShape) -> int:
        if shape.id in self._filters.masks:
            return self._filters.base(self._everything, without=shape.id)
        return self._result

    def _facet(self, shape: FacetShape, values: tuple[FacetValue, ...]) -> Facet | None:
        name = None if shape.names is None else pick(shape.names, self._languages)
        return Facet(id=shape.id, name=name, kind=shape.kind, values=values) if values else None

    def _choice(self, shape: FacetShape) -> Facet | None:
        base, bits = self._base(shape), self._segment.bits
        chosen = self._filters.chosen.get(shape.id, ())
        values = []
        for value in shape.values:
            here = bits.get(value.number)
            if here is None:
                continue
            count = (base & here).bit_count()
            if count or value.number in chosen:
                values.append(self._shown(value, count, value.number in chosen))
        return self._facet(shape, tuple(values))

    def _shown(self, value: Value, count: int, selected: bool, children: tuple[FacetValue, ...] = ()) -> FacetValue:
        return FacetValue(
            value=value.value,
            name=pick(value.names, self._languages),
            count=count,
            selected=selected,
            swatch=value.swatch,
            children=children,
        )

    def _tree(self, shape: FacetShape, root: str | None) -> Facet | None:
        """The children of `root`, or the whole forest; each with its own children."""
        categories = self._index.categories
        if root is not None:
            tops = categories[root].children
        else:
            tops = [c.id for c in categories.values() if c.kind == "category" and c.parent not in categories]
        base, chosen = self._base(shape), self._filters.chosen.get(shape.id, set())
        numbers = {value.value: value for value in shape.values}
        return self._facet(shape, self._branches([categories[id] for id in tops], numbers, base, chosen))

    def _branches(
        self, shapes: list[CategoryShape], values: dict[str, Value], base: int, chosen: set[int]
    ) -> tuple[FacetValue, ...]:
        shown = []
        for shape in shapes:
            value = values[shape.id]
            here = self._segment.bits.get(value.number)
            if here is None:
                continue
            children = self._branches([self._index.categories[id] for id in shape.children], values, base, chosen)
            count = (base & here).bit_count()
            if count or children or value.number in chosen:
                shown.append(self._shown(value, count, value.number in chosen, children))
        return tuple(shown)

    def _range(self, shape: FacetShape) -> Facet | None:
        whole = self._everything == self._segment.everything
        ladder = self._segment.ladder
        bounds = ladder.bounds if whole else ladder.bounds_within(self._everything)
        if bounds is None or (bounds[0] == bounds[1] and shape.id not in self._filters.masks):
            return None
        return Facet(
            id=shape.id,
            name=None,
            kind="range",
            minimum=money(bounds[0]),
            maximum=money(bounds[1]),
            chosen_minimum=self._filters.low,
            chosen_maximum=self._filters.high,
            currency=self._market.currency,
        )


def money(scaled: int) -> Decimal:
    """An amount in major units, with two decimals unless it has more."""
    amount = Decimal(scaled) / SCALE
    return amount.quantize(Decimal("0.01")) if scaled % (SCALE // 100) == 0 else amount
