"""The kit's fixtures. A test file gives `subject`; everything else is here and may be replaced there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from .sample import Sample, look_around
from .shop import PROTOCOLS, Shop, open_shop
from .subject import Mode, Subject


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def shop(subject: Subject, request: pytest.FixtureRequest, anyio_backend: str) -> AsyncIterator[Shop]:
    """The adapter, open for this file."""
    asked: Mode | None = subject.mode or request.config.getoption("conformance", None)
    has_cassettes = subject.cassettes is not None and (subject.cassettes.is_dir() or asked == "record")
    mode: Mode = asked if asked == "live" or (asked and has_cassettes) else "recorded" if has_cassettes else "live"
    async with open_shop(subject, mode) as opened:
        opened.begin("sample")
        whole = opened.has("catalog") and opened.has("search")
        found = await look_around(opened) if whole else None
        opened.kept["sample"] = found
        yield opened


@pytest.fixture(scope="module")
async def sample(shop: Shop) -> Sample:
    """What was found in the shop."""
    found = shop.kept["sample"]
    if found is None:
        pytest.skip("offers no catalogue to look around in")
    assert isinstance(found, Sample)
    return found


@pytest.fixture(autouse=True)
def conformance_scenario(request: pytest.FixtureRequest) -> None:
    """Skips what the adapter does not offer, names the scenario to the cassettes, and makes a known gap a strict expected
    failure."""
    owner = request.node.cls
    if owner is None or not hasattr(owner, "PORT"):
        return
    shop: Shop = request.getfixturevalue("shop")
    if owner.PORT in PROTOCOLS and not shop.has(owner.PORT):
        pytest.skip(f"offers no {owner.PORT}")
    name = "::".join(request.node.nodeid.split("::")[1:])
    shop.begin(name)
    plain = name.partition("[")[0]
    reason = shop.subject.gaps.get(name) or shop.subject.gaps.get(plain)
    if reason:
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
