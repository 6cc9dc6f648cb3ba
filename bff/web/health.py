"""`/-/live` and `/-/ready`: for whatever watches the process. A backend that is down does not make a head unready."""

from __future__ import annotations

from litestar import get
from litestar.response.base import ASGIResponse


@get(["/-/live", "/-/ready"], include_in_schema=False, sync_to_thread=False)
def health() -> ASGIResponse:
    """The process answers, and its settings, templates and backend were opened (else it would not have started)."""
    return ASGIResponse(body=b"ok\n", media_type="text/plain", encoded_headers=[(b"cache-control", b"no-store")])
