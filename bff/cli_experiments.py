"""`portico experiment new | list | lint | preview | start | ramp | stop | ship | forget`. Reports: `cli_reports.py`."""

from __future__ import annotations

import asyncio
import datetime
import difflib
import getpass
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar, get_args
from urllib.parse import urlencode

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bff import settings as configuration
from bff.events.places import sink
from bff.experiments import shipping, states
from bff.experiments.definition import CONTROL, NAME, ROOM, Experiment, Found, Kind, Problem, find
from bff.experiments.lint import lint as mistakes
from bff.experiments.states import State
from bff.own_secrets import key_ring
from bff.ports import Misconfigured, Unavailable
from bff.settings import Settings
from bff.terminal import console, doubted, fail, load, typed
from bff.web import handoffs
from bff.web.control import Control
from bff.web.measuring import VISITOR
from bff.web.preview import Previews
from bff.web.ring import Ring
from bff.web.session import Sealer

T = TypeVar("T")


def share(text: str) -> float:
    """A part of the visitors: 0.1 or 10%."""
    try:
        part = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no share: write 10% or 0.1.") from None
    if not 0 < part <= 1:
        raise click.BadParameter(f"{text!r} is no part of the whole: write 10% or 0.1 for a tenth.")
    return part


@click.group()
def experiment() -> None:
    """A/B tests: from a folder of templates to a decision."""


def _today() -> datetime.date:
    return datetime.datetime.now(tz=datetime.timezone.utc).astimezone().date()  # noqa: UP017 - 3.11 reads either


