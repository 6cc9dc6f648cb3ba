"""What is wrong with experiments, each mistake with its place and its remedy: read before anybody sees a variation."""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

from babel import Locale
from jinja2 import Environment, FileSystemLoader, TemplateNotFound, TemplateSyntaxError, nodes

from bff import settings as configuration
from bff.rendering.contract import FREE, named_keys, unknown
from bff.rendering.keeping import Keep
from bff.rendering.messages import Messages
from bff.rendering.messages import load as load_messages
from bff.rendering.overlays import references
from bff.settings import Settings

from .definition import (
    CONTROL,
    CUSTOM,
    FILE,
    METRICS,
    READINGS,
    ROOM,
    WEIGHTS_OFF,
    Experiment,
    Problem,
    find,
    line_of,
    variation_folders,
)
from .states import State, drifted

BRINGS: Mapping[str, tuple[str, ...]] = {
    "template": ("templates", "theme.css", "static files of its own", "messages of its own"),
    "theme": ("theme.css", "static"),
    "copy": ("messages",),
    "backend": (),
}


def lint(settings: Settings, today: datetime.date, states: Mapping[str, State] | None = None) -> list[Problem]:
    """All mistakes of all experiments that are not over. `states`: what the control store holds."""
    folders = configuration.search_path(settings, "templates")
    found = find(folders)
    open_ = [one for one in found.experiments.values() if not one.is_over]
    problems = list(found.problems)
    for one in open_:
        own = _One(one, settings, folders)
        problems += [
            *own.of_file(today),
            *own.of_folders(),
            *own.of_templates(),
            *own.of_words(),
        ]
        if states and one.name in states and states[one.name].told and drifted(one, states[one.name]):
            text = f"weights, variations or exclusion are others than phase {one.phase} began with."
            problems.append(own.problem("variations", text, f"write phase = {one.phase + 1}, or put them back."))
    return sorted({*problems, *_contested(open_)})


