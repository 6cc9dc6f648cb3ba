"""Live backends. Each is brought up once a run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import free_port
from tests.live.vendure_server import Server, vendure


@pytest.fixture(scope="session")
def store_port() -> int:
    """Where the store will stand that the backends' mails lead into."""
    return free_port()


@pytest.fixture(scope="session")
def vendure_server(store_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("vendure")
    with vendure(folder, store=f"http://127.0.0.1:{store_port}/en-gb") as server:
        print("Vendure:", ", ".join(f"{step} {seconds} s" for step, seconds in server.seconds.items()))
        yield server
