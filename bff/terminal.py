"""What the commands have in common with each other: where they write, how they fail, and the settings they are about."""

from __future__ import annotations

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
