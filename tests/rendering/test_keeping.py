"""Kept parts: rendered once for equal values, never for others, and never with anything they do not name."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import DictLoader, Environment, TemplateAssertionError

from bff.rendering.environment import SharedTemplate
from bff.rendering.keeping import Keep, Kept


def environment(development: bool = False, **templates: str) -> tuple[Environment, list[str]]:
    made: list[str] = []

    def note(text: str) -> str:
        made.append(text)
        return text

    found = Environment(loader=DictLoader(templates), autoescape=True, extensions=[Keep])
    found.template_class = SharedTemplate
    found.globals.update(kept=Kept(development), note=note)
    return found, made


def page(**fields: Any) -> dict[str, Any]:
    return {"page": SimpleNamespace(**fields)}


def test_a_part_is_rendered_once_for_equal_values() -> None:
    found, made = environment(a="{{ page.b }}{% keep page.a %}<{{ note(page.a) }}>{% endkeep %}")
    texts = [found.get_template("a").render(page(a=a, b=b)) for a, b in (("x", 1), ("x", 2), ("<y>", 3), ("x", 4))]
    assert texts == ["1<x>", "2<x>", "3<&lt;y&gt;>", "4<x>"]
    assert made == ["x", "<y>"]


def test_two_parts_of_equal_values_are_two() -> None:
    source = "{% keep page.a %}A{{ page.a }}{% endkeep %}\n{% keep page.a %}B{{ page.a }}{% endkeep %}"
    found, _ = environment(one=source, two="{% keep page.a %}C{{ page.a }}{% endkeep %}")
    assert [found.get_template(name).render(page(a="x")) for name in ("one", "two")] == ["Ax\nBx", "Cx"]


def test_macros_of_one_name_in_two_templates_are_two() -> None:
    found, _ = environment(
        one="{% macro m(a) %}one{{ a }}{% endmacro %}",
        two="{% macro m(a) %}two{{ a }}{% endmacro %}",
        first="{% from 'one' import m %}{{ kept(m, 1) }}",
        second="{% from 'two' import m %}{{ kept(m, 1) }}",
    )
    assert [found.get_template(name).render() for name in ("first", "second")] == ["one1", "two1"]


@pytest.mark.parametrize(
    "source",
    [
        "{% keep page.a %}{{ page.b }}{% endkeep %}",
        "{% keep page.a %}{{ page['b'] }}{% endkeep %}",
        "{% keep page.a %}{% for one in store.menu %}{% endfor %}{% endkeep %}",
        "{% keep page.a %}{{ page }}{% endkeep %}",
        "{% keep page.ab %}{{ page.a }}{% endkeep %}",
        "{% keep page.a %}{{ ctx.mutation }}{% endkeep %}",
    ],
)
def test_a_part_that_reads_what_it_does_not_name_is_no_template(source: str) -> None:
    found, _ = environment(a=source)
    with pytest.raises(TemplateAssertionError, match="does not name"):
        found.get_template("a")


def test_values_without_a_hash_are_rendered_each_time() -> None:
    found, made = environment(a="{% keep page.a %}{{ note(page.a.b) }}{% endkeep %}")
    assert [found.get_template("a").render(page(a={"b": "x"})) for _ in range(2)] == ["x", "x"]
    assert made == ["x", "x"]


def test_development_keeps_nothing() -> None:
    found, made = environment(development=True, a="{% keep page.a %}{{ note(page.a) }}{% endkeep %}")
    for _ in range(2):
        found.get_template("a").render(page(a="x"))
    assert made == ["x", "x"]
