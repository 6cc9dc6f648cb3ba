"""What a page costs: home, a category of 24 cards with facets, a product; every one rendered for each request.

    python tests/benchmarks/pages.py [--rounds 3] [--seconds 3]

All servers are up at once, each on a free port of loopback with one worker; in each round every target is loaded in turn
by wrk (16 connections). Beside them, in the same run: nginx with the category's bytes as a file, and a bare ASGI
application that sends them from memory. Printed: medians of requests per second, of p50 and p99 in milliseconds, and of
CPU microseconds per request (user and system time of the server's processes divided by requests), which a busy machine
distorts least. Needs wrk and nginx. Read ratios, not figures.
"""

from __future__ import annotations

import argparse
import os
import re
import selectors
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONNECTIONS = 16
TICK = os.sysconf("SC_CLK_TCK")
PLACE = "en-gb"
Sample = tuple[float, float, float, float]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ready(url: str, process: subprocess.Popen[bytes], seconds: float = 60) -> bytes:
    """Fetch `url` as soon as it answers."""
    waiting = selectors.DefaultSelector()
    for _ in range(int(seconds * 10)):
        if process.poll() is not None:
            raise SystemExit(f"{process.args!r} ended with status {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return bytes(answer.read())
        except (urllib.error.URLError, ConnectionError):
            waiting.select(timeout=0.1)
    raise SystemExit(f"{url} did not answer within {seconds} s")


@contextmanager
def server(arguments: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        arguments, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def granian(target: str, port: int, *more: str) -> list[str]:
    base = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port)]
    return [*base, "--workers", "1", "--no-ws", "--log-level", "error", *more, target]


def nginx_configuration(folder: Path, port: int) -> Path:
    file = folder / "nginx.conf"
    file.write_text(
        f"{'user root; ' if os.getuid() == 0 else ''}daemon off; worker_processes 1;\n"
        f"pid {folder}/pid; error_log {folder}/error.log;\n"
        "events { worker_connections 256; }\n"
        "http { access_log off; sendfile on; open_file_cache max=10; types { text/html html; }\n"
        + "".join(
            f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        + f"server {{ listen 127.0.0.1:{port}; root {folder}; }} }}\n"
    )
    return file


def tree(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (OSError, ProcessLookupError):
                continue
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += children.get(one, [])
    return found


def cpu_seconds(pid: int) -> float:
    total = 0
    for one in tree(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def milliseconds(text: str) -> float:
    value, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def load(url: str, pid: int, seconds: int, *more: str) -> Sample:
    """Requests per second, p50, p99 (ms) and CPU microseconds per request. `more` are wrk's own arguments."""
    before = cpu_seconds(pid)
    arguments = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "--latency",
        "-H",
        "Accept-Encoding: br",
        *more,
        url,
    ]
    text = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    spent = cpu_seconds(pid) - before
    if "Non-2xx" in text:
        raise SystemExit(f"{url}: not every answer was a 200\n{text}")
    requests = int(re.search(r"(\d+) requests in", text).group(1))  # type: ignore[union-attr]
    rate = float(re.search(r"Requests/sec:\s*([\d.]+)", text).group(1))  # type: ignore[union-attr]
    p50, p99 = (milliseconds(re.search(rf"(?m)^\s+{p}%\s+(\S+)", text).group(1)) for p in (50, 99))  # type: ignore[union-attr]
    if spent == 0:
        raise SystemExit(f"{url}: the server measured used no CPU; something else answered")
    return rate, p50, p99, spent / requests * 1e6


def full_listing(base: str) -> str:
    """A listing of the store that fills a page of 24 cards."""
    home = ready_text(f"{base}/{PLACE}")
    found = sorted(set(re.findall(rf'href="(/{PLACE}/(?:categories|collections)/[^"?#]+)"', home)))
    for path in [*found, f"/{PLACE}/search?q="]:
        if len(re.findall(r'<li class="card', ready_text(base + path))) >= 24:
            return path
    raise SystemExit("no listing of the demo store has 24 cards")


def ready_text(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return str(answer.read().decode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    options = parser.parse_args()
    for tool in ("wrk", "nginx"):
        if shutil.which(tool) is None:
            raise SystemExit(f"{tool} is not installed: apt-get install {tool}")
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        port = free_port()
        environment = {"PORTICO_SERVER__PORT": str(port), "PORTICO_SERVER__VAR": str(folder / "var")}
        environment["PORTICO_BACKENDS__DEFAULT__SETTINGS__DATABASE"] = str(folder / "demo.sqlite")
        store = running.enter_context(server(granian("bff.serve:app", port, "--factory"), environment))
        base = f"http://127.0.0.1:{port}"
        ready(f"{base}/-/live", store)
        listing = full_listing(base)
        product = re.findall(rf'href="(/{PLACE}/products/[^"?#]+)"', ready_text(base + listing))[0]
        body = folder / "page.html"
        body.write_text(ready_text(base + listing))
        bare_port, nginx_port = free_port(), free_port()
        bare = running.enter_context(server(granian("tests.benchmarks.bare:app", bare_port), {"BARE_BODY": str(body)}))
        static = running.enter_context(server(["nginx", "-c", str(nginx_configuration(folder, nginx_port))], {}))
        ready(f"http://127.0.0.1:{bare_port}/", bare)
        ready(f"http://127.0.0.1:{nginx_port}/page.html", static)
        targets = {
            "nginx, a file": (f"http://127.0.0.1:{nginx_port}/page.html", static.pid),
            "bare ASGI, bytes": (f"http://127.0.0.1:{bare_port}/", bare.pid),
            "home": (f"{base}/{PLACE}", store.pid),
            "category": (base + listing, store.pid),
            "product": (base + product, store.pid),
        }
        samples: dict[str, list[Sample]] = {key: [] for key in targets}
        for url, pid in targets.values():
            load(url, pid, 1)
        for _ in range(options.rounds):
            for key, (url, pid) in targets.items():
                samples[key].append(load(url, pid, options.seconds))
    print(f"listing {listing}, product {product}, {options.rounds} rounds of {options.seconds} s")
    report(samples)


def report(samples: dict[str, list[Sample]]) -> None:
    bare = statistics.median(row[3] for row in samples["bare ASGI, bytes"])
    print(f"{'target':18} {'req/s':>8} {'p50 ms':>8} {'p99 ms':>8} {'CPU µs':>8} {'× bare':>7}")
    for key, rows in samples.items():
        rate, p50, p99, cpu = (statistics.median(row[i] for row in rows) for i in range(4))
        print(f"{key:18} {rate:8.0f} {p50:8.2f} {p99:8.1f} {cpu:8.0f} {cpu / bare:7.1f}")


if __name__ == "__main__":
    main()
