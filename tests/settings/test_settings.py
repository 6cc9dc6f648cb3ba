"""Settings: read from a file and the environment, and mistakes that name the key, the file and the fix."""

from __future__ import annotations

import re
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bff import settings as configuration
from bff.own_secrets import key_ring
from bff.ports import Misconfigured
from bff.settings import Settings, load, markets, origin, search_path, worded
from bff.web.limits import LimitSettings

WHOLE = """
[store]
name = "Shop"
[markets.gb]
country = "GB"
currency = "GBP"
locales = { "en-GB" = "en-gb" }
[backends.default]
adapter = "embedded"
"""


def shop(folder: Path, text: str = WHOLE) -> Path:
    (folder / "portico.toml").write_text(text, encoding="utf-8")
    return folder


def refused(folder: Path, text: str, environ: dict[str, str] | None = None) -> Misconfigured:
    with pytest.raises(Misconfigured) as raised:
        load(shop(folder, text), environ or {})
    return raised.value


def test_the_demo_store_needs_no_folder() -> None:
    found = load(None, {})
    assert found.shop is None
    assert [market.id for market in markets(found)] == ["gb", "de", "us", "ae"]
    assert markets(found)[3].paths == {"ar-AE": "ar-ae", "en-AE": "en-ae"}
    assert markets(found)[3].locales == ("ar-AE", "en-AE")


def test_a_shop_is_a_folder(tmp_path: Path) -> None:
    found = load(shop(tmp_path), {})
    assert (found.store.name, found.shop, found.source) == ("Shop", str(tmp_path), str(tmp_path / "portico.toml"))


@pytest.mark.parametrize(
    ("wrong", "key", "fix"),
    [
        (WHOLE + "[store2]\n", "store2", "did you mean `store`?"),
        (WHOLE.replace("name =", "nam ="), "store.nam", "did you mean `name`?"),
        (WHOLE.replace("country", "contry"), "markets.contry", "did you mean `country`?"),
        (WHOLE.replace("adapter", "adaptor"), "backends.adaptor", "did you mean `adapter`?"),
        (WHOLE + "[server]\nprot = 1\n", "server.prot", "did you mean `port`?"),
        (WHOLE + "[server]\nzzz = 1\n", "server.zzz", "known keys are host, port"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_known(tmp_path: Path, wrong: str, key: str, fix: str) -> None:
    error = refused(tmp_path, wrong)
    assert error.key.replace("gb.", "").replace("default.", "") == key
    assert error.source == str(tmp_path / "portico.toml")
    assert fix in error.fix
    assert key.rpartition(".")[2] in str(error)


def test_the_market_or_backend_with_the_mistake_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path, WHOLE.replace("country", "contry")).key == "markets.gb.contry"
    assert refused(tmp_path, WHOLE.replace('currency = "GBP"', "currency = 3")).key == "markets.gb.currency"
    assert refused(tmp_path, WHOLE.replace('currency = "GBP"', "")).key == "markets.gb.currency"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('"GB"\n', '"gb"\n', "markets.gb.country"),
        ('"GBP"', '"pounds"', "markets.gb.currency"),
        ('"en-gb"', '"en_gb"', "markets.gb.locales.en-GB"),
        ('"en-gb"', '"../x"', "markets.gb.locales.en-GB"),
        ('{ "en-GB" = "en-gb" }', "{}", "markets.gb.locales"),
        ('{ "en-GB" = "en-gb" }', '{ "xx-QQQQ" = "en-gb" }', "markets.gb.locales.xx-QQQQ"),
        ('name = "Shop"', 'name = "Shop"\norigin = "https://shop.example/path"', "store.origin"),
        ('name = "Shop"', 'name = "Shop"\norigin = "shop.example"', "store.origin"),
        ('name = "Shop"', 'name = "Shop"\norigin = "https://user@shop.example"', "store.origin"),
        ('name = "Shop"', 'name = "Shop"\norigin = "https://shop.example\\n"', "store.origin"),
        ('name = "Shop"', "", "store.name"),
        ('adapter = "embedded"', "", "backends.default.adapter"),
        ("[backends.default]", "[backends.other]", "use"),
        ("[store]", 'use = "nope"\n[store]', "use"),
        ("[backends.default]", "[server]\npage_deadline = 0\n[backends.default]", "server.page_deadline"),
        ("[backends.default]", "[server]\npage_deadline = nan\n[backends.default]", "server.page_deadline"),
        ("[backends.default]", "[server]\nport = 70000\n[backends.default]", "server.port"),
        ("[backends.default]", "[server]\nworkers = 0\n[backends.default]", "server.workers"),
        ("[backends.default]", '[server]\nlog = "loud"\n[backends.default]', "server.log"),
        ("[backends.default]", '[server]\nport = "many"\n[backends.default]', "server.port"),
    ],
)
def test_a_value_that_cannot_work_is_refused_by_its_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    assert old in WHOLE
    error = refused(tmp_path, WHOLE.replace(old, new))
    assert error.key == key
    assert error.source == str(tmp_path / "portico.toml")


