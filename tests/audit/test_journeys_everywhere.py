"""The portable journeys, all of them, with JavaScript and without, in every place of the demo store."""

from __future__ import annotations

import pytest

from tests.journeys.test_journeys import Store, inline, journeys

__all__ = ["inline"]

pytestmark = pytest.mark.audit


@pytest.mark.parametrize("place", ["en-gb", "de-de", "en-us", "ar-ae", "en-ae"])
def test_a_place_passes_whole(inline: Store, place: str) -> None:
    rest = ["--expect", "embedded", "--mail", str(inline.folder / "outbox")]
    for walked in journeys([[f"{inline.url}/{place}", "--javascript", how, *rest] for how in ("on", "off")]):
        assert walked.status == 0, walked.said
