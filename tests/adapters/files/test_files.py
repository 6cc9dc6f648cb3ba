"""Content as files: what becomes of a text, what is refused, and changes that are seen."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.files import Settings, open_files
from adapters.files import folder as room
from bff.ports import (
    Content,
    ImageBlock,
    InvalidInput,
    Market,
    MenuItem,
    Misconfigured,
    NotFound,
    ProductKey,
    ProductsBlock,
    PublicContext,
    TextBlock,
)
from tests.web.goods import ALL, MARKETS, context
from tests.web.stage import opened, settings

pytestmark = pytest.mark.anyio


def put(root: Path, name: str, text: str) -> Path:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def page(title: str = "Delivery", body: str = "Two days.", **more: str) -> str:
    lines = [f'title = "{title}"', *(f"{key} = {value}" for key, value in more.items())]
    return "\n".join(["+++", *lines, "+++", body])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "content"
    made.mkdir()
    return made


@asynccontextmanager
async def content(root: Path, look: float = 0.0) -> AsyncIterator[Content]:
    none: Any = None
    async with open_files(Settings(folder=str(root), look=look), none, MARKETS) as offer:
        assert offer.content is not None
        yield offer.content


def at(locale: str) -> PublicContext:
    market: Market = next(market for market in MARKETS if locale in market.locales)
    return msgspec.structs.replace(context(), market=market, locale=locale)


async def test_a_page_in_the_shoppers_language_or_the_nearest(root: Path) -> None:
    put(root, "pages/delivery.en.md", page("Delivery"))
    put(root, "pages/delivery.en-US.md", page("Shipping"))
    put(root, "pages/delivery.de.md", page("Versand", slug='"versand"'))
    async with content(root) as port:
        found = {
            locale: await port.page(at(locale), slug="delivery") for locale in ("en-GB", "en-US", "de-DE", "ar-AE")
        }
        assert {locale: one.title for locale, one in found.items()} == {
            "en-GB": "Delivery",
            "en-US": "Shipping",
            "de-DE": "Versand",
            "ar-AE": "Delivery",
        }
        assert found["de-DE"].slug == "versand"
        assert (found["ar-AE"].locale, found["en-GB"].locale) == ("en", "en-GB")
        assert (await port.page(at("en-GB"), slug="versand")).title == "Delivery"


async def test_a_body_is_blocks(root: Path) -> None:
    body = (
        '## Heading\n\nWords with [a link](/pages/faq).\n\n![A parcel](/static/parcel.webp "Ours")\n\n'
        "```products For tea\nMUG\nCUP\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n![not ours](javascript:alert)"
    )
    put(root, "pages/faq.en.md", page("FAQ", body))
    async with content(root) as port:
        first, picture, products, last = (await port.page(context(), slug="faq")).body
    assert isinstance(first, TextBlock)
    assert '<h2>Heading</h2>\n<p>Words with <a href="/pages/faq">a link</a>.</p>' in first.html.source
    assert isinstance(picture, ImageBlock)
    assert (picture.image.url, picture.image.alt, picture.caption) == ("/static/parcel.webp", "A parcel", "Ours")
    assert products == ProductsBlock(keys=(ProductKey(sku="MUG"), ProductKey(sku="CUP")), title="For tea")
    assert isinstance(last, TextBlock)
    assert "<td>1</td>" in last.html.source


async def test_a_menu_is_a_list_of_links(root: Path) -> None:
    put(
        root,
        "menus/main.en.md",
        '+++\ntitle = "Shop"\n+++\n- [Cups](/categories/cups)\n  - [Mugs](/categories/mugs)\n  - [Sale](/collections/sale)\n'
        "- [Shops](/stores)\n- [Elsewhere](https://example.com/)\n- Nowhere\n",
    )
    async with content(root) as port:
        menu = await port.menu(context(), id="main")
        assert await port.menu(context(), id="none") is None
    assert menu is not None
    assert menu.title == "Shop"
    assert menu.items == (
        MenuItem(
            title="Cups",
            kind="category",
            slug="cups",
            children=(
                MenuItem(title="Mugs", kind="category", slug="mugs"),
                MenuItem(title="Sale", kind="collection", slug="sale"),
            ),
        ),
        MenuItem(title="Shops", url="/stores"),
        MenuItem(title="Elsewhere", url="https://example.com/"),
        MenuItem(title="Nowhere"),
    )


async def test_the_journal_newest_first_by_cursor_without_drafts(root: Path) -> None:
    for n in range(1, 6):
        put(root, f"journal/day-{n}.en.md", page(f"Day {n}", published=f"2026-11-0{n}", products='["MUG"]'))
    put(root, "journal/day-9.en.md", page("Day 9", published="2026-11-09", draft="true"))
    async with content(root) as port:
        first = await port.articles(context(), limit=2)
        second = await port.articles(context(), limit=2, cursor=first.next)
        third = await port.articles(context(), limit=2, cursor=second.next)
        one = (await port.articles(context(), slug="day-3")).article
        with pytest.raises(NotFound):
            await port.articles(context(), slug="day-9")
        with pytest.raises(InvalidInput):
            await port.articles(context(), limit=0)
    titles = [[item.title for item in found.items] for found in (first, second, third)]
    assert titles == [["Day 5", "Day 4"], ["Day 3", "Day 2"], ["Day 1"]]
    assert third.next is None
    assert all(not item.body for item in first.items)
    assert one is not None
    assert one.body
    assert one.products == (ProductKey(sku="MUG"),)


async def test_the_sitemap_goes_on_where_it_stopped(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.files.content.SITEMAP", 2)
    for name in "cab":
        put(root, f"pages/{name}.en.md", page(name.upper()))
    put(root, "pages/d.en.md", page("D", draft="true"))
    async with content(root) as port:
        first = await port.sitemap(context(), kind="page")
        rest = await port.sitemap(context(), kind="page", cursor=first.next)
    assert [[entry.link.slug for entry in found.entries] for found in (first, rest)] == [["a", "b"], ["c"]]
    assert rest.next is None


async def test_a_slot(root: Path) -> None:
    put(root, "slots/home.hero.en.md", page("Winter", "Warm.", link='"/collections/winter"', image='"/static/w.webp"'))
    async with content(root) as port:
        slot, none = await port.slots(context(), ids=["home.hero", "home.other"])
    assert none is None
    assert slot is not None
    assert (slot.title, slot.image and slot.image.url) == ("Winter", "/static/w.webp")
    assert slot.link == MenuItem(title="Winter", kind="collection", slug="winter")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("pages/Big Name.en.md", page(), "is no name of a text"),
        ("pages/delivery.md", page(), "is no name of a text"),
        ("pages/a.en.md", "---\ntitle: A\n---\n", "begins with YAML"),
        ("pages/a.en.md", "+++\ntitle = 'A'\n", "no second one"),
        ("pages/a.en.md", page(titel="'x'"), "titel"),
        ("pages/a.en.md", page(published="'soon'"), "published"),
        ("pages/a.en.md", "no front matter", "title"),
        ("pages/a.en.md", page(slug="'../../etc'"), "no part of an address"),
        ("pages/a.en.md", page(slug="'a/../../b'"), "no part of an address"),
        ("pages/a.en.md", page(slug="'/a'"), "no part of an address"),
        ("pages/a.en.md", page(slug="'a b'"), "no part of an address"),
        ("pages/a.en.md", page(image="'javascript:alert(1)'"), "no picture's address"),
    ],
)
async def test_a_wrong_file_is_named_at_the_start(root: Path, name: str, text: str, told: str) -> None:
    put(root, name, text)
    with pytest.raises(Misconfigured, match=told) as raised:
        async with content(root):
            pass
    assert name in raised.value.key or name in raised.value.source


async def test_a_link_out_of_the_folder_is_refused(root: Path) -> None:
    secret = put(root.parent, "secret.en.md", page("Secret"))
    (root / "pages").mkdir()
    (root / "pages" / "a.en.md").symlink_to(secret)
    with pytest.raises(Misconfigured, match="leads out"):
        async with content(root):
            pass


async def test_two_texts_at_one_slug_and_a_huge_one_are_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root, "pages/a.en.md", page(slug="'same'"))
    put(root, "pages/b.en.md", page(slug="'same'"))
    with pytest.raises(Misconfigured, match="is a's already"):
        async with content(root):
            pass
    monkeypatch.setattr(room, "MAX_BYTES", 10)
    with pytest.raises(Misconfigured, match="larger"):
        async with content(root):
            pass


@pytest.mark.parametrize("slug", ["", "..", "../secret", "/etc/passwd", "a\x00b", "a/../a", "%2e%2e", "x" * 9_000])
async def test_what_is_asked_for_never_becomes_a_path(root: Path, slug: str) -> None:
    put(root.parent, "secret.en.md", page("Secret"))
    put(root, "pages/a.en.md", page())
    async with content(root) as port:
        with pytest.raises(NotFound):
            await port.page(context(), slug=slug)


async def test_a_change_is_seen_and_a_wrong_one_is_not(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = put(root, "pages/a.en.md", page("Before"))
    async with content(root, look=1e-9) as port:
        assert (await port.page(context(), slug="a")).title == "Before"
        file.write_text(page("After all"), encoding="utf-8")
        assert (await port.page(context(), slug="a")).title == "After all"
        file.write_text("+++\nbroken", encoding="utf-8")
        assert (await port.page(context(), slug="a")).title == "After all"
        assert "no second one" in caplog.text
        put(root, "pages/b.en.md", page("Another"))
        os.remove(file)
        assert (await port.page(context(), slug="b")).title == "Another"
        with pytest.raises(NotFound):
            await port.page(context(), slug="a")


async def test_without_a_folder_it_does_not_open(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="is no folder"):
        async with content(tmp_path / "none"):
            pass


def test_composed_into_a_store_its_markup_is_sanitised(root: Path, tmp_path: Path) -> None:
    body = 'Hello <script>alert(1)</script> <a href="javascript:alert(2)">there</a> [cups](/categories/cups)'
    put(root, "pages/ours.en.md", page("Ours", body))
    put(root, "menus/footer-help.en.md", "- [Ours](/pages/ours)")
    environ = {
        "PORTICO_BACKENDS__TEXTS__ADAPTER": "files",
        "PORTICO_BACKENDS__TEXTS__SETTINGS__FOLDER": str(root),
        "PORTICO_COMPOSE__CONTENT": "texts",
    }
    with opened(settings(tmp_path, environ)) as shop:
        answer = shop.get("/en-gb/pages/ours")
        assert answer.status == 200
        assert "<h1" in answer.text
        assert "<script>alert" not in answer.text
        assert "javascript:" not in answer.text
        assert '<a href="/en-gb/categories/cups"' in answer.text
        assert '<a href="/en-gb/pages/ours">Ours</a>' in answer.text.replace(' aria-current="page"', "")
        listed = shop.get("/sitemaps/en-gb/pages.xml").text
        assert re.findall(r"<loc>[^<]*(/en-gb/pages/[^<]*)</loc>", listed) == ["/en-gb/pages/ours"]
        assert shop.get("/sitemaps/en-gb/journal.xml").text.count("<url>") == 0
        assert shop.get("/en-gb/products/harbour-mug").status == 200, "all else is the store's backend's"
    assert ALL
