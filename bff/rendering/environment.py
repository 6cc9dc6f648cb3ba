"""The Jinja environments of a store: one set of templates, one environment a place (its words, formats and links)."""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import BytecodeCache, FileSystemLoader, StrictUndefined, Template, pass_context
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from markupsafe import Markup

from bff.web.addresses import Place

from .assets import Assets
from .formats import Formats, text_direction
from .giving_way import safely
from .keeping import Keep, Kept
from .messages import Messages
from .messages import load as load_messages
from .overlays import CONTROL, Overlays, SharedBytecode, StoreEnvironment, references
from .sanitise import Sanitiser

log = logging.getLogger("portico.rendering")

_SECRET = secrets.token_hex(8)
HOLE = f"\ue000{_SECRET}:{{}}\ue001"
"""What stands in rendered text for a hole. It is this process's own, so that no backend's text can name one."""
HOLES = re.compile(f"\ue000{_SECRET}:([a-z-]+)\ue001")


class TemplateContext(msgspec.Struct, frozen=True, kw_only=True):
    """What templates see as `ctx`. `mutation` is a fresh id for the forms of private pages: never on a public page."""

    locale: str
    lang: str
    dir: str
    market: str
    country: str
    currency: str
    url: str
    request_id: str
    mutation: str
    development: bool


class SharedTemplate(Template):
    """A template whose macros, imported by others, are made once (once for each combination of variations that they depend
    on): no template of ours has globals of its own."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        environment = self.environment
        if not isinstance(environment, StoreEnvironment) or not environment.overlays.layers:
            if self._module is None:
                self._module = self.make_module()
            return self._module
        view = environment.overlays.view()
        found = view.modules.get(self)
        if found is None:
            modules: dict[object, TemplateModule] = self.__dict__.setdefault("modules", {})
            key = environment.overlays.signature(environment, self.name or "")
            found = modules.get(key)
            if found is None:
                found = modules[key] = self.make_module()
            view.modules[self] = found
        return found


class Renderer:
    """Templates of one place."""

    def __init__(
        self, environment: StoreEnvironment, place: Place, messages: Messages, formats: Formats, development: bool
    ):
        self.environment = environment
        self.place = place
        self.messages = messages
        self.formats = formats
        self.dir = text_direction(place.locale)
        self._development = development
        self._kept: Kept = environment.globals["kept"]  # type: ignore[assignment]
        self._touched: dict[str, frozenset[str]] = {}

    def context(self, url: str, request_id: str, mutation: str = "") -> TemplateContext:
        place = self.place
        return TemplateContext(
            locale=place.locale,
            lang=place.locale,
            dir=self.dir,
            market=place.market.id,
            country=place.market.country,
            currency=place.market.currency,
            url=url,
            request_id=request_id,
            mutation=mutation,
            development=self._development,
        )

    def page(self, template: str, variables: Mapping[str, Any]) -> str:
        """A whole page."""
        environment = self.environment
        return safely(environment, template, lambda: environment.get_template(template).render(variables))

    def fragment(self, template: str, block: str, variables: Mapping[str, Any]) -> str:
        """One block of a page's template, rendered alone. Raises `KeyError` for a block that is not the template's own."""
        environment = self.environment

        def render() -> str:
            found = environment.get_template(template)
            context = found.new_context(dict(variables))
            if environment.overlays.layer(found.name or ""):  # it may extend what it replaces
                for name, own in environment.get_template(CONTROL + template).blocks.items():
                    context.blocks.setdefault(name, []).append(own)
            return environment.concat(context.blocks[block][0](context))

        return safely(environment, template, render)

    def put(self, overlays: Overlays) -> None:
        """Lay these over the templates and words from now on."""
        environment = self.environment
        environment.overlays = overlays
        if environment.cache is not None:
            environment.cache.clear()
        self._kept.clear()
        self._touched.clear()
        self.messages.put(overlays.layers)

    def touched(self, template: str) -> frozenset[str]:
        """The template and all that it extends, includes or imports."""
        found = self._touched.get(template)
        if found is None or self._development:
            found = self._touched[template] = frozenset(_closure(self.environment, template))
        return found


def _closure(environment: StoreEnvironment, template: str) -> Iterator[str]:
    waiting, seen = [template], {template}
    while waiting:
        name = waiting.pop()
        yield name
        for reference in references(environment, name):
            if reference is None:
                log.error("%s: a template's name is computed; what it touches cannot be known", name)
            elif reference not in seen:
                seen.add(reference)
                waiting.append(reference)


def renderers(
    places: Sequence[Place],
    folders: Sequence[Path],
    assets: Assets,
    *,
    development: bool,
    pictured: Callable[[str], str | None] | None = None,
) -> dict[str, Renderer]:
    """A renderer for each place, by its path. `pictured` gives pictures within a backend's HTML addresses of the store's."""
    bytecode = SharedBytecode()
    loader = FileSystemLoader([str(folder) for folder in folders])
    words = [folder / "messages" for folder in folders]
    messages: dict[str, Messages] = {}
    made: dict[str, Renderer] = {}
    for place in places:
        formats = Formats(place.locale)
        if place.locale not in messages:
            messages[place.locale] = load_messages(words, place.locale, formats.number)
        environment = make_environment(
            loader, bytecode, place, messages[place.locale], formats, assets, development=development
        )
        environment.filters["html"] = Sanitiser(place.root, pictured)
        made[place.path] = Renderer(environment, place, messages[place.locale], formats, development)
    return made


def make_environment(
    loader: FileSystemLoader,
    bytecode: BytecodeCache | None,
    place: Place,
    messages: Messages,
    formats: Formats,
    assets: Assets,
    *,
    development: bool,
) -> StoreEnvironment:
    """One place's environment: its filters and functions are the templates' whole vocabulary."""
    environment = StoreEnvironment(
        loader=loader,
        bytecode_cache=bytecode,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=development,
        cache_size=400,
        extensions=[Keep],
    )
    environment.template_class = SharedTemplate
    environment.filters.update(
        money=formats.money,
        money_text=formats.money_text,
        number=formats.number,
        amount=formats.amount,
        date=formats.date,
        date_short=formats.date_short,
        percent=formats.percent,
        stars=formats.stars,
        inside=formats.inside,
        language=formats.language_name,
        html=Sanitiser(place.root),
    )

    @pass_context
    def sheets(context: Context) -> list[str]:
        """The stylesheets that come after a page's own."""
        found = environment.overlays.sheets(environment, context.name or "")
        return [assets.url(path) for path in (*assets.own_sheets, *found)]

    environment.globals.update(
        sheets=sheets,
        t=messages,
        tn=messages.plural,
        asset=assets.url,
        src=assets.source,
        srcset=assets.srcset,
        lasting=assets.lasting,
        absolute=lambda address: place.absolute(assets.lasting(address.replace("{width}", "1280"))),
        json_ld=json_ld,
        hole=HOLE.format,
        kept=Kept(development),
        weekday=formats.weekday,
        country_name=formats.country_name,
    )
    return environment


def json_ld(data: Mapping[str, Any]) -> Markup:
    """JSON that cannot end its script element: `<`, `>` and `&` are written as escapes."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    escaped = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(escaped.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))  # noqa: S704 - escaped above
