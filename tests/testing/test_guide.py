"""The guide for adapter authors is true: its files, put together, are an adapter that the kit finds nothing wrong with."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from bff.cli import portico

from .authors import GUIDE, ROOT, TOOLS, Ran, blocks, follow_the_guide, kit, make, open_shop

NOT_PROVED = {
    "Hints.withdrawn names no product",
    "Hints.redirects names no old path",
    "has no facets",
    "has no range",
    "has no range of prices",
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = make(tmp_path_factory.mktemp("guide"))
    follow_the_guide(made)
    return made


@pytest.fixture(scope="module")
def recorded(package: Path) -> Ran:
    with open_shop() as url:
        return kit(package, "--conformance=record", ACME_URL=url, ACME_KEY="acme-key")


def test_the_guides_adapter_is_green(recorded: Ran) -> None:
    assert recorded.status == 0, recorded.text[-4000:]
    assert recorded.of("failed") == set()
    passed = dict.fromkeys(("catalog", "search", "backend"), 0)
    for told in recorded.scenarios.values():
        if told["outcome"] == "passed":
            passed[told["port"]] += 1
    assert passed["catalog"] >= 40
    assert passed["search"] >= 60
    assert passed["backend"] >= 25
    skipped = {
        told["reason"]
        for told in recorded.scenarios.values()
        if told["port"] in ("catalog", "search")
        if "reason" in told
    }
    assert skipped <= NOT_PROVED, skipped


def test_its_cassettes_play_without_the_shop_and_hold_no_key(package: Path, recorded: Ran) -> None:
    some = "TestCatalog or TestOptions or TestPaths or TestCategories or TestListing"
    played = kit(package, "-k", some, ACME_URL="http://127.0.0.1:9")
    assert played.status == 0, played.text[-4000:]
    assert len(played.of("passed")) > 50
    assert played.of("passed") <= recorded.of("passed")
    files = [*(package / "tests" / "cassettes").glob("*.json")]
    assert len(files) > 8
    assert not [file for file in files if "acme-key" in file.read_text(encoding="utf-8")]


def test_a_mistake_is_told_as_the_guide_says(package: Path, tmp_path: Path) -> None:
    """What the contract wants, what came, where, and what was asked of the shop."""
    wrong = make(tmp_path)
    follow_the_guide(wrong)
    file = wrong / "portico_acme" / "search.py"
    text = file.read_text(encoding="utf-8")
    assert "(number - 1) * query.size" in text
    file.write_text(text.replace("(number - 1) * query.size", "number * 2 - 2"), encoding="utf-8")
    with open_shop() as url:
        ran = kit(wrong, "-ktest_pages_hold_everything_once", ACME_URL=url, ACME_KEY="acme-key")
    said = ran.text.partition("- Conformance -")[2]
    printed = re.search(r"^```text\n(The contract wants.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.M | re.S)
    assert printed
    for line in printed.group(1).splitlines():
        pieces = [piece.strip() for piece in line.split("…")]
        assert any(all(piece in real for piece in pieces) for real in map(_untimed, said.splitlines())), line


def _untimed(line: str) -> str:
    return re.sub(r"\[\d+ ms\]", "[3 ms]", line)


def test_the_guides_code_is_in_its_form_and_typed(package: Path) -> None:
    done = subprocess.run(
        [TOOLS / "ruff", "check", "--no-cache", "--quiet", "portico_acme"],
        cwd=package,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    done = subprocess.run(
        [TOOLS / "mypy", str(package / "portico_acme")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout


def test_other_code_in_the_guide_runs() -> None:
    found = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.M | re.S)
    assert found
    for code in found:
        exec(compile(code, str(GUIDE), "exec"), {})


def test_the_guide_is_short() -> None:
    code = sum(len(text.splitlines()) for text in blocks().values())
    prose = len(GUIDE.read_text(encoding="utf-8").splitlines()) - code
    assert code < 500
    assert prose < 200


def test_its_commands_and_links_are_there() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (GUIDE.parent / target).exists(), target
    lines = re.findall(r"^\$ (.*)$", text, re.MULTILINE)
    assert len(lines) > 6
    for line in lines:
        words = shlex.split(line, comments=True)
        for at, word in enumerate(words):
            if word == "portico":
                _known(words[at + 1 :])
            elif word == "-m":
                assert (
                    subprocess.run([sys.executable, "-c", f"import {words[at + 1]}"], cwd=ROOT, check=False).returncode
                    == 0
                )
    for target in re.findall(r"python -m (bff\.\S+)", text):
        assert (ROOT / f"{target.strip('`').replace('.', '/')}.py").is_file(), target


def _known(words: list[str]) -> None:
    """The command that these words name exists."""
    group: click.Command = portico
    if words[0] == "--shop":
        words = words[2:]
    for word in words:
        if not isinstance(group, click.Group):
            return
        found = group.get_command(click.Context(group), word)
        assert found is not None, word
        group = found
