"""A cart's lines: what may be put in, how much of it, and what the shopper typed."""

# ruff: noqa: S608  (identifiers and placeholders are ours; values are always bound)

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Literal, NamedTuple

import msgspec

from bff.ports import InputValue, LineInput, Problem, ProblemCode, QuantityRule, Target, VariantKey

from . import documents, variants
from .documents import CardDoc, InputDoc, PlanDoc
from .product import rule
from .reading import Reading
from .variants import Row

LINES = 100
MOST = Decimal(9_999)
"""The most pieces of one variant a cart holds, whatever the stock."""
_inputs = msgspec.json.Decoder(tuple[tuple[str, str], ...])


class Asked(NamedTuple):
    """A line that may stand in a cart: its variant as it is now, and what goes with it."""

    row: Row
    product_id: str
    kind: str
    status: str
    doc: CardDoc
    title: str
    slug: str
    quantity: Decimal
    inputs: tuple[tuple[str, str], ...]
    plan: str | None
    parent: str | None

    @property
    def key(self) -> VariantKey:
        return VariantKey(id=self.row.id, product_id=self.product_id, sku=self.row.sku)


class Held(NamedTuple):
    """A line as the database has it; `inputs` is its JSON."""

    id: str
    position: int
    variant: str
    quantity: Decimal
    inputs: str
    plan: str | None
    parent: str | None
    title: str

    def same(self, variant: str, inputs: str, plan: str | None, parent: str | None) -> bool:
        return (self.variant, self.inputs, self.plan, self.parent) == (variant, inputs, plan, parent)

    def known(self, r: Reading) -> bool:
        return r.connection.execute("SELECT 1 FROM variant WHERE id = ?", (self.variant,)).fetchone() is not None

    def asked(self, r: Reading, own: Mapping[str, int] | None = None) -> Asked | None:
        """The line with its variant as it is now; None where that is not sold in the market any more. `own`: pieces the
        cart's own order has taken already, which are there for it."""
        found = find(r, VariantKey(id=self.variant))
        if found is None:
            return None
        row = found.row
        if own and row.stock is not None:
            row = row._replace(stock=row.stock + own.get(row.id, 0))
        return found._replace(
            row=row, quantity=self.quantity, inputs=_inputs.decode(self.inputs), plan=self.plan, parent=self.parent
        )


def held_lines(r: Reading, cart: str) -> list[Held]:
    rows = r.connection.execute(
        "SELECT id, position, variant_id, quantity, inputs, plan, parent, title FROM cart_line WHERE cart_id = ?"
        " ORDER BY position",
        (cart,),
    )
    return [Held(id, at, variant, Decimal(q), inputs, *rest) for id, at, variant, q, inputs, *rest in rows]


def find(r: Reading, key: VariantKey) -> Asked | None:
    """A variant by id, else by SKU."""
    column, value = ("id", key.id) if key.id else ("sku", key.sku)
    found = r.connection.execute(
        f"SELECT d.id, d.kind, d.status, d.doc, {variants.COLUMNS} FROM variant v JOIN product d ON d.n = v.product_n"
        f" JOIN price p ON p.variant_id = v.id AND p.list = ? WHERE v.{column} = ? AND d.status <> 'gone'",
        (r.price_list, value),
    ).fetchone()
    if found is None:
        return None
    product_id, kind, status, doc, *columns = found
    row = variants.row(r, columns)
    words = {
        language: (title, slug)
        for language, title, slug in r.connection.execute(
            "SELECT language, title, slug FROM product_text WHERE product_n = ?", (row.product_n,)
        )
    }
    text = r.by_language(words)
    title, slug = text[1] if text else (product_id, product_id)
    return Asked(row, product_id, kind, status, documents.card(doc), title, slug, Decimal(1), (), None, None)


def ask(r: Reading, line: LineInput, problems: list[Problem]) -> Asked | None:
    """The line to put in, or None and the problem that keeps it out."""
    found = find(r, line.variant) if line.variant.id or line.variant.sku else None
    target = Target(kind="variant", id=line.variant.id or line.variant.sku, key=line.variant)
    if found is None:
        problems.append(Problem(code="not_sold_here", severity="error", target=target))
        return None
    if rule_problem(line.quantity):
        problems.append(Problem(code="quantity_rule", severity="error", target=target))
        return None
    plan = next((each for each in found.doc.plans if each.id == line.plan), None)
    if (line.plan and plan is None) or (plan is None and any(each.required for each in found.doc.plans)):
        problems.append(Problem(code="input_invalid", severity="error", target=Target(kind="field", id="plan")))
        return None
    wrong = [field for field in found.doc.inputs if not _valid(r, field, _given(line, field))]
    if wrong:
        fields = (Target(kind="field", id=field.id, key=found.key) for field in wrong)
        problems += [Problem(code="input_invalid", severity="error", target=field) for field in fields]
        return None
    inputs = tuple((field.id, given) for field in found.doc.inputs if (given := _given(line, field)))
    return found._replace(quantity=line.quantity, inputs=inputs, plan=plan.id if plan else None, parent=line.parent)


