"""A store that is opened for as long as it is looked at."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from bff.ports import Misconfigured

START_SECONDS, STOP_SECONDS, PAUSE_SECONDS = 60.0, 10.0, 0.1
HOST = "127.0.0.1"


@contextmanager
def serving(shop: Path | None) -> Iterator[str]:
    """The origin of a store that only this computer can ask, on the shop's own settings. Raises `Misconfigured` where it
    does not open."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    url = f"http://{HOST}:{port}"
    own = {"PORTICO_SERVER__HOST": HOST, "PORTICO_SERVER__PORT": str(port), "PORTICO_STORE__ORIGIN": url}
    if shop is not None:
        own["PORTICO_SHOP"] = str(shop.resolve())
    command = (sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "bff.serve:app")
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(  # noqa: S603 - this Python, and nothing anybody else wrote
            [*command, "--host", HOST, "--port", str(port), "--log-level", "warning"],
            env=os.environ | own,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            if not _answers(process, url):
                log.seek(0)
                said = log.read().decode("utf-8", "replace").strip().splitlines()
                raise Misconfigured(
                    "shots", f"the store does not open: {said[-1] if said else 'it says nothing'}", fix="portico check"
                )
            yield url
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(process: subprocess.Popen[bytes], url: str) -> bool:
    """Whether it does in time. Waiting is done on the process, so that one which ends is noticed at once."""
    ends = time.monotonic() + START_SECONDS
    with httpx.Client(trust_env=False, timeout=5.0) as http:
        while time.monotonic() < ends:
            with suppress(httpx.TransportError):
                if http.get(f"{url}/-/ready").status_code == httpx.codes.OK:
                    return True
            with suppress(subprocess.TimeoutExpired):
                process.wait(PAUSE_SECONDS)
                return False
    return False
