"""Adapters: found by entry point, opened with a lent HTTP client, made into a `Backend`."""

from __future__ import annotations

import difflib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import entry_points
from typing import Any, NamedTuple, get_type_hints

import httpx
import msgspec

from bff.ports import CONTRACT, Backend, Manifest, Market, Misconfigured, Offer
from bff.settings import BackendSettings

from .calls import bind

GROUP = "portico.adapters"


def adapters() -> list[str]:
    """Names of the adapters installed here."""
    return sorted({entry.name for entry in entry_points(group=GROUP)})


def manifest(name: str, *, key: str = "adapter") -> Manifest:
    """The adapter called `name`. Raises `Misconfigured` naming `key`."""
    for entry in entry_points(group=GROUP):
        if entry.name == name:
            found = entry.load()
            if not isinstance(found, Manifest):
                raise Misconfigured(key, f"the entry point of {name!r} is no Manifest.")
            if found.contract[0] != CONTRACT[0]:
                version = ".".join(map(str, found.contract))
                raise Misconfigured(key, f"{name!r} speaks contract {version}, this head {CONTRACT[0]}.x.")
            return found
    near = difflib.get_close_matches(name, adapters(), n=1)
    fix = f"did you mean `{near[0]}`?" if near else f"installed are: {', '.join(adapters()) or 'none'}."
    raise Misconfigured(key, f"no adapter is called {name!r}.", fix=fix)


def adapter_settings(
    found: Manifest, raw: dict[str, Any], *, key: str, source: str, fills: Mapping[str, str] | None = None
) -> Any:
    """The adapter's own settings, validated; `fills` says what `{name}` in a text stands for. Raises `Misconfigured`
    naming the key."""
    known = {field.name for field in msgspec.structs.fields(found.settings)}
    for name in raw:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            fix = f"did you mean `{near[0]}`?" if near else f"known are: {', '.join(sorted(known))}."
            raise Misconfigured(f"{key}.{name}", f"is no setting of {found.name!r}.", source=source, fix=fix)
    try:
        own = msgspec.convert(raw, found.settings, strict=False)
    except msgspec.ValidationError as error:
        raise Misconfigured(key, f"{error}.", source=source) from None
    texts = {name: value for name in known if isinstance(value := getattr(own, name), str)}
    for name, value in texts.items():
        for filled, text in (fills or {}).items():
            value = value.replace(f"{{{filled}}}", text)
        texts[name] = value
    return msgspec.structs.replace(own, **texts)


class BackendSite(NamedTuple):
    """A backend's own pages: where they are, and what makes them."""

    origin: str
    app: Callable[[Sequence[Market]], Callable[..., Awaitable[None]]]


def backend_site(
    name: str, settings: BackendSettings, *, source: str = "", fills: Mapping[str, str] | None = None
) -> BackendSite | None:
    """The pages that backend `name` serves itself, None where it has none. Raises `Misconfigured`."""
    found = manifest(settings.adapter, key=f"backends.{name}.adapter")
    site = found.site
    if site is None:
        return None
    own = adapter_settings(found, settings.settings, key=f"backends.{name}.settings", source=source, fills=fills)
    origin = site.origin(own)
    return BackendSite(origin, lambda markets: site.app(own, markets)) if origin else None


def lent_client() -> httpx.AsyncClient:
    """The client lent to adapters. It keeps no cookies (they would cross shoppers) and follows no redirects."""
    client = httpx.AsyncClient(
        follow_redirects=False,
        timeout=httpx.Timeout(5.0, connect=2.0),
        limits=httpx.Limits(max_connections=64, max_keepalive_connections=32),
        headers={"user-agent": "portico"},
    )
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


@asynccontextmanager
async def open_backend(
    name: str,
    settings: BackendSettings,
    markets: Sequence[Market],
    *,
    source: str = "",
    fills: Mapping[str, str] | None = None,
) -> AsyncIterator[Backend]:
    """Open the backend `name` for as long as the block runs. Raises `Misconfigured`."""
    key = f"backends.{name}"
    found = manifest(settings.adapter, key=f"{key}.adapter")
    own = adapter_settings(found, settings.settings, key=f"{key}.settings", source=source, fills=fills)
    async with lent_client() as client, found.open(own, client, markets) as offer:
        yield composed(name, offer)


def composed(name: str, offer: Offer) -> Backend:
    """A backend from one offer. Raises `Misconfigured` where catalogue or search are missing."""
    ports: dict[str, Any] = {}
    hints = get_type_hints(Backend)
    for field in msgspec.structs.fields(Backend):
        port = getattr(offer, field.name, None)
        if field.name == "name" or port is None:
            continue
        protocol = next(
            arg for arg in getattr(hints[field.name], "__args__", (hints[field.name],)) if arg is not type(None)
        )
        ports[field.name] = bind(protocol, port, backend=name, name=field.name)
    for required in ("catalog", "search"):
        if required not in ports:
            raise Misconfigured(f"backends.{name}", f"offers no {required}; a store needs one.")
    return Backend(name=name, **ports)
