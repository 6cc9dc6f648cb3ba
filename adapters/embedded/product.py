# ruff: noqa: S608  (identifiers and placeholders are ours; values are always bound)
"""One product's page: its options' states for a selection, its prices, its pictures. A fixed number of statements."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, cast

from bff.ports import (
    Attribute,
    Component,
    Html,
    Input,
    InputChoice,
    NotFound,
    Option,
    OptionValue,
    Plan,
    Product,
    QuantityRule,
    Rating,
    SelectedOption,
    Seo,
    Swatch,
    ValueState,
    Variant,
    VariantKey,
)

from . import cards, documents, pricing, texts, variants
from .documents import ProductDoc
from .media import Gallery
from .places import find_slug
from .reading import Reading, marks
from .variants import Row

_WEIGHT = 60
"""What a product of a dozen variants takes in memory, in rough kilobytes."""


class _Found(NamedTuple):
    n: int
    id: str
    sku: str | None
    kind: str
    brand: str | None
    status: str
    updated: str
    rating_sum: int
    rating_count: int
    doc: str


def read(r: Reading, slug: str, selection: Mapping[str, str] | None) -> Product:
    """See the port. A slug of another language finds the product too: its own `slug` is then another."""
    question = ("product", slug, tuple(sorted((selection or {}).items())))
    return r.remembered(question, lambda: _read(r, slug, selection), _WEIGHT)


def _read(r: Reading, slug: str, selection: Mapping[str, str] | None) -> Product:
    n = find_slug(r, "product_text", "product_n", slug)
    row = r.connection.execute(
        "SELECT n, id, sku, kind, brand_id, status, updated, rating_sum, rating_count, doc FROM product WHERE n = ?",
        (n,),
    ).fetchone()
    if row is None:
        raise NotFound(f"no product at {slug!r}")
    found = _Found(*row)
    if found.status == "gone":
        raise NotFound(f"{found.id} was withdrawn", gone=True)
    rows = variants.of_products(r, [found.n]).get(found.n, [])
    if not rows:
        raise NotFound(f"{found.id} is not sold in {r.market.id}")
    return _product(r, found, documents.product(found.doc), rows, selection or {})


def _product(r: Reading, found: _Found, doc: ProductDoc, rows: list[Row], selection: Mapping[str, str]) -> Product:
    language, (slug, title, summary, description) = _words(r, found.n)
    chosen = choice(doc, rows, selection)
    gallery = Gallery(r, found.id, doc, title, rows)
    make = _Variants(r, found, doc, gallery)
    selected = next((one for one in rows if one.choice == chosen), None) if len(chosen) == len(doc.options) else None
    if len(rows) == 1:
        selected = rows[0]
    made = tuple(make.variant(one) for one in rows) if len(rows) <= r.settings.variants_limit else None
    priced = [(one.amount, one.compare_at, one.measure or doc.measure) for one in variants.for_sale(rows)]
    main = r.connection.execute(
        "SELECT category_id FROM product_category WHERE product_n = ? AND main = 1", (found.n,)
    ).fetchone()
    return Product(
        id=found.id,
        slug=slug,
        title=title,
        price=pricing.price_range(r, priced, doc.tiers),
        availability=variants.together(r, found.status, rows, doc.quantity),
        options=_options(r, doc, found.status, rows, chosen),
        selected=make.variant(selected) if selected else None,
        variants=made,
        media=gallery.chosen(chosen),
        sku=found.sku,
        kind=cast('Literal["physical", "digital", "gift_card", "bundle"]', found.kind),
        summary=summary or None,
        description=Html(description) if description else None,
        brand=r.brand_link(found.brand),
        rating=_rating(r, found),
        attributes=_attributes(r, doc),
        inputs=inputs(r, doc),
        components=_components(r, doc),
        plans=_plans(r, doc, selected or min(rows, key=lambda one: one.amount)),
        requires_plan=any(plan.required for plan in doc.plans),
        breadcrumbs=r.trail(main[0] if main else None),
        seo=Seo(
            image=r.pictures.preview(found.id),
            title=texts.maybe(doc.seo.title, r.languages),
            description=texts.maybe(doc.seo.description, r.languages) or summary or None,
        ),
        locale=r.locale(language),
        updated=datetime.datetime.fromisoformat(found.updated),
    )


def _words(r: Reading, n: int) -> tuple[str, tuple[str, str, str, str]]:
    """The language, and slug, title, summary, description in it."""
    rows = {
        language: (slug, title, summary, description)
        for language, slug, title, summary, description in r.connection.execute(
            "SELECT language, slug, title, summary, description FROM product_text WHERE product_n = ?", (n,)
        )
    }
    found = r.by_language(rows)
    if found is None:
        raise NotFound(f"product {n} has no words")
    return found


def choice(doc: ProductDoc, rows: Sequence[Row], selection: Mapping[str, str]) -> dict[str, str]:
    """What of a selection is known, with options of one value only taken as chosen; in the order of the options."""
    there = {(option, value) for one in rows for option, value in one.choice.items()}
    chosen: dict[str, str] = {}
    for option in doc.options:
        values = [value for value in doc.values.get(option, ()) if (option, value) in there]
        if selection.get(option) in values:
            chosen[option] = selection[option]
        elif len(values) == 1:
            chosen[option] = values[0]
    return chosen


def _options(
    r: Reading, doc: ProductDoc, status: str, rows: Sequence[Row], chosen: dict[str, str]
) -> tuple[Option, ...]:
    """A value is available where a variant with it that agrees with the *other* chosen options can be had."""
    states: dict[tuple[str, str], ValueState] = {}
    listed: set[tuple[str, str]] = set()
    for one in rows:
        listed.update(one.choice.items())
        against = [option for option, value in chosen.items() if one.choice.get(option) != value]
        if len(against) > 1:
            continue
        can = variants.buyable(variants.state(status, one.policy, one.stock))
        for option in against or one.choice:
            key = (option, one.choice[option])
            states[key] = "available" if can else states.get(key, "sold_out")
    made: list[Option] = []
    for option in doc.options:
        entry = r.words.options.get(option)
        if entry is None:
            continue
        values = [
            OptionValue(
                id=value,
                name=r.text(known.name),
                state=states.get((option, value), "absent"),
                selected=chosen.get(option) == value,
                swatch=Swatch(colour=known.swatch) if known.swatch else None,
            )
            for value in doc.values.get(option, ())
            if (option, value) in listed and (known := entry.values.get(value)) is not None
        ]
        kind = entry.kind if entry.kind in ("swatch", "size") else "choice"
        made.append(
            Option(
                id=option,
                name=r.text(entry.name),
                values=tuple(values),
                kind=cast('Literal["swatch", "size", "choice"]', kind),
            )
        )
    return tuple(made)


def selected_options(r: Reading, options: Sequence[str], choice: Mapping[str, str]) -> tuple[SelectedOption, ...]:
    """A variant's choice in words."""
    made: list[SelectedOption] = []
    for option in options:
        entry, value = r.words.options.get(option), choice.get(option)
        if entry is None or value is None:
            continue
        known = entry.values.get(value)
        made.append(
            SelectedOption(
                option=option,
                value=value,
                option_name=r.text(entry.name),
                value_name=r.text(known.name) if known else value,
            )
        )
    return tuple(made)


