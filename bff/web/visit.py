"""One request: where it is, what it asks, and the contexts its backend calls get."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

import msgspec
from litestar import Request

from bff.events.event import Event, fresh_id, order_key, purchase_id
from bff.gateway.generations import Generation
from bff.gateway.ledger import Ledger
from bff.ports import (
    Cart,
    CartRef,
    Carts,
    Deadline,
    Malformed,
    Money,
    NoCart,
    NotFound,
    PublicContext,
    Shopper,
    Trace,
    VisitorContext,
)
from bff.rendering.environment import Renderer
from bff.rendering.overlays import Shown

from . import returns
from .addresses import MARK, Place
from .clients import device
from .control_carts import Records
from .guard import SAFE
from .measuring import Measuring
from .own_session import OwnSession
from .preview import Preview
from .session import EMPTY, Session
from .storefront import Storefront

WRITE_SECONDS = 10.0
MAX_QUERY = 16_384
MAX_FORM = 64_000
MAX_FIELDS = 200
CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160)])
KEPT = "/%:@!$&'()*+,;=~"
"""What stands in a path or query as it is, besides letters, digits and `-._`."""
TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

WebRequest = Request[Any, Any, Any]


class Visit:
    """A request as pages see it. Opening the session is left until somebody asks: public pages never do."""

    def __init__(
        self, store: Storefront, request: WebRequest, place: Place, generation: Generation[Storefront] | None = None
    ) -> None:
        self.store = store
        self.request = request
        self.place = place
        self.generation = generation or request.app.state.generations.current
        self.ledger = Ledger()
        self.params = query_params(request)
        self.request_id = secrets.token_hex(8)
        trace = request.headers.get("traceparent", "")
        self._seconds = _seconds(store, request)
        self.ctx = PublicContext(
            market=place.market,
            locale=place.locale,
            currency=place.market.currency,
            deadline=Deadline.after(self._seconds),
            trace=Trace(request_id=self.request_id, traceparent=trace if TRACEPARENT.fullmatch(trace) else None),
        )
        self.own = OwnSession(store.sealer, store.control, store.backend.name, request.cookies)
        self.measuring = Measuring(store.settings.events.consent, store.sealer, request.cookies, request.headers)
        self.shown = Shown()
        self.preview: Preview | None = None
        self.clear_site_data = False
        self.attempt_key = b""
        """The mutation that this request is a run of."""
        self.doubtful = False
        """Whether an earlier run of it died, and nobody noted what it was about to do."""
        self.seen_cart: Cart | NoCart | None = None
        """The session's cart as the backend last told it to this request, so that nobody asks twice; None: not asked."""
        self._writes = 0
        self.ended_cart: CartRef | None = None
        """The session's cart that was one until this request."""
        self._mutation: str | None = None

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
    def is_foreign(self) -> bool:
        """Whether the address says that what is asked for is named by another backend's ids."""
        return self.place.is_foreign(self.param(MARK))

    @property
    def session(self) -> Session:
        return self.own.session

    @property
    def has_session(self) -> bool:
        """Whether the request brought a session that can be read."""
        return bool(self.own.opened) and self.session != EMPTY

    def keep(self, session: Session) -> None:
        """Set the session with the answer, if it is another. Raises `Malformed` for what fits no cookie."""
        try:
            self.own.keep(session)
        except ValueError as error:
            raise Malformed(str(error), backend=self.store.backend.name) from None

    @property
    def stays(self) -> bool:
        """Whether this visitor is at a backend that others have left: only for what is in the cart there."""
        plan, market = self.generation.plan, self.place.market.id
        return plan.markets.get(market) != self.store.backend.name and not self.shown.canaried

    @property
    def cart(self) -> CartRef | None:
        """The session's cart at the backend that serves the store."""
        found = self.session.carts.get(self.store.backend.name)
        return CartRef(id=found[0], version=found[1]) if found else None

    def keep_cart(self, cart: Cart | NoCart) -> None:
        """Put a cart's reference into the session, or take it out."""
        self.ended_cart = self.cart or self.ended_cart
        self.seen_cart = cart
        kept = cart if isinstance(cart, Cart) and (cart.lines or not self.stays) else None
        self.keep_ref(self.store.backend.name, kept.ref if kept else None, kept.market if kept else "")

    def let_go(self, cart: Cart | NoCart) -> None:
        """Take a cart that turned out to be empty, or none, out of a session that stays at its backend for it."""
        if self.stays and (isinstance(cart, NoCart) or not cart.lines):
            self.keep_cart(cart)

    def keep_ref(self, backend: str, ref: CartRef | None, market: str = "") -> None:
        """Put the reference of a backend's cart into the session (`market` "": it is not known of which), or take it out."""
        carts = {name: value for name, value in self.session.carts.items() if name != backend}
        markets = {name: value for name, value in self.session.markets.items() if name != backend}
        if ref is not None:
            carts[backend] = (ref.id, ref.version)
            if market:
                markets[backend] = market
        self.keep(msgspec.structs.replace(self.session, carts=carts, markets=markets))

    def allow(self, seconds: float | None = None) -> None:
        """From now on backend calls may take so long together; None: what a page's own may."""
        deadline = Deadline.after(self._seconds if seconds is None else seconds)
        self.ctx = msgspec.structs.replace(self.ctx, deadline=deadline)

    @property
    def signed_in(self) -> bool:
        """Whether the session has a customer at this backend."""
        return self.own.token is not None

    async def sign_in(self, token: str, cart: Cart | None) -> None:
        """Give the session its customer, under a new id. `cart`: what signing in made of the guest's."""
        await self.own.sign_in(token)
        self._mutation = None
        if cart is not None:
            self.keep_cart(cart)
            await self.store.control.write(lambda db: self.records.set_seen(db, cart))

    async def sign_out(self) -> None:
        """Forget the customer and the cart, here and in the session store."""
        await self.own.sign_out()
        self._mutation = None
        self.clear_site_data = True

    def flash(self, key: str, **parameters: str) -> None:
        """A message (a key of the catalogues) for the next page, shown once."""
        self.own.flash(key, parameters)

    def flashes(self) -> tuple[tuple[str, dict[str, str]], ...]:
        """The messages that the page before left; they are gone once asked for."""
        return self.own.flashes()

    @property
    def mutation(self) -> str:
        """An id for the forms of a private page. A customer's names them, so that it is no good for anybody else."""
        if self._mutation is None:
            self._mutation = secrets.token_urlsafe(16) + self._signature()
        return self._mutation

    def is_stale(self, mutation: str) -> bool:
        """Whether a form was made for a customer who is not the one signed in now."""
        made_for = mutation.partition(".")[2]
        return bool(made_for) and "." + made_for != self._signature()

    def _signature(self) -> str:
        if not self.signed_in:
            return ""
        return "." + self.store.control.ring.digest("form", self.session.kept).hex()[:16]

    async def limit(self, name: str, *keys: str, address: bool = True) -> None:
        """Count one try against the limit `name`, for the client's address (unless told not to) and for each of `keys`.
        Raises `Throttled`."""
        own = ["=" + key.strip().casefold() for key in keys]  # what is typed names no address
        await self.store.limits.take(name, ["@" + self.store.clients.address(self.request)] * address + own)

    async def returning(self, kind: str, **data: str) -> str:
        """A single-use state for an address that a provider returns to."""
        noted = returns.Return(
            kind=kind,
            backend=self.store.backend.name,
            session=self.session.id,
            cart=self.cart,
            data=data,
            visitor=self.measuring.visitor,
        )
        return await returns.noted(self.store.control, noted)

    async def returned(self, state: str) -> returns.Return | None:
        """What a state stands for, used or not; None for an unknown one. The visit goes on at the backend it is of, while
        that is open: a payment ends where it began, whatever serves the store by now."""
        found = await returns.found(self.store.control, state)
        if found is not None:
            self.turn_to(found.backend)
        return found

    def turn_to(self, backend: str) -> bool:
        """Go on at another backend, if it is open; whether this visit is there now."""
        bundle = self.generation.bundles.get(backend)
        if bundle is not None and bundle.front is not self.store:
            self.store = bundle.front
            self.place = self.store.places[self.place.path]
            self.ctx = msgspec.structs.replace(self.ctx, market=self.place.market)
            self.own.turn_to(backend)
        return self.store.backend.name == backend

    async def use(self, state: str, answer: str) -> str:
        """Record what came of a return. The first record stays, and is what is answered."""
        kept = await returns.use(self.store.control, state, answer)
        return answer if kept is None else kept

    @property
    def carts(self) -> Carts:
        """The backend's carts. Raises `NotFound` where it has none."""
        if self.store.backend.carts is None:
            raise NotFound("no carts port")
        return self.store.backend.carts

    @property
    def records(self) -> Records:
        """What the control store knows of this backend's carts."""
        return Records(self.store.control, self.store.backend.name)

    def cart_name(self, cart: CartRef | None) -> str:
        """By what a cart is locked: itself, or the session whose first it would be; "" for no session."""
        if cart is not None:
            return f"cart:{self.store.backend.name}:{cart.id}"
        return f"new:{self.store.backend.name}:{self.session.id}" if self.session.id else ""

    def head_name(self, cart: CartRef | None) -> str:
        """Under what is noted where a cart's lines are now. A customer's session is led by its own notes only, and leads
        nobody else: a guest who knows the cart from before the sign-in neither follows nor turns it. Nor do the customer's
        other browsers: a backend with versions of carts tells them by `Conflict`."""
        name = self.cart_name(cart)
        return f"{name}:{self.session.kept}" if cart is not None and self.signed_in else name

    def next_write(self) -> int:
        """Counts the writes of this request."""
        self._writes += 1
        return self._writes

    def blob_text(self) -> str | None:
        return self.own.blob().text

    def take_blob(self, text: str | None) -> None:
        """Take over the blob that belongs to a cart another request made, unless there is one."""
        blob = self.own.blob()
        if text is not None and blob.text is None:
            blob.replace(None, text)

    def visitor(self) -> VisitorContext:
        """The context of a call for this shopper."""
        shopper = Shopper(
            blob=self.own.blob(),
            visitor=self.measuring.visitor,
            token=self.own.token,
            consent=self.measuring.consent,
            device=device(self.request.headers),
        )
        return VisitorContext(public=self.ctx, shopper=shopper)

    def record(
        self, kind: str, *, value: Money | None = None, order: str | None = None, visitor: str | None = None
    ) -> None:
        """Record a conversion: `ADD_TO_CART`, `BEGIN_CHECKOUT`, `PURCHASE`, `custom:…`. An `order` (its id at the backend)
        is recorded once, however often it is reported. `visitor`: who began it, where that was noted; else whoever asks.
        Nothing is written of who may not be measured."""
        who = visitor or self.measuring.visitor
        if who is None or self.measuring.declined:
            return
        key = order_key(self.store.backend.name, order) if order is not None else None
        event = Event(
            id=purchase_id(key) if key is not None else fresh_id(),
            kind=kind,
            at=self.store.events.now(),
            visitor=who,
            market=self.place.market.id,
            backend=self.store.backend.name,
            generation=self.generation.plan.number,
            order=key,
            value=float(value.amount) if value is not None else None,
            currency=value.currency if value is not None else None,
        )
        self.store.events.record(event)

    @property
    def scopes(self) -> list[bytes]:
        """Whose a post is: the session's, and those it was made of; where there is none, the client's address and
        browser."""
        if self.session.id:
            return [id.encode() for id in (self.session.id, *self.session.was)]
        agent = self.request.headers.get("user-agent", "")
        return [self.store.control.ring.digest("client", self.store.clients.address(self.request), agent)]


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
    return _pairs(raw) if len(raw) <= MAX_QUERY else []


async def form_body(request: WebRequest) -> bytes | None:
    """A posted form's bytes, as often as asked for; None where the body is no form, or too large for one."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return None
    body = await request.body()
    return body if len(body) <= MAX_FORM else None


async def form_fields(request: WebRequest) -> Mapping[str, str]:
    """A posted form's fields, the first value of each. Empty where the body is no form or too large."""
    fields: dict[str, str] = {}
    for name, value in _pairs(await form_body(request) or b""):
        fields.setdefault(name, value)
    return fields


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    """Names and values, percent-encoded or not, as UTF-8; control characters other than line ends and tabs are left out."""
    try:
        text = raw.decode("utf-8", "replace")
        pairs = parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS)
    except ValueError:
        return []
    return [(name.translate(CONTROLS), value.translate(CONTROLS)) for name, value in pairs]
