"""`portico new adapter`: what it makes opens, says what is to be written, and makes nothing up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bff.cli import portico
from bff.ports import Catalog, Search, operations
from bff.testing.conformance.calls import line_of

from .authors import ROOT, TOOLS, Ran, follow_the_guide, kit, make, open_shop

TRUE_FROM_THE_FIRST_MINUTE = {
    "TestBackend::test_a_port_has_all_its_operations",
    "TestBackend::test_an_unknown_setting_is_refused",
    "TestBackend::test_catalogue_and_search_are_offered",
    "TestBackend::test_secrets_are_not_shown",
    "TestBackend::test_the_contract_is_spoken",
    "TestSample::test_there_are_two_markets",
}
LOOKING_AROUND = {"catalog.navigation", "search.listing"}


def new(*arguments: str) -> Result:
    return CliRunner().invoke(portico, ["new", "adapter", *arguments], env={"COLUMNS": "200"})


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The kit on a package as it was made."""
    return kit(make(tmp_path_factory.mktemp("fresh"), "tea_house"), "--tb=no")


def test_only_what_needs_no_shop_passes(fresh: Ran) -> None:
    assert fresh.status == 1
    assert fresh.of("passed") == TRUE_FROM_THE_FIRST_MINUTE
    assert len(fresh.of("failed")) > 120


def test_every_failure_says_what_to_write(fresh: Ran) -> None:
    assert sum(fresh.causes.values()) == len(fresh.of("failed"))
    declared = {
        f"{name}.{each}" for name, port in (("catalog", Catalog), ("search", Search)) for each, _ in operations(port)
    }
    named = set()
    for cause in fresh.causes:
        kind, operation = cause.split()[:2]
        assert kind == "NotWritten:", cause
        assert "is not written yet: " in cause
        named.add(operation)
    assert LOOKING_AROUND | {"probe", "catalog.product", "search.suggest", "catalog.sitemap"} <= named
    assert named <= declared | {"probe"}
    assert next(iter(fresh.causes)).startswith("NotWritten: search.listing"), "what helps most stands first"


def test_what_is_not_offered_is_skipped_by_name(fresh: Ran) -> None:
    reasons = {told["reason"] for told in fresh.scenarios.values() if told["outcome"] == "skipped"}
    assert {"offers no carts", "offers no hosted_checkout", "offers no inline_checkout"} <= reasons
    carts = {told["outcome"] for told in fresh.scenarios.values() if told["port"] == "carts"}
    assert carts == {"skipped"}


def test_carts_begin_to_fail_when_they_are_offered(tmp_path: Path) -> None:
    package = make(tmp_path)
    follow_the_guide(package)
    file = package / "portico_acme" / "__init__.py"
    text = file.read_text(encoding="utf-8")
    text = text.replace("from .catalog", "from .carts import AcmeCarts\nfrom .catalog")
    text = text.replace(
        "probe=catalog.probe", "carts=AcmeCarts(Api(http, settings.url, settings.key)), probe=catalog.probe"
    )
    file.write_text(text, encoding="utf-8")
    with open_shop() as url:
        ran = kit(
            package,
            "--tb=no",
            "-kTestCarts or TestCodes or test_a_slug or what_is_offered",
            ACME_URL=url,
            ACME_KEY="acme-key",
        )
    assert ran.of("passed") == {"TestCatalog::test_a_slug_finds_its_product"}
    assert len(ran.of("failed")) > 15
    assert [cause for cause in ran.causes if not cause.startswith("NotWritten: carts.")] == []


def test_the_package_is_in_its_form(tmp_path: Path) -> None:
    made = tmp_path / "made"
    assert new("a_name_of_24_characters_", str(made)).exit_code == 2
    assert new("a_name_of_24_characters1", str(made)).exit_code == 0
    for arguments in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [TOOLS / "ruff", *arguments, "--no-cache", "--quiet", "."],
            cwd=made,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
    texts = {file: file.read_text(encoding="utf-8") for file in made.rglob("*") if file.is_file()}
    assert {"pyproject.toml", "README.md", "test_conformance.py", "catalog.py", "wire.py"} <= {
        file.name for file in texts
    }
    assert not [
        file for file, text in texts.items() if "acme" in text.casefold() or "acme" in str(file.relative_to(made))
    ]


def test_what_a_store_leaves_there_is_not_committed(tmp_path: Path) -> None:
    assert new("tea", str(tmp_path / "made")).exit_code == 0
    assert "/var/" in (tmp_path / "made" / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_a_malformed_answer_names_the_member_and_repeats_no_value(tmp_path: Path) -> None:
    made = tmp_path / "made"
    assert new("tea", str(made)).exit_code == 0
    code = (
        "import msgspec, typing, portico_tea.api as api\n"
        "class Item(msgspec.Struct):\n id: int\n kind: typing.Literal['a'] = 'a'\n"
        'for text in (b\'{}\', b\'{"id": "secret"}\', b\'{"id": 1, "kind": "secret"}\', b\'<p>secret\'):\n'
        " try: api.decoded(text, Item)\n"
        " except api.Malformed as error: print(error)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(made), str(ROOT)))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.splitlines() == [
        "Item: Object missing required field `id`",
        "Item: Expected `int`, got `str` - at `$.id`",
        "Item: ValidationError",
        "Item: DecodeError",
    ], done.stderr


def test_an_exception_that_escapes_is_told_with_the_adapters_line() -> None:
    def deeper() -> None:
        json.loads("{")

    with pytest.raises(ValueError, match="Expecting") as raised:
        deeper()
    line = f"{Path(__file__).name}:{deeper.__code__.co_firstlineno + 1}"
    assert line_of(raised.value, deeper) == line, "not the library's"
    assert line_of(raised.value, object()).startswith("decoder.py:"), "no adapter is known"


@pytest.mark.parametrize("name", ["Acme", "a-b", "9tea", "class", "", "a__b", "x" * 25, "../x"])
def test_an_odd_name_is_refused(name: str, tmp_path: Path) -> None:
    found = new(name, str(tmp_path / "made"))
    assert found.exit_code == 2
    assert not (tmp_path / "made").exists()


def test_nothing_is_overwritten_and_no_name_taken_twice(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    found = new("tea", str(tmp_path))
    assert found.exit_code == 2
    assert "is not empty" in found.output
    found = new("medusa", str(tmp_path / "made"))
    assert found.exit_code == 2
    assert "is installed here" in found.output
