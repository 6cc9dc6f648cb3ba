"""The markets and settings that fit a Saleor filled by `load.py`: for the kit, for journeys, for a store by hand."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from email import message_from_bytes, policy
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bff.ports import Market
from bff.testing.conformance import Hints
from tests.live.saleor.trade import DUMMY, GIFT_CARDS
from tests.live.stores import written

MARKETS = (
    Market(
        id="gb", country="GB", currency="GBP", locales=("en-GB",), paths={"en-GB": "en-gb"}, backend={"channel": "gb"}
    ),
    Market(
        id="de", country="DE", currency="EUR", locales=("de-DE",), paths={"de-DE": "de-de"}, backend={"channel": "de"}
    ),
    Market(
        id="us", country="US", currency="USD", locales=("en-US",), paths={"en-US": "en-us"}, tax="excluded",
        backend={"channel": "us"},
    ),
    Market(
        id="ae", country="AE", currency="AED", locales=("ar-AE", "en-AE"), paths={"ar-AE": "ar-ae", "en-AE": "en-ae"},
        backend={"channel": "ae"},
    ),
)  # fmt: skip
SETTINGS: dict[str, Any] = {
    "payments": {
        "invoice": {"how": "manual", "name": {"en": "Bank transfer", "de": "Überweisung", "ar": "تحويل مصرفي"}},
        DUMMY: {"how": "gateway", "name": {"en": "Test gateway", "de": "Testzahlung", "ar": "دفع تجريبي"}},
    },
}
HINTS = Hints(
    products=("enamel-mug", "pebble-egg-cup", "waffle-towel", "keel-platter"),  # the first two have plenty
    code="WELCOME10",
    needless_code="TENOFF",
    gift_card=GIFT_CARDS["gb"],
)
_LINK = re.compile(r"https?://[^\s<>\"']+token=[^\s<>\"']+")


def mailed_into(folder: Path) -> Callable[[str], Awaitable[str | None]]:
    """Reads what the newest mail's link to an address holds, each once: the next mail may still be on its way."""
    given: set[Path] = set()

    def newest(address: str) -> str | None:
        for file in sorted(set(folder.glob("*.eml")) - given, reverse=True):
            message = message_from_bytes(file.read_bytes(), policy=policy.default)
            body = message.get_body(("html", "plain"))
            found = _LINK.search(unescape(body.get_content())) if body else None
            if found and str(message["to"]) == address:
                given.add(file)
                held = parse_qs(urlsplit(found[0]).query)
                return f"{held['email'][0]}:{held['token'][0]}"
        return None

    async def mailed(address: str) -> str | None:
        for _ in range(200):
            if token := await asyncio.to_thread(newest, address):
                return token
            await asyncio.sleep(0.05)
        return None

    return mailed


def shop(folder: Path, url: str, app_token: str, store: str) -> None:
    """A shop's folder whose backend is the Saleor at `url`, for a store at the address `store`."""
    own = {"url": url, "app_token": app_token, "account_url": f"{store}/en-gb/account/reset"}
    written(folder, folder / "var", adapter="saleor", settings={**SETTINGS, **own}, markets=MARKETS)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit("python -m tests.live.saleor.shop FOLDER SALEOR_URL SALEOR_APP STORE_URL")
    shop(Path(sys.argv[1]).resolve(), *sys.argv[2:])
