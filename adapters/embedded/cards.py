"""Cards, many at a time: four statements however many products."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from bff.ports import Card, OptionValue, PublicContext, Rating, Swatch, ValueState, VariantKey

from . import documents, pricing, variants
from .database import Connection
from .documents import CardDoc
from .media import card_media, swatch_option
from .memory import Memory
from .reading import Reading, gathered, marks
from .variants import Row

_HUNDREDTH = Decimal("0.01")
_WEIGHT = 4
"""What a card takes in memory, in rough kilobytes."""


class ProductRow(NamedTuple):
    """A product's row, as far as a card needs it."""

    n: int
    id: str
    sku: str | None
    brand: str | None
    status: str
    created: str
    rating_sum: int
    rating_count: int
    doc: str


def cards(connection: Connection, ctx: PublicContext, ns: Sequence[int]) -> list[Card]:
    """The cards of products by ordinal, in the order asked; those not sold in the market are left out. At most 100."""
    found = by_ordinal(Reading(connection, ctx), ns)
    return [found[n] for n in ns if n in found]


def rating(total: int, count: int) -> Rating | None:
    return Rating(average=(Decimal(total) / count).quantize(_HUNDREDTH), count=count) if count else None


def by_ordinal(r: Reading, ns: Sequence[int]) -> dict[int, Card]:
    """The card of each product that is sold in the market. Cards are remembered one by one: a listing nobody asked for yet
    is mostly made of products that others were shown."""
    memory = r.memory
    if memory is None:
        return _made(r, ns)
    found: dict[int, Card] = {}
    missing: list[int] = []
    for n in ns:
        card = memory.get((r.sight, n))
        if card is Memory.NOTHING:
            missing.append(n)
        elif card is not None:
            found[n] = card
    if missing:
        made = _made(r, missing)
        for n in missing:
            memory.keep((r.sight, n), made.get(n), _WEIGHT)
        found.update(made)
    return found


def _made(r: Reading, ns: Sequence[int]) -> dict[int, Card]:
    if not ns:
        return {}
    texts: dict[int, dict[str, tuple[str, str, str]]] = {}
    for n, language, slug, title, summary in gathered(
        r.connection,
        "product_n, language, slug, title, summary",
        f"FROM product_text WHERE product_n IN ({marks(ns)}) AND language IN ({marks(r.languages)})",
        (*ns, *r.languages),
    ):
        texts.setdefault(n, {})[language] = (slug, title, summary)
    rows = variants.of_products(r, ns)
    since = (r.today - datetime.timedelta(days=r.settings.new_days)).isoformat()
    done: dict[int, Card] = {}
    for columns in gathered(
        r.connection,
        "n, id, sku, brand_id, status, created, rating_sum, rating_count, doc",
        f"FROM product WHERE n IN ({marks(ns)}) AND status <> 'gone'",
        ns,
    ):
        product = ProductRow(*columns)
        text = r.by_language(texts.get(product.n, {}))
        if text is not None and product.n in rows:
            done[product.n] = _card(r, product, text[1], rows[product.n], since)
    return done


def _card(r: Reading, product: ProductRow, text: tuple[str, str, str], rows: Sequence[Row], since: str) -> Card:
    slug, title, summary = text
    doc = documents.card(product.doc)
    swatch = swatch_option(r, doc)
    brand = r.words.brands.get(product.brand or "")
    single = rows[0] if len(rows) == 1 and not doc.inputs and not any(plan.required for plan in doc.plans) else None
    sale = any(one.compare_at is not None and one.compare_at > one.amount for one in rows)
    priced = [(one.amount, one.compare_at, one.measure or doc.measure) for one in variants.for_sale(rows)]
    return Card(
        id=product.id,
        slug=slug,
        title=title,
        price=pricing.price_range(r, priced),
        availability=variants.together(r, product.status, rows, doc.quantity),
        media=card_media(r, product.id, doc, title, swatch),
        sku=product.sku,
        summary=summary or None,
        brand=brand.name if brand else None,
        rating=rating(product.rating_sum, product.rating_count),
        swatches=_swatches(r, doc, swatch, product.status, rows) if swatch else (),
        choices=len(rows),
        variant=VariantKey(id=single.id, product_id=product.id, sku=single.sku) if single else None,
        badges=(*(("sale",) if sale else ()), *(("new",) if product.created[:10] >= since else ())),
    )


def _swatches(r: Reading, doc: CardDoc, swatch: str, status: str, rows: Sequence[Row]) -> tuple[OptionValue, ...]:
    states: dict[str, ValueState] = {}
    for one in rows:
        value = one.choice.get(swatch)
        if value is None or states.get(value) == "available":
            continue
        can = variants.buyable(variants.state(status, one.policy, one.stock))
        states[value] = "available" if can else "sold_out"
    entry = r.words.options[swatch]
    return tuple(
        OptionValue(id=value, name=r.text(known.name), state=states[value], swatch=Swatch(colour=known.swatch))
        for value in doc.values.get(swatch, ())
        if value in states and (known := entry.values.get(value)) is not None
    )
