"""Settings: `portico.toml` and the environment, read once into one frozen struct.

A shop is a folder with a `portico.toml` (and, as it likes, `templates/`, `static/`, `content/`). Without one, the demo
store's settings apply (`demo.toml`). `PORTICO_A__B=…` overrides `[a] b`; a key that ends in `_file` names a file holding
the value. Unknown keys are errors that name the key, the file and the fix.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from babel import Locale, UnknownLocaleError

from bff.experiments.configured import ExperimentSettings
from bff.pictures.settings import PictureSettings, check_pictures
from bff.ports import Backend, Market, Misconfigured, Tax
from bff.web import signed
from bff.web.clients import Clients
from bff.web.limits import LimitSettings, rate

PREFIX = "PORTICO_"
CAPABILITIES = tuple(field.name for field in msgspec.structs.fields(Backend) if field.name != "name")
LISTS = ("secrets", "hosts", "image_origins", "origins", "private", "proxies")
PACKAGED = Path(__file__).parent / "packaged"
CHECKOUT = Path(__file__).parent.parent


class StoreSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`name` and `claim` by language (a single text serves all). `origin` is the store's public address, without a path;
    None: the server's own. `maintenance` closes the store with a 503 page."""

    name: str | dict[str, str]
    claim: str | dict[str, str] = ""
    origin: str | None = None
    maintenance: bool = False


class MarketSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One market. `locales` maps a locale to the first part of its addresses (`"en-GB" = "en-gb"`), the default first.
    `backend`: ids the adapter needs (channel, region, price list). `use`: the backend that serves this market; None: the
    store's."""

    country: str
    currency: str
    locales: dict[str, str]
    tax: Tax = "included"
    unit_prices: bool = False
    backend: dict[str, str] = {}
    use: str | None = None


class BackendSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One backend: the adapter's name and its own settings, validated by the adapter when it is chosen. `policy` holds a
    table for an operation (`[backends.shop.policy."search.listing"] timeout = 0.8`), `places` how many calls of a group may
    be under way at once; the gateway validates both. `markets`: ids by market that this
    backend needs and others do not; they go before the market's own. `poll`: seconds between asking what changed, where it
    is to be asked. `changes_secret` (`whsec_` and the base64 of 24 bytes or more): signed posts of changes count."""

    adapter: str
    settings: dict[str, Any] = {}
    policy: dict[str, dict[str, Any]] = {}
    places: dict[str, int] = {}
    markets: dict[str, dict[str, str]] = {}
    poll: Annotated[float, msgspec.Meta(ge=1, le=3_600)] = 5.0
    changes_secret: str | None = None

    def __repr__(self) -> str:
        return f"BackendSettings(adapter={self.adapter!r}, …)"


class CacheSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`bytes` of backends' answers that each process keeps at most; 0 keeps none."""

    bytes: Annotated[int, msgspec.Meta(ge=0)] = 64_000_000


class EventSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is measured. `consent`: `strict` (who has agreed), `exempt` (who has not declined; ask a lawyer where), `off`
    (nobody). `days` is how long it is kept. `postgres` is the address of a server (`postgresql://…`) that takes the events
    of several hosts; None: they stay in a file of this host."""

    consent: Literal["strict", "exempt", "off"] = "strict"
    days: Annotated[int, msgspec.Meta(ge=1, le=760)] = 400
    postgres: str | None = None

    def __repr__(self) -> str:
        return f"EventSettings(consent={self.consent!r}, days={self.days!r}, …)"


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`page_deadline` in seconds bounds all backend calls of one page. `hosts` are names the store answers to besides the
    origin's, `image_origins` where browsers may get pictures besides the origins adapters name (the pages' policy),
    `proxies` the addresses or networks whose `X-Forwarded-For` is believed. `secrets`: the
    newest seals cookies, all open them; none: one is made in `var/secret`. `timings` tells everybody in `Server-Timing` what
    a page asked of its backends; while developing it is told anyway."""

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)] = 8000
    workers: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1
    development: bool = False
    page_deadline: Annotated[float, msgspec.Meta(gt=0, le=60)] = 2.5
    hosts: tuple[str, ...] = ()
    image_origins: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    var: str = "var"
    log: Literal["debug", "info", "warning", "error"] = "info"
    timings: bool = False

    def __repr__(self) -> str:
        return f"ServerSettings(host={self.host!r}, port={self.port!r}, secrets=…)"


class ConsoleSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The operators' pages, `/-/console`. `token` lets in; None: one is made in `var/console-token`."""

    open: bool = True
    token: str | None = None

    def __repr__(self) -> str:
        return f"ConsoleSettings(open={self.open!r}, token=…)"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything. `use` names the backend that serves the store, `compose` those that serve one capability of it instead
    (`{"content": "files"}`). `shop` is the folder the file stood in, or None."""

    store: StoreSettings
    markets: dict[str, MarketSettings]
    backends: dict[str, BackendSettings]
    use: str = "default"
    compose: dict[str, str] = {}
    server: ServerSettings = ServerSettings()
    limits: LimitSettings = LimitSettings()
    cache: CacheSettings = CacheSettings()
    events: EventSettings = EventSettings()
    experiments: ExperimentSettings = ExperimentSettings()
    console: ConsoleSettings = ConsoleSettings()
    pictures: PictureSettings = PictureSettings()
    shop: str | None = None
    source: str = ""


def load(shop: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read a shop's settings. Raises `Misconfigured`."""
    file = (shop / "portico.toml") if shop else Path(__file__).parent / "demo.toml"
    try:
        text = _read(file)
    except OSError as error:
        fix = "run `portico new store FOLDER`."
        raise Misconfigured("portico.toml", f"cannot be read: {error.strerror}.", source=str(file), fix=fix) from None
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured("portico.toml", f"is no valid TOML: {error}.", source=str(file)) from None
    _overlay(raw, os.environ if environ is None else environ)
    raw["shop"] = str(shop) if shop else None
    raw["source"] = str(file)
    try:
        settings = msgspec.convert(raw, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise _explain(str(error), raw, str(file)) from None
    _check(settings)
    return settings


def _read(file: Path) -> str:
    """A file's text. Raises `OSError`, also where it is no UTF-8."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise OSError(0, "it is no UTF-8 text") from None


def _overlay(raw: dict[str, Any], environ: Mapping[str, str]) -> None:
    """Lay `PORTICO_A__B` over the file's values, and put files' contents in the place of `*_file` keys."""
    for name, value in environ.items():
        if not name.startswith(PREFIX) or name in ("PORTICO_SHOP",):
            continue
        *parents, key = name[len(PREFIX) :].lower().split("__")
        table = raw
        for parent in parents:
            table = table.setdefault(parent, {})
            if not isinstance(table, dict):
                raise Misconfigured(name, "goes through a value that is no table.", source="environment")
        table[key] = value.split(",") if key in LISTS else value
    _read_files(raw, "")


def _read_files(table: dict[str, Any], path: str) -> None:
    for key, value in list(table.items()):
        where = f"{path}{key}"
        if isinstance(value, dict):
            _read_files(value, f"{where}.")
        elif key.endswith("_file") and isinstance(value, str):
            try:
                text = _read(Path(value)).strip()
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or str(error)
                raise Misconfigured(
                    where, f"names a file that cannot be read: {reason}.", fix=f"check {value!r}."
                ) from None
            name = key.removesuffix("_file")
            table[name] = text.splitlines() if name == "secrets" else text
            del table[key]


def _explain(message: str, raw: Mapping[str, Any], source: str) -> Misconfigured:
    """Say which key is wrong. msgspec does not name the entry of a table of tables, so those are tried one by one."""
    tables: tuple[tuple[str, type[msgspec.Struct]], ...] = (("markets", MarketSettings), ("backends", BackendSettings))
    for room, kind in tables:
        entries = raw.get(room)
        for id, entry in entries.items() if isinstance(entries, dict) else ():
            try:
                msgspec.convert(entry, kind, strict=False)
            except msgspec.ValidationError as error:
                return _explained(str(error), f"{room}.{id}", kind, source)
    room = message.partition("`$.")[2].partition("`")[0].partition(".")[0]
    kinds = {field.name: type(field.default) for field in msgspec.structs.fields(Settings)} | {"store": StoreSettings}
    kind = kinds.get(room, Settings)
    return _explained(message, "", kind if issubclass(kind, msgspec.Struct) else Settings, source)


def _explained(message: str, prefix: str, kind: type[msgspec.Struct], source: str) -> Misconfigured:
    """The mistake in msgspec's message (`… - at `$.store.nam``), with the fix. `kind` is the table it stands in."""
    place = re.search(r"at `\$\.?([^`]*)`", message)
    path = place.group(1) if place else ""
    problem = message.partition(" - at")[0]
    unknown = re.search(r"unknown field `([^`]+)`", message)
    missing = re.search(r"required field `([^`]+)`", message)
    field = unknown.group(1) if unknown else missing.group(1) if missing else ""
    key = ".".join(part for part in (prefix, path.replace("[...]", ""), field) if part) or "portico.toml"
    if unknown:
        known = [field.name for field in msgspec.structs.fields(kind)]
        near = difflib.get_close_matches(field, known, n=1)
        fix = f"did you mean `{near[0]}`?" if near else f"take it out; known keys are {', '.join(known)}."
        return Misconfigured(key, "is no setting.", source=source, fix=fix)
    if missing:
        return Misconfigured(key, "is missing.", source=source, fix=f"add `{field} = …`.")
    return Misconfigured(key, f"{problem}.", source=source)


def _check(settings: Settings) -> None:
    source = settings.source
    if not settings.markets:
        raise Misconfigured("markets", "there is none.", source=source, fix="add `[markets.gb]`.")
    seen: dict[str, str] = {}
    for id, market in settings.markets.items():
        key = f"markets.{id}"
        if not re.fullmatch(r"[A-Z]{2}", market.country):
            raise Misconfigured(
                f"{key}.country", f"{market.country!r} is no ISO 3166 code.", source=source, fix='e.g. "GB".'
            )
        if not re.fullmatch(r"[A-Z]{3}", market.currency):
            raise Misconfigured(
                f"{key}.currency", f"{market.currency!r} is no ISO 4217 code.", source=source, fix='e.g. "GBP".'
            )
        if not market.locales:
            raise Misconfigured(
                f"{key}.locales", "there is none.", source=source, fix='e.g. locales = { "en-GB" = "en-gb" }.'
            )
        for locale, path in market.locales.items():
            if not re.fullmatch(r"[a-z]{2,3}-[a-z]{2}", path):
                raise Misconfigured(
                    f"{key}.locales.{locale}",
                    f"{path!r} is no path.",
                    source=source,
                    fix='a language and a country: "en-gb".',
                )
            try:
                Locale.parse(locale, sep="-")
            except (ValueError, UnknownLocaleError):
                raise Misconfigured(
                    f"{key}.locales.{locale}", "is no locale that CLDR knows.", source=source, fix='e.g. "en-GB".'
                ) from None
            if path in seen:
                raise Misconfigured(f"{key}.locales.{locale}", f"{path!r} is taken by {seen[path]}.", source=source)
            seen[path] = key
    _check_backends(settings)
    origin = settings.store.origin
    if origin is not None and not re.fullmatch(r"https?://[^/\s@]+", origin):
        raise Misconfigured(
            "store.origin", f"{origin!r} is no origin.", source=source, fix='e.g. "https://shop.example".'
        )
    for name in settings.limits.__struct_fields__:
        try:
            rate(getattr(settings.limits, name))
        except ValueError as error:
            raise Misconfigured(f"limits.{name}", f"{error}.", source=source) from None
    check_pictures(settings.pictures, source)
    try:
        Clients(settings.server.proxies)
    except ValueError as error:
        raise Misconfigured("server.proxies", f"{error}.", source=source, fix='e.g. "10.0.0.0/8".') from None


def _check_backends(settings: Settings) -> None:
    """What names a backend names one there is; what is composed is a capability."""
    source, known = settings.source, ", ".join(settings.backends) or "none"
    named = {"use": settings.use, **{f"compose.{name}": backend for name, backend in settings.compose.items()}}
    named |= {f"markets.{id}.use": market.use for id, market in settings.markets.items() if market.use is not None}
    for key, backend in named.items():
        if backend not in settings.backends:
            raise Misconfigured(key, f"names no backend ({backend!r}).", source=source, fix=f"backends are: {known}.")
    for name in settings.compose:
        if name not in CAPABILITIES:
            near = difflib.get_close_matches(name, CAPABILITIES, n=1)
            fix = f"did you mean `{near[0]}`?" if near else f"capabilities are: {', '.join(CAPABILITIES)}."
            raise Misconfigured(f"compose.{name}", "is no capability.", source=source, fix=fix)
    for name, own in settings.backends.items():
        if own.changes_secret is not None:
            try:
                signed.key(own.changes_secret)
            except ValueError as error:
                fix = "echo whsec_$(openssl rand -base64 32)"
                raise Misconfigured(f"backends.{name}.changes_secret", f"{error}.", source=source, fix=fix) from None
        for id in own.markets:
            if id not in settings.markets:
                known = ", ".join(settings.markets)
                raise Misconfigured(
                    f"backends.{name}.markets.{id}", "is no market.", source=source, fix=f"markets are: {known}."
                )


def serving(settings: Settings) -> set[str]:
    """The backends that the file has serve something."""
    own = {market.use for market in settings.markets.values() if market.use}
    return {settings.use, *settings.compose.values(), *own}


def markets(settings: Settings, *backends: str) -> tuple[Market, ...]:
    """The markets as adapters see them, with the ids that `backends` need in them."""
    ids = [settings.backends[name].markets for name in backends]
    return tuple(
        Market(
            id=id,
            country=market.country,
            currency=market.currency,
            locales=tuple(market.locales),
            paths=market.locales,
            tax=market.tax,
            unit_prices=market.unit_prices,
            backend={**market.backend, **{name: value for own in ids for name, value in own.get(id, {}).items()}},
        )
        for id, market in settings.markets.items()
    )


def origin(settings: Settings) -> str:
    """The store's own origin, as browsers write it."""
    server = settings.server
    host = f"[{server.host}]" if ":" in server.host else server.host
    return (settings.store.origin or f"http://{host}:{server.port}").lower()


def fills(settings: Settings) -> dict[str, str]:
    """What `{name}` stands for in an adapter's text settings: the folder for files, the store's origin, and where pages of
    the backend's own may be served while developing: another host name (a port alone is the same site), the next port."""
    return {
        "var": settings.server.var,
        "origin": origin(settings),
        "shop": settings.shop or ".",
        "site": f"http://localhost:{settings.server.port % 65_535 + 1}",
    }


def worded(text: str | Mapping[str, str], locale: str) -> str:
    """A text by language: the locale's, its language's, English, or any."""
    if isinstance(text, str):
        return text
    language = locale.partition("-")[0]
    return text.get(locale) or text.get(language) or text.get("en") or next(iter(text.values()), "")


def search_path(settings: Settings, folder: str) -> list[Path]:
    """Where `templates` or `static` are looked for: the shop's folder first, then Portico's own."""
    own = CHECKOUT / folder if (CHECKOUT / "pyproject.toml").exists() else PACKAGED / folder
    shop = Path(settings.shop) / folder if settings.shop else None
    return [path for path in (shop, own) if path is not None and path.is_dir()]