class _One:
    """The mistakes of one experiment."""

    def __init__(self, experiment: Experiment, settings: Settings, folders: Sequence[Path]) -> None:
        self.experiment = experiment
        self.definition = experiment.definition
        self.settings = settings
        self.folders = folders
        self.file = experiment.folder / FILE
        self.text = self.file.read_text(encoding="utf-8")
        self.environment = Environment(
            loader=FileSystemLoader([str(folder) for folder in folders]), autoescape=True, extensions=[Keep]
        )

    def problem(self, key: str, text: str, fix: str, table: str = "") -> Problem:
        return Problem(file=str(self.file), line=line_of(self.text, key, table), text=text, fix=fix)

    # ------------------------------------------------------------ experiment.toml

    def of_file(self, today: datetime.date) -> Iterator[Problem]:
        own = self.definition
        yield from self._weights()
        for key, names, known in self._named():
            for name in names:
                if name not in known:
                    near = difflib.get_close_matches(name, known, n=1)
                    fix = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(sorted(known)) or 'none'}."
                    yield self.problem(
                        key.rpartition(".")[2], f"`{key}`: there is no {name!r}.", fix, key.partition(".")[0]
                    )
        for name in (own.primary, *own.secondary):
            if name not in METRICS and not name.startswith(CUSTOM):
                key = "primary" if name == own.primary else "secondary"
                fix = f"one of {', '.join(METRICS)}, or {CUSTOM}name."
                yield self.problem(key, f"`{key}`: {name!r} is no conversion.", fix)
        for guard in own.guardrails:
            if guard.metric not in (*METRICS, *READINGS) and not guard.metric.startswith(CUSTOM):
                fix = f"one of {', '.join((*READINGS, *METRICS))}."
                yield self.problem("guardrails", f"`guardrails`: {guard.metric!r} is nothing that is watched.", fix)
            if guard.max_abs is None and guard.max_rel is None:
                fix = "add max_abs (in its own unit) or max_rel (0.2: a fifth worse)."
                yield self.problem("guardrails", f"`guardrails`: {guard.metric} has no bound.", fix)
        if own.status == "running" and own.ends < today:
            yield self.problem(
                "ends", f"it runs, and its end ({own.ends}) has passed.", "stop it, ship it, or set a new end."
            )
        part = own.exclusion
        if part is not None and part.from_ >= part.to:
            yield self.problem("exclusion", "its part of the group is empty.", "from is less than to: 0.0 and 0.5.")
        if own.kind == "backend" and own.audience.signed_in is not None:
            text = "a canary cannot depend on who is signed in: accounts are a backend's own."
            yield self.problem("signed_in", text, "take it out.", "audience")

    def _weights(self) -> Iterator[Problem]:
        weights = self.definition.variations
        if CONTROL not in weights:
            yield self.problem("variations", f"there is no {CONTROL!r}.", f"add {CONTROL} = 0.5 and lower the others.")
        if len(weights) < 2:
            yield self.problem("variations", "there is nothing to compare.", "name a variation besides the control.")
        total = sum(weights.values())
        if abs(total - 1) > WEIGHTS_OFF:
            share = round(1 / max(1, len(weights)), 4)
            yield self.problem("variations", f"the weights make {total:g} and not 1.", f"e.g. {share:g} each.")
        for name, weight in weights.items():
            if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
                yield self.problem(name, f"{name!r} is no name of a variation.", "small letters, digits, hyphens.")
            if weight == 0:
                yield self.problem(
                    name, f"{name!r} is shown to nobody.", "give it a weight, or take it out.", "variations"
                )

    def _named(self) -> Iterator[tuple[str, Iterable[str], Iterable[str]]]:
        own, settings = self.definition, self.settings
        locales = {locale for market in settings.markets.values() for locale in market.locales}
        yield "audience.markets", own.audience.markets, [*settings.markets]
        yield "audience.locales", own.audience.locales, [*locales]
        yield "audience.backends", own.audience.backends, [*settings.backends]
        yield "backends", own.backends.values(), [*settings.backends]

    # ------------------------------------------------------------ folders

    def of_folders(self) -> Iterator[Problem]:
        one, own = self.experiment, self.definition
        for folder in variation_folders(one):
            where = str(folder)
            if folder.name == CONTROL:
                yield Problem(file=where, line=0, text="the control is the store as it is.", fix="remove the folder.")
            elif folder.name not in own.variations:
                near = difflib.get_close_matches(folder.name, own.variations, n=1)
                fix = (
                    f"did you mean {near[0]!r}?"
                    if near
                    else f"give {folder.name} a weight in {FILE}, or remove the folder."
                )
                yield Problem(file=where, line=0, text=f"no variation is named {folder.name!r}.", fix=fix)
        for name in one.names[1:]:
            brings = {
                "templates": one.templates[name],
                "theme.css": name in one.themes,
                "static": one.statics[name],
                "messages": one.messages[name],
            }
            if own.kind == "backend":
                if name not in own.backends:
                    yield self.problem("backends", f"no backend for {name!r}.", f'[backends] {name} = "…".')
            elif not any(brings.values()):
                fix = f"put {BRINGS[own.kind][0]} into {name}/, or take it out of the weights."
                yield self.problem(name, f"{name!r} changes nothing.", fix, "variations")
            for what, files in brings.items():
                if files and own.kind != "template" and what not in BRINGS[own.kind]:
                    where = str(one.folder / name)
                    fix = f'write kind = "template", or keep to {", ".join(BRINGS[own.kind]) or "backends"}.'
                    yield Problem(file=where, line=0, text=f"a {own.kind} experiment brings no {what}.", fix=fix)
            if own.kind == "template":
                yield from self._own_statics(name)

    def _own_statics(self, variation: str) -> Iterator[Problem]:
        """A template experiment counts who saw its templates; files of the whole store would be seen by others too."""
        for path in sorted(self.experiment.statics[variation]):
            if any((folder / path).exists() for folder in configuration.search_path(self.settings, "static")):
                file = str(self.experiment.folder / variation / "static" / path)
                fix = "give the file another name and use that, or make it a theme experiment."
                yield Problem(file=file, line=0, text="it replaces a file of the whole store.", fix=fix)

    # ------------------------------------------------------------ templates

    def of_templates(self) -> Iterator[Problem]:
        known = {name for name in self.environment.list_templates() if not name.startswith(f"{ROOM}/")}
        for variation in self.experiment.names[1:]:
            own = self.experiment.templates[variation]
            root = f"{ROOM}/{self.experiment.name}/{variation}"
            used = {name for path in own for name in references(self.environment, f"{root}/{path}")}
            for path in sorted(own):
                file = str(self.experiment.folder / variation / path)
                if path not in known and path not in used:
                    near = difflib.get_close_matches(path, known, n=1)
                    fix = f"did you mean {near[0]}?" if near else "give it the path of the template it replaces."
                    yield Problem(
                        file=file, line=0, text=f"the store has no {path}, and nothing here uses it.", fix=fix
                    )
                yield from self._template(file, f"{root}/{path}", path, path in known, known | own)

    def _template(self, file: str, name: str, path: str, replaces: bool, known: set[str]) -> Iterator[Problem]:
        try:
            tree = self._tree(name)
            self.environment.compile(self._source(name), name, file)
        except TemplateSyntaxError as error:
            yield Problem(file=file, line=error.lineno, text=f"{error.message}.", fix="mend the template.")
            return
        if path not in FREE:
            for line, text in unknown(tree, path):
                yield Problem(file=file, line=line, text=f"{text}.", fix="use a name that the page offers.")
        for node in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
            named = getattr(node, "template", None)
            if isinstance(named, nodes.Const) and isinstance(named.value, str) and named.value not in known:
                near = difflib.get_close_matches(named.value, known, n=1)
                fix = f"did you mean {near[0]}?" if near else "name a template there is."
                yield Problem(file=file, line=node.lineno, text=f"there is no template {named.value}.", fix=fix)
        if replaces:
            yield from self._removed(file, tree, path)

    def _removed(self, file: str, tree: nodes.Template, path: str) -> Iterator[Problem]:
        """Blocks and macros that others ask for."""
        extends = [node.template for node in tree.find_all(nodes.Extends)]
        if any(isinstance(name, nodes.Const) and name.value == path for name in extends):
            return  # it extends what it replaces
        base = self._tree(path)
        blocks = {node.name for node in base.find_all(nodes.Block)} - {node.name for node in tree.find_all(nodes.Block)}
        for name in sorted(blocks):
            fix = f"add {{% block {name} %}}…{{% endblock %}}, or extend {path!r} and replace single blocks."
            yield Problem(
                file=file, line=1, text=f"the block {name!r} is missing, which is asked for by itself.", fix=fix
            )
        wanted = self._imported(path)
        for name in sorted(wanted - _offers(tree)):
            fix = f"add it, or import it: {{% from {path!r} import {name} %}} gets the store's."
            yield Problem(file=file, line=1, text=f"{name!r} is missing, which others import.", fix=fix)

    def _imported(self, path: str) -> set[str]:
        names: set[str] = set()
        for other in self.environment.list_templates(extensions=["html"]):
            if other.startswith(f"{ROOM}/"):
                continue
            for node in self._tree(other).find_all(nodes.FromImport):
                if isinstance(node.template, nodes.Const) and node.template.value == path:
                    names |= {name if isinstance(name, str) else name[0] for name in node.names}
        return names

    def _source(self, name: str) -> str:
        loader = self.environment.loader
        assert loader is not None
        return loader.get_source(self.environment, name)[0]

    def _tree(self, name: str) -> nodes.Template:
        try:
            return self.environment.parse(self._source(name), name)
        except (TemplateSyntaxError, TemplateNotFound):
            if name.startswith(f"{ROOM}/"):
                raise
            return nodes.Template([], lineno=1)

    # ------------------------------------------------------------ words

    def of_words(self) -> Iterator[Problem]:
        one = self.experiment
        locales = [locale for market in self.settings.markets.values() for locale in market.locales]
        base = {locale: load_messages([folder / "messages" for folder in self.folders], locale) for locale in locales}
        for variation in one.names[1:]:
            own = {locale: load_messages([one.folder / variation / "messages"], locale) for locale in locales}
            keys = frozenset().union(*(words.keys for words in own.values()))
            if one.definition.kind == "template":
                yield from self._used(variation, base, own)
            for key in sorted(keys):
                yield from self._word(variation, key, base, own)

    def _word(
        self, variation: str, key: str, base: Mapping[str, Messages], own: Mapping[str, Messages]
    ) -> Iterator[Problem]:
        known = any(words.has(key) or words.has_plural(key) for words in base.values())
        folder = self.experiment.folder / variation / "messages"
        if self.definition.kind == "template" and known:
            fix = 'choose a key that the store does not have, or write kind = "copy" to say the store\'s own otherwise.'
            yield Problem(
                file=str(folder), line=0, text=f"`{key}` is said in the whole store, by other templates too.", fix=fix
            )
        if self.definition.kind == "copy" and not known:
            fix = "a copy experiment says what the store says in other words: use a key there is."
            yield Problem(file=str(folder), line=0, text=f"the store does not say `{key}`.", fix=fix)
        missing = {Locale.parse(locale, sep="-").language for locale, words in own.items() if key not in words.keys}
        taking = self.definition.audience.locales or tuple(base)
        for language in sorted(missing & {Locale.parse(locale, sep="-").language for locale in taking}):
            text = f"`{key}` is missing: who reads {language} would see the control."
            fix = f"add it to {language}.po, or name the audience's locales."
            yield Problem(file=str(folder / f"{language}.po"), line=0, text=text, fix=fix)

    def _used(self, variation: str, base: Mapping[str, Messages], own: Mapping[str, Messages]) -> Iterator[Problem]:
        root = f"{ROOM}/{self.experiment.name}/{variation}"
        for path in sorted(self.experiment.templates[variation]):
            try:
                keys = named_keys(self._tree(f"{root}/{path}"))
            except TemplateSyntaxError:
                continue
            for key in sorted(keys):
                said = {language for language, words in base.items() if words.has(key) or words.has_plural(key)}
                lacking = [locale for locale in base if locale not in said and key not in own[locale].keys]
                if lacking:
                    file = str(self.experiment.folder / variation / path)
                    fix = f"add it to {variation}/messages/{Locale.parse(lacking[0], sep='-').language}.po."
                    yield Problem(file=file, line=0, text=f"nobody says `{key}` in {lacking[0]}.", fix=fix)


