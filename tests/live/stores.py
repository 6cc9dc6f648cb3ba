"""Stores over live backends: a shop's folder for one, and the portable journeys through it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bff.gateway.policy import declared
from bff.ports import Market
from tests.conftest import Serve

PATIENCE = 1_800.0
CALL_SECONDS = 20.0
"""What a call may take: how fast a backend answers on a busy machine is not what is tried here."""
LIMITS = ("sign_in", "code", "gift_card", "register", "forgot", "lookup")


def written(folder: Path, var: Path, *, adapter: str, settings: Mapping[str, Any], markets: Sequence[Market]) -> Path:
    """A shop's folder whose backend is the one at the settings' `url`, with room for journeys that all come from one
    address, and patience with a backend on a busy machine."""
    at = urlsplit(settings["url"])
    server = {"var": str(var), "image_origins": [f"{at.scheme}://{at.netloc}"], "page_deadline": CALL_SECONDS}
    patient = {"timeout": CALL_SECONDS, "slow": CALL_SECONDS}
    tables: dict[str, Mapping[str, Any]] = {
        "store": {"name": "Almanac", "claim": "Household things, well made"},
        "server": server,
        "pictures": {"private": ["127.0.0.0/8"]},
        "limits": dict.fromkeys(LIMITS, "1000/1m"),
        **{f"markets.{market.id}": _market(market) for market in markets},
        "backends.default": {"adapter": adapter, "settings": settings, "policy": dict.fromkeys(declared(), patient)},
    }
    parts = (
        f"[{name}]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in table.items())
        for name, table in tables.items()
    )
    (folder / "portico.toml").write_text("\n".join(parts), encoding="utf-8")
    return folder


def _market(market: Market) -> Mapping[str, Any]:
    return {
        "country": market.country,
        "currency": market.currency,
        "locales": market.paths,
        "tax": market.tax,
        "backend": market.backend,
    }


def _toml(value: object) -> str:
    """TOML's strings, numbers and booleans are written as JSON's; tables are not."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def journeys(serve: Serve, folder: Path, name: str, javascript: str, *options: str, port: int | None = None) -> None:
    """Walk the store in `folder` as `portico journeys` does; what `name` must pass (`expected.toml`) is passed."""
    outside = {key: value for key, value in os.environ.items() if not key.startswith("PORTICO_")}
    with serve(folder, settings={"PORTICO_SHOP": str(folder)}, port=port) as url:
        arguments = [f"{url}/en-gb", "--profile", name, "--expect", name, "--javascript", javascript]
        arguments += ["--patience", str(2 * CALL_SECONDS), *options]
        walked = subprocess.run(
            [sys.executable, "-m", "bff", "journeys", *arguments],
            env={**outside, "COLUMNS": "200"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    print(walked.stdout)
    assert walked.returncode == 0, walked.stdout
