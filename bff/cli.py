"""The command line: `portico run | check | doctor | routes | backend … | experiment … | new …`, and adapters' own."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bff import __version__, settings
from bff.cli_backends import backend
from bff.cli_changes import purge
from bff.cli_experiments import experiment
from bff.cli_experiments_shots import shots
from bff.cli_experiments_simulate import simulate
from bff.cli_new import new
from bff.cli_reports import export, report
from bff.console import access
from bff.gateway.backends import adapter_settings, adapters, chosen_policies, manifest
from bff.own_secrets import key_ring
from bff.ports import Command, CommandArgument, Misconfigured
from bff.terminal import console, doubted, fail
from bff.terminal import load as _load

MAX_REJECTED = 50


class Portico(click.Group):
    """The commands, and one group for each adapter that has commands of its own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *(name for name in adapters() if manifest(name).commands)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        known = super().get_command(ctx, cmd_name)
        if known is not None or cmd_name not in adapters():
            return known
        found = manifest(cmd_name)
        group = click.Group(cmd_name, help=f"{found.title}: the adapter's own commands.")
        for command in found.commands:
            group.add_command(_adapter_command(cmd_name, command))
        return group


@click.group(cls=Portico, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="portico")
@click.option(
    "--shop", type=click.Path(path_type=Path, file_okay=False), envvar="PORTICO_SHOP", help="The shop's folder."
)
@click.pass_context
def portico(ctx: click.Context, shop: Path | None) -> None:
    """Portico: a headless storefront head. Without --shop (or PORTICO_SHOP) the demo store is meant."""
    ctx.obj = shop


backend.add_command(purge)
experiment.add_command(shots)
experiment.add_command(simulate)
portico.add_command(backend)
experiment.add_command(report)
experiment.add_command(export)
portico.add_command(experiment)
portico.add_command(new)


@portico.command()
@click.option("--host", help="Address to listen at.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen at.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes.")
@click.option("--development", is_flag=True, help="Templates reload, ?_view shows a page's view model.")
@click.pass_obj
def run(shop: Path | None, host: str | None, port: int | None, workers: int | None, development: bool) -> None:
    """Serve the store."""
    chosen = {"HOST": host, "PORT": port, "WORKERS": workers, "DEVELOPMENT": "true" if development else None}
    for name, value in chosen.items():
        if value is not None:
            os.environ[f"PORTICO_SERVER__{name}"] = str(value)
    if shop:
        os.environ["PORTICO_SHOP"] = str(shop.resolve())
    found = _load(shop)
    server = found.server
    from bff import serve
    from bff.app import create_app

    try:
        key_ring(found)
        _check_port("server.port", server.host, server.port)
        site = serve.site_port(found)
        if site is not None:
            _check_port(f"backends.{found.use}.settings.site", server.host, site)
        create_app(found)
    except Misconfigured as error:
        fail(error)
    from granian import Granian
    from granian.constants import Interfaces

    console.print(f"The store opens at [bold]{settings.origin(found)}[/]  (stop with Ctrl-C)", highlight=False)
    folders = [folder for folder in (settings.CHECKOUT / "bff", settings.CHECKOUT / "adapters") if folder.exists()]
    with serve.site_running(found, site):
        Granian(
            "bff.serve:app",
            factory=True,
            address=server.host,
            port=server.port,
            interface=Interfaces.ASGI,
            workers=server.workers,
            log_level=serve.log_level(found),
            reload=development and find_spec("watchfiles") is not None,
            reload_paths=folders or None,
        ).serve()


@portico.command("console")
@click.pass_obj
def console_(shop: Path | None) -> None:
    """Where the operators' console is, and what lets in."""
    found = _load(shop)
    try:
        token = access.token(found)
    except Misconfigured as error:
        fail(error)
    if token is None:
        console.print("The console is closed: [bold]console.open[/] is false.", highlight=False)
        return
    click.echo(f"{settings.origin(found)}{access.PATH}\n{token}")
    doubted(found)


