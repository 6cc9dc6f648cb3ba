"""From events to a verdict: what is added up is what a plain loop adds up, and nothing is decided too early."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pytest

from bff.events.event import ORDER_UNSEEN, RENDER_MS, Event
from bff.events.sqlite import SqliteSink
from bff.experiments.analysis.evidence import Asked, Evidence, gather, reading
from bff.experiments.analysis.guard import LOSS, Limit
from bff.experiments.analysis.metrics import Metric, Rates, metric
from bff.experiments.analysis.report import Design, Guard, Report
from bff.experiments.analysis.statistic import Sums
from bff.experiments.analysis.verdict import report
from tests.events.made import event, exposure, purchase

DAY = 86_400.0
START = 20_000 * DAY
NOW = START + 40 * DAY
HALF = {"control": 0.5, "big": 0.5}


def design(**own: object) -> Design:
    known: dict[str, object] = {
        "experiment": "card",
        "phase": 1,
        "control": "control",
        "weights": HALF,
        "primary": "add_to_cart",
        "planned": 4_000,
    }
    return Design(**{**known, **own})  # type: ignore[arg-type]


def log(folder: Path, events: Iterable[Event]) -> Path:
    file = folder / "events.sqlite"
    sink = SqliteSink(file)
    sink.write([*events])
    sink.close()
    return file


def people(
    n: int, rate: float, variation: str, *, at: float = START, kind: str = "add_to_cart", offset: int = 0
) -> list[Event]:
    """`n` visitors of a variation, of whom the first `rate` convert."""
    names = [f"{variation}-{i + offset}" for i in range(n)]
    shown = [exposure(name, variation, at=at) for name in names]
    return shown + [event(kind, name, at=at + 60) for name in names[: round(n * rate)]]


def made(folder: Path, events: Iterable[Event], **own: object) -> Report:
    return report(log(folder, events), design(**own), now=NOW)


class Life:
    """Everything that visitors did, to add up in the plain way."""

    def __init__(self, seed: int) -> None:
        dice = random.Random(seed)
        self.events: list[Event] = []
        self.dice = dice
        for i in range(400):
            name, variation = f"v{i}", dice.choice(("control", "big"))
            market = dice.choice(("gb", "de"))
            first = START + dice.randrange(5) * DAY + dice.randrange(1_000)
            self.events.append(exposure(name, variation, at=first, market=market, fallback=dice.random() < 0.05))
            if dice.random() < 0.05:
                other = "big" if variation == "control" else "control"
                self.events.append(exposure(name, other, at=first + 9, market=market))
            if dice.random() < 0.05:
                self.events.append(exposure(name, variation, phase=2, at=first))
            for n in range(dice.choice((0, 0, 1, 4))):
                at = first + dice.uniform(-40, 20) * DAY
                self.events.append(event("add_to_cart", name, at=at))
                if dice.random() < 0.5:
                    worth, code = round(dice.lognormvariate(3, 1), 2), dice.choice(("EUR", "GBP", "USD"))
                    self.events.append(purchase(name, f"{i}.{n}", worth, at=at, currency=code))
            for _ in range(dice.choice((0, 1, 3))):
                self.events.append(
                    event(
                        RENDER_MS, name, at=first, experiment="card", phase=1, variation=variation, value=dice.random()
                    )
                )
        stray = {"experiment": "card", "phase": 1, "variation": "huge", "value": 9.0}
        self.events += [event(RENDER_MS, f"v{i}", at=START, **stray) for i in range(20)]
        dice.shuffle(self.events)

    def sums(self, of: Metric, variation: str, cap: float | None, rates: Rates | None, window: float = 14) -> Sums:
        shown = [each for each in self.events if each.kind == "exposure" and each.phase == 1]
        seen: dict[str, set[str | None]] = {}
        for each in shown:
            seen.setdefault(each.visitor, set()).add(each.variation)
        found = Sums()
        for one in shown:
            if one.variation != variation or len(seen[one.visitor]) > 1:
                continue
            y = d = x = 0.0
            for each in self.events:
                if each.visitor != one.visitor or each.kind != of.kind:
                    continue
                if of.of == "reading":
                    if each.variation != variation:
                        continue
                    y, d = y + (each.value or 0.0), d + 1
                    continue
                worth = 1.0
                if of.is_money:
                    worth = (each.value or 0.0) * ((rates.of(each.currency or "") or 0.0) if rates else 1.0)
                    if not rates and each.currency != of.currency:
                        continue
                since = round(each.at * 1_000) - round(one.at * 1_000)
                if 0 <= since < window * DAY * 1_000:
                    y, d = y + worth, d + 1
                elif -28 * DAY * 1_000 <= since < 0:
                    x += worth
            if of.of == "share":
                y, x = float(y > 0), float(x > 0)
            active = int(y > 0)
            if cap is not None:
                y, x = min(y, cap), min(x, cap)
            d = d if of.of in ("ratio", "reading") else 0.0
            x = 0.0 if of.of in ("ratio", "reading") else x
            found += Sums(n=1, active=active, y=y, yy=y * y, d=d, dd=d * d, yd=y * d, x=x, xx=x * x, xy=x * y)
        return found


METRICS = ("add_to_cart", "purchase", "add_to_cart_per_visitor", "revenue_per_visitor", "revenue_per_order", RENDER_MS)


def gathered(file: Path, rates: Rates | None = None) -> Evidence:
    asked = Asked(experiment="card", phase=1, until=NOW, metrics=[metric(name) for name in METRICS], rates=rates)
    with reading(file) as db:
        return gather(db, asked)


@pytest.mark.parametrize("rates", [None, Rates(currency="EUR", rates={"GBP": 1.25})], ids=["by currency", "in one"])
def test_the_sums_are_those_of_a_plain_loop(tmp_path: Path, rates: Rates | None) -> None:
    life = Life(3)
    found = gathered(log(tmp_path, life.events), rates)
    codes = {"EUR"} if rates else {"EUR", "GBP", "USD"}
    assert {each.currency for each in found.metrics if each.is_money} == codes
    for each in found.metrics:
        for variation in HALF:
            total = Sums()
            for cell, own in found.sums[each.key].items():
                total += own if cell.variation == variation else Sums()
            wanted = life.sums(each, variation, found.caps.get(each.key), rates)
            for name in wanted.__struct_fields__:
                assert getattr(total, name) == pytest.approx(getattr(wanted, name)), (each.key, variation, name)
    if rates:
        assert found.unrated == found.orders["USD"] > 0
    else:
        assert found.unrated == 0


def test_who_saw_two_variations_is_left_out_and_counted(tmp_path: Path) -> None:
    events = [exposure("ada", "control"), exposure("ada", "big"), exposure("bob", "big"), event(visitor="ada", at=2e3)]
    found = report(log(tmp_path, events), design(), now=NOW)
    assert found.quality.multiple == 1
    assert found.quality.visitors == {"control": 0, "big": 1}
    assert found.primary[0].arms[1].total == 0


def test_nothing_yet_is_nobody(tmp_path: Path) -> None:
    for file in (tmp_path / "none.sqlite", log(tmp_path, [event()])):
        found = report(file, design(secondary=("revenue_per_visitor",)), now=NOW)
        assert (found.state, found.reasons) == ("collecting", ("empty",))
        assert found.primary[0].comparisons[0].difference == 0.0


def test_a_difference_is_found_and_named(tmp_path: Path) -> None:
    found = made(tmp_path, people(2_000, 0.30, "control") + people(2_000, 0.40, "big"))
    assert (found.state, found.winner, found.reasons) == ("better", "big", ())
    one = found.primary[0].comparisons[0]
    assert one.difference == pytest.approx(0.10)
    assert one.share == pytest.approx(1 / 3)
    assert one.sequential.low > 0.0
    assert one.fixed
    assert not one.locked


def test_worse_is_said_and_wins_nothing(tmp_path: Path) -> None:
    found = made(tmp_path, people(2_000, 0.40, "control") + people(2_000, 0.30, "big"))
    assert (found.state, found.winner) == ("worse", None)


def test_the_fixed_test_is_locked_until_its_time(tmp_path: Path) -> None:
    events = people(1_000, 0.30, "control") + people(1_000, 0.31, "big")
    found = made(tmp_path, events, ends=NOW + DAY)
    assert found.primary[0].comparisons[0].locked
    assert (found.state, found.reasons) == ("collecting", ("planned",))
    again = report(tmp_path / "events.sqlite", design(ends=NOW - DAY), now=NOW)
    assert not again.primary[0].comparisons[0].locked
    assert again.state == "none"
    less = report(tmp_path / "events.sqlite", design(planned=2_001), now=NOW)
    assert less.primary[0].comparisons[0].locked


def test_no_winner_below_a_hundred_conversions(tmp_path: Path) -> None:
    found = made(tmp_path, people(2_000, 0.0495, "control") + people(2_000, 0.20, "big"))
    assert found.primary[0].comparisons[0].state == "thin"
    assert (found.state, found.reasons) == ("collecting", ("few",))


def test_visitors_spread_otherwise_than_weighted_block_everything(tmp_path: Path) -> None:
    found = made(tmp_path, people(2_000, 0.30, "control") + people(1_500, 0.90, "big"))
    assert (found.state, found.reasons, found.winner) == ("invalid", ("srm",), None)
    assert found.quality.srm < 1e-10


def test_a_variation_that_the_definition_does_not_know_is_a_mismatch(tmp_path: Path) -> None:
    found = made(tmp_path, people(2_000, 0.30, "control") + people(2_000, 0.40, "huge"), weights={"control": 1.0})
    assert found.reasons == ("srm",)


def test_many_in_two_variations_block_everything(tmp_path: Path) -> None:
    both = [exposure(f"big-{i}", "control", at=START + 5) for i in range(50)]
    found = made(tmp_path, people(2_000, 0.30, "control") + people(2_050, 0.40, "big") + both)
    assert found.reasons == ("multiple",)


def test_what_cannot_be_seen_is_not_nought(tmp_path: Path) -> None:
    events = people(2_000, 0.30, "control", kind=ORDER_UNSEEN) + people(2_000, 0.40, "big", kind=ORDER_UNSEEN)
    found = made(tmp_path, events, primary="purchase")
    assert (found.state, found.reasons) == ("invalid", ("unseen",))
    assert found.quality.unseen == 1_400
    assert made(tmp_path, [], primary="add_to_cart").state != "invalid"


def test_revenue_in_two_currencies_needs_rates(tmp_path: Path) -> None:
    events = people(400, 0.0, "control") + people(400, 0.0, "big")
    for variation in HALF:
        codes = ("EUR", "GBP")
        names = [f"{variation}-{i}" for i in range(300)]
        events += [purchase(n, n, 10.0, at=START + 9, currency=codes[i % 2]) for i, n in enumerate(names)]
    found = made(tmp_path, events, primary="revenue_per_visitor")
    assert found.reasons == ("currencies",)
    assert [each.metric.currency for each in found.primary] == ["EUR", "GBP"]
    one = design(primary="revenue_per_visitor", rates=Rates(currency="EUR", rates={"GBP": 1.2}))
    found = report(tmp_path / "events.sqlite", one, now=NOW)
    assert found.primary[0].arms[0].total == pytest.approx(150 * 10 + 150 * 12)
    assert found.state == "collecting"


def test_one_great_order_does_not_decide(tmp_path: Path) -> None:
    events = people(3_000, 0.0, "control") + people(3_000, 0.0, "big")
    for variation in HALF:
        events += [purchase(f"{variation}-{i}", f"{variation}{i}", 10.0, at=START + 9) for i in range(1_000)]
    events.append(purchase("big-2000", "yacht", 5e6, at=START + 9))
    found = made(tmp_path, events, primary="revenue_per_visitor")
    assert found.primary[0].cap == pytest.approx(10.0)
    assert found.primary[0].comparisons[0].state == "none"
    assert found.primary[0].arms[1].total == pytest.approx(10_010.0)


def test_ten_questions_of_chance_are_not_ten_chances(tmp_path: Path) -> None:
    """The same small difference: shown alone it is one, among others it is none."""
    kinds = [f"custom:k{i}" for i in range(10)]
    events = people(4_000, 0.30, "control") + people(4_000, 0.340, "big")
    events += [event("custom:k0", f"big-{i}", at=START + 60) for i in range(1_340)]
    events += [event("custom:k0", f"control-{i}", at=START + 60) for i in range(1_200)]
    alone = made(tmp_path, events, secondary=("custom:k0",))
    among = report(tmp_path / "events.sqlite", design(secondary=tuple(kinds)), now=NOW)
    assert alone.secondary[0].comparisons[0].state == "better"
    assert among.secondary[0].comparisons[0].state == "none"
    assert among.secondary[0].comparisons[0].p == pytest.approx(10 * alone.secondary[0].comparisons[0].p)


def test_the_better_of_three_wins_and_both_are_corrected_for(tmp_path: Path) -> None:
    weights = {"control": 1, "big": 1, "huge": 1}
    events = people(2_000, 0.30, "control") + people(2_000, 0.40, "big") + people(2_000, 0.42, "huge")
    found = made(tmp_path, events, weights=weights)
    assert found.winner == "huge"
    assert [each.variation for each in found.primary[0].comparisons] == ["big", "huge"]


def test_a_winner_that_breaks_a_guardrail_is_none(tmp_path: Path) -> None:
    events = people(2_000, 0.30, "control") + people(2_000, 0.40, "big")
    for variation, took in (("control", 10.0), ("big", 20.0)):
        for i in range(2_000):
            where = {"experiment": "card", "phase": 1, "variation": variation}
            events.append(event(RENDER_MS, f"{variation}-{i}", at=START, value=took + i % 5, **where))
    slow = Guard(metric=RENDER_MS, limit=Limit(share=0.2))
    found = made(tmp_path, events, guards=(slow,))
    assert (found.state, found.harmed, found.reasons) == ("worse", ("big",), ("harm",))
    bearable = design(guards=(Guard(metric=RENDER_MS, limit=Limit(share=1.5)),))
    assert report(tmp_path / "events.sqlite", bearable, now=NOW).winner == "big"
    fewer = design(guards=(Guard(metric="add_to_cart", limit=Limit(way=LOSS, share=0.1)),))
    assert report(tmp_path / "events.sqlite", fewer, now=NOW).harmed == ()


def test_what_was_known_before_narrows_the_interval(tmp_path: Path) -> None:
    dice, events = random.Random(5), people(1_000, 0.0, "control") + people(1_000, 0.0, "big")
    for variation in HALF:
        for i in range(1_000):
            usual = dice.randint(0, 6)
            for at in (START - DAY, START + 60):
                events += [event(visitor=f"{variation}-{i}", at=at + n) for n in range(usual + dice.randint(0, 1))]
    found = made(tmp_path, events, primary="add_to_cart_per_visitor").primary[0].comparisons[0]
    assert found.reduced
    assert (found.reduced.high - found.reduced.low) < 0.4 * (found.sequential.high - found.sequential.low)


def test_the_curve_ends_where_the_report_is_and_segments_add_up(tmp_path: Path) -> None:
    events = [
        one
        for day in range(3)
        for variation, rate in (("control", 0.3), ("big", 0.4))
        for one in people(200, rate, variation, at=START + day * DAY, offset=day * 200)
    ]
    for i, each in enumerate(events):
        if each.kind == "exposure" and i % 3 == 0:
            events[i] = exposure(each.visitor, each.variation or "", at=each.at, market="de")
    found = made(tmp_path, events)
    assert [each.day for each in found.days] == [20_000, 20_001, 20_002]
    assert found.days[-1].arms == found.primary[0].arms
    assert found.days[0].arms[0].visitors == 200
    whole = found.primary[0].arms[0].visitors
    assert sum(part.arms[0].visitors for part in found.segments if part.by == "market") == whole
    assert {part.name for part in found.segments} == {"gb", "de"}


def test_what_is_missing_stands_in_the_report(tmp_path: Path) -> None:
    file = log(tmp_path, [exposure("ada", fallback=True, at=START), exposure("bob", at=NOW + 30 * DAY)])
    SqliteSink(file).note("queue", 7, NOW)
    found = report(file, design(), now=NOW)
    assert found.quality.losses == {"queue": 7}
    assert found.quality.early == 1
    assert found.quality.fallbacks == {"control": 1, "big": 0}
    assert found.first == found.last == START


def test_the_report_writes_nothing(tmp_path: Path) -> None:
    file = log(tmp_path, people(10, 0.5, "control"))
    with reading(file) as db, pytest.raises(sqlite3.OperationalError):
        db.execute("DELETE FROM exposures")


@pytest.mark.parametrize("name", ["", "purchases", "custom:", "custom:A B", "revenue", "add_to_cart; DROP TABLE words"])
def test_a_metric_there_is_none_of_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no metric"):
        metric(name)
