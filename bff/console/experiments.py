"""`/-/console/experiments`: all experiments, and the report of each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec
from litestar.response.base import ASGIResponse

from bff import settings as configuration
from bff.experiments import shipping
from bff.experiments.definition import Experiment, Found, Problem, find
from bff.experiments.reporting import exports, figures
from bff.experiments.reporting.account import Account, Known, account, design, known
from bff.experiments.reporting.words import verdict

from .desk import Desk, at
from .report_view import view

SECTION = "experiments"
WAIT_SECONDS = 3.0
"""The list does not wait longer for figures; they are there when it is asked again."""
UNSTARTED = ("draft", "qa")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """`tone` "" and `short` say that it is still being counted."""

    name: str
    hypothesis: str
    owner: str
    status: str
    differences: tuple[str, ...]
    phase: int
    coverage: str
    visitors: str
    days: str
    tone: str
    short: str


class ListPage(msgspec.Struct, frozen=True, kw_only=True):
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    unfinished: bool


class ShipPage(msgspec.Struct, frozen=True, kw_only=True):
    """`diffs`: of each file that would be written."""

    experiment: str
    winner: str
    command: str
    diffs: tuple[str, ...]


async def found(desk: Desk) -> Found:
    """The experiments in the store's folders, as they are now."""
    return await asyncio.to_thread(find, configuration.search_path(desk.console.settings, "templates"))


async def told(desk: Desk, experiment: Experiment, own: Known) -> Account:
    """What is known of it, made anew where it is too old."""
    console = desk.console
    asked = design(experiment, own.draw, console.settings.experiments)
    made = await console.reports.get(
        msgspec.json.encode(asked), lambda: account(console.settings, experiment, own, console.clock())
    )
    return msgspec.structs.replace(made, experiment=experiment, known=own)  # what was done since is known at once


@at(SECTION)
async def show_all(desk: Desk) -> ASGIResponse:
    """Each with what is known of it in a few words."""
    experiments = await found(desk)
    ordered = list(experiments.experiments.values())
    held = await desk.console.control.read(lambda db: {one.name: known(db, one) for one in ordered})
    pending = {
        one.name: asyncio.ensure_future(told(desk, one, own))
        for one in ordered
        if (own := held[one.name]) is not None and own.state.status not in UNSTARTED
    }
    if pending:
        await asyncio.wait(pending.values(), timeout=WAIT_SECONDS)
    entries = [_entry(one, own, pending.get(one.name)) for one in ordered if (own := held[one.name]) is not None]
    order = ("running", "qa", "draft", "stopped", "shipped")
    entries.sort(key=lambda one: (order.index(one.status), one.name))
    unfinished = any(not task.done() for task in pending.values())
    for task in pending.values():
        task.cancel()  # only the waiting: what is being counted goes on
    page = ListPage(entries=tuple(entries), problems=experiments.problems, unfinished=unfinished)
    return desk.render("experiments.html", "Experiments", page, section=SECTION)


def _entry(one: Experiment, own: Known, task: asyncio.Future[Account] | None) -> Entry:
    made = task.result() if task and task.done() else None
    bare = Account(experiment=one, known=own, report=None, problem="", measured=True, at=0.0)
    said = verdict(made) if made else None
    waiting = "Not started" if task is None else "Being counted"
    return Entry(
        name=one.name,
        hypothesis=one.definition.hypothesis,
        owner=one.definition.owner,
        status=own.state.status,
        differences=bare.differences,
        phase=own.phase,
        coverage=f"{own.draw.coverage:.0%}",
        visitors=figures.count(made.visitors) if made and made.report else "–",
        days=figures.duration(made.days) if made and made.visitors else "–",
        tone=said.tone if said else "wait",
        short=said.short if said else waiting,
    )


async def one_of(desk: Desk, phase: int | None = None) -> tuple[Experiment, Known] | None:
    """The experiment that the path names, in a phase it had."""
    experiment = (await found(desk)).experiments.get(str(desk.request.path_params["name"]))
    if experiment is None:
        return None
    own = await desk.console.control.read(lambda db: known(db, experiment, phase))
    return None if own is None else (experiment, own)


def nowhere(desk: Desk) -> ASGIResponse:
    text = "There is no experiment of this name, or it never had this phase. Its folder may be gone."
    return desk.render("plain.html", "No such experiment", text, section=SECTION, status=404)


@at(SECTION + "/{name:str}")
async def show(desk: Desk) -> ASGIResponse:
    """The report; `?format=json|csv` for other programs."""
    query: Mapping[str, str] = desk.request.query_params
    phase = query.get("phase", "")
    if phase and not (phase.isascii() and phase.isdigit() and len(phase) < 10):
        return nowhere(desk)
    asked = await one_of(desk, int(phase) if phase else None)
    if asked is None:
        return nowhere(desk)
    made = await told(desk, *asked)
    form = query.get("format")
    if form in ("json", "csv"):
        body = exports.as_json(made) if form == "json" else exports.as_csv(made)
        kind = "application/json" if form == "json" else "text/csv; charset=utf-8"
        name = f'attachment; filename="{made.name}-{made.known.phase}.{form}"'
        return desk.answer(body, kind=kind, headers=[("content-disposition", name)])
    said = SAID.get(query.get("done", ""), "")
    return desk.render("report.html", made.name, view(made, said=said), section=SECTION)


@at(SECTION + "/{name:str}/ship/{winner:str}")
async def ship(desk: Desk) -> ASGIResponse:
    """What making a variation the store's own would change. It is done by command, where the shop's folder is kept: here
    the folder may be one of several hosts', or of an image, and what is not in its repository is gone with the next."""
    asked = await one_of(desk)
    winner = str(desk.request.path_params["winner"])
    if asked is None or winner not in asked[0].names or asked[0].definition.kind == "backend" or asked[0].is_over:
        return nowhere(desk)
    experiment, settings = asked[0], desk.console.settings
    try:
        planned = await asyncio.to_thread(shipping.planned, settings, experiment, winner)
    except (OSError, UnicodeError) as error:
        text = f"A file of it cannot be read: {type(error).__name__}."
        return desk.render("plain.html", "Not now", text, section=SECTION, status=503)
    page = ShipPage(
        experiment=experiment.name,
        winner=winner,
        command=f"portico experiment ship {experiment.name} {winner}",
        diffs=tuple(each.diff for each in planned),
    )
    return desk.render("ship.html", f"Ship {winner}", page, section=SECTION)


SAID = {
    "start": "It runs, in every process within a second.",
    "stop": "It is stopped: everybody sees control within a second.",
    "ramp": "More shoppers take part within a second; nobody sees anything else than before.",
}

routes = (show_all, show, ship)
