"""`/`: which place suits a browser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.pages.anywhere import preferred
from tests.web.goods import ALL


@pytest.mark.parametrize(
    ("header", "path"),
    [
        ("", "en-gb"),
        ("de", "de-de"),
        ("de-AT,de;q=0.9,en;q=0.5", "de-de"),
        ("en-US", "en-us"),
        ("en-US,en;q=0.9", "en-us"),
        ("en-AE", "en-ae"),
        ("ar", "ar-ae"),
        ("ar-EG", "ar-ae"),
        ("fr-FR,fr;q=0.9", "en-gb"),
        ("fr;q=1, de;q=0.2", "de-de"),
        ("en;q=0.1, ar;q=0.9", "ar-ae"),
        ("de;q=0, ar", "ar-ae"),
        ("de; q=0.1, ar;q=0.5", "ar-ae"),
        ("*", "en-gb"),
        ("xx-invalid-locale-name", "en-gb"),
        ("de;q=banana, ar", "ar-ae"),
        ("de-DE-1996", "de-de"),
        (";;;,,,", "en-gb"),
        ("de;q=nan, ar;q=0.3", "ar-ae"),
    ],
)
def test_the_place_that_suits_best(header: str, path: str) -> None:
    assert preferred(header, ALL).path == path


@given(st.text() | st.lists(st.text("adenr-;q=0.1,* \t")).map(",".join))
def test_any_header_leads_to_a_place(header: str) -> None:
    assert preferred(header, ALL).path in ALL
