"""The embedded backend's settings: `[backends.NAME]` in `portico.toml`."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

Days = Annotated[int, msgspec.Meta(ge=1, le=36_500)]


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

    `slow`: seconds before the answer. `failing`: every nth call raises `Unavailable`. `answer_lost`: every nth call does its
    work, then raises `Unavailable`. `throttled`: raises `Throttled`.
    `sold_out_between`: sold out from the moment after it was put into a cart. `price_change`: dearer or cheaper later.
    """

    slow: dict[str, float] = {}
    failing: dict[str, int] = {}
    answer_lost: dict[str, int] = {}
    throttled: dict[str, Throttle] = {}
    sold_out_between: tuple[str, ...] = ()
    price_change: dict[str, PriceChange] = {}


class SmtpSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mail server. `starttls` encrypts from the first command on (`tls` from the first byte: port 465); without either
    nothing but the own machine should be named. `password_file` is read at the start."""

    host: str
    port: int = 587
    user: str | None = None
    password: str | None = None
    starttls: bool = True
    tls: bool = False
    timeout: float = 15.0

    def __repr__(self) -> str:
        return f"SmtpSettings(host={self.host!r}, port={self.port!r}, …)"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`database`: the SQLite file, made where it is missing. `catalogue`: a folder of TOML like the packaged demo; None is
    the demo. `pictures`: where the drawn pictures are served; `pictures_manifest` the file that lists them, None the
    packaged one. `checkout`: on the head's pages or on the backend's own, which stand at the origin `site` beside the test
    payment provider's. An order whose payment stays open is given up after `reservation_minutes`. `today` fixes the date
    (tests). `threads` read at the same time, in each process.

    Accounts: `confirm_accounts`: an address must be confirmed before its account opens; without it, registering tells
    whether an address is taken. `guest_reviews`: reviews without an account. `scrypt_cost`: the logarithm of scrypt's N.
    Mail: `outbox` is the folder of `.eml` files, "" for none; `smtp` sends as well. `mail_from` as in a header, `mail_to`
    who reads what the contact form sends (None: the sender); `store_url` is where links in mail lead.

    What is kept of people, in days, and deleted within the hour after: `keep_notices`, waiting for what is sold out, and
    `keep_told`, once the mail was sent (its link ends a notice); `keep_failed_mail`, what could not be sent, from when it
    was queued; `keep_mail_files`, the folder's `.eml` files, from when their mail was queued."""

    database: str = "{var}/embedded.sqlite"
    catalogue: str | None = None
    pictures: str = "/static/pictures"
    pictures_manifest: str | None = None
    threads: int = 3
    variants_limit: int = 250
    cart_days: int = 60
    moderate_reviews: bool = True
    checkout: Literal["inline", "hosted"] = "inline"
    site: str = "{site}"
    reservation_minutes: int = 30
    new_days: int = 45
    confirm_accounts: bool = True
    guest_reviews: bool = True
    scrypt_cost: int = 15
    outbox: str = "{var}/outbox"
    smtp: SmtpSettings | None = None
    mail_from: str = "Almanac <shop@almanac.example>"
    mail_to: str | None = None
    store_url: str = "{origin}"
    keep_notices: Days = 365
    keep_told: Days = 30
    keep_failed_mail: Days = 30
    keep_mail_files: Days = 30
    today: datetime.date | None = None
    faults: FaultSettings = FaultSettings()
