"""The question whether one may be measured, while an experiment runs, and what follows from the answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bff.web.measuring import CONSENT, VISITOR
from tests.events.made import rows
from tests.web import stage
from tests.web.stage import FORM, SAME_SITE, Answer, Shop

from .trial import AGENT, PRODUCT, Recorded, get, settings, shop_folder

NOTICE = '<aside class="measuring"'


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("strict")
    with stage.opened(settings(folder, shop_folder(folder), PORTICO_EVENTS__CONSENT="strict")) as shop:
        yield shop


def choose(shop: Shop, choice: str, cookie: str = "") -> Answer:
    headers = [SAME_SITE, FORM, (b"user-agent", AGENT.encode()), (b"cookie", cookie.encode())]
    return shop.post("/en-gb/measuring", f"choice={choice}&back={PRODUCT}".encode(), headers)


def set_by(answer: Answer) -> dict[str, str]:
    return dict(line.partition(";")[0].split("=", 1) for line in answer.all("set-cookie"))


def test_who_has_not_answered_is_asked_and_not_measured(strict: Shop) -> None:
    recorded = Recorded(strict)
    answer = get(strict)
    assert NOTICE in answer.text
    assert f'name="back" value="{PRODUCT}"' in answer.text
    assert set_by(answer) == {}
    assert recorded == []


def test_who_asks_not_to_be_followed_is_not_even_asked(strict: Shop) -> None:
    recorded = Recorded(strict)
    for header in ("sec_gpc", "dnt"):
        answer = get(strict, cookie=f"{CONSENT}=yes", **{header: "1"})
        assert NOTICE not in answer.text
        assert set_by(answer) == {}
    assert recorded == []


def test_who_agrees_takes_part_from_the_next_page_on(strict: Shop) -> None:
    recorded = Recorded(strict)
    answered = choose(strict, "yes")
    assert (answered.status, answered.header("location")) == (303, PRODUCT)
    assert set_by(answered) == {CONSENT: "yes"}
    page = get(strict, cookie=f"{CONSENT}=yes")
    assert NOTICE not in page.text
    assert VISITOR in set_by(page)
    assert len(recorded.exposures()) == 1


def test_who_declines_sees_the_control_and_is_asked_no_more(strict: Shop) -> None:
    recorded = Recorded(strict)
    page = get(strict, cookie=f"{CONSENT}=no")
    assert NOTICE not in page.text
    assert set_by(page) == {}
    assert recorded == []


def test_a_changed_mind_takes_what_was_recorded_with_it(tmp_path: Path) -> None:
    own = settings(tmp_path, shop_folder(tmp_path), PORTICO_EVENTS__CONSENT="strict")
    with stage.opened(own) as shop:
        id = set_by(get(shop, cookie=f"{CONSENT}=yes"))[VISITOR]
        shop.store.events.flush()
        file = tmp_path / "var" / "events.sqlite"
        assert rows(file, "exposures") == 1
        assert set_by(choose(shop, "no", f"{CONSENT}=yes; {VISITOR}={id}")) == {CONSENT: "no", VISITOR: ""}
        assert rows(file, "exposures") == 0
