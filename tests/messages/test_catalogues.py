"""The catalogues are whole: every locale says everything, with the same placeholders and in all its plural forms."""

from __future__ import annotations

import ast
import gettext
import re
import tomllib
import typing
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from jinja2 import Environment, FileSystemLoader, nodes

from bff.pages.parts.checkout import STEPS
from bff.pages.parts.listings import NAMED_FACETS, NAMED_SORTS
from bff.ports.carts import NoCart, ProblemCode
from bff.ports.catalog import AvailabilityState
from bff.ports.checkout import Order
from bff.ports.extras import ReviewOrder
from bff.rendering.keeping import Keep
from bff.rendering.messages import load

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
FOLDER = TEMPLATES / "messages"
SOURCE = "en"
FILES = sorted(file.stem for file in FOLDER.glob("*.po"))
LANGUAGES = [name for name in FILES if "_" not in name]
OVERLAYS = [name for name in FILES if "_" in name]
TRANSLATIONS = [name for name in LANGUAGES if name != SOURCE]

SAME_AS_ENGLISH: dict[str, set[str]] = {
    "ar": {"checkout.said", "delivery.on"},
    "de": {
        "card.more",
        "checkout.said",
        "field.optional",
        "list.comma",
        "delivery.on",
        "field.region",
        "header.journal",
        "header.service",
        "journal.title",
    },
}
"""Messages that may read as in English: figures, dates and words the languages share."""

REASONS = frozenset(typing.get_args(typing.get_type_hints(NoCart)["reason"]))
FOOTERS = frozenset(
    menu["id"]
    for menu in tomllib.loads((ROOT / "adapters/embedded/demo/menus.toml").read_text(encoding="utf-8"))["menu"]
    if menu["id"].startswith("footer")
)
COMPUTED: dict[tuple[str, str], frozenset[str]] = {
    ("account.nav.", ""): frozenset({"home", "orders", "wishlists", "addresses", "profile", "password"}),
    ("order.status.", ""): frozenset(typing.get_args(typing.get_type_hints(Order)["status"])),
    ("badge.", ""): frozenset({"sale", "new", "bestseller"}),
    ("bag.", ""): frozenset({"subtotal", "discount", "shipping", "fees", "tax", "total", "gift_cards", "due"}),
    ("bag.text.", ""): REASONS,
    ("bag.reason.", ""): REASONS,
    ("measuring.state.", ""): frozenset({"yes", "no", "open", "exempt", "browser"}),
    ("checkout.step.", ""): frozenset(STEPS),
    ("checkout.kind.", ""): frozenset({"offline", "redirect", "frame"}),
    ("checkout.lapsed.", ""): frozenset({"session", "customer"}),
    ("checkout.hosted.", ""): frozenset({"ready", "open", "gone", "elsewhere"}),
    ("checkout.hosted.", ".title"): frozenset({"open", "gone", "elsewhere"}),
    ("checkout.", ".title"): frozenset({"ordered", "checking", "refused", "lost"}),
    ("checkout.", ".text"): frozenset({"checking", "refused", "lost"}),
    ("facet.", ""): NAMED_FACETS,
    ("failure.", ".text"): frozenset({"404", "410", "500", "503", "maintenance"}),
    ("failure.", ".title"): frozenset({"404", "410", "500", "503", "maintenance"}),
    ("footer.", ""): FOOTERS,
    ("late.", ""): frozenset({"delivery", "favourites", "featured", "journal", "new", "related", "reviews"}),
    ("problem.", ""): frozenset(typing.get_args(ProblemCode)),
    ("reviews.order.", ""): frozenset(typing.get_args(ReviewOrder)),
    ("reviews.part.", ""): frozenset({"own", "other"}),
    ("sort.", ""): NAMED_SORTS,
    ("stock.", ""): frozenset(typing.get_args(AvailabilityState)) | {"choose"},
    ("stock.", ".date"): frozenset({"backorder", "preorder"}),
}
"""What stands between a computed key's two ends, for each way a template computes one."""

EXTRA = re.compile(r"failure\.\d{3}\.(title|text)")
"""Keys a locale may have although English has none yet: a failure's own words."""

CLDR = ("zero", "one", "two", "few", "many", "other")
NUMBERS = range(1001)


def catalogue(name: str) -> Catalog:
    with (FOLDER / f"{name}.po").open("rb") as source:
        return read_po(source, locale=name, abort_invalid=True)


CATALOGUES = {name: catalogue(name) for name in FILES}


