"""Adapters: found by entry point, opened with a lent HTTP client, made into a `Backend`."""

from __future__ import annotations

import difflib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import blake2b
from importlib.metadata import entry_points
from typing import Any, NamedTuple, get_type_hints

import msgspec

from bff.ports import CONTRACT, Backend, Manifest, Market, Misconfigured, Offer
from bff.settings import CAPABILITIES, BackendSettings

from .breaker import Breaker, Circuit
from .bulkhead import PLACES
from .calls import BARE, Link, bind
from .chain import Arrange, Gateway
from .client import lent_client
from .hydration import hydrated
from .policy import Policy, policies, unknown
from .tasks import Tasks

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


def chosen_policies(
    name: str, settings: BackendSettings, found: Manifest, *, source: str = ""
) -> tuple[dict[str, Policy], dict[str, int]]:
    """What `[backends.NAME.policy]` and `[backends.NAME.places]` make of each operation and group. Raises
    `Misconfigured`."""
    key = f"backends.{name}"
    places: dict[str, int] = dict(PLACES)
    for group, count in settings.places.items():
        if group not in PLACES:
            raise unknown(f"{key}.places.{group}", "is no group of operations.", group, PLACES, source)
        if not 1 <= count <= 1_000:
            raise Misconfigured(f"{key}.places.{group}", "is not between 1 and 1000.", source=source)
        places[group] = count
    return policies(settings.policy, key=f"{key}.policy", source=source, kept=not found.in_process), places


class OpenBackend(NamedTuple):
    """An adapter that is open: what it offers, bare, and its ports with the chain in front of them, by capability.
    `circuits` by operation, where the chain has a breaker."""

    name: str
    offer: Offer
    ports: Mapping[str, Any]
    circuits: Mapping[str, Circuit] = {}

    @property
    def backend(self) -> Backend:
        """It alone. Raises `Misconfigured` where catalogue or search are missing."""
        return assembled(self.name, self.ports)


@asynccontextmanager
async def open_backend(
    name: str,
    settings: BackendSettings,
    markets: Sequence[Market],
    *,
    source: str = "",
    fills: Mapping[str, str] | None = None,
    gateway: Gateway | None = None,
    arrange: Arrange = tuple,
) -> AsyncIterator[OpenBackend]:
    """Open the backend `name` for as long as the block runs. Backends opened with one `gateway` share its cache.
    `arrange` puts further links into the chain. Raises `Misconfigured`."""
    key = f"backends.{name}"
    found = manifest(settings.adapter, key=f"{key}.adapter")
    own = adapter_settings(found, settings.settings, key=f"{key}.settings", source=source, fills=fills)
    policy, places = chosen_policies(name, settings, found, source=source)
    permitted = found.buyer_secret is None or getattr(own, found.buyer_secret, None)
    bare = found.in_process and not any(one.fresh for one in policy.values())
    tasks = Tasks()
    links = (gateway or Gateway()).links(tasks, in_process=bare, places=places)
    digest = blake2b(_digestible([found.name, own, markets]), digest_size=8).digest()
    client = lent_client(buyer_header=found.buyer_header if permitted else None)
    async with client, found.open(own, client, markets) as offer:
        try:
            yield bound(name, offer, links=arrange(links), policies=policy, configuration=digest)
        finally:
            await tasks.close()


def bound(
    name: str,
    offer: Offer,
    *,
    links: Sequence[Link] = BARE,
    policies: Mapping[str, Policy] | None = None,
    configuration: bytes = b"",
) -> OpenBackend:
    """The offer of backend `name` with these links in front of each of its ports."""
    hints = get_type_hints(Backend)
    ports: dict[str, Any] = {}
    for capability in CAPABILITIES:
        port = getattr(offer, capability)
        if port is not None:
            hint = hints[capability]
            protocol = next(arg for arg in getattr(hint, "__args__", (hint,)) if arg is not type(None))
            ports[capability] = bind(
                protocol,
                port,
                backend=name,
                name=capability,
                links=links,
                policies=policies,
                configuration=configuration,
            )
    circuits = next((link.circuits for link in links if isinstance(link, Breaker)), {})
    return OpenBackend(name, offer, ports, circuits)


def composed(
    name: str, offer: Offer, *, links: Sequence[Link] = BARE, policies: Mapping[str, Policy] | None = None
) -> Backend:
    """A backend from one offer. Raises `Misconfigured` where catalogue or search are missing."""
    return assembled(name, bound(name, offer, links=links, policies=policies).ports)


def assembled(name: str, ports: Mapping[str, Any]) -> Backend:
    """A backend of ports by capability, whoever brought them. Raises `Misconfigured` where catalogue or search are
    missing."""
    for required in ("catalog", "search"):
        if required not in ports:
            raise Misconfigured(
                f"backends.{name}",
                f"offers no {required}; a store needs one.",
                fix=f'choose another with `[compose]`: {required} = "…".',
            )
    return Backend(name=name, **{**ports, "search": hydrated(ports["search"], ports["catalog"])})


_digestible = msgspec.msgpack.Encoder(order="sorted", enc_hook=str).encode