def _offers(tree: nodes.Template) -> set[str]:
    """What others can import from a template."""
    names = [name for node in tree.find_all(nodes.FromImport) for name in node.names]
    imported = {name if isinstance(name, str) else name[1] for name in names}
    macros = {node.name for node in tree.find_all(nodes.Macro)}
    return imported | macros | {name.name for node in tree.find_all(nodes.Assign) for name in node.find_all(nodes.Name)}


def _contested(experiments: Sequence[Experiment]) -> Iterator[Problem]:
    """Experiments that would have the same visitor see two things in one place."""
    for one, other in combinations(experiments, 2):
        a, b = one.definition.exclusion, other.definition.exclusion
        apart = a is not None and b is not None and a.group == b.group
        if apart and a is not None and b is not None and max(a.from_, b.from_) < min(a.to, b.to):
            yield _between(one, other, f"shares visitors of the group {a.group!r} with {other.name}.", "exclusion")
            continue
        if apart:
            continue
        for path in sorted(one.contested & other.contested):
            yield _between(one, other, f"contests the template {path}, as {other.name} does.", "")
        for path in sorted(_all(one.statics) & _all(other.statics)):
            yield _between(one, other, f"replaces the file {path}, as {other.name} does.", "")
        if one.definition.kind == other.definition.kind == "backend":
            yield _between(one, other, f"is a canary, as {other.name} is.", "")


def _all(files: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*files.values())


def _between(one: Experiment, other: Experiment, text: str, key: str) -> Problem:
    file = one.folder / FILE
    line = line_of(file.read_text(encoding="utf-8"), key) if key else 0
    fix = (
        f"give {one.name} and {other.name} an [exclusion] of one group: from = 0.0, to = 0.5 and from = 0.5, to = 1.0."
    )
    return Problem(file=str(file), line=line, text=f"{one.name} {text}", fix=fix)
