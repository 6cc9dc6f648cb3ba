"""Every kind of page of the demo store, in all its places, over the real embedded backend."""

from __future__ import annotations

import random
import re
import tomllib
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.pages.reading import Page, absolute, mistakes, source_title
from tests.web.stage import PLACES, Answer, Shop

WORD = re.compile(r"[A-Za-zÀ-ÿ]{2,}")
KINDS = ("products", "categories", "collections", "brands", "pages", "journal")
DIRECTIONS = {"ar-ae": "rtl"}
PAGES_PER_PLACE = 60
LINKS_PER_PLACE = 400
ENGLISH = frozenset(
    """the and of with for your from this that are you our not have has its by be or we out off all add show more less
    search stores bag cart checkout delivery free stock choose size colour color price shop home help about new sale sold
    only left each now read view back close menu sort page next previous total quantity yes no""".split()  # noqa: SIM905
)


def lang(place: str) -> str:
    language, _, country = place.partition("-")
    return f"{language}-{country.upper()}"


@cache
def slugs(shop_id: int, place: str, kind: str) -> list[str]:
    shop = SHOPS[shop_id]
    answer = shop.get(f"/sitemaps/{place}/{kind}.xml")
    rows = ET.fromstring(answer.body).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
    return [urlsplit(loc.text or "").path for loc in rows]


SHOPS: dict[int, Shop] = {}


@pytest.fixture(scope="session", autouse=True)
def _known(demo: Shop) -> None:
    SHOPS[id(demo)] = demo


def addresses(shop: Shop, place: str) -> list[str]:
    """One address of every kind of page, and more of products."""
    named = {kind: slugs(id(shop), place, kind) for kind in KINDS}
    some = [address for kind in KINDS for address in named[kind][: 2 if kind != "products" else 6]]
    words = {"de": "Becher", "ar": "كوب", "en": "mug"}[place[:2]]
    category = named["categories"][0]
    return [
        f"/{place}",
        *some,
        f"{category}?page=2",
        f"{category}?sort=price-asc",
        f"/{place}/search",
        f"/{place}/search?q={words}",
        f"/{place}/search?q=zzzzqqqq",
        f"/{place}/journal",
        f"/{place}/stores",
        f"/{place}/stores?near=Bath",
        f"/{place}/cart",
        f"/{place}/nothing-here",
    ]


def asked(shop: Shop, address: str) -> Answer:
    """The page, after the redirects to its canonical address."""
    answer = shop.get(address)
    for _ in range(3):
        location = answer.header("location")
        if location is None:
            return answer
        answer = shop.get(location)
    raise AssertionError(f"{address} redirects without end")


@pytest.mark.parametrize("place", PLACES)
def test_every_kind_of_page_is_sound(demo: Shop, place: str) -> None:
    wrong: list[str] = []
    for address in addresses(demo, place):
        answer = asked(demo, address)
        if answer.status != (404 if address.endswith("nothing-here") else 200):
            wrong.append(f"{address}: {answer.status}")
            continue
        found = mistakes(Page(answer.text), lang(place), DIRECTIONS.get(place, "ltr"))
        wrong += [f"{address}: {mistake}" for mistake in found]
    assert not wrong, "\n".join(wrong[:60])


@pytest.mark.parametrize("place", PLACES)
def test_a_page_shows_values_and_no_machinery(demo: Shop, place: str) -> None:
    renderer = demo.store.renderers[place]
    keys = set(re.findall(r'^msgid "([a-z_.0-9]+\.[a-z_.0-9]+)"', po("en"), re.MULTILINE))
    for address in addresses(demo, place):
        page = Page(asked(demo, address).text)
        for _, text in page.words:
            assert not re.search(r"\bNone\b|\bundefined\b|\{[a-z_]+\}|\{\{|&(amp|lt|quot|#39);", text), (address, text)
            assert not set(text.split()) & keys, (address, text)
    assert renderer.place.path == place


def po(language: str) -> str:
    return (Path(__file__).parents[2] / "templates" / "messages" / f"{language}.po").read_text(encoding="utf-8")


@pytest.mark.parametrize("place", PLACES)
def test_titles_tell_pages_apart(demo: Shop, place: str) -> None:
    titles: dict[str, str] = {}
    for address in addresses(demo, place):
        if "?" in address:
            continue
        title = source_title(Page(asked(demo, address).text))
        assert title not in titles, (address, titles[title])
        titles[title] = address


