"""What experiments lay over the store's templates, words and static files, and what of it a request saw.

There is one environment a place for all variations: a name is looked up anew for each render (`Overlays.resolve`), so a
template is compiled once however many variations leave it as it is, and no variation begins with cold caches. Templates
that any variation replaces say so when they render, in every variation and in control (`Marks`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import msgspec
from cachetools import LRUCache
from jinja2 import Environment, TemplateError, meta, nodes
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.environment import Template, TemplateModule

log = logging.getLogger("portico.rendering")

CONTROL = "control/"
"""`control/pages/product.html` is the store's own, whatever is laid over it."""
VIEWS = 1_000
"""Combinations of variations that are remembered; what is made of a further one is made anew."""
WORD, FILE, SHEET = "word:", "file:", "sheet:"
"""What marks of words, static files and stylesheets begin with; a template's mark is its name."""


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """What one variation brings. `root` is its folder below `templates/`, `folder` the same on disk. `everywhere`: its
    stylesheet stands on every page, else on those only that can show one of its experiment's templates."""

    experiment: str
    variation: str
    root: str
    folder: Path
    templates: frozenset[str] = frozenset()
    statics: frozenset[str] = frozenset()
    messages: bool = False
    sheet: bool = False
    everywhere: bool = False


class Shown:
    """What one request is shown: `variations` by experiment, and what has `touched` it so far. `raised` are the experiments
    whose variation failed and gave way to control (in `variations` they stand no more); `held` is what was assigned.
    `canaried`: this visitor is on another backend than others, and takes part in nothing else. `seconds` were spent
    rendering."""

    __slots__ = ("canaried", "held", "raised", "seconds", "touched", "variations", "view")

    def __init__(self, variations: Mapping[str, str] | None = None) -> None:
        self.held: Mapping[str, str] = variations or {}
        self.variations: dict[str, str] = dict(self.held)
        self.touched: set[str] = set()
        self.raised: set[str] = set()
        self.canaried = False
        self.seconds = 0.0
        self.view: View | None = None

    def assign(self, variations: Mapping[str, str], held: Mapping[str, str] | None = None) -> None:
        """Show these from now on; `held` where more is assigned than is shown."""
        self.variations.update(variations)
        self.view = None
        self.held = variations if held is None else held

    def replay(self, touched: Iterable[str]) -> None:
        """This request is given what was rendered before: it has touched what that render did."""
        self.touched.update(touched)

    def give_way(self, experiments: Iterable[str]) -> None:
        """Show control of these from now on."""
        for experiment in experiments:
            self.variations.pop(experiment, None)
            self.raised.add(experiment)
        self.view = None


NOBODY = Shown()
"""Outside every request: control, and nobody looks at what is touched."""
SHOWN: ContextVar[Shown] = ContextVar("shown", default=NOBODY)


class View:
    """What one combination of variations makes of the names of templates, and of whatever is kept of them."""

    __slots__ = ("modules", "names", "overlays", "signatures")

    def __init__(self, overlays: Overlays, names: Mapping[str, str]) -> None:
        self.overlays = overlays
        self.names = names
        self.signatures: dict[str, tuple[str | None, ...]] = {}
        self.modules: dict[Template, TemplateModule] = {}


