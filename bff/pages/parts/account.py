"""What the pages of an account share: the menu beside them, their forms, the way in and back, who may see them."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import msgspec
from litestar.response.base import ASGIResponse

from bff.pages.routing import STALE, page, same_page
from bff.ports import (
    Backend,
    BackendError,
    Cart,
    CartRef,
    CartResult,
    InvalidInput,
    NoCart,
    NotFound,
    NotSignedIn,
    SignedIn,
    Throttled,
)
from bff.rendering.respond import redirect
from bff.web import returns
from bff.web.addresses import Place
from bff.web.cart_writes import write_cart
from bff.web.forms import Form, Wrong
from bff.web.own_session import lineage
from bff.web.visit import Visit, asked_path, form_fields

from .cards import CardView
from .head import Head

log = logging.getLogger("portico.pages")

Handler = Callable[[Visit], Awaitable[ASGIResponse]]

NEXT = "next"
"""The field and query parameter that says where to go after signing in."""

KEPT = "kept"
"""The query parameter that names what was typed into a form before its customer had to sign in."""
TYPED = "typed"
TYPED_SECONDS = 3_600.0
LONGEST_TYPED = 500
"""Characters of a field that are kept."""

LONGEST_WAY = 1_000
ENTRANCES = ("sign-in", "sign-out", "register", "confirm", "forgot", "reset", "delete")
"""Pages of the account nobody is sent back to."""


class NavEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the menu beside an account's pages. `id` names its words: `account.nav.{id}`."""

    id: str
    url: str
    current: bool = False


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A way on, in words."""

    title: str
    url: str


class FormPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page that is one form, or a few words where `form` and `action` are None. Texts are in the shopper's language.
    `hidden` goes with the form. `danger`: what the button does cannot be undone. `about` is the product it concerns."""

    head: Head
    title: str
    lead: str | None = None
    nav: tuple[NavEntry, ...] = ()
    notice: str | None = None
    form: Form | None = None
    action: str | None = None
    button: str | None = None
    hidden: tuple[tuple[str, str], ...] = ()
    danger: bool = False
    note: str | None = None
    ways: tuple[Way, ...] = ()
    about: CardView | None = None


def nav(backend: Backend, place: Place, current: str = "") -> tuple[NavEntry, ...]:
    """The menu of what this backend has."""
    offered = backend.accounts.traits.offered if backend.accounts else ()
    entries = (
        ("home", "account", backend.accounts is not None),
        ("orders", "account/orders", backend.orders is not None),
        ("wishlists", "wishlists", backend.wishlists is not None),
        ("addresses", "account/addresses", backend.address_book is not None),
        ("profile", "account/profile", "update" in offered),
        ("password", "account/password", "change_password" in offered),
    )
    return tuple(
        NavEntry(id=id, url=place.page(path), current=id == current) for id, path, present in entries if present
    )


def words(visit: Visit, key: str, /, **params: Any) -> str:
    """A message in the shopper's language, safe to show as it is."""
    return visit.renderer.messages(key, **params)


def quiet(title: str) -> Head:
    """The head of a page that is nobody else's business."""
    return Head(title=title, robots="noindex")


async def private(visit: Visit, template: str, view: Any, status: int = 200) -> ASGIResponse:
    """A page of one shopper: never stored, the market switch keeps the page where it is the same everywhere."""
    inside = visit.path[len(visit.place.root) :].strip("/")
    parts = inside.split("/")
    kept = "/".join(parts[:2]) if parts[0] == "account" else parts[0]
    return await page(visit, template, view, status=status, private=True, same=same_page(visit.store.places, kept))


async def form_page(visit: Visit, view: FormPage, status: int = 200) -> ASGIResponse:
    return await private(visit, "pages/account_form.html", view, status)


async def told(visit: Visit, key: str, *ways: Way, status: int = 200) -> ASGIResponse:
    """A page of a few words, `{key}.title` and `{key}.text`, and ways on."""
    title = words(visit, f"{key}.title")
    return await form_page(
        visit, FormPage(head=quiet(title), title=title, lead=words(visit, f"{key}.text"), ways=ways), status
    )


def inside(place: Place, address: str | None, otherwise: str) -> str:
    """`address` where it is a path inside the same place that one can be sent to; `otherwise` for anything else: foreign
    addresses however they are disguised, the entrances themselves (a circle)."""
    if not address or len(address) > LONGEST_WAY or not address.isascii() or not address.isprintable():
        return otherwise
    plain = unquote(address.partition("?")[0].partition("#")[0])
    crooked = "\\" in address or "\\" in plain or "//" in plain or " " in address or not plain.isprintable()
    if crooked or not (plain == place.root or plain.startswith(f"{place.root}/")):
        return otherwise
    segments = plain.split("/")
    if ".." in segments or "." in segments or "_" in segments[2:3]:
        return otherwise
    return otherwise if segments[2:3] == ["account"] and segments[3:4] and segments[3] in ENTRANCES else address


def entrance(visit: Visit, onward: str, *, again: bool = False) -> str:
    """Where to sign in, and to be sent on from there. `again`: the session has ended meanwhile."""
    query = [(NEXT, onward)] if onward != visit.place.page("account") else []
    return visit.place.page("account/sign-in", [*query, *([("again", "1")] if again else [])])


async def sign_in_ended(visit: Visit) -> bool:
    """Whether the session's customer is signed in no more, so far as the backend says so: the session itself cannot know."""
    accounts = visit.store.backend.accounts
    if accounts is None or not visit.signed_in:
        return False
    try:
        await accounts.me(visit.visitor())
    except NotSignedIn:
        return True
    except BackendError:
        pass
    return False


