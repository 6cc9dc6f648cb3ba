"""What the bag asks the backend for besides the cart: what goes with it, what is saved for later, what delivery costs."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import msgspec

from bff.ports import (
    Backend,
    Cart,
    Line,
    LineInput,
    Money,
    NoCart,
    NotFound,
    ProductKey,
    PublicContext,
    VariantKey,
    VisitorContext,
    Wishlist,
)
from bff.rendering.regions import Region, absent, region
from bff.web.addresses import Place
from bff.web.forms import Choice, Field, Form, Wrong
from bff.web.own_session import lineage
from bff.web.ring import Ring
from bff.web.session import Session

from .bag import EstimateView, SavedView
from .bag_forms import again, all_by_sku
from .cards import CardView, card_view, card_views

RELATED = 4
SAVED = 24
BUDGET = 0.6
ESTIMATE_BUDGET = 3.0
UNDO = b"undo"
UNDO_SECONDS = 3_600.0
MAX_TOKEN = 3_000
COUNTRY, POSTCODE = "country", "postcode"


async def related(
    backend: Backend, ctx: PublicContext, place: Place, lines: Sequence[Line]
) -> Region[tuple[CardView, ...]]:
    """What goes with what is in the bag; nothing for an empty one."""
    port = backend.recommendations
    keys = [
        ProductKey(id=line.key.product_id, sku=line.key.sku) for line in lines if line.key.product_id or line.key.sku
    ]
    if port is None or not keys:
        return absent("related")
    found = await region(
        "related", port.related(ctx, keys=keys[-10:], intent="complementary", limit=RELATED), budget=BUDGET
    )
    views = card_views(place, (card for card in found.value or () if card.availability.buyable))
    return Region(name="related", state=found.state, value=views if found.state == "ready" else None)


async def later(backend: Backend, ctx: VisitorContext, names: Collection[str]) -> Wishlist | None:
    """The list of things saved for later: it is known by its name, in whichever language it was made."""
    lists = await backend.wishlists.list(ctx) if backend.wishlists else ()
    return next((each for each in lists if each.name in names), None)


async def saved(
    backend: Backend, ctx: VisitorContext, place: Place, names: Collection[str]
) -> tuple[SavedView, ...] | None:
    """What is saved for later, as cards; what is not sold here is left out of sight, not out of the list. None: it cannot be
    had now."""
    if backend.wishlists is None:
        return ()

    async def load() -> tuple[SavedView, ...]:
        found = await later(backend, ctx, names)
        items = found.items[:SAVED] if found else ()
        if not items:
            return ()
        cards = await backend.catalog.products(ctx.public, keys=[ProductKey(sku=item.sku) for item in items])
        return tuple(
            SavedView(sku=item.sku, card=card_view(place, card), quantity=item.quantity)
            for item, card in zip(items, cards, strict=False)
            if card
        )

    return (await region("saved", load(), budget=BUDGET)).value


def estimate_fields(place: Place, places: Mapping[str, Place], country_name: Mapping[str, str]) -> tuple[Field, ...]:
    """Countries are those the store has markets for, the shopper's own first; words by `country_name`."""
    countries = dict.fromkeys([place.market.country, *(other.market.country for other in places.values())])
    choices = tuple(Choice(value=code, label=country_name.get(code, code)) for code in countries)
    return (
        Field(name=COUNTRY, kind="select", required=True, choices=choices, autocomplete="country"),
        Field(name=POSTCODE, limit=12, autocomplete="postal-code"),
    )


async def estimate(
    backend: Backend, ctx: PublicContext, places: Mapping[str, Place], cart: Cart | NoCart, form: Form
) -> EstimateView | None:
    """What delivery costs to where the form says. None where the backend cannot tell or nothing needs sending."""
    if backend.delivery is None or not isinstance(cart, Cart) or not cart.lines:
        return None
    country = form.values.get(COUNTRY)
    postcode = form.values.get(POSTCODE)
    if postcode and not all(c.isalnum() or c in " -" for c in postcode):
        form = form.refused({POSTCODE: Wrong(key="error.postcode")})
    if form.wrong or country is None:
        return EstimateView(form=form)
    call = backend.delivery.estimate(
        ctx,
        lines=[(line.key, line.quantity) for line in cart.lines],
        country=country,
        postcode=postcode,
        worth=_worth(cart),
    )
    found = await region("estimate", call, budget=ESTIMATE_BUDGET)
    if found.value is None:
        return EstimateView(form=form, country=country, failed=True)
    other = next((place for place in places.values() if place.market.country == country), None)
    elsewhere = other.page("cart") if other and not found.value and country != ctx.market.country else None
    return EstimateView(form=form, options=found.value, country=country, elsewhere=elsewhere)


def _worth(cart: Cart) -> Money | None:
    """What the goods count for towards free delivery: less the discounts, more where a promotion has said so."""
    totals, free = cart.totals, cart.free_shipping
    if totals.subtotal is None:
        return None
    amount = totals.subtotal.amount - (totals.discount.amount if totals.discount else 0)
    if free is not None:
        amount = max(amount, free.threshold.amount - free.remaining.amount)
    return Money(amount, totals.subtotal.currency)


# ---------------------------------------------------------------- undo


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken out: the line, and those that belonged to it, by the ids of `backend`."""

    title: str
    line: LineInput
    children: tuple[LineInput, ...] = ()
    backend: str = ""
    until: float = 0.0


def elsewhere(removed: Removed) -> Removed | None:
    """The same as another backend can be asked for it; None where that is not all of it."""
    lines = all_by_sku((removed.line, *removed.children))
    return msgspec.structs.replace(removed, line=lines[0], children=lines[1:]) if lines else None


def sealed(ring: Ring, line: Line, others: Sequence[Line], session: Session, now: float, backend: str) -> str | None:
    """A token that brings a line back as it was, in this session and for an hour: it stands in an address, which may be
    copied. Not in this cart: taking out its last line may have ended it. None where it would be too long for one."""
    children = tuple(again(other) for other in others if other.parent == line.id)
    until = now + UNDO_SECONDS
    made = Removed(title=line.title[:200], line=again(line), children=children, backend=backend, until=until)
    raw = ring.seal(msgspec.msgpack.encode(made), UNDO + session.id.encode())
    token = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return token if len(token) <= MAX_TOKEN else None


def opened(ring: Ring, token: str | None, session: Session, now: float) -> Removed | Literal["late"] | None:
    """What a token brings back; None for one that is not this session's, nor of those it was made of."""
    if not token or len(token) > MAX_TOKEN:
        return None
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    for id in lineage(session):
        text = ring.open(raw, UNDO + id.encode())
        if text is not None:
            found = msgspec.msgpack.decode(text, type=Removed)
            return found if found.until > now else "late"
    return None


async def product_of(backend: Backend, ctx: PublicContext, variant: VariantKey) -> str | None:
    """The slug of the product a variant is of, where its key says more than its own id."""
    key = ProductKey(id=variant.product_id, sku=variant.sku)
    if not key.id and not key.sku:
        return None
    try:
        found = await backend.catalog.products(ctx, keys=[key])
    except NotFound:
        return None
    return found[0].slug if found and found[0] else None
