"""What search engines read: robots.txt and the sitemaps of the demo store."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections import defaultdict
from typing import Any
from urllib.parse import urlsplit

import pytest

from bff.channels import crawlers
from bff.ports import Image, SitemapEntry, SitemapPage, Unavailable
from tests.web.goods import catalog, content, link, offer
from tests.web.stage import PLACES, Shop, ask, opened, settings

MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
PICTURE = "{http://www.google.com/schemas/sitemap-image/1.1}"
LINK = "{http://www.w3.org/1999/xhtml}link"


def path(address: str) -> str:
    split = urlsplit(address)
    assert f"{split.scheme}://{split.netloc}" == "http://127.0.0.1:8000"
    return split.path + (f"?{split.query}" if split.query else "")


def parts(shop: Shop) -> list[str]:
    answer = shop.get("/sitemap.xml")
    assert (answer.status, answer.header("content-type")) == (200, "application/xml")
    return [path(loc.text or "") for loc in ET.fromstring(answer.body).iter(f"{MAP}loc")]


def test_robots(demo: Shop) -> None:
    answer = demo.get("/robots.txt")
    assert answer.header("content-type") == "text/plain; charset=utf-8"
    lines = answer.text.splitlines()
    assert lines[0] == "User-agent: *"
    assert "Sitemap: http://127.0.0.1:8000/sitemap.xml" in lines
    for place in PLACES:
        for closed in ("_/", "cart"):
            assert f"Disallow: /{place}/{closed}" in lines


def test_the_index_names_parts_that_are_there(demo: Shop) -> None:
    found = parts(demo)
    assert len(found) == len(set(found))
    for place in PLACES:
        for kind in ("pages", "products", "categories", "journal"):
            assert f"/sitemaps/{place}/{kind}.xml" in found


def test_every_part_is_valid_whole_and_without_doubles(demo: Shop) -> None:
    seen: set[str] = set()
    pictures = 0
    for part in parts(demo):
        answer = demo.get(part)
        assert answer.status == 200, part
        rows = list(ET.fromstring(answer.body).iter(f"{MAP}url"))
        assert 0 < len(rows) <= 1_000
        place = part.split("/")[2]
        for row in rows:
            loc = path(row.findtext(f"{MAP}loc") or "")
            assert loc not in seen
            assert loc == f"/{place}" or loc.startswith(f"/{place}/")
            seen.add(loc)
            for picture in row.iter(f"{PICTURE}loc"):
                assert path(picture.text or "").startswith("/static/")
                assert "{" not in (picture.text or "")
                pictures += 1
    assert len(seen) > 300
    assert pictures > 100


def test_the_same_thing_names_itself_in_every_language(demo: Shop) -> None:
    """`hreflang` is reciprocal: whom a page names, names it back."""
    others: dict[str, dict[str, str]] = defaultdict(dict)
    for part in parts(demo):
        for row in ET.fromstring(demo.get(part).body).iter(f"{MAP}url"):
            loc = path(row.findtext(f"{MAP}loc") or "")
            for alternate in row.iter(LINK):
                others[loc][alternate.attrib["hreflang"]] = path(alternate.attrib["href"])
            assert others[loc] == {} or loc in others[loc].values(), loc
    translated = [loc for loc, named in others.items() if len(named) > 1]
    assert len(translated) > 300
    for loc in translated:
        for other in others[loc].values():
            assert others[other] == others[loc], (loc, other)


def test_what_sitemaps_name_is_the_canonical_page(demo: Shop) -> None:
    for part in parts(demo):
        row = next(ET.fromstring(demo.get(part).body).iter(f"{MAP}url"))
        loc = row.findtext(f"{MAP}loc") or ""
        answer = demo.get(path(loc))
        assert answer.status == 200, loc
        assert f'<link rel="canonical" href="{loc}">' in answer.text
        for alternate in row.iter(LINK):
            tag = f'hreflang="{alternate.attrib["hreflang"]}" href="{alternate.attrib["href"]}"'
            assert tag in answer.text, (loc, tag)


@pytest.mark.parametrize(
    "name",
    [
        "en-gb/nonsense.xml",
        "en-gb/products",
        "en-gb/products.txt",
        "xx-yy/products.xml",
        "EN-GB/products.xml",
        "en-gb/products~.xml.gz",
        "en-gb/products~%00.xml",
        "en-gb/products~====.xml",
        "en-gb/products~YR.xml",
        "en-gb/products~_w.xml",
        "en-gb/products~bm9uc2Vuc2U.xml",
        "en-gb/pages~bm9uc2Vuc2U.xml",
        "en-gb/..%2fproducts.xml",
        "en-gb/~.xml",
        "en-gb/.xml",
        "en-gb/%ff.xml",
    ],
)
def test_a_part_that_is_none(demo: Shop, name: str) -> None:
    answer = demo.get(f"/sitemaps/{name}")
    assert answer.status in (200, 404)
    if answer.status == 200:
        assert name.endswith("~bm9uc2Vuc2U.xml"), "a cursor is the backend's to judge"
        ET.fromstring(answer.body)


def test_hostile_names_stay_xml(tmp_path_factory: pytest.TempPathFactory) -> None:
    evil = "a&b<c>\"'\u202e]]>"
    entry = SitemapEntry(link=link("product", evil), images=(Image(url=f"https://cdn.example/{evil}.png"),))

    def sitemap(kind: str, cursor: str | None = None) -> SitemapPage:
        if kind != "product":
            return SitemapPage(entries=())
        return SitemapPage(entries=(entry,), next=None if cursor else evil)

    with opened(settings(tmp_path_factory.mktemp("var")), offer(catalog=catalog(sitemap=sitemap))) as shop:
        own = [part for part in parts(shop) if "/en-gb/products" in part]
        assert len(own) == 2
        for part in own:
            answer = shop.get(part)
            assert answer.status == 200, part
            assert len(list(ET.fromstring(answer.body).iter(f"{MAP}url"))) == 1


def test_a_backend_that_fails_is_no_empty_sitemap(tmp_path_factory: pytest.TempPathFactory) -> None:
    broken = catalog(sitemap=Unavailable("x"))
    with opened(settings(tmp_path_factory.mktemp("var")), offer(catalog=broken)) as shop:
        for target in ("/sitemap.xml", "/sitemaps/en-gb/products.xml"):
            assert shop.get(target).status == 503
            assert shop.get(target).header("cache-control") == "no-store"
        assert shop.get("/robots.txt").status == 200


def test_however_many_ask_the_index_is_made_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    reached, waiting = asyncio.Event(), asyncio.Event()
    walked: list[str] = []

    async def sitemap(kind: str, cursor: str | None = None) -> SitemapPage:
        walked.append(kind)
        if len(walked) == 1:
            reached.set()
            await waiting.wait()
        return SitemapPage(entries=())

    own = offer(catalog=catalog(sitemap=sitemap), content=content(sitemap=sitemap))
    with opened(settings(tmp_path_factory.mktemp("var")), own) as shop:

        async def together() -> list[int]:
            asked = [asyncio.ensure_future(ask(shop.app, "GET", "/sitemap.xml")) for _ in range(5)]
            await reached.wait()
            asked[0].cancel()  # who asked first may leave
            waiting.set()
            answers = await asyncio.gather(*asked[1:])
            return [answer.status for answer in answers]

        assert shop.run(together) == [200] * 4
        assert len(walked) == len(PLACES) * 6
        shop.get("/sitemap.xml")
        assert len(walked) == len(PLACES) * 6


def test_the_backends_are_held_before_the_index_takes_its_first_step(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A swap's own step may stand between the two, and would let go of them."""
    held: list[int] = []
    with opened(settings(tmp_path_factory.mktemp("var")), offer()) as shop:
        generation = shop.app.state.generations.current
        create = asyncio.create_task

        def noted(work: Any, **options: Any) -> Any:
            held.append(generation.users)
            return create(work, **options)

        monkeypatch.setattr(crawlers.asyncio, "create_task", noted)
        assert shop.get("/sitemap.xml").status == 200
        monkeypatch.undo()
        assert held == [1]
        assert shop.run(_users(generation)) == 0


def _users(generation: Any) -> Any:
    async def look() -> int:
        await asyncio.sleep(0)
        users: int = generation.users
        return users

    return look
