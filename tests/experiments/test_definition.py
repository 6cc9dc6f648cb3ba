"""What is wrong with an experiment is said with its place and its remedy; what is right is read."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from bff import settings as configuration
from bff.experiments.definition import Experiment, Problem, find
from bff.experiments.lint import lint

from . import trial

TODAY = datetime.date(2026, 11, 22)
HEAD = trial.TOML.partition("[variations]")[0].format(kind="template", status="draft", coverage=0.5, more="")
GOOD = HEAD + "[variations]\ncontrol = 0.5\nb = 0.5\n"
CARD = "{% from 'components/card.html' import card, shelf %}"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "portico.toml").write_text(trial.DEMO.read_text())
    return folder


def linted(shop: Path) -> list[Problem]:
    return lint(configuration.load(shop, {}), TODAY)


def one(shop: Path, toml: str, **files: str) -> list[Problem]:
    """The problems of an experiment `one` with this file, and files in its variation `b` (`/` written as `__`)."""
    room = shop / "templates" / "experiments" / "one"
    trial.write(room, {"experiment.toml": toml, **{f"b/{n.replace('__', '/')}.html": t for n, t in files.items()}})
    return linted(shop)


def test_the_demonstration_is_well_formed(tmp_path: Path) -> None:
    assert linted(trial.shop_folder(tmp_path)) == []


def test_what_stands_in_the_folders_is_found(tmp_path: Path) -> None:
    shop = trial.shop_folder(tmp_path)
    found: Experiment = find([shop / "templates"]).experiments["gallery"]
    assert found.names == ("control", "wall")
    assert found.contested == {"pages/product.html"}
    assert found.themes == {"wall"}
    assert found.seed == "gallery:1"


def test_a_shops_experiment_goes_before_a_packaged_one(tmp_path: Path) -> None:
    for number in ("one", "two"):
        trial.experiment(tmp_path / number, "same", {}, more=f"phase = {len(number)}\nsecondary = ['{number}']")
    found = find([tmp_path / "two" / "templates", tmp_path / "one" / "templates"])
    assert found.experiments["same"].definition.secondary == ("two",)


@pytest.mark.parametrize(
    ("toml", "line", "text", "fix"),
    [
        (GOOD + "[audience]\ncountries = ['DE']\n", 15, "`audience.countries` is no key", "known keys are markets"),
        (GOOD.replace("hypothesis", "hypotesis"), 4, "`hypotesis` is no key", "`hypothesis`?"),
        (GOOD.replace("owner", "hashVersion"), 5, "`hashVersion` is no key", "version 2 only"),
        (GOOD.replace('owner = "tests"', 'namespace = ["a", 0, 1]'), 5, "`namespace` is no key", "[exclusion]"),
        (GOOD.replace("owner = ", "owner "), 5, "no valid TOML", "mend"),
        (GOOD.replace('primary = "add_to_cart"\n', ""), 0, "`primary` is missing", "add `primary"),
        (GOOD.replace("coverage = 0.5", "coverage = 50"), 9, "`coverage`", "0.1 is a tenth"),
        (GOOD.replace('"draft"', '"on"'), 3, "`status`", "one of draft"),
        (GOOD.replace("b = 0.5", "b = 0.4"), 11, "the weights make 0.9", "0.5 each"),
        (GOOD.replace("control = 0.5\n", ""), 11, "there is no 'control'", "add control"),
        (GOOD.replace("b = 0.5", "b = 0.5\nc = 0.0"), 14, "'c' is shown to nobody", "weight"),
        (GOOD + "[audience]\nmarkets = ['fr']\n", 15, "there is no 'fr'", "there are"),
        (GOOD + "[audience]\nlocales = ['en-GV']\n", 15, "there is no 'en-GV'", "'en-GB'?"),
        (GOOD.replace('"add_to_cart"', '"clicks"'), 6, "'clicks' is no conversion", "add_to_cart"),
        (GOOD + "[[guardrails]]\nmetric = 'render_error'\n", 14, "has no bound", "max_abs"),
        (GOOD.replace("2099-01-01", "2020-01-01").replace("draft", "running"), 8, "its end", "new end"),
        (GOOD + "[exclusion]\ngroup = 'a'\nfrom = 0.5\nto = 0.5\n", 14, "empty", "from is less"),
    ],
)
def test_a_mistake_in_the_file(shop: Path, toml: str, line: int, text: str, fix: str) -> None:
    found = [
        problem for problem in one(shop, toml, pages__home="{% extends 'pages/home.html' %}") if text in problem.text
    ]
    assert len(found) == 1, linted(shop)
    assert (found[0].line, found[0].file[-15:]) == (line, "experiment.toml")
    assert fix in found[0].fix


@pytest.mark.parametrize(
    ("files", "line", "text", "fix"),
    [
        ({"pages__home": "\n{% if %}"}, 2, "Expected an expression", "mend"),
        ({"pages__hime": "{{ ctx.lang }}"}, 0, "the store has no pages/hime.html", "pages/home.html?"),
        ({"pages__home": "{% extends 'base.html' %}\n{{ page.heroes }}"}, 2, "has no `heroes`", "offers"),
        ({"pages__home": "{% extends 'bse.html' %}"}, 1, "there is no template bse.html", "base.html?"),
        (
            {"pages__product": "{% extends 'base.html' %}"},
            1,
            "the block 'reviews' is missing",
            "extend 'pages/product.html'",
        ),
        ({"components__card": "{% macro card(view) %}{% endmacro %}"}, 1, "'shelf' is missing", CARD[:36]),
        (
            {"pages__home": "{% extends 'pages/home.html' %}{% block x %}{{ t('no.such') }}{% endblock %}"},
            0,
            "`no.such`",
            ".po",
        ),
        ({}, 12, "'b' changes nothing", "put templates into b/"),
    ],
    ids=str,
)
def test_a_mistake_in_a_variation(shop: Path, files: dict[str, str], line: int, text: str, fix: str) -> None:
    found = [problem for problem in one(shop, GOOD, **files) if text in problem.text]
    assert len(found) == 1, linted(shop)
    assert found[0].line == line or not files
    assert fix in found[0].fix


def test_what_extends_the_template_it_replaces_removes_nothing(shop: Path) -> None:
    assert one(shop, GOOD, pages__product="{% extends 'pages/product.html' %}{% block reviews %}{% endblock %}") == []


def test_folders_that_nobody_knows(shop: Path) -> None:
    one(shop, GOOD, pages__home="{% extends 'pages/home.html' %}")
    room = shop / "templates" / "experiments" / "one"
    trial.write(room, {"control/pages/home.html": "", "c/pages/home.html": ""})
    texts = [f"{Path(problem.file).name}: {problem.text}" for problem in linted(shop)]
    assert texts == ["c: no variation is named 'c'.", "control: the control is the store as it is."]


def test_two_experiments_contest_one_template(shop: Path) -> None:
    home = {"pages/home.html": "{% extends 'pages/home.html' %}"}
    trial.experiment(shop, "one", home)
    trial.experiment(shop, "two", home)
    (found,) = linted(shop)
    assert "contests the template pages/home.html, as two does" in found.text
    group = "[exclusion]\ngroup = 'home'\nfrom = {}\nto = {}\n"
    trial.experiment(shop, "one", home, tables=group.format(0.0, 0.6))
    trial.experiment(shop, "two", home, tables=group.format(0.5, 1.0))
    (found,) = linted(shop)
    assert "shares visitors of the group 'home'" in found.text
    trial.experiment(shop, "two", home, tables=group.format(0.6, 1.0))
    assert linted(shop) == []
    trial.experiment(shop, "one", home, status="stopped")
    trial.experiment(shop, "two", home)
    assert linted(shop) == []


def test_what_belongs_to_another_kind(shop: Path) -> None:
    words = {f"messages/{language}.po": trial.PO + 'msgid "bag.title"\nmsgstr "x"\n' for language in ("en", "de", "ar")}
    trial.experiment(shop, "words", words, kind="copy")
    assert linted(shop) == []
    trial.experiment(shop, "words", words, kind="template")
    assert all("is said in the whole store" in problem.text for problem in linted(shop))
    trial.experiment(shop, "words", {"messages/en.po": words["messages/en.po"]}, kind="copy")
    (shop / "templates/experiments/words/b/messages/de.po").unlink()
    texts = [problem.text for problem in linted(shop)]
    assert texts == ["`bag.title` is missing: who reads de would see the control."]
    trial.experiment(shop, "words", {"pages/home.html": "{% extends 'pages/home.html' %}"}, kind="copy")
    assert any("a copy experiment brings no templates" in problem.text for problem in linted(shop))


def test_a_template_experiment_replaces_no_file_of_the_whole_store(shop: Path) -> None:
    home = {"pages/home.html": "{% extends 'pages/home.html' %}"}
    trial.experiment(shop, "one", {**home, "static/site.css": "", "static/own.css": ""})
    (found,) = linted(shop)
    assert found.file.endswith("static/site.css")
    assert "replaces a file of the whole store" in found.text


def test_a_canary_names_its_backends(shop: Path) -> None:
    trial.experiment(shop, "one", {}, kind="backend", tables="[backends]\nb = 'nowhere'\n")
    assert ["there is no 'nowhere'" in problem.text for problem in linted(shop)] == [True]
    trial.experiment(shop, "one", {}, kind="backend")
    assert ["no backend for 'b'" in problem.text for problem in linted(shop)] == [True]
    signed = "[backends]\nb = 'default'\n[audience]\nsigned_in = true\n"
    trial.experiment(shop, "one", {}, kind="backend", tables=signed)
    assert ["who is signed in" in problem.text for problem in linted(shop)] == [True]
