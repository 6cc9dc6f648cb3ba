"""An experiment made into files, and its winner made the store's own by moving its files."""

from __future__ import annotations

import datetime
import difflib
import re
import shutil
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import msgspec

from bff import settings as configuration
from bff.rendering.assets import OWN_SHEET
from bff.settings import Settings

from .definition import FILE, ROOM, STATIC, THEME, Experiment, Kind

SKELETON = """\
# What is tried, on whom, and what decides. `portico experiment lint` reads this; bff/experiments/README.md explains it.
kind = "{kind}"
status = "draft"
hypothesis = "What will change for shoppers, and why."
owner = "{owner}"
phase = 1
coverage = 0.1
primary = "add_to_cart"
secondary = ["purchase", "revenue"]
planned_visitors = 20_000
ends = {ends}

[variations]
control = 0.5
{variation} = 0.5
{backends}
[[guardrails]]
metric = "render_error"
max_abs = 0.002
"""
SUPER = re.compile(r"\{\{-?\s*super\(\)\s*-?\}\}")
SELF = re.compile(r"""\{%-?\s*extends\s+["']([^"']+)["']\s*-?%\}\n?""")
TAKES = re.compile(r"""(\{%-?\s*(?:from|import|include)\s+)["']([^"']+)["']""")


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the store to be written: where its text comes from, and what it was (None: no file, or no text)."""

    source: Path
    target: Path
    before: str | None
    after: str | None

    @property
    def diff(self) -> str:
        """What changes, as a unified diff."""
        if self.after is None:
            return f"(file) {self.source} -> {self.target}\n"
        lines = difflib.unified_diff(
            (self.before or "").splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            "as it is" if self.before is not None else "/dev/null",
            str(self.target),
        )
        return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def begun(
    folder: Path,
    name: str,
    *,
    kind: Kind,
    variation: str,
    templates: Sequence[Path],
    paths: Sequence[str],
    today: datetime.date,
    owner: str = "you",
) -> list[Path]:
    """Write a draft below `folder` (of `templates`), with copies of the templates at `paths` to change; the files that were
    written. Raises `FileExistsError` where the experiment is there, `FileNotFoundError` for a template that is not."""
    room = folder / ROOM / name
    if room.exists():
        raise FileExistsError(str(room))
    sources = [(path, _first(templates, path)) for path in paths]
    for path, source in sources:
        if source is None:
            raise FileNotFoundError(path)
    own = room / variation
    own.mkdir(parents=True)
    ends = today + datetime.timedelta(days=28)
    backends = f'\n[backends]\n{variation} = "name of a backend in portico.toml"\n' if kind == "backend" else ""
    (room / FILE).write_text(
        SKELETON.format(kind=kind, owner=owner, ends=ends, variation=variation, backends=backends), encoding="utf-8"
    )
    written = [room / FILE]
    for path, source in sources:
        assert source is not None
        (own / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, own / path)
        written.append(own / path)
    if kind == "theme":
        (own / THEME).write_text("/* Comes after the store's stylesheets. */\n", encoding="utf-8")
        written.append(own / THEME)
    return written


def _first(folders: Sequence[Path], path: str) -> Path | None:
    return next((folder / path for folder in folders if (folder / path).is_file()), None)


def planned(settings: Settings, experiment: Experiment, winner: str) -> list[Move]:
    """What `moves` says of this store's folders."""
    templates = configuration.search_path(settings, "templates")
    home = Path(settings.shop) if settings.shop else templates[0].parent
    statics = configuration.search_path(settings, "static")
    return moves(experiment, winner, templates=templates, statics=statics, home=home)


def moves(
    experiment: Experiment, winner: str, *, templates: Sequence[Path], statics: Sequence[Path], home: Path
) -> list[Move]:
    """What making `winner` the store's own means. In `templates` and `statics` the store's files are looked for, `home` is
    the folder that holds the shop's `templates/` and `static/`."""
    own = experiment.folder / winner
    found: list[Move] = []
    for path in sorted(experiment.templates.get(winner, ())):
        current = _first(templates, path)
        before = current.read_text(encoding="utf-8") if current else None
        after = (own / path).read_text(encoding="utf-8")
        if current and before and path in {taken[2] for taken in TAKES.finditer(after)}:
            # It takes parts from the store's template, whose place it is about to take: that one stays, under another name.
            kept = _beside(path, experiment.name, home)
            found.append(Move(source=current, target=home / "templates" / kept, before=None, after=before))
            after = TAKES.sub(lambda t, path=path, kept=kept: f'{t[1]}"{kept}"' if t[2] == path else t[0], after)  # type: ignore[misc]
        if before is not None and (extends := SELF.search(after)) and extends.group(1) == path:
            after = merged(before, SELF.sub("", after, count=1))
        found.append(Move(source=own / path, target=home / "templates" / path, before=before, after=after))
    for path in sorted(experiment.statics.get(winner, ())):
        found.append(Move(source=own / STATIC / path, target=home / "static" / path, before=None, after=None))
    for path in sorted(experiment.messages.get(winner, ())):
        target = home / "templates" / path
        before = target.read_text(encoding="utf-8") if target.exists() else None
        text = (own / path).read_text(encoding="utf-8")
        after = said(before, text) if before else text
        found.append(Move(source=own / path, target=target, before=before, after=after))
    if winner in experiment.themes:
        target = home / "static" / OWN_SHEET
        sheet = _first(statics, OWN_SHEET)
        before = sheet.read_text(encoding="utf-8") if sheet else None
        text = (own / THEME).read_text(encoding="utf-8")
        after = "\n".join([*([before] if before else []), f"/* {experiment.name}: {winner} */", text])
        found.append(Move(source=own / THEME, target=target, before=before, after=after))
    return found


