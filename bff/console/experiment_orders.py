"""Starting, widening and stopping an experiment from its page: what the commands do, by the same functions."""

from __future__ import annotations

import asyncio
import datetime
import sqlite3
from collections.abc import Callable

from litestar.response.base import ASGIResponse

from bff.experiments import states
from bff.experiments.definition import Experiment
from bff.experiments.lint import lint
from bff.experiments.states import State
from bff.ports import Misconfigured

from .desk import Desk, at
from .experiments import SECTION, found, nowhere, one_of, told
from .report_view import view

WHO = "console"
LONGEST_REASON = 200


@at(SECTION + "/{name:str}/stop", methods=("POST",))
async def stop(desk: Desk) -> ASGIResponse:
    """Everybody sees control again."""
    reason = " ".join((await desk.form()).get("reason", "").split())[:LONGEST_REASON]
    markets = [*desk.console.settings.markets]
    return await _done(desk, "stop", lambda db, one, now: states.stop(db, one, reason, markets, now, WHO))


@at(SECTION + "/{name:str}/ramp", methods=("POST",))
async def ramp(desk: Desk) -> ASGIResponse:
    """More of the audience take part."""
    try:
        coverage = float((await desk.form()).get("coverage", ""))
    except ValueError:
        coverage = 0.0
    if not 0 < coverage <= 1:
        return desk.render("plain.html", "No share", "That is no share of the visitors.", section=SECTION, status=422)
    return await _done(desk, "ramp", lambda db, one, now: states.ramp(db, one, coverage, now, WHO))


@at(SECTION + "/{name:str}/start", methods=("POST",))
async def start(desk: Desk) -> ASGIResponse:
    """Let it run, unless anything is wrong with it."""
    return await _done(desk, "start", lambda db, one, now: states.start(db, one, None, now, WHO), check=True)


async def _done(
    desk: Desk, what: str, work: Callable[[sqlite3.Connection, Experiment, float], State], *, check: bool = False
) -> ASGIResponse:
    asked = await one_of(desk)
    if asked is None:
        return nowhere(desk)
    experiment, own = asked
    control = desk.console.control
    refused = await _wrong(desk, experiment) if check else ()
    if not refused:
        try:
            await control.write(lambda db: work(db, experiment, control.clock()))
        except Misconfigured as error:
            refused = (f"{error.problem} {error.fix or ''}".strip(),)
    if not refused:
        return desk.redirect(f"{SECTION}/{experiment.name}?done={what}")
    page = view(await told(desk, experiment, own), refused=refused)
    return desk.render("report.html", experiment.name, page, section=SECTION, status=422)


async def _wrong(desk: Desk, experiment: Experiment) -> tuple[str, ...]:
    """What `portico experiment start` would refuse."""
    all_ = [*(await found(desk)).experiments.values()]
    held = await desk.console.control.read(lambda db: states.states(db, all_))
    today = datetime.datetime.fromtimestamp(desk.console.clock(), datetime.UTC).date()
    problems = await asyncio.to_thread(lint, desk.console.settings, today, held)
    own = [one for one in problems if f"/{experiment.name}/" in one.file or f" {experiment.name} " in one.fix]
    return tuple(f"{one.text} {one.fix}" for one in own)


routes = (stop, ramp, start)
