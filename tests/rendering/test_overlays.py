"""Variations laid over the store: looked up by each render, marked in all of them, kept apart, never worse than control."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jinja2 import FileSystemLoader

from bff.ports import Market
from bff.rendering.assets import Assets
from bff.rendering.environment import Renderer, SharedBytecode, make_environment
from bff.rendering.formats import Formats
from bff.rendering.messages import load
from bff.rendering.overlays import SHOWN, Layer, Overlays, Shown, warmed
from bff.web.addresses import places

GB = Market(id="gb", country="GB", currency="GBP", locales=("en-GB",), paths={"en-GB": "en-gb"})
PO = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
BASE = {
    "base.html": "<{% block main %}{% endblock %}>{% for sheet in sheets() %}[{{ sheet }}]{% endfor %}",
    "pages/a.html": "{% extends 'base.html' %}{% block main %}{% from 'c/card.html' import card %}a {{ card(page) }}"
    "{% block more %}more{% endblock %}{% endblock %}",
    "pages/b.html": "b {{ t('word') }} {{ kept(card, 1) if page else '' }}{% from 'c/card.html' import card %}",
    "pages/c.html": "{% from 'c/card.html' import card %}{{ kept(card, page) }}",
    "c/card.html": "{% from 'c/price.html' import price %}{% macro card(n) %}card {{ price(n) }}{% endmacro %}",
    "c/price.html": "{% macro price(n) %}{{ n }} pounds{% endmacro %}{% macro unused() %}{% endmacro %}",
}


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def layer(folder: Path, experiment: str, variation: str = "b", **files: str) -> Layer:
    """A layer of the files given (`/` written as `__`)."""
    own = folder / "experiments" / experiment / variation
    names = {name.replace("__", "/").replace("_html", ".html"): text for name, text in files.items() if "html" in name}
    write(own, names)
    if "words" in files:
        write(own, {"messages/en.po": PO + files["words"]})
    return Layer(
        experiment=experiment,
        variation=variation,
        root=f"experiments/{experiment}/{variation}",
        folder=own,
        templates=frozenset(names),
        messages="words" in files,
    )


@pytest.fixture
def renderer(tmp_path: Path) -> Renderer:
    write(tmp_path, BASE | {"messages/en.po": PO + 'msgid "word"\nmsgstr "word"\n'})
    place = next(iter(places((GB,), "http://127.0.0.1").values()))
    formats, messages = Formats("en-GB"), load([tmp_path / "messages"], "en-GB")
    environment = make_environment(
        FileSystemLoader(str(tmp_path)), SharedBytecode(), place, messages, formats, Assets([]), development=False
    )
    return Renderer(environment, place, messages, formats, False)


@contextmanager
def shown(**variations: str) -> Iterator[Shown]:
    own = Shown(variations)
    token = SHOWN.set(own)
    try:
        yield own
    finally:
        SHOWN.reset(token)


def drawn(renderer: Renderer, name: str = "pages/a.html", /, page: Any = 1, **variations: str) -> tuple[str, set[str]]:
    with shown(**variations) as own:
        text = renderer.page(name, {"page": page})
    return text, own.touched


def test_a_macro_that_others_import_is_replaced(renderer: Renderer, tmp_path: Path) -> None:
    renderer.put(Overlays([layer(tmp_path, "x", c__price_html="{% macro price(n) %}£{{ n }}{% endmacro %}")]))
    assert drawn(renderer) == ("<a card 1 poundsmore>", {"c/price.html"})
    assert drawn(renderer, x="b") == ("<a card £1more>", {"c/price.html"})
    assert drawn(renderer, x="control")[0] == "<a card 1 poundsmore>"


def test_what_was_kept_is_another_in_another_variation_and_touches_again(renderer: Renderer, tmp_path: Path) -> None:
    renderer.put(Overlays([layer(tmp_path, "x", c__price_html="{% macro price(n) %}£{{ n }}{% endmacro %}")]))
    for _ in range(2):  # the second time it is kept
        assert drawn(renderer, "pages/c.html") == ("card 1 pounds", {"c/price.html"})
        assert drawn(renderer, "pages/c.html", x="b") == ("card £1", {"c/price.html"})


def test_importing_is_not_seeing(renderer: Renderer, tmp_path: Path) -> None:
    renderer.put(Overlays([layer(tmp_path, "x", c__card_html="{% macro card(n) %}other{% endmacro %}")]))
    assert drawn(renderer, "pages/b.html", page=0) == ("b word ", set())
    assert drawn(renderer, "pages/b.html", page=0, x="b") == ("b word ", set())


def test_a_template_may_extend_the_one_it_replaces(renderer: Renderer, tmp_path: Path) -> None:
    own = "{% extends 'pages/a.html' %}{% block more %}less{% endblock %}"
    renderer.put(Overlays([layer(tmp_path, "x", pages__a_html=own)]))
    assert drawn(renderer, x="b") == ("<a card 1 poundsless>", {"pages/a.html"})
    assert drawn(renderer) == ("<a card 1 poundsmore>", {"pages/a.html"})
    with shown(x="b") as seen:
        assert renderer.fragment("pages/a.html", "more", {"page": 1}) == "less"
        assert renderer.fragment("pages/a.html", "main", {"page": 1}) == "a card 1 poundsless"
    assert seen.touched == {"pages/a.html"}


def test_two_experiments_at_once(renderer: Renderer, tmp_path: Path) -> None:
    price = layer(tmp_path, "x", c__price_html="{% macro price(n) %}£{{ n }}{% endmacro %}")
    frame = layer(tmp_path, "y", base_html="({% block main %}{% endblock %})")
    renderer.put(Overlays([price, frame]))
    texts = {(x, y): drawn(renderer, x=x, y=y)[0] for x in ("control", "b") for y in ("control", "b")}
    assert list(texts.values()) == [
        "<a card 1 poundsmore>",
        "(a card 1 poundsmore)",
        "<a card £1more>",
        "(a card £1more)",
    ]
    assert renderer.environment.overlays.experiments(drawn(renderer)[1]) == {"x", "y"}


def test_what_raises_gives_way_to_control(renderer: Renderer, tmp_path: Path) -> None:
    price = layer(tmp_path, "x", c__price_html="{% macro price(n) %}{{ n.nothing.more }}{% endmacro %}")
    frame = layer(tmp_path, "y", base_html="({% block main %}{% endblock %})")
    renderer.put(Overlays([price, frame]))
    with shown(x="b", y="b") as own:
        assert renderer.page("pages/a.html", {"page": 1}) == "(a card 1 poundsmore)"
    assert own.raised == {"x"}
    assert own.held == {"x": "b", "y": "b"}
    assert "c/price.html" in own.touched


def test_a_template_that_is_none_gives_way(renderer: Renderer, tmp_path: Path) -> None:
    renderer.put(Overlays([layer(tmp_path, "x", pages__a_html="{% if %}")]))
    warmed(renderer.environment, renderer.environment.overlays)
    with shown(x="b") as own:
        assert renderer.page("pages/a.html", {"page": 1}) == "<a card 1 poundsmore>"
    assert own.raised == {"x"}


def test_what_control_raises_as_well_is_nobodys_fault(renderer: Renderer, tmp_path: Path) -> None:
    renderer.put(Overlays([layer(tmp_path, "x", c__price_html="{% macro price(n) %}{{ n.x.y }}{% endmacro %}")]))
    write(tmp_path, {"pages/d.html": "{% from 'c/price.html' import price %}{{ price(1) }}{{ page.x.y }}"})
    with shown(x="b") as own, pytest.raises(Exception, match="has no attribute"):
        renderer.page("pages/d.html", {"page": 1})
    assert not own.raised


def test_words(renderer: Renderer, tmp_path: Path) -> None:
    renderer.put(Overlays([layer(tmp_path, "x", words='msgid "word"\nmsgstr "other"\n')]))
    for _ in range(2):
        assert drawn(renderer, "pages/b.html", page=0) == ("b word ", {"word:x:word"})
        assert drawn(renderer, "pages/b.html", page=0, x="b") == ("b other ", {"word:x:word"})
    assert renderer.environment.overlays.experiments({"word:x:word"}) == {"x"}


def test_a_stylesheet_stands_where_its_templates_can(renderer: Renderer, tmp_path: Path) -> None:
    import msgspec

    own = layer(tmp_path, "x", c__price_html="{% macro price(n) %}{{ n }}{% endmacro %}")
    write(tmp_path, {"pages/d.html": "{% extends 'base.html' %}"})
    sheet = "/static/~{}/experiments/x/b/theme.css"
    renderer.put(Overlays([msgspec.structs.replace(own, sheet=True)]))
    assert "theme.css" in drawn(renderer, x="b")[0]
    assert "theme.css" not in drawn(renderer)[0]
    assert drawn(renderer, "pages/d.html", x="b") == ("<>", set())
    renderer.put(Overlays([msgspec.structs.replace(own, sheet=True, everywhere=True, templates=frozenset())]))
    assert drawn(renderer, "pages/d.html") == ("<>", {"sheet:x"})
    text, touched = drawn(renderer, "pages/d.html", x="b")
    assert text.startswith("<>[/static/~")
    assert text.endswith(sheet.partition("{}")[2] + "]")
    assert touched == {"sheet:x"}


def test_nothing_is_compiled_for_the_first_who_asks(
    renderer: Renderer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overlays = Overlays([layer(tmp_path, "x", c__price_html="{% macro price(n) %}£{{ n }}{% endmacro %}")])
    drawn(renderer)
    warmed(renderer.environment, overlays)
    renderer.put(overlays)
    monkeypatch.setattr(renderer.environment, "compile", lambda *_, **__: pytest.fail("it is compiled now"))
    assert drawn(renderer, x="b")[0] == "<a card £1more>"
    assert drawn(renderer)[0] == "<a card 1 poundsmore>"


def test_taken_away_again(renderer: Renderer, tmp_path: Path) -> None:
    renderer.put(Overlays([layer(tmp_path, "x", c__price_html="{% macro price(n) %}£{{ n }}{% endmacro %}")]))
    assert drawn(renderer, x="b")[0] == "<a card £1more>"
    renderer.put(Overlays())
    assert drawn(renderer, x="b") == ("<a card 1 poundsmore>", set())
