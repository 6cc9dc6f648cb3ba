"""Shared fixtures: the store as a real server. Without one, in this process: `tests/web/stage.py`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import hypothesis
import pytest

hypothesis.settings.register_profile("portico", deadline=None)  # machines are busy; pytest is patient
hypothesis.settings.load_profile("portico")

TODAY = "2026-11-20"
START_SECONDS = 60.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.05

Serve = Callable[..., AbstractContextManager[str]]


def environment(folder: Path) -> dict[str, str]:
    """The settings of a demo store that writes into `folder` only, on a fixed day."""
    return {
        "PORTICO_SERVER__VAR": str(folder),
        "PORTICO_BACKENDS__DEFAULT__SETTINGS__DATABASE": str(folder / "embedded.sqlite"),
        "PORTICO_BACKENDS__DEFAULT__SETTINGS__TODAY": TODAY,
        "PORTICO_LIMITS__FIRST_POST": "9999/1s",  # all tests come from one address
        "PORTICO_LIMITS__ORDER": "9999/1s",
    }


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """Async tests run on asyncio, as the server does."""
    return "asyncio"


def free_port() -> int:
    """A port nobody listens at just now, on the loopback address; nor at the next one, where the backend's own pages go."""
    while True:
        with socket.socket() as probe, socket.socket() as beside:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
            try:
                beside.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


@pytest.fixture(scope="session")
def serve() -> Serve:
    """`with serve(folder) as url:` runs `portico run` in `folder` until the block ends. `command` is what starts Portico
    (this Python by default), `settings` are added to the environment, none of which is handed on otherwise."""
    return _serve


@contextmanager
def _serve(
    folder: Path,
    *,
    command: Sequence[str] = (sys.executable, "-m", "bff"),
    settings: dict[str, str] | None = None,
    arguments: Sequence[str] = (),
    port: int | None = None,
) -> Iterator[str]:
    port = port or free_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PORTICO_", "PYTHON"))}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "run", "--port", str(port), *arguments],
            cwd=folder,
            env=clean | (settings or {}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(process, url, folder / "server.log")
            yield url
        finally:
            _stop(process)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Until the server answers. Waiting is done on the process, so that one which ends is noticed at once."""
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(trust_env=False, timeout=5.0) as http:
        while True:
            try:
                if http.get(f"{url}/-/ready").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            try:
                process.wait(timeout=POLL_SECONDS)
            except subprocess.TimeoutExpired:
                if time.monotonic() < deadline:
                    continue
            pytest.fail(f"the server did not start:\n{log.read_text(errors='replace')}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the server, and its workers should they outlive it."""
    process.terminate()
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="session")
def served(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demo store as a real server: its address, without a slash at the end."""
    folder = tmp_path_factory.mktemp("served")
    with serve(folder, settings=environment(folder)) as url:
        yield url
