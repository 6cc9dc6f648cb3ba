"""`portico new store | adapter`: folders to begin with."""

from __future__ import annotations

import keyword
import re
import shutil
from pathlib import Path

import click
from rich.markup import escape

from bff.gateway.backends import adapters
from bff.ports import Misconfigured
from bff.terminal import console, fail

STARTER = Path(__file__).parent / "testing" / "starter"
"""A package for a backend called Acme that opens and has nothing written; copied under another name."""
LONGEST_NAME = 24
IGNORED = "__pycache__/\n*.egg-info/\n.*_cache/\n/dist/\n/var/\n"
"""What tools, and a store that is started in the package's folder, leave there: the last one holds secrets."""


@click.group()
def new() -> None:
    """Begin something."""


@new.command("store")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def new_store(folder: Path) -> None:
    """Make a shop folder: settings to edit, and room for templates and static files of its own."""
    _empty(folder)
    try:
        for room in ("templates", "static", "content"):
            (folder / room).mkdir(parents=True, exist_ok=True)
            (folder / room / ".gitkeep").touch()
        shutil.copyfile(Path(__file__).parent / "demo.toml", folder / "portico.toml")
    except OSError as error:
        fail(Misconfigured(str(folder), f"cannot be written: {error.strerror}."))
    console.print(
        f"[green]✓[/] {escape(str(folder))}/portico.toml is yours to edit. Then: portico --shop {escape(str(folder))} run",
        highlight=False,
    )


@new.command("adapter")
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
def new_adapter(name: str, folder: Path | None) -> None:
    """Make a package for a backend called NAME (in FOLDER, or portico-NAME): it opens, and what is to be written says so."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or keyword.iskeyword(name) or len(name) > LONGEST_NAME:
        fix = f"small letters, digits and single underscores, {LONGEST_NAME} at most, as in `acme` or `acme_shop`."
        fail(Misconfigured("NAME", f"{name!r} cannot name an adapter.", fix=fix))
    if name in adapters():
        fail(Misconfigured("NAME", f"an adapter called {name!r} is installed here.", fix="choose another name."))
    dashed = name.replace("_", "-")
    folder = folder or Path(f"portico-{dashed}")
    _empty(folder)
    words = {
        "portico-acme": f"portico-{dashed}",
        "acme": name,
        "Acme": "".join(part.capitalize() for part in name.split("_")),
        "ACME": name.upper(),
    }
    try:
        for file in sorted(STARTER.rglob("*")):
            inside = file.relative_to(STARTER)
            if file.is_dir() or any(part.startswith(".") or part == "__pycache__" for part in inside.parts):
                continue  # what tools left there
            target = folder / _named(inside.as_posix(), words)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_named(file.read_text(encoding="utf-8"), words), encoding="utf-8")
        (folder / ".gitignore").write_text(IGNORED, encoding="utf-8")
    except OSError as error:
        fail(Misconfigured(str(folder), f"cannot be written: {error.strerror}."))
    where = escape(str(folder))
    console.print(
        f"[green]✓[/] {where} opens and has nothing written yet. Then, in Portico's environment:\n"
        f"  pip install --no-deps --no-build-isolation --editable {where}\n"
        f"  cd {where} && pytest        # what to write first stands at the end\n"
        f"  The guide: adapters/GUIDE.md",
        highlight=False,
        soft_wrap=True,
    )


def _named(text: str, words: dict[str, str]) -> str:
    return re.sub("|".join(words), lambda found: words[found.group()], text)


def _empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        fail(Misconfigured(str(folder), "is not empty.", fix="name a new folder."))
