"""Assignments by others' SDKs. What needs one runs where it is: `pip install 'portico[growthbook,openfeature]'`."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from bff.experiments import assigners
from bff.experiments.assignment import Draw, Own
from bff.ports import Misconfigured

DRAW = Draw(experiment="gallery", phase=1, variations=("control", "big"), weights=(0.5, 0.5), coverage=0.6)
IDS = [str(uuid.UUID(int=n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128, version=4)) for n in range(1_000)]
RULE: dict[str, Any] = {
    "variations": ["control", "big"],
    "weights": [0.5, 0.5],
    "coverage": 0.6,
    "hashVersion": 2,
    "seed": "gallery:1",
    "hashAttribute": "id",
}


def features(**rule: Any) -> dict[str, Any]:
    return {"gallery": {"defaultValue": "control", "rules": [{**RULE, **rule}]}}


def test_growthbook_draws_as_we_do(tmp_path: Path) -> None:
    pytest.importorskip("growthbook")
    file = tmp_path / "features.json"
    file.write_text(json.dumps({"status": 200, "features": features()}))
    theirs, ours = assigners.growthbook(file), Own()
    assert {theirs.assign(DRAW, id, {}) for id in IDS} == {"control", "big", None}
    assert all(theirs.assign(DRAW, id, {}) == ours.assign(DRAW, id) for id in IDS)


def test_growthbooks_conditions_decide_and_forcing_is_no_assignment() -> None:
    pytest.importorskip("growthbook")
    own = assigners.GrowthBook(features(condition={"market": "gb"}, coverage=1.0))
    assert {own.assign(DRAW, id, {"market": "gb"}) for id in IDS[:50]} == {"control", "big"}
    assert {own.assign(DRAW, id, {"market": "de"}) for id in IDS[:50]} == {None}
    forced = assigners.GrowthBook({"gallery": {"defaultValue": "control", "rules": [{"force": "big"}]}})
    assert {forced.assign(DRAW, id, {}) for id in IDS[:50]} == {None}
    assert {
        own.assign(Draw(experiment="other", phase=1, variations=("control",), weights=(1.0,), coverage=1.0), "x", {})
    } == {None}


@pytest.mark.parametrize(
    "rule", [{"hashVersion": 1}, {"namespace": ["product", 0, 0.5]}], ids=["version 1", "namespace"]
)
def test_what_makes_experiments_depend_on_each_other_is_refused(rule: dict[str, Any]) -> None:
    assert [name for name, _ in assigners.refused(features(**rule))] == ["gallery"]
    assert not list(assigners.refused(features()))
    unsaid = features()
    del unsaid["gallery"]["rules"][0]["hashVersion"]  # it means version 1
    assert list(assigners.refused(unsaid))


def test_growthbook_refuses_at_the_start() -> None:
    pytest.importorskip("growthbook")
    with pytest.raises(Misconfigured, match="version 1"):
        assigners.GrowthBook(features(hashVersion=1))


def test_a_file_of_features_that_is_none(tmp_path: Path) -> None:
    for text in ("", "[]", '{"gallery": 1}'):
        (tmp_path / "features.json").write_text(text)
        with pytest.raises(Misconfigured, match="holds no features"):
            assigners.growthbook(tmp_path / "features.json")


def test_openfeature_asks_the_provider() -> None:
    pytest.importorskip("openfeature")
    from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider

    def by_market(flag: Any, context: Any) -> Any:
        from openfeature.flag_evaluation import FlagResolutionDetails, Reason

        if context.attributes["market"] != "gb":
            return FlagResolutionDetails("", reason=Reason.DEFAULT)
        value = "big" if context.targeting_key == "one" else "control"
        return FlagResolutionDetails(value, reason=Reason.SPLIT, variant=value)

    flag: Any = InMemoryFlag("control", {"control": "control", "big": "big"}, context_evaluator=by_market)
    own = assigners.OpenFeature(InMemoryProvider({"gallery": flag}))
    assert own.assign(DRAW, "one", {"market": "gb"}) == "big"
    assert own.assign(DRAW, "two", {"market": "gb"}) == "control"
    assert own.assign(DRAW, "two", {"market": "de"}) is None
    unknown = Draw(experiment="other", phase=1, variations=("control",), weights=(1.0,), coverage=1.0)
    assert own.assign(unknown, "one", {"market": "gb"}) is None


def test_a_provider_nobody_wrote() -> None:
    with pytest.raises(Misconfigured, match="names no function"):
        assigners.openfeature("nowhere.at_all:make")


def test_a_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(assigners.importlib, "import_module", missing)  # type: ignore[attr-defined]
    for make in (lambda: assigners.GrowthBook({}), lambda: assigners.OpenFeature(None)):
        with pytest.raises(Misconfigured, match="not installed"):
            make()
