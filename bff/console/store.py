"""`/-/console`: the store as it runs now."""

from __future__ import annotations

import datetime
import os
import sqlite3

import msgspec
from litestar.response.base import ASGIResponse

from bff.gateway.tags import of_backend
from bff.web import control_live
from bff.web.control_live import Draining, Process

from .desk import Console, Desk, at


class BackendView(msgspec.Struct, frozen=True, kw_only=True):
    """A configured backend: the markets it `serves`, capabilities it is `composed` into, `carts` left at it by market.
    `resting`: operations this process leaves alone for now, because they failed."""

    name: str
    adapter: str
    open: bool
    serves: tuple[str, ...]
    composed: tuple[str, ...]
    left: tuple[Draining, ...]
    resting: tuple[str, ...]


class CacheView(msgspec.Struct, frozen=True, kw_only=True):
    """What this process keeps of backends' answers, in MB; `share` of 100."""

    answers: int
    megabytes: float
    limit: float
    share: int


class StorePage(msgspec.Struct, frozen=True, kw_only=True):
    """`plan` is the newest plan's number; a process that follows another lags behind. `said`: what was just done."""

    plan: int
    processes: tuple[Process, ...]
    backends: tuple[BackendView, ...]
    cache: CacheView
    pid: int
    at: datetime.datetime
    said: str | None


@at("")
async def show(desk: Desk) -> ASGIResponse:
    """Processes, backends, cache."""
    console = desk.console
    settings, current = console.settings, console.generations.current

    def read(
        db: sqlite3.Connection,
    ) -> tuple[int, list[Process], dict[str, str], list[Draining]]:
        now = console.control.clock()
        return (
            control_live.number(db),
            control_live.processes(db, now),
            control_live.serving(db, settings),
            control_live.draining(db, now),
        )

    plan, processes, serving, left = await console.control.read(read)
    opened = {one.name: one for bundle in current.bundles.values() for one in bundle.members}
    backends = tuple(
        BackendView(
            name=name,
            adapter=own.adapter,
            open=name in opened,
            serves=tuple(market for market, backend in serving.items() if backend == name),
            composed=tuple(capability for capability, backend in settings.compose.items() if backend == name),
            left=tuple(one for one in left if one.backend == name),
            resting=tuple(
                operation
                for operation, circuit in (opened[name].found.circuits.items() if name in opened else ())
                if circuit.state != "closed"
            ),
        )
        for name, own in settings.backends.items()
    )
    view = StorePage(
        plan=plan,
        processes=tuple(processes),
        backends=backends,
        cache=_cache(console),
        pid=os.getpid(),
        at=datetime.datetime.fromtimestamp(console.clock(), datetime.UTC),
        said="Every process forgets what it kept, within a second."
        if "forgotten" in desk.request.query_params
        else None,
    )
    return desk.render("store.html", "Store", view)


def _cache(console: Console) -> CacheView:
    cache, limit = console.gateway.cache, console.settings.cache.bytes
    return CacheView(
        answers=len(cache),
        megabytes=round(cache.size / 1e6, 1),
        limit=round(limit / 1e6, 1),
        share=round(100 * cache.size / limit) if limit else 0,
    )


@at("forget", methods=("POST",))
async def forget(desk: Desk) -> ASGIResponse:
    """Have every process ask a backend anew for what it kept of it (softly: where it cannot answer, the old is shown)."""
    console = desk.console
    name = (await desk.form()).get("backend", "")
    if name not in console.settings.backends:
        return desk.render("plain.html", "No such backend", "There is no backend of this name.", status=404)
    await console.control.write(lambda db: control_live.purge(db, [of_backend(name)], console.control.clock()))
    return desk.redirect("?forgotten")


routes = (show, forget)
