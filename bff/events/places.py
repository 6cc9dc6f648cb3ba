"""Where a store's events are kept, as its settings say, and where a report reads them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from .event import Sink
from .spool import Spool
from .sqlite import SqliteSink

if TYPE_CHECKING:
    from .postgres import Postgres

FILE = "events.sqlite"
SPOOL = "events-spool.sqlite"


class Uninstalled(Exception):
    """What a setting asks for needs an extra that is not installed."""


def sink(var: Path, *, days: int, postgres: str | None = None) -> Sink:
    """The sink of one process: the file in the folder `var`, or the server at the address `postgres` behind a spool there.
    Raises `Uninstalled`."""
    if postgres is None:
        return SqliteSink(var / FILE, days=days)
    return Spool(var / SPOOL, _server(postgres, days))


@contextmanager
def readable(var: Path, experiment: str, phase: int, *, days: int, postgres: str | None = None) -> Iterator[Path]:
    """A file in the form of `events.sqlite` that holds what an experiment's phase needs: the store's own, which may not be
    there yet, or a copy of what the server holds, for as long as it is looked at. Raises `Uninstalled`, and what the
    server's library raises."""
    if postgres is None:
        yield var / FILE
        return
    with tempfile.TemporaryDirectory(prefix="portico-") as folder, closing(_server(postgres, days)) as server:
        copy = Path(folder) / FILE
        server.copy(copy, experiment, phase)
        yield copy


def _server(address: str, days: int) -> Postgres:
    try:
        found: type[Postgres] = import_module(".postgres", __package__).Postgres
    except ModuleNotFoundError as error:
        raise Uninstalled(f"{error.name} is missing: install portico[postgres]") from None
    return found(address, days=days)
