"""What a server loads: `granian --interface asgi --factory bff.serve:app`. `PORTICO_SHOP` names the shop's folder.

Where the backend has pages of its own (a hosted checkout, a provider to try payments with), they are a second application,
`bff.serve:site`, on an origin of its own. `portico run` serves both, this one only where its origin is a loopback address.
"""

from __future__ import annotations

import logging
import multiprocessing
import multiprocessing.process
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from litestar import Litestar

from bff.app import create_app
from bff.gateway.backends import backend_site
from bff.ports import Misconfigured
from bff.settings import Settings, fills, load, markets
from bff.web.discreet import Discreet

SHOP = "PORTICO_SHOP"
LOG = "%(asctime)s %(levelname)s %(name)s %(message)s"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
STOP_SECONDS = 5.0


def app() -> Litestar:
    """The store of the shop folder that the environment names, or the demo store. Raises `Misconfigured`."""
    return create_app(_settings())


def site() -> Callable[..., Awaitable[None]]:
    """The backend's own pages. Raises `Misconfigured` where it has none."""
    settings = _settings()
    found = backend_site(settings.use, settings.backends[settings.use], source=settings.source, fills=fills(settings))
    if found is None:
        raise Misconfigured(f"backends.{settings.use}", "has no pages of its own.")
    return found.app(markets(settings))


def site_port(settings: Settings) -> int | None:
    """The port at which `portico run` serves the backend's own pages; None: not at all. Raises `Misconfigured`."""
    found = backend_site(settings.use, settings.backends[settings.use], source=settings.source, fills=fills(settings))
    address = urlsplit(found.origin) if found else None
    return address.port if address and address.scheme == "http" and address.hostname in LOOPBACK else None


def log_level(settings: Settings) -> LogLevels:
    """The server's own, quieter than the store's."""
    return LogLevels.warning if settings.server.log in ("info", "warning") else LogLevels(settings.server.log)


@contextmanager
def site_running(settings: Settings, port: int | None) -> Iterator[None]:
    """Serve the backend's own pages beside the store, in a process that ends with this one."""
    if port is None:
        yield
        return
    process = multiprocessing.get_context("spawn").Process(
        target=_serve_site, args=(settings.server.host, port, log_level(settings)), name="portico-site"
    )
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join(STOP_SECONDS)
        if process.is_alive():
            process.kill()


def _serve_site(host: str, port: int, level: LogLevels) -> None:
    parent = multiprocessing.process.parent_process()

    def follow() -> None:
        if parent:
            parent.join()
            os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=follow, daemon=True).start()
    Granian(
        "bff.serve:site", factory=True, address=host, port=port, interface=Interfaces.ASGI, workers=1, log_level=level
    ).serve()


def _settings() -> Settings:
    shop = os.environ.get(SHOP)
    settings = load(Path(shop) if shop else None)
    lines = logging.StreamHandler()
    lines.setFormatter(Discreet(LOG))
    logging.basicConfig(level=settings.server.log.upper(), handlers=[lines])
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return settings
