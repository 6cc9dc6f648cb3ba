"""The one way bytes leave the head."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from litestar.response.base import ASGIResponse


@lru_cache(256)
def taken(accepted: str) -> frozenset[str]:
    """The codings an `Accept-Encoding` header takes (RFC 9110 section 12.5.3), those with a weight of zero left out."""
    names: set[str] = set()
    for part in accepted[:1_000].lower().split(","):
        name, _, weight = part.replace(" ", "").partition(";q=")
        if not weight or weight.strip("0."):
            names.add(name)
    return frozenset(names)


def sent(
    body: bytes,
    *,
    status: int = 200,
    headers: Iterable[tuple[str, str]],
    kind: str = "text/plain; charset=utf-8",
    head: bool = False,
) -> ASGIResponse:
    """An answer of `kind`; to a HEAD request (`head`) its headers alone, the length of the body among them."""
    raw = [*headers]
    if status != 304:
        raw += [("content-type", kind), ("content-length", str(len(body)))]
    return ASGIResponse(
        body=b"" if head or status == 304 else body, status_code=status, headers=raw, is_head_response=head
    )
