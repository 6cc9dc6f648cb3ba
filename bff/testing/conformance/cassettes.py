"""Recorded answers: one JSON file an operation. Played without a backend, written only by `--conformance record`.

A public read's answer is kept once for each request. What belongs to a shopper, and what is read after a write, is kept in
the order it was said in its scenario, because the same question has another answer a moment later.
"""

from __future__ import annotations

import datetime
import difflib
import json
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx

from .scrubbing import Scrubber, is_secret
from .wire import OPERATION, Operation

ASKED = ("accept-language", "authorization", "content-language", "range")
"""Request headers that tell one question from another; names that hold a secret do as well."""
ANSWERED = ("content-type", "content-language", "etag", "location", "retry-after", "x-wp-total", "x-wp-totalpages")
"""Answer headers that are kept; names that hold a secret are as well, scrubbed."""
MAIL = "mail"
"""The file of what came by mail; its requests name the address."""

Exchange = dict[str, Any]


class Unrecorded(AssertionError):
    """A request that no cassette answers."""


class Cassettes(httpx.AsyncBaseTransport):
    """Answers from files (`inner` None), or asks `inner` and writes what it says."""

    def __init__(
        self,
        folder: Path,
        scrubber: Scrubber,
        *,
        inner: httpx.AsyncBaseTransport | None,
        version: str = "",
        headers: Sequence[str] = (),
    ) -> None:
        self._folder, self._scrubber, self._inner, self._version = folder, scrubber, inner, version
        self._headers = tuple(name.lower() for name in headers)
        self._taken: dict[str, list[Exchange]] = defaultdict(list)
        self._scenarios: set[str] = set()
        self._waiting: dict[tuple[str, str, str], deque[Exchange]] = {}
        self._told: dict[str, list[Exchange]] = {}
        self.scenario = ""
        self._written = False
        if inner is None:
            self._load()

    @property
    def played(self) -> bool:
        """Whether the files answer, and nobody else."""
        return self._inner is None

    @property
    def mails(self) -> bool:
        """Whether mails were recorded."""
        return MAIL in self._told

    def begin(self, scenario: str) -> None:
        """What is said from now on belongs to this scenario; after a write of it, what the public reads does too."""
        self.scenario, self._written = scenario, False

    def _load(self) -> None:
        for file in sorted(self._folder.glob("*.json")):
            exchanges: list[Exchange] = self._scrubber.restore(
                json.loads(file.read_text(encoding="utf-8"))["exchanges"]
            )
            self._told[file.stem] = exchanges
            for exchange in exchanges:
                key = (file.stem, exchange["scenario"], _compared(self._scrubber.known(exchange["request"])))
                self._waiting.setdefault(key, deque()).append(exchange)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        operation = OPERATION.get()
        asked = await self._asked(request)
        if operation.declaration is not None and operation.declaration.kind == "write":
            self._written = True
        if self._inner is None:
            return self._play(operation, asked, request)
        response = await self._inner.handle_async_request(request)
        body = await response.aread()
        headers = {name: value for name, value in response.headers.items() if self._kept(name, ANSWERED)}
        self._take(operation, asked, response.status_code, headers, body)
        return httpx.Response(response.status_code, headers=headers, content=body, request=request)

    async def aclose(self) -> None:
        if self._inner is not None:
            await self._inner.aclose()
            self._write()

    def mail(self, to: str) -> str | None:
        """The token of the next mail to somebody that was recorded in this scenario."""
        waiting = self._waiting.get((MAIL, self.scenario, _compared(self._scrubber.known({"to": to}))))
        token: str | None = waiting.popleft()["body"] if waiting else None
        return token

    def keep_mail(self, to: str, token: str) -> None:
        """Record the token of a mail; where it is used, the same stand-in is written."""
        self._scrubber.learn("token", token)
        self._scenarios.add(self.scenario)
        exchange = {"scenario": self.scenario, "request": {"to": to}, "status": 200, "headers": {}, "body": token}
        self._taken[MAIL].append(exchange)

    def _kept(self, name: str, usual: Sequence[str]) -> bool:
        name = name.lower()
        return name in usual or name in self._headers or (is_secret(name) and "cookie" not in name)

    async def _asked(self, request: httpx.Request) -> Exchange:
        """The request in its canonical form: what another one must equal to be the same question."""
        body = await request.aread()
        headers = {name: value for name, value in request.headers.items() if self._kept(name, ASKED)}
        return {
            "method": request.method,
            "path": request.url.path,
            "query": sorted(list(pair) for pair in parse_qsl(request.url.query.decode(), keep_blank_values=True)),
            "headers": dict(sorted(headers.items())),
            "body": _value(body),
        }

    def _place(self, operation: Operation) -> str:
        public = operation.declaration is None or operation.declaration.kind == "public_read"
        return "" if public and not self._written else self.scenario

    def _play(self, operation: Operation, asked: Exchange, request: httpx.Request) -> httpx.Response:
        known: Exchange = self._scrubber.known(asked)
        waiting = self._waiting.get((operation.name, self._place(operation), _compared(known)))
        if not waiting:
            raise Unrecorded(self._nearest(operation, known))
        exchange = waiting[0] if len(waiting) == 1 and not self._place(operation) else waiting.popleft()
        body = exchange["body"]
        content = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
        return httpx.Response(exchange["status"], headers=exchange["headers"], content=content, request=request)

    def _nearest(self, operation: Operation, known: Exchange) -> str:
        place = self._place(operation)
        asked = json.dumps(known, indent=1, ensure_ascii=False, sort_keys=True)
        told = [
            json.dumps(self._scrubber.known(exchange["request"]), indent=1, ensure_ascii=False, sort_keys=True)
            for exchange in self._told.get(operation.name, ())
            if exchange["scenario"] == place
        ]
        near = difflib.get_close_matches(asked, told, n=1, cutoff=0.0)
        file = self._folder / f"{operation.name}.json"
        if not near:
            return f"nothing is recorded in {file.name} for {place or 'public reads'}; run with --conformance record"
        same = "it was recorded, but fewer times than it is asked now" if near[0] == asked else ""
        difference = "\n".join(difflib.unified_diff(near[0].splitlines(), asked.splitlines(), "recorded", "asked", n=2))
        return f"no answer in {file.name} for this request ({place or 'public'}); the nearest:\n{difference}{same}"

    def _take(
        self, operation: Operation, asked: Exchange, status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        answer = _value(body)
        for part in (asked["headers"], dict(headers), answer):  # what the kit itself typed is no secret
            self._scrubber.learn("", part)
        exchange = {
            "scenario": self._place(operation),
            "request": asked,
            "status": status,
            "headers": dict(headers),
            "body": answer,
        }
        self._scenarios.add(self.scenario)
        self._taken[operation.name].append(exchange)

    def _write(self) -> None:
        """Replace what was said again, keep the rest. A write that fails half way loses nothing: files are small."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for operation in sorted(self._taken.keys() | {file.stem for file in self._folder.glob("*.json")}):
            file = self._folder / f"{operation}.json"
            old = json.loads(file.read_text(encoding="utf-8"))["exchanges"] if file.exists() else []
            fresh = [self._scrubbed(exchange) for exchange in self._taken.get(operation, ())]
            asked = {_compared(exchange["request"]) for exchange in fresh if not exchange["scenario"]}
            kept = [
                exchange
                for exchange in old
                if exchange["scenario"] not in self._scenarios
                and not (not exchange["scenario"] and _compared(exchange["request"]) in asked)
            ]
            if not fresh and len(kept) == len(old):
                continue
            exchanges = [*kept, *_once(fresh)]
            text = json.dumps(
                {
                    "operation": operation,
                    "version": self._version,
                    "recorded": datetime.datetime.now(datetime.UTC).date().isoformat(),
                    "exchanges": sorted(exchanges, key=lambda exchange: exchange["scenario"]),
                },
                indent=1,
                ensure_ascii=False,
            )
            file.write_text(text + "\n", encoding="utf-8")

    def _scrubbed(self, exchange: Exchange) -> Exchange:
        plain = self._scrubber.fields("", exchange)
        scrubbed: Exchange = self._scrubber.scrub(plain)
        return scrubbed


def _value(body: bytes) -> Any:
    """A body as JSON where it is some, else as text."""
    if not body:
        return None
    text = body.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        return text


def _compared(request: Exchange) -> str:
    return json.dumps(request, ensure_ascii=False, sort_keys=True)


def _once(exchanges: list[Exchange]) -> list[Exchange]:
    """Public answers once for each request (the last word), all others in their order."""
    public = {_compared(exchange["request"]): exchange for exchange in exchanges if not exchange["scenario"]}
    return [*public.values(), *(exchange for exchange in exchanges if exchange["scenario"])]
