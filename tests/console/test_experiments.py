"""Experiments in the operators' pages: the list, the report, its exports, and what may be done there."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from bff.console.reports import KEPT_SECONDS, Reports
from bff.events.sqlite import SqliteSink
from bff.experiments.reporting import account as accounts
from tests.events.made import event, exposure
from tests.experiments import trial
from tests.experiments.accounts import evidence, experiment, told
from tests.web.stage import Shop, opened

from .test_console import FORM, OWN, ROOT, TOKEN, entered

HOSTILE = "<script>alert(1)</script> & “quotes” {{ 7*7 }}"
PATH = f"{ROOT}/experiments"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def shop(folder: Path) -> Iterator[Shop]:
    home = trial.shop_folder(folder)
    trial.experiment(home, "card", {}, more='secondary = ["revenue"]')
    file = trial.experiment(home, "draft", {}, status="draft") / "experiment.toml"
    file.write_text(file.read_text().replace("It may.", HOSTILE))
    trial.write(home / "templates" / "experiments" / "broken", {"experiment.toml": "kind = 3\n"})
    sink = SqliteSink(folder / "var" / "events.sqlite")
    now = time.time()
    events = []
    for variation, share in (("control", 0.3), ("b", 0.5)):
        for i in range(600):
            at, market = now - (i % 4) * 86_400 - 60, "de" if i % 3 else "gb"
            events.append(exposure(f"{variation}{i}", variation, at=at, market=market))
            if i < 600 * share:
                events.append(event(visitor=f"{variation}{i}", at=at + 1))
    sink.write(events)
    sink.close()
    own = {"PORTICO_CONSOLE__TOKEN": TOKEN, "PORTICO_LIMITS__OPERATOR": "9999/1s"}
    with opened(trial.settings(folder, home, **own)) as found:
        yield found


@pytest.mark.parametrize("path", ["", "/card", "/card?format=json", "/card/stop"])
def test_nobody_sees_or_does_anything_without_the_token(shop: Shop, path: str) -> None:
    method = "POST" if path.endswith("stop") else "GET"
    answer = shop.request(method, PATH + path, [OWN, FORM], b"")
    assert answer.status == (403 if method == "POST" else 303)
    assert "card" not in answer.text


def test_the_list_says_of_each_what_is_known(shop: Shop) -> None:
    page = shop.request("GET", PATH, [entered(shop)])
    assert page.status == 200
    assert "Ship b" in page.text
    assert "1,200" in page.text
    assert "Nobody yet" in page.text
    assert "Not started" in page.text
    assert "broken/experiment.toml" in page.text
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text


def test_what_shipping_would_change_is_shown_and_not_done(shop: Shop, folder: Path) -> None:
    before = sorted(folder.rglob("templates/**/*.*"))
    assert f'href="{PATH}/card/ship/b"' in shop.request("GET", f"{PATH}/card", [entered(shop)]).text
    page = shop.request("GET", f"{PATH}/gallery/ship/wall", [entered(shop)])
    assert page.status == 200
    assert "<del>-{% block gallery %}{{ gallery() }}{% endblock %}</del>" in page.text
    assert "portico experiment ship gallery wall" in page.text
    assert "<ins>+.wall" in page.text
    assert sorted(folder.rglob("templates/**/*.*")) == before
    for path in ("gallery/ship/never", "never/ship/b"):
        assert shop.request("GET", f"{PATH}/{path}", [entered(shop)]).status == 404
    assert shop.request("GET", f"{PATH}/gallery/ship/wall").status == 303


def test_the_report_says_the_verdict_first(shop: Shop) -> None:
    page = shop.request("GET", f"{PATH}/card", [entered(shop)])
    assert page.status == 200
    order = ["Ship “b”", "rises from 30.0% to 50.0%", "portico experiment ship card b", "What decides", "Day by day"]
    places = [page.text.index(each) for each in [*order, "Exploratory", "Can the figures be believed?"]]
    assert places == sorted(places)
    assert "style=" not in page.text
    assert page.header("cache-control") == "no-store"


def test_a_report_of_nobody_is_a_page(shop: Shop) -> None:
    page = shop.request("GET", f"{PATH}/draft", [entered(shop)])
    assert "It has not started yet." in page.text
    assert "<script" not in page.text
    assert "{{ 7*7 }}" in page.text


@pytest.mark.parametrize(
    "name",
    [
        "nothing",
        "..%2f..%2fportico.toml",
        "%00",
        "card%20",
        "x" * 3_000,
        "card?phase=9",
        "card?phase=x",
        "card?phase=-1",
    ],
)
def test_what_is_not_there_is_not_found(shop: Shop, name: str) -> None:
    answer = shop.request("GET", f"{PATH}/{name}", [entered(shop)])
    assert answer.status == 404


def test_it_goes_to_other_programs(shop: Shop) -> None:
    found = shop.request("GET", f"{PATH}/card?format=json", [entered(shop)])
    assert found.header("content-disposition") == 'attachment; filename="card-1.json"'
    assert json.loads(found.body)["report"]["winner"] == "b"
    table = shop.request("GET", f"{PATH}/card?format=csv", [entered(shop)])
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert {row["section"] for row in rows} == {"primary", "secondary", "day", "segment"}


def test_it_is_stopped_started_and_widened_from_its_page(shop: Shop) -> None:
    cookie = entered(shop)

    def post(verb: str, body: bytes = b"") -> tuple[int, str]:
        answer = shop.request("POST", f"{PATH}/gallery/{verb}", [cookie, OWN, FORM], body)
        return answer.status, answer.header("location") or answer.text

    assert post("stop", b"reason=too+%3Cloud%3E") == (303, f"{PATH}/gallery?done=stop")
    page = shop.request("GET", f"{PATH}/gallery?done=stop", [cookie]).text
    assert "stopped: too &lt;loud&gt;" in page
    assert "by console" in page
    assert "the file says running" in page
    assert "/gallery/start" not in page  # nobody came: there is nothing to go on with
    assert "/draft/start" in shop.request("GET", f"{PATH}/draft", [cookie]).text
    status, text = post("ramp", b"coverage=0.5")
    assert (status, "it is not running" in text) == (422, True)
    assert post("start")[0] == 303
    status, text = post("ramp", b"coverage=0.5")  # it has all of its audience
    assert (status, "Not done." in text) == (422, True)
    assert post("ramp", b"coverage=nan")[0] == 422
    assert shop.request("POST", f"{PATH}/nothing/stop", [cookie, OWN, FORM], b"").status == 404
    elsewhere = shop.request("POST", f"{PATH}/gallery/stop", [cookie, FORM, (b"sec-fetch-site", b"cross-site")], b"")
    assert elsewhere.status == 403


def test_events_that_cannot_be_read_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken").write_bytes(b"nonsense" * 1_000)  # elsewhere: the store would set its own aside at once
    monkeypatch.setattr(accounts, "readable", lambda *_, **__: nullcontext(tmp_path / "broken"))
    home = trial.shop_folder(tmp_path)
    with opened(trial.settings(tmp_path, home, PORTICO_CONSOLE__TOKEN=TOKEN)) as shop:
        cookie = entered(shop)
        page = shop.request("GET", f"{PATH}/gallery", [cookie])
        assert page.status == 200
        assert "No verdict: the events cannot be read." in page.text
        assert "var/events.sqlite cannot be read (file is not a database)" in page.text
        assert "No figures" in shop.request("GET", PATH, [cookie]).text


@pytest.mark.anyio
async def test_a_report_is_made_once_and_kept_for_a_while() -> None:
    now = 0.0
    reports, made = Reports(lambda: now), []
    account = told(experiment(), evidence({"control": (1, 0), "wide": (1, 0)}))

    def make() -> object:
        nonlocal now
        now += 2.0
        made.append(now)
        return account

    for _ in range(2):
        assert await reports.get("a", make) is account  # type: ignore[arg-type]
    now += KEPT_SECONDS  # it took two seconds, and is kept for forty
    await reports.get("a", make)  # type: ignore[arg-type]
    assert len(made) == 1
    now += 40.0
    await reports.get("a", make)  # type: ignore[arg-type]
    assert len(made) == 2
