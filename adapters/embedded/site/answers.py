"""Requests and answers of these pages: a few lines of ASGI."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from adapters.embedded import texts

from .words import say

LIMIT = 32_000


class Request(NamedTuple):
    """`form` are the posted fields, the first value of each; `query` likewise."""

    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    headers: Mapping[str, str]


class Answer(NamedTuple):
    """`location` sends the browser on. `framed_by` is the origin whose page this one may stand in; None: nobody's.
    `sends_to` are the origins its forms may lead to, besides its own."""

    status: int = 200
    body: str = ""
    location: str | None = None
    framed_by: str | None = None
    sends_to: tuple[str, ...] = ()
    kind: str = "text/html; charset=utf-8"


def sent_on(url: str) -> Answer:
    return Answer(status=303, location=url)


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


async def read(scope: Mapping[str, Any], receive: Any) -> Request | None:
    """The request; None for one that is too large."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > LIMIT:
            return None
        if not message.get("more_body"):
            break
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(scope["method"], scope["path"], _pairs(scope["query_string"]), _pairs(body) if body else {}, headers)


def _pairs(raw: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    try:
        pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True, errors="replace", max_num_fields=100)
    except ValueError:
        return found
    for name, value in pairs:
        found.setdefault(name, "".join(c if c.isprintable() else " " for c in value).strip()[:1_000])
    return found


async def write(send: Any, answer: Answer, *, head: bool) -> None:
    body = answer.body.encode()
    allowed = " ".join(("form-action 'self'", *answer.sends_to))
    framed = answer.framed_by or "'none'"
    policy = f"default-src 'none'; style-src 'self'; base-uri 'none'; {allowed}; frame-ancestors {framed}"
    headers = [
        ("content-type", answer.kind),
        ("content-length", str(len(body))),
        ("cache-control", "no-store"),
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex"),
    ]
    if answer.location:
        headers.append(("location", answer.location))
    raw = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if head else body})


def page(title: str, body: str, locale: str, *, framed: bool = False) -> str:
    """A whole document. `body` is HTML already."""
    direction = "rtl" if locale.startswith("ar") else "ltr"
    name = "framed" if framed else "whole"
    return (
        f'<!doctype html><html lang="{escape(locale)}" dir="{direction}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<meta name="color-scheme" content="light dark"><title>{escape(title)}</title>'
        f'<link rel="stylesheet" href="/site.css"></head><body class="{name}"><main>{body}</main></body></html>'
    )


def plain(status: int, key: str, locale: str = "en") -> Answer:
    """A page that says one thing."""
    text = escape(say(key, texts.chain(locale, "en")))
    return Answer(status=status, body=page(str(status), f"<h1>{text}</h1>", locale))
