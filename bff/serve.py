"""What a server loads: `granian --interface asgi --factory bff.serve:app`. `PORTICO_SHOP` names the shop's folder."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from litestar import Litestar

from bff.app import create_app
from bff.settings import load

SHOP = "PORTICO_SHOP"
LOG = "%(asctime)s %(levelname)s %(name)s %(message)s"


def app() -> Litestar:
    """The store of the shop folder that the environment names, or the demo store. Raises `Misconfigured`."""
    shop = os.environ.get(SHOP)
    settings = load(Path(shop) if shop else None)
    logging.basicConfig(level=settings.server.log.upper(), format=LOG)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return create_app(settings)
