"""Loads the demo catalogue (what `portico embedded export` writes) into a Saleor through its own GraphQL API.

    python -m tests.live.saleor.load URL TOKEN EXPORT

asks for the endpoint's address and the token of an app, or of a member of staff, who may do everything. What Saleor's
scheduled tasks do (search vectors, lowest prices) is Saleor's affair. The app that may handle payments, whose token the
adapter wants for payments outside of Saleor, is for a member of staff to make.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from tests.live.saleor.admin import Admin
from tests.live.saleor.catalogue import Catalogue
from tests.live.saleor.trade import Trade


def load(url: str, token: str, export: Path) -> None:
    """Fill an empty Saleor."""
    rows = json.loads(export.read_text(encoding="utf-8"))
    admin = Admin(url, token)
    trade = Trade(admin, {row["key"]: row["doc"] for row in rows["setting"]})
    goods = Catalogue(admin, trade, rows)
    steps = (
        trade.places, goods.attributes, goods.types, goods.categories, goods.products, goods.pictures,
        goods.collections, trade.offers,
    )  # fmt: skip
    for step in steps:
        began = time.monotonic()
        step()
        print(f"{step.__name__}: {time.monotonic() - began:.1f} s", flush=True)


def main() -> None:
    if len(sys.argv) != 4:
        sys.exit("python -m tests.live.saleor.load URL TOKEN EXPORT")
    load(sys.argv[1], sys.argv[2], Path(sys.argv[3]))


if __name__ == "__main__":
    main()
