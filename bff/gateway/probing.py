"""Whether a backend can serve: its own probe, and a real read in each market. Past the gateway's chain, so that no kept
answer speaks for a backend that is gone."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from bff.ports import (
    BackendError,
    Deadline,
    DeadlineExceeded,
    Malformed,
    Manifest,
    Market,
    Misconfigured,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Offer,
    ProductKey,
    PublicContext,
    Trace,
    Unavailable,
)

T = TypeVar("T")

PROBE_SECONDS = 10.0
"""What one step of a probe may take."""


def contexts(markets: Sequence[Market]) -> Iterator[PublicContext]:
    """A context for each market in each of its locales."""
    for market in markets:
        for locale in market.locales:
            yield PublicContext(
                market=market,
                locale=locale,
                currency=market.currency,
                deadline=Deadline.after(PROBE_SECONDS),
                trace=Trace(request_id=secrets.token_hex(8)),
            )


async def probed(offer: Offer, markets: Sequence[Market]) -> list[str]:
    """One line for each thing that was seen to work. Raises `BackendError`, or `Misconfigured` where the adapter names the
    setting."""
    said: list[str] = []
    if offer.probe is not None:
        said.append(await _answered(offer.probe()))
    for market in markets:
        ctx = next(contexts([market]))
        if offer.catalog is not None:
            said.append(f"{market.id}: {await _read(offer, ctx)}")
        elif offer.content is not None:
            await _answered(offer.content.menu(ctx, id="main"))
            said.append(f"{market.id}: content answers")
    return said


async def _read(offer: Offer, ctx: PublicContext) -> str:
    """Read a product the way pages do."""
    assert offer.catalog is not None
    found = await _answered(offer.catalog.sitemap(ctx, kind="product"))
    if not found.entries:
        raise NotFound(f"no products in market {ctx.market.id}")
    first = found.entries[0]
    key = ProductKey(id=first.link.id, sku=first.sku, slug=first.link.slug)
    (card,) = await _answered(offer.catalog.products(ctx, keys=[key]))
    if card is None:
        raise Malformed(f"lists the product {first.link.slug!r} and does not have it in market {ctx.market.id}")
    return f"{card.title}, {card.price.amount.amount} {card.price.amount.currency}"


async def _answered(call: Awaitable[T]) -> T:
    """Raises `BackendError` or `Misconfigured` and nothing else."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return await call
    except TimeoutError:
        raise DeadlineExceeded(f"no answer within {PROBE_SECONDS:.0f} s") from None
    except (BackendError, Misconfigured):
        raise
    except Exception as error:
        raise Malformed(f"{type(error).__name__}: {error}") from error


SECRETS = ("key", "token", "secret", "password")


def advice(found: Manifest, own: Any, key: str, error: BackendError) -> tuple[str, str]:
    """Which setting a failure of a probe speaks of, and what to do. `own` are the adapter's settings, `key` theirs."""
    names = [field.name for field in msgspec.structs.fields(found.settings)]
    addresses = [n for n in names if isinstance(v := getattr(own, n), str) and v.startswith(("http://", "https://"))]
    keys = [name for name in names if any(part in name for part in SECRETS)]
    shown = ", ".join(f"{name} = {getattr(own, name)!r}" for name in addresses)
    if isinstance(error, NotAllowed | NotSignedIn) and keys:
        return f"{key}.{keys[0]}", "the backend refuses it: make a new one there, for this shop, and put it here."
    if isinstance(error, Unavailable | DeadlineExceeded) and addresses:
        return f"{key}.{addresses[0]}", f"is the backend running, and is this its address? {shown}"
    if isinstance(error, Malformed | NotFound) and addresses:
        versions = [name for name in names if "version" in name]
        more = f", and the version ({versions[0]} = {getattr(own, versions[0])!r})" if versions else ""
        return f"{key}.{addresses[0]}", f"something else answers there: check the address ({shown}){more}."
    return key, "see what the backend says, above; its documentation and log say more."