def test_two_markets_cannot_stand_at_one_path(tmp_path: Path) -> None:
    second = '[markets.ie]\ncountry = "IE"\ncurrency = "EUR"\nlocales = { "en-IE" = "en-gb" }\n'
    error = refused(tmp_path, WHOLE + second)
    assert error.key == "markets.ie.locales.en-IE"
    assert "markets.gb" in error.problem


def test_a_store_needs_a_market(tmp_path: Path) -> None:
    error = refused(tmp_path, '[store]\nname = "x"\n[markets]\n[backends.default]\nadapter = "embedded"\n')
    assert error.key == "markets"


def test_what_is_no_toml_or_no_file(tmp_path: Path) -> None:
    assert "TOML" in refused(tmp_path, "[store\n").problem
    assert "TOML" in refused(tmp_path, "a = 1\na = 2\n").problem
    with pytest.raises(Misconfigured) as raised:
        load(tmp_path / "nowhere", {})
    assert "portico new store" in raised.value.fix
    (tmp_path / "portico.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(Misconfigured):
        load(tmp_path, {})


# ---------------------------------------------------------------- the environment


def test_the_environment_lies_over_the_file(tmp_path: Path) -> None:
    environ = {
        "PORTICO_SERVER__PORT": "8001",
        "PORTICO_SERVER__DEVELOPMENT": "true",
        "PORTICO_SERVER__HOSTS": "a.example,b.example",
        "PORTICO_STORE__ORIGIN": "https://shop.example",
        "PORTICO_BACKENDS__DEFAULT__SETTINGS__DATABASE": "var/x.sqlite",
        "PORTICO_SHOP": "ignored",
        "HOME": "ignored",
    }
    found = load(shop(tmp_path), environ)
    assert (found.server.port, found.server.development) == (8001, True)
    assert found.server.hosts == ("a.example", "b.example")
    assert found.backends["default"].settings == {"database": "var/x.sqlite"}
    assert origin(found) == "https://shop.example"
    assert origin(load(tmp_path, {})) == "http://127.0.0.1:8000"


@pytest.mark.parametrize("name", ["PORTICO_SERVER__PROT", "PORTICO_STOR__NAME", "PORTICO_", "PORTICO___"])
def test_an_unknown_variable_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(Misconfigured):
        load(shop(tmp_path), {name: "1"})


def test_a_variable_cannot_go_through_a_value(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as raised:
        load(shop(tmp_path), {"PORTICO_STORE__NAME__X": "1"})
    assert raised.value.key == "PORTICO_STORE__NAME__X"
    assert raised.value.source == "environment"


def test_a_file_holds_a_value(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a" * 40 + "\n" + "b" * 40 + "\n")
    (tmp_path / "origin").write_text("https://shop.example\n")
    text = WHOLE.replace("[store]", f'[store]\norigin_file = "{tmp_path / "origin"}"')
    found = load(shop(tmp_path, text), {"PORTICO_SERVER__SECRETS_FILE": str(tmp_path / "keys")})
    assert key_ring(found) == (b"a" * 40, b"b" * 40)
    assert found.store.origin == "https://shop.example"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    error = refused(tmp_path, WHOLE, {"PORTICO_SERVER__SECRETS_FILE": missing})
    assert error.key == "server.secrets_file"
    assert missing in error.fix


# ---------------------------------------------------------------- secrets


def test_a_short_secret_is_refused_and_none_is_shown(tmp_path: Path) -> None:
    found = load(shop(tmp_path), {"PORTICO_SERVER__SECRETS": "x" * 40 + ",swordfish"})
    with pytest.raises(Misconfigured) as raised:
        key_ring(found)
    assert raised.value.key == "server.secrets"
    assert "swordfish" not in str(raised.value)
    assert "swordfish" not in repr(found.server)
    assert "swordfish" not in repr(found)


def test_a_key_of_signed_posts_is_checked_and_not_shown(tmp_path: Path) -> None:
    name = "PORTICO_BACKENDS__DEFAULT__CHANGES_SECRET"
    good = "whsec_" + "c3dvcmRmaXNoc3dvcmRmaXNoc3dvcmRmaXNo"
    found = load(shop(tmp_path), {name: good})
    assert found.backends["default"].changes_secret == good
    assert good not in repr(found)
    for wrong in ("swordfish", "whsec_swordfish", ""):
        with pytest.raises(Misconfigured) as raised:
            load(shop(tmp_path), {name: wrong})
        assert raised.value.key == "backends.default.changes_secret"
        assert "openssl" in raised.value.fix
        assert "swordfish" not in str(raised.value)
    for wrong in ("0", "soon", "4000"):
        with pytest.raises(Misconfigured):
            load(shop(tmp_path), {"PORTICO_BACKENDS__DEFAULT__POLL": wrong})


def test_an_own_secret_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    found = load(shop(tmp_path), {"PORTICO_SERVER__VAR": str(tmp_path / "var")})
    ring = key_ring(found)
    assert len(ring[0]) == 64
    assert key_ring(found) == ring
    assert stat.S_IMODE((tmp_path / "var" / "secret").stat().st_mode) == 0o600


def test_an_empty_secret_file_seals_nothing(tmp_path: Path) -> None:
    """A crash between making and writing the file must not leave a shop sealed with nothing."""
    found = load(shop(tmp_path), {"PORTICO_SERVER__VAR": str(tmp_path)})
    (tmp_path / "secret").write_bytes(b"")
    with pytest.raises(Misconfigured) as raised:
        key_ring(found)
    assert raised.value.key == "server.secrets"


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = load(shop(tmp_path), {"PORTICO_SERVER__VAR": str(tmp_path / "file" / "var")})
    with pytest.raises(Misconfigured) as raised:
        key_ring(found)
    assert raised.value.key == "server.var"


# ---------------------------------------------------------------- the rest


def test_words_by_language() -> None:
    text = {"en": "Almanac", "ar": "روزنامة", "de-DE": "Almanach"}
    assert worded(text, "ar-AE") == "روزنامة"
    assert worded(text, "de-DE") == "Almanach"
    assert worded(text, "fr-FR") == "Almanac"
    assert worded({"ja": "x"}, "en-GB") == "x"
    assert worded("one", "ar-AE") == "one"
    assert worded({}, "en-GB") == ""


def test_the_shops_files_come_first(tmp_path: Path) -> None:
    found = load(shop(tmp_path), {})
    assert [path.parent.name for path in search_path(found, "templates")] == [configuration.CHECKOUT.name]
    (tmp_path / "templates").mkdir()
    assert search_path(found, "templates")[0] == tmp_path / "templates"


def explained(environ: dict[str, str]) -> bool:
    """Whether the demo's settings under `environ` are settings, or a mistake with its key and problem."""
    try:
        return isinstance(load(None, environ), Settings)
    except Misconfigured as error:
        return bool(error.key and error.problem)


toml_values = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8) | st.lists(st.text(max_size=4), max_size=2)
)


@given(
    st.dictionaries(
        st.sampled_from(["PORTICO_SERVER__PORT", "PORTICO_STORE__NAME", "PORTICO_USE", "PORTICO_MARKETS__GB__TAX"])
        | st.text("ABC_", max_size=12).map(lambda text: f"PORTICO_{text}"),
        st.text(max_size=12),
    )
)
def test_any_environment_is_settings_or_an_explained_mistake(environ: dict[str, str]) -> None:
    assert explained(environ)


@settings(max_examples=200)
@given(
    st.recursive(toml_values, lambda inner: st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)), st.data()
)
def test_any_value_anywhere_is_settings_or_an_explained_mistake(value: Any, data: st.DataObject) -> None:
    raw: dict[str, Any] = tomllib.loads(WHOLE)
    place: Any = raw
    while isinstance(place, dict) and place and data.draw(st.booleans()):
        parent, key = place, data.draw(st.sampled_from(sorted(place)))
        place = parent[key]
        last = (parent, key)
    if place is raw:
        raw["store"] = value
    else:
        last[0][last[1]] = value
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tomllib, "loads", lambda _: raw)
        assert explained({})


def test_the_readme_and_the_docstring_name_every_limit_with_its_default() -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| `(\w+)` \| (\d+/\d+[smh]) \|", text, re.MULTILINE))
    limits = LimitSettings()
    assert table == {name: getattr(limits, name) for name in limits.__struct_fields__}
    for name in limits.__struct_fields__:
        assert f"`{name}`" in (LimitSettings.__doc__ or ""), name
