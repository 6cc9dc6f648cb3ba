"""From a request to a page's answer: the place, the shell around it, and what happens when something fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from litestar import Request, route
from litestar.exceptions import HTTPException, NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse

from bff.experiments.running import Experiments
from bff.gateway.deadline import budgeted
from bff.gateway.generations import Generation, Generations
from bff.gateway.ledger import LEDGER
from bff.gateway.sending import BUYER
from bff.ports import (
    Backend,
    BackendError,
    EntityKind,
    Link,
    Located,
    NotFound,
    NotSignedIn,
    PublicContext,
    Ref,
    Unavailable,
)
from bff.rendering.overlays import SHOWN
from bff.rendering.respond import html, redirect, render
from bff.web.addresses import KINDS, Place, written
from bff.web.bundles import storefront
from bff.web.carrying import carried
from bff.web.discreet import discreet
from bff.web.failures import retry_after, status_of
from bff.web.guard import SAFE, allowed
from bff.web.mutations import FIELD, Kept, told
from bff.web.posts import Post, opened, settled
from bff.web.queries import clean
from bff.web.storefront import Storefront
from bff.web.visit import Visit, WebRequest, asked_path, asked_query, form_fields

from . import failure, inspector, shell
from .parts.holes import holes, previewed

log = logging.getLogger("portico.pages")

Handler = Callable[[Visit], Awaitable[ASGIResponse]]

ELSEWHERE = "elsewhere"
"""The query parameter (and notice) of a market switch that could not keep the thing shown."""

STALE: dict[Handler, Handler] = {}
"""What is done instead with a form that was made for a customer who is not the one signed in now, where there is more to it
than to refuse."""

LOCATE_BUDGET = 0.4


Method = Literal["GET", "HEAD", "POST"]


def at(
    *paths: str,
    methods: Sequence[Method] = ("GET", "HEAD"),
    anywhere: bool = False,
    guard: bool = True,
    repeats: bool = False,
    carries: bool = True,
) -> Callable[[Handler], HTTPRouteHandler]:
    """Make a page's handler answer at these paths. `anywhere`: also outside every place, in the first one's words.
    `guard=False`: other sites may post here (a provider's way back). `repeats`: after a run that died half way, the handler
    may run again: done twice it is done once, or it looks itself at what became of it (`visit.doubtful`).
    `carries=False`: a cart that its backend is to be left with stays there for this once, as it may be an order by now."""

    def decorate(handler: Handler) -> HTTPRouteHandler:
        async def answer(request: Request[Any, Any, Any]) -> ASGIResponse:
            way = Way(anywhere=anywhere, guard=guard, repeats=repeats, carries=carries)
            return await answered(request, handler, way)

        answer.__name__ = handler.__name__
        answer.__doc__ = handler.__doc__
        name = f"{handler.__module__.rpartition('.')[2]}.{handler.__name__}"
        return route(list(paths), http_method=list(methods), include_in_schema=False, name=name)(answer)

    return decorate


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """How a handler is come to; see `at`."""

    anywhere: bool = False
    guard: bool = True
    repeats: bool = False
    carries: bool = True


async def answered(request: WebRequest, handler: Handler, way: Way) -> ASGIResponse:
    """A page's answer, or the page of what went wrong. Raises `NotFoundException` outside every place, unless `anywhere`."""
    generations: Generations[Storefront] = request.app.state.generations
    with generations.current.held() as generation:
        return await _placed(request, handler, generation, way)


async def _placed(request: WebRequest, handler: Handler, generation: Generation[Storefront], way: Way) -> ASGIResponse:
    store = generation.default.front
    segment = request.scope["path"].strip("/").partition("/")[0]
    place = store.places.get(segment)
    if place is None:
        known = store.places.get(segment.lower())
        if known and request.method in ("GET", "HEAD"):
            _, _, rest = asked_path(request).strip("/").partition("/")
            return redirect(Visit(store, request, known, generation), known.page(rest) + asked_query(request), 301)
        if not way.anywhere:
            raise NotFoundException
        place = store.default_place
    store = storefront(generation, place.market.id, request.cookies)
    visit = Visit(store, request, store.places[place.path], generation)
    token, buyer, shown = LEDGER.set(visit.ledger), BUYER.set(store.clients.buyer(request)), SHOWN.set(visit.shown)
    try:
        if request.method in ("GET", "HEAD") and (moved := _canonical_path(request)):
            return redirect(visit, moved, 301)
        if way.guard and not allowed(request.method, request.headers, store.origins):
            return await failed(visit, 403)
        if store.settings.store.maintenance:
            return await failed(visit, 503, retry=600)
        return await _kept(visit, handler, way)
    finally:
        LEDGER.reset(token)
        BUYER.reset(buyer)
        SHOWN.reset(shown)


async def _kept(visit: Visit, handler: Handler, way: Way) -> ASGIResponse:
    """The answer with what the session needs: opened before, kept after. What is posted happens once."""
    reading = visit.request.method in SAFE
    experiments: Experiments = visit.request.app.state.experiments
    try:
        experiments.met(visit)
        await opened(visit, reading=reading)
        if way.carries:
            await _together(visit, reading=reading)
        experiments.begun(visit)
        if not reading:
            answer = await _once(visit, handler, way.repeats)
            experiments.settled(visit, answer)
            return answer
        answer = await _tried(visit, handler)
        await settled(visit, answer)
        experiments.settled(visit, answer)
        return answer
    except BackendError as error:
        return await _failing(visit, error)


async def _together(visit: Visit, *, reading: bool) -> None:
    """Bring the cart along where its backend serves the store no more. A page that is only read goes on without."""
    try:
        await carried(visit)
    except BackendError as error:
        if not reading:
            raise
        log.warning("a cart was not carried: %s: %s", type(error).__name__, error.detail)


async def _once(visit: Visit, handler: Handler, repeats: bool) -> ASGIResponse:
    """The answer to a post: its own, or that of the equal one before it. It is run to its end, whoever still waits."""
    if not visit.has_session and allowed(visit.request.method, visit.request.headers, visit.store.origins):
        await visit.limit("first_post")  # a provider's way back is none: it is the end of an order
    given = (await form_fields(visit.request)).get(FIELD, "")
    if visit.is_stale(given):
        if (instead := STALE.get(handler)) is None:
            raise NotSignedIn("a form of another customer's")
        answer = await instead(visit)
        await settled(visit, answer)
        return answer
    post = await Post.of(visit, given)
    state = await post.begun()
    if state == "spent":
        return await failed(visit, 409, key="spent")
    if isinstance(state, Kept):
        return state.response(post.before)
    attempt = state

    async def run() -> ASGIResponse:
        with visit.generation.held():
            return await done()

    async def done() -> ASGIResponse:
        try:
            visit.doubtful = attempt.doubtful and not await told(visit.store.control, attempt)
            if visit.doubtful and not repeats:
                answer = await failed(visit, 409, key="doubt")
            else:
                answer = await _tried(visit, handler)
            await settled(visit, answer)
        except BaseException:
            await post.forgotten(attempt)
            raise
        await post.ended(attempt, answer)
        return answer

    visit.attempt_key = attempt.key
    return await asyncio.shield(asyncio.create_task(run()))


async def _tried(visit: Visit, handler: Handler) -> ASGIResponse:
    """The handler's answer. A thing the backend does not know may have moved: the backend is asked for that as well."""
    try:
        try:
            return await handler(visit)
        except NotFound as error:
            if error.gone or visit.request.method not in ("GET", "HEAD"):
                raise
            return await lost(visit)
    except BackendError as error:
        return await _failing(visit, error)
    except HTTPException:
        raise
    except Exception:
        log.exception("unhandled failure at %s", discreet(visit.path))
        return await failed(visit, 500)


async def _failing(visit: Visit, error: BackendError) -> ASGIResponse:
    if status_of(error) >= 500:
        log.warning("%s failed: %s: %s", error.operation, type(error).__name__, error.detail)
    return await failed(visit, status_of(error), retry=retry_after(error))


async def lost(visit: Visit) -> ASGIResponse:
    """The answer to an address that leads nowhere: a redirect the backend knows, or a 404 with a way on."""
    path = visit.path
    inside = path[len(visit.place.root) :] if path.startswith(visit.place.root + "/") else path
    found = await visit.store.backend.catalog.resolve(visit.ctx, path=inside[:500])
    if found is None and (link := await _before(visit, inside)) is not None:
        return redirect(visit, visit.place.link(link), 301)
    if found is None:
        words = clean(inside.rpartition("/")[2].replace("-", " ").replace("_", " "), 60)
        return await failed(visit, 404, text=words)
    if found.gone:
        return await failed(visit, 410)
    status = 301 if found.permanent else 302
    rooted = found.redirect if found.redirect and found.redirect.startswith("/") else ""
    target = visit.place.link(found.link) if found.link else visit.place.root + rooted.rstrip("/")
    nowhere = rooted.startswith("//") or target in (written(path), visit.place.root)  # or what it does not have
    if nowhere:
        return await failed(visit, 404)
    return redirect(visit, target, status)


async def _before(visit: Visit, inside: str) -> Link | None:
    """Where a product is now whose address this was while another backend served the store."""
    kind, _, slug = inside.strip("/").partition("/")
    if KINDS.get(kind) != "product" or not slug:
        return None
    try:
        sku = await visit.store.paths.sku(visit.place.path, slug)
    except Unavailable:
        return None
    if sku is None:
        return None
    (located,) = await visit.store.backend.catalog.locate(visit.ctx, refs=[Ref(kind="product", sku=sku)])
    return located.link if located.link and located.link.slug not in ("", slug) else None


def _canonical_path(request: WebRequest) -> str | None:
    """The path without a trailing or doubled slash, or None where it is that already."""
    path = asked_path(request)
    single = "/" + "/".join(part for part in path.split("/") if part)
    if single == path:
        return None
    return single + asked_query(request)


async def page(
    visit: Visit,
    template: str,
    view: Any,
    *,
    block: str | None = None,
    status: int = 200,
    private: bool = False,
    same: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> ASGIResponse:
    """Answer with a view model: the whole page, or one block of it. `same`: the thing's addresses in other places."""
    around = shell.for_page(
        await shell.load(visit.store, visit.ctx, visit.place), written(visit.path), same or {}, visit.store.places
    )
    if visit.param(ELSEWHERE):
        around = msgspec.structs.replace(around, notices=(visit.renderer.messages.text("notice.elsewhere"),))
    if visit.store.settings.server.development and any(name == "_view" for name, _ in visit.params):
        return html(visit, inspector.text(visit, template, view, around), private=True)
    filled = await holes(visit, around) if block is None else {}
    text = render(visit, template, block, view, around, filled)
    if visit.preview is not None:
        text = previewed(visit, text, lambda: render(visit, template, block, view, around, filled), whole=block is None)
    return html(visit, text, status=status, private=private or bool(filled), headers=headers)


async def failed(
    visit: Visit, status: int, *, retry: float | None = None, text: str = "", key: str | None = None
) -> ASGIResponse:
    """The page of a failure. When even that cannot be made, plain words. htmx puts every answer into the page it has,
    whatever its status: a part that failed leaves that page as it is, a post that failed is told in its main part."""
    messages = visit.renderer.messages
    key = "maintenance" if visit.store.settings.store.maintenance else key or str(status)
    if not messages.has(f"failure.{key}.title"):
        key = "404" if status < 500 else "500"
    headers = {"retry-after": str(max(1, round(retry)))} if retry is not None else {}
    view = await failure.load(
        None if visit.store.settings.store.maintenance else visit.store.backend,
        visit.ctx,
        visit.place,
        status,
        key=key,
        title=messages.text(f"failure.{key}.title"),
        text=text,
    )
    block = None
    if visit.is_part:
        if visit.request.method in ("GET", "HEAD"):
            return html(visit, "", status=status, private=True, headers={**headers, "hx-reswap": "none"})
        block, headers = "main", {**headers, "hx-retarget": "#main", "hx-reswap": "innerHTML"}
    return await page(visit, "pages/failure.html", view, block=block, status=status, private=True, headers=headers)


async def elsewhere(
    backend: Backend, ctx: PublicContext, places: Mapping[str, Place], kind: EntityKind, id: str
) -> dict[str, str]:
    """The thing's own address in every place that offers it (rooted, by place path)."""
    return (await everywhere(backend, ctx, places, [Ref(kind=kind, id=id)]))[0]


async def everywhere(
    backend: Backend, ctx: PublicContext, places: Mapping[str, Place], refs: Sequence[Ref]
) -> list[dict[str, str]]:
    """For each of `refs`, its addresses. A place that cannot be asked in time is left out."""

    async def locate(place: Place) -> Sequence[Located]:
        there = msgspec.structs.replace(ctx, market=place.market, locale=place.locale, currency=place.market.currency)
        try:
            return await backend.catalog.locate(there, refs=refs)
        except BackendError:
            return ()

    with budgeted(LOCATE_BUDGET):
        asked = [asyncio.ensure_future(locate(place)) for place in places.values()]
    try:
        await asyncio.wait(asked, timeout=LOCATE_BUDGET)
        answers = [one.result() if one.done() else () for one in asked]
    finally:
        for one in asked:
            one.cancel()
    addresses: list[dict[str, str]] = [{} for _ in refs]
    for place, located in zip(places.values(), answers, strict=True):
        for own, found in zip(addresses, located, strict=False):
            if found.link:
                own[place.path] = place.link(found.link)
    return addresses


def switches(places: Mapping[str, Place], kind: EntityKind, id: str, sku: str | None = None) -> dict[str, str]:
    """Where the market switch leads for a thing: by its id, so that a slug in another language is found on arrival; by its
    SKU where another backend serves there."""
    known = [("sku", sku)] if sku else []
    return {path: place.fragment(f"same/{kind}/{id}", [*known, *place.marks]) for path, place in places.items()}


def same_page(places: Mapping[str, Place], path: str) -> dict[str, str]:
    """The switch for pages that are the same everywhere: `search`, `stores`, `journal`."""
    return {key: place.page(path) for key, place in places.items()}
