"""Experiments in an open store: who sees what, what is recorded of it, and what never is."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from litestar.response.base import ASGIResponse

from bff.events.event import EXPOSURE, RENDER_ERROR, exposure_id
from bff.experiments import states
from bff.ports import Unavailable
from bff.web.visit import Visit
from tests.web.stage import Answer, Shop, opened

from . import trial
from .trial import PO, PRODUCT, Recorded, get, visitor

STORES, JOURNAL, KITCHEN = "/en-gb/stores", "/en-gb/journal", "/en-gb/categories/kitchen"
COMPARE = "/en-gb/compare"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("trial")
    own = trial.shop_folder(folder)
    words = PO + 'msgid "product.facts"\nmsgstr "Hard facts"\n'
    trial.experiment(own, "wording", {"messages/en.po": words, "messages/de.po": words}, kind="copy")
    theme = {"theme.css": ".header { background: red }", "static/pictures/brand/favicon.svg": "<svg/>"}
    trial.experiment(own, "night", theme, kind="theme")
    failing = "{% extends 'pages/stores.html' %}{% block main %}{{ page.nothing.at_all }}{% endblock %}"
    same = "{% extends 'pages/compare.html' %}"
    trial.experiment(own, "failing", {"pages/stores.html": failing, "pages/compare.html": same})
    here = "[audience]\nmarkets = ['de']\ndevices = ['phone']\n"
    trial.experiment(own, "elsewhere", {"pages/journal.html": "{% extends 'pages/journal.html' %}"}, tables=here)
    trial.experiment(own, "sleeping", {"pages/journal.html": "{% extends 'pages/journal.html' %}"}, status="draft")
    with opened(trial.settings(folder, own)) as found:
        yield found


@pytest.fixture
def recorded(shop: Shop) -> Iterator[Recorded]:
    trial.unseen(shop)
    yield Recorded(shop)
    del shop.store.events.record


def wall(answer: Answer) -> bool:
    return 'class="wall"' in answer.text


def only(found: list[tuple[str, str, bool]], name: str) -> list[tuple[str, bool]]:
    return [(variation, fallback) for experiment, variation, fallback in found if experiment == name]


@pytest.mark.parametrize("variation", ["control", "wall"])
def test_a_visitor_keeps_a_variation_and_is_exposed_once(shop: Shop, recorded: Recorded, variation: str) -> None:
    cookie = visitor(shop, gallery=variation)
    for _ in range(3):
        answer = get(shop, cookie=cookie)
        assert wall(answer) == (variation == "wall")
        assert not answer.all("set-cookie")
    assert only(recorded.exposures(), "gallery") == [(variation, False)]


def test_a_page_without_a_contested_template_exposes_nobody(shop: Shop, recorded: Recorded) -> None:
    get(shop, KITCHEN, visitor(shop, gallery="wall"))
    assert not only(recorded.exposures(), "gallery")


def test_a_new_visitor_gets_an_id_and_their_variation_at_once(shop: Shop, recorded: Recorded) -> None:
    answer = get(shop)
    cookie = next(text for text in answer.all("set-cookie") if text.startswith("portico-visitor="))
    assert "HttpOnly" in cookie
    assert answer.header("cache-control") == "no-store"
    assert wall(get(shop, cookie=cookie.partition(";")[0])) == wall(answer)
    assert len(only(recorded.exposures(), "gallery")) == 1


def test_a_tampered_cookie_is_a_new_visitor(shop: Shop) -> None:
    cookie = visitor(shop, gallery="wall")
    answer = get(shop, cookie=cookie[:-3] + ("AAA" if cookie[-3:] != "AAA" else "BBB"))
    assert answer.status == 200
    assert any(text.startswith("portico-visitor=") for text in answer.all("set-cookie"))


@pytest.mark.parametrize(
    "headers",
    [
        {"user_agent": "Mozilla/5.0 (X11; compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"user_agent": "curl/8.5 (X11)"},
        {"sec_purpose": "prefetch;prerender"},
        {"purpose": "prefetch"},
        {"sec_gpc": "1"},
        {"dnt": "1"},
    ],
    ids=str,
)
def test_who_is_not_counted(shop: Shop, recorded: Recorded, headers: dict[str, str]) -> None:
    answer = get(shop, cookie=visitor(shop, gallery="wall"), **headers)
    assert answer.status == 200
    assert not recorded
    assert wall(answer) == (not {"sec_gpc", "dnt"} & headers.keys()), "bots see what others see"


def test_what_is_not_counted(shop: Shop, recorded: Recorded) -> None:
    cookie = visitor(shop, gallery="wall")
    headers = [(b"cookie", cookie.encode()), (b"user-agent", trial.AGENT.encode())]
    shop.request("HEAD", PRODUCT, headers)
    assert get(shop, PRODUCT + "-never", cookie).status == 404
    assert not recorded
    tag = get(shop, cookie=cookie).header("etag") or ""
    recorded.clear()
    assert get(shop, cookie=cookie, if_none_match=tag).status == 304
    assert not recorded


def test_another_variation_has_another_etag(shop: Shop) -> None:
    same = {"night": "control", "wording": "control"}
    tags = {
        name: get(shop, cookie=visitor(shop, gallery=name, **same)).header("etag") or "" for name in ("control", "wall")
    }
    assert all(tags.values())
    assert len(set(tags.values())) == 2
    cookie = visitor(shop, gallery="wall", **same)
    assert get(shop, cookie=cookie, if_none_match=tags["control"]).status == 200
    assert get(shop, cookie=cookie, if_none_match=tags["wall"]).status == 304


def test_search_engines_read_the_same_in_every_variation(shop: Shop) -> None:
    def read(answer: Answer) -> list[str]:
        data = re.findall(r'<script type="application/ld\+json">(.*?)</script>', answer.text, re.S)
        assert all(json.loads(text) for text in data)
        head = re.findall(
            r'<(?:link rel="(?:canonical|alternate)"|meta name="(?:robots|description)"|title)[^>]*>', answer.text
        )
        return [*head, *data, *re.findall("<title>.*?</title>", answer.text)]

    first, *others = [
        read(get(shop, cookie=visitor(shop, gallery=a, wording=b, night=c)))
        for a, b, c in (("control",) * 3, ("wall", "control", "b"), ("wall", "b", "control"), ("control", "b", "b"))
    ]
    assert len(first) > 6
    assert all(other == first for other in others)


async def _told(shop: Shop) -> None:
    """What is to be said to other processes is said beside the answers."""
    await asyncio.gather(*trial.experiments_of(shop)._tasks)


def test_a_variation_that_raises_shows_control_and_is_switched_off(shop: Shop, recorded: Recorded) -> None:
    cookies = trial.visitors(shop, failing="b")
    plain = re.sub(
        r"\?v=\d+", "", get(shop, STORES, visitor(shop, failing="control", night="control", wording="control")).text
    )
    recorded.clear()
    for turn in range(3):
        assert [one.state.off for one in trial.experiments_of(shop).running if one.experiment.name == "failing"] == [{}]
        answer = get(shop, STORES, next(cookies))
        assert answer.status == 200
        assert ("<h1" in answer.text) == ("<h1" in plain)
        errors = [one.value for one in recorded if one.kind == "render_error" and one.experiment == "failing"]
        assert errors == [1.0], turn
        assert only(recorded.exposures(), "failing") == [("b", True)]
    get(shop, STORES, next(cookies))
    assert [one.value for one in recorded if one.kind == "render_error" and one.experiment == "failing"] == [0.0]
    assert only(recorded.exposures(), "failing") == [("b", True)], "it is still theirs, and control is shown"
    one = trial.known(shop, "failing")
    shop.run(partial(_told, shop))
    off = shop.run(partial(shop.store.control.read, lambda db: states.states(db, [one])["failing"].off))
    assert "3 errors" in off["b"], "every other process reads this"
    trial.started(shop, "failing")
    get(shop, STORES, next(cookies))
    assert [one.value for one in recorded if one.kind == "render_error" and one.experiment == "failing"] == [1.0]


def test_who_falls_back_later_is_marked_in_the_exposure_there_is(shop: Shop, recorded: Recorded) -> None:
    trial.experiments_of(shop)._faults.clear()
    cookie = visitor(shop, failing="b")
    seen, ids = [], set[tuple[str, str]]()
    for path in (COMPARE, COMPARE, STORES, STORES, COMPARE):
        get(shop, path, cookie)
        own = [one for one in recorded if one.experiment == "failing" and one.kind in (EXPOSURE, RENDER_ERROR)]
        seen.append([(one.kind, one.fallback, one.value) for one in own])
        recorded.clear()
        ids |= {(one.id, exposure_id("failing", 1, "b", one.visitor)) for one in own if one.kind == EXPOSURE}
    raised = (RENDER_ERROR, True, 1.0)
    first = [(EXPOSURE, False, None), (RENDER_ERROR, False, 0.0)]
    assert seen == [first, [], [(EXPOSURE, True, None), raised], [raised], []]
    assert len(ids) == 1, "all of one id"
    assert all(id == meant for id, meant in ids)


def test_who_was_recorded_before_a_variation_was_switched_off_is_marked_too(shop: Shop, recorded: Recorded) -> None:
    trial.experiments_of(shop)._faults.clear()
    cookie = visitor(shop, failing="b")
    get(shop, COMPARE, cookie)
    assert only(recorded.exposures(), "failing") == [("b", False)]
    trial.tell(shop, partial(_off, "failing"))
    for expected in ([("b", True)], []):
        get(shop, COMPARE, cookie)
        assert only(recorded.exposures(), "failing") == expected
    trial.started(shop, "failing")


def _off(name: str, db: sqlite3.Connection) -> None:
    states.switch_off(db, name, 1, "b", "tried", 0.0)


@pytest.mark.parametrize("variation", ["control", "b"])
def test_words(shop: Shop, recorded: Recorded, variation: str) -> None:
    cookie = visitor(shop, wording=variation)
    assert ("Hard facts" in get(shop, cookie=cookie).text) == (variation == "b")
    assert only(recorded.exposures(), "wording") == [(variation, False)]
    get(shop, KITCHEN, cookie)
    assert not only(recorded.exposures(), "wording")
    assert "Hard facts" not in get(shop, "/ar-ae/products/harbour-mug", cookie).text


@pytest.mark.parametrize("variation", ["control", "b"])
def test_a_theme(shop: Shop, recorded: Recorded, variation: str) -> None:
    answer = get(shop, KITCHEN, visitor(shop, night=variation))
    assert only(recorded.exposures(), "night") == [(variation, False)]
    head = answer.text.partition("</head>")[0]
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', head)
    icon = re.findall(r'<link rel="icon" href="([^"]+)"', head)[0]
    assert sheets[-1].endswith("experiments/night/b/theme.css") == (variation == "b"), (
        "after all others, and no flicker"
    )
    assert (shop.get(icon).text == "<svg/>") == (variation == "b")
    if variation == "b":
        sheet = shop.get(sheets[-1])
        assert (sheet.status, sheet.text) == (200, ".header { background: red }")
        assert "immutable" in (sheet.header("cache-control") or "")


@pytest.mark.parametrize(
    "path",
    [
        "experiments/gallery/wall/pages/product.html",
        "experiments/gallery/experiment.toml",
        "experiments/gallery/wall/../experiment.toml",
        "experiments/night/b/static/../../experiment.toml",
        "experiments/wording/b/messages/en.po",
        "experiments/nothing/b/theme.css",
        "experiments/",
    ],
)
def test_nothing_else_of_an_experiment_is_served(shop: Shop, path: str) -> None:
    assert shop.get(f"/static/{path}").status == 404


def test_the_audience(shop: Shop, recorded: Recorded) -> None:
    cookie = visitor(shop, elsewhere="b")
    telephone = trial.AGENT.replace("X11; Linux", "iPhone; Mobi")
    for place, agent, exposed in (("de-de", telephone, 1), ("de-de", trial.AGENT, 0), ("en-gb", telephone, 0)):
        get(shop, f"/{place}/journal", cookie, user_agent=agent)
        assert len(only(recorded.exposures(), "elsewhere")) == exposed, (place, agent)


def test_what_was_rendered_before_records_what_its_render_did(
    shop: Shop, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No page cache exists yet: this is what it will do with a page it has."""
    kept: list[frozenset[str]] = []
    settled = trial.experiments_of(shop).settled

    def hit(visit: Visit, answer: ASGIResponse) -> None:
        kept.append(frozenset(visit.shown.touched))
        visit.shown.touched.clear()
        visit.shown.replay(kept[0])
        settled(visit, answer)

    monkeypatch.setattr(trial.experiments_of(shop), "settled", hit)
    cookies = trial.visitors(shop, gallery="wall", wording="b", night="control")
    get(shop, PRODUCT, next(cookies))
    rendered = recorded.exposures()
    assert [name for name, _, _ in rendered] == ["gallery", "night", "wording"]
    get(shop, KITCHEN, next(cookies))
    assert recorded.exposures() == rendered


