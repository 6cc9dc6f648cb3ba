"""What surrounds every page: shop name, menus, market switch, footer. Templates see it as `store`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from bff.ports import CategoryNode, Deadline, Image, Menu, MenuItem, Navigation, PublicContext
from bff.rendering.formats import own_names, text_direction
from bff.rendering.regions import Regions
from bff.settings import worded
from bff.web.addresses import Place
from bff.web.storefront import Storefront

FOOTER_MENUS = ("footer-help", "footer-house")
BUDGET = 0.6
BROKEN_SECONDS = 2.0
"""For so long a backend that could not give the shell is not asked for it again."""


class MenuEntry(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """An entry of a menu. `current`: this branch holds the page shown."""

    title: str
    url: str
    children: tuple[MenuEntry, ...] = ()
    current: bool = False
    image: Image | None = None


class FooterMenu(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """A column of the footer; `title` None: the template says `footer.{id}`."""

    id: str
    title: str | None
    items: tuple[MenuEntry, ...]


class MarketChoice(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """A market in one locale to switch to. Names are in that locale's own words; `lang` is their language. `url` keeps
    the thing shown where it can."""

    country: str
    country_name: str
    language_name: str
    currency: str
    lang: str
    dir: str
    url: str
    current: bool = False


class Store(msgspec.Struct, frozen=True, kw_only=True):
    """The shop around the page. `lang` is BCP 47, `dir` ltr or rtl. Ports a backend has not are None addresses:
    `bag`, `account`, `stores`, `wishlists`; `save` is where the heart posts to."""

    name: str
    claim: str
    home: str
    lang: str
    dir: str
    country: str
    currency: str
    menu: tuple[MenuEntry, ...]
    footer: tuple[FooterMenu, ...]
    markets: tuple[MarketChoice, ...]
    search: str
    suggest: str
    journal: str | None = None
    bag: str | None = None
    account: str | None = None
    stores: str | None = None
    wishlists: str | None = None
    save: str | None = None
    contact: str | None = None
    newsletter: str | None = None
    measuring: str | None
    notices: tuple[str, ...] = ()


class _Makeshift(NamedTuple):
    """What stands in while the backend is broken: the last good shell or an incomplete one. `until` is monotonic."""

    store: Store
    until: float


async def load(store: Storefront, ctx: PublicContext, place: Place) -> Store:
    """The shop around a page of `place`. Kept for half a minute; when the backend cannot be asked, the last good one. Pages
    that want it at the same time wait for the same one."""
    kept = store.shells.get(place.path)
    if isinstance(kept, Store):
        return kept
    if isinstance(kept, _Makeshift) and time.monotonic() < kept.until:
        return kept.store
    if isinstance(kept, asyncio.Task) and not kept.done():
        shared: Store = await asyncio.shield(kept)
        return shared
    lasting = msgspec.structs.replace(ctx, deadline=Deadline.after(2 * BUDGET))  # it is not this page's alone
    store.shells[place.path] = making = asyncio.ensure_future(_asked(store, lasting, place))
    return await asyncio.shield(making)


async def _asked(store: Storefront, ctx: PublicContext, place: Place) -> Store:
    backend = store.backend
    content = backend.content
    async with Regions() as regions:
        tree = regions.optional("navigation", backend.catalog.navigation(ctx), budget=BUDGET)
        top = regions.optional("menu", content.menu(ctx, id="main") if content else None, budget=BUDGET)
        columns = [
            regions.optional(id, content.menu(ctx, id=id) if content else None, budget=BUDGET) for id in FOOTER_MENUS
        ]
    states = (tree.result().state, top.result().state, *(column.result().state for column in columns))
    broken = "late" in states or "failed" in states
    last = store.last_shells.get(place.path)
    if broken and isinstance(last, Store):
        made = last
    else:
        found = [column.result().value for column in columns]
        made = _store(store, place, tree.result().value, top.result().value, found)
    if broken:
        store.shells[place.path] = _Makeshift(made, time.monotonic() + BROKEN_SECONDS)
    else:
        store.shells[place.path] = store.last_shells[place.path] = made
    return made


def _store(
    store: Storefront, place: Place, tree: Navigation | None, top: Menu | None, columns: list[Menu | None]
) -> Store:
    settings = store.settings.store
    backend = store.backend
    messages = backend.messages.traits.offered if backend.messages else ()
    return Store(
        name=worded(settings.name, place.locale),
        claim=worded(settings.claim, place.locale),
        home=place.root,
        lang=place.locale,
        dir=text_direction(place.locale),
        country=place.market.country,
        currency=place.market.currency,
        menu=_main(place, tree, top),
        footer=tuple(
            FooterMenu(id=menu.id, title=menu.title, items=_entries(place, menu.items)) for menu in columns if menu
        ),
        markets=tuple(_choice(other, place) for other in store.places.values()),
        search=place.page("search"),
        suggest=place.fragment("suggest"),
        journal=place.page("journal") if backend.content else None,
        bag=place.page("cart") if backend.carts else None,
        stores=place.page("stores") if backend.stores else None,
        account=place.page("account") if backend.sign_in else None,
        wishlists=place.page("wishlists") if backend.wishlists else None,
        save=place.page("wishlists/save") if backend.wishlists else None,
        contact=place.page("contact") if "contact" in messages else None,
        newsletter=place.page("newsletter") if "newsletter" in messages else None,
        measuring=place.page("measuring") if store.settings.events.consent != "off" else None,
    )


def _main(place: Place, tree: Navigation | None, top: Menu | None) -> tuple[MenuEntry, ...]:
    """The editors' menu, each category with its branches; without a menu, the category tree."""
    nodes = {node.link.id: node for node in tree.categories} if tree else {}
    if top is None:
        return tuple(_node(place, node) for node in nodes.values())
    entries: list[MenuEntry] = []
    for item in top.items:
        node = nodes.get(item.id or "") if item.kind == "category" else None
        if node:
            entries.append(_node(place, node))
        elif url := place.menu(item):
            entries.append(MenuEntry(title=item.title, url=url, children=_entries(place, item.children)))
    return tuple(entries)