def _who() -> str:
    """For the change log."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's account without a name
        return ""


def _found(settings: Settings) -> Found:
    return find(configuration.search_path(settings, "templates"))


def one_of(settings: Settings, name: str) -> Experiment:
    found = _found(settings)
    for problem in found.problems:
        if f"/{name}/" in problem.file:
            _tell([problem])
            sys.exit(1)
    if name not in found.experiments:
        near = difflib.get_close_matches(name, found.experiments, n=1)
        fix = f"there are: {', '.join(found.experiments)}." if found.experiments else "portico experiment new NAME."
        if near:
            fix = f"did you mean {near[0]!r}?"
        if not settings.shop:
            fix = "say which shop is meant: portico --shop FOLDER experiment …, or export PORTICO_SHOP=FOLDER once."
        whose = "this shop" if settings.shop else "the demo store"
        fail(Misconfigured(f"experiment {name}", f"{whose} has none of this name.", fix=fix))
    return found.experiments[name]


def controlled(settings: Settings, work: Callable[[Control], Awaitable[T]]) -> T:
    """Run `work` on the control store."""

    async def run() -> T:
        ring = Ring(key_ring(settings), b"portico-control")
        async with Control(Path(settings.server.var) / "control.sqlite", ring) as control:
            return await work(control)

    try:
        return asyncio.run(run())
    except Misconfigured as error:
        fail(error)
    except Unavailable as error:
        fail(Misconfigured("server.var", f"{error.detail}.", fix="is the folder there, and may you write into it?"))


def _states(settings: Settings, found: Found) -> dict[str, State]:
    own = list(found.experiments.values())
    return controlled(settings, lambda control: control.read(lambda db: states.states(db, own)))


def _say(text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True)


def _tell(problems: list[Problem]) -> None:
    for one in problems:
        where = f"{one.file}:{one.line}" if one.line else one.file
        _say(f"[red]✗[/] {escape(where)}: {escape(one.text)}\n  fix: {escape(one.fix)}")


# ---------------------------------------------------------------- new, list, lint


@experiment.command()
@click.argument("name")
@click.option("--kind", type=click.Choice(get_args(Kind)), default="template", show_default=True, help="What is tried.")
@click.option("--template", "templates", multiple=True, help="A template to change (pages/product.html); repeatable.")
@click.option("--variation", default="new", show_default=True, help="The name of what is tried.")
@click.pass_obj
def new(shop: Path | None, name: str, kind: Kind, templates: tuple[str, ...], variation: str) -> None:
    """Begin experiment NAME: a folder with a draft, and copies of the templates to change."""
    settings = load(shop)
    folders = configuration.search_path(settings, "templates")
    for word in (name, variation):
        if not NAME.fullmatch(word) or word == CONTROL:
            fail(Misconfigured(word, "is no name.", fix="small letters, digits and single hyphens, a letter first."))
    home = Path(settings.shop) / "templates" if settings.shop else folders[0]
    try:
        written = shipping.begun(
            home, name, kind=kind, variation=variation, templates=folders, paths=templates, today=_today()
        )
    except FileExistsError as error:
        fail(Misconfigured(f"experiment {name}", f"{error} is there already.", fix="choose another name."))
    except FileNotFoundError as error:
        paths = [path.relative_to(folder).as_posix() for folder in folders for path in folder.rglob("*.html")]
        known = [path for path in paths if not path.startswith(f"{ROOM}/")]
        near = [each for each in known if each.endswith(f"/{error}")] or difflib.get_close_matches(
            str(error), known, n=1
        )
        fix = f"did you mean {near[0]}?" if near else "e.g. pages/product.html or components/card.html."
        fail(Misconfigured("--template", f"the store has no {error}.", fix=fix))
    except OSError as error:
        fail(
            Misconfigured(
                str(home), f"cannot be written: {error.strerror}.", fix="make a shop: portico new store FOLDER"
            )
        )
    for file in written:
        _say(f"[green]✓[/] {escape(str(file))}")
    _say("Write them, then:")
    for step in ("lint", f"preview {name}"):
        _say(f"  {escape(typed(shop, f'portico experiment {step}'))}")


@experiment.command("list")
@click.pass_obj
def list_(shop: Path | None) -> None:
    """All experiments, what runs, and where that is not what the files say."""
    settings = load(shop)
    found = _found(settings)
    held = _states(settings, found)
    table = Table("experiment", "kind", "status", "coverage", "variations", "ends", "owner", box=None)
    for name, one in found.experiments.items():
        own, state = one.definition, held[name]
        said = f" (file: {own.status})" if states.contradicted(one, state) else ""
        part = f" (file: {own.coverage:.0%})" if state.draw.coverage != own.coverage else ""
        names = ", ".join(
            f"{variation} {weight:.0%}{' OFF: ' + state.off[variation] if variation in state.off else ''}"
            for variation, weight in zip(state.draw.variations, state.draw.weights, strict=True)
        )
        if states.drifted(one, state):
            names += f" (the file says otherwise: raise its phase above {one.phase})"
        cells = (
            name,
            own.kind,
            f"{state.status}{said}",
            f"{state.draw.coverage:.0%}{part}",
            names,
            str(own.ends),
            own.owner,
        )
        table.add_row(*map(escape, cells))
    Console().print(table)
    _tell(list(found.problems))


@experiment.command()
@click.pass_obj
def lint(shop: Path | None) -> None:
    """What is wrong with experiments, with place and remedy. Status 1 where anything is."""
    settings = load(shop)
    problems = mistakes(settings, _today(), _states(settings, _found(settings)))
    _tell(problems)
    if problems:
        sys.exit(1)
    _say("[green]✓[/] the experiments are well-formed.")


# ---------------------------------------------------------------- preview


@experiment.command()
@click.argument("name")
@click.option("--variation", help="Which one; the first besides the control.")
@click.option("--path", "to", default="", help="The page to begin at (/en-gb/products/mug).")
@click.option(
    "--hours", type=click.FloatRange(0.01, 24 * 60), default=24.0, show_default=True, help="How long it is good."
)
@click.pass_obj
def preview(shop: Path | None, name: str, variation: str | None, to: str, hours: float) -> None:
    """Print a link that shows experiment NAME, whatever its status, with a bar to switch variations. It records nothing."""
    settings = load(shop)
    one = one_of(settings, name)
    if variation is not None and variation not in one.names:
        fail(Misconfigured("--variation", f"there is no {variation!r}.", fix=f"there are: {', '.join(one.names)}."))
    origin = configuration.origin(settings)
    previews = Previews(key_ring(settings), https=origin.startswith("https:"))
    token = previews.token(name, time.time() + hours * 3_600)
    query = {key: value for key, value in (("show", variation), ("to", to)) if value}
    click.echo(f"{origin}/-/preview/{token}" + (f"?{urlencode(query)}" if query else ""))
    doubted(settings)


# ---------------------------------------------------------------- start, ramp, stop


@experiment.command()
@click.argument("name")
@click.option("--coverage", type=share, help="The part of the audience that takes part; the file's.")
@click.pass_obj
def start(shop: Path | None, name: str, coverage: float | None) -> None:
    """Let experiment NAME run from now on, in every process within a second. Refused while anything is wrong with it."""
    settings = load(shop)
    one = one_of(settings, name)
    held = _states(settings, _found(settings))
    wrong = [
        problem
        for problem in mistakes(settings, _today(), held)
        if f"/{name}/" in problem.file or f" {name} " in problem.fix
    ]
    if wrong:
        _tell(wrong)
        sys.exit(1)
    state = controlled(
        settings, lambda control: control.write(lambda db: states.start(db, one, coverage, control.clock(), _who()))
    )
    _say(f"[green]✓[/] {name} runs for {state.draw.coverage:.0%} of its audience. What comes of it:")
    _say(f"  {escape(typed(shop, f'portico experiment report {name}'))}")


@experiment.command()
@click.argument("name")
@click.argument("coverage", type=share)
@click.pass_obj
def ramp(shop: Path | None, name: str, coverage: float) -> None:
    """Let COVERAGE (10% or 0.1) of the audience take part in NAME; nobody changes variation. It only grows."""
    settings = load(shop)
    one = one_of(settings, name)
    state = controlled(
        settings, lambda control: control.write(lambda db: states.ramp(db, one, coverage, control.clock(), _who()))
    )
    _say(f"[green]✓[/] {name} runs for {state.draw.coverage:.0%} of its audience.")


@experiment.command()
@click.argument("name", required=False)
@click.option("--all", "everything", is_flag=True, help="All that run.")
@click.option("--reason", default="", help="For the change log.")
@click.pass_obj
def stop(shop: Path | None, name: str | None, everything: bool, reason: str) -> None:
    """Show everybody control from now on, in every process within a second."""
    if (name is None) != everything:
        raise click.UsageError("name an experiment, or say --all.")
    settings = load(shop)
    found = _found(settings)
    if name is not None:
        wanted = [one_of(settings, name)]
    else:
        held = _states(settings, found)
        wanted = [one for key, one in found.experiments.items() if held[key].status == "running"]

    async def work(control: Control) -> None:
        for one in wanted:
            await control.write(
                lambda db, one=one: states.stop(db, one, reason, [*settings.markets], control.clock(), _who())  # type: ignore[misc]
            )

    controlled(settings, work)
    for one in wanted:
        _say(f"[green]✓[/] {one.name} is stopped.")
    if not wanted:
        _say("Nothing was running.")


# ---------------------------------------------------------------- ship, forget


@experiment.command()
@click.argument("name")
@click.argument("winner")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.pass_obj
def ship(shop: Path | None, name: str, winner: str, dry_run: bool) -> None:
    """Make variation WINNER of NAME the store's own: its files are moved into the shop's folder, and the diff is shown."""
    settings = load(shop)
    one = one_of(settings, name)
    if winner not in one.names:
        fail(Misconfigured(winner, f"{name} has no such variation.", fix=f"it has: {', '.join(one.names)}."))
    if one.definition.kind == "backend":
        fix = f"portico backend use {one.definition.backends.get(winner, 'NAME')}; then portico experiment stop {name}."
        fail(Misconfigured(name, "a backend is no file that could be moved.", fix=fix))
    home = Path(settings.shop) if settings.shop else configuration.search_path(settings, "templates")[0].parent
    planned = shipping.planned(settings, one, winner)
    for each in planned:
        click.echo(each.diff)
    if dry_run:
        return
    try:
        shipping.move(one, winner, planned)
    except OSError as error:
        fail(Misconfigured(str(home), f"cannot be written: {error.strerror}."))
    controlled(
        settings, lambda control: control.write(lambda db: states.ship(db, one, winner, control.clock(), _who()))
    )
    _say(f"[green]✓[/] {winner} of {name} is the store's own: {len(planned)} files in {escape(str(home))}.")
    _say("Running processes show it within a second; commit the files.")


@experiment.command()
@click.argument("visitor")
@click.pass_obj
def forget(shop: Path | None, visitor: str) -> None:
    """Remove all that was recorded of VISITOR: the id, or the value of their cookie."""
    settings = load(shop)
    try:
        id = str(uuid.UUID(visitor))
    except ValueError:
        sealer = Sealer(key_ring(settings), https=configuration.origin(settings).startswith("https:"))
        raw = sealer.open_as(VISITOR, {sealer.prefix + VISITOR: visitor})
        if raw is None or len(raw) != 16:
            fail(
                Misconfigured(
                    "VISITOR", "is neither an id nor a cookie of this store's.", fix=f"see the cookie {VISITOR}."
                )
            )
        id = str(uuid.UUID(bytes=raw))
    events = settings.events
    kept = sink(Path(settings.server.var), days=events.days, postgres=events.postgres)
    try:
        count = kept.forget(id)
    finally:
        kept.close()
    controlled(settings, lambda control: handoffs.forget(control, id))
    _say(f"[green]✓[/] {count} events are removed, and what is recorded of them within the next hour will be.")
