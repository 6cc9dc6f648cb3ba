"""From a request to an operators' page: who asks, what the page may see, how it is rendered."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, route
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse

from bff.gateway.chain import Gateway
from bff.gateway.generations import Generations
from bff.ports import Unavailable
from bff.rendering.assets import Assets
from bff.rendering.formats import Formats
from bff.rendering.respond import HTML, MIN_COMPRESSED, NO_STORE, compress
from bff.settings import Settings, worded
from bff.web.answers import sent
from bff.web.clients import Clients
from bff.web.control import Control
from bff.web.guard import SAFE, allowed
from bff.web.limits import Limits
from bff.web.storefront import Storefront
from bff.web.visit import WebRequest, form_fields

from .access import PATH, Access
from .reports import Reports

log = logging.getLogger("portico.console")

SECTIONS = (("", "Store"), ("experiments", "Experiments"))
"""What the menu leads to: the path under `/-/console`, and its title."""
LOCALE = "en-GB"


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What templates see as `console`, around their `page`."""

    store: str
    sections: tuple[tuple[str, str, bool], ...]
    title: str
    root: str = PATH


class Console:
    """What the operators' pages of a process consist of. `clock` gives Unix seconds."""

    def __init__(
        self,
        *,
        settings: Settings,
        access: Access,
        control: Control,
        limits: Limits,
        clients: Clients,
        generations: Generations[Storefront],
        gateway: Gateway,
        assets: Assets,
        templates: Sequence[Path],
        headers: Sequence[tuple[str, str]],
        origins: Collection[str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings, self.access, self.control, self.limits = settings, access, control, limits
        self.clients, self.generations, self.gateway, self.clock = clients, generations, gateway, clock
        self.headers, self.origins = tuple(headers), origins
        self.reports = Reports()
        self.environment = _environment(templates, assets, development=settings.server.development)


def _environment(templates: Sequence[Path], assets: Assets, *, development: bool) -> Environment:
    made = Environment(
        loader=FileSystemLoader([str(folder) for folder in templates]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=development,
    )
    formats = Formats(LOCALE)
    made.filters.update(number=formats.number, percent=formats.percent, date=formats.date, money=formats.money)
    made.globals.update(asset=assets.url)
    return made


class Desk:
    """One request of an operator's."""

    def __init__(self, console: Console, request: WebRequest) -> None:
        self.console, self.request = console, request

    async def form(self) -> Mapping[str, str]:
        """A posted form's fields."""
        return await form_fields(self.request)

    def render(self, template: str, title: str, page: Any, *, section: str = "", status: int = 200) -> ASGIResponse:
        """A page, never stored anywhere."""
        own = self.console.settings.store.name
        frame = Frame(
            store=worded(own, LOCALE),
            sections=tuple((f"{PATH}/{path}".rstrip("/"), name, path == section) for path, name in SECTIONS),
            title=title,
        )
        text = self.console.environment.get_template(f"console/{template}").render(page=page, console=frame)
        return self.answer(text.encode(), status=status)

    def answer(
        self,
        body: bytes,
        *,
        status: int = 200,
        kind: str = HTML,
        headers: Sequence[tuple[str, str]] = (),
    ) -> ASGIResponse:
        """Bytes of any kind: an export, say."""
        raw = [*self.console.headers, ("cache-control", NO_STORE), ("x-robots-tag", "noindex"), *headers]
        if len(body) >= MIN_COMPRESSED:
            body, encoding = compress(body, self.request.headers.get("accept-encoding", ""))
            raw += [("content-encoding", encoding)] if encoding else []
        raw.append(("vary", "accept-encoding, cookie"))
        return sent(body, status=status, headers=raw, kind=kind, head=self.request.method == "HEAD")

    def redirect(self, path: str = "", headers: Sequence[tuple[str, str]] = ()) -> ASGIResponse:
        """To another page of the console, by its path under `/-/console`, or by the query of its first."""
        target = PATH + path if path[:1] in ("", "?") else f"{PATH}/{path}"
        return self.answer(b"", status=303, headers=[("location", target), *headers])

    @property
    def admitted(self) -> bool:
        access = self.console.access
        return access.admitted(self.request.cookies.get(access.cookie), self.console.clock())


Handler = Callable[[Desk], Awaitable[ASGIResponse]]


def at(
    path: str, *, methods: Sequence[str] = ("GET", "HEAD"), guarded: bool = True
) -> Callable[[Handler], HTTPRouteHandler]:
    """Make a handler answer under `/-/console`. `guarded=False`: for who is not let in yet, too."""

    def decorate(handler: Handler) -> HTTPRouteHandler:
        async def answer(request: Request[Any, Any, Any]) -> ASGIResponse:
            console: Console | None = request.app.state.get("console")
            if console is None:
                raise NotFoundException
            return await _answered(Desk(console, request), handler, guarded=guarded)

        answer.__name__ = f"console_{handler.__name__}"
        full = f"{PATH}/{path}".rstrip("/")
        return route(full, http_method=list(methods), include_in_schema=False)(answer)  # type: ignore[arg-type]

    return decorate


async def _answered(desk: Desk, handler: Handler, *, guarded: bool) -> ASGIResponse:
    request, method = desk.request, desk.request.method
    if not allowed(method, dict(request.headers), desk.console.origins):
        return desk.render("plain.html", "Not from here", "This form was sent from another site.", status=403)
    if guarded and not desk.admitted:
        if method not in SAFE:
            return desk.render("plain.html", "Signed out", "You are signed out: nothing was done.", status=403)
        return desk.redirect("sign-in")
    try:
        return await handler(desk)
    except Unavailable as error:
        log.warning("the console cannot be shown: %s", error.detail)
        return desk.render(
            "plain.html", "Not now", "The control store cannot be reached; the store's log says why.", status=503
        )
