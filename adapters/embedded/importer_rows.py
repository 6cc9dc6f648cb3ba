"""Reading the product CSV that Shopify exports: several rows a product, one after the other."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from .documents import MeasureDoc

LARGEST_CELL = 1_000_000
MOST_VARIANTS = 2_000
_HIGHEST = Decimal(10) ** 9
_COLUMNS = {
    # The newer export calls some columns otherwise; both are read.
    "url handle": "handle",
    "description": "body (html)",
    "published on online store": "published",
    "sku": "variant sku",
    "barcode": "variant barcode",
    "price": "variant price",
    "compare-at price": "variant compare at price",
    "inventory tracker": "variant inventory tracker",
    "inventory quantity": "variant inventory qty",
    "continue selling when out of stock": "variant inventory policy",
    "requires shipping": "variant requires shipping",
    "product image url": "image src",
    "variant image url": "variant image",
    "unit price total measure amount": "unit price total measure",
    "unit price base measure amount": "unit price base measure",
}
_UNITS = {
    "mg": ("g", Decimal("0.001")), "g": ("g", Decimal(1)), "kg": ("g", Decimal(1000)),
    "ml": ("ml", Decimal(1)), "cl": ("ml", Decimal(10)), "l": ("ml", Decimal(1000)),
    "mm": ("m", Decimal("0.001")), "cm": ("m", Decimal("0.01")), "m": ("m", Decimal(1)),
}  # fmt: skip

Row = Mapping[str, str]
Reject = Callable[[int, str], None]


@dataclass(slots=True)
class ReadVariant:
    """A row's variant. `prices` and `compare_at` by column: "" is the file's own, else a market's name."""

    line: int
    values: tuple[str, ...]
    sku: str | None
    prices: dict[str, Decimal]
    compare_at: dict[str, Decimal]
    stock: int | None
    policy: str
    barcode: str | None
    measure: MeasureDoc | None
    image: str | None


@dataclass(slots=True)
class ReadProduct:
    """A product as the file has it."""

    line: int
    handle: str
    first: Row
    options: tuple[str, ...] = ()
    variants: list[ReadVariant] = field(default_factory=list)
    images: list[tuple[int, str, str]] = field(default_factory=list)

    def text(self, column: str) -> str:
        return self.first.get(column, "").strip()


def encoding_of(path: Path) -> str:
    """The file's encoding: by its mark, else UTF-8 where all of it is, else what Windows wrote."""
    with path.open("rb") as file:
        start = file.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        try:
            while start:
                decoder.decode(start)
                start = file.read(1 << 20)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def read_rows(path: Path, reject: Reject, at: Callable[[int], None]) -> Iterator[tuple[int, Row]]:
    """Each row and the line it begins at. Raises `ValueError` for a file that is no such export. `at` is told how many
    bytes were read."""
    csv.field_size_limit(LARGEST_CELL)
    encoding = encoding_of(path)
    with path.open("rb") as raw, io.TextIOWrapper(raw, encoding, errors="replace", newline="") as text:
        lines = (line.replace("\0", "") for line in text)
        reader = csv.reader(lines)
        header = _header(reader)
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                reject(line, f"cannot be read: {error}")
                continue
            at(raw.tell())
            if not any(cells):
                continue
            if len(cells) > len(header):
                reject(line, f"has {len(cells)} cells where the header has {len(header)}")
                continue
            yield line, {name: cell for name, cell in zip(header, cells, strict=False) if cell}


def _header(reader: Iterator[list[str]]) -> list[str]:
    try:
        names = [name.strip().lower() for name in next(reader)]
    except StopIteration:
        raise ValueError("the file is empty") from None
    except csv.Error as error:
        raise ValueError(f"the header cannot be read: {error}") from None
    header = [_COLUMNS.get(name, name) for name in names]
    missing = [name for name in ("handle", "title", "variant price") if name not in header]
    if missing:
        raise ValueError(f"the header has no {', '.join(missing)}: is this Shopify's product export?")
    return header


def read_products(
    path: Path, markets: Sequence[str], reject: Reject, at: Callable[[int], None]
) -> Iterator[ReadProduct]:
    """The products whose rows make sense, in the file's order; what does not is told to `reject`. `markets` are names of
    price columns (`Price / NAME`)."""
    seen: set[str] = set()
    product: ReadProduct | None = None
    for line, row in read_rows(path, reject, at):
        handle = row.get("handle", "").strip()
        if not handle:
            reject(line, "has no handle")
            continue
        if product is None or handle != product.handle:
            if product is not None and _complete(product, reject):
                yield product
            product = ReadProduct(line, handle, row)
            product.options = tuple(
                name for place in (1, 2, 3) if (name := row.get(f"option{place} name", "").strip()) and name != "Title"
            )
            if handle in seen:
                reject(line, f"handle {handle[:80]} appeared before; all its rows must stand together")
                product.handle, product.first = handle, {}
            seen.add(handle)
        if product.first:
            _take(product, line, row, markets, reject)
    if product is not None and _complete(product, reject):
        yield product


