"""Writing the products of an imported file into the database."""

from __future__ import annotations

import datetime
import html
import re
from collections.abc import Iterator
from decimal import Decimal

from . import documents
from .database import Connection, catalogue_changed, meta, set_meta
from .importer_rows import ReadProduct, ReadVariant
from .texts import slugify

_REPLACED = (
    "product_text", "product_category", "price", "variant", "product", "review", "brand", "category_text", "category",
    "option_value", "option", "attribute_value", "attribute", "redirect", "menu",
)  # fmt: skip
_COLOURS = {
    "black": "#1d1d1f", "white": "#ffffff", "grey": "#8a8a8a", "gray": "#8a8a8a", "red": "#b23a2e", "blue": "#2f5aa8",
    "green": "#4f7a3a", "yellow": "#e3b92f", "orange": "#d9772b", "pink": "#d98aa5", "purple": "#6d4a8c", "brown": "#6e4b32",
    "beige": "#d9c7a3", "navy": "#1f2a4d", "gold": "#c8a24a", "silver": "#c0c0c4", "cream": "#f3ead3", "olive": "#6b6b35",
}  # fmt: skip
_COLOUR_WORDS = frozenset(("color", "colour", "farbe", "couleur", "اللون"))
_SIZE_WORDS = frozenset(("size", "größe", "groesse", "taille", "المقاس"))
_TAGS = re.compile(r"<[^>]*>")


