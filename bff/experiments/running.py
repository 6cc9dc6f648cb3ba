"""The experiments of one process: what runs, who is shown what, and what is recorded of it.

A request meets them twice before its page is made (`met`: who it is, and which backend is theirs; `begun`: which variations)
and once after (`settled`). Without a running experiment nothing of that does anything.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections import deque
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from cachetools import LRUCache
from litestar.response.base import ASGIResponse

from bff.ports import Unavailable
from bff.rendering.assets import Assets
from bff.rendering.environment import Renderer
from bff.rendering.overlays import Layer, Overlays, warmed
from bff.web.clients import device
from bff.web.control import Control
from bff.web.live import stamp
from bff.web.preview import Preview, Previews
from bff.web.visit import Visit

from . import states
from .assignment import Assigner, is_control
from .definition import CONTROL, ROOM, Audience, Experiment, find
from .exposure import Exposures, is_ahead, is_bot
from .states import State

log = logging.getLogger("portico.experiments")

FAULTS, FAULT_SECONDS = 3, 60.0
"""So many errors of a variation within so many seconds, in one process, and it is switched off in all."""
REMEMBERED = 20_000
BACKEND = "backend:"
"""The mark of an answer that a canary's experiment decided the backend of."""
Attributes = tuple[tuple[str, str], ...]


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """An experiment that runs, as it is drawn now."""

    experiment: Experiment
    state: State

    @property
    def is_canary(self) -> bool:
        return self.experiment.definition.kind == "backend"


class Drawn(NamedTuple):
    """A visitor's variations by experiment: those that are theirs, and those of them that are not switched off."""

    held: Mapping[str, str]
    shown: Mapping[str, str]


NOTHING = Drawn({}, {})


def layers(experiments: Iterable[Experiment]) -> list[Layer]:
    """What the variations of these bring."""
    return [
        Layer(
            experiment=one.name,
            variation=variation,
            root=f"{ROOM}/{one.name}/{variation}",
            folder=one.folder / variation,
            templates=one.templates.get(variation, frozenset()),
            statics=one.statics.get(variation, frozenset()),
            messages=bool(one.messages.get(variation)),
            sheet=variation in one.themes,
            everywhere=one.definition.kind == "theme",
        )
        for one in experiments
        for variation in one.names
        if variation != CONTROL
    ]


