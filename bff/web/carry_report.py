"""What became of a cart that was carried to another backend, compared by quantity per (SKU, inputs, plan): what does not
come has a line in the report. What has no SKU never comes, and has a line each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from bff.ports import Problem, ProblemCode, Target, VariantKey

from .control_carts import SeenLine

NONE = Decimal(0)
Key = tuple[str, tuple[tuple[str, str], ...], str]
"""The SKU (or, without one, the line), what was typed, the plan."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What is not as it was; `titles` name what problems are about, by their targets' ids. `source`: of what the cart was
    built (`Goods.source`)."""

    problems: tuple[Problem, ...] = ()
    titles: dict[str, str] = {}
    source: Literal["cart", "seen", "lost"] = "cart"

    @property
    def status(self) -> str:
        """The message that sums it up."""
        if self.source != "cart":
            return f"bag.carried.{self.source}"
        return "bag.carried.changed" if self.problems else "bag.carried"


def joined(reports: Sequence[Report]) -> Report | None:
    """Several as one."""
    if not reports:
        return None
    worst = min((report.source for report in reports), key=("lost", "seen", "cart").index)
    problems = tuple(problem for report in reports for problem in report.problems)
    titles = {id: title for report in reports for id, title in report.titles.items()}
    return Report(problems=problems, titles=titles, source=worst)


def key(line: SeenLine) -> Key:
    return line.sku or "\0" + line.line, line.inputs, line.plan or ""


def own(lines: Iterable[SeenLine]) -> tuple[SeenLine, ...]:
    """Those that are the shopper's: gifts are the backend's."""
    return tuple(line for line in lines if not line.fixed)


def amounts(lines: Iterable[SeenLine]) -> dict[Key, Decimal]:
    found: defaultdict[Key, Decimal] = defaultdict(Decimal)
    for line in lines:
        found[key(line)] += line.quantity
    return found


def came(wanted: Iterable[SeenLine], before: Iterable[SeenLine], after: Iterable[SeenLine]) -> dict[Key, Decimal]:
    """How much of what is wanted came, by what lies there before and after."""
    had, have = amounts(own(before)), amounts(own(after))
    return {
        what: min(quantity, max(NONE, have[what] - had[what])) if not what[0].startswith("\0") else NONE
        for what, quantity in amounts(wanted).items()
    }


def parted(lines: Iterable[SeenLine], some: Mapping[Key, Decimal]) -> tuple[tuple[SeenLine, ...], tuple[SeenLine, ...]]:
    """Of each line what is among `some`, and the rest; quantities may be 0."""
    left, there, rest = dict(some), list[SeenLine](), list[SeenLine]()
    for line in lines:
        taken = min(line.quantity, left.get(key(line), NONE))
        left[key(line)] = left.get(key(line), NONE) - taken
        there.append(msgspec.structs.replace(line, quantity=taken))
        rest.append(msgspec.structs.replace(line, quantity=line.quantity - taken))
    return tuple(there), tuple(rest)


def reported(
    wanted: Sequence[SeenLine], before: Sequence[SeenLine], after: Sequence[SeenLine], said: Iterable[Problem]
) -> Report:
    """Every difference between what was to come and what came: in the new backend's words where it `said` which thing it
    speaks of, else in ours."""
    here = {key(line): line for line in own(after)}
    problems = [*said]
    told = {problem.target.key.sku for problem in problems if problem.target.key is not None}
    names = {line.sku: line.title for line in wanted}
    titles = {
        p.target.id: names[p.target.key.sku]
        for p in problems
        if p.target.id and p.target.key and p.target.key.sku in names
    }
    goal, have = amounts(wanted), came(wanted, before, after)
    skus = [sku for sku, _, _ in goal]
    for what, quantity in goal.items():
        line = next(line for line in wanted if key(line) == what)
        if (there := have[what]) < quantity and not (line.sku in told and skus.count(what[0]) == 1):
            target = Target(kind="variant", id=f"{line.sku or ''} {line.line}", key=VariantKey(sku=line.sku))
            titles[target.id or ""] = line.title
            code: ProblemCode = "quantity_reduced" if there else "line_unavailable"
            problems.append(Problem(code=code, severity="warning", target=target, limit=there or None))
        if there and (dearer := _price(line, here.get(what))):
            problems.append(dearer)
    return Report(problems=tuple(problems), titles=titles)


def _price(before: SeenLine, now: SeenLine | None) -> Problem | None:
    old, new = before.unit, now.unit if now else None
    if now is None or old is None or new is None or old == new or old.currency != new.currency:
        return None
    target = Target(kind="line", id=now.line)
    return Problem(code="price_changed", severity="info", target=target, before=old, after=new)