def test_starting_and_stopping_are_seen_at_the_next_look(shop: Shop, recorded: Recorded) -> None:
    cookie = visitor(shop, gallery="wall")
    trial.stopped(shop, "gallery")
    assert not wall(get(shop, cookie=cookie))
    assert not only(recorded.exposures(), "gallery")
    trial.started(shop, "gallery")
    assert wall(get(shop, cookie=cookie))
    assert not wall(get(shop, cookie=visitor(shop, gallery="control")))


def test_without_the_control_store_what_ran_goes_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(work: object) -> None:
        raise Unavailable("control store: OperationalError")

    monkeypatch.setattr(trial.experiments_of(shop)._control, "read", gone)
    shop.run(trial.experiments_of(shop).look)
    assert wall(get(shop, cookie=visitor(shop, gallery="wall")))


def test_a_broken_record_stops_nothing(shop: Shop, recorded: Recorded) -> None:
    def spoil(db: sqlite3.Connection) -> None:
        db.execute("UPDATE experiments SET draw = x'00' WHERE name = 'gallery'")
        db.execute("UPDATE counters SET value = value + 1 WHERE name = 'experiments'")

    cookie = visitor(shop, gallery="wall")
    trial.started(shop, "gallery")
    trial.tell(shop, spoil)
    assert wall(get(shop, cookie=cookie))
    trial.tell(shop, lambda db: db.execute("DELETE FROM experiments WHERE name = 'gallery'"))
    trial.tell(shop, lambda db: db.execute("UPDATE counters SET value = value + 1 WHERE name = 'experiments'"))
    assert wall(get(shop, cookie=cookie))


