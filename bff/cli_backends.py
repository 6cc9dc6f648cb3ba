"""`portico backend list | check | compare | use | drain`: which backend serves the store, and the way to another. `purge`
stands in `cli_changes`."""

from __future__ import annotations

import asyncio
import difflib
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bff import settings as configuration
from bff.gateway.backends import OpenBackend, adapter_settings, bound, manifest, open_backend
from bff.gateway.comparing import CALL_SECONDS, Compared, Difference
from bff.gateway.freshness import ways
from bff.gateway.generations import FIRST_SECONDS, OPEN_SECONDS
from bff.gateway.policy import patient
from bff.gateway.probing import advice, contexts, probed
from bff.own_secrets import key_ring
from bff.ports import BackendError, Deadline, Market, Misconfigured, PublicContext, Unavailable
from bff.settings import Settings
from bff.terminal import console, fail, load
from bff.web import control_live
from bff.web.control import Control
from bff.web.paths import Served, put
from bff.web.ring import Ring

FOLLOW_SECONDS = 20.0
"""How long `use` waits for the running processes. One that opens a large backend may need most of it."""


@click.group()
def backend() -> None:
    """Which backend serves the store: look, compare, and swap while it runs."""


@asynccontextmanager
async def opened_control(found: Settings) -> AsyncIterator[Control]:
    ring = Ring(key_ring(found), b"portico-control")
    async with Control(Path(found.server.var) / "control.sqlite", ring) as control:
        yield control


def run(call: Any) -> Any:
    try:
        return asyncio.run(call)
    except Misconfigured as error:
        fail(error)
    except Unavailable as error:
        if not error.backend:  # the control store's
            fail(Misconfigured("server.var", f"{error.detail}.", fix="is the folder there, and may you write into it?"))
        fail(Misconfigured(f"backends.{error.backend}", f"{error.operation}: Unavailable: {error.detail}"))
    except BackendError as error:
        problem = f"{error.operation}: {type(error).__name__}: {error.detail}"
        fail(Misconfigured(f"backends.{error.backend}", problem, fix=f"portico backend check {error.backend}"))


def known(found: Settings, name: str) -> None:
    if name not in found.backends:
        near = difflib.get_close_matches(name, found.backends, n=1)
        fix = f"did you mean `{near[0]}`?" if near else f"backends are: {', '.join(found.backends)}."
        raise Misconfigured(f"backends.{name}", "there is none of this name.", source=found.source, fix=fix)


@asynccontextmanager
async def _opened(found: Settings, name: str, seconds: float = FIRST_SECONDS) -> AsyncIterator[OpenBackend]:
    """A backend to be walked through: without what shoppers' calls pass, and with more time for each. It has so many seconds
    to open."""
    known(found, name)
    own = configuration.markets(found, name)
    opening = open_backend(name, found.backends[name], own, source=found.source, fills=configuration.fills(found))
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(seconds):
                opened = await stack.enter_async_context(opening)
        except TimeoutError:
            raise Unavailable(f"not within {seconds:.0f} s", operation="open", backend=name) from None
        yield bound(name, opened.offer, policies=patient(CALL_SECONDS))


async def _proved(found: Settings, name: str, markets: Iterable[str] = ()) -> list[str]:
    """What was seen to work, and which way its changes come. Raises `Misconfigured` that names the setting."""
    try:
        async with _opened(found, name) as opened:
            own = configuration.markets(found, name)
            wanted = [market for market in own if not markets or market.id in markets]
            return [*await probed(opened.offer, wanted), *ways(found, name, opened.offer.changes).lines()]
    except BackendError as error:
        chosen, key = found.backends[name], f"backends.{name}.settings"
        adapter = manifest(chosen.adapter)
        own_settings = adapter_settings(
            adapter, chosen.settings, key=key, source=found.source, fills=configuration.fills(found)
        )
        where, fix = advice(adapter, own_settings, key, error)
        problem = f"{type(error).__name__}: {error.detail or 'no more was said'}"
        raise Misconfigured(where, problem, source=found.source, fix=fix) from error


def _markets_of(found: Settings, names: Sequence[str]) -> list[str]:
    for name in names:
        if name not in found.markets:
            fix = f"markets are: {', '.join(found.markets)}."
            raise Misconfigured(f"markets.{name}", "there is none of this name.", source=found.source, fix=fix)
    return [*names] or [id for id, market in found.markets.items() if market.use is None]


# ---------------------------------------------------------------- list, check


