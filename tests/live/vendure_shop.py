"""The demo shop on Vendure: its markets and settings, what the kit is told about it, and the shop's folder."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from bff.ports import Market
from bff.testing.conformance import Hints
from tests.live.stores import written

_PLACES: Mapping[str, tuple[str, str, dict[str, str]]] = {
    "gb": ("GB", "GBP", {"en-GB": "en-gb"}),
    "de": ("DE", "EUR", {"de-DE": "de-de"}),
    "us": ("US", "USD", {"en-US": "en-us"}),
    "ae": ("AE", "AED", {"ar-AE": "ar-ae", "en-AE": "en-ae"}),
}
MARKETS = tuple(
    Market(
        id=id,
        country=country,
        currency=currency,
        locales=tuple(paths),
        paths=paths,
        tax="excluded" if id == "us" else "included",
        backend={"channel": id},
    )
    for id, (country, currency, paths) in _PLACES.items()
)
SETTINGS: dict[str, Any] = {
    "campaigns": "collections",
    "swatch_field": "swatch",
    "payments": ["bank-transfer"],
    "price_sort": False,  # the server is on SQLite
}
HINTS = Hints(code="WELCOME10", needless_code="TENOFF")
TOKEN = re.compile(r"token=([^\s&]+)")


def mailed_into(folder: Path) -> Callable[[str], Awaitable[str | None]]:
    """Reads the token in the newest mail to an address, each once: the next mail may still be on its way."""
    given: set[str] = set()

    def newest(address: str) -> str | None:
        for file in sorted(folder.glob("*.eml"), reverse=True):
            message = message_from_bytes(file.read_bytes(), policy=policy.default)
            found = TOKEN.search(message.get_content())
            if found and str(message["to"]) == address and found[1] not in given:
                given.add(found[1])
                return unquote(found[1])
        return None

    async def mailed(address: str) -> str | None:
        for _ in range(200):
            token = await asyncio.to_thread(newest, address)
            if token is not None:
                return token
            await asyncio.sleep(0.05)
        return None

    return mailed


def shop(folder: Path, url: str, var: Path) -> Path:
    """A shop's folder whose backend is the Vendure at `url`."""
    return written(folder, var, adapter="vendure", settings={**SETTINGS, "url": url}, markets=MARKETS)