class Importer:
    """Writes products into the database. Blocks; belongs in a thread. `prices` maps the file's price columns ("" is its
    own) to the lists each fills and at which rate; a list is named as its currency."""

    def __init__(self, connection: Connection, language: str, prices: dict[str, list[tuple[str, Decimal]]]) -> None:
        self._connection, self._language, self._prices = connection, language, prices
        self._run = connection.execute
        self._today = f"{connection.database.today()}T00:00:00+00:00"
        self._now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        self._skus: dict[str, int] = {}

    def begin(self) -> None:
        """Take the demo out, if it is one."""
        if meta(self._connection, "source") in (None, "demo", "generated"):
            for table in _REPLACED:
                self._run(f"DELETE FROM {table}")  # noqa: S608
            self._run("DELETE FROM setting WHERE key IN ('search', 'synonyms', 'popular', 'slots')")
            self._run("UPDATE entry SET products = '[]'")
        set_meta(self._connection, source="import", default_language=self._language)
        catalogue_changed(self._connection)

    def write(self, product: ReadProduct) -> list[tuple[int, str]]:
        """Insert or update one product; answers the rows left out and why."""
        rejected: list[tuple[int, str]] = []
        n = self._ordinal(product)
        hidden = product.text("published").lower() == "false" or product.text("status").lower() == "draft"
        if hidden:
            self._run(
                "UPDATE product SET status = 'gone', updated = ? WHERE n = ? AND status <> 'gone'", (self._now, n)
            )
            return rejected
        kept = []
        for variant in product.variants:
            problem = self._problem(variant, n)
            if problem:
                rejected.append((variant.line, problem))
            else:
                kept.append(variant)
        if not kept:
            return [*rejected, (product.line, f"{product.text('title')[:80]} has no variant that can be sold")]
        choices = [self._choice(product.options, variant.values) for variant in kept]
        changed = self._product(n, product, self._doc(product, kept, choices))
        changed = self._texts(n, product) or changed
        changed = self._places(n, product) or changed
        self._variants(n, product.handle, kept, choices)
        if changed:
            self._run("UPDATE product SET updated = ? WHERE n = ?", (self._now, n))
        return rejected

    def _ordinal(self, product: ReadProduct) -> int:
        """The product's own, where handle or SKU is known; else the next."""
        row = self._run("SELECT n FROM product WHERE id = ?", (product.handle,)).fetchone()
        for variant in product.variants:
            if row is None and variant.sku and variant.sku not in self._skus:
                row = self._run("SELECT product_n FROM variant WHERE sku = ?", (variant.sku,)).fetchone()
        if row is None:
            row = self._run("SELECT coalesce(max(n) + 1, 0) FROM product").fetchone()
        return int(row[0])

    def _problem(self, variant: ReadVariant, n: int) -> str | None:
        if variant.sku is None:
            return None
        if variant.sku in self._skus:
            return f"SKU {variant.sku[:80]} is already taken by line {self._skus[variant.sku]}"
        owner = self._run("SELECT product_n FROM variant WHERE sku = ?", (variant.sku,)).fetchone()
        if owner is not None and owner[0] != n:
            return f"SKU {variant.sku[:80]} belongs to another product"
        self._skus[variant.sku] = variant.line
        return None

    # -- what a product is named by

    def _text(self, words: str) -> str:
        return documents.dumps({self._language: words})

    def _choice(self, options: tuple[str, ...], values: tuple[str, ...]) -> dict[str, str]:
        choice = {}
        for place, (name, value) in enumerate(zip(options, values, strict=True)):
            option = slugify(name, self._language) or f"option-{place + 1}"
            id = slugify(value, self._language) or f"value-{len(value)}"
            kind = "size" if name.lower() in _SIZE_WORDS else "choice"
            self._run(
                "INSERT OR IGNORE INTO option VALUES (?, ?, ?, (SELECT count(*) FROM option))",
                (option, kind, self._text(name)),
            )
            swatch = _COLOURS.get(value.lower()) if name.lower() in _COLOUR_WORDS else None
            self._run(
                "INSERT OR IGNORE INTO option_value VALUES (?, ?, ?, ?, ?,"
                " (SELECT count(*) FROM option_value WHERE option_id = ?))",
                (option, id, id.upper()[:12], self._text(value), swatch, option),
            )
            choice[option] = id
        return choice

    def finish(self) -> None:
        """What needs the whole: an option is shown as swatches where every value has a colour; the main menu."""
        self._run(
            "UPDATE option SET kind = 'swatch' WHERE kind = 'choice' AND EXISTS"
            " (SELECT 1 FROM option_value v WHERE v.option_id = option.id) AND NOT EXISTS"
            " (SELECT 1 FROM option_value v WHERE v.option_id = option.id AND v.swatch IS NULL)"
        )
        tops = self._run("SELECT id FROM category WHERE kind = 'category' AND parent IS NULL ORDER BY position LIMIT 8")
        menu = {"items": [{"to": f"category:{id}"} for (id,) in tops.fetchall()]}
        self._run("INSERT OR REPLACE INTO menu VALUES ('main', ?)", (documents.dumps(menu),))
        catalogue_changed(self._connection)

    def _category(self, kind: str, name: str, parent: str | None) -> str:
        id = f"{'tag-' if kind == 'collection' else ''}{slugify(name, self._language) or 'other'}"
        if self._run("SELECT 1 FROM category WHERE id = ?", (id,)).fetchone() is None:
            (position,) = self._run("SELECT count(*) FROM category").fetchone()
            self._run("INSERT INTO category VALUES (?, ?, ?, ?, NULL)", (id, kind, parent, position))
            text = (id, self._language, slugify(name, self._language) or id, name, "")
            self._run("INSERT INTO category_text VALUES (?, ?, ?, ?, ?)", text)
        return id

    def _places(self, n: int, product: ReadProduct) -> bool:
        path = [step.strip() for step in product.text("product category").split(">") if step.strip()]
        leaf = product.text("type") or (path[-1] if path else "")
        rows = []
        if leaf:
            parent = self._category("category", path[0], None) if path and path[0].lower() != leaf.lower() else None
            rows.append((n, self._category("category", leaf[:200], parent), 1))
        for tag in dict.fromkeys(tag.strip()[:200] for tag in product.text("tags").split(",")):
            if tag:
                rows.append((n, self._category("collection", tag, None), 0))
        rows = list({row[1]: row for row in rows}.values())
        before = self._run("SELECT * FROM product_category WHERE product_n = ?", (n,)).fetchall()
        if sorted(before) == sorted(rows):
            return False
        self._run("DELETE FROM product_category WHERE product_n = ?", (n,))
        self._connection.executemany("INSERT INTO product_category VALUES (?, ?, ?)", rows)
        return True

    # -- the product itself

    def _doc(
        self, product: ReadProduct, kept: list[ReadVariant], choices: list[dict[str, str]]
    ) -> documents.ProductDoc:
        values: dict[str, dict[str, None]] = {}
        for choice in choices:
            for option, value in choice.items():
                values.setdefault(option, {})[value] = None
        shown: dict[str, list[dict[str, str]]] = {}
        for variant, choice in zip(kept, choices, strict=True):
            if variant.image:
                shown.setdefault(variant.image, []).append(choice)
        media = []
        for _, url, alt in sorted(product.images, key=lambda image: image[0]):
            of = [set(choice.items()) for choice in shown.get(url, ())]
            shared = dict(set.intersection(*of)) if of else {}
            media.append(documents.MediaDoc(url=url, alt={self._language: alt} if alt else {}, choice=shared))
        title, description = product.text("seo title"), product.text("seo description")
        return documents.ProductDoc(
            options=tuple(values),
            values={option: tuple(some) for option, some in values.items()},
            media=tuple(media),
            seo=documents.SeoDoc(
                title={self._language: title} if title else {},
                description={self._language: description} if description else {},
            ),
        )

    def _product(self, n: int, product: ReadProduct, doc: documents.ProductDoc) -> bool:
        vendor, brand = product.text("vendor")[:200], None
        if vendor:
            brand = slugify(vendor, self._language) or "brand"
            self._run("INSERT OR IGNORE INTO brand VALUES (?, ?, ?, '{}')", (brand, brand, vendor))
        kind = "gift_card" if product.text("gift card").lower() == "true" else "physical"
        if kind == "physical" and product.text("variant requires shipping").lower() == "false":
            kind = "digital"
        status = "discontinued" if product.text("status").lower() == "archived" else "active"
        new = (kind, brand, status, documents.dumps(doc))
        before = self._run("SELECT kind, brand_id, status, doc FROM product WHERE n = ?", (n,)).fetchone()
        if before is None:
            self._run(
                "INSERT INTO product (n, id, sku, kind, brand_id, status, rank, sales, created, updated, doc)"
                " VALUES (?, ?, NULL, ?, ?, ?, 0, 0, ?, ?, ?)",
                (n, product.handle, *new[:3], self._today, self._now, new[3]),
            )
            return True
        self._run("UPDATE product SET kind = ?, brand_id = ?, status = ?, doc = ? WHERE n = ?", (*new, n))
        return bool(before != new)

    def _texts(self, n: int, product: ReadProduct) -> bool:
        body = product.first.get("body (html)", "").strip()
        plain = " ".join(html.unescape(_TAGS.sub(" ", body[:4000])).split())
        summary = product.text("seo description") or (
            plain if len(plain) <= 140 else plain[:140].rsplit(" ", 1)[0] + "…"
        )
        wanted = slugify(product.handle, self._language) or f"product-{n}"
        taken = self._run(
            "SELECT 1 FROM product_text WHERE language = ? AND slug = ? AND product_n <> ?", (self._language, wanted, n)
        )
        slug = wanted if taken.fetchone() is None else f"{wanted}-{n}"
        row = (n, self._language, slug, product.text("title"), summary, body)
        before = self._run("SELECT * FROM product_text WHERE product_n = ? AND language = ?", row[:2]).fetchone()
        self._run("INSERT OR REPLACE INTO product_text VALUES (?, ?, ?, ?, ?, ?)", row)
        return bool(before != row)

    def _variants(self, n: int, handle: str, kept: list[ReadVariant], choices: list[dict[str, str]]) -> None:
        """The product's variants are these and no others; one that is there already keeps its id."""
        before = self._run("SELECT id, sku, choice FROM variant WHERE product_n = ?", (n,)).fetchall()
        by_sku = {sku: id for id, sku, _ in before if sku}
        by_choice = {choice: id for id, _, choice in before}
        old = [id for id, _, _ in before]
        self._connection.executemany("DELETE FROM price WHERE variant_id = ?", ((id,) for id in old))
        self._run("DELETE FROM variant WHERE product_n = ?", (n,))
        given: set[str] = set()
        for position, (variant, choice) in enumerate(zip(kept, choices, strict=True)):
            chosen = documents.dumps(choice)
            id = by_sku.get(variant.sku or "") or by_choice.get(chosen) or f"{handle}/{'/'.join(choice.values())}"
            if id in given:
                id = f"{handle}/{'/'.join(choice.values())}"
            given.add(id)
            measure = documents.dumps(variant.measure) if variant.measure else None
            row = (id, n, position, variant.sku, chosen, variant.stock, variant.policy, None, variant.barcode, measure)
            self._run("INSERT INTO variant VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            prices = [(id, *price) for price in self._priced(variant)]
            self._connection.executemany("INSERT OR REPLACE INTO price VALUES (?, ?, ?, ?, ?)", prices)

    def _priced(self, variant: ReadVariant) -> Iterator[tuple[str, str, str, str | None]]:
        for column, amount in variant.prices.items():
            for currency, rate in self._prices.get(column, ()):
                before = variant.compare_at.get(column)
                shown = str(_times(before, rate)) if before is not None and before > amount else None
                yield currency, currency, str(_times(amount, rate)), shown


def _times(amount: Decimal, rate: Decimal) -> Decimal:
    return amount if rate == 1 else (amount * rate).quantize(Decimal("0.01"))
