"""What buying costs: adding to the bag as htmx posts it, the bag with three lines, the last step of the checkout.

    python -m tests.benchmarks.buying [--rounds 3] [--seconds 3] [--sessions 400]

One server, one worker, loaded by wrk (16 connections) by turns with a bare ASGI application that sends the bag's bytes from
memory. Every post has a mutation id of its own, as the browser's script gives it. "add, first" comes without a session, from
a browser of its own each time, so that a session and a cart are made; "add, again" goes through `--sessions` shoppers who
have something in their bags; the bag and the review go through theirs. Printed, as by `pages.py`: medians of requests per
second, of p50 and p99 in milliseconds, of CPU microseconds per request, and that beside the bare one's. Needs wrk. Read
ratios, not figures.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.browser.visitor import GOODS, Visitor

from .pages import PLACE, Sample, free_port, granian, load, ready, report, server

FEW = 40
"""Shoppers whose pages are only read."""
ADD = f"sku={GOODS[0][0]}&quantity=1&mutation="
ASKED = {
    "Sec-Fetch-Site": "same-origin",
    "HX-Request": "true",
    "HX-Request-Type": "partial",
    "HX-Target": "div#added",
    "Accept-Encoding": "br",
    "Content-Type": "application/x-www-form-urlencoded",
}
LUA = """
local cookies, headers, body, agents, n = {cookies}, {headers}, {body}, {agents}, 0
function request()
  n = n + 1
  if #cookies > 0 then headers["Cookie"] = cookies[n % #cookies + 1] end
  if agents then headers["User-Agent"] = agents .. n end
  if body then return wrk.format("POST", nil, headers, body .. "{run}" .. string.format("%012d", n)) end
  return wrk.format("GET", nil, headers)
end
"""


def lua(value: object) -> str:
    """A string, None, a list or a dictionary of strings, as Lua writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"[{json.dumps(key)}] = {lua(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "{" + ", ".join(map(lua, value)) + "}"
    return "nil" if value is None else json.dumps(value)


class Scripts:
    """wrk's scripts. Each is written anew for each run, for its mutation ids."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._run = folder, 0

    def __call__(self, cookies: list[str], *, post: bool = False, strangers: bool = False) -> list[str]:
        self._run += 1
        file = self._folder / f"{self._run}.lua"
        parts = {
            "cookies": lua(cookies),
            "headers": lua(ASKED if post else {"Accept-Encoding": "br"}),
            "body": lua(ADD if post else None),
            "agents": lua(f"browser {self._run}." if strangers else None),
            "run": f"{self._run:06d}",
        }
        text = LUA
        for name, value in parts.items():
            text = text.replace("{" + name + "}", value)
        file.write_text(text)
        return ["-s", str(file)]


def shopper(base: str, how: str) -> str:
    """The cookies of somebody with something in the bag (`one`), three things (`bag`), or before the order (`review`)."""
    with Visitor(base, PLACE) as visitor:
        visitor.fills(*(GOODS[:1] if how == "one" else GOODS))
        if how == "review":
            visitor.to_review("bank_transfer")
        return "; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items())


def looked(base: str, path: str, cookies: str) -> bytes:
    """A page as one of its shoppers gets it, so that what is measured is that page."""
    answer = httpx.get(f"{base}/{PLACE}/{path}", headers={"cookie": cookies}, trust_env=False, timeout=20)
    if answer.status_code != 200 or (GOODS[0][0] not in answer.text and "<main" not in answer.text):
        raise SystemExit(f"{path}: {answer.status_code}")
    return answer.content


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--sessions", type=int, default=400)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed: apt-get install wrk")
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        port, bare_port = free_port(), free_port()
        environment = {"PORTICO_SERVER__PORT": str(port), "PORTICO_SERVER__VAR": str(folder / "var")}
        environment["PORTICO_BACKENDS__DEFAULT__SETTINGS__DATABASE"] = str(folder / "demo.sqlite")
        # All comes from one address.
        environment |= {f"PORTICO_LIMITS__{name}": "9999/1s" for name in ("FIRST_POST", "ORDER")}
        store = running.enter_context(server(granian("bff.serve:app", port, "--factory"), environment))
        base = f"http://127.0.0.1:{port}"
        ready(f"{base}/-/live", store)
        ones = [shopper(base, "one") for _ in range(options.sessions)]
        bags = [shopper(base, "bag") for _ in range(FEW)]
        ends = [shopper(base, "review") for _ in range(FEW)]
        body = folder / "page.html"
        body.write_bytes(looked(base, "cart", bags[0]))
        looked(base, "checkout/review", ends[0])
        bare = running.enter_context(server(granian("tests.benchmarks.bare:app", bare_port), {"BARE_BODY": str(body)}))
        ready(f"http://127.0.0.1:{bare_port}/", bare)
        script = Scripts(folder)
        lines = f"{base}/{PLACE}/cart/lines"
        samples: dict[str, list[Sample]] = {}
        for turn in range(options.rounds + 1):
            targets = {
                "bare ASGI, bytes": (f"http://127.0.0.1:{bare_port}/", bare.pid, script([])),
                "add, first": (lines, store.pid, script([], post=True, strangers=True)),
                "add, again": (lines, store.pid, script(ones, post=True)),
                "bag, three lines": (f"{base}/{PLACE}/cart", store.pid, script(bags)),
                "checkout, review": (f"{base}/{PLACE}/checkout/review", store.pid, script(ends)),
            }
            for key, (url, pid, more) in targets.items():
                sample = load(url, pid, options.seconds if turn else 1, *more)
                if turn:  # the first only warms up
                    samples.setdefault(key, []).append(sample)
    print(f"{options.sessions} shoppers, {options.rounds} rounds of {options.seconds} s")
    report(samples)


if __name__ == "__main__":
    main()
