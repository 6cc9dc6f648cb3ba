"""Two embedded backends behind one store: the demo, and a copy of it in which every thing has another name and address."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from adapters import embedded
from bff.gateway.policy import LIMITS
from bff.web import control_live

from .stage import Answer, Headers, Shop, ask, opened, settings

DEMO = Path(embedded.__file__).parent / "demo"
MARK = "Qx "
"""Every title and category's name of the second backend begins so."""


def second_catalogue(folder: Path) -> Path:
    """A catalogue with the demo's SKUs under other names, and so at other addresses; its prices are a tenth higher."""
    made = folder / "second"
    shutil.copytree(DEMO, made)
    for file in (*made.glob("products/*.toml"), made / "categories.toml"):
        text = file.read_text(encoding="utf-8")
        named = re.sub(r'^((?:title|name) = \{ en = ")', rf"\1{MARK}", text, flags=re.M)
        named = re.sub(r'^((?:title|name) = .*"en-US" = ")', rf"\1{MARK}", named, flags=re.M)
        file.write_text(named, encoding="utf-8")
    return made


def environment(folder: Path) -> dict[str, str]:
    """The settings of a store with both: `default` and `second`."""
    return {
        "PORTICO_BACKENDS__SECOND__ADAPTER": "embedded",
        "PORTICO_BACKENDS__SECOND__SETTINGS__DATABASE": str(folder / "second.sqlite"),
        "PORTICO_BACKENDS__SECOND__SETTINGS__CATALOGUE": str(second_catalogue(folder)),
        "PORTICO_BACKENDS__SECOND__SETTINGS__TODAY": "2026-11-20",
    }


@contextlib.contextmanager
def both(folder: Path, environ: Mapping[str, str] | None = None) -> Iterator[Shop]:
    """Open, and patient: how long a call may take on a busy machine is not what is tried here."""
    patient = {"PORTICO_SERVER__PAGE_DEADLINE": "30"}
    own = {**environment(folder), **patient, **(environ or {})}
    with patch.dict(LIMITS, dict.fromkeys(LIMITS, 30.0)), opened(settings(folder, own)) as shop:
        yield shop


async def swap(shop: Shop, name: str, *markets: str, carry: bool = False) -> None:
    """What `portico backend use` writes, followed at once."""
    store = shop.store
    control, found = store.control, store.settings
    await control.write(lambda db: control_live.use(db, found, name, markets, carry=carry, now=control.clock()))
    await follow(shop)


async def follow(shop: Shop) -> None:
    store = shop.store
    plan = await store.control.read(lambda db: control_live.plan(db, store.settings))
    await shop.app.state.generations.follow(plan)


class Browser:
    """Keeps cookies."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.cookies: dict[str, str] = {}

    async def get(self, target: str) -> Answer:
        return await self._sent("GET", target, b"", ())

    async def post(self, target: str, body: bytes) -> Answer:
        headers = ((b"sec-fetch-site", b"same-origin"), (b"content-type", b"application/x-www-form-urlencoded"))
        return await self._sent("POST", target, body, headers)

    async def _sent(self, method: str, target: str, body: bytes, headers: Headers) -> Answer:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items()).encode("latin-1")
        answer = await ask(self.shop.app, method, target, [*headers, *([(b"cookie", cookie)] if cookie else [])], body)
        for set_ in answer.all("set-cookie"):
            name, _, value = set_.partition(";")[0].partition("=")
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return answer


def names(text: str) -> list[str]:
    """What stands alone between two tags: titles, links, headings."""
    return [found.strip() for found in re.findall(r">([^<>]+)<", text)]


def sides(answer: Answer, known: set[str]) -> set[Any]:
    """Which backends the names on a page are of: {False}, {True}, or both, which is a mixed page."""
    return {name.startswith(MARK) for name in shown(answer, known)}


def shown(answer: Answer, known: set[str]) -> list[str]:
    """The known names on a page."""
    return [name for name in names(answer.text) if name.removeprefix(MARK) in known]
