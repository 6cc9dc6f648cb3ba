"""Which rate of tax a line bears: by where it goes, and by what it is."""

from __future__ import annotations

from decimal import Decimal

from bff.ports import Address

from .reading import Reading
from .trade import TaxDoc, taxes

NONE = Decimal(0)


class Tax:
    """The tax of one cart. `destination`: the address its goods go to, None where nothing is known; `pickup`: they stay in
    a shop of the market's country."""

    def __init__(self, r: Reading, destination: Address | None, pickup: bool) -> None:
        country = destination.country if destination and not pickup else r.market.country
        self._r = r
        self._doc: TaxDoc = taxes(r, country)
        self._rate: Decimal | None = self._doc.rate
        if self._doc.at_checkout:
            region = self._doc.home if pickup else destination.region if destination else None
            self._rate = self._of_state(region)
        self.included = self._doc.included if r.market.tax == "unknown" else r.market.tax == "included"

    def _of_state(self, region: str | None) -> Decimal | None:
        code = state(self._doc, region)
        return self._doc.states[code].rate if code else None

    @property
    def main(self) -> Decimal | None:
        """The rate of what is not reduced, of delivery and fees; None where it is not known yet."""
        return self._rate

    def rate(self, kind: str, categories: frozenset[str]) -> Decimal | None:
        """A line's rate. A gift card is money: it is taxed when it is spent."""
        if kind == "gift_card":
            return NONE
        reduced = self._doc.reduced
        if reduced is not None and categories.intersection(reduced.categories):
            return reduced.rate
        return self._rate


def state(doc: TaxDoc, region: str | None) -> str | None:
    """A state's code by its code or its name, however it is written."""
    wanted = (region or "").strip().casefold()
    return next(
        (code for code, one in doc.states.items() if wanted and wanted in (code.casefold(), one.name.casefold())), None
    )


def categories(r: Reading, product_n: int) -> frozenset[str]:
    """The categories a product stands in, with all above them, and its collections."""
    found: set[str] = set()
    for (id,) in r.connection.execute("SELECT category_id FROM product_category WHERE product_n = ?", (product_n,)):
        while id and id not in found:
            found.add(id)
            entry = r.words.categories.get(id)
            id = entry.parent if entry else None
    return frozenset(found)
