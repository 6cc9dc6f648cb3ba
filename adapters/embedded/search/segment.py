"""A scope's products in one price list, numbered densely, with a bitmap for every facet value.

Numbering inside the scope is what keeps a category of 10,000 products cheap in a shop of a million: every bitmap has as
many bits as the scope has products, and none more. Bit 0 is the product that `featured` shows first.
"""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress, islice

_ONES = bytes(48) + b"\x00\x01" + bytes(206)


def selectors(bits: int, size: int) -> bytes:
    """One byte for each of `size` bits, lowest first: 1 where it is set."""
    return format(bits, f"0{size}b")[::-1].encode().translate(_ONES) if size else b""


def bitmap(places: Iterable[int], size: int) -> int:
    """The bits at `places`, each below `size`."""
    octets = bytearray(size // 8 + 1)
    for place in places:
        octets[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(octets, "little")


class Order:
    """The segment's products in one order: `places` lists local numbers, `ranks` is its inverse."""

    __slots__ = ("places", "ranks")

    def __init__(self, places: Sequence[int]) -> None:
        self.places = array("I", places)
        self.ranks = array("I", bytes(4 * len(self.places)))
        for rank, place in enumerate(self.places):
            self.ranks[place] = rank

    def page(self, bits: int, count: int, start: int, end: int) -> list[int]:
        """Places `start` to `end` among the `count` that are set in `bits`.

        Few set bits are sorted by rank; many make it cheaper to walk the order until the page is full.
        """
        size, end = len(self.places), min(end, count)
        if start >= end:
            return []
        if count == size:
            return list(self.places[start:end])
        chosen = selectors(bits, size)
        if end * size // count < 3 * count:
            return list(islice(compress(self.places, map(chosen.__getitem__, self.places)), start, end))
        places = self.places
        return [places[rank] for rank in sorted(compress(self.ranks, chosen))[start:end]]


class PriceLadder:
    """Prices in rising order, with a bitmap of everything below each rung, so that a range of prices is two look-ups
    and at most two rungs' worth of single bits."""

    def __init__(self, order: Order, price_of: Callable[[int], int]) -> None:
        self._places = order.places
        self._prices = array("q", [price_of(place) for place in order.places])
        size = len(self._places)
        self._step = max(64, size // 128)
        self._width = size // 8 + 1
        self._rungs: list[bytes] = []
        octets = bytearray(self._width)
        for position, place in enumerate(self._places):
            if position % self._step == 0:
                self._rungs.append(bytes(octets))
            octets[place >> 3] |= 1 << (place & 7)
        self._rungs.append(bytes(octets))

    @property
    def bounds(self) -> tuple[int, int] | None:
        return (self._prices[0], self._prices[-1]) if self._prices else None

    def between(self, low: int | None, high: int | None) -> int:
        """The products that cost from `low` to `high`, both included; None is open."""
        first = 0 if low is None else bisect_left(self._prices, low)
        last = len(self._prices) if high is None else bisect_right(self._prices, high)
        return self._below(last) ^ self._below(first) if first < last else 0

    def bounds_within(self, bits: int) -> tuple[int, int] | None:
        """The lowest and highest price among `bits`."""
        chosen = selectors(bits, len(self._places))
        lowest = next((price for place, price in zip(self._places, self._prices, strict=True) if chosen[place]), None)
        if lowest is None:
            return None
        backwards = zip(reversed(self._places), reversed(self._prices), strict=True)
        return lowest, next(price for place, price in backwards if chosen[place])

    def _below(self, position: int) -> int:
        rung = position // self._step
        octets = bytearray(self._rungs[rung])
        for place in self._places[rung * self._step : position]:
            octets[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(octets, "little")


class Segment:
    """The products of one scope that one price list sells."""

    def __init__(
        self,
        products: Sequence[int],
        values: Iterable[tuple[int, Iterable[int]]],
        sort_key: Callable[[str], Callable[[int], int]],
        price_of: Callable[[int], int],
    ) -> None:
        """`products` are ordinals in featured order; `values` yields each product's place and its facet value numbers;
        `sort_key` names, for a sort, the key of an ordinal."""
        self.products = array("I", products)
        self.size = len(self.products)
        self.everything = (1 << self.size) - 1
        self.bits = self._bitmaps(values)
        self._sort_key, self._price_of = sort_key, price_of
        self._orders: dict[str, Order] = {}
        self._ladder: PriceLadder | None = None
        self._places: dict[int, int] | None = None
        self._lock = threading.RLock()

    def _bitmaps(self, values: Iterable[tuple[int, Iterable[int]]]) -> dict[int, int]:
        width = self.size // 8 + 1
        octets: dict[int, bytearray] = {}
        for place, numbers in values:
            byte, bit = place >> 3, 1 << (place & 7)
            for number in numbers:
                try:
                    octets[number][byte] |= bit
                except KeyError:
                    octets[number] = bytearray(width)
                    octets[number][byte] = bit
        return {number: int.from_bytes(some, "little") for number, some in octets.items()}

    def order(self, sort: str) -> Order:
        """The products by `sort`; ties as featured. Made once, on first use."""
        found = self._orders.get(sort)
        if found is None:
            with self._lock:
                found = self._orders.get(sort)
                if found is None:
                    found = self._orders[sort] = Order(self._sorted(sort))
        return found

    def _sorted(self, sort: str) -> Sequence[int]:
        if sort == "featured":
            return range(self.size)
        key = self._sort_key(sort)
        keys = [key(n) for n in self.products]
        return sorted(range(self.size), key=keys.__getitem__)

    @property
    def ladder(self) -> PriceLadder:
        if self._ladder is None:
            with self._lock:
                if self._ladder is None:
                    self._ladder = PriceLadder(
                        self.order("price-asc"), lambda place: self._price_of(self.products[place])
                    )
        return self._ladder

    def places(self, ordinals: Iterable[int]) -> Iterator[int]:
        """The places of those of `ordinals` that stand here, in their order."""
        if self._places is None:
            self._places = {n: place for place, n in enumerate(self.products)}
        found = self._places.get
        return (place for n in ordinals if (place := found(n)) is not None)