# ---------------------------------------------------------------- links


@pytest.mark.parametrize("place", PLACES)
def test_every_link_leads_somewhere(demo: Shop, place: str) -> None:
    """A seeded walk: up to 60 pages are read, up to 400 addresses they name are asked for."""
    chance = random.Random(place)
    waiting = [address for address in addresses(demo, place) if not address.endswith("nothing-here")]
    met, read, wrong = set(waiting), 0, []
    while waiting and read < PAGES_PER_PLACE and len(met) < LINKS_PER_PLACE:
        address = waiting.pop(chance.randrange(len(waiting)))
        answer = demo.get(address)
        if answer.status >= 400:
            wrong.append(f"{address}: {answer.status}")
        if (location := answer.header("location")) and location not in met:
            met.add(location)
            waiting.append(location)
        if answer.status != 200 or "text/html" not in (answer.header("content-type") or ""):
            continue
        read += 1
        page = Page(answer.text, whole="<html" in answer.text[:200])
        if page.whole and address.startswith(f"/{place}"):
            wrong += [f"{address}: {m}" for m in mistakes(page, lang(place), DIRECTIONS.get(place, "ltr"))]
        fresh = sorted({absolute(address, link) for link in page.links()} - met)
        for link in chance.sample(fresh, min(len(fresh), 6)):
            met.add(link)
            waiting.append(link)
    for address in waiting:
        answer = demo.get(address)
        if answer.status >= 400:
            wrong.append(f"{address}: {answer.status}")
    assert not wrong, f"{len(wrong)} of {len(met)}:\n" + "\n".join(sorted(set(wrong))[:40])
    assert read >= 40


# ---------------------------------------------------------------- languages


@cache
def exceptions() -> tuple[frozenset[str], re.Pattern[str]]:
    table = tomllib.loads((Path(__file__).parent / "foreign.toml").read_text(encoding="utf-8"))
    words = frozenset(word for name in table if name != "patterns" for word in table[name]["words"])
    return words, re.compile("|".join(table["patterns"]["words"]))


def foreign(demo: Shop, place: str) -> dict[str, str]:
    """Words on a place's pages that are not of its language, with where they were seen. Left out are elements in a
    language of their own, postal addresses, and what the address itself asked for."""
    names, patterns = exceptions()
    own = {w.lower() for a in slugs(id(demo), place, "brands") for w in WORD.findall(heading(demo, a))}
    found: dict[str, str] = {}
    for address in addresses(demo, place):
        answer = asked(demo, address)
        page = Page(re.sub(r"<address>.*?</address>", "", answer.text, flags=re.DOTALL))
        numbers = set(WORD.findall(" ".join(re.findall(r'"sku":"([^"]+)"', answer.text))))
        wanted = set(WORD.findall(address))
        for language, text in page.words:
            if language and language != lang(place):
                continue
            for word in WORD.findall(patterns.sub(" ", text)):
                small = word.lower()
                english = word.isascii() if place.startswith("ar") else small in ENGLISH
                if english and not (small in names or small in own or word in numbers or word in wanted):
                    found.setdefault(small, f"{address}: {text[:90]}")
    return found


def heading(demo: Shop, address: str) -> str:
    return Page(demo.get(address).text).all("h1")[0].text


@pytest.mark.parametrize("place", ["de-de", "ar-ae"])
def test_no_english_on_pages_of_other_languages(demo: Shop, place: str) -> None:
    found = foreign(demo, place)
    assert not found, f"{len(found)} words:\n" + "\n".join(
        f"{word}: {where}" for word, where in sorted(found.items())[:50]
    )


def test_the_check_sees_english(demo: Shop) -> None:
    """The same words do stand on an English page: the check is not blind."""
    page = Page(demo.get("/en-gb").text)
    words = {word.lower() for _, text in page.words for word in re.findall(r"[A-Za-z]{2,}", text)}
    assert len(words & ENGLISH) > 5


# ---------------------------------------------------------------- listings


