"""A preview: for whoever has the link, until it expires; recorded by nobody, kept by nothing, and plain when forged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import quote

import pytest

from bff.own_secrets import key_ring
from bff.web import preview
from bff.web.preview import Previews
from tests.web.stage import Answer, Shop, opened

from . import trial
from .trial import PRODUCT, Recorded, get, visitor

LATER = 4_000_000_000


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("preview")
    own = trial.shop_folder(folder)
    words = trial.PO + 'msgid "product.facts"\nmsgstr "Hard facts"\n'
    trial.experiment(own, "wording", {"messages/en.po": words}, kind="copy", status="draft")
    with opened(trial.settings(folder, own)) as found:
        yield found


@pytest.fixture
def previews(shop: Shop) -> Previews:
    return Previews(key_ring(shop.store.settings), https=False)


def followed(shop: Shop, link: str, cookie: str = "") -> tuple[Answer, str]:
    """Where a link leads, and the cookie it set."""
    answer = get(shop, link, cookie)
    assert answer.status == 303
    cookies = [text.partition(";")[0] for text in answer.all("set-cookie")]
    return get(shop, answer.header("location") or "", "; ".join(filter(None, [cookie, *cookies]))), "; ".join(cookies)


def link(previews: Previews, experiment: str = "gallery", until: float = LATER, **query: str) -> str:
    asked = "&".join(f"{name}={quote(value)}" for name, value in {"to": PRODUCT, **query}.items())
    return f"/-/preview/{previews.token(experiment, until)}?{asked}"


def plain(shop: Shop, answer: Answer) -> bool:
    """Whether this is what everybody sees."""
    return answer.status == 200 and "preview" not in answer.text and "data-differs" not in answer.text


def test_a_link_shows_its_variation_and_records_nothing(shop: Shop, previews: Previews) -> None:
    recorded = Recorded(shop)
    answer, _ = followed(shop, link(previews))
    assert 'class="wall"' in answer.text
    assert "preview.css" in answer.text
    assert re.search(r'<a href="[^"]+" aria-current="true" rel="nofollow">wall</a>', answer.text)
    assert answer.text.count("data-differs") == 1
    assert '<div data-differs id="differs" class="wall"' in answer.text
    assert '<a href="#differs">1 region differs' in answer.text
    assert (answer.header("cache-control"), answer.header("x-robots-tag")) == ("private, no-store", "noindex")
    assert answer.header("etag") is None
    assert not answer.all("set-cookie")
    assert not recorded


def test_what_a_previewer_does_is_not_recorded_either(shop: Shop, previews: Previews) -> None:
    recorded = Recorded(shop)
    _, cookie = followed(shop, link(previews), visitor(shop, gallery="control"))
    mine = visitor(shop, gallery="control")
    form = b"sku=HMUG-IND-SMA&quantity=1"
    headers = [(b"cookie", f"{mine}; {cookie}".encode()), (b"sec-fetch-site", b"same-origin")]
    kind = (b"content-type", b"application/x-www-form-urlencoded")
    assert shop.post("/en-gb/cart/lines", form, [*headers, kind, (b"user-agent", trial.AGENT.encode())]).status == 303
    assert not recorded


def test_the_bar_switches_without_script(shop: Shop, previews: Previews) -> None:
    answer, cookie = followed(shop, link(previews, show="wall"))
    links = {name: unescape(url) for url, name in re.findall(r'<li><a href="([^"]+)"[^>]*>(\w+)</a>', answer.text)}
    assert links.keys() >= {"control", "wall"}
    control, cookie = followed(shop, links["control"], "")
    assert 'class="wall"' not in control.text
    assert 'aria-current="true" rel="nofollow">control' in control.text
    assert "data-differs" not in control.text
    bare = next(unescape(url) for url in re.findall(r'href="(/-/preview/[^"]+)"', answer.text) if "outline=0" in url)
    without, _ = followed(shop, bare)
    assert 'class="wall"' in without.text
    assert "data-differs" not in without.text
    leave = next(unescape(url) for url in re.findall(r'href="(/-/preview\?[^"]+)"', answer.text))
    out = get(shop, leave, cookie)
    assert (out.status, out.header("location")) == (303, PRODUCT)
    assert "Max-Age=0" in out.all("set-cookie")[0]


def test_other_pages_and_parts_stay_in_the_preview(shop: Shop, previews: Previews) -> None:
    _, cookie = followed(shop, link(previews))
    assert "preview.css" in get(shop, "/en-gb/categories/kitchen", cookie).text
    part = get(shop, "/en-gb/_/reviews/harbour-mug", cookie, hx_request="true")
    assert part.status == 200
    assert "preview.css" not in part.text


def test_a_draft_can_be_previewed_and_nobody_else_sees_it(shop: Shop, previews: Previews) -> None:
    answer, _ = followed(shop, link(previews, "wording"))
    assert "Hard facts" in answer.text
    assert re.search(r"<h2 data-differs[^>]*>Hard facts", answer.text)
    assert "Hard facts" not in get(shop, cookie=visitor(shop, gallery="wall")).text


def test_others_experiments_are_not_mixed_in(shop: Shop, previews: Previews) -> None:
    answer, _ = followed(shop, link(previews, "wording"), visitor(shop, gallery="wall"))
    assert 'class="wall"' not in answer.text


def test_without_bar_and_outlines(shop: Shop, previews: Previews) -> None:
    answer, _ = followed(shop, link(previews, bar="0", outline="0"))
    assert 'class="wall"' in answer.text
    assert plain(shop, answer)


@pytest.mark.parametrize("until", [0.0, 1_000_000.0])
def test_an_expired_link_shows_the_plain_page(shop: Shop, previews: Previews, until: float) -> None:
    answer, cookie = followed(shop, link(previews, until=until))
    assert plain(shop, answer)
    assert not cookie


def test_an_expired_cookie_shows_the_plain_page(
    shop: Shop, previews: Previews, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, cookie = followed(shop, link(previews))
    monkeypatch.setattr(preview.time, "time", lambda: LATER + 1.0)  # type: ignore[attr-defined]
    assert previews.read(dict([cookie.split("=", 1)])) is None


@pytest.mark.parametrize("change", ["x", "", "%00", "a" * 900, "../..", "é"])
def test_a_forged_link_shows_the_plain_page(shop: Shop, previews: Previews, change: str) -> None:
    token = previews.token("gallery", LATER)[:-2] + quote(change) if change else "nothing"
    answer = get(shop, f"/-/preview/{token}?to={PRODUCT}")
    assert not any(preview.COOKIE in text for text in answer.all("set-cookie"))
    assert answer.status in (303, 404)
    if answer.status == 303:
        assert plain(shop, get(shop, answer.header("location") or ""))


@pytest.mark.parametrize(
    "value",
    [
        "",
        ".wall.",
        "x.wall.",
        "{token}",
        "{token}.nothing.",
        "{token}.wall.\x7f",
        "{other}.wall.",
        "{token}{token}.wall.",
    ],
)
def test_a_forged_cookie_shows_the_plain_page(shop: Shop, previews: Previews, value: str) -> None:
    own = value.format(token=previews.token("gallery", LATER), other=previews.token("nothing", LATER))
    answer = get(shop, cookie=f"{preview.COOKIE}={own}; " + visitor(shop, gallery="control"))
    assert plain(shop, answer) or "\x7f" in value


def test_another_stores_link_is_worth_nothing(shop: Shop) -> None:
    other = Previews([b"another secret of another store, long enough"], https=False)
    answer, cookie = followed(shop, link(other))
    assert plain(shop, answer)
    assert not cookie


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "/\\evil.example", "evil", "/%0d%0ax-y:1", "/ä", "/a b", ""]
)
def test_it_leads_nowhere_else(shop: Shop, previews: Previews, to: str) -> None:
    answer = get(shop, link(previews, to=to) if "%" not in to else link(previews).partition("?")[0] + f"?to={to}")
    assert (answer.status, answer.header("location")) == (303, "/en-gb")
    assert get(shop, f"/-/preview?to={to if '%' in to else quote(to)}").header("location") == "/en-gb"