class _Variants:
    """Makes a product's variants; what many of them share is made once."""

    def __init__(self, r: Reading, found: _Found, doc: ProductDoc, gallery: Gallery) -> None:
        self._r, self._found, self._doc, self._gallery = r, found, doc, gallery
        self._comma = texts.comma(r.languages)
        self._selected: dict[tuple[str, str], tuple[SelectedOption, ...]] = {}
        self._rule = rule(doc)

    def variant(self, row: Row) -> Variant:
        options: tuple[SelectedOption, ...] = ()
        for item in row.choice.items():
            if item not in self._selected:
                self._selected[item] = selected_options(self._r, (item[0],), row.choice)
            options += self._selected[item]
        return Variant(
            id=row.id,
            product_id=self._found.id,
            sku=row.sku,
            title=self._comma.join([option.value_name for option in options]),
            options=options,
            price=pricing.price(
                self._r, row.amount, row.compare_at, tiers=self._doc.tiers, measure=row.measure or self._doc.measure
            ),
            availability=variants.availability(self._r, self._found.status, row, self._doc.quantity),
            quantity=self._rule,
            media=self._gallery.chosen(row.choice),
            barcode=row.barcode,
        )


def rule(doc: documents.CardDoc) -> QuantityRule:
    return QuantityRule(minimum=doc.quantity.minimum, maximum=doc.quantity.maximum, step=doc.quantity.step)