class Overlays:
    """All layers there are, of running experiments and others. Immutable: a change makes another."""

    def __init__(self, layers: Sequence[Layer] = ()) -> None:
        self.layers = tuple(layers)
        self._roots = {f"{layer.root}/": layer for layer in layers}
        self._templates: dict[str, dict[str, dict[str, str]]] = {}
        self._files: dict[str, dict[str, dict[str, str]]] = {}
        for layer in layers:
            for name in layer.templates:
                own = self._templates.setdefault(name, {}).setdefault(layer.experiment, {})
                own[layer.variation] = f"{layer.root}/{name}"
            for name in layer.statics:
                files = self._files.setdefault(name, {}).setdefault(layer.experiment, {})
                files[layer.variation] = f"{layer.root}/static/{name}"
        self._sheets = [layer for layer in layers if layer.sheet]
        self.worded = tuple(dict.fromkeys(layer.experiment for layer in layers if layer.messages or layer.statics))
        self._reach: dict[str, tuple[str, ...]] = {}
        self._views: LRUCache[tuple[tuple[str, str], ...], View] = LRUCache(VIEWS)
        self._plain: dict[str, str] = {}
        self.contested = frozenset(self._templates)
        """The templates that any variation replaces."""

    def versions(self, name: str) -> Iterator[str]:
        """The names a template has: its own, and that of each variation's."""
        yield CONTROL + name
        for variations in self._templates.get(name, {}).values():
            yield from variations.values()

    def plain(self, name: str) -> str:
        """The name by which a template is asked for."""
        found = self._plain.get(name)
        if found is None:
            layer = self.layer(name)
            found = name[len(layer.root) + 1 :] if layer else name.removeprefix(CONTROL)
            if len(self._plain) < VIEWS:
                self._plain[name] = found
        return found

    def layer(self, name: str) -> Layer | None:
        """The layer a resolved name belongs to."""
        if not name.startswith("experiments/"):
            return None
        return self._roots.get("/".join(name.split("/", 3)[:3]) + "/")

    def resolve(self, name: str) -> str:
        """The template that this request gets for a name."""
        if not self._templates:
            return name.removeprefix(CONTROL)
        return self.view().names.get(name) or name.removeprefix(CONTROL)

    def view(self) -> View:
        """What this request's variations make of names."""
        shown = SHOWN.get()
        if (seen := shown.view) is not None and seen.overlays is self:
            return seen
        key = tuple(sorted(shown.variations.items()))
        found = self._views.get(key)
        if found is None:
            chosen = {name: _chosen(contesting) for name, contesting in self._templates.items()}
            found = self._views[key] = View(self, {name: own for name, own in chosen.items() if own is not None})
        shown.view = found
        return found

    def file(self, path: str) -> str | None:
        """The static file of a variation that stands in for `path`; None: the store's own does."""
        contesting = self._files.get(path)
        if contesting is None:
            return None
        SHOWN.get().touched.add(FILE + path)
        return _chosen(contesting)

    def sheets(self, environment: Environment, template: str) -> Iterator[str]:
        """The stylesheets of what this request is shown, for a page of `template`."""
        shown = SHOWN.get()
        reach: tuple[str, ...] | None = None
        for layer in self._sheets:
            if layer.everywhere:
                shown.touched.add(SHEET + layer.experiment)
            if shown.variations.get(layer.experiment) != layer.variation:
                continue
            if not layer.everywhere:
                reach = self.reach(environment, self.plain(template)) if reach is None else reach
                if not any(layer.experiment in self._templates[name] for name in reach):
                    continue
            yield f"{layer.root}/theme.css"

    def experiments(self, marks: Iterable[str]) -> set[str]:
        """The experiments that a render took part in, by what it touched."""
        found: set[str] = set()
        for mark in marks:
            if mark.startswith(SHEET):
                found.add(mark[len(SHEET) :])
            elif mark.startswith(FILE):
                found.update(self._files.get(mark[len(FILE) :], ()))
            elif mark.startswith(WORD):
                found.add(mark[len(WORD) :].partition(":")[0])
            else:
                found.update(self._templates.get(mark, ()))
        return found

    def signature(self, environment: Environment, name: str) -> tuple[str | None, ...]:
        """What of a template depends on what this request is shown: for whatever is kept of it."""
        if not self.layers:
            return ()
        view = self.view()
        found = view.signatures.get(name)
        if found is None:
            variations = SHOWN.get().variations
            words = tuple(variations.get(experiment) for experiment in self.worded)
            reach = self.reach(environment, self.plain(name))
            found = view.signatures[name] = (*words, *(self.resolve(one) for one in reach))
        return found

    def reach(self, environment: Environment, name: str) -> tuple[str, ...]:
        """The contested templates that a template, in any variation, extends, includes or imports, itself among them."""
        found = self._reach.get(name)
        if found is None:
            found = self._reach[name] = tuple(sorted(set(self._closure(environment, name)) & self.contested))
        return found

    def _closure(self, environment: Environment, template: str) -> Iterator[str]:
        waiting, seen = [template], {template}
        while waiting:
            name = waiting.pop()
            yield name
            for version in self.versions(name):
                for reference in references(environment, self.resolve(version)):
                    if reference is not None and reference not in seen:
                        seen.add(reference)
                        waiting.append(reference)


