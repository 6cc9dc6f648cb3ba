"""What a server loads: `granian --interface asgi --factory bff.serve:app`. `PORTICO_SHOP` names the shop's folder."""

from __future__ import annotations

import os
from pathlib import Path

from litestar import Litestar

from bff.app import create_app
from bff.settings import load

SHOP = "PORTICO_SHOP"


def app() -> Litestar:
    """The store of the shop folder that the environment names, or the demo store. Raises `Misconfigured`."""
    shop = os.environ.get(SHOP)
    return create_app(load(Path(shop) if shop else None))
