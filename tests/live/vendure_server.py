"""A Vendure server with the demo catalogue, brought up from the npm registry: the first time its packages are installed and
the catalogue is loaded through the admin API; what came of it is kept beside them for the next time."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.conftest import free_port
from tests.live.vendure_load import load

HERE = Path(__file__).parent / "vendure"
MODULES = HERE / "node_modules"
INSTALL_SECONDS, START_SECONDS, KEEP_SECONDS, STOP_SECONDS = 600.0, 240.0, 60.0, 10.0


class Server(NamedTuple):
    """`url` is the shop API's, `outbox` where its mails arrive, `seconds` what bringing it up took, step by step."""

    url: str
    outbox: Path
    seconds: dict[str, float]


@contextmanager
def vendure(folder: Path, *, store: str = "http://127.0.0.1:8000/en-gb") -> Iterator[Server]:
    """Runs it until the block ends. `store` is where its mails lead; it writes into `folder`."""
    seconds = {"install": _installed()}
    export = folder / "export.json"
    seconds["export"] = _timed(lambda: _exported(export))
    kept = MODULES / ".portico" / _digest(export)
    outbox = folder / "outbox"
    outbox.mkdir(exist_ok=True)
    fresh = not kept.exists()
    with _running(folder, outbox, kept, store) as (process, url, started):
        seconds["start"] = started
        if fresh:
            seconds |= load(url, export)
            shutil.rmtree(kept.parent, ignore_errors=True)
            kept.parent.mkdir(parents=True)
            assert process.stdin is not None
            process.stdin.write(b"keep\n")
            process.stdin.flush()
            seconds["keep"] = _timed(lambda: _said(process, folder / "vendure.log", "kept", KEEP_SECONDS))
        yield Server(f"{url}/shop-api", outbox, seconds)


@contextmanager
def _running(
    folder: Path, outbox: Path, kept: Path, store: str
) -> Iterator[tuple[subprocess.Popen[bytes], str, float]]:
    port = free_port()
    own = {"PORT": str(port), "OUTBOX": str(outbox), "FOLDER": str(folder), "KEPT": str(kept), "STORE": store}
    log = folder / "vendure.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            ["node", "server.js"],
            cwd=HERE,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "VENDURE_DISABLE_TELEMETRY": "true", **own},
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        started = _timed(lambda: _said(process, log, "port", START_SECONDS))
        yield process, f"http://127.0.0.1:{port}", started
    finally:
        process.terminate()
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _said(process: subprocess.Popen[bytes], log: Path, word: str, patience: float) -> None:
    """Until the server says a word; an end of it is noticed at once."""
    end = time.monotonic() + patience
    while f'{{"{word}"' not in log.read_text(errors="replace"):
        try:
            process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            if time.monotonic() < end:
                continue
        raise AssertionError(f"Vendure did not say {word!r}:\n{log.read_text(errors='replace')[-4000:]}")


def _installed() -> float:
    done = MODULES / ".installed"
    lock = HERE / "package-lock.json"
    if done.exists() and done.stat().st_mtime >= lock.stat().st_mtime:
        return 0.0

    def install() -> None:
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=HERE, stdin=subprocess.DEVNULL, check=True, timeout=INSTALL_SECONDS)
        done.touch()

    return _timed(install)


def _exported(file: Path) -> None:
    settings = {"PORTICO_SERVER__VAR": str(file.parent)}
    subprocess.run(
        [sys.executable, "-m", "bff", "embedded", "export", str(file)],
        env={**{name: value for name, value in os.environ.items() if not name.startswith("PORTICO_")}, **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=120,
    )


def _digest(export: Path) -> str:
    """What the kept catalogue was made of. Dates in the export are of the day it was made: they do not count."""
    told = json.loads(export.read_text(encoding="utf-8"))
    parts = {
        name: told[name] for name in ("product_text", "variant", "price", "category_text", "setting", "option_value")
    }
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode())
    for file in (HERE / "server.js", HERE / "package-lock.json", Path(__file__).with_name("vendure_load.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:20]


def _timed(work: Any) -> float:
    began = time.monotonic()
    work()
    return round(time.monotonic() - began, 1)