@backend.command("list")
@click.pass_obj
def list_(shop: Path | None) -> None:
    """The configured backends, what each serves, and the carts left at it."""
    found = load(shop)

    async def look() -> Table:
        async with opened_control(found) as control:
            serving = await control.read(lambda db: control_live.serving(db, found))
            left = await control.read(lambda db: control_live.draining(db, control.clock()))
            running = await control.read(lambda db: control_live.processes(db, control.clock()))
        table = Table("backend", "adapter", "serves", "composed into", "carts left", box=None)
        for name, own in found.backends.items():
            markets = [market for market, backend in serving.items() if backend == name]
            parts = [capability for capability, backend in found.compose.items() if backend == name]
            carts = [f"{one.carts}{' (carried)' if one.carry else ''}" for one in left if one.backend == name]
            table.add_row(name, own.adapter, " ".join(markets), " ".join(parts), carts[0] if carts else "")
        table.caption = f"{len(running)} processes are running." if running else "The store is not running."
        return table

    Console().print(run(look()))


@backend.command()
@click.argument("name")
@click.pass_obj
def check(shop: Path | None, name: str) -> None:
    """Open backend NAME, ask whether it is well, and read a product in each market; which way its changes come. Status 2
    names the setting to fix."""
    found = load(shop)
    for line in run(_proved(found, name)):
        console.print(f"[green]✓[/] {escape(line)}", highlight=False, soft_wrap=True)


# ---------------------------------------------------------------- use


@backend.command()
@click.argument("name")
@click.option("--market", "markets", multiple=True, help="Only in this market; may be given several times.")
@click.option("--carry", is_flag=True, help="Carry carts over by SKU; without it they stay until they end.")
@click.pass_obj
def use(shop: Path | None, name: str, markets: tuple[str, ...], carry: bool) -> None:
    """Let backend NAME serve the store from now on, in every running process. Refused where it does not pass its check."""
    found = load(shop)
    if not run(_used(found, name, markets, carry)):
        sys.exit(1)


async def _used(found: Settings, name: str, markets: Sequence[str], carry: bool) -> bool:
    known(found, name)
    wanted = _markets_of(found, markets)
    if not wanted:
        fix = f"say which: portico backend use {name} --market {next(iter(found.markets))}."
        raise Misconfigured("markets", "each names its own `use`.", source=found.source, fix=fix)
    for line in await _proved(found, name, wanted):
        console.print(f"[green]✓[/] {escape(line)}", highlight=False, soft_wrap=True)
    async with opened_control(found) as control:
        serving = await control.read(lambda db: control_live.serving(db, found))
        leaving = {market: old for market in wanted if (old := serving[market]) != name}
        if not leaving:
            console.print(f"{name} serves {', '.join(wanted)} already.", highlight=False)
            return True
        for old in dict.fromkeys(leaving.values()):
            await _remembered(found, control, old, [market for market, was in leaving.items() if was == old])

        def choose(db: sqlite3.Connection) -> tuple[control_live.Chosen, int, control_live.Chosen]:
            was, now = control_live.chosen(db), control.clock()
            number = control_live.use(db, found, name, markets, carry=carry, now=now)
            return was, number, control_live.chosen(db)

        was, number, made = await control.write(choose)
        refused, waiting, running = await _followed(control, number)
        if refused:
            await control.write(lambda db: control_live.put_back(db, found, was, made, control.clock()))
            for process in refused:
                console.print(f"[red]✗[/] process {process.pid}: {escape(process.problem)}", highlight=False)
            console.print("Not every process could follow: everything is as it was.")
            return False
        for process in waiting:
            console.print(f"[yellow]–[/] process {process.pid} has not said anything yet", highlight=False)
        said = f"{running - len(waiting)} of {running} processes follow" if running else "the store is not running now"
        console.print(f"[green]✓[/] {escape(name)} serves {', '.join(leaving)}; {said}.", highlight=False)
        return not waiting


async def _followed(
    control: Control, number: int
) -> tuple[list[control_live.Process], list[control_live.Process], int]:
    """Who could not follow, who has not yet, and how many there are."""
    until = time.monotonic() + FOLLOW_SECONDS
    while True:
        there = await control.read(lambda db: control_live.processes(db, control.clock()))
        refused = [process for process in there if process.refused == number]
        waiting = [process for process in there if process.number < number]
        if refused or not waiting or time.monotonic() > until:
            return refused, waiting, len(there)
        await asyncio.sleep(0.1)


