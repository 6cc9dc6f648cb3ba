"""The demo store on the embedded backend, opened once for all tests of a folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .stage import Shop, opened, settings


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with opened(settings(tmp_path_factory.mktemp("demo"))) as found:
        yield found
