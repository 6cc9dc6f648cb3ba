"""Reports and events for other programs; and where things stand in a plot."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path

import pytest

from bff.events.event import RENDER_MS, visitor_key
from bff.events.sqlite import SqliteSink
from bff.experiments.analysis.interval import Interval
from bff.experiments.analysis.metrics import metric
from bff.experiments.analysis.report import Day
from bff.experiments.reporting import exports, plots, recorded
from bff.experiments.reporting.plots import Scale
from tests.events.made import event, exposure, purchase

from .accounts import evidence, experiment, told

BETTER = {"control": (2_000, 624), "wide": (2_000, 800)}


def test_json_holds_everything_and_no_number_that_is_none() -> None:
    found = json.loads(exports.as_json(told(experiment(), evidence(BETTER))))
    assert found["verdict"]["short"] == "Ship wide"
    assert found["report"]["primary"][0]["arms"][1]["mean"] == 0.4
    empty = json.loads(exports.as_json(told(experiment(), evidence({"control": (1, 0), "wide": (0, 0)}))))
    assert empty["report"]["primary"][0]["comparisons"][0]["sequential"] == {"low": None, "high": None, "p": 1.0}


def test_csv_has_a_line_for_each_variation_of_each_metric() -> None:
    rows = list(csv.DictReader(io.StringIO(exports.as_csv(told(experiment(), evidence(BETTER))).decode())))
    primary = [row for row in rows if row["section"] == "primary"]
    assert [(row["variation"], row["visitors"], row["mean"]) for row in primary] == [
        ("control", "2000", "0.312"),
        ("wide", "2000", "0.4"),
    ]
    assert float(primary[1]["low"]) > 0
    assert primary[0]["difference"] == ""
    assert {row["section"] for row in rows} == {"primary", "day"}
    assert rows[-1]["part"] == "2024-10-04"
    assert len(exports.as_csv(told(experiment(), None)).splitlines()) == 1


@pytest.mark.parametrize("cell", ["=1+1", "@sum", "+1", "-1", "\tx"])
def test_a_spreadsheet_computes_nothing(cell: str) -> None:
    assert next(csv.reader(["".join(exports.lines(["a"], [{"a": cell}])).split("\r\n", 1)[1].strip("\r\n")])) == [
        f"'{cell}"
    ]


def test_events_are_exported_without_who_it_was(tmp_path: Path) -> None:
    file = tmp_path / "events.sqlite"
    sink = SqliteSink(file)
    where = {"experiment": "card", "phase": 1, "variation": "big", "value": 12.5}
    sink.write(
        [
            exposure("ada", "big", at=86_400.0, fallback=True),
            exposure("bob", experiment="other"),
            exposure("cy", phase=2),
            event(visitor="ada", at=86_460.0),
            event(visitor="bob"),
            purchase("ada", "order-7", 12.0, at=86_500.0),
            event(RENDER_MS, "ada", at=86_400.0, **where),
        ]
    )
    sink.close()
    rows = list(recorded.recorded(file, "card", 1))
    assert [row["kind"] for row in rows] == ["exposure", "add_to_cart", "purchase", "render_ms"]
    assert {row["visitor"] for row in rows} == {visitor_key("ada").hex()}
    assert rows[0]["at"] == "1970-01-02T00:00:00.000+00:00"
    assert (rows[0]["variation"], rows[0]["fallback"]) == ("big", True)
    assert (rows[2]["value"], rows[2]["currency"]) == (12.0, "EUR")
    assert (rows[3]["value"], rows[3]["count"]) == (12.5, 1)
    assert not any("order-7" in str(value) or value == "ada" for row in rows for value in row.values())
    assert {key for row in rows for key in row} <= {*recorded.COLUMNS}
    assert list(recorded.recorded(tmp_path / "none", "card", 1)) == []
    assert list(recorded.recorded(file, "nothing", 1)) == []


def test_a_plot_holds_what_it_shows_and_nought() -> None:
    scale = Scale([0.01, 0.05])
    bar = scale.bar(0.03, Interval(0.01, 0.05, 0.01))
    assert bar
    places = [float(each.rstrip("%")) for each in (scale.at(0), bar.low, bar.point, bar.high)]
    assert places == sorted(places)
    assert places[0] > 0
    assert places[-1] < 100
    assert [tick.label for tick in scale.ticks(metric("add_to_cart"))] == ["0", "+2", "+4"]
    assert scale.bar(0.0, Interval(-math.inf, math.inf, 1.0)) is None


@pytest.mark.parametrize("values", [[], [0.0], [1e-9], [1e9, -1e9], [-0.3]])
def test_any_values_make_a_scale(values: list[float]) -> None:
    scale = Scale(values)
    assert len(scale.ticks(metric("render_ms"))) <= 7
    assert 0 <= scale.way(0.0) <= 100


def test_a_curve_goes_from_the_first_day_to_the_last() -> None:
    days = [
        Day(
            day=20_000 + n,
            arms=(),
            differences={"wide": (0.02, Interval(0.02 - 0.1 / (n + 1), 0.02 + 0.1 / (n + 1), 1.0))},
        )
        for n in range(5)
    ]
    found = plots.curve(metric("add_to_cart"), days, "wide")
    assert found
    assert found.line.split()[0].startswith("0.00,")
    assert found.line.split()[-1].startswith("100.00,")
    assert len(found.band.split()) == 10
    assert [tick.label for tick in found.across] == ["4 Oct", "6 Oct", "8 Oct"]
    assert plots.curve(metric("add_to_cart"), days[:1], "wide") is None
