"""Each backend, opened as the store opens it, and asked."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Collection, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import msgspec

from bff import settings as configuration
from bff.gateway.backends import OpenBackend, adapter_settings, manifest, open_backend
from bff.gateway.client import lent_client
from bff.gateway.probing import SECRETS, advice, contexts, probed
from bff.ports import (
    BackendError,
    CartRef,
    Manifest,
    Market,
    Misconfigured,
    NotAllowed,
    NotSignedIn,
    SessionBlob,
    Shopper,
    VisitorContext,
)
from bff.settings import Settings

from . import supplies
from .findings import Finding, Level, error, note, ok, warning, wrong

OPEN_SECONDS = 30.0
ASK_SECONDS = 5.0
SKEW_SECONDS = 30.0


async def backends(found: Settings, rules: Mapping[str, list[str]]) -> list[Finding]:
    """All of them, at once. `rules` is the policy the store sends."""
    serving = configuration.serving(found)
    asked = [_backend(found, name, rules, serves=name in serving) for name in found.backends]
    told = dict(zip(found.backends, await asyncio.gather(*asked), strict=True))
    said = [finding for each in told.values() for finding in each.findings]
    return [*said, *_whole(found, {name: each.ports for name, each in told.items()})]


class Told(NamedTuple):
    """What was found at one backend; the ports it offers, None where it could not be opened."""

    findings: list[Finding]
    ports: Collection[str] | None


async def _backend(found: Settings, name: str, rules: Mapping[str, list[str]], *, serves: bool) -> Told:
    chosen, key = found.backends[name], f"backends.{name}"
    bad: Level = "error" if serves else "warning"
    try:
        adapter = manifest(chosen.adapter, key=f"{key}.adapter")
        fills = configuration.fills(found)
        own = adapter_settings(adapter, chosen.settings, key=f"{key}.settings", source=found.source, fills=fills)
    except Misconfigured:
        return Told([], None)  # the configuration's findings name it
    said = [*_permitted(adapter, own, key), *supplies.remarks(adapter, own, key)]
    ports: Collection[str] | None = None
    markets = [each for each in configuration.markets(found, name) if _serves(found, name, each)]
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            async with open_backend(name, chosen, markets, source=found.source, fills=fills) as opened:
                lines = await probed(opened.offer, markets)
                ports = tuple(opened.ports)
                said += [ok("backends", f"{name}: {line}") for line in lines]
                said += [*_offered(opened), *await _rights(opened, markets, adapter, own, key)]
                said += supplies.changes(found, opened, own)
                said += await supplies.pictures(opened, markets, adapter, own, rules)
    except Misconfigured as raised:
        said.append(wrong("backends", raised, bad))
    except BackendError as raised:
        said.append(_failed(name, adapter, own, key, raised, bad))
    except TimeoutError:
        says = f"{name} did not open and answer within {OPEN_SECONDS:.0f} s"
        said.append(Finding(area="backends", level=bad, says=says, setting=key, fix="is it overloaded, or far away?"))
    except Exception as raised:  # a stranger's code: that it breaks is what was to be found out
        says = f"{name}: its adapter does not keep the contract: {type(raised).__name__}: {raised}"
        fix = "run the conformance kit on it (bff/testing/README.md), and tell its author."
        said.append(Finding(area="backends", level=bad, says=says, setting=f"{key}.adapter", fix=fix))
    if not adapter.in_process:
        said += await _clocks(own, name)
    return Told(said, ports)


def _serves(found: Settings, name: str, market: Market) -> bool:
    """The markets that a backend is asked about: those it serves, all where it serves none or is composed into them."""
    own = {id for id, each in found.markets.items() if (each.use or found.use) == name}
    return not own or name in found.compose.values() or market.id in own


def _failed(name: str, adapter: Manifest, own: Any, key: str, raised: BackendError, bad: Level) -> Finding:
    where, fix = advice(adapter, own, f"{key}.settings", raised)
    says = f"{name}: {type(raised).__name__}: {raised.detail or 'no more was said'}"
    return Finding(area="backends", level=bad, says=says, setting=where, fix=fix)


def _permitted(adapter: Manifest, own: Any, key: str) -> list[Finding]:
    """Whether a vendor that asks for the buyer's address is told it."""
    if adapter.buyer_header is None or adapter.buyer_secret is None or getattr(own, adapter.buyer_secret, None):
        return []
    says = f"{adapter.title} is not told buyers' addresses ({adapter.buyer_header}): all shoppers share one limit there"
    return [warning("backends", says, f"{key}.settings.{adapter.buyer_secret}", "the secret that permits it.")]