def _beside(path: str, experiment: str, home: Path) -> str:
    """A name for the template that was at `path`, which no other has."""
    begin = f"{path.removesuffix('.html')}-before-{experiment}"
    names = (f"{begin}{number or ''}.html" for number in count())
    return next(name for name in names if not (home / "templates" / name).exists())


def move(experiment: Experiment, winner: str, planned: Sequence[Move]) -> None:
    """Do it. The winner's folder is gone afterwards, and the experiment's file says that it is shipped."""
    for one in planned:
        one.target.parent.mkdir(parents=True, exist_ok=True)
        if one.after is None:
            shutil.copyfile(one.source, one.target)
        else:
            one.target.write_text(one.after, encoding="utf-8")
    file = experiment.folder / FILE
    text = file.read_text(encoding="utf-8")
    line = f'status = "shipped"  # {winner}'
    text, changed = re.subn(r"(?m)^status\s*=.*$", line, text, count=1)
    file.write_text(text if changed else f"{line}\n{text}", encoding="utf-8")
    shutil.rmtree(experiment.folder / winner, ignore_errors=True)


# ---------------------------------------------------------------- templates and words made one


class Span(msgspec.Struct, frozen=True):
    """A block in a template's source: all of it, and what is between its tags."""

    begin: int
    inner: int
    inner_end: int
    end: int


TAG = re.compile(
    r"\{#.*?#\}|\{%[-+]?\s*raw\b.*?\bendraw\s*[-+]?%\}|\{%[-+]?\s*(block|endblock)\b\s*(\w*).*?%\}", re.DOTALL
)


def blocks(source: str) -> dict[str, Span]:
    """The blocks of a template by their names, those within others too."""
    found: dict[str, Span] = {}
    waiting: list[tuple[str, int, int]] = []
    for tag in TAG.finditer(source):
        if tag[1] == "block":
            waiting.append((tag[2], tag.start(), tag.end()))
        elif tag[1] == "endblock":
            name, begin, inner = waiting.pop()
            found[name] = Span(begin, inner, tag.start(), tag.end())
    return found


def merged(store: str, own: str) -> str:
    """The store's template with the blocks that `own`, which extended it, replaces; what else is in `own` comes first."""
    theirs, ours = blocks(store), blocks(own)
    outer = [(name, span) for name, span in ours.items() if not _inside(span, ours)]
    replaced: list[tuple[Span, str]] = []
    for name, span in outer:
        if name in theirs:
            spot = theirs[name]
            inner = store[spot.inner : spot.inner_end]
            replaced.append((spot, SUPER.sub(lambda _, inner=inner: inner, own[span.begin : span.end])))  # type: ignore[misc]
    rest = own
    for _, span in sorted(outer, key=lambda one: -one[1].begin):
        rest = rest[: span.begin] + rest[span.end :]
    for spot, text in sorted(replaced, key=lambda one: -one[0].begin):
        store = store[: spot.begin] + text + store[spot.end :]
    rest = re.sub(r"\A\s*\{#.*?#\}", "", rest, flags=re.DOTALL).strip()
    if not rest:
        return store
    extends = SELF.search(store)
    at = extends.end() if extends else 0
    return f"{store[:at]}{rest}\n{store[at:]}"


def _inside(span: Span, others: dict[str, Span]) -> bool:
    return any(other.begin < span.begin and span.end < other.end for other in others.values())


def said(before: str, text: str) -> str:
    """A catalogue with the messages of another put in: in the place of those of the same key, else at its end."""
    entries = dict(_entries(text))
    kept: list[str] = []
    for block in before.rstrip("\n").split("\n\n"):
        kept.append(entries.pop(_key(block), block))
    return "\n\n".join([*kept, *entries.values()]) + "\n"


def _entries(text: str) -> Iterator[tuple[str, str]]:
    for block in text.strip("\n").split("\n\n"):
        if key := _key(block):
            yield key, block.strip("\n")


def _key(block: str) -> str:
    found = re.search(r'^msgid "(.*)"$', block, re.MULTILINE)
    return found.group(1) if found else ""