def _check_port(key: str, host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Misconfigured(
                key,
                f"{host}:{port} cannot be listened at: {error.strerror}.",
                fix="stop what uses it, or choose another port for the store (its next one is the backend's own pages'): "
                f"PORTICO_SERVER__PORT={port + 10}",
            ) from None


@portico.command()
@click.pass_obj
def check(shop: Path | None) -> None:
    """Check settings, adapter, templates and messages; say what an upgrade broke. Exit status 1 on problems."""
    from bff.pictures.opening import origins
    from bff.pictures.settings import advice
    from bff.rendering.contract import problems

    found, raw = _load(shop), list[str]()
    try:
        for name, backend in found.backends.items():
            key = f"backends.{name}"
            own = manifest(backend.adapter, key=f"{key}.adapter")
            chosen = adapter_settings(
                own, backend.settings, key=f"{key}.settings", source=found.source, fills=settings.fills(found)
            )
            raw += own.pictures(chosen)
            chosen_policies(name, backend, own, source=found.source)
        key_ring(found)
    except Misconfigured as error:
        fail(error)
    for line in advice(found.pictures, origins(found, raw), development=found.server.development):
        console.print(f"[yellow]![/] {escape(line)}", highlight=False, soft_wrap=True)
    wrong = problems(found)
    for problem in wrong:
        console.print(f"[red]✗[/] {escape(problem)}", highlight=False, soft_wrap=True)
    if wrong:
        sys.exit(1)
    console.print("[green]✓[/] settings, adapters, templates and messages agree.")


@portico.command()
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON, for machines.")
@click.pass_obj
def doctor(shop: Path | None, as_json: bool) -> None:
    """Look at all the store stands on: settings, backends, headers, purge, changes, pictures, mail, disk, clock. Exit status
    1 on errors; each names the setting and the fix."""
    from bff.app import create_app
    from bff.cli_doctor import report

    report(shop, create_app, as_json=as_json)


@portico.command()
@click.pass_obj
def routes(shop: Path | None) -> None:
    """List the store's addresses and what answers them."""
    from bff.app import create_app

    try:
        app = create_app(_load(shop))
    except Misconfigured as error:
        fail(error)
    table = Table("address", "methods", "answered by", box=None)
    for route in sorted(app.routes, key=lambda route: route.path):
        for handler in getattr(route, "route_handlers", ()):
            methods = " ".join(sorted(set(handler.http_methods) - {"OPTIONS"}))
            if methods:
                table.add_row(route.path, methods, handler.name or handler.handler_name)
    Console().print(table)


@portico.command()
@click.argument("url")
@click.option("--only", multiple=True, help="Scenarios whose names begin so; may be given several times.")
@click.option(
    "--expect", help="The list of scenarios this store must pass (journeys/expected.toml): none may be missing."
)
@click.option("--javascript", type=click.Choice(["both", "on", "off"]), default="both", show_default=True)
@click.option(
    "--profile",
    default="embedded",
    show_default=True,
    help="What kind of backend it is (journeys/profiles.toml, or none).",
)
@click.option("--code", help="A promotion code that works in this store.")
@click.option("--gift-card", help="A gift card that works in this store.")
@click.option("--provider-approve", metavar="NAME", help="The payment provider's button that pays, by its name.")
@click.option("--provider-decline", metavar="NAME", help="… that refuses.")
@click.option("--provider-cancel", metavar="NAME", help="… that leads back.")
@click.option("--mail", type=click.Path(path_type=Path, file_okay=False), help="Where the store's mails arrive (.eml).")
@click.option(
    "--patience",
    type=click.FloatRange(min=1.0),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a page may take: more for a store on a busy machine.",
)
@click.pass_obj
def journeys(
    shop: Path | None,
    /,
    url: str,
    only: tuple[str, ...],
    expect: str | None,
    javascript: str,
    profile: str,
    mail: Path | None,
    patience: float,
    **own: str | None,
) -> None:
    """Walk a running store as a shopper does. URL: the store's address, or that of one of its places (…/de-de)."""
    from bff.testing.journeys import options, run

    scripts = {"both": (True, False), "on": (True,), "off": (False,)}[javascript]
    marks = {"passed": "[green]✓[/]", "failed": "[bold red]✗[/]", "absent": "[yellow]–[/]"}

    def tell(result: run.Result) -> None:
        why = f": {escape(result.why)}" if result.why else ""
        console.print(
            f"{marks[result.outcome]} {result.title} {result.seconds:.1f} s{why}", highlight=False, soft_wrap=True
        )

    try:
        folders = settings.search_path(_load(shop), "templates")
        wanted = run.expected(expect) if expect else frozenset()
        pages = {name: own[f"provider_{name}"] for name in ("approve", "decline", "cancel")}
        given: dict[str, Any] = {"code": own["code"], "gift_card": own["gift_card"], "mail": mail, "patience": patience}
        told = partial(options.profile, profile, pages=pages, **given)
        results = run.walk(url, folders=folders, only=only, scripts=scripts, options=told, tell=tell)
    except Misconfigured as error:
        fail(error)
    bad = [result for result in results if result.outcome == "failed"]
    missing = run.missing(wanted, results, only=only, scripts=scripts)
    for name in missing:
        console.print(f"[bold red]✗[/] {name} is expected of {expect}, and was not walked to its end", highlight=False)
    console.print(
        f"{len(results)} walks, {len(bad)} failed, {sum(r.outcome == 'absent' for r in results)} not offered."
    )
    if bad or missing or not results:
        sys.exit(1)


def _adapter_command(adapter: str, command: Command) -> click.Command:
    """A click command for an adapter's own, with its progress shown and its rejected rows listed."""

    @click.pass_obj
    def call(shop: Path | None, /, **arguments: Any) -> None:
        found = _load(shop)
        raw = next((b.settings for b in found.backends.values() if b.adapter == adapter), {})
        try:
            key = f"backends.{adapter}.settings"
            own = adapter_settings(manifest(adapter), raw, key=key, source=found.source, fills=settings.fills(found))
            asyncio.run(_show(command, own, arguments))
        except Misconfigured as error:
            fail(error)

    params = [_parameter(argument) for argument in command.arguments]
    return click.Command(command.name, help=command.help, callback=call, params=params)


def _parameter(argument: CommandArgument) -> click.Parameter:
    kinds: dict[str, Any] = {"text": click.STRING, "path": click.Path(path_type=Path), "integer": click.INT}
    if argument.name.startswith("--"):
        flag = argument.kind == "flag"
        kind = None if flag else kinds[argument.kind]
        return click.Option(
            [argument.name],
            help=argument.help,
            is_flag=flag,
            type=kind,
            default=argument.default,
            required=argument.required,
        )
    return click.Argument(
        [argument.name], type=kinds[argument.kind], required=argument.required, default=argument.default
    )


async def _show(command: Command, own: Any, arguments: dict[str, Any]) -> None:
    rejected: list[str] = []
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(command.name, total=None)
        async for event in command.run(own, arguments):
            progress.update(task, completed=event.done, total=event.total, description=event.note or command.name)
            if event.rejected:
                rejected.append(event.rejected)
    for row in rejected[:MAX_REJECTED]:
        console.print(f"[yellow]left out[/] {escape(row)}", highlight=False, soft_wrap=True)
    if len(rejected) > MAX_REJECTED:
        console.print(f"… and {len(rejected) - MAX_REJECTED} more.")


def main(run_with: Callable[..., Any] = portico) -> None:
    """The entry point."""
    run_with()


if __name__ == "__main__":
    main()