def _complete(product: ReadProduct, reject: Reject) -> bool:
    if not product.first:
        return False
    title = product.text("title")
    if not title or len(title) > 500:
        reject(product.line, "has no title" if not title else "its title is longer than 500 characters")
    elif not product.variants:
        reject(product.line, f"{title[:80]} has no variant that can be sold")
    else:
        return True
    return False


def _take(product: ReadProduct, line: int, row: Row, markets: Sequence[str], reject: Reject) -> None:
    """What one row adds: a picture, a variant, or both."""
    source = row.get("image src", "").strip()
    if source:
        if source.startswith(("https://", "http://")) and len(source) <= 2000:
            place = row.get("image position", "").strip()
            product.images.append(
                (int(place) if place.isdecimal() else 999, source, row.get("image alt text", "").strip())
            )
        else:
            reject(line, "its picture's address is not http or https")
    if not any(row.get(name) for name in ("variant price", "variant sku", "option1 value")):
        if not source:
            reject(line, "holds neither a variant nor a picture")
        return
    try:
        product.variants.append(_variant(product, line, row, markets))
    except ValueError as error:
        reject(line, str(error))


def _variant(product: ReadProduct, line: int, row: Row, markets: Sequence[str]) -> ReadVariant:
    values = tuple(row.get(f"option{place + 1} value", "").strip() for place in range(len(product.options)))
    if not all(values):
        raise ValueError(f"has no value for {product.options[values.index('')][:80]}")
    if any(values == other.values for other in product.variants):
        raise ValueError(
            f"repeats the variant {', '.join(values)[:80]}" if values else "repeats the product's only variant"
        )
    if len(product.variants) >= MOST_VARIANTS:
        raise ValueError(f"is beyond {MOST_VARIANTS} variants")
    price = _amount(row, "variant price")
    if price is None:
        raise ValueError("has no price")
    prices, compare_at = {"": price}, {}
    if (before := _amount(row, "variant compare at price")) is not None:
        compare_at[""] = before
    for market in markets:
        if (own := _amount(row, f"price / {market}")) is not None:
            prices[market] = own
            if (before := _amount(row, f"compare at price / {market}")) is not None:
                compare_at[market] = before
    goes_on = row.get("variant inventory policy", "").strip().lower() in ("continue", "true", "yes")
    return ReadVariant(
        line=line,
        values=values,
        sku=row.get("variant sku", "").strip().removeprefix("'") or None,
        prices=prices,
        compare_at=compare_at,
        stock=_stock(row),
        policy="backorder" if goes_on else "deny",
        barcode=row.get("variant barcode", "").strip().removeprefix("'") or None,
        measure=_measure(row),
        image=row.get("variant image", "").strip() or None,
    )


def _amount(row: Row, column: str) -> Decimal | None:
    """A price: digits, with a point. Raises `ValueError`."""
    written = row.get(column, "").strip()
    if not written:
        return None
    try:
        amount = Decimal(written) if len(written) < 30 else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount < _HIGHEST:
        raise ValueError(f"{column} is no price: {written[:40]!r}")
    return (
        amount.quantize(Decimal("0.01"))
        if amount == amount.quantize(Decimal("0.01"))
        else amount.quantize(Decimal("0.0001"))
    )


def _stock(row: Row) -> int | None:
    """None where stock is not counted; never below nothing."""
    if not row.get("variant inventory tracker", "").strip():
        return None
    written = row.get("variant inventory qty", "").strip()
    if not written:
        return None
    if not re.fullmatch(r"-?[0-9]{1,9}", written, re.ASCII):
        raise ValueError(f"variant inventory qty is no number: {written[:40]!r}")
    return max(int(written), 0)


def _measure(row: Row) -> MeasureDoc | None:
    """The unit price's measures, both in the base's unit; None where they do not fit together."""
    unit = row.get("unit price base measure unit", "").strip().lower()
    total = _UNITS.get(row.get("unit price total measure unit", "").strip().lower())
    base = _UNITS.get(unit)
    amount, reference = _amount(row, "unit price total measure"), _amount(row, "unit price base measure")
    if not amount or not reference or total is None or base is None or total[0] != base[0]:
        return None
    return MeasureDoc(amount=amount * total[1] / base[1], unit=unit, reference=reference)
