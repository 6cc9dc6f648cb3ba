"""The kit's fixtures. A test file gives `subject`; everything else is here and may be replaced there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from .sample import Sample, look_around
from .shop import Shop, open_shop
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
        try:
            found = await look_around(opened) if opened.has("catalog") and opened.has("search") else None
        except Exception as error:  # told once and short: every scenario of the file needs it
            calls = "\n".join(opened.last_calls())
            pytest.fail(f"looking around in the shop failed: {error!r}\n{calls}", pytrace=False)
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
    """Names the scenario to the cassettes, and makes a known gap a strict expected failure."""
    owner = request.node.cls
    if owner is None or not hasattr(owner, "PORT"):
        return
    shop: Shop = request.getfixturevalue("shop")
    name = "::".join(request.node.nodeid.split("::")[1:])
    shop.begin(name)
    plain = name.partition("[")[0]
    reason = shop.subject.gaps.get(name) or shop.subject.gaps.get(plain)
    if reason:
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
