"""The check of templates against view models: it finds planted mistakes, and the packaged templates have none."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from bff.pages import product as product_module
from bff.rendering import contract
from bff.rendering.contract import VIEWS, problems, view_type
from bff.settings import Settings
from tests.web.stage import settings

SHOP = """
[store]
name = "Shop"
[markets.gb]
country = "GB"
currency = "GBP"
locales = { "en-GB" = "en-gb" }
[backends.default]
adapter = "embedded"
"""


@pytest.fixture
def shop(tmp_path: Path) -> Settings:
    (tmp_path / "portico.toml").write_text(SHOP)
    for room in ("pages", "components", "holes"):
        (tmp_path / "templates" / room).mkdir(parents=True)
    return settings(tmp_path, shop=tmp_path)


def overridden(shop: Settings, name: str, text: str) -> list[str]:
    assert shop.shop is not None
    (Path(shop.shop) / "templates" / name).write_text(text, encoding="utf-8")
    return problems(shop)


def test_the_packaged_templates_agree_with_their_pages(tmp_path: Path) -> None:
    assert problems(settings(tmp_path)) == []


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("pages/product.html", "{{ page.titel }}", "pages/product.html:1: `ProductPage` has no `titel`"),
        ("pages/product.html", "\n\n{{ page.price.now.amunt }}", "pages/product.html:3: `Money` has no `amunt`"),
        ("pages/product.html", "{% for o in page.options %}{{ o.naem }}{% endfor %}", "`OptionView` has no `naem`"),
        (
            "pages/product.html",
            "{% for o in page.options %}{% for v in o['values'] %}{{ v.x }}{% endfor %}{% endfor %}",
            None,
        ),
        ("pages/product.html", "{{ page.reviews.value.itmes }}", "`ReviewsView` has no `itmes`"),
        ("pages/product.html", "{% if page.sold %}x{% endif %}", "`ProductPage` has no `sold`"),
        ("pages/product.html", "{% set p = page.price %}{{ p.then }}", "`PriceView` has no `then`"),
        ("pages/product.html", "{% with p = page.price %}{{ p.then }}{% endwith %}", "`PriceView` has no `then`"),
        ("pages/product.html", "{{ page.gallery[0].hight }}", "`Image` has no `hight`"),
        ("pages/product.html", "{{ (page.gallery|first).hight }}", "`Image` has no `hight`"),
        ("pages/product.html", "{{ store.nmae }}", "`Store` has no `nmae`"),
        ("pages/product.html", "{{ ctx.lnag }}", "`TemplateContext` has no `lnag`"),
        ("pages/product.html", '{{ t("no.such.message") }}', "`no.such.message` is missing"),
        ("pages/product.html", "{% if %}", "pages/product.html:1: "),
        ("pages/product.html", "{% block main %}{{ page.nothing }}{% endblock %}", "`ProductPage` has no `nothing`"),
        ("components/price.html", "{% macro price(view) %}{{ store.nmae }}{% endmacro %}", "`Store` has no `nmae`"),
        ("holes/bag.html", "{{ page.quantities }}", "`Cart` has no `quantities`"),
        ("pages/suggest.html", "{{ page.prodcts }}", "`SuggestFragment` has no `prodcts`"),
        ("pages/product.html", "{{ page.title }} {{ page.price.now.amount }} {{ ctx.lang }}", None),
    ],
)
def test_a_planted_mistake_is_found_with_its_line(shop: Settings, name: str, text: str, said: str | None) -> None:
    found = overridden(shop, name, text)
    assert any(said in problem for problem in found) if said else found == []


def test_every_page_has_a_template_and_every_template_a_view() -> None:
    for name in VIEWS:
        assert issubclass(view_type(name), msgspec.Struct)


@pytest.mark.parametrize("field", ["title", "price", "buy", "options", "reviews", "breadcrumbs"])
def test_renaming_a_field_of_a_page_is_noticed(field: str, shop: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a team does when it renames `page.title` to something else, and forgets the template."""
    old = product_module.ProductPage
    hints = {f.name: (f.type, f.default) for f in msgspec.structs.fields(old)}
    renamed = msgspec.defstruct(
        "ProductPage",
        [(f"{name}_now" if name == field else name, kind) for name, (kind, _) in hints.items()],
        kw_only=True,
    )
    monkeypatch.setattr(product_module, "ProductPage", renamed)
    contract_problems = problems(shop)
    assert any(f"`ProductPage` has no `{field}`" in problem for problem in contract_problems)


@tuned(max_examples=60)
@given(st.sampled_from(sorted(VIEWS)), st.from_regex(r"[a-z]{4,9}_x", fullmatch=True))
def test_no_page_has_a_field_nobody_declared(name: str, field: str) -> None:
    kind = view_type(name)
    assert contract._field(kind, field) is None
    for declared in msgspec.structs.fields(kind):
        assert contract._field(kind, declared.name) is not None
