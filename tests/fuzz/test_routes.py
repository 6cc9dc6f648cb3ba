"""Thousands of crooked requests over every route, in this process, over the embedded backend: never a 5xx, never a raw
value in the answer, never a way out of the store. Failures print the request that reproduces them.

`PORTICO_FUZZ_SEED` and `PORTICO_FUZZ_REQUESTS` repeat or lengthen a run.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from urllib.parse import quote

from tests.web.stage import PLACES, Answer, Shop, ask

SEED = int(os.environ.get("PORTICO_FUZZ_SEED", "20261122"))
REQUESTS = int(os.environ.get("PORTICO_FUZZ_REQUESTS", "5000"))
SECONDS = 240.0
"""A bound against hangs on a busy machine; the run itself takes a third of it on an idle one."""

METHODS = ["GET"] * 16 + [
    "HEAD",
    "HEAD",
    "POST",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "BREW",
    "get",
    "",
    "G\x00T",
]
CANARY = "zq<i>zq\"'zq"
VALUES = [
    *(
        "",
        "0",
        "1",
        "2",
        "-1",
        "99999999999",
        "1e309",
        "NaN",
        "null",
        "None",
        "true",
        "[]",
        "..",
        "1..2",
        "..5",
        "9..1",
    ),
    *(
        "a" * 300,
        "x" * 9_000,
        "%",
        "\0",
        "\r\nset-cookie: zq=1",
        "\ud800",
        "\u202e",
        "\ue000hole:bag\ue001",
        "😀",
        "كوب",
        "Becher",
    ),
    *(
        "' OR 1=1 --",
        '" OR ""="',
        '"*" NEAR (',
        "a AND",
        "^mug*",
        "{{7*7}}",
        "${7*7}",
        "../../../etc/passwd",
        "//evil.example",
    ),
    *(
        "https://evil.example/",
        "javascript:alert(1)",
        CANARY,
        "<script>zq</script>",
        "&amp;",
        "mug",
        "blue",
        "in-stock",
        "yes",
        "a b",
    ),
]
NAMES = [
    *(
        "q",
        "sort",
        "page",
        "near",
        "after",
        "stars",
        "show",
        "reviews",
        "elsewhere",
        "_view",
        "utm_source",
        "f.price",
        "f.price.min",
    ),
    *(
        "f.price.max",
        "f.rating",
        "f.availability",
        "f.sale",
        "f.category",
        "f.brand",
        "f.colour",
        "f.",
        "o.colour",
        "o.size",
        "o.",
    ),
    *(
        "variant",
        "sku",
        "product",
        "quantity",
        "plan",
        "remove",
        "q.1",
        "i.text",
        "i.",
        CANARY,
        "\0",
        "\ud800",
        "__proto__",
        "a" * 200,
    ),
]
HEADERS = [
    *(
        b"accept",
        b"accept-language",
        b"accept-encoding",
        b"cookie",
        b"if-none-match",
        b"if-modified-since",
        b"range",
        b"origin",
    ),
    *(
        b"referer",
        b"sec-fetch-site",
        b"hx-request",
        b"hx-target",
        b"hx-current-url",
        b"content-type",
        b"content-length",
        b"expect",
    ),
    *(b"x-forwarded-host", b"x-forwarded-proto", b"x-http-method-override", b"traceparent", b"user-agent", b"x-zq"),
]
ROUTES = [
    "/",
    "/{place}",
    "/{place}/search",
    "/{place}/stores",
    "/{place}/journal",
    "/{place}/cart",
    "/{place}/cart/lines",
]
ROUTES += [
    "/{place}/cart/quantities",
    "/{place}/_/suggest",
    "/{place}/_/search",
    "/{place}/_/more/search",
    "/{place}/_/journal",
]
ROUTES += [
    f"/{{place}}/{kind}/{{slug}}" for kind in ("products", "categories", "collections", "brands", "pages", "journal")
]
ROUTES += [
    f"/{{place}}/_/{part}/{{slug}}"
    for part in ("categories", "more/categories", "reviews", "related", "delivery", "shelf")
]
ROUTES += ["/{place}/_/same/{word}/{slug}", "/{place}/{word}", "/{place}/{word}/{word}", "/{word}", "/{word}/{word}"]
ROUTES += ["/robots.txt", "/sitemap.xml", "/sitemaps/{place}/{word}.xml", "/sitemaps/{place}/products~{word}.xml"]
ROUTES += ["/static/{word}", "/static/site.css", "/static/~{word}/{word}", "/-/live", "/-/ready", "/-/{word}"]
RAW = re.compile(r"zq<i>|<script>zq", re.IGNORECASE)


class Fuzzer:
    """Makes requests, the same ones for the same seed."""

    def __init__(self, seed: int, slugs: list[str]) -> None:
        self.chance = random.Random(seed)
        self.slugs = slugs

    def requests(self, count: int) -> Iterator[tuple[str, bytes, list[tuple[bytes, bytes]], bytes]]:
        for _ in range(count):
            method = self.chance.choice(METHODS)
            target = self.path().encode("utf-8", "surrogatepass") + self.query()
            headers = [self.header() for _ in range(self.chance.choice([0, 0, 0, 1, 2, 5]))]
            body = self.form() if method in ("POST", "PUT", "PATCH") else b""
            if method == "POST" and self.chance.random() < 0.8:
                headers += [
                    (b"sec-fetch-site", b"same-origin"),
                    (b"content-type", b"application/x-www-form-urlencoded"),
                ]
            yield method, target, headers, body

    def word(self) -> str:
        text = self.chance.choice(
            [*VALUES, *self.slugs[:20], "products", "categories", "EN-GB", "_", "cart", "%2e%2e", "%00", "%ff"]
        )
        return text if self.chance.random() < 0.3 and text.isprintable() and "?" not in text else self.quoted(text)

    def quoted(self, text: str) -> str:
        return quote(text.encode("utf-8", "surrogatepass"), safe="%" if self.chance.random() < 0.3 else "")

    def path(self) -> str:
        path = self.chance.choice(ROUTES)
        while "{" in path:
            place = self.chance.choice([*PLACES, *PLACES, *PLACES, "EN-gb", "xx-yy", self.word()])
            slug = self.chance.choice([*self.slugs, self.word()])
            path = path.replace("{place}", place.replace("{", ""), 1)
            path = path.replace("{slug}", slug.replace("{", ""), 1).replace("{word}", self.word().replace("{", ""), 1)
            path = re.sub(r"\{(?!place\}|slug\}|word\})", "", path)
        return self.chance.choice(
            [path] * 12 + [path + "/", "/" + path, path.replace("/", "//"), path + "/..", path + ";a=b", path + "%"]
        )

    def pairs(self) -> str:
        count = self.chance.choice([0, 1, 1, 2, 3, 8, 250] if self.chance.random() < 0.7 else [0])
        return "&".join(
            f"{self.quoted(self.chance.choice(NAMES))}={self.quoted(self.chance.choice(VALUES))}" for _ in range(count)
        )

    def query(self) -> bytes:
        text = self.pairs()
        if self.chance.random() < 0.05:
            text += self.chance.choice(["&&&", "=", "&=", "%", "%zz", "#x", "?", "a" * 12_000, ";;"])
        return b"?" + text.encode("latin-1", "replace") if text else b""

    def form(self) -> bytes:
        shape = self.chance.random()
        if shape < 0.7:
            return self.pairs().encode("latin-1", "replace")
        return self.chance.choice(
            [b"", b"\xff\xfe\x00", b"{}", b"a=b&" * 3_000, bytes(self.chance.randrange(256) for _ in range(200))]
        )

    def header(self) -> tuple[bytes, bytes]:
        value = self.chance.choice(
            [*VALUES, "same-origin", "true", "br", "gzip;q=0", "portico-session=zz", 'W/"x"', "bytes=0-0"]
        )
        return self.chance.choice(HEADERS), re.sub(rb"[\r\n\0]", b"", value.encode("utf-8", "surrogatepass"))


def verdict(method: str, answer: Answer) -> str | None:
    """What is wrong with an answer."""
    if answer.status >= 500:
        return f"status {answer.status}"
    for location in answer.all("location") + answer.all("hx-push-url"):
        if (
            not location.startswith("/")
            or location.startswith(("//", "/\\"))
            or not location.isascii()
            or not location.isprintable()
        ):
            return f"leads to {location!r}"
    for header, value in answer.raw:
        if b"\r" in value or b"\n" in value or b"\0" in value:
            return f"header {header!r} holds a line break"
    if any("zq=1" in cookie for cookie in answer.all("set-cookie")):
        return "a cookie was planted"
    if not answer.header("content-encoding") and RAW.search(answer.body.decode("utf-8", "replace")):
        return "a raw value stands in the answer"
    if not answer.all("content-security-policy"):
        return "no policy"
    if method == "HEAD" and answer.body:
        return "a body for HEAD"
    return None


async def run(shop: Shop, slugs: list[str]) -> tuple[Counter[int], list[str]]:
    seen: Counter[int] = Counter()
    wrong: list[str] = []
    began = time.monotonic()
    for number, (method, target, headers, body) in enumerate(Fuzzer(SEED, slugs).requests(REQUESTS)):
        try:
            answer = await ask(shop.app, method, target, headers, body)
            found = verdict(method, answer)
            seen[answer.status] += 1
        except Exception as error:
            found = f"raised {type(error).__name__}: {error}"
        if found:
            wrong.append(
                f"seed {SEED}, request {number}: {found}\n  {method!r} {target[:300]!r}\n  {headers!r}\n  {body[:200]!r}"
            )
        assert time.monotonic() - began < SECONDS, f"{number} requests in {SECONDS} s"
    return seen, wrong


def test_no_request_breaks_the_store(demo: Shop) -> None:
    slugs = []
    for kind in ("products", "categories", "pages", "journal"):
        found = demo.get(f"/sitemaps/en-gb/{kind}.xml").text
        slugs += re.findall(rf"/en-gb/{kind}/([^<]+)</loc>", found)[:8]
    assert len(slugs) > 20
    seen, wrong = demo.run(lambda: run(demo, slugs))
    assert not wrong, f"{len(wrong)} of {REQUESTS}:\n" + "\n".join(wrong[:15])
    assert sum(seen.values()) >= min(REQUESTS, 5_000)
    assert seen[200] > REQUESTS / 10, seen
    assert {301, 302, 404, 405} <= set(seen), seen


def test_the_same_seed_makes_the_same_requests() -> None:
    first, second = Fuzzer(7, ["a"]), Fuzzer(7, ["a"])
    assert list(first.requests(50)) == list(second.requests(50))
    assert list(Fuzzer(8, ["a"]).requests(50)) != list(second.requests(50))