async def _remembered(found: Settings, control: Control, old: str, markets: Sequence[str]) -> None:
    """Note where the old backend's products stand, so that their addresses lead on."""
    count = 0
    try:
        async with _opened(found, old, OPEN_SECONDS) as opened:
            own = [market for market in configuration.markets(found, old) if market.id in markets]
            for ctx in contexts(own):
                async for rows in _addresses(opened, ctx):
                    kept = [*rows]
                    await control.write(lambda db, kept=kept: put(db, control, kept))  # type: ignore[misc]
                    count += len(kept)
    except (BackendError, Misconfigured) as error:
        console.print(
            f"[yellow]–[/] {escape(old)} could not be read ({type(error).__name__}): only what was served leads on.",
            highlight=False,
        )
    console.print(f"[green]✓[/] {count} addresses of {escape(old)} are remembered", highlight=False)


async def _addresses(opened: OpenBackend, ctx: PublicContext) -> AsyncIterator[list[Served]]:
    cursor: str | None = None
    while True:
        lasting = msgspec.structs.replace(ctx, deadline=Deadline.after(CALL_SECONDS))
        page = await opened.ports["catalog"].sitemap(lasting, kind="product", cursor=cursor)
        path = ctx.market.paths[ctx.locale]
        yield [(path, entry.link.slug, entry.sku) for entry in page.entries if entry.sku]
        cursor = page.next
        if cursor is None:
            return


# ---------------------------------------------------------------- drain


@backend.command()
@click.argument("name", required=False)
@click.option("--carry", is_flag=True, help="Carry what is left at NAME over by SKU, each at its visitor's next page.")
@click.option(
    "--now", is_flag=True, help="Close NAME whatever is left at it; carts are carried from what was last seen."
)
@click.pass_obj
def drain(shop: Path | None, name: str | None, carry: bool, now: bool) -> None:
    """How many carts are left at backends that serve no more; lets go of those with none. Status 1 while some are left."""
    found = load(shop)
    if (carry or now) and name is None:
        raise click.UsageError("--carry and --now need the NAME of a backend.")

    async def work() -> tuple[list[control_live.Draining], list[control_live.Draining]]:
        async with opened_control(found) as control:
            if name is not None:
                known(found, name)
            if carry and name:
                await control.write(lambda db: control_live.carry(db, name))
            gone = await control.write(
                lambda db: control_live.drained(db, control.clock(), at_once=name if now else None)
            )
            return gone, await control.read(lambda db: control_live.draining(db, control.clock()))

    gone, left = run(work())
    for one in gone:
        console.print(f"[green]✓[/] {one.backend} is let go of in {one.market}", highlight=False)
    for one in left:
        since = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.since))
        how = "carried at the next page" if one.carry else "stay until they end"
        console.print(
            f"[yellow]–[/] {one.backend} in {one.market}: {one.carts} carts, {how}; served until {since}",
            highlight=False,
        )
    if any(one.carts for one in left):
        sys.exit(1)


# ---------------------------------------------------------------- compare


@backend.command()
@click.argument("a")
@click.argument("b")
@click.option("--place", "places", multiple=True, help="Only this place (en-gb); may be given several times.")
@click.pass_obj
def compare(shop: Path | None, a: str, b: str, places: tuple[str, ...]) -> None:
    """What differs between backends A and B, by SKU: missing, repeated, prices, tax, stock, slugs, categories. Status 1 on
    differences."""
    found = load(shop)
    for place in places:
        if not any(place in market.locales.values() for market in found.markets.values()):
            raise click.UsageError(f"there is no place {place!r}.")

    def wanted(markets: Sequence[Market]) -> list[PublicContext]:
        return [ctx for ctx in contexts(markets) if not places or ctx.market.paths[ctx.locale] in places]

    async def work() -> int:
        count = 0
        with Compared() as compared:
            async with _opened(found, a) as one, _opened(found, b) as other:
                sides = [(opened, wanted(configuration.markets(found, opened.name))) for opened in (one, other)]
                await asyncio.gather(*(compared.read(n, side.ports, own) for n, (side, own) in enumerate(sides)))
            for difference in compared.differences():
                count += 1
                _show(difference, a, b)
            console.print(f"{compared.rows(0)} things at {a}, {compared.rows(1)} at {b}: {count} differences.")
        return count

    if run(work()):
        sys.exit(1)


def _show(one: Difference, a: str, b: str) -> None:
    sides = " | ".join(f"{name}: {value}" for name, value in ((a, one.a), (b, one.b)) if value is not None)
    click.echo(f"{one.place}  {one.kind:<10}  {one.sku or '–'}  {sides}")
