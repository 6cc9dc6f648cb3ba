"""An experiment is one folder: `templates/experiments/<experiment>/experiment.toml`, and in it a folder a variation with the
files that take the place of the store's own. This module reads such folders; `lint` says what is wrong with them.

`<variation>/pages/…`, `components/…`, `base.html` are templates, `theme.css` is a stylesheet after the store's own,
`static/…` are static files, `messages/<locale>.po` words. The control has no folder: it is the store as it is.
"""

from __future__ import annotations

import datetime
import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

ROOM = "experiments"
"""The folder in `templates/` that experiments stand in."""
FILE = "experiment.toml"
CONTROL = "control"
THEME = "theme.css"
STATIC, MESSAGES = "static", "messages"
NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
CUSTOM = "custom:"
UNSAID = "What will change for shoppers, and why."
"""A draft's hypothesis until somebody has one."""
METRICS = ("add_to_cart", "begin_checkout", "purchase", "revenue")
READINGS = ("render_error", "render_ms", "backend_ms")
WEIGHTS_OFF = 0.001
"""How far the sum of the weights may be from 1."""

Status = Literal["draft", "qa", "running", "stopped", "shipped"]
Kind = Literal["template", "theme", "copy", "backend"]
Device = Literal["phone", "desktop", "unknown"]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
ENDED: tuple[Status, ...] = ("stopped", "shipped")


class Exclusion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Experiments of one `group` share no visitor: each has the part of the visitors from `from_` to `to`."""

    group: str
    from_: Share
    to: Share


class Audience(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who takes part: whoever is in all that is named; what names nothing lets everybody in. `markets` are ids of the
    configuration, `backends` its names."""

    markets: tuple[str, ...] = ()
    locales: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    signed_in: bool | None = None
    backends: tuple[str, ...] = ()


class Guardrail(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must not become worse. `metric` is a reading or a conversion; `max_abs` and `max_rel` are how much worse than the
    control it may be, in its own unit and as a part of the control's."""

    metric: str
    max_abs: float | None = None
    max_rel: float | None = None


class Definition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in `experiment.toml`. `status` and `coverage` are initial values: what `portico experiment start | ramp |
    stop` wrote goes before them. `coverage` is the part of the audience that takes part. Raising `phase` draws all visitors
    anew; weights and exclusion do not change within one. `variations` are their weights, `control` among them. `backends`
    names the backend of each variation of kind `backend`. `planned_visitors` tunes the sequential test."""

    kind: Kind
    hypothesis: str
    owner: str
    variations: dict[str, Share]
    primary: str
    planned_visitors: Annotated[int, msgspec.Meta(ge=1)]
    ends: datetime.date
    status: Status = "draft"
    phase: Annotated[int, msgspec.Meta(ge=1)] = 1
    coverage: Share = 1.0
    secondary: tuple[str, ...] = ()
    guardrails: tuple[Guardrail, ...] = ()
    exclusion: Exclusion | None = None
    audience: Audience = Audience()
    backends: dict[str, str] = {}


class Problem(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A mistake: where (`file`, `line`, 0 for the whole file), what, and how to mend it."""

    file: str
    line: int
    text: str
    fix: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.text} Fix: {self.fix}"


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """A definition with its name and the folder it stands in. `templates`, `statics` and `messages` are the files of each
    variation, by their paths as the store knows them; `themes` the variations with a stylesheet."""

    name: str
    folder: Path
    definition: Definition
    templates: Mapping[str, frozenset[str]] = {}
    statics: Mapping[str, frozenset[str]] = {}
    messages: Mapping[str, frozenset[str]] = {}
    themes: frozenset[str] = frozenset()

    @property
    def phase(self) -> int:
        return self.definition.phase

    @property
    def seed(self) -> str:
        """What visitors are drawn with."""
        return f"{self.name}:{self.phase}"

    @property
    def names(self) -> tuple[str, ...]:
        """The variations, the control first."""
        return (CONTROL, *(name for name in self.definition.variations if name != CONTROL))

    @property
    def contested(self) -> frozenset[str]:
        """The templates that any variation replaces."""
        return frozenset().union(*self.templates.values())

    @property
    def is_over(self) -> bool:
        return self.definition.status in ENDED


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the folders: experiments that can be read, and what is wrong with the others."""

    experiments: Mapping[str, Experiment]
    problems: tuple[Problem, ...] = ()


def find(folders: Sequence[Path]) -> Found:
    """The experiments below `folders` (those of `templates`), the first folder that has one of a name wins."""
    found: dict[str, Experiment] = {}
    problems: list[Problem] = []
    seen: set[str] = set()
    for folder in folders:
        for file in sorted((folder / ROOM).glob(f"*/{FILE}")):
            if file.parent.name in seen:
                continue
            seen.add(file.parent.name)
            experiment, wrong = read(file)
            problems += wrong
            if experiment is not None:
                found[experiment.name] = experiment
    return Found(experiments=found, problems=tuple(problems))


def read(file: Path) -> tuple[Experiment | None, list[Problem]]:
    """One experiment's file with the list of the files beside it."""
    name = file.parent.name
    if not NAME.fullmatch(name):
        fix = "use small letters, digits and single hyphens, a letter first."
        return None, [Problem(file=str(file), line=0, text=f"{name!r} is no name of an experiment.", fix=fix)]
    try:
        text = file.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        return None, [Problem(file=str(file), line=0, text=f"it cannot be read: {error}.", fix="check the file.")]
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        line = int(at.group(1)) if at else text.count("\n") + 1
        return None, [Problem(file=str(file), line=line, text=f"no valid TOML: {error}.", fix="mend the line.")]
    try:
        definition = msgspec.convert(raw, Definition)
    except msgspec.ValidationError as error:
        return None, [_explained(str(error), raw, text, file)]
    return _with_files(name, file.parent, definition), []


