"""From a view model to an answer: the whole page or a fragment of it, holes filled, compressed, with its headers."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import brotli
from litestar.response.base import ASGIResponse

from bff.rendering.environment import HOLES
from bff.web.addresses import KEPT
from bff.web.answers import sent, taken
from bff.web.visit import Visit

PAGE_CACHE = "private, no-cache"
NO_STORE = "no-store"
HTML = "text/html; charset=utf-8"
MUTATION = "mutation"
"""The hole of a form's own id: the macro that writes it is then the same for everybody, and made once."""
MIN_COMPRESSED = 860
"""Bytes below which compressing saves no packet."""


def render(
    visit: Visit, template: str, block: str | None, page: object, store: object, holes: Mapping[str, str]
) -> str:
    """The text of a page or fragment, holes filled (an anonymous shopper's are empty)."""
    context = visit.renderer.context(visit.url, visit.request_id, visit.mutation)
    variables = {"page": page, "store": store, "ctx": context}
    renderer = visit.renderer
    text = renderer.fragment(template, block, variables) if block else renderer.page(template, variables)
    visit.ledger.templates.update(renderer.touched(template))
    return HOLES.sub(lambda match: visit.mutation if match[1] == MUTATION else holes.get(match[1], ""), text)


def html(
    visit: Visit, text: str, *, status: int = 200, private: bool = False, headers: Mapping[str, str] | None = None
) -> ASGIResponse:
    """An HTML answer. Pages may be revalidated (ETag); whatever is a shopper's own, or no success, is not stored."""
    body = text.encode("utf-8", "replace")
    extra = dict(headers or {})
    server = visit.store.settings.server
    if (server.development or server.timings) and visit.ledger.calls:
        extra["server-timing"] = visit.ledger.server_timing
    keep = status == 200 and not private
    if keep:
        tag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        extra["etag"] = tag
        if tag in visit.request.headers.get("if-none-match", ""):
            return answer(visit, b"", status=304, headers=extra, cache=PAGE_CACHE)
    return answer(
        visit,
        body,
        status=status,
        headers=extra,
        cache=PAGE_CACHE if keep else NO_STORE,
    )


def redirect(visit: Visit, address: str, status: int = 302, headers: Mapping[str, str] | None = None) -> ASGIResponse:
    """To another address of this store. Never to a foreign one: `//host` is refused."""
    rooted = address if not address.startswith("//") else "/" + address.lstrip("/")
    location = quote(rooted, safe=KEPT, errors="replace")
    extra = {**(headers or {}), "location": location}
    return answer(visit, b"", status=status, headers=extra, cache=NO_STORE if status in (303, 307) else PAGE_CACHE)


def answer(
    visit: Visit, body: bytes, *, status: int, headers: Mapping[str, str], cache: str, kind: str = HTML
) -> ASGIResponse:
    """Bytes with the store's headers, compressed where that pays."""
    raw = [*visit.store.headers, ("cache-control", cache), ("vary", "accept-encoding"), *headers.items()]
    if len(body) >= MIN_COMPRESSED:
        body, encoding = compress(body, visit.request.headers.get("accept-encoding", ""))
        if encoding:
            raw.append(("content-encoding", encoding))
    return sent(body, status=status, headers=raw, kind=kind, head=visit.request.method == "HEAD")


def compress(body: bytes, accepted: str) -> tuple[bytes, str | None]:
    """Brotli where the browser takes it, else gzip. The least levels: a page is compressed each time it is sent, and higher
    ones save a tenth of the bytes for three times the work."""
    codings = taken(accepted)
    if "br" in codings:
        return brotli.compress(body, mode=brotli.MODE_TEXT, quality=1, lgwin=18), "br"
    if "gzip" in codings:
        packer = zlib.compressobj(1, zlib.DEFLATED, 31)
        return packer.compress(body) + packer.flush(), "gzip"
    return body, None


def json_text(value: Any) -> str:
    """JSON for the inspector: any struct, decimals and dates as text."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(value, enc_hook=repr)).decode()
