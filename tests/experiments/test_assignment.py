"""Who sees what: GrowthBook's own cases, and the promises of one experiment and of several."""

from __future__ import annotations

import json
import uuid
from typing import Any

import msgspec
import pytest

from bff.experiments.assignment import Draw, Own, bucket, bucket_ranges, chosen, equal_weights
from bff.experiments.definition import Exclusion
from bff.testing.mapping import contracts_folder

IDS = [str(uuid.UUID(int=n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128, version=4)) for n in range(4_000)]


@pytest.fixture(scope="module")
def cases() -> dict[str, list[Any]]:
    folder = contracts_folder()
    file = folder / "growthbook" / "cases.json" if folder else None
    if file is None or not file.exists():
        pytest.skip("GrowthBook's cases are not here: put them in ../shared/contracts or set CONTRACTS_DIR")
    found: dict[str, list[Any]] = json.loads(file.read_text())
    return found


def test_every_case_of_the_hash(cases: dict[str, list[Any]]) -> None:
    second = [case for case in cases["hash"] if case[2] == 2]
    assert len(second) >= 5
    for seed, value, version, expected in second:
        assert bucket(seed, value, version) == expected


def test_other_versions_are_refused(cases: dict[str, list[Any]]) -> None:
    others = [case for case in cases["hash"] if case[2] != 2]
    assert {case[2] for case in others} >= {1}
    for seed, value, version, _ in others:
        with pytest.raises(ValueError, match="depend on each other"):
            bucket(seed, value, version)


def test_every_case_of_ranges_choice_and_weights(cases: dict[str, list[Any]]) -> None:
    for name, (count, coverage, weights), expected in cases["getBucketRange"]:
        assert [tuple(round(n, 6) for n in one) for one in bucket_ranges(count, coverage, weights)] == [
            tuple(one) for one in expected
        ], name
    for name, n, ranges, expected in cases["chooseVariation"]:
        assert chosen(n, [tuple(one) for one in ranges]) == (None if expected == -1 else expected), name
    for count, expected in cases["getEqualWeights"]:
        assert [round(weight, 8) for weight in equal_weights(count)] == [round(weight, 8) for weight in expected]
    assert [len(cases[name]) for name in ("getBucketRange", "chooseVariation", "getEqualWeights")] == [13, 13, 6]


def test_what_was_drawn_stays_drawn() -> None:
    """These must never change: running experiments would change hands."""
    assert bucket("pdp-gallery", "anon-1") == 0.6195
    assert bucket("pdp-gallery", "7b1c9f0e5d2a4c68a1f3b5d7e9c0a2b4") == 0.6214
    assert bucket("checkout-cta", "anon-1") == 0.1821


def draw(**own: Any) -> Draw:
    given: dict[str, Any] = {"variations": ("control", "big"), "weights": (0.5, 0.5), "coverage": 1.0, **own}
    return Draw(
        experiment=own.pop("experiment", "gallery"),
        phase=own.pop("phase", 1),
        **{key: value for key, value in given.items() if key not in ("experiment", "phase")},
    )


def test_raising_the_coverage_moves_nobody() -> None:
    low, high = draw(coverage=0.2), draw(coverage=0.2).grown(0.7)
    before = {id: Own().assign(low, id) for id in IDS}
    after = {id: Own().assign(high, id) for id in IDS}
    assert all(after[id] == variation for id, variation in before.items() if variation)
    assert 0.17 < sum(v is not None for v in before.values()) / len(IDS) < 0.23
    assert 0.66 < sum(v is not None for v in after.values()) / len(IDS) < 0.74
    with pytest.raises(ValueError, match="only grows"):
        high.grown(0.5)


def test_a_new_phase_draws_anew() -> None:
    first = [Own().assign(draw(phase=1), id) for id in IDS]
    second = [Own().assign(draw(phase=2), id) for id in IDS]
    assert 0.45 < sum(a == b for a, b in zip(first, second, strict=True)) / len(IDS) < 0.55


def test_an_exclusion_group_shares_no_visitor() -> None:
    one = draw(experiment="one", exclusion=Exclusion(group="product", from_=0.0, to=0.5))
    two = draw(experiment="two", exclusion=Exclusion(group="product", from_=0.5, to=1.0))
    parts = [(Own().assign(one, id), Own().assign(two, id)) for id in IDS]
    assert all((a is None) != (b is None) for a, b in parts)


def test_the_holdout_sees_nothing() -> None:
    kept, several = Own(0.1), [draw(experiment=name) for name in ("one", "two", "three")]
    out = [id for id in IDS if all(kept.assign(own, id) is None for own in several)]
    assert 0.08 < len(out) / len(IDS) < 0.12
    assert all(kept.assign(own, id) for own in several for id in IDS if id not in out)


def test_weights_and_seeds_are_part_of_the_draw() -> None:
    third = draw(weights=(0.9, 0.1))
    share = sum(Own().assign(third, id) == "big" for id in IDS) / len(IDS)
    assert 0.08 < share < 0.12
    assert msgspec.structs.replace(third, experiment="other").seed == "other:1"
