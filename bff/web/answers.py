"""The one way bytes leave the head."""

from __future__ import annotations

from collections.abc import Iterable

from litestar.response.base import ASGIResponse


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