@pytest.mark.parametrize("place", PLACES)
def test_a_listing_without_javascript(demo: Shop, place: str) -> None:
    """The form, the links of its facets and the fragment all lead to the same listing."""
    category = slugs(id(demo), place, "categories")[0]
    page = Page(demo.get(category).text)
    boxes = [e.attributes for e in page.all("input") if e.attributes.get("type") == "checkbox"]
    assert boxes
    box = boxes[0]
    from bff.web.addresses import encode

    query = encode([(box["name"], box["value"])])
    answer = demo.get(category + query)
    assert answer.status == 200, (category + query, answer.header("location"))
    whole = Page(answer.text)
    ticked = [e.attributes["value"] for e in whole.all("input") if "checked" in e.attributes]
    assert box["value"] in ticked
    fragment = next(e.attributes["data-hx-get"] for e in page.all("form") if "data-hx-get" in e.attributes)
    part = demo.get(fragment + query, hx_request="true")
    assert part.header("hx-push-url") == category + query
    assert part.text.strip() in answer.text


def test_a_page_beyond_the_end_leads_to_the_last(demo: Shop) -> None:
    for place in PLACES:
        for category in slugs(id(demo), place, "categories")[:4]:
            answer = demo.get(f"{category}?page=99999")
            assert answer.status == 302
            location = answer.header("location") or ""
            assert demo.get(location).status == 200


def test_anything_odd_leads_to_the_nearest_valid_listing(demo: Shop) -> None:
    category = slugs(id(demo), "en-gb", "categories")[0]
    odd = [
        "f.nonsense=1",
        "f.colour=nonsense",
        "f.price.min=abc",
        "f.price=abc..def",
        "f.price=-5..",
        "f.price=90..10",
        "f.price=1e400..",
        "f.price=NaN..",
        "f.rating=99",
        "f.availability=",
        "sort=nonsense",
        "page=0",
        "page=-1",
        "page=1",
        "page=99999999999999999999",
        "page=2&page=3",
        "q=mug",
        "f.=1",
        "f.%00=%00",
        "f.a=%ff%fe",
        "%ff=%fe",
        "&".join(f"f.a{n}=1" for n in range(150)),
        "f.colour=" + "x" * 10_000,
        "&".join(["f.colour=a"] * 199),
        "x=" + "y" * 15_000,
    ]
    for query in odd:
        met = [f"{category}?{query}"]
        answer = demo.get(met[0])
        while answer.status == 302:
            location = answer.header("location") or ""
            assert location not in met, f"a loop: {met}"
            assert len(met) < 3, met
            met.append(location)
            answer = demo.get(location)
        assert answer.status == 200, (query[:60], answer.status)


# ---------------------------------------------------------------- what is not a page


@pytest.mark.parametrize(
    ("method", "target", "statuses"),
    [
        ("GET", "/en-gb/products/nothing", {404}),
        ("GET", "/en-gb/categories/nothing", {404}),
        ("GET", "/en-gb/pages/nothing", {404}),
        ("GET", "/en-gb/journal/nothing", {404}),
        ("GET", "/en-gb/_/nothing", {404}),
        ("GET", "/en-gb/_/shelf/nothing", {404}),
        ("GET", "/en-gb/_/reviews/nothing", {404}),
        ("GET", "/xx-yy", {404}),
        ("GET", "/xx-yy/products/mug", {404}),
        ("GET", "/en-gb/products", {404}),
        ("GET", "/en-gb/products/%00", {404}),
        ("GET", "/en-gb/products/%ff%fe", {404}),
        ("GET", b"/en-gb/products/\xc3\xa4", {404}),
        ("GET", "/en-gb/products/..", {404}),
        ("GET", "/en-gb/products/%2e%2e/%2e%2e/etc/passwd", {404}),
        ("GET", "/en-gb/products/..%2f..%2fetc", {404}),
        ("GET", "/en-gb/../../etc/passwd", {404}),
        ("GET", "/en-gb/products/" + "a" * 8_000, {404}),
        ("GET", "/en-gb/products/" + "a/" * 1_000 + "b", {404}),
        ("GET", "*", {301, 404}),
        ("GET", "/en-gb/<script>alert(1)</script>", {404}),
        ("GET", "/en-gb/%3Cscript%3Ealert(1)%3C/script%3E", {404}),
        ("POST", "/en-gb", {405}),
        ("DELETE", "/en-gb/cart/lines", {405}),
        ("GET", "/en-gb/cart/lines", {303}),
        ("PUT", "/en-gb/products/x", {405}),
        ("TRACE", "/en-gb", {405}),
        ("BREW", "/en-gb", {405}),
        ("POST", "/nothing", {404, 405}),
        ("POST", "/en-gb/nothing", {404, 405}),
        ("CONNECT", "/", {405}),
    ],
)
def test_what_is_no_page(demo: Shop, method: str, target: str, statuses: set[int]) -> None:
    answer = demo.request(method, target)
    assert answer.status in statuses
    assert answer.body.count(b"<h1") == (1 if answer.status >= 400 else 0)
    assert b"<script>alert" not in answer.body
    if answer.status == 405:
        assert answer.header("allow")


