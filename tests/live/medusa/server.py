"""A real Medusa on a database of its own, filled with the demo catalogue: `python -m tests.live.medusa.server` runs one
until it is interrupted, with `--few` products where cassettes are to be recorded (short answers).
`PORTICO_LIVE_MEDUSA="URL KEY"` names one that runs already, for the tests to use."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

import httpx

from .catalogue import Admin, Demo, load

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
EMAIL = "admin@portico.example"


class Running(NamedTuple):
    """Where the server is, its publishable key, and where its log stands."""

    url: str
    key: str
    log: Path | None = None


class Clock:
    """Says how long each step took."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, step: str) -> None:
        now = time.monotonic()
        print(f"medusa: {step} {now - self._last:.1f} s", file=sys.stderr, flush=True)
        self._last = now


@contextlib.contextmanager
def running(*, few: bool = False) -> Iterator[Running]:
    """Install, migrate, start and fill, with a `few` products or all; nothing is left afterwards but the packages."""
    if named := os.environ.get("PORTICO_LIVE_MEDUSA"):
        url, _, key = named.partition(" ")
        yield Running(url, key)
        return
    clock = Clock()
    _installed()
    clock("packages")
    with contextlib.ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="portico-medusa-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        log = stack.enter_context((folder / "log").open("ab"))
        address = stack.enter_context(database(folder, log))
        clock("database")
        environment = {
            **os.environ, "DATABASE_URL": address, "JWT_SECRET": secrets.token_hex(), "COOKIE_SECRET": secrets.token_hex(),
            "MEDUSA_DISABLE_TELEMETRY": "true", "LOG_LEVEL": "warn",
        }  # fmt: skip
        password = secrets.token_hex()
        _medusa(environment, log, "db:migrate")
        _medusa(environment, log, "db:migrate:search", "--execute-all-search")
        clock("schema")
        _medusa(environment, log, "user", "-e", EMAIL, "-p", password)
        clock("admin")
        with _started(environment, log) as url:
            clock("start")
            admin = Admin(url, EMAIL, password)
            key = load(admin, Demo(_export(folder)), ROOT / "static/pictures/manifest.json", few=few)
            clock("catalogue")
            # Prices come after products, and no event tells the index of them.
            admin.post("/admin/search-indexes/product/reindex", {"strategy": "in_place"})
            _indexed(url, key, folder / "log")
            clock("index")
            yield Running(url, key, folder / "log")


def _installed() -> None:
    marker = HERE / "node_modules/.installed"
    if marker.exists() and marker.stat().st_mtime >= (HERE / "package-lock.json").stat().st_mtime:
        return
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=HERE, check=True, stdin=subprocess.DEVNULL)
    marker.touch()


@contextlib.contextmanager
def database(folder: Path, log: IO[bytes]) -> Iterator[str]:
    """A PostgreSQL of our own; it refuses to run as root, so root lends it Debian's user."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found:
        raise RuntimeError("PostgreSQL is missing. Debian: apt-get install postgresql")
    port, data = _free_port(), folder / "data"
    user = "postgres" if os.geteuid() == 0 else None
    folder.chmod(0o755)
    data.mkdir()
    if user:
        shutil.chown(data, user)
    tool = {"user": user, "group": user, "extra_groups": []} if user else {}
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c synchronous_commit=off"
    )

    def run(*command: object) -> None:
        subprocess.run([str(part) for part in command], check=True, stdout=log, stderr=log, cwd="/", **tool)  # type: ignore[call-overload]

    run(found[-1] / "initdb", "-D", data, "-U", "medusa", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    run(found[-1] / "pg_ctl", "-D", data, "-l", data / "log", "-w", "-o", options, "start")
    try:
        run(found[-1] / "createdb", "-h", "127.0.0.1", "-p", port, "-U", "medusa", "medusa")
        yield f"postgres://medusa@127.0.0.1:{port}/medusa"
    finally:
        run(found[-1] / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def _medusa(environment: dict[str, str], log: IO[bytes], *arguments: str) -> None:
    command = [str(HERE / "node_modules/.bin/medusa"), *arguments]
    subprocess.run(command, cwd=HERE, env=environment, check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


@contextlib.contextmanager
def _started(environment: dict[str, str], log: IO[bytes]) -> Iterator[str]:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [str(HERE / "node_modules/.bin/medusa"), "start", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(
        command, cwd=HERE, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
    )
    try:
        _answers(url, server)
        yield url
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _answers(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if server.poll() is not None:
            raise RuntimeError("Medusa ended while starting; its log says why.")
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/health", timeout=5).is_success:
                return
        time.sleep(0.25)
    raise RuntimeError("Medusa did not start in time.")


def _indexed(url: str, key: str, log: Path) -> None:
    """Wait until the index holds every product with its price."""
    headers = {"x-publishable-api-key": key}
    total = httpx.get(f"{url}/store/products?limit=1&fields=id", headers=headers, timeout=30).json()["count"]
    priced = {"price_gbp": {"$exists": True}}
    body = {"entity": "product", "filters": priced, "pagination": {"take": 1}, "search_options": {"count": "exact"}}
    for _ in range(240):
        answer = httpx.post(f"{url}/store/search", json=body, headers=headers, timeout=30)
        if answer.is_success and answer.json()["results"][0]["metadata"]["count"] == total:
            return
        time.sleep(0.25)
    said = log.read_text(errors="replace")[-3000:]
    raise RuntimeError(f"Medusa's search index was not filled in time. It says:\n{said}")


def _export(folder: Path) -> Path:
    file = folder / "demo.json"
    environment = {**os.environ, "PORTICO_SERVER__VAR": str(folder / "var")}
    (folder / "var").mkdir()
    command = [sys.executable, "-m", "bff.cli", "embedded", "export", str(file)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    return file


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    with running(few="--few" in sys.argv) as medusa:
        print(f"{medusa.url} {medusa.key}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
