"""What the commands have in common with each other: where they write, how they fail, and the settings they are about."""

from __future__ import annotations

import os
import shlex
import socket
import sys
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.markup import escape

from bff import settings
from bff.ports import Misconfigured

console = Console(stderr=True)


def fail(error: Misconfigured) -> NoReturn:
    """Say what is wrong with the configuration, and end with status 2."""
    console.print(f"[bold red]{escape(error.key)}[/]: {escape(error.problem)}", highlight=False, soft_wrap=True)
    if error.source:
        console.print(f"  in {error.source}", highlight=False, markup=False, soft_wrap=True)
    if error.fix:
        console.print(f"  fix: {error.fix}", highlight=False, markup=False, soft_wrap=True)
    sys.exit(2)


def load(shop: Path | None) -> settings.Settings:
    try:
        return settings.load(shop)
    except Misconfigured as error:
        fail(error)


def typed(shop: Path | None, command: str) -> str:
    """A command to go on with, as it has to be typed here: it names the shop unless PORTICO_SHOP does."""
    if shop is None or os.environ.get("PORTICO_SHOP") == str(shop):
        return command
    return command.replace("portico ", f"portico --shop {shlex.quote(str(shop))} ", 1)


def doubted(found: settings.Settings) -> None:
    """Say so where nothing answers at the address that a link was just printed for."""
    server = found.server
    if found.store.origin:
        return
    try:
        socket.create_connection((server.host, server.port), timeout=1).close()
    except OSError:
        at, port = settings.origin(found), "PORTICO_SERVER__PORT"
        console.print(f"Nothing answers at {at}.", highlight=False, soft_wrap=True)
        fix = f"portico run; or, where the store runs at another port, say it here too: \\[server] port, or {port}=…"
        console.print(f"  fix: {fix}", highlight=False, soft_wrap=True)
