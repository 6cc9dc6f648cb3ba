"""What the bag's forms and links say, read into what the cart's port takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

import msgspec

from bff.ports import Cart, Input, InputValue, InvalidInput, Line, LineInput, Product, VariantKey
from bff.web.forms import Choice, Field, Kind, tidy

INPUT_PREFIX = "i."
QUANTITY_PREFIX = "q."
SHOWN_PREFIX = "was."
MAX_INPUT = 2_000
MAX_QUANTITY = Decimal(9_999)
MAX_LINES = 50
"""How many lines a form may bring at once, and a link name."""
MAX_ID = 200

KINDS: Mapping[str, Kind] = {"number": "number", "amount": "number", "date": "date", "choice": "select"}

Query = Iterable[tuple[str, str]]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of the lines that are there. `typed` are quantities that are none, as they were typed, by line."""

    quantities: tuple[tuple[str, Decimal], ...] = ()
    typed: Mapping[str, str] = {}
    removed: str | None = None
    later: str | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a link names: a key and how many."""

    key: VariantKey
    quantity: Decimal = Decimal(1)


def quantity(text: str | None) -> Decimal | None:
    """A quantity a form brought: 0 to 9,999, at most three decimals; None for anything else."""
    try:
        value = Decimal((text or "").strip().replace(",", ".")[:12])
    except InvalidOperation:
        return None
    if not value.is_finite() or not 0 <= value <= MAX_QUANTITY or -int(value.as_tuple().exponent) > 3:
        return None
    return value


def line_input(fields: Mapping[str, str]) -> LineInput:
    """What one buy form asks for; one piece where it names no quantity. Raises `InvalidInput` where nothing names a
    variant, or the quantity is none."""
    amount = quantity(fields.get("quantity", "1"))
    wrong = {} if fields.get("variant") or fields.get("sku") else {"variant": "is missing"}
    if not amount:
        wrong["quantity"] = f"is none from 1 to {MAX_QUANTITY}"
    if wrong or not amount:
        raise InvalidInput(wrong)
    inputs = tuple(
        InputValue(id=name[len(INPUT_PREFIX) :], value=typed[:MAX_INPUT])
        for name, value in fields.items()
        if name.startswith(INPUT_PREFIX) and len(name) < 100 and (typed := tidy(value))
    )
    return LineInput(variant=_key(fields), quantity=amount, inputs=inputs, plan=fields.get("plan", "")[:MAX_ID] or None)


def line_inputs(fields: Mapping[str, str]) -> tuple[LineInput, ...]:
    """One line of plain fields, or several of `lines.N.…`. Raises `InvalidInput`, naming the field of the line."""
    grouped: dict[int, dict[str, str]] = {}
    for name, value in fields.items():
        prefix, _, rest = name.partition(".")
        number, _, own = rest.partition(".")
        if prefix == "lines" and own and number.isascii() and number.isdigit() and len(number) < 4:
            grouped.setdefault(int(number), {})[own] = value
    if not grouped:
        return (line_input(fields),)
    if len(grouped) > MAX_LINES:
        raise InvalidInput({"lines": f"at most {MAX_LINES}"})
    found: list[LineInput] = []
    wrong: dict[str, str] = {}
    for position, line in sorted(grouped.items()):
        try:
            found.append(line_input(line))
        except InvalidInput as error:
            wrong |= {f"lines.{position}.{name}": text for name, text in error.fields.items()}
    if wrong:
        raise InvalidInput(wrong)
    return tuple(found)


def change(fields: Mapping[str, str]) -> Change:
    """Only what differs from what the form was shown with (`was.{line}`) is asked for: a form in an old tab undoes nothing
    that was done in another."""
    quantities: list[tuple[str, Decimal]] = []
    typed: dict[str, str] = {}
    for name, text in fields.items():
        line = name[len(QUANTITY_PREFIX) :]
        if not name.startswith(QUANTITY_PREFIX) or not 0 < len(line) <= MAX_ID or len(quantities) >= MAX_LINES * 2:
            continue
        value = quantity(text)
        if value is None:
            typed[line] = text[:20]
        elif value != quantity(fields.get(SHOWN_PREFIX + line)) or SHOWN_PREFIX + line not in fields:
            quantities.append((line, value))
    removed = fields.get("remove", "")[:MAX_ID] or None
    later = fields.get("later", "")[:MAX_ID] or None
    return Change(quantities=tuple(quantities), typed=typed, removed=removed, later=None if removed else later)


def link_items(params: Query) -> tuple[Wanted, ...]:
    """`sku=A&quantity=2&sku=B`: each `sku` or `variant` begins an item, `quantity` and `product` belong to it."""
    found: list[Wanted] = []
    for name, value in params:
        value = value.strip()
        if name in ("sku", "variant") and 0 < len(value) <= MAX_ID:
            if len(found) == MAX_LINES:
                break
            found.append(Wanted(key=VariantKey(sku=value) if name == "sku" else VariantKey(id=value)))
        elif name == "quantity" and found:
            found[-1] = msgspec.structs.replace(found[-1], quantity=quantity(value) or Decimal(1))
        elif name == "product" and found and 0 < len(value) <= MAX_ID:
            key = msgspec.structs.replace(found[-1].key, product_id=value)
            found[-1] = msgspec.structs.replace(found[-1], key=key)
    return tuple(found)


def link_query(cart: Cart) -> tuple[list[tuple[str, str]], bool]:
    """The bag as a link's query, and whether that says all of it: what has no SKU is left out, and so is what was typed."""
    query: list[tuple[str, str]] = []
    whole = True
    for line in cart.lines[:MAX_LINES]:
        if line.fixed or line.parent:
            continue
        whole = whole and bool(line.key.sku) and not line.inputs and line.plan is None
        if line.key.sku:
            query += [("sku", line.key.sku), ("quantity", f"{line.quantity.normalize():f}")]
    return query, whole and len(cart.lines) <= MAX_LINES


