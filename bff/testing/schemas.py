"""Vendors' stored schemas, and a notation for names in them: `a.b(c: V, d: {e}).f{g h{i}}` or `METHOD /path(c){f}`.

A name is followed through the schema's types, segment by segment: a field that exists somewhere else does not pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec


class Unknown(Exception):
    """A name that the schema does not have, or a notation that cannot be read."""


# ---------------------------------------------------------------- notation


@dataclass(frozen=True, slots=True)
class Name:
    """One segment: `name(inputs)` and, for an input, `name: value`; `inner` is what follows by dot or in braces."""

    text: str
    inputs: tuple[Name, ...] = ()
    inner: tuple[Name, ...] = ()
    value: str | None = None


_TOKEN = re.compile(r"\s*,?\s*([A-Za-z_][A-Za-z0-9_-]*|[.(){}:])")
_ROUTE = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/(?:[\w.:=-]+|\{\w+\})(?:[/=](?:[\w.-]+|\{\w+\}))*)")


def read(text: str) -> Name:
    """The name that `text` notes. Raises `Unknown` where it cannot be read."""
    reader = _Reader(text)
    name = reader.output()
    if reader.tokens:
        raise Unknown(f"cannot be read at “{reader.tokens[-1]}”")
    return name


class _Reader:
    """Reads `a.b(c: V, d: {e f}).g{h i{j}}` or `METHOD /path(…){…}`; commas are spaces."""

    def __init__(self, text: str) -> None:
        self.text, self.tokens, at = text, list[str](), 0
        if route := _ROUTE.match(text):
            self.tokens.append(route[0])
            at = route.end()
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None:
                raise Unknown(f"cannot be read at “{text[at:]}”")
            self.tokens.append(found[1])
            at = found.end()
        self.tokens.reverse()

    def output(self) -> Name:
        text = self.word()
        inputs = self.between("(", ")", self.input)
        if self.took("."):
            return Name(text, inputs, (self.output(),))
        return Name(text, inputs, self.between("{", "}", self.output))

    def input(self) -> Name:
        text = self.word()
        if self.took(":") and self.tokens and self.tokens[-1] != "{":
            return Name(text, value=self.word())
        return Name(text, inner=self.between("{", "}", self.input))

    def between(self, opening: str, closing: str, read: Callable[[], Name]) -> tuple[Name, ...]:
        if not self.took(opening):
            return ()
        names = []
        while not self.took(closing):
            names.append(read())
        if not names:
            raise Unknown(f"“{opening}{closing}” is empty")
        return tuple(names)

    def took(self, token: str) -> bool:
        if self.tokens and self.tokens[-1] == token:
            self.tokens.pop()
            return True
        return False

    def word(self) -> str:
        if not self.tokens or self.tokens[-1] in ".(){}:":
            raise Unknown("a name is missing")
        return self.tokens.pop()


# ---------------------------------------------------------------- schemas


class Schema(Protocol):
    def knows(self, name: Name) -> bool:
        """Whether this schema is the one for a name that starts so."""

    def follow(self, name: Name) -> None:
        """Raises `Unknown` at the first segment that does not exist."""


class _Type(msgspec.Struct):
    kind: str
    name: str | None = None
    ofType: _Type | None = None

    def named(self) -> str:
        return self.ofType.named() if self.ofType else self.name or ""


class _Input(msgspec.Struct):
    name: str
    type: _Type


class _Value(msgspec.Struct):
    name: str


class _Field(msgspec.Struct):
    name: str
    type: _Type
    args: list[_Input] = []


class _Full(msgspec.Struct):
    kind: str
    name: str
    fields: list[_Field] | None = None
    inputFields: list[_Input] | None = None
    enumValues: list[_Value] | None = None
    possibleTypes: list[_Type] | None = None


def _no_inputs(name: Name) -> None:
    if name.inputs:
        raise Unknown(f"{name.text} takes no arguments")


class GraphQL:
    """An introspection result. An abstract type has the fields of its possible types, too (a fragment reaches them)."""

    def __init__(self, introspection: Mapping[str, Any]) -> None:
        schema = introspection["__schema"]
        self.types = {full.name: full for full in msgspec.convert(schema["types"], list[_Full])}
        self.roots = [schema[root]["name"] for root in ("queryType", "mutationType") if schema.get(root)]

    def knows(self, name: Name) -> bool:
        return "/" not in name.text

    def follow(self, name: Name) -> None:
        if name.text in self.types and not list(self._fields(self.roots, name.text)):
            _no_inputs(name)
            self._inner([name.text], name)
        else:
            self._field(self.roots, name)

    def _fields(self, types: Iterable[str], wanted: str) -> Iterator[_Field | _Input]:
        for type_name in types:
            full = self.types[type_name]
            yield from (field for field in full.fields or () if field.name == wanted)
            yield from (field for field in full.inputFields or () if field.name == wanted)
            yield from self._fields([possible.named() for possible in full.possibleTypes or ()], wanted)

    def _field(self, types: list[str], name: Name) -> None:
        found = list(self._fields(types, name.text))
        if not found:
            raise Unknown(f"no field {name.text} on {' or '.join(sorted(set(types)))}")
        for given in name.inputs:
            arguments = [a for f in found if isinstance(f, _Field) for a in f.args if a.name == given.text]
            if not arguments:
                raise Unknown(f"no argument {given.text} on {name.text}")
            self._inner([a.type.named() for a in arguments], given)
        self._inner([field.type.named() for field in found], name)

    def _inner(self, types: list[str], name: Name) -> None:
        for inner in name.inner:
            self._field(types, inner)
        if name.value is not None:
            values = {value.name for type_name in types for value in self.types[type_name].enumValues or ()}
            if name.value not in values:
                raise Unknown(f"no value {name.value} in {' or '.join(types)}")


class OpenApi:
    """One OpenAPI document. A name starts with an operation's id, `METHOD /path` or a component; inputs are parameters
    and fields of the request body, inner names fields of the successful answer."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.operations: dict[str, Mapping[str, Any]] = {}
        for path, item in document["paths"].items():
            for method, operation in item.items():
                if method in ("get", "post", "put", "patch", "delete"):
                    shared = [*item.get("parameters", ()), *operation.get("parameters", ())]
                    whole = {**operation, "parameters": [self._resolved(parameter) for parameter in shared]}
                    self.operations[operation.get("operationId", "")] = whole
                    self.operations[self._plain(f"{method.upper()} {path}")] = whole

    @staticmethod
    def _plain(route: str) -> str:
        return re.sub(r"\{\w+\}", "{}", route.replace("/{projectKey}", "", 1))

    def _components(self) -> Mapping[str, Any]:
        components: Mapping[str, Any] = self.document.get("components", {}).get("schemas", {})
        return components

    def knows(self, name: Name) -> bool:
        return self._plain(name.text) in self.operations or name.text in self._components()

    def follow(self, name: Name) -> None:
        operation = self.operations.get(self._plain(name.text))
        if operation is None:
            _no_inputs(name)
            answers = [self._components()[name.text]]
        else:
            answers = [r for code, r in operation["responses"].items() if code.startswith("2")]
            inputs = {p["name"]: p.get("schema", {}) for p in operation["parameters"]}
            body = self._contents([self._resolved(operation.get("requestBody", {}))])
            for given in name.inputs:
                if given.text in inputs:
                    self._value(inputs[given.text], given)
                else:
                    self._field(body, given, name.text)
            answers = self._contents([self._resolved(answer) for answer in answers])
        for inner in name.inner:
            self._field(answers, inner, name.text)

    def _contents(self, bodies: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        return [media["schema"] for b in bodies for media in b.get("content", {}).values() if "schema" in media]

    def _resolved(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in node:
            found: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node

    def _parts(self, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        schema = self._resolved(schema)
        yield schema
        for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
            yield from self._parts(part)
        if "items" in schema:
            yield from self._parts(schema["items"])

    def _field(self, schemas: Iterable[Mapping[str, Any]], name: Name, parent: str) -> None:
        _no_inputs(name)
        parts = [part for schema in schemas for part in self._parts(schema)]
        found = [part["properties"][name.text] for part in parts if name.text in part.get("properties", {})]
        if not found:
            raise Unknown(f"no {name.text} in {parent}")
        for inner in name.inner:
            self._field(found, inner, name.text)
        for schema in found if name.value is not None else ():
            self._value(schema, name)

    def _value(self, schema: Mapping[str, Any], name: Name) -> None:
        if name.value is not None:
            values = [value for part in self._parts(schema) for value in part.get("enum", ())]
            if name.value not in values:
                raise Unknown(f"no value {name.value} in {name.text}")
