"""`/static/…`: the store's files. An address that carries the version may be kept for a year."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from pathlib import Path
from typing import Any

import brotli
from cachetools import LRUCache
from litestar import Request, route
from litestar.response.base import ASGIResponse

from bff.rendering.assets import StaticFile

from .answers import sent, taken
from .storefront import Storefront

FOREVER = "public, max-age=31536000, immutable"
A_MOMENT = "public, max-age=300"
TEXT = frozenset(
    {"text/css", "text/javascript", "application/javascript", "image/svg+xml", "application/json", "text/plain"}
)
KEPT_BYTES = 64 * 1024 * 1024
MAX_KEPT = 512 * 1024

mimetypes.add_type("image/avif", ".avif")
mimetypes.add_type("image/webp", ".webp")
mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("application/manifest+json", ".webmanifest")

_kept: LRUCache[tuple[str, int, int], StaticFile] = LRUCache(
    KEPT_BYTES, getsizeof=lambda file: len(file.body) + len(file.brotli or b"") + len(file.gzip or b"") + 500
)


ICON = "pictures/brand/favicon-32.png"


@route(
    ["/static/{path:path}", "/favicon.ico"], http_method=["GET", "HEAD"], include_in_schema=False, sync_to_thread=False
)
def static(request: Request[Any, Any, Any]) -> ASGIResponse:
    """A file of the shop's or Portico's `static/`; the icon that browsers ask for unasked."""
    store: Storefront = request.app.state.generations.current.default.front
    name = request.path_params.get("path", ICON).lstrip("/")
    version, slash, rest = name.partition("/")
    lasting = bool(slash) and version.startswith("~")
    file = store.assets.find(rest if lasting else name)
    if file is None:
        return sent(b"", status=404, headers=[*store.headers, ("cache-control", "no-store")])
    found = _ready(file)
    current = lasting and version == f"~{store.assets.version}"
    cache = "no-cache" if store.settings.server.development else FOREVER if current else A_MOMENT
    raw = [*store.headers, ("cache-control", cache), ("etag", found.etag)]
    if found.etag in request.headers.get("if-none-match", ""):
        return sent(b"", status=304, headers=raw)
    body = found.body
    if found.brotli is not None:
        raw.append(("vary", "accept-encoding"))
        accepted = taken(request.headers.get("accept-encoding", ""))
        if "br" in accepted:
            body = found.brotli
            raw.append(("content-encoding", "br"))
        elif "gzip" in accepted and found.gzip is not None:
            body = found.gzip
            raw.append(("content-encoding", "gzip"))
    return sent(body, headers=raw, kind=found.kind, head=request.method == "HEAD")


def _ready(file: Path) -> StaticFile:
    stat = file.stat()
    key = (str(file), stat.st_mtime_ns, stat.st_size)
    found = _kept.get(key)
    if found is None:
        body = file.read_bytes()
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        text = kind in TEXT and len(body) > 200
        found = StaticFile(
            body,
            f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
            brotli.compress(body, quality=11) if text else None,
            gzip.compress(body, 9) if text else None,
            f'"{hashlib.blake2b(body, digest_size=9).hexdigest()}"',
        )
        if len(body) <= MAX_KEPT:
            _kept[key] = found
    return found
