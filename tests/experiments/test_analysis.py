"""The tests' figures: GrowthBook's gbstats 0.8.0 was asked the same questions, its answers stand here."""

from __future__ import annotations

import math
import random

import pytest

from bff.experiments.analysis import fixed, guard, sequential, student
from bff.experiments.analysis.cuped import cuped
from bff.experiments.analysis.holm import adjusted
from bff.experiments.analysis.ratio import ratio
from bff.experiments.analysis.srm import mismatch, tail
from bff.experiments.analysis.statistic import Statistic, Sums, mean, proportion, relative


def share(n: int, y: int) -> Statistic:
    return proportion(Sums(n=n, active=y, y=y, yy=y))


def near(found: float, wanted: float, digits: float = 5e-9) -> bool:
    return math.isclose(found, wanted, rel_tol=0, abs_tol=digits)


def test_proportions() -> None:
    a, b = share(10_000, 300), share(10_000, 360)
    found = fixed.as_share(a, b)
    assert near(relative(a, b) or 0, 0.2)
    assert near(found.low, 0.01916171)
    assert near(found.high, 0.38083829)
    assert near(found.p, 0.03018766)


def test_sequential() -> None:
    a, b = share(50_000, 1_500), share(50_000, 1_800)
    found = sequential.as_share(a, b, tuning=5_000)
    assert near(found.low, 0.06232076)
    assert near(found.high, 0.33767924)
    assert near(found.p, 0.00010752)


def test_means() -> None:
    a, b = mean(Sums(n=12_000, y=21_000, yy=3_100_000)), mean(Sums(n=11_900, y=22_300, yy=3_320_000))
    found = fixed.absolute(a, b)
    assert near(b.mean - a.mean, 0.12394958)
    assert near(found.low, -0.28918168)
    assert near(found.high, 0.53708084)
    assert near(found.p, 0.55649259)


def test_ratios() -> None:
    a = ratio(Sums(n=5_000, y=2_000, yy=3_400, d=20_000, dd=140_000, yd=15_500))
    b = ratio(Sums(n=5_050, y=2_150, yy=3_700, d=20_100, dd=141_000, yd=16_200))
    assert a
    assert b
    found = fixed.as_share(a, b)
    assert near(relative(a, b) or 0, 0.06965174)
    assert near(found.low, 0.00943288)
    assert near(found.high, 0.12987061)
    assert near(found.p, 0.02339598)
    assert ratio(Sums(n=5, y=0, d=0)) is None


def test_cuped() -> None:
    both = cuped(
        Sums(n=4_000, y=80_000, yy=2_600_000, x=79_000, xx=2_550_000, xy=2_400_000),
        Sums(n=4_000, y=82_000, yy=2_700_000, x=79_500, xx=2_570_000, xy=2_450_000),
    )
    assert both
    found = fixed.as_share(*both)
    assert near(relative(*both) or 0, 0.01982131)
    assert near(found.low, -0.00033087)
    assert near(found.high, 0.0399735)
    assert near(found.p, 0.05388104)
    assert cuped(Sums(n=10, y=5, yy=5), Sums(n=10, y=5, yy=5)) is None


def test_sample_ratio() -> None:
    assert math.isclose(mismatch([5_000, 5_200], [1, 1]), 0.0476703806561615, rel_tol=1e-12)
    assert math.isclose(mismatch([3_300, 3_400, 3_150], [1, 1, 1]), 0.008047972960729472, rel_tol=1e-12)
    assert mismatch([0, 0], [1, 1]) == mismatch([10], [1]) == 1.0
    assert mismatch([5_000, 5_000, 0], [0.5, 0.5, 0.0]) == 1.0
    assert mismatch([1_000_000, 0], [1, 1]) == 0.0


@pytest.mark.parametrize("dof", [1, 2, 3, 4, 7])
def test_the_tail_is_that_of_its_definition(dof: int) -> None:
    """By summing the density (Simpson's rule)."""
    x, top, steps = 1.5 * dof, 1.5 * dof + 120, 60_000

    def density(at: float) -> float:
        return math.exp((dof / 2 - 1) * math.log(at) - at / 2 - dof / 2 * math.log(2) - math.lgamma(dof / 2))

    width = (top - x) / steps
    summed = sum(density(x + i * width) * (1 if i in (0, steps) else 4 if i % 2 else 2) for i in range(steps + 1))
    assert near(tail(x, dof), summed * width / 3, 1e-10)


