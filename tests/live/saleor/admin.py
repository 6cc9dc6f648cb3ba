"""Saleor's GraphQL endpoint as whoever fills a shop uses it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

Row = Mapping[str, Any]

SPOKEN = ("DE", "AR")
"""Languages beside the one that everything is written in."""


class Admin:
    """The endpoint, as an app or a member of staff. Any error ends the load."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        headers = {"authorization": f"Bearer {token}"}
        self._http = httpx.Client(headers=headers, timeout=600.0, trust_env=False)

    def send(self, query: str, variables: Row | None = None, files: Mapping[str, Path] | None = None) -> Any:
        """`files` by the path of the variable each stands for (`input.image`), by the GraphQL multipart convention."""
        told = {"query": query, "variables": variables or {}}
        if not files:
            return self._data(self._http.post(self._url, json=told))
        places = {str(at): [f"variables.{path}"] for at, path in enumerate(files)}
        parts = {
            str(at): (f"{file.parent.name}-{file.name}", file.read_bytes(), "image/webp")
            for at, file in enumerate(files.values())
        }
        form = {"operations": json.dumps(told), "map": json.dumps(places)}
        return self._data(self._http.post(self._url, data=form, files=parts))

    def do(self, call: str, variables: Mapping[str, tuple[str, Any]], select: str = "", **files: Path) -> Any:
        """One mutation: `name(argument: $variable)`, its variables with their types, and the payload."""
        types = ",".join(f"${name}:{kind}" for name, (kind, _) in variables.items())
        query = f"mutation({types}){{done:{call}{{{select} errors{{message code}}}}}}"
        return self.send(
            query,
            {name: value for name, (_, value) in variables.items()},
            {path.replace("__", "."): file for path, file in files.items()},
        )["done"]

    def put(self, name: str, kind: str, input: Row, select: str) -> Any:
        """A mutation with nothing but an `input`."""
        return self.do(f"{name}(input:$i)", {"i": (f"{kind}!", input)}, select)

    def set(self, name: str, id: str, kind: str, input: Row) -> None:
        """A mutation of a thing with an `input`."""
        self.do(f"{name}(id:$id,input:$i)", {"id": ("ID!", id), "i": (f"{kind}!", input)})

    def translate(self, name: str, id: str, kind: str, told: Mapping[str, Row]) -> None:
        """A thing's texts, by language."""
        call = f"{name}(id:$id,input:$i,languageCode:$l)"
        for code in SPOKEN:
            if text := told.get(code.lower()):
                self.do(call, {"id": ("ID!", id), "i": (f"{kind}!", text), "l": ("LanguageCodeEnum!", code)})

    @staticmethod
    def _data(answer: httpx.Response) -> Any:
        told = answer.json()
        assert not told.get("errors"), [each["message"][:300] for each in told["errors"]]
        for name, payload in told["data"].items():
            if isinstance(payload, dict):
                assert not payload.get("errors"), (name, payload)
        return told["data"]


def pieces(all_: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for at in range(0, len(all_), size):
        yield all_[at : at + size]


def word(text: Row, language: str = "en") -> str:
    return str(text.get(language) or text.get("") or text["en"])


def named(text: Row) -> dict[str, Row]:
    """A name's translations, as inputs."""
    return {code.lower(): {"name": word(text, code.lower())} for code in SPOKEN}
