"""What a backend brings along and says of itself: changes, pictures, its adapter's own remarks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from bff.gateway.backends import OpenBackend
from bff.gateway.freshness import ways
from bff.gateway.probing import SECRETS, contexts
from bff.ports import Card, Image, ListingQuery, Manifest, Market
from bff.settings import Settings

from .findings import Finding, error, note, ok, warning

LOOKED_AT = 24


def remarks(adapter: Manifest, own: Any, key: str) -> Iterator[Finding]:
    """What the adapter says of its settings."""
    for each in adapter.remarks(own):
        setting = f"{key}.settings.{each.setting}" if each.setting else None
        yield Finding(area=each.about, level=each.level, says=each.says, setting=setting, fix=each.fix or None)


# ---------------------------------------------------------------- changes


def changes(found: Settings, opened: OpenBackend, own: Any) -> Iterator[Finding]:
    """How a change at the backend reaches the store; how old an answer may be where it does not."""
    name, key = opened.name, f"backends.{opened.name}"
    told, untold, ages = ways(found, name, opened.offer.changes)
    if not ages:
        yield ok("changes", f"{name}: its answers are not kept, so a change shows at once")
        return
    for way in told:
        yield ok("changes", f"{name}: {way}")
    unset = [
        field.name
        for field in msgspec.structs.fields(type(own))
        if "webhook" in field.name and any(word in field.name for word in SECRETS) and not getattr(own, field.name)
    ]
    if unset and not told:
        says = f"{name} could post its changes; without their secret nobody tells of them: answers may be old, {ages}"
        yield warning("changes", says, f"{key}.settings.{unset[0]}", "make the webhook there, put its secret here.")
    elif untold:
        says = f"{name}: nobody tells of {untold}: answers may be old, {ages}"
        fix = 'a secret for signed posts; or shorter: [backends.NAME.policy."catalog.product"] fresh = 30'
        yield note("changes", says, f"{key}.changes_secret", fix)


# ---------------------------------------------------------------- pictures


async def pictures(
    opened: OpenBackend, markets: Sequence[Market], adapter: Manifest, own: Any, rules: Mapping[str, list[str]]
) -> list[Finding]:
    """Whether browsers may load the backend's pictures, and whether they are fit for a page. Raises `BackendError`."""
    search = opened.offer.search
    if search is None or opened.offer.catalog is None or not markets:
        return []
    ctx = next(contexts(markets))
    listing = await search.listing(ctx, query=ListingQuery(size=LOOKED_AT))
    missing = [hit.key for hit in listing.hits if hit.card is None]
    cards = [hit.card for hit in listing.hits if hit.card is not None]
    cards += [card for card in await opened.offer.catalog.products(ctx, keys=missing) if card] if missing else []
    return [*_of(opened.name, cards, {*rules.get("img-src", ()), *_declared(adapter, own)})]


def _declared(adapter: Manifest, own: Any) -> set[str]:
    """Origins whose pictures the head fetches itself."""
    return {_origin(each) for each in adapter.pictures(own)}


def _of(name: str, cards: Sequence[Card], allowed: set[str]) -> Iterator[Finding]:
    images = [media.image for card in cards for media in card.media]
    bare = [card.slug for card in cards if not card.media]
    if bare:
        yield note("pictures", f"{name}: {len(bare)} of {len(cards)} products have none ({', '.join(bare[:3])} …)")
    if not images:
        return
    foreign = sorted({_origin(url) for image in images for url in _addresses(image)} - {""} - allowed)
    for each in foreign:
        says = f"{name}: pictures come from {each}, and browsers are told to load none from there"
        yield error("pictures", says, "server.image_origins", f'add "{each}".')
    if not foreign:
        yield ok("pictures", f"{name}: browsers may load what {len(images)} pictures name")
    sizeless = sum(image.width is None or image.height is None for image in images)
    if sizeless:
        yield note("pictures", f"{name}: {sizeless} of {len(images)} tell no size, so pages reserve a square for them")
    whole = sum(not image.sources and "{width}" not in image.url for image in images)
    if whole:
        yield note("pictures", f"{name}: {whole} of {len(images)} come in one width only, whatever the screen")


def _addresses(image: Image) -> list[str]:
    return [image.url, *(source.url for source in image.sources)]


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
