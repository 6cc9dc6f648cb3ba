"""The winner becomes the store's own: its files are moved, and only what it changes has changed."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment, FileSystemLoader

from bff import settings as configuration
from bff.experiments import shipping, states
from bff.experiments.definition import find
from bff.rendering.messages import load
from tests.web.stage import opened

from . import trial

STORE = (
    "{% extends 'base.html' %}{% block a %}A{% block b %}B{% endblock %}{% endblock %}\n{% block c %}C{% endblock %}\n"
)


def rendered(source: str) -> str:
    base = "{% block a %}{% endblock %}|{% block c %}{% endblock %}"
    return Environment(autoescape=True, loader=DictLoader({"base.html": base, "t": source})).get_template("t").render()


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("{% block c %}new{% endblock %}", "AB|new"),
        ("{% block b %}new{% endblock %}", "Anew|C"),
        ("{% block a %}new{% endblock %}", "new|C"),
        ("{% block c %}<{{ super() }}>{% endblock %}", "AB|<C>"),
        ("{% block c %}{% block d %}d{% endblock %}{% endblock %}", "AB|d"),
        ("{# why #}\n{% macro m() %}m{% endmacro %}{% block c %}{{ m() }}{% endblock %}", "AB|m"),
        ("{% set x = 1 %}\n{% block b %}1{% endblock %}{% block c -%} 2 {%- endblock c %}", "A1|2"),
    ],
)
def test_blocks_are_put_into_the_stores_template(own: str, expected: str) -> None:
    assert rendered(shipping.merged(STORE, own)) == expected


def test_words_are_put_into_a_catalogue(tmp_path: Path) -> None:
    before = trial.PO + '#, python-brace-format\nmsgid "a"\nmsgstr "old"\n\nmsgid "b"\nmsgstr "kept"\n'
    text = shipping.said(before, trial.PO + 'msgid "a"\nmsgstr "new"\n\nmsgid "c"\nmsgstr "added"\n')
    trial.write(tmp_path, {"en.po": text})
    words = load([tmp_path], "en-GB")
    assert [words.text(key) for key in "abc"] == ["new", "kept", "added"]
    assert text.startswith(trial.PO.strip())


def test_the_demonstration_is_shipped(tmp_path: Path) -> None:
    shop = trial.shop_folder(tmp_path)
    settings = configuration.load(shop, {})
    templates, statics = (configuration.search_path(settings, name) for name in ("templates", "static"))
    one = find(templates).experiments["gallery"]
    planned = shipping.moves(one, "wall", templates=templates, statics=statics, home=shop)
    assert [move.target.relative_to(shop).as_posix() for move in planned] == [
        "templates/pages/product.html",
        "static/shop.css",
    ]
    diff = planned[0].diff
    assert [line for line in diff.splitlines() if line.startswith("-") and not line.startswith("---")] == [
        "-{% block gallery %}{{ gallery() }}{% endblock %}"
    ]
    assert '+<div class="wall"' in diff
    shipping.move(one, "wall", planned)
    assert 'status = "shipped"  # wall' in (one.folder / "experiment.toml").read_text()
    assert not (one.folder / "wall").exists()
    assert find(templates).experiments["gallery"].is_over
    assert ".wall ul" in (shop / "static" / "shop.css").read_text()


def test_what_takes_parts_from_the_store_s_template_goes_on_taking_them(tmp_path: Path) -> None:
    templates = tmp_path / "packaged" / "templates", tmp_path / "shop" / "templates"
    store = "{% macro name(n) %}name {{ n }}{% endmacro %}{% macro card(n) %}{{ name(n) }}{% endmacro %}"
    trial.write(templates[0], {"c/card.html": store})
    takes = "{% import 'c/card.html' as own %}{% from 'c/card.html' import name %}"
    takes += "{% macro card(n) %}TEXT {{ own.card(n) }}{% endmacro %}"
    for phase, expected in (("one", "1 name x"), ("two", "2 1 name x"), ("two", "2 2 1 name x")):
        trial.experiment(
            tmp_path / "shop", phase, {"c/card.html": takes.replace("TEXT", "1" if phase == "one" else "2")}
        )
        one = find(templates[::-1]).experiments[phase]
        planned = shipping.moves(one, "b", templates=templates[::-1], statics=[], home=tmp_path / "shop")
        shipping.move(one, "b", planned)
        loader = FileSystemLoader([str(folder) for folder in templates[::-1]])
        card = Environment(autoescape=True, loader=loader).get_template("c/card.html").module.card  # type: ignore[attr-defined]
        assert card("x") == expected
    assert (tmp_path / "shop/templates/c/card-before-one.html").read_text() == (
        templates[0] / "c/card.html"
    ).read_text()


def test_a_theme_follows_the_one_before(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    trial.experiment(shop, "one", {"theme.css": "a {}\n", "static/x.txt": "x"}, kind="theme")
    trial.write(shop, {"static/shop.css": "b {}\n"})
    one = find([shop / "templates"]).experiments["one"]
    planned = shipping.moves(one, "b", templates=[shop / "templates"], statics=[shop / "static"], home=shop)
    shipping.move(one, "b", planned)
    assert (shop / "static/shop.css").read_text() == "b {}\n\n/* one: b */\na {}\n"
    assert (shop / "static/x.txt").read_text() == "x"


def test_a_draft_is_begun_with_copies(tmp_path: Path) -> None:
    packaged = configuration.search_path(configuration.load(None, {}), "templates")
    home = tmp_path / "templates"
    written = shipping.begun(
        home,
        "card",
        kind="template",
        variation="large",
        templates=packaged,
        paths=["components/card.html"],
        today=datetime.date(2026, 11, 22),
    )
    assert [file.relative_to(home).as_posix() for file in written] == [
        "experiments/card/experiment.toml",
        "experiments/card/large/components/card.html",
    ]
    found = find([home])
    assert not found.problems
    assert found.experiments["card"].definition.ends == datetime.date(2026, 12, 20)
    with pytest.raises(FileExistsError):
        shipping.begun(
            home, "card", kind="copy", variation="b", templates=packaged, paths=[], today=datetime.date.today()
        )


def test_a_store_that_runs_says_a_winners_words(tmp_path: Path) -> None:
    shop = trial.shop_folder(tmp_path)
    own = "{% extends 'pages/stores.html' %}{% block main %}<p class=own>{{ t('stores.own') }}</p>{% endblock %}"
    words = {f"messages/{name}.po": 'msgid "stores.own"\nmsgstr "Come in"\n' for name in ("en", "de", "ar")}
    trial.experiment(shop, "doors", {"pages/stores.html": own, **words}, status="draft")
    settings = trial.settings(tmp_path, shop)
    templates = configuration.search_path(settings, "templates")
    with opened(settings) as running:
        assert "Come in" not in trial.get(running, "/en-gb/stores").text
        one = find(templates).experiments["doors"]
        shipping.move(one, "b", shipping.moves(one, "b", templates=templates, statics=[], home=shop))
        trial.tell(running, lambda db: states.ship(db, one, "b", 1.0))
        assert "<p class=own>Come in</p>" in trial.get(running, "/en-gb/stores").text
