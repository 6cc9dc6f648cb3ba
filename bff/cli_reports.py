"""`portico experiment report | export`."""

from __future__ import annotations

import sqlite3
import sys
import time
from contextlib import suppress
from pathlib import Path

import click
import msgspec

from bff.cli_experiments import controlled, one_of
from bff.events.places import Uninstalled, readable
from bff.experiments.definition import Experiment
from bff.experiments.reporting import exports, recorded
from bff.experiments.reporting.account import Known, account, known
from bff.experiments.reporting.text import text
from bff.ports import Misconfigured
from bff.settings import Settings
from bff.terminal import fail, load, typed

PHASE = click.option("--phase", type=click.IntRange(1), help="Which phase; the present one.")


def _known(settings: Settings, one: Experiment, phase: int | None) -> Known:
    found = controlled(settings, lambda control: control.read(lambda db: known(db, one, phase)))
    if found is None:
        fail(Misconfigured("--phase", f"{one.name} had no phase {phase}.", fix=f"leave it out: it is in {one.phase}."))
    return found


@click.command()
@click.argument("name")
@PHASE
@click.option("--json", "form", flag_value="json", help="Everything, for another program.")
@click.option("--csv", "form", flag_value="csv", help="A line for each variation of each metric.")
@click.pass_obj
def report(shop: Path | None, name: str, phase: int | None, form: str | None) -> None:
    """What is known of experiment NAME: the verdict first. Status 1 where its events cannot be read."""
    settings = load(shop)
    one = one_of(settings, name)
    found = account(settings, one, _known(settings, one, phase), time.time())
    match form:
        case "json":
            click.echo(exports.as_json(found))
        case "csv":
            click.echo(exports.as_csv(found), nl=False)
        case _:
            click.echo(text(found, lambda command: typed(shop, command)), nl=False)
    if found.report is None:
        sys.exit(1)


@click.command()
@click.argument("name")
@PHASE
@click.option("--jsonl", "form", flag_value="jsonl", help="An object a line.")
@click.option("--csv", "form", flag_value="csv", default=True, help="Comma-separated (the default).")
@click.pass_obj
def export(shop: Path | None, name: str, phase: int | None, form: str) -> None:
    """Write the events of experiment NAME to standard output. Visitors and orders by their hashes."""
    settings = load(shop)
    one = one_of(settings, name)
    own, which = settings.events, _known(settings, one, phase).phase
    try:
        with readable(Path(settings.server.var), name, which, days=own.days, postgres=own.postgres) as file:
            rows = recorded.recorded(file, name, which)
            lines = (
                (msgspec.json.encode(row).decode() + "\n" for row in rows)
                if form == "jsonl"
                else exports.lines(recorded.COLUMNS, rows)
            )
            with suppress(BrokenPipeError):
                for line in lines:
                    click.echo(line, nl=False)
    except (sqlite3.Error, Uninstalled) as error:
        fail(Misconfigured("events", f"they cannot be read: {error}.", fix="portico doctor"))
