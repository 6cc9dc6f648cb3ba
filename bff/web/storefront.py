"""What the running store consists of, for one bundle of backends: one immutable object, made by `bff.app`. A request reads
the one that its generation has for its visitor, from start to end."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from cachetools import TTLCache

from bff.events.log import EventLog
from bff.gateway.chain import Gateway
from bff.ports import Backend, Market
from bff.rendering.assets import Assets
from bff.rendering.environment import Renderer
from bff.settings import Settings

from .addresses import Place
from .clients import Clients
from .control import Control
from .limits import Limits
from .paths import Paths
from .session import Sealer


class Storefront(msgspec.Struct, frozen=True, kw_only=True):
    """`headers` are sent with every answer. `origins` may post, to `leads` shoppers may be sent
    (checkouts and providers the adapters declare). `gateway.cache` holds what backends have answered. `shells` keeps what
    surrounds a page for a moment, and `last_shells` the last good one of each place for when the backend is gone. `events`
    takes conversions and exposures."""

    settings: Settings
    markets: tuple[Market, ...]
    places: Mapping[str, Place]
    renderers: Mapping[str, Renderer]
    assets: Assets
    sealer: Sealer
    control: Control
    limits: Limits
    clients: Clients
    headers: tuple[tuple[str, str], ...]
    origins: frozenset[str]
    leads: frozenset[str]
    backend: Backend
    gateway: Gateway
    shells: TTLCache[str, object]
    last_shells: dict[str, object]
    sitemaps: TTLCache[str, tuple[int, str]]
    paths: Paths
    events: EventLog

    @property
    def default_place(self) -> Place:
        return next(iter(self.places.values()))