NONE = Overlays()


_REFERENCES: LRUCache[str, tuple[str | None, ...]] = LRUCache(1_000)
"""By a template's source: parsing is what costs."""


def references(environment: Environment, name: str) -> tuple[str | None, ...]:
    """What a template names (None: something computed); nothing for one that cannot be read."""
    try:
        source = environment.loader.get_source(environment, name)[0] if environment.loader else ""
        found = _REFERENCES.get(source)
        if found is None:
            found = _REFERENCES[source] = tuple(meta.find_referenced_templates(environment.parse(source)))
        return found
    except TemplateError:
        return ()


def _chosen(contesting: Mapping[str, Mapping[str, str]]) -> str | None:
    variations = SHOWN.get().variations
    for experiment, own in contesting.items():
        found = own.get(variations.get(experiment, ""))
        if found is not None:
            return found
    return None


class Marks:
    """Whoever looks a mark up has touched it: contested templates do, whenever a part of them renders."""

    def __getitem__(self, mark: str) -> None:
        SHOWN.get().touched.add(mark)


class StoreEnvironment(Environment):
    """Finds templates through the overlays. A variation's template that extends or imports its own name gets the store's:
    it may replace one block and leave the rest."""

    overlays: Overlays = NONE

    def join_path(self, template: str, parent: str) -> str:
        layer = self.overlays.layer(parent)
        return CONTROL + template if layer is not None and parent == f"{layer.root}/{template}" else template

    def _load_template(self, name: str, globals: Any) -> Any:
        return super()._load_template(self.overlays.resolve(name), globals)

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        mark = self.overlays.plain(name or "")
        if mark in self.overlays.contested:
            _mark(source, mark)
        return super()._generate(source, name, filename, defer_init)

    marks = Marks()


def _mark(tree: nodes.Template, mark: str) -> None:
    """Have each macro and block say that it renders, and the template itself where it is more than macros."""
    bodies = [node.body for node in tree.find_all(nodes.Macro)] + [node.body for node in tree.find_all(nodes.Block)]
    for body in bodies:
        body.insert(0, _call(mark, 1))
    if any(_renders(node) for node in tree.body):
        tree.body.insert(0, _call(mark, 1))


def _call(mark: str, line: int) -> nodes.Node:
    """A look into `environment.marks`: Jinja has a call go a longer way."""
    look = nodes.Getitem(nodes.EnvironmentAttribute("marks"), nodes.Const(mark), "load")
    return nodes.ExprStmt(look).set_lineno(line)


def _renders(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Output):
        return any(not (isinstance(part, nodes.TemplateData) and not part.data.strip()) for part in node.nodes)
    return not isinstance(node, nodes.Macro | nodes.Import | nodes.FromImport | nodes.Assign | nodes.AssignBlock)


class SharedBytecode(BytecodeCache):
    """Compiled templates, in memory, shared by all environments: compiling is the price of a second environment. Contested
    templates are compiled otherwise than the same ones uncontested."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        overlays = environment.overlays if isinstance(environment, StoreEnvironment) else NONE
        marked = overlays.plain(name) in overlays.contested
        key = self.get_cache_key(name, filename) + "*" * marked
        bucket = Bucket(environment, key, self.get_source_checksum(source))
        self.load_bytecode(bucket)
        return bucket

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


def warmed(environment: StoreEnvironment, overlays: Overlays) -> None:
    """Compile what these overlays contest, every version of it, and see what can show it, before anybody asks. It may be
    done in another thread. A template that cannot be compiled is in the log."""
    beside = environment.overlay(cache_size=len(overlays.layers) * 50 + 50)
    assert isinstance(beside, StoreEnvironment)
    beside.overlays = overlays
    for name in overlays.contested:
        for version in overlays.versions(name):
            try:
                beside.get_template(version)
            except TemplateError as error:
                log.warning("%s: %s", version, error.message)
    for name in environment.list_templates(extensions=["html"]):
        if not name.startswith("experiments/"):
            overlays.reach(beside, name)
