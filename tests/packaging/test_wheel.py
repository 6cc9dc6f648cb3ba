"""The wheel is the store: built, installed beside nothing but its dependencies, it serves pages from any folder."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout with what is installed: no network, no build environment of its own."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("portico-*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new environment with the wheel in it. Its dependencies are those of this environment; the
    editable install there is not seen, since paths in a `.pth` file are not searched for further ones."""
    home = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(home, symlinks=True)
    interpreter = home / "bin" / "python"
    purelib = subprocess.run(
        [interpreter, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    Path(purelib, "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    install = ["install", "--quiet", "--no-deps", "--no-index", "--no-compile", "--ignore-installed", str(wheel)]
    subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(interpreter), *install],
        check=True,
        capture_output=True,
    )
    return interpreter


def test_wheel_carries_templates_and_static_files_and_nothing_of_the_checkout(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = {
        f"bff/packaged/{file.relative_to(ROOT)}"
        for room in ("templates", "static")
        for file in (ROOT / room).rglob("*")
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(ROOT).parts)
    }
    assert tracked - names == set()
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {"bff", "adapters"}
    assert not [name for name in names if name.endswith((".pyc", ".sqlite"))]


def test_installed_wheel_serves_the_store_from_an_empty_folder(
    python: Path, serve: Callable[..., AbstractContextManager[str]], tmp_path: Path
) -> None:
    find = (
        "import bff.settings as s; found = s.load(environ={}); "
        "print(*s.search_path(found, 'templates'), *s.search_path(found, 'static'))"
    )
    shown = subprocess.run([python, "-c", find], cwd=tmp_path, check=True, capture_output=True, text=True)
    folders = [Path(folder) for folder in shown.stdout.split()]
    assert [folder.name for folder in folders] == ["templates", "static"]
    assert all(folder.is_relative_to(python.parents[1]) for folder in folders), folders

    with (
        serve(
            tmp_path,
            command=[str(python.with_name("portico"))],
            settings={"PORTICO_SERVER__VAR": str(tmp_path / "var")},
        ) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=10) as browser,
    ):
        home = browser.get("/en-gb")
        assert home.status_code == 200
        styles = re.search(r'<link rel="stylesheet" href="([^"]+\.css)"', home.text)
        assert styles, home.text[:2000]
        sheet = browser.get(styles[1])
        assert sheet.status_code == 200
        assert sheet.headers["content-type"].startswith("text/css")
        assert len(sheet.text) > 1_000
        product = re.search(r'href="(/en-gb/products/[^"?#]+)"', home.text)
        assert product, "the home page links no product"
        page = browser.get(product[1])
        assert page.status_code == 200
        assert "<h1" in page.text
    assert (tmp_path / "var" / "secret").is_file()


def test_portico_check_passes_in_the_installed_wheel(python: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [python.with_name("portico"), "check"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