def _rating(r: Reading, found: _Found) -> Rating | None:
    summary = cards.rating(found.rating_sum, found.rating_count)
    if summary is None:
        return None
    stars = dict(
        r.connection.execute(
            "SELECT rating, count(*) FROM review WHERE product_n = ? AND published = 1 GROUP BY rating", (found.n,)
        ).fetchall()
    )
    counts = tuple(stars.get(star, 0) for star in range(1, 6))
    return Rating(average=summary.average, count=summary.count, counts=cast("tuple[int, int, int, int, int]", counts))


def _attributes(r: Reading, doc: ProductDoc) -> tuple[Attribute, ...]:
    made: list[Attribute] = []
    for one in doc.attributes:
        entry = r.words.attributes.get(one.id)
        if entry is None:
            continue
        values = tuple(r.text(entry.values[value]) for value in one.values if value in entry.values)
        if one.text:
            values = (texts.figure(r.text(one.text), r.languages),)
        made.append(Attribute(id=one.id, name=r.text(entry.name), values=values))
    return tuple(made)


def inputs(r: Reading, doc: documents.CardDoc) -> tuple[Input, ...]:
    """What the shopper may type, in words."""
    return tuple(
        Input(
            id=one.id,
            label=r.text(one.label),
            kind=cast('Literal["text", "number", "date", "file", "choice", "amount"]', one.kind),
            required=one.required,
            hint=texts.maybe(one.hint, r.languages),
            minimum=one.minimum,
            maximum=one.maximum,
            choices=tuple(
                InputChoice(id=each.id, name=r.text(each.name), price=pricing.surcharge(r, each.price))
                for each in one.choices
            ),
            price=pricing.surcharge(r, one.price),
        )
        for one in doc.inputs
    )


def _plans(r: Reading, doc: ProductDoc, row: Row) -> tuple[Plan, ...]:
    return tuple(
        Plan(
            id=plan.id,
            name=r.text(plan.name),
            every=plan.every,
            price=pricing.price(
                r, pricing.less(row.amount, plan.percent, r.currency), None, measure=row.measure or doc.measure
            ),
            description=texts.maybe(plan.description, r.languages),
        )
        for plan in doc.plans
    )


def _components(r: Reading, doc: ProductDoc) -> tuple[Component, ...]:
    """A bundle's parts, each named as its product and its values. Parts not sold in the market keep their name."""
    if not doc.components:
        return ()
    skus = [part.sku for part in doc.components]
    parts = {
        sku: (id, n, choice)
        for sku, id, n, choice in r.connection.execute(
            f"SELECT sku, id, product_n, choice FROM variant WHERE sku IN ({marks(skus)})",
            skus,
        )
    }
    known = cards.by_ordinal(r, list({n for _, n, _ in parts.values()}))
    made: list[Component] = []
    for part in doc.components:
        id, n, choice = parts.get(part.sku, (None, -1, "{}"))
        card = known.get(n)
        if card is None or id is None:
            continue
        values = variants.choice(choice)
        named = [option.value_name for option in selected_options(r, tuple(values), values)]
        made.append(
            Component(
                key=VariantKey(id=id, product_id=card.id, sku=part.sku),
                title=texts.comma(r.languages).join([card.title, *named]),
                quantity=part.quantity,
                slug=card.slug,
                image=card.media[0].image if card.media else None,
            )
        )
    return tuple(made)
