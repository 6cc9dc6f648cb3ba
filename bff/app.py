"""The composition root: everything is wired here, in order, and nothing imports it."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import msgspec
from cachetools import TTLCache
from litestar import Litestar, Request
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp

from bff import settings as configuration
from bff.channels import changes, crawlers
from bff.console import ROUTES as CONSOLE
from bff.console import access
from bff.console.desk import Console
from bff.events.log import EventLog
from bff.events.places import Uninstalled, sink
from bff.experiments import assigners
from bff.experiments import preview as previewing
from bff.experiments.assignment import Assigner, Own
from bff.experiments.running import Experiments
from bff.experiments.watching import Watch
from bff.gateway.backends import OpenBackend, adapter_settings, chosen_policies, manifest, open_backend
from bff.gateway.chain import Gateway, last
from bff.gateway.generations import Generations, Plan
from bff.gateway.picturing import Pictured
from bff.gateway.probing import probed
from bff.gateway.purging import Purging
from bff.gateway.tags import EVERYTHING, of_backend
from bff.own_secrets import key_ring
from bff.pages import PAGES
from bff.pages.anywhere import unknown
from bff.pages.routing import Way, answered
from bff.pictures import opening
from bff.pictures.route import media
from bff.ports import Backend, Misconfigured, Unavailable
from bff.rendering.assets import Assets
from bff.rendering.environment import Renderer, renderers
from bff.rendering.respond import HTML
from bff.web import control_live
from bff.web.addresses import marked, places
from bff.web.answers import sent
from bff.web.clients import Clients
from bff.web.control import Control
from bff.web.discreet import discreet
from bff.web.following import Follower
from bff.web.handoffs import Asking
from bff.web.headers import on_options, security_headers
from bff.web.health import health
from bff.web.hosts import only_hosts
from bff.web.late import Late
from bff.web.limits import Limits
from bff.web.live import live_reload
from bff.web.paths import Paths
from bff.web.polling import Poller
from bff.web.preview import Previews
from bff.web.ring import Ring
from bff.web.session import Sealer
from bff.web.spreading import Spreading
from bff.web.static import static
from bff.web.storefront import Storefront

log = logging.getLogger("portico")

SHELL_SECONDS = 30
SITEMAP_SECONDS = 3_600
AROUND = ("navigation", "menu", "category", "collection", "brand", "sitemap", "backend", "many")
"""Tags of what stands around every page, and in sitemaps."""
WebRequest = Request[Any, Any, Any]


def create_app(settings: configuration.Settings) -> Litestar:
    """The store as an ASGI application. Its backends are opened when the server starts. Raises `Misconfigured`."""
    origin = configuration.origin(settings)
    https = origin.startswith("https://")
    fills, leads, frames = configuration.fills(settings), set[str](), set[str]()
    raw, resizers = set[str](), set[str]()
    for name, chosen in settings.backends.items():
        key = f"backends.{name}"
        try:
            adapter = manifest(chosen.adapter, key=f"{key}.adapter")
            own = adapter_settings(adapter, chosen.settings, key=f"{key}.settings", source=settings.source, fills=fills)
            chosen_policies(name, chosen, adapter, source=settings.source)
        except Misconfigured as error:
            if name in configuration.serving(settings):
                raise
            log.warning("backend %s cannot be swapped to: %s", name, error)
            continue
        leads |= {*adapter.origins(own)}
        frames |= {*adapter.frames(own)}
        raw |= {*adapter.pictures(own)}
        resizers |= {*adapter.resizers(own)}
    ring = key_ring(settings)
    fetched = opening.origins(settings, raw)
    addresses = opening.addresses(settings, fetched, ring)
    shown = {*settings.server.image_origins, *opening.at(resizers), *(() if addresses else fetched)}
    headers = security_headers(
        image_origins=sorted(shown), form_origins=sorted(leads), frame_origins=sorted(frames), https=https
    )
    token = access.token(settings)
    operators = access.Access(token, Ring(ring, b"portico-console"), https=https) if token else None
    markets = configuration.markets(settings)
    found = places(markets, origin)
    assets = Assets(configuration.search_path(settings, "static"))
    templates = configuration.search_path(settings, "templates")
    development = settings.server.development
    pictured = addresses.address if addresses else None
    arrange = last(Pictured(addresses)) if addresses else tuple
    made = renderers(tuple(found.values()), templates, assets, development=development, pictured=pictured)
    assigner = _assigner(settings)

    events = _events(settings)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        control = Control(Path(settings.server.var) / "control.sqlite", Ring(ring, b"portico-control"))
        gateway = Gateway(settings.cache.bytes)
        sealer, limits, paths = Sealer(ring, https=https), Limits(settings.limits, control), Paths(control)

        experiments = Experiments(
            templates,
            tuple(made.values()),
            assets,
            control,
            assigner,
            Previews(ring, https=https),
            enabled=settings.experiments.enabled,
            development=development,
        )

        def front(backend: Backend, members: Sequence[str]) -> Storefront:
            own = configuration.markets(settings, *members)
            return Storefront(
                settings=settings,
                markets=own,
                places=places(own, origin, marked(backend.name)),
                renderers=made,
                assets=assets,
                sealer=sealer,
                control=control,
                limits=limits,
                clients=Clients(settings.server.proxies),
                headers=headers,
                origins=frozenset({origin}),
                leads=frozenset(leads | frames),
                backend=backend,
                gateway=gateway,
                shells=TTLCache(64, SHELL_SECONDS if not development else 0.0),
                last_shells={},
                sitemaps=TTLCache(4, SITEMAP_SECONDS),
                paths=paths,
                events=events,
            )

        def opener(name: str) -> AbstractAsyncContextManager[OpenBackend]:
            own, chosen = configuration.markets(settings, name), settings.backends[name]
            gateway.cache.purge_backend(name)  # while it was closed, nobody listened to what changed
            return open_backend(
                name, chosen, own, source=settings.source, fills=fills, gateway=gateway, arrange=arrange
            )

        async def check(found: OpenBackend, ids: Sequence[str]) -> None:
            own = configuration.markets(settings, found.name)
            await probed(found.offer, [market for market in own if market.id in ids])

        generations = Generations(opener, settings.compose, front, check)
        if operators is not None:
            app.state.console = Console(
                settings=settings,
                access=operators,
                control=control,
                limits=limits,
                clients=Clients(settings.server.proxies),
                generations=generations,
                gateway=gateway,
                assets=assets,
                templates=templates,
                headers=headers,
                origins=frozenset({origin}),
            )
        poller = Poller(control, generations, settings.backends)
        follow = following(control, settings, generations, gateway, paths, experiments)
        watch = Watch(settings, control, lambda: experiments.running)
        asking = Asking(control, generations)
        async with control, recording(events), follow, poller.running(), watch.watching(), asking.running():
            app.state.generations, app.state.spreading = generations, Spreading(control)
            app.state.experiments = experiments
            yield

    plain = {status: _plain(next(iter(made.values())), status) for status in (400, 404, 405, 413, 500)}

    def failed(request: WebRequest, error: Exception) -> Late:
        """What went wrong before or beside a page. An unknown path is asked about in the backend first."""

        async def make(request: WebRequest) -> ASGIApp:
            if isinstance(error, NotFoundException) and request.method in ("GET", "HEAD"):
                try:
                    return await answered(request, unknown, Way(anywhere=True))
                except Exception as broken:
                    log.exception("no page for %s", discreet(request.scope["path"]), exc_info=broken)
                    return _last_resort(request, plain[500], 500, headers)
            status = error.status_code if isinstance(error, HTTPException) else 500
            if status >= 500:
                log.error("unhandled failure at %s", discreet(request.scope["path"]), exc_info=error)
            allow = (error.headers or {}).get("allow") if isinstance(error, MethodNotAllowedException) else None
            page = plain.get(status, plain[500 if status >= 500 else 400])
            return _last_resort(request, page, status, headers, allow)

        return Late(make)

    hosts = {urlsplit(origin).hostname or "", *settings.server.hosts, "localhost", "127.0.0.1", "[::1]"}
    routes = [handler for page in PAGES for handler in page.routes]
    if development:
        routes.append(live_reload([*templates, *assets.folders]))
    return Litestar(
        route_handlers=[
            *routes,
            *crawlers.routes,
            *previewing.routes,
            *changes.routes,
            *CONSOLE,
            static,
            media,
            health,
        ],
        lifespan=[lifespan, opening.lifespan(settings, addresses)],
        exception_handlers={Exception: failed, HTTPException: failed},
        before_send=[on_options(headers)],
        openapi_config=None,
        middleware=[only_hosts(hosts, headers)] if not development else [],
        logging_config=None,
        debug=False,
        request_max_body_size=1_000_000,
    )


@asynccontextmanager
async def recording(events: EventLog) -> AsyncIterator[None]:
    """Write events while the store is open, and all that are left at its end."""
    events.start()
    try:
        yield
    finally:
        await asyncio.to_thread(events.close)


@asynccontextmanager
async def following(
    control: Control,
    settings: configuration.Settings,
    generations: Generations[Storefront],
    gateway: Gateway,
    paths: Paths,
    experiments: Experiments,
) -> AsyncIterator[None]:
    """Open the first generation and follow what the control store says from then on; close what is open when nothing is
    followed any more. Raises `Misconfigured`."""

    def read(db: sqlite3.Connection) -> Plan:
        plan = control_live.plan(db, settings)
        return msgspec.structs.replace(plan, canaries=experiments.plan(db, settings.backends))

    async def kept() -> None:
        await experiments.look()
        await paths.write()

    try:
        plan = await control.read(read)
    except Unavailable:  # it is in the log; pages are shown without it
        plan = control_live.unwritten(settings)

    def purge(tags: Collection[str]) -> None:
        if EVERYTHING in tags:
            tags = {of_backend(name) for name in settings.backends}
        gateway.cache.purge(tags)
        if any(tag.partition(":")[0] in AROUND for tag in tags):
            for bundle in generations.current.bundles.values():
                bundle.front.shells.clear()
                bundle.front.sitemaps.clear()

    follower = Follower(control, read, generations.follow, Purging(purge), kept, number=plan.number)
    try:
        await generations.start(plan)
        await experiments.look()
        async with follower.running():
            yield
    finally:
        await generations.close()


def _events(settings: configuration.Settings) -> EventLog:
    """Where exposures and conversions go. Raises `Misconfigured`."""
    own = settings.events
    try:
        return EventLog(sink(Path(settings.server.var), days=own.days, postgres=own.postgres))
    except Uninstalled as error:
        raise Misconfigured("events.postgres", f"{error}.", source=settings.source) from None


def _assigner(settings: configuration.Settings) -> Assigner:
    """What decides who sees what. Raises `Misconfigured`."""
    own = settings.experiments
    match own.assigner:
        case "growthbook":
            return assigners.growthbook(Path(settings.shop or ".") / own.growthbook)
        case "openfeature":
            return assigners.openfeature(own.provider)
        case _:
            return Own(own.holdout)


def _last_resort(
    request: WebRequest, page: bytes, status: int, headers: Iterable[tuple[str, str]], allow: str | None = None
) -> ASGIResponse:
    raw = [*headers, ("cache-control", "no-store"), *([("allow", allow)] if allow else [])]
    return sent(page, status=status, headers=raw, kind=HTML, head=request.method == "HEAD")


def _plain(renderer: Renderer, status: int) -> bytes:
    """A page that needs no backend, made before it is wanted."""
    key = next(
        (key for key in (str(status), "400") if status < 500 and renderer.messages.has(f"failure.{key}.title")), "500"
    )
    view = SimpleNamespace(status=status, key=key)
    context = renderer.context("/", "")
    return renderer.page("pages/plain.html", {"page": view, "ctx": context}).encode()
