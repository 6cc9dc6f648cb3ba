"""The conformance kit on the embedded backend, as a stranger's adapter would use it: found by its entry point only."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path
from typing import Any

import pytest

from bff.ports import Market
from bff.testing.conformance import *  # noqa: F403
from bff.testing.conformance import Hints, Subject

MARKETS = (
    Market(id="gb", country="GB", currency="GBP", locales=("en-GB",), paths={"en-GB": "en-gb"}),
    Market(id="de", country="DE", currency="EUR", locales=("de-DE",), paths={"de-DE": "de-de"}, unit_prices=True),
)
HINTS = Hints(
    code="WELCOME10",
    needless_code="HOUSE20",
    gift_card="GIFT-POUND-2026-DEMO",
    redirects=("/products/old-mug", "/info/shipping", "/products/pewter-tankard"),
    pages=("delivery",),
    menus=("main", "footer-help"),
    slots=("home.hero",),
)


def faulty(name: str) -> dict[str, Any] | None:
    """Settings under which every operation fails like that, as far as the adapter can."""
    faults: dict[str, Any] = {
        "refused": {"failing": {"*": 1}},
        "broken": {"failing": {"*": 1}},
        "hanging": {"slow": {"*": 60.0}},
        "throttled": {"throttled": {"*": {"retry_after": 7.0}}},
        "lost-after-commit": {"answer_lost": {"*": 1}},
    }
    return {"faults": faults[name]} if name in faults else None


@pytest.fixture(scope="module")
def subject(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Subject:
    folder = tmp_path_factory.mktemp("conformance")
    shutil.copyfile(seeded, folder / "store.sqlite")
    return Subject(
        adapter="embedded",
        settings={
            "database": str(folder / "store.sqlite"),
            "today": datetime.date(2026, 6, 3).isoformat(),
            "scrypt_cost": 4,
            "outbox": str(folder / "outbox"),
            "confirm_accounts": False,
        },
        markets=MARKETS,
        hints=HINTS,
        offline="its engine is in this process",
        faulty=faulty,
    )