def test_a_withdrawn_product_is_gone(demo: Shop) -> None:
    redirects = tomllib.loads(
        (Path(__file__).parents[2] / "adapters" / "embedded" / "demo" / "redirects.toml").read_text(encoding="utf-8")
    )
    seen = set()
    for entry in redirects["redirect"]:
        answer = demo.get(f"/en-gb{entry['from']}")
        seen.add(answer.status)
        assert answer.status in (301, 302, 410), entry
        if location := answer.header("location"):
            assert demo.get(location).status == 200, (entry, location)
    assert {301, 410} <= seen


@pytest.mark.parametrize(
    "headers",
    [
        [(b"cookie", b"portico-session=" + b"A" * 60_000)],
        [(b"cookie", b"\xff\xfe=\x00; ;=;=; a")],
        [(b"cookie", b"a=1; " * 5_000)],
        [(b"accept-language", b"\xff" * 4_000)],
        [(b"accept-encoding", b"gzip;q=\xff, br;q=1e999")],
        [(b"if-none-match", b'W/"' + b"x" * 20_000)],
        [(b"traceparent", b"00-" + b"f" * 5_000)],
        [(b"x-forwarded-host", b"evil.example"), (b"forwarded", b"host=evil.example"), (b"x-original-url", b"/evil")],
        [(b"hx-request", b"true"), (b"hx-target", b'"><script>'), (b"hx-current-url", b"https://evil.example")],
        [(b"range", b"bytes=0-1"), (b"expect", b"100-continue"), (b"content-length", b"-1")],
        [(b"content-type", b"\xff/\xfe; boundary=" + b"-" * 5_000)],
        [(b"x", b"y")] * 500,
    ],
)
@pytest.mark.parametrize("target", ["/en-gb", "/", "/en-gb/search?q=mug", "/static/site.css"])
def test_absurd_headers_change_nothing(demo: Shop, target: str, headers: list[tuple[bytes, bytes]]) -> None:
    plain, odd = demo.get(target), demo.request("GET", target, headers)
    assert odd.status == plain.status
    assert b"evil" not in odd.body
    if not odd.header("content-encoding"):
        assert odd.body == plain.body


# ---------------------------------------------------------------- the same bytes for everybody


def settled(shop: Shop, address: str, **headers: str) -> Answer:
    """The page with all its regions: on a busy machine one may be late, and the page is then another."""
    answer = shop.get(address, **headers)
    for _ in range(20):
        if 'data-hx-trigger="load"' not in answer.text:
            break
        answer = shop.get(address, **headers)
    return answer


@pytest.mark.parametrize("place", PLACES)
def test_two_strangers_get_the_same_bytes(demo: Shop, place: str) -> None:
    for address in addresses(demo, place):
        if "/cart" in address or "nothing" in address:
            continue
        first = settled(demo, address, user_agent="a", cookie="x=1")
        second = settled(demo, address, user_agent="b", accept_language="ar", referer="https://a.example")
        assert first.body == second.body, address
        assert first.header("etag") == second.header("etag")
        assert first.header("set-cookie") is None


# ---------------------------------------------------------------- markets


def test_the_market_switch_keeps_the_thing(demo: Shop) -> None:
    for kind in ("products", "categories", "pages", "journal"):
        for address in slugs(id(demo), "en-gb", kind)[:3]:
            page = Page(demo.get(address).text)
            named = {
                e.attributes["hreflang"]: urlsplit(e.attributes["href"]).path
                for e in page.all("link")
                if e.attributes.get("rel") == "alternate" and "hreflang" in e.attributes
            }
            choices = {
                e.attributes["hreflang"]: e.attributes["href"] for e in page.all("a") if "hreflang" in e.attributes
            }
            assert set(choices) == {lang(place) for place in PLACES}
            for language, choice in choices.items():
                answer = demo.get(choice)
                assert answer.status in (200, 303), choice
                if answer.status == 303 and language in named:
                    assert answer.header("location") == named[language]