def _with_files(name: str, folder: Path, definition: Definition) -> Experiment:
    templates: dict[str, frozenset[str]] = {}
    statics: dict[str, frozenset[str]] = {}
    messages: dict[str, frozenset[str]] = {}
    themes: set[str] = set()
    for variation in definition.variations:
        own = folder / variation
        paths = [path.relative_to(own).as_posix() for path in sorted(own.rglob("*")) if path.is_file()]
        templates[variation] = frozenset(
            path for path in paths if path.endswith(".html") and not path.startswith(f"{STATIC}/")
        )
        statics[variation] = frozenset(
            path.removeprefix(f"{STATIC}/") for path in paths if path.startswith(f"{STATIC}/")
        )
        messages[variation] = frozenset(path for path in paths if re.fullmatch(rf"{MESSAGES}/\w+\.po", path))
        if THEME in paths:
            themes.add(variation)
    return Experiment(
        name=name,
        folder=folder,
        definition=definition,
        templates=templates,
        statics=statics,
        messages=messages,
        themes=frozenset(themes),
    )


# ---------------------------------------------------------------- what is wrong with a file, and where

TABLES: Mapping[str, type[msgspec.Struct]] = {"exclusion": Exclusion, "audience": Audience, "guardrails": Guardrail}
REFUSED: Mapping[str, str] = {
    "hashVersion": "visitors are drawn with version 2 only: version 1 lets experiments depend on each other; leave it out.",
    "hash_version": "visitors are drawn with version 2 only: version 1 lets experiments depend on each other; leave it out.",
    "namespace": "namespaces are drawn with version 1 and depend on each other; use [exclusion] with group, from, to.",
}


def line_of(text: str, key: str, table: str = "") -> int:
    """The line that gives `key` (in `[table]`, else anywhere), from 1; 0 where there is none."""
    wanted = re.compile(rf"\s*(?:{re.escape(key)}|\"{re.escape(key)}\")\s*=")
    header = re.compile(r"\s*\[+\s*([\w.-]+)\s*\]+")
    inline = re.compile(rf"\s*{re.escape(table)}\s*=.*\b{re.escape(key)}\b") if table else None
    inside, fallback = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if found := header.match(line):
            inside = found.group(1)
            if inside == key or (table and inside == table and not fallback):
                fallback = number
        elif (wanted.match(line) and (not table or inside == table)) or (inline is not None and inline.match(line)):
            return number
    return fallback


def _explained(message: str, raw: Mapping[str, Any], text: str, file: Path) -> Problem:
    """msgspec's complaint (`… - at `$.audience.devices[0]``) with the line and the fix."""
    place = re.search(r"at `\$\.?([^`]*)`", message)
    path = [part for part in re.split(r"[.\[\]]", place.group(1)) if part and not part.isdigit()] if place else []
    problem = message.partition(" - at")[0]
    unknown = re.search(r"unknown field `([^`]+)`", message)
    missing = re.search(r"required field `([^`]+)`", message)
    table = path[0] if path and path[0] in TABLES else ""
    kind = TABLES.get(table, Definition)
    known = list(_keys(kind))
    if unknown:
        key = unknown.group(1)
        near = difflib.get_close_matches(key, known, n=1)
        fix = REFUSED.get(key) or (f"did you mean `{near[0]}`?" if near else f"known keys are {', '.join(known)}.")
        where = f"{table}.{key}" if table else key
        return Problem(file=str(file), line=line_of(text, key, table), text=f"`{where}` is no key.", fix=fix)
    if missing:
        key = missing.group(1)
        line = line_of(text, table) if table else 0
        return Problem(file=str(file), line=line, text=f"`{key}` is missing.", fix=f"add `{key} = …`.")
    key = path[-1] if path else ""
    if key == "..." and len(path) > 1:  # a value of a table whose keys are free
        key = path[-2]
    line = line_of(text, key, table if key != table else "")
    return Problem(
        file=str(file), line=line, text=f"`{'.'.join(path) or FILE}`: {problem}.", fix=_form(raw, key, problem)
    )


def _keys(kind: type[msgspec.Struct]) -> Iterable[str]:
    return (field.encode_name for field in msgspec.structs.fields(kind))


def _form(raw: Mapping[str, Any], key: str, problem: str) -> str:
    forms = {
        "status": "one of draft, qa, running, stopped, shipped.",
        "kind": "one of template, theme, copy, backend.",
        "ends": "a date without quotes: ends = 2026-12-20.",
        "variations": "weights from 0 to 1 that make 1 together: control = 0.5, big = 0.5.",
        "devices": 'some of "phone", "desktop", "unknown".',
        "coverage": "a part from 0 to 1: 0.1 is a tenth of the audience.",
    }
    given = f" (it is {raw[key]!r})" if key in raw and not isinstance(raw[key], dict) else ""
    return forms.get(key, f"write what is expected{given}.")


def variation_folders(experiment: Experiment) -> Iterator[Path]:
    """The folders beside the file, whether the file knows them or not."""
    yield from (path for path in sorted(experiment.folder.iterdir()) if path.is_dir() and path.name[0] not in "._")