def key_of(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def messages(name: str) -> dict[str, Message]:
    return {key_of(message): message for message in CATALOGUES[name] if message.id}


def forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def form_numbers(name: str) -> list[list[int]]:
    """For each plural form of a language, in CLDR's order, the numbers up to a thousand that take it."""
    rule = Locale.parse(name).plural_form
    found = {tag: [n for n in NUMBERS if rule(n) == tag] for tag in CLDR}
    return [numbers for numbers in found.values() if numbers]


def called() -> Iterator[tuple[str, str, nodes.Expr]]:
    """Each key a template asks for: the template, `t` or `tn`, and the expression of the key."""
    environment = Environment(loader=FileSystemLoader(str(TEMPLATES)), autoescape=True, extensions=[Keep])
    for template in environment.list_templates(extensions=["html"]):
        assert environment.loader is not None
        tree = environment.parse(environment.loader.get_source(environment, template)[0])
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in ("t", "tn") and call.args:
                yield template, call.node.name, call.args[0]


def test_there_are_catalogues() -> None:
    assert SOURCE in LANGUAGES
    assert {"ar", "de"} <= set(TRANSLATIONS)


@pytest.mark.parametrize("name", FILES)
def test_the_file_says_whose_it_is_and_nothing_twice(name: str) -> None:
    text = (FOLDER / f"{name}.po").read_text(encoding="utf-8")
    keys = [key for key in re.findall(r'^msgid "(.*)"$', text, re.MULTILINE) if key]
    assert sorted(keys) == sorted(set(keys))
    assert f'"Language: {name}\\n"' in text
    assert not CATALOGUES[name].obsolete
    assert not [key for key, message in messages(name).items() if message.fuzzy]


@pytest.mark.parametrize("name", FILES)
def test_plural_forms_are_the_languages_own(name: str) -> None:
    """The header's rule numbers the forms as CLDR orders them."""
    expected = form_numbers(name)
    assert CATALOGUES[name].num_plurals == len(expected)
    choose = gettext.c2py(CATALOGUES[name].plural_expr)
    assert [[n for n in NUMBERS if choose(n) == index] for index in range(len(expected))] == expected
    for message in messages(name).values():
        if message.pluralizable:
            assert len(forms(message)) == len(expected), key_of(message)
            assert all(forms(message)), key_of(message)


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_form_shown_is_the_one_the_number_takes(name: str) -> None:
    loaded = load([FOLDER], name)
    expected = form_numbers(name)
    for key, message in messages(name).items():
        if not message.pluralizable:
            continue
        filling = dict.fromkeys(placeholders(" ".join(forms(message))) - {"n"}, "…")
        for form, numbers in zip(forms(message), expected, strict=True):
            for n in {numbers[0], numbers[len(numbers) // 2], numbers[-1]}:
                assert str(loaded.plural(key, n, **filling)) == form.format(n=n, **filling), (key, n)


@pytest.mark.parametrize("name", TRANSLATIONS)
def test_every_key_is_there(name: str) -> None:
    english, own = messages(SOURCE), messages(name)
    assert sorted(english.keys() - own.keys()) == []
    assert [key for key in sorted(own.keys() - english.keys()) if not EXTRA.fullmatch(key)] == []
    assert [key for key in english if english[key].pluralizable != own[key].pluralizable] == []
    assert [key for key, message in own.items() if not all(form.strip() for form in forms(message))] == []


@pytest.mark.parametrize("name", OVERLAYS)
def test_an_overlay_says_only_what_differs(name: str) -> None:
    under = messages(name.partition("_")[0])
    for key, message in messages(name).items():
        assert key in under
        assert message.string != under[key].string, key


@pytest.mark.parametrize("name", [name for name in FILES if name != SOURCE])
def test_placeholders_are_the_same(name: str) -> None:
    """A form for one number only may say it in words instead of `{n}`."""
    english = messages(SOURCE)
    expected = form_numbers(name)
    for key, message in messages(name).items():
        if key not in english:
            continue
        wanted = set().union(*(placeholders(form) for form in forms(english[key])))
        for index, form in enumerate(forms(message)):
            single = message.pluralizable and len(expected[index]) == 1
            assert placeholders(form) | ({"n"} & wanted if single else set()) == wanted, (key, form)


@pytest.mark.parametrize("name", TRANSLATIONS)
def test_nothing_is_left_in_english(name: str) -> None:
    english = messages(SOURCE)
    same = {
        key
        for key, message in messages(name).items()
        if key in english and set(forms(message)) & set(forms(english[key]))
    }
    assert same == SAME_AS_ENGLISH.get(name, set())


def test_arabic_has_no_latin_letters() -> None:
    left = {
        key: form
        for key, message in messages("ar").items()
        for form in forms(message)
        if re.search("[A-Za-z]", re.sub(r"\{\w+\}|name@example\.com", "", form))
    }
    assert left == {}


@pytest.mark.parametrize("name", FILES)
def test_nobody_shouts_and_quotes_are_printers_quotes(name: str) -> None:
    wrong = [
        key for key, message in messages(name).items() for form in forms(message) if re.search(r'[!"]|\.\.\.', form)
    ]
    assert wrong == []


def test_templates_name_keys_that_exist() -> None:
    english = messages(SOURCE)
    wrong = [
        f"{template}: {how}({key.value!r})"
        for template, how, key in called()
        if isinstance(key, nodes.Const)
        and (key.value not in english or english[key.value].pluralizable != (how == "tn"))
    ]
    assert wrong == []


def test_computed_keys_exist_for_every_value() -> None:
    patterns: set[tuple[str, str]] = set()
    for template, how, key in called():
        if isinstance(key, nodes.Const):
            continue
        assert how == "t", template
        if isinstance(key, nodes.Getattr):  # the view model names it: `test_keys_that_code_names_exist`
            continue
        assert isinstance(key, nodes.Concat), f"{template}: a key made of something else"
        first, last = key.nodes[0], key.nodes[-1]
        assert isinstance(first, nodes.Const), f"{template}: a key without a beginning"
        patterns.add((first.value, last.value if isinstance(last, nodes.Const) else ""))
    assert patterns - COMPUTED.keys() == set()
    keys = {before + value + after for (before, after), values in COMPUTED.items() for value in values}
    for name in LANGUAGES:
        assert sorted(keys - messages(name).keys()) == [], name


def named_by_code() -> Iterator[str]:
    """Keys that view models bring: of fields, of what is wrong with them, of messages for the next page."""
    for path in [*(ROOT / "bff/pages").rglob("*.py"), *(ROOT / "bff/web").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            given = [each.value for each in node.keywords if each.arg in ("key", "label", "hint")]
            called_as = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called_as == "flash":
                given += node.args[:1]
            for value in given:
                if isinstance(value, ast.Constant) and isinstance(value.value, str) and "." in value.value:
                    yield value.value


def test_keys_that_code_names_exist() -> None:
    keys = set(named_by_code())
    assert len(keys) > 20
    for name in LANGUAGES:
        assert sorted(keys - messages(name).keys()) == [], name