def _node(place: Place, node: CategoryNode) -> MenuEntry:
    return MenuEntry(
        title=node.link.title,
        url=place.link(node.link),
        children=tuple(_node(place, child) for child in node.children),
        image=node.image,
    )


def _entries(place: Place, items: tuple[MenuItem, ...]) -> tuple[MenuEntry, ...]:
    return tuple(
        MenuEntry(title=item.title, url=url, children=_entries(place, item.children))
        for item in items
        if (url := place.menu(item))
    )


def _choice(other: Place, place: Place) -> MarketChoice:
    country, language = own_names(other.locale, other.market.country)
    return MarketChoice(
        country=other.market.country,
        country_name=country,
        language_name=language,
        currency=other.market.currency,
        lang=other.locale,
        dir=text_direction(other.locale),
        url=other.root,
        current=other.path == place.path,
    )


def for_page(store: Store, address: str, choices: Mapping[str, str], places: Mapping[str, Place]) -> Store:
    """The shell of one page: the branch that `address` (encoded, as entries' are) stands in is marked, and the market
    switch keeps the thing shown (`choices`: addresses by the other places' paths)."""
    roots = {other.root: other.path for other in places.values()}
    return msgspec.structs.replace(
        store,
        menu=tuple(_marked(entry, address) for entry in store.menu),
        markets=tuple(
            msgspec.structs.replace(choice, url=choices.get(roots.get(choice.url, ""), choice.url))
            for choice in store.markets
        ),
    )


def _marked(entry: MenuEntry, address: str) -> MenuEntry:
    children = tuple(_marked(child, address) for child in entry.children)
    here = entry.url == address or any(child.current for child in children)
    if not here:
        return entry
    return msgspec.structs.replace(entry, current=True, children=children)
