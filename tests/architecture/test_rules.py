"""Rules that keep the rooms liveable: sizes, names, who imports whom, and what only one place may do."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for room in ("bff", "adapters") for path in (ROOT / room).rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
OWN_TEXT = [
    path
    for room in ("bff", "adapters", "templates", "static", "tests")
    for path in sorted((ROOT / room).rglob("*"))
    if path.suffix in (".py", ".html", ".po", ".css", ".js", ".md", ".sql", ".toml")
    and not {"_out", "_shots", "node_modules"} & set(path.parts)
]
MODULE_LINES, FUNCTION_LINES = 400, 60
LONG_MODULES = {
    "bff/ports/__init__.py": "one list of every public name",
}
LONG_FUNCTIONS: dict[str, str] = {
    "bff/app.py:create_app": "the composition root reads top to bottom",
    "bff/app.py:lifespan": "and so does what is done when it opens",
}
FORBIDDEN_NAMES = frozenset(
    ("utils", "util", "helpers", "helper", "common", "core", "base", "manager", "misc", "shared")
)
MARKUP = {"bff/rendering"}
HTTPX = {"bff/gateway", "adapters", "bff/testing"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Modules imported outside `if TYPE_CHECKING`."""
    found = tree(path)
    quiet = {
        id(inner)
        for node in ast.walk(found)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    package = list(path.relative_to(ROOT).with_suffix("").parts[:-1])
    for node in ast.walk(found):
        if id(node) in quiet:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def test_the_rooms_are_there() -> None:
    assert len(SOURCES) > 60
    assert len(TEMPLATES) > 20


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_module_is_short(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MODULE_LINES or name(path) in LONG_MODULES


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_function_is_short(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            drawn = "/drawing/" in name(path)  # strokes and numbers: data that happens to be code
            assert lines <= FUNCTION_LINES or drawn or f"{name(path)}:{node.name}" in LONG_FUNCTIONS, (node.name, lines)


def test_the_lists_of_exceptions_hold_nothing_that_is_short_now() -> None:
    for module in LONG_MODULES:
        assert len((ROOT / module).read_text(encoding="utf-8").splitlines()) > MODULE_LINES - 50, module
    for entry in LONG_FUNCTIONS:
        module, _, function = entry.partition(":")
        found = [n for n in ast.walk(tree(ROOT / module)) if getattr(n, "name", None) == function]
        assert found, entry
        assert (found[0].end_lineno or 0) - found[0].lineno + 1 > FUNCTION_LINES, f"{entry} is short now"  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", [*SOURCES, *TEMPLATES], ids=name)
def test_no_room_is_a_drawer(path: Path) -> None:
    parts = {part.removesuffix(path.suffix) for part in path.relative_to(ROOT).parts}
    assert not (parts & FORBIDDEN_NAMES) - ({"base"} if name(path) == "templates/base.html" else set())


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_who_imports_whom(path: Path) -> None:
    own = name(path)
    for module in imports(path):
        if own.startswith("bff/"):
            assert not module.startswith("adapters"), "the head knows no adapter"
            assert not (module.startswith("bff.testing") and not own.startswith(("bff/testing", "bff/cli")))
        else:
            assert not module.startswith("bff.") or module.startswith("bff.ports"), "an adapter knows the contract only"
            assert not module.startswith(("litestar", "jinja2"))
        if own.startswith("bff/ports/"):
            assert module.partition(".")[0] in {*sys.stdlib_module_names, "msgspec", "bff", "__future__"}
            assert module.partition(".")[0] != "bff" or module.startswith("bff.ports")
        if re.match(r"bff/pages/(?!parts/|routing|anywhere|__init__)\w+\.py$", own):
            other = re.match(r"bff\.pages\.(\w+)", module)
            assert not other or other.group(1) in ("parts", "routing", "shell"), "a page never imports another page"
        if own.startswith("bff/pages/parts/"):
            assert not re.match(r"bff\.pages\.(?!parts|routing)", module), "a part imports no page"
        assert module != "bff.app" or own in ("bff/serve.py", "bff/cli.py"), "nothing imports the composition root"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_what_only_one_place_does(path: Path) -> None:
    own, text = name(path), path.read_text(encoding="utf-8")
    if not own.startswith(tuple(MARKUP)):
        assert not re.search(r"\bMarkup\(", text), "only rendering makes markup"
    if not own.startswith(tuple(HTTPX)):
        assert not any(
            module.partition(".")[0] in ("httpx", "aiohttp", "requests", "urllib3") for module in imports(path)
        )
    assert (
        not re.search(r"\bprint\(", text) or own.startswith("bff/cli") or own == "bff/terminal.py" or "/drawing/" in own
    )
    assert "time.sleep(" not in text


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_templates_hold_no_inline_script_style_or_trust(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    icons = "paths[name]|safe" if name(path) == "templates/components/icons.html" else None
    for match in re.finditer(r"\S*\|\s*safe\b", text):
        assert icons is not None, match.group()
        assert icons in match.group()
    assert not re.search(r"\bstyle\s*=", re.sub(r"\{[#%].*?[#%]\}", "", text, flags=re.DOTALL))
    assert not re.search(r"<style\b", text)
    assert not re.search(r"\son[a-z]+\s*=", text)
    assert not re.search(r"javascript:", text, re.IGNORECASE)
    assert "autoescape" not in text
    for match in re.finditer(r"<script\b[^>]*>", text):
        assert "src=" in match.group() or "application/ld+json" in match.group()
    assert not re.search(r"(?<!data-)\bhx-[a-z]+=", text), "htmx attributes are written data-hx-*"


def test_nothing_is_left_for_later_and_no_machine_is_named() -> None:
    later, here = re.compile(r"\b(TODO|FIXME|HACK)\b"), re.compile(r"(?<![\w/])/(work|root)/")
    wrong = []
    for path in OWN_TEXT:
        text = path.read_text(encoding="utf-8") if path != Path(__file__) else ""
        wrong += [(name(path), found.group()) for found in (later.search(text), here.search(text)) if found]
    assert not wrong


def test_import_rules_of_the_project_hold() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-500:]


@pytest.mark.parametrize("path", sorted((ROOT / "tests").glob("*/test_*.py")), ids=name)
def test_who_drives_a_browser_says_so(path: Path) -> None:
    """Playwright's event loop stays alive in its process and would refuse the loops of all other tests."""
    if path.parent.name in ("browser", "journeys"):
        assert "pytestmark = pytest.mark.browser\n" in path.read_text(encoding="utf-8")
