"""`portico backend purge`: say by hand that something changed."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from bff.cli_backends import known, opened_control, run
from bff.ports import Change, ChangeKind
from bff.terminal import load
from bff.web import control_live
from bff.web.spreading import Spreading

KINDS = get_args(ChangeKind)


@click.command()
@click.argument("name")
@click.argument("kind", required=False, type=click.Choice([kind for kind in KINDS if kind not in ("all", "order")]))
@click.argument("ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that NAME has answered.")
@click.pass_obj
def purge(shop: Path | None, name: str, kind: ChangeKind | None, ids: tuple[str, ...], everything: bool) -> None:
    """Let go, in every running process, of what is kept of backend NAME: of a KIND, by the backend's ids (of products and
    categories the slug will do, too). Who asks next waits for a new answer; the old one stays for when none can be had."""
    if everything == (kind is not None):
        raise click.UsageError("say either --all, or a KIND with its ids.")
    if kind is not None and not ids and kind not in ("navigation", "content"):
        raise click.UsageError(f"say which {kind}, or --all.")
    found = load(shop)
    changes = [Change(kind=kind, id=id) for id in ids or (None,)] if kind is not None else [Change(kind="all")]

    async def work() -> int:
        known(found, name)
        async with opened_control(found) as control:
            await Spreading(control).tell(name, changes)
            return len(await control.read(lambda db: control_live.processes(db, control.clock())))

    count = run(work())
    told = f"{count} processes do it within a second" if count else "the store is not running now: nothing is kept"
    click.echo(f"✓ told; {told}.")
