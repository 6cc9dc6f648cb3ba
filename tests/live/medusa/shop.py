"""The settings and markets that fit the server of `server.py`: for the kit, for journeys, for a store by hand."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from bff.ports import Market
from tests.live.stores import written

MARKETS = (
    Market(id="gb", country="GB", currency="GBP", locales=("en-GB",), paths={"en-GB": "en-gb"}),
    Market(id="de", country="DE", currency="EUR", locales=("de-DE",), paths={"de-DE": "de-de"}),
    Market(id="us", country="US", currency="USD", locales=("en-US",), paths={"en-US": "en-us"}, tax="excluded"),
    Market(
        id="ae", country="AE", currency="AED", locales=("ar-AE", "en-AE"), paths={"ar-AE": "ar-ae", "en-AE": "en-ae"}
    ),
)
_COLOURS = {
    "madder": "#ba3b2f", "indigo": "#2a437e", "moss": "#5b743a", "ochre": "#e4a635", "teal": "#1b8385", "rose": "#e79b9d",
    "chalk": "#f8f4ea", "charcoal": "#39332e", "natural": "#d5bf9b",
}  # fmt: skip
_FACTS = {
    "material": {"en": "Material", "de": "Material", "ar": "الخامة"},
    "origin": {"en": "Made in", "de": "Hergestellt in", "ar": "بلد الصنع"},
    "made": {"en": "How it is made", "de": "Herstellung", "ar": "طريقة الصنع"},
    "care": {"en": "Care", "de": "Pflege", "ar": "العناية"},
    "capacity": {"en": "Capacity", "de": "Fassungsvermögen", "ar": "السعة"},
}
SETTINGS: dict[str, Any] = {
    "html": True,
    "brands": "collections",
    "collection_root": "collections",
    "swatches": _COLOURS,
    "attributes": _FACTS,
    "payments": {"pp_system_default": {"en": "Bank transfer", "de": "Überweisung", "ar": "تحويل مصرفي"}},
    "search": {
        "rank": "rank",
        "unique": "id",
        "facets": [
            {"field": "brand"},
            {"field": "colour", "name": {"en": "Colour", "de": "Farbe", "ar": "اللون"}},
            {"field": "size", "name": {"en": "Size", "de": "Größe", "ar": "المقاس"}},
            *({"field": name, "name": _FACTS[name]} for name in ("material", "origin", "made")),
        ],
    },
}


def shop(folder: Path, url: str, key: str) -> Path:
    """A shop's folder whose backend is the Medusa at `url`."""
    settings = {**SETTINGS, "url": url, "key": key}
    return written(folder, folder / "var", adapter="medusa", settings=settings, markets=MARKETS)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("python -m tests.live.medusa.shop FOLDER MEDUSA_URL KEY")
    shop(Path(sys.argv[1]).resolve(), *sys.argv[2:])