def test_an_assigner_that_fails_costs_no_page(shop: Shop, recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = visitor(shop, gallery="wall")
    experiments = trial.experiments_of(shop)
    experiments._drawn.clear()
    monkeypatch.setattr(experiments._assigner, "assign", lambda *_: 1 / 0)
    answer = get(shop, cookie=cookie)
    assert answer.status == 200
    assert not wall(answer)
    assert not recorded
    experiments._drawn.clear()


def test_a_draft_is_shown_to_nobody(shop: Shop, recorded: Recorded) -> None:
    get(shop, JOURNAL, visitor(shop, gallery="wall"))
    assert not only(recorded.exposures(), "sleeping")


@pytest.mark.parametrize(
    "own",
    [{"PORTICO_EVENTS__CONSENT": "strict"}, {"PORTICO_EXPERIMENTS__ENABLED": "false"}],
    ids=["strict", "disabled"],
)
def test_who_may_not_be_measured_sees_control(shop: Shop, tmp_path: Path, own: dict[str, str]) -> None:
    folder = trial.shop_folder(tmp_path)
    own["PORTICO_BACKENDS__DEFAULT__SETTINGS__DATABASE"] = shop.store.settings.backends["default"].settings["database"]
    with opened(trial.settings(tmp_path, folder, **own)) as other:
        events = Recorded(other)
        answers = [get(other) for _ in range(6)]
        assert not any(wall(answer) or answer.all("set-cookie") for answer in answers)
        assert not events
        agreed = [get(other, cookie="portico-consent=yes") for _ in range(12)]
        strict = other.store.settings.events.consent == "strict"
        assert any(wall(answer) for answer in agreed) == bool(events) == strict