class Experiments:
    """`folders` are those of `templates`, the shop's first. `look` is called four times a second."""

    def __init__(
        self,
        folders: Sequence[Path],
        renderers: Sequence[Renderer],
        assets: Assets,
        control: Control,
        assigner: Assigner,
        previews: Previews,
        *,
        enabled: bool = True,
        development: bool = False,
    ) -> None:
        self.previews = previews
        self.found: Mapping[str, Experiment] = {}
        self.running: tuple[Running, ...] = ()
        self._canaries: tuple[Running, ...] = ()
        self._others: tuple[Running, ...] = ()
        self._folders = folders
        self._renderers = renderers
        self._assets = assets
        self._control = control
        self._assigner = assigner
        self._enabled = enabled
        self._development = development
        self._number = -1
        self._stamp = 0
        self._overlays = Overlays()
        self._files: tuple[tuple[Layer, ...], int] = ((), 0)
        """What is laid over the store, and when it was last written: without a change nothing is compiled anew."""
        self._words = self._worded()
        """When the store's words were last written, as they are said."""
        self._drawn: LRUCache[tuple[str, str, Attributes], Drawn] = LRUCache(REMEMBERED)
        self._open: dict[tuple[str, Attributes], list[Running]] = {}
        self._settled: LRUCache[tuple[str, frozenset[str], bool], bool] = LRUCache(REMEMBERED)
        """What is recorded already: who touched what, on a canary or not, since anything was last done to experiments."""
        self._exposures = Exposures()
        self._faults: dict[tuple[str, str], deque[float]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # ------------------------------------------------------------ following

    async def look(self) -> None:
        """See whether anything was done to experiments, or (in development) to their files. What fails is tried again."""
        try:
            number = await self._control.read(states.number)
        except Unavailable:  # it is in the log
            if self._number == -1:
                self._number = 0
                await self._read_files()
                self._run({one.name: states.written(one) for one in self.found.values()})
            return
        changed = await asyncio.to_thread(self._stamped) if self._development else 0
        if number == self._number and changed == self._stamp:
            return
        self._stamp = changed
        try:
            await self._read_files()
            self._run(await self._followed())
        except Unavailable:
            return
        except Exception:  # what runs goes on; nobody is served worse for it
            log.exception("what was done to experiments is not followed")
        self._number = number

    async def _followed(self) -> Mapping[str, State]:
        experiments = list(self.found.values())
        found = await self._control.read(lambda db: states.states(db, experiments))
        if fresh := states.unfrozen(experiments, found):
            await self._control.write(lambda db: states.freeze(db, fresh))
            found = await self._control.read(lambda db: states.states(db, experiments))
        return found

    def plan(self, db: sqlite3.Connection, backends: Container[str]) -> Mapping[str, tuple[str, ...]]:
        """Those of `backends` that canaries need open, by market ("": all), for whoever makes the plan of backends."""
        if not self._enabled:
            return {}
        try:
            experiments = find(self._folders).experiments
            wanted = states.canaries(states.states(db, experiments.values()), experiments)
        except sqlite3.Error:
            raise
        except Exception:
            log.exception("no canary is opened")
            return {}
        return {market: tuple(name for name in names if name in backends) for market, names in wanted.items()}

    def _stamped(self) -> int:
        return stamp([folder for folder in self._folders if folder.exists()])

    async def _read_files(self) -> None:
        found = await asyncio.to_thread(find, self._folders)
        for problem in found.problems:
            log.error("%s", problem)
        self.found = found.experiments
        overlays = Overlays(layers(one for one in self.found.values() if not one.is_over))
        newest = stamp([folder / ROOM for folder in self._folders if (folder / ROOM).exists()])
        files = overlays.layers, max(newest, self._stamp)
        changed = files != self._files and (overlays.layers or self._overlays.layers)
        if changed or self._development:
            await self._read_words()
        if changed:
            if self._renderers:
                await asyncio.to_thread(warmed, self._renderers[0].environment, overlays)
            self._overlays = overlays
            self._assets.put(overlays)
            for renderer in self._renderers:
                renderer.put(overlays)
        self._files = files

    def _worded(self) -> int:
        return stamp([folder / "messages" for folder in self._folders if (folder / "messages").exists()])

    async def _read_words(self) -> None:
        """The store's own words anew, where they were written since: those of a winner are among them once it is shipped."""
        written = await asyncio.to_thread(self._worded)
        if written == self._words:
            return
        said = {each.messages.locale: each.messages for each in self._renderers}
        fresh = await asyncio.to_thread(lambda: {locale: own.fresh() for locale, own in said.items()})
        for locale, own in said.items():
            own.take(fresh[locale])
        self._words = written

    def _run(self, found: Mapping[str, State]) -> None:
        self._put(
            Running(experiment=self.found[name], state=state)
            for name, state in found.items()
            if self._enabled and state.status == "running"
        )

    def _put(self, running: Iterable[Running]) -> None:
        self.running = tuple(running)
        self._canaries = tuple(one for one in self.running if one.is_canary)
        self._others = tuple(one for one in self.running if not one.is_canary)
        self._drawn.clear()
        self._open.clear()
        self._settled.clear()

    # ------------------------------------------------------------ a request

    def met(self, visit: Visit) -> None:
        """Before the session is opened: a preview, or the visitor's own backend."""
        if (preview := self._previewed(visit)) is not None:
            visit.preview = preview
            visit.measuring.silence()
            if backend := self.found[preview.experiment].definition.backends.get(preview.variation):
                visit.turn_to(backend)
            visit.shown.assign({preview.experiment: preview.variation})
            return
        if not self._canaries:
            return
        carts = visit.session.carts
        for one in self._canaries:
            backends = one.experiment.definition.backends
            own = next((name for name in backends.values() if name in carts), None)
            if visit.store.backend.name in carts or own:  # one visitor, one bundle: where the cart is
                if own and visit.store.backend.name not in carts:
                    visit.turn_to(own)
                    visit.shown.canaried = True
                continue
            variation = self._assigned(visit, [one], one.experiment.name).held.get(one.experiment.name)
            if variation is None:
                continue
            visit.shown.held = {**visit.shown.held, one.experiment.name: variation}
            visit.shown.touched.add(BACKEND + one.experiment.name)
            if not is_control(variation) and variation not in one.state.off:
                visit.shown.canaried = visit.turn_to(backends.get(variation, ""))

    def begun(self, visit: Visit) -> None:
        """After the session is opened: the variations of everything else. Whoever is on a canary takes part in nothing."""
        if not self._others or visit.preview is not None or visit.shown.canaried:
            return
        drawn = self._assigned(visit, self._others)
        visit.shown.assign(drawn.shown, held={**visit.shown.held, **drawn.held})

    def settled(self, visit: Visit, answer: ASGIResponse) -> None:
        """After the answer is made: record what it was. Nothing of previews, errors, bots, and what nobody has seen."""
        if visit.preview is not None:
            answer.headers["cache-control"] = "private, no-store"
            answer.headers["x-robots-tag"] = "noindex"
            if "etag" in answer.headers:
                del answer.headers["etag"]
            return
        shown = visit.shown
        if not shown.held:
            return
        self._count_faults(shown.raised, shown.held)
        visitor, headers = visit.measuring.visitor, visit.request.headers
        if answer.status_code != 200 or visit.request.method == "HEAD" or visitor is None:
            return
        key = (visitor, frozenset(shown.touched), shown.canaried)
        if (key in self._settled and not shown.raised) or is_bot(headers) or is_ahead(headers):
            return
        self._settled[key] = True
        touched = self._overlays.experiments(mark for mark in shown.touched if not mark.startswith(BACKEND))
        touched |= {mark[len(BACKEND) :] for mark in shown.touched if mark.startswith(BACKEND)}
        taking = {
            one.experiment.name: (one.experiment.phase, variation, self._gave_way(one, variation, visit))
            for one in self.running
            if one.experiment.name in touched and (variation := shown.held.get(one.experiment.name)) is not None
        }
        events = visit.store.events
        for event in self._exposures.of(visit, taking, events.now(), visitor) if taking else ():
            events.record(event)

    @staticmethod
    def _gave_way(one: Running, variation: str, visit: Visit) -> bool:
        """Whether this visitor was shown control though `variation` is theirs: it raised, it is off, its backend is not
        open."""
        closed = one.is_canary and not is_control(variation) and not visit.shown.canaried
        return closed or one.experiment.name in visit.shown.raised or variation in one.state.off

    def _previewed(self, visit: Visit) -> Preview | None:
        preview = self.previews.read(visit.request.cookies)
        if preview is None or preview.experiment not in self.found:
            return None
        return preview if preview.variation in self.found[preview.experiment].names else None

    def _assigned(self, visit: Visit, running: Sequence[Running], only: str = "") -> Drawn:
        """The variations of the experiments this visitor takes part in. An id is made where one is needed and may be; who
        has none takes part in nothing."""
        attributes = _attributes(visit, signed_in=not only and visit.signed_in)
        open_ = self._open.get((only, attributes))
        if open_ is None:
            known = dict(attributes)
            open_ = [one for one in running if _takes_part(one.experiment.definition.audience, known)]
            self._open[only, attributes] = open_
        visitor = visit.measuring.identified() if open_ else None
        if visitor is None:
            return NOTHING
        found = self._drawn.get((visitor, only, attributes))
        if found is None:
            held, shown = dict[str, str](), dict[str, str]()
            for one in open_:
                variation = self._asked(one, visitor, dict(attributes))
                if variation is not None:
                    held[one.experiment.name] = variation
                    if variation not in one.state.off:
                        shown[one.experiment.name] = variation
            found = self._drawn[visitor, only, attributes] = Drawn(held, shown)
        return found

    def _asked(self, one: Running, visitor: str, attributes: Mapping[str, str]) -> str | None:
        try:
            return self._assigner.assign(one.state.draw, visitor, attributes)
        except Exception:  # somebody else's library must not cost a page
            log.exception("experiment %s: the assigner failed", one.experiment.name)
            return None

    # ------------------------------------------------------------ variations that fail

    def _count_faults(self, raised: Iterable[str], held: Mapping[str, str]) -> None:
        for name in raised:
            variation, now = held.get(name, CONTROL), time.monotonic()
            if variation == CONTROL or not any(one.experiment.name == name for one in self.running):
                continue
            times = self._faults.setdefault((name, variation), deque(maxlen=FAULTS))
            times.append(now)
            if len(times) == FAULTS and now - times[0] <= FAULT_SECONDS:
                times.clear()
                self._switch_off(name, variation)

    def _switch_off(self, name: str, variation: str) -> None:
        """Here at once, and in every process by the control store."""
        reason = f"{FAULTS} errors within {FAULT_SECONDS:.0f} s"
        log.error("experiment %s: %s is switched off: %s", name, variation, reason)
        phase = next(one.experiment.phase for one in self.running if one.experiment.name == name)
        self._put(
            msgspec.structs.replace(
                one, state=msgspec.structs.replace(one.state, off={**one.state.off, variation: reason})
            )
            if one.experiment.name == name
            else one
            for one in self.running
        )

        async def write() -> None:
            try:
                await self._control.write(
                    lambda db: states.switch_off(db, name, phase, variation, reason, self._control.clock())
                )
            except Unavailable:
                log.error("experiment %s: other processes were not told", name)

        task = asyncio.get_running_loop().create_task(write())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _attributes(visit: Visit, *, signed_in: bool) -> Attributes:
    return (
        ("market", visit.place.market.id),
        ("locale", visit.place.locale),
        ("device", device(visit.request.headers)),
        ("signed_in", "true" if signed_in else "false"),
        ("backend", visit.store.backend.name),
    )


def _takes_part(audience: Audience, attributes: Mapping[str, str]) -> bool:
    if audience.signed_in is not None and attributes["signed_in"] != str(audience.signed_in).lower():
        return False
    wanted = (
        (audience.markets, "market"),
        (audience.locales, "locale"),
        (audience.devices, "device"),
        (audience.backends, "backend"),
    )
    return all(not allowed or attributes[name] in allowed for allowed, name in wanted)
