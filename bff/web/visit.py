"""One request: where it is, what it asks, and the contexts its backend calls get."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import parse_qsl, quote

from litestar import Request

from bff.gateway.ledger import Ledger
from bff.ports import CartRef, Deadline, Malformed, PublicContext, SessionBlob, Shopper, Trace, VisitorContext
from bff.rendering.environment import Renderer

from .addresses import Place
from .guard import SAFE
from .session import EMPTY, Session
from .storefront import Storefront

WRITE_SECONDS = 10.0
MAX_QUERY = 16_384
MAX_FIELDS = 200
KEPT = "/%:@!$&'()*+,;=~"
"""What stands in a path or query as it is, besides letters, digits and `-._`."""
TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

WebRequest = Request[Any, Any, Any]


class Visit:
    """A request as pages see it. Opening the session is left until somebody asks: public pages never do."""

    def __init__(self, store: Storefront, request: WebRequest, place: Place) -> None:
        self.store = store
        self.request = request
        self.place = place
        self.ledger = Ledger()
        self.params = query_params(request)
        self.request_id = secrets.token_hex(8)
        trace = request.headers.get("traceparent", "")
        self.ctx = PublicContext(
            market=place.market,
            locale=place.locale,
            currency=place.market.currency,
            deadline=Deadline.after(_seconds(store, request)),
            trace=Trace(request_id=self.request_id, traceparent=trace if TRACEPARENT.fullmatch(trace) else None),
        )
        self._session: Session | None = None
        self.cookie: str | None = None
        """The `Set-Cookie` value the answer must carry."""

    @property
    def renderer(self) -> Renderer:
        return self.store.renderers[self.place.path]

    @property
    def path(self) -> str:
        return self.request.scope["path"]

    @property
    def url(self) -> str:
        """Path and query as they were asked for, still encoded: fit for a header and for a link."""
        return asked_path(self.request) + asked_query(self.request)

    @property
    def is_fragment(self) -> bool:
        """Whether htmx asked."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def is_part(self) -> bool:
        """Whether htmx asked for a part of a page, and not for a whole one to choose from."""
        return self.is_fragment and self.request.headers.get("hx-request-type") != "full"

    def param(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.params if key == name), None)

    @property
    def session(self) -> Session:
        if self._session is None:
            self._session = self.store.sealer.open(self.request.cookies)
        return self._session

    @property
    def has_session(self) -> bool:
        """Whether the request brought a session that can be read."""
        return self.store.sealer.name in self.request.cookies and self.session != EMPTY

    def keep(self, session: Session) -> None:
        """Set the session with the answer, if it is another. Raises `Malformed` for what fits no cookie."""
        if session != self.session:
            try:
                self.cookie = self.store.sealer.seal(session)
            except ValueError as error:
                raise Malformed(str(error), backend=self.store.backend.name) from None
            self._session = session

    @property
    def cart(self) -> CartRef | None:
        found = self.session.carts.get(self.store.backend.name)
        return CartRef(id=found[0], version=found[1]) if found else None

    def visitor(self) -> VisitorContext:
        """The context of a call for this shopper."""
        blob = SessionBlob(self.session.blobs.get(self.store.backend.name))
        device: Literal["phone", "desktop", "unknown"] = "unknown"
        return VisitorContext(public=self.ctx, shopper=Shopper(blob=blob, device=device))


def asked_path(request: WebRequest) -> str:
    """The path as it was sent, with anything that must not stand in a header encoded."""
    return quote(request.scope["raw_path"].partition(b"?")[0], safe=KEPT)


def asked_query(request: WebRequest) -> str:
    """The query as it was sent, with its `?`; "" for none."""
    query = quote(request.scope["query_string"], safe=KEPT + "?")
    return f"?{query}" if query else ""


def _seconds(store: Storefront, request: WebRequest) -> float:
    """What all calls of a request may take together. A write gets longer: cut short, its outcome would be unknown."""
    page = store.settings.server.page_deadline
    return page if request.method in SAFE else max(page, WRITE_SECONDS)


def query_params(request: WebRequest) -> list[tuple[str, str]]:
    """The query as pairs, in order; nothing for one that is absurdly long or has too many fields."""
    raw: bytes = request.scope["query_string"]
    if len(raw) > MAX_QUERY:
        return []
    try:
        return parse_qsl(raw.decode("latin-1"), keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS)
    except ValueError:
        return []


async def form_fields(request: WebRequest, *, limit: int = 64_000) -> Mapping[str, str]:
    """A posted form's fields, the first value of each. Empty where the body is no form or larger than `limit` bytes."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return {}
    fields: dict[str, str] = {}
    try:
        pairs = parse_qsl(
            bytes(body).decode("latin-1"), keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        return {}
    for name, value in pairs:
        fields.setdefault(name, value)
    return fields
