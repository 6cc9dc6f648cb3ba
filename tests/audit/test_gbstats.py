"""GrowthBook's gbstats is asked the same questions as our tests, in an environment of its own: it is large, and needs
a Python below 3.12."""

from __future__ import annotations

import json
import math
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bff.experiments.analysis import fixed, sequential
from bff.experiments.analysis.cuped import cuped
from bff.experiments.analysis.ratio import ratio
from bff.experiments.analysis.srm import mismatch
from bff.experiments.analysis.statistic import Statistic, Sums, mean, proportion, relative

pytestmark = pytest.mark.audit

CASES = 400
ORACLE = """
import json, sys, warnings
warnings.simplefilter("ignore")
from gbstats.frequentist.tests import (
    FrequentistConfig, SequentialConfig, SequentialTwoSidedTTest, TwoSidedTTest,
)
from gbstats.models.statistics import (
    ProportionStatistic, RatioStatistic, RegressionAdjustedStatistic, SampleMeanStatistic, compute_theta,
)
from gbstats.utils import check_srm

def made(kind, s):
    own = SampleMeanStatistic(n=s["n"], sum=s["y"], sum_squares=s["yy"])
    if kind == "proportion":
        return ProportionStatistic(n=s["n"], sum=s["y"])
    if kind == "ratio":
        below = SampleMeanStatistic(n=s["n"], sum=s["d"], sum_squares=s["dd"])
        return RatioStatistic(n=s["n"], m_statistic=own, d_statistic=below, m_d_sum_of_products=s["yd"])
    if kind == "cuped":
        before = SampleMeanStatistic(n=s["n"], sum=s["x"], sum_squares=s["xx"])
        return RegressionAdjustedStatistic(
            n=s["n"], post_statistic=own, pre_statistic=before, post_pre_sum_of_products=s["xy"], theta=0)
    return own

out = []
for case in json.load(open(sys.argv[1])):
    if case["kind"] == "srm":
        out.append([check_srm(case["users"], case["weights"])])
        continue
    row = []
    for difference in ("absolute", "relative"):
        for test, config in (
            (TwoSidedTTest, FrequentistConfig(alpha=0.05, difference_type=difference)),
            (SequentialTwoSidedTTest,
             SequentialConfig(alpha=0.05, sequential_tuning_parameter=case["tuning"], difference_type=difference)),
        ):
            a, b = made(case["kind"], case["a"]), made(case["kind"], case["b"])
            if case["kind"] == "cuped":
                a.theta = b.theta = compute_theta(a, b)
            found = test(a, b, config).compute_result()
            row.append([found.expected, *found.ci, found.p_value])
    out.append(row)
json.dump(out, open(sys.argv[2], "w"))
"""


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gbstats")
    python = shutil.which("python3.11")
    assert python, "gbstats needs Python 3.11"
    subprocess.run([python, "-m", "venv", folder / "venv"], check=True)
    pip = [folder / "venv/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--only-binary", ":all:", "gbstats==0.8.0"], check=True)
    return folder


def population(dice: random.Random, kind: str) -> Sums:
    """The sums of visitors who might have been."""
    n = dice.randint(300, 3_000)
    rate, level = dice.uniform(0.02, 0.6), dice.uniform(0.1, 2.0)
    rows = []
    for _ in range(n):
        before = dice.expovariate(level) if dice.random() < 0.5 else 0.0
        y = float(dice.random() < rate) if kind == "proportion" else before + dice.gauss(1, 1)
        rows.append((y, float(dice.randint(1, 9)), before))
    return Sums(
        n=n,
        active=n,
        y=math.fsum(y for y, _, _ in rows),
        yy=math.fsum(y * y for y, _, _ in rows),
        d=math.fsum(d for _, d, _ in rows),
        dd=math.fsum(d * d for _, d, _ in rows),
        yd=math.fsum(y * d for y, d, _ in rows),
        x=math.fsum(x for _, _, x in rows),
        xx=math.fsum(x * x for _, _, x in rows),
        xy=math.fsum(x * y for y, _, x in rows),
    )


def compared(kind: str, a: Sums, b: Sums, tuning: float) -> list[list[float]]:
    both: tuple[Statistic | None, Statistic | None]
    if kind == "cuped":
        both = cuped(a, b) or (None, None)
    else:
        make = {"proportion": proportion, "mean": mean, "ratio": ratio}[kind]
        both = make(a), make(b)
    assert both[0]
    assert both[1]
    own = both[0], both[1]
    plain, part = own[1].mean - own[0].mean, relative(*own) or 0.0
    tests = (
        (plain, fixed.absolute(*own)),
        (plain, sequential.absolute(*own, tuning=tuning)),
        (part, fixed.as_share(*own)),
        (part, sequential.as_share(*own, tuning=tuning)),
    )
    return [[effect, found.low, found.high, found.p] for effect, found in tests]


def test_our_figures_are_those_of_gbstats(oracle: Path) -> None:
    dice = random.Random(20_261_122)
    cases: list[dict[str, Any]] = []
    ours: list[Any] = []
    for number in range(CASES):
        kind = ("proportion", "mean", "ratio", "cuped", "srm")[number % 5]
        if kind == "srm":
            users, weights = [dice.randint(900, 1_100) for _ in range(2 + number % 3)], [1.0] * (2 + number % 3)
            weights = [weight / len(weights) for weight in weights]
            cases.append({"kind": kind, "users": users, "weights": weights})
            ours.append([mismatch(users, weights)])
            continue
        a, b, tuning = population(dice, kind), population(dice, kind), dice.choice((1_000, 5_000, 40_000))
        sums = [{name: getattr(one, name) for name in one.__struct_fields__} for one in (a, b)]
        cases.append({"kind": kind, "a": sums[0], "b": sums[1], "tuning": tuning})
        ours.append(compared(kind, a, b, tuning))
    (oracle / "cases.json").write_text(json.dumps(cases))
    (oracle / "oracle.py").write_text(ORACLE)
    command = [oracle / "venv/bin/python", oracle / "oracle.py", oracle / "cases.json", oracle / "answers.json"]
    subprocess.run(command, check=True)
    theirs = json.loads((oracle / "answers.json").read_text())
    worst = max(
        abs(mine - other)
        for own, found in zip(ours, theirs, strict=True)
        for left, right in zip(own, found, strict=True)
        for mine, other in zip(*(one if isinstance(one, list) else [one] for one in (left, right)), strict=True)
    )
    print(f"{CASES} cases, at most {worst:.1e} apart")
    assert worst < 1e-8