def test_students_t() -> None:
    """Closed forms for one and two degrees of freedom; tables for ten."""
    assert near(student.two_sided(1.0, 1), 0.5, 1e-14)
    assert near(student.two_sided(math.sqrt(2), 2), 1 - math.sqrt(2) / 2, 1e-14)
    assert near(student.quantile(0.05, 10), 2.2281388520, 1e-9)
    assert near(student.quantile(0.001, 1e7), 3.29052770, 1e-8)
    for t in (0.3, 2.0, 5.0):  # the two ways to the tail meet
        few = student._beta(100.25, 0.5, 200.5 / (200.5 + t * t))
        assert math.isclose(student.two_sided(t, 200.5), few, rel_tol=1e-9)
    for dof in (1.0, 3.7, 40.0, 1e5):
        for alpha in (0.2, 0.05, 1e-6):
            assert math.isclose(student.two_sided(student.quantile(alpha, dof), dof), alpha, rel_tol=1e-9)


def test_holm() -> None:
    found = adjusted({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert found == pytest.approx({"d": 0.02, "a": 0.03, "c": 0.06, "b": 0.06})
    assert adjusted({}) == {}
    assert adjusted({"a": 0.6, "b": 0.7})["b"] == 1.0


def test_nothing_to_compare_is_no_difference() -> None:
    none = share(0, 0)
    for test in (fixed.absolute, fixed.as_share, sequential.absolute, sequential.as_share):
        assert test(none, share(10, 5)).p == 1.0
        assert test(share(10, 0), share(10, 0)).p == 1.0
        assert test(share(1, 1), share(1, 0)).p == 1.0 or test is fixed.as_share


def test_a_strong_effect_is_no_overflow() -> None:
    found = sequential.absolute(share(1_000_000, 1_000), share(1_000_000, 900_000))
    assert found.p == 0.0
    assert found.low > 0.89


def test_sums_of_parts_are_the_sum_of_the_whole() -> None:
    dice = random.Random(7)
    rows = [(dice.random(), dice.random(), dice.random()) for _ in range(100)]

    def summed(part: list[tuple[float, float, float]]) -> Sums:
        return Sums(
            n=len(part),
            y=sum(y for y, _, _ in part),
            yy=sum(y * y for y, _, _ in part),
            d=sum(d for _, d, _ in part),
            dd=sum(d * d for _, d, _ in part),
            yd=sum(y * d for y, d, _ in part),
            x=sum(x for _, _, x in part),
            xx=sum(x * x for _, _, x in part),
            xy=sum(x * y for y, _, x in part),
        )

    whole, parts = summed(rows), summed(rows[:30]) + summed(rows[30:])
    for name in whole.__struct_fields__:
        assert math.isclose(getattr(whole, name), getattr(parts, name), rel_tol=1e-12)


def test_guardrails_stop_harm_and_nothing_else() -> None:
    """The share of visitors with an error; 0.2 % more is bearable."""
    limit = guard.Limit(most=0.002)
    assert not guard.breached(share(20_000, 40), share(20_000, 44), limit)
    assert guard.breached(share(4_000, 8), share(4_000, 120), limit)
    assert not guard.breached(share(20, 0), share(20, 20), limit)  # too few to tell
    less = guard.Limit(way=guard.LOSS, share=0.1)
    assert guard.breached(share(20_000, 6_000), share(20_000, 3_000), less)
    assert not guard.breached(share(20_000, 6_000), share(20_000, 9_000), less)
    assert not guard.breached(share(20_000, 6_000), share(20_000, 5_900), less)


def test_looking_every_day_does_not_find_what_is_not_there() -> None:
    """28 looks at 600 experiments without a difference; fixed tests would be wrong about 28 of a hundred times."""
    dice, wrong, peeking = random.Random(20), 0, 0
    for _ in range(600):
        sums, hit, hit_fixed = [0, 0], False, False
        for day in range(1, 29):
            for arm in (0, 1):
                sums[arm] += round(dice.gauss(300 * 0.3, math.sqrt(300 * 0.3 * 0.7)))
            a, b = share(300 * day, sums[0]), share(300 * day, sums[1])
            hit = hit or sequential.absolute(a, b, tuning=16_800).p < 0.05
            hit_fixed = hit_fixed or fixed.absolute(a, b).p < 0.05
        wrong, peeking = wrong + hit, peeking + hit_fixed
    assert wrong / 600 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 600)
    assert peeking / 600 > 0.2


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_where_nothing_varies_nothing_is_known(level: float) -> None:
    """Nobody bought yet, or everybody did: that is no certainty."""
    none, some = Statistic(40, level, 0.0, level), Statistic(45, level, 0.0, level)
    for found in (sequential.absolute(none, some), fixed.absolute(none, some)):
        assert (found.low, found.high, found.p) == (-math.inf, math.inf, 1.0)