def _given(line: LineInput, field: InputDoc) -> str:
    return next((each.value.strip() for each in line.inputs if each.id == field.id), "")


def _valid(r: Reading, field: InputDoc, value: str) -> bool:
    """Whether a value fits its input; an empty one fits where nothing is required."""
    if not value:
        return not field.required
    if field.kind == "text":
        return (field.minimum or 0) <= len(value) <= (field.maximum or 500)
    if field.kind == "choice":
        return any(choice.id == value for choice in field.choices)
    if field.kind == "date":
        try:
            return datetime.date.fromisoformat(value) >= r.today
        except ValueError:
            return False
    if field.kind not in ("number", "amount"):
        return False
    try:
        number = Decimal(value)
    except InvalidOperation:
        return False
    least, most = field.minimum, field.maximum
    return number.is_finite() and (least is None or number >= least) and (most is None or number <= most)


def rule_problem(quantity: Decimal) -> bool:
    """Whether a quantity is none: pieces are whole, and at least one."""
    return not quantity.is_finite() or quantity < 1 or quantity != quantity.to_integral_value()


def decided(
    r: Reading, asked: Asked, quantity: Decimal, others: Decimal, target: Target, problems: list[Problem]
) -> Decimal:
    """How many of `quantity` the line may hold, `others` of the variant standing in other lines; tells what it changed.
    0: none at all."""
    stock = variants.availability(r, asked.status, asked.row, asked.doc.quantity)
    if not stock.buyable:
        problems.append(Problem(code="out_of_stock", severity="error", target=target, limit=Decimal(0)))
        return Decimal(0)
    possible = allowed(rule(asked.doc), MOST if stock.orderable is None else min(MOST, stock.orderable - others))
    if quantity > possible:
        code: ProblemCode = "quantity_reduced" if possible > 0 else "out_of_stock"
        severity: Literal["error", "warning"] = "warning" if possible > 0 else "error"
        problems.append(Problem(code=code, severity=severity, target=target, limit=possible))
        return possible
    limits = rule(asked.doc)
    if quantity < limits.minimum or (quantity - limits.minimum) % limits.step:
        problems.append(Problem(code="quantity_rule", severity="error", target=target, limit=limits.minimum))
        return Decimal(0)
    return quantity


def allowed(limits: QuantityRule, orderable: Decimal) -> Decimal:
    """The most that fits a rule and what can be ordered: whole steps from the minimum; 0 where the minimum is too many."""
    most = orderable if limits.maximum is None else min(limits.maximum, orderable)
    return Decimal(0) if most < limits.minimum else most - (most - limits.minimum) % limits.step


def typed(r: Reading, doc: CardDoc, inputs: Sequence[tuple[str, str]]) -> tuple[InputValue, ...]:
    """What the shopper typed, with its label and, for a choice, its words."""
    fields = {field.id: field for field in doc.inputs}
    made: list[InputValue] = []
    for id, value in inputs:
        field = fields.get(id)
        words = next((r.text(c.name) for c in field.choices if c.id == value), value) if field else value
        made.append(InputValue(id=id, value=value, label=r.text(field.label) if field else None, text=words))
    return tuple(made)


def plan_of(asked: Asked) -> PlanDoc | None:
    return next((plan for plan in asked.doc.plans if plan.id == asked.plan), None)


def surcharge(r: Reading, asked: Asked) -> Decimal:
    """What the filled inputs add to one piece."""
    fields = {field.id: field for field in asked.doc.inputs}
    total = Decimal(0)
    for id, value in asked.inputs:
        field = fields.get(id)
        if field is None:
            continue
        total += field.price.get(r.price_list, Decimal(0))
        total += sum((c.price.get(r.price_list, Decimal(0)) for c in field.choices if c.id == value), Decimal(0))
    return total
