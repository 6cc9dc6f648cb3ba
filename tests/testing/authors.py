"""What an adapter's author does: makes a package, writes files of it, runs the kit in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner
from hatchling.builders.wheel import WheelBuilder

from bff.cli import portico
from bff.testing import acme

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "adapters" / "GUIDE.md"
TOOLS = Path(sys.executable).parent


class Ran(NamedTuple):
    """A run of the kit: its status, what it printed, what became of each scenario, and why things failed."""

    status: int
    text: str
    scenarios: dict[str, dict[str, Any]]

    def of(self, outcome: str) -> set[str]:
        return {name for name, told in self.scenarios.items() if told["outcome"] == outcome}

    @property
    def causes(self) -> dict[str, int]:
        """How many scenarios failed by each cause, as the summary says."""
        _, _, told = self.text.partition("what failed, by cause")
        told = re.split(r"^=+ ", told.partition("\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
        return {
            cause: int(number) for number, cause in re.findall(r"^ *(\d+)  (.+)\n      first in", told, re.MULTILINE)
        }


def make(folder: Path, name: str = "acme") -> Path:
    """`portico new adapter`, installed as a package is: its metadata is what its own build makes."""
    package = folder / f"portico-{name}"
    found = CliRunner().invoke(portico, ["new", "adapter", name, str(package)])
    assert found.exit_code == 0, found.output
    (wheel,) = WheelBuilder(str(package)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(wheel) as built:
        built.extractall(package, [each for each in built.namelist() if ".dist-info/" in each])
    return package


def blocks() -> dict[str, str]:
    """The guide's files, by their path."""
    found = re.findall(r"^```python file=(\S+)\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.M | re.S)
    return dict(found)


def follow_the_guide(package: Path) -> None:
    for name, text in blocks().items():
        (package / name).write_text(text, encoding="utf-8")


@contextmanager
def open_shop() -> Iterator[str]:
    """Acme's own server; its address."""
    server = acme.server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def kit(package: Path, *arguments: str, **settings: str) -> Ran:
    """Run the package's own tests, in a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "ACME_"))}
    environment = {**clean, "PYTHONPATH": os.pathsep.join((str(package), str(ROOT))), **settings}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(
        [*command, "--conformance-report=.", *arguments],
        cwd=package,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    reports = [*package.glob("*/conformance.json")]
    assert reports, done.stdout[-3000:] + done.stderr[-2000:]
    told = json.loads(reports[0].read_text(encoding="utf-8"))
    reports[0].unlink()
    return Ran(done.returncode, done.stdout, told["scenarios"])