def _offered(opened: OpenBackend) -> list[Finding]:
    offer, name = opened.offer, opened.name
    said = [ok("backends", f"{name} offers {', '.join(opened.ports)}")]
    if offer.probe is None:
        said.append(note("backends", f"{name}: its adapter has no probe, so only reads tell whether it is well"))
    if offer.carts is not None and offer.hosted_checkout is None and offer.inline_checkout is None:
        says = f"{name} has carts and no checkout: shoppers fill a bag that leads nowhere"
        said.append(
            warning("backends", says, f"backends.{name}.settings", "its adapter's README says what a checkout needs.")
        )
    return said


async def _rights(opened: OpenBackend, markets: list[Market], adapter: Manifest, own: Any, key: str) -> list[Finding]:
    """What the key permits, by reads that change nothing: the cart of a reference nobody has."""
    carts = opened.offer.carts
    names = [field.name for field in msgspec.structs.fields(adapter.settings)]
    if carts is None or not markets or not any(part in name for name in names for part in SECRETS):
        return []
    ctx = VisitorContext(public=next(contexts(markets)), shopper=Shopper(blob=SessionBlob()))
    try:
        async with asyncio.timeout(ASK_SECONDS):
            await carts.get(ctx, cart=CartRef(id="portico-doctor-nobodys"))
    except (NotAllowed, NotSignedIn) as raised:
        where, fix = advice(adapter, own, f"{key}.settings", raised)
        return [error("backends", f"{opened.name}: its key may read the catalogue, and no carts", where, fix)]
    except Exception:  # whatever else a cart that never was is: it is no question of rights
        return []
    return [ok("backends", f"{opened.name}: its key may use carts")]


def _whole(found: Settings, ports: Mapping[str, Collection[str] | None]) -> list[Finding]:
    """Whether all that is composed makes a shop."""
    by = {port: ports[found.compose.get(port, found.use)] for port in ("catalog", "search", "carts")}
    missing = [port for port, offered in by.items() if offered is not None and port not in offered]
    needed = [port for port in missing if port != "carts"]
    if needed:
        says = f"{found.use} offers no {' and no '.join(needed)}; a store needs one"
        return [error("backends", says, "compose", f'name a backend that does: {needed[0]} = "…".')]
    if missing:
        return [note("backends", "there are no carts: the store shows and does not sell", "compose")]
    return []


async def _clocks(own: Any, name: str) -> list[Finding]:
    """How far a backend's clock is from ours: signatures and tokens are judged by it."""
    values = [getattr(own, field.name) for field in msgspec.structs.fields(type(own))]
    address = next((v for v in values if isinstance(v, str) and v.startswith(("http://", "https://"))), None)
    if address is None:
        return []
    try:
        async with asyncio.timeout(ASK_SECONDS), lent_client() as http:
            told = parsedate_to_datetime((await http.get(address)).headers["date"])
    except Exception:  # it does not say; whether it answers at all is the probe's to tell
        return []
    skew = abs((told - datetime.datetime.now(datetime.UTC)).total_seconds())
    if skew > SKEW_SECONDS:
        says = f"{name}'s clock and ours are {skew:.0f} s apart: its tokens and signatures may be refused"
        return [warning("clock", says, "the system's clock", "keep both by NTP.")]
    return [ok("clock", f"{name}'s clock and ours agree")]