def input_fields(product: Product) -> tuple[Field, ...]:
    """A product's inputs as a form's fields, in the backend's words."""
    return tuple(
        Field(
            name=INPUT_PREFIX + item.id,
            kind=KINDS.get(item.kind, "text"),
            required=item.required,
            limit=_limit(item),
            words=item.label,
            choices=tuple(Choice(value=choice.id, label=choice.name) for choice in item.choices),
        )
        for item in product.inputs
        if item.kind != "file"
    )


def _limit(item: Input) -> int:
    return int(item.maximum) if item.kind == "text" and item.maximum is not None else MAX_INPUT


def by_sku(line: LineInput) -> LineInput | None:
    """What to ask another backend for: what a SKU says all of. None where ids of the one before are needed for it."""
    if not line.variant.sku or line.inputs or line.plan or line.parent:
        return None
    return LineInput(variant=VariantKey(sku=line.variant.sku), quantity=line.quantity)


def all_by_sku(lines: Iterable[LineInput]) -> tuple[LineInput, ...] | None:
    """All of them so, or none."""
    found = [by_sku(line) for line in lines]
    known = tuple(line for line in found if line is not None)
    return known if len(known) == len(found) else None


def same_line(line: Line, wanted: LineInput) -> bool:
    """Whether a line holds what was asked for: variant, inputs and plan."""
    key = wanted.variant
    same = (key.id is not None and line.key.id == key.id) or (key.sku is not None and line.key.sku == key.sku)
    typed = {(item.id, item.value) for item in line.inputs}
    return same and (line.plan or None) == wanted.plan and typed <= {(item.id, item.value) for item in wanted.inputs}


def again(line: Line) -> LineInput:
    """What to ask for so that a line comes back as it was."""
    return LineInput(variant=line.key, quantity=line.quantity, inputs=line.inputs, plan=line.plan)


def _key(fields: Mapping[str, str]) -> VariantKey:
    return VariantKey(
        id=fields.get("variant", "")[:MAX_ID] or None,
        product_id=fields.get("product", "")[:MAX_ID] or None,
        sku=fields.get("sku", "")[:MAX_ID] or None,
    )


def named(lines: Sequence[Line]) -> dict[str, str]:
    """Lines' titles by id: what to call one that is gone afterwards."""
    return {line.id: line.title for line in lines}
