"""`portico doctor`: one report about everything the store stands on."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import click
import msgspec
from rich.console import Console
from rich.markup import escape

from bff import settings as configuration
from bff.doctor import store
from bff.doctor.backends import backends
from bff.doctor.findings import Area, Finding, wrong
from bff.ports import Misconfigured
from bff.settings import Settings

MARKS = {"ok": "[green]✓[/]", "note": "·", "warning": "[yellow]![/]", "error": "[bold red]✗[/]"}


def report(shop: Path | None, create: Callable[[Settings], Any], *, as_json: bool) -> None:
    """Print what is found, by area; ends with status 1 where there are errors. `create` makes the application."""
    try:
        found = asyncio.run(examined(configuration.load(shop), create))
    except Misconfigured as error:
        found = [wrong("configuration", error)]
    order = get_args(Area)
    found.sort(key=lambda each: order.index(each.area))
    bad = sum(each.level == "error" for each in found)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode({"ok": not bad, "findings": found})).decode())
    else:
        _print(found)
    if bad:
        sys.exit(1)


async def examined(found: Settings, create: Callable[[Settings], Any]) -> list[Finding]:
    """Everything. Whatever is wrong is a finding; nothing is raised for it."""
    said = [*store.settings(found), *store.disk(found), *store.clock()]
    rules: dict[str, list[str]] = {}
    try:
        app = create(found)
        sent = await store.headers(found, lambda _: app)
        rules = store.policy(sent)
        said += store.sendings(found, sent)
    except Misconfigured as error:
        said.append(wrong("headers", error))
    said += await store.purges(found)
    return [*said, *await backends(found, rules)]


def _print(found: list[Finding]) -> None:
    console, area = Console(), ""
    for each in found:
        if each.area != area:
            area = each.area
            console.print(f"[bold]{area}[/]")
        console.print(f"  {MARKS[each.level]} {escape(each.says)}", highlight=False, soft_wrap=True)
        if each.level != "ok" and (each.setting or each.fix):
            told = ": ".join(part for part in (each.setting, each.fix) if part)
            console.print(f"      {escape(told)}", highlight=False, soft_wrap=True)
    count = {level: sum(each.level == level for each in found) for level in ("error", "warning", "note")}
    console.print(", ".join(f"{level}s: {number}" for level, number in count.items()), highlight=False)
