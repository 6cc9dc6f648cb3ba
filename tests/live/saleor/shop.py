"""The markets and settings that fit a Saleor filled by `load.py`: for the kit, for journeys, for a store by hand."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from email import message_from_bytes, policy
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bff.gateway.policy import declared
from bff.ports import Market
from bff.testing.conformance import Hints
from tests.live.saleor.trade import DUMMY, GIFT_CARDS

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
    """A shop's folder whose backend is the Saleor at `url`, for a store at the address `store`, with room for journeys
    that all come from one address, and with patience: it may run beside much else."""
    pictures = "{0.scheme}://{0.netloc}".format(urlsplit(url))
    limits = ("sign_in", "code", "gift_card", "register", "forgot", "lookup")
    parts = [
        '[store]\nname = "Almanac"\nclaim = "Household things, well made"',
        f'[server]\nvar = "{folder / "var"}"\nimage_origins = ["{pictures}"]\npage_deadline = 20.0',
        '[pictures]\nprivate = ["127.0.0.0/8"]',
        "[limits]\n" + "\n".join(f'{name} = "1000/1m"' for name in limits),
        *(_market(market) for market in MARKETS),
        '[backends.default]\nadapter = "saleor"',
        f'[backends.default.settings]\nurl = "{url}"\napp_token = "{app_token}"',
        f'account_url = "{store}/en-gb/account/reset"',
        *(
            f'[backends.default.settings.payments."{id}"]\nhow = "{payment["how"]}"\nname = {_table(payment["name"])}'
            for id, payment in SETTINGS["payments"].items()
        ),
    ]
    parts.append("[backends.default.policy]\n" + "\n".join(f'"{name}" = {{ timeout = 15.0 }}' for name in declared()))
    (folder / "portico.toml").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _market(market: Market) -> str:
    return (
        f'[markets.{market.id}]\ncountry = "{market.country}"\ncurrency = "{market.currency}"\ntax = "{market.tax}"\n'
        f"locales = {_table(market.paths)}\nbackend = {_table(market.backend)}"
    )


def _table(rows: Mapping[str, str]) -> str:
    return "{ " + ", ".join(f'"{key}" = "{value}"' for key, value in rows.items()) + " }"


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit("python -m tests.live.saleor.shop FOLDER SALEOR_URL SALEOR_APP STORE_URL")
    shop(Path(sys.argv[1]).resolve(), *sys.argv[2:])
