"""The embedded backend's settings: `[backends.NAME]` in `portico.toml`."""

from __future__ import annotations

import datetime
from decimal import Decimal

import msgspec


class Throttle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every `every`th call is refused for `retry_after` seconds."""

    every: int = 1
    retry_after: float = 1.0


class PriceChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """After a process has read the price `after` times, it is `percent` higher (negative: lower)."""

    percent: Decimal
    after: int = 0


class FaultSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Faults on demand. Operations are named `port.operation` (`catalog.product`), `port.*` or `*`; the rest by SKU.

    `slow`: seconds before the answer. `failing`: every nth call raises `Unavailable`. `throttled`: raises `Throttled`.
    `sold_out_between`: sold out from the moment after it was put into a cart. `price_change`: dearer or cheaper later.
    """

    slow: dict[str, float] = {}
    failing: dict[str, int] = {}
    throttled: dict[str, Throttle] = {}
    sold_out_between: tuple[str, ...] = ()
    price_change: dict[str, PriceChange] = {}


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`database`: the SQLite file, made where it is missing. `catalogue`: a folder of TOML like the packaged demo; None is
    the demo. `pictures`: where the drawn pictures are served; `pictures_manifest` the file that lists them, None the
    packaged one. `today` fixes the date (tests). `threads` read at the same time, in each process."""

    database: str = "{var}/embedded.sqlite"
    catalogue: str | None = None
    pictures: str = "/static/pictures"
    pictures_manifest: str | None = None
    threads: int = 3
    variants_limit: int = 250
    cart_days: int = 60
    moderate_reviews: bool = True
    new_days: int = 45
    today: datetime.date | None = None
    faults: FaultSettings = FaultSettings()
