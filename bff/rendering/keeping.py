"""Rendered parts, remembered by the values they were made of.

View models are frozen, so a text is right as long as its key is found; what changed is another key.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any

from cachetools import LRUCache
from jinja2 import Environment, TemplateAssertionError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Macro
from markupsafe import Markup

from .overlays import SHOWN, StoreEnvironment

KEPT_BYTES = 16 * 1024 * 1024
"""Rendered parts a place keeps, in characters."""
VIEWED = frozenset(("page", "store", "ctx"))


class Kept:
    """`kept(macro, view, …)` in a template: the macro's text, remembered by template, macro and arguments. Only for macros
    that read nothing but their arguments."""

    def __init__(self, development: bool) -> None:
        self._texts: LRUCache[Hashable, tuple[Markup, frozenset[str]]] = LRUCache(
            KEPT_BYTES, getsizeof=lambda kept: len(kept[0]) + 500
        )
        self._development = development

    def __call__(self, macro: Macro, *arguments: Hashable, **options: Hashable) -> Markup:
        template = macro._func.__globals__["name"]
        place = (template, macro.name, variations(macro._environment, template))
        return self.text((place, arguments, tuple(options.items())), lambda: macro(*arguments, **options))

    def clear(self) -> None:
        """Forget everything: templates have changed."""
        self._texts.clear()

    def text(self, key: Hashable, make: Callable[[], str]) -> Markup:
        """What `make` renders, or rendered before for an equal `key`; either way it has touched what it is made of."""
        shown = SHOWN.get()
        if self._development:
            return Markup(make())  # noqa: S704 - what a template renders is escaped
        try:
            found = self._texts.get(key)
        except TypeError:  # a value of a backend's own (`extensions`) that has no hash
            return Markup(make())  # noqa: S704
        if found is not None:
            shown.touched |= found[1]
            return found[0]
        before, shown.touched = shown.touched, set()
        try:
            text = Markup(make())  # noqa: S704
        finally:
            inside, shown.touched = shown.touched, before
            before |= inside
        if len(text) < KEPT_BYTES // 64:
            self._texts[key] = text, frozenset(inside)
        return text


def variations(environment: Environment, template: str) -> Hashable:
    """What of a kept part is another in another variation."""
    return environment.overlays.signature(environment, template) if isinstance(environment, StoreEnvironment) else ()


class Keep(Extension):
    """`{% keep page.gallery, page.title %}…{% endkeep %}`: the part's text, remembered by the values named. A part that
    reads anything else of `page`, `store` or `ctx` is an error of the template; what it reads besides (a name set before it)
    must be named as well."""

    tags = {"keep"}

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.number = 0

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        named = [parser.parse_expression()]
        while parser.stream.skip_if("comma"):
            named.append(parser.parse_expression())
        body = parser.parse_statements(("name:endkeep",), drop_needle=True)
        known = {path for node in named for path in _read(node)}
        for node in body:
            for path in _read(node):
                if not any(path == one or path.startswith(one + ".") for one in known):
                    raise TemplateAssertionError(f"a kept part reads {path}, which it does not name", line, parser.name)
        key: list[nodes.Expr] = [nodes.Const(f"{parser.name}:{line}"), nodes.Tuple(named, "load")]
        return nodes.CallBlock(self.call_method("_kept", key), [], [], body).set_lineno(line)

    def _kept(self, place: str, values: tuple[Hashable, ...], caller: Callable[[], str]) -> Markup:
        kept: Kept = self.environment.globals["kept"]  # type: ignore[assignment]
        return kept.text((place, values, variations(self.environment, place.rpartition(":")[0])), caller)


def _read(node: nodes.Node) -> Iterator[str]:
    """What a part reads of the view: `page.buy.missing` …, each as far as its names go."""
    path = _path(node)
    if path is not None:
        if path.partition(".")[0] in VIEWED:
            yield path
        return
    for child in node.iter_child_nodes():
        yield from _read(child)


def _path(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.Name):
        return str(node.name)
    if isinstance(node, nodes.Getattr):
        name: Any = node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        name = node.arg.value
    else:
        return None
    before = _path(node.node)
    return None if before is None else f"{before}.{name}"
