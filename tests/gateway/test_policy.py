"""Policies: what the declarations say, what `portico.toml` changes, and how a mistake is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bff import settings as configuration
from bff.app import create_app
from bff.gateway.policy import declared, policies
from bff.ports import Misconfigured


def test_every_operation_has_a_policy_from_its_declaration() -> None:
    found = policies({}, key="k")
    assert set(found) == set(declared())
    assert len(found) > 60
    for name, declaration in declared().items():
        policy = found[name]
        if declaration.kind == "public_read":
            assert policy.retries == 1, name
            assert policy.fresh == declaration.fresh, name
            assert policy.slow < policy.timeout
        else:
            assert (policy.retries, policy.fresh, policy.stale) == (0, 0, 0), name
            assert policy.slow == policy.timeout, "a slow checkout is better than none"
    assert found["inline_checkout.place"].timeout > found["carts.get"].timeout > found["search.listing"].timeout


def test_what_comes_from_this_process_is_not_kept_unless_wished() -> None:
    found = policies({"catalog.navigation": {"fresh": 5}}, key="k", kept=False)
    assert found["catalog.navigation"].fresh == 5
    assert not any(policy.fresh for name, policy in found.items() if name != "catalog.navigation")


def test_an_override_changes_what_it_names() -> None:
    plain, found = policies({}, key="k"), policies({"search.listing": {"timeout": "0.8", "retries": 0}}, key="k")
    assert (found["search.listing"].timeout, found["search.listing"].retries) == (0.8, 0)
    assert found["search.listing"].slow == pytest.approx(0.64), "it stays the same share"
    assert found["search.listing"].fresh == plain["search.listing"].fresh
    assert found["search.suggest"] == plain["search.suggest"]


@pytest.mark.parametrize(
    ("overrides", "key", "fix"),
    [
        ({"search.find": {"timeout": 1}}, 'p."search.find"', ""),
        ({"search.listin": {"timeout": 1}}, 'p."search.listin"', "did you mean `search.listing`?"),
        ({"search.listing": {"timout": 1}}, 'p."search.listing".timout', "did you mean `timeout`?"),
        ({"search.listing": {"timeout": 0}}, 'p."search.listing".timeout', ""),
        ({"search.listing": {"timeout": "soon"}}, 'p."search.listing".timeout', ""),
        ({"search.listing": {"fresh": -1}}, 'p."search.listing".fresh', ""),
        ({"search.listing": {"retries": 9}}, 'p."search.listing".retries', ""),
        ({"carts.get": {"fresh": 5}}, 'p."carts.get".fresh', "take it out."),
        ({"inline_checkout.place": {"retries": 1}}, 'p."inline_checkout.place".retries', "take it out."),
    ],
)
def test_a_mistake_is_named(overrides: dict[str, Any], key: str, fix: str) -> None:
    with pytest.raises(Misconfigured) as raised:
        policies(overrides, key="p", source="portico.toml")
    assert (raised.value.key, raised.value.source) == (key, "portico.toml")
    assert fix in raised.value.fix


@pytest.mark.parametrize(
    ("text", "key", "fix"),
    [
        ('[backends.default.policy."search.listin"]\ntimeout = 1', 'policy."search.listin"', "`search.listing`"),
        ('[backends.default.policy."search.listing"]\ntime = 1', 'policy."search.listing".time', "`timeout`"),
        ("[backends.default.places]\nserch = 4", "places.serch", "`search`"),
        ("[backends.default.places]\nsearch = 0", "places.search", ""),
        ("[cache]\nbyte = 4", "cache.byte", "`bytes`"),
    ],
)
def test_a_shops_mistake_is_refused_at_start(tmp_path: Path, text: str, key: str, fix: str) -> None:
    demo = (Path(configuration.__file__).parent / "demo.toml").read_text(encoding="utf-8")
    (tmp_path / "portico.toml").write_text(f"{demo}\n{text}\n", encoding="utf-8")
    with pytest.raises(Misconfigured) as raised:
        create_app(configuration.load(tmp_path, {"PORTICO_SERVER__VAR": str(tmp_path / "var")}))
    assert raised.value.key.endswith(key)
    assert raised.value.source == str(tmp_path / "portico.toml")
    assert fix in raised.value.fix