def customers_only(back: str = "", *, keeps: Sequence[str] = ()) -> Callable[[Handler], Handler]:
    """For handlers that need a customer: anybody else signs in first and comes back, from a post to the page `back`.
    `keeps`: how the names of the fields begin whose input is there again then, at the form's own address (`typed`); never a
    secret's. So it is too where another customer, or the same one anew, has signed in since the form was made."""

    async def onward(visit: Visit) -> str:
        if visit.request.method in ("GET", "HEAD"):
            return visit.url
        ticket = await keep_typed(visit, tuple(keeps)) if keeps else None
        if ticket is None:
            return visit.place.page(back or "account")
        return visit.place.page(visit.path[len(visit.place.root) :].strip("/"), [(KEPT, ticket)])

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def answer(visit: Visit) -> ASGIResponse:
            if visit.store.backend.sign_in is None:
                raise NotFound("no sign_in port")
            if not visit.signed_in:
                return redirect(visit, entrance(visit, await onward(visit)), 303)
            try:
                return await handler(visit)
            except NotSignedIn:
                return redirect(visit, entrance(visit, await onward(visit), again=True), 303)

        async def stale(visit: Visit) -> ASGIResponse:
            to = await onward(visit)
            return redirect(visit, to if visit.signed_in else entrance(visit, to, again=True), 303)

        if keeps:
            STALE[answer] = stale
        return answer

    return decorate


async def keep_typed(visit: Visit, names: tuple[str, ...]) -> str | None:
    """Keep what was typed, sealed, for an hour and for this session, which is made where there is none; the ticket that
    finds it. None where too much was kept for this client."""
    if await spent(visit, "typed"):
        return None
    found = {name: text[:LONGEST_TYPED] for name, text in (await posted(visit)).items() if name.startswith(names)}
    data = {"path": asked_path(visit.request), "fields": msgspec.json.encode(found).decode()}
    visit.own.begin()
    backend, session = visit.store.backend.name, visit.session.id
    noted = returns.Return(kind=TYPED, backend=backend, session=session, cart=None, data=data)
    return await returns.noted(visit.store.control, noted, lifetime=TYPED_SECONDS)


async def typed(visit: Visit) -> Mapping[str, str] | None:
    """What was typed into the form at this address before its customer had to sign in; None for nothing, and for what was
    typed in another browser: an address says what no stranger wrote. It is shown again, and saved by nobody but the
    customer."""
    ticket = visit.param(KEPT)
    found = await visit.returned(ticket) if ticket else None
    if found is None or found.kind != TYPED or found.data["path"] != asked_path(visit.request):
        return None
    if found.backend != visit.store.backend.name or found.session not in lineage(visit.session):
        return None
    return msgspec.json.decode(found.data["fields"], type=dict[str, str])


async def entered(visit: Visit, outcome: SignedIn, onward: str, said: str) -> ASGIResponse:
    """Begin the customer's session: a new session id, the guest's cart and lists brought along and told, and on."""
    guest = visit.cart
    await visit.sign_in(outcome.token, outcome.cart)
    brought = CartResult(cart=outcome.cart) if outcome.cart else await _adopted(visit, guest)
    await _lists_joined(visit)
    visit.flash(said)
    if guest is not None and isinstance(brought.cart, Cart) and brought.cart.lines:
        visit.flash("account.cart.changed" if brought.problems else "account.cart.joined")
    return redirect(visit, onward, 303)


async def _adopted(visit: Visit, guest: CartRef | None) -> CartResult:
    """The guest's cart given to the customer, where signing in did not do it. Whoever signs in is never held up by that:
    the cart stays as it is when the backend fails here."""
    carts = visit.store.backend.carts
    if guest is None or carts is None:
        return CartResult(cart=NoCart(reason="empty"))
    try:
        return await write_cart(visit, lambda cart: carts.adopt(visit.visitor(), cart=cart or guest), repeats=True)
    except BackendError as error:
        log.warning("a guest's cart was not adopted: %s: %s", type(error).__name__, error.detail)
        return CartResult(cart=NoCart(reason="unknown"))


async def _lists_joined(visit: Visit) -> None:
    lists = visit.store.backend.wishlists
    if lists is None:
        return
    try:
        await lists.join(visit.visitor())
    except BackendError as error:
        log.warning("a guest's lists were not joined: %s: %s", type(error).__name__, error.detail)


def reasons(visit: Visit, error: InvalidInput) -> dict[str, Wrong]:
    """A backend's messages by field: a key of ours where it names one, else its own words."""
    messages = visit.renderer.messages
    return {
        name: Wrong(key=f"error.{text}")
        if messages.has(f"error.{text}")
        else Wrong(key=text)
        if messages.has(text)
        else Wrong(text=text or None, key=None if text else "error.choice")
        for name, text in error.fields.items()
    } or {"": Wrong(key="error.refused")}


async def posted(visit: Visit) -> Mapping[str, str]:
    """The fields of the form that was sent."""
    return await form_fields(visit.request)


async def spent(visit: Visit, limit: str, *keys: str, address: bool = True) -> bool:
    """Count a try. True where there have been too many: the form says so, its input kept, with status 429."""
    try:
        await visit.limit(limit, *keys, address=address)
    except Throttled:
        return True
    return False


async def again(
    visit: Visit, view: FormPage, form: Form, *, notice: str | None = None, status: int = 422
) -> ASGIResponse:
    """The form once more, with what is wrong with it."""
    return await form_page(visit, msgspec.structs.replace(view, form=form, notice=notice), status)
