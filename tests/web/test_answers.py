"""Answers as they leave: headers, validators, compression, HEAD, redirects, holes, failures. Over a backend of our own."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import brotli
import pytest

from bff.ports import (
    BackendError,
    Cart,
    CartRef,
    CartResult,
    ChallengeRequired,
    Conflict,
    DeadlineExceeded,
    InvalidInput,
    Line,
    Located,
    Malformed,
    Money,
    Navigation,
    NoCart,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Resolved,
    ReviewPage,
    ReviewTraits,
    SessionBlob,
    Shopper,
    Throttled,
    Totals,
    Unavailable,
    VariantKey,
    VisitorContext,
)
from bff.rendering.respond import redirect
from bff.web.failures import STATUS, retry_after, status_of
from bff.web.session import Session
from tests.web.goods import catalog, content, context, link, offer, product, search
from tests.web.stage import FORM, PLACES, SAME_SITE, Attribute, Port, Shop, opened, settings

BAG = Cart(
    ref=CartRef(id="cart-1"),
    market="gb",
    currency="GBP",
    lines=(Line(id="l1", key=VariantKey(id="v"), title="Mug", quantity=Decimal(2)),),
    quantity=Decimal(2),
    totals=Totals(),
)


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="module")
def shop(var: Path) -> Iterator[Shop]:
    with opened(settings(var), offer()) as found:
        yield found


def with_ports(var: Path, **ports: Any) -> Any:
    return opened(settings(var), offer(**ports))


# ---------------------------------------------------------------- headers

EVERYWHERE = [
    "/",
    "/en-gb",
    "/en-gb/products/mug",
    "/en-gb/products/none",
    "/en-gb/categories/table",
    "/en-gb/categories/table?page=1",
    "/en-gb/_/categories/table",
    "/en-gb/_/suggest?q=m",
    "/en-gb/search?q=mug",
    "/en-gb/pages/about",
    "/en-gb/journal",
    "/en-gb/_/same/product/mug",
    "/nowhere",
    "/EN-GB",
    "/en-gb/",
    "/robots.txt",
    "/sitemap.xml",
    "/static/site.css",
    "/static/none.css",
    "/static",
    "/-/live",
]


@pytest.mark.parametrize("target", EVERYWHERE)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS", "BREW"])
def test_every_answer_carries_the_policy(shop: Shop, method: str, target: str) -> None:
    answer = shop.request(method, target)
    policy = answer.header("content-security-policy")
    assert policy is not None
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("referrer-policy") == "strict-origin-when-cross-origin"
    assert answer.header("x-frame-options") == "DENY"
    assert answer.header("set-cookie") is None
    assert answer.status < 500
    assert len(answer.all("cache-control")) == 1
    if kind := answer.header("content-type"):
        assert kind.count("charset") < 2


def test_a_foreign_host_is_refused_with_the_policy(shop: Shop) -> None:
    for host in (b"evil.example", b"", b"127.0.0.1.evil.example", b"[::2]", b"\xff\xfe", b"localhost@evil.example"):
        answer = shop.request("GET", "/en-gb", [(b"host", host)])
        assert answer.status == 400
        assert answer.header("content-security-policy") is not None
        assert b"evil" not in answer.body
    for host in (b"127.0.0.1:8000", b"localhost", b"[::1]:8000", b"LOCALHOST:1"):
        assert shop.request("GET", "/en-gb", [(b"host", host)]).status == 200
    assert shop.request("GET", "/-/live", [(b"host", b"10.1.2.3:8000")]).status == 200, "a probe knows an address only"


def test_a_page_is_private_and_has_one_type(shop: Shop) -> None:
    answer = shop.get("/en-gb")
    assert answer.header("content-type") == "text/html; charset=utf-8"
    assert answer.header("cache-control") == "private, no-cache"
    assert answer.header("vary") == "accept-encoding"
    assert answer.header("content-length") == str(len(answer.body))


# ---------------------------------------------------------------- validators and compression


def test_a_page_one_has_is_not_sent_again(shop: Shop) -> None:
    first = shop.get("/en-gb/products/mug")
    tag = first.header("etag")
    assert tag is not None
    for sent in (tag, f'"x", {tag}'):
        again = shop.get("/en-gb/products/mug", if_none_match=sent)
        assert (again.status, again.body, again.header("etag")) == (304, b"", tag)
        assert again.header("content-type") is None
        assert again.header("content-security-policy") is not None
    assert shop.get("/en-gb/products/mug", if_none_match='"other"').status == 200
    assert shop.get("/en-gb/pages/about", if_none_match=tag).status == 200


def test_the_same_page_has_the_same_bytes_and_tag(shop: Shop) -> None:
    first, second = shop.get("/en-gb/products/mug"), shop.get("/en-gb/products/mug")
    assert first.body == second.body
    assert first.header("etag") == second.header("etag")


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("br", "br"),
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("identity", None),
        ("", None),
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=0", None),
        ("brotli", None),
        ("x-gzipped", None),
        ("GZIP", "gzip"),
        ("zstd", None),
    ],
)
@pytest.mark.parametrize("target", ["/en-gb", "/static/site.css"])
def test_bytes_are_compressed_as_the_browser_takes_them(
    shop: Shop, target: str, accepted: str, encoding: str | None
) -> None:
    plain = shop.get(target)
    answer = shop.get(target, accept_encoding=accepted)
    assert answer.header("content-encoding") == encoding
    assert "accept-encoding" in (answer.header("vary") or "")
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
    assert unpack(answer.body) == plain.body
    assert answer.header("content-length") == str(len(answer.body))


@pytest.mark.parametrize("target", [t for t in EVERYWHERE if t != "/static"])
def test_head_is_get_without_its_body(shop: Shop, target: str) -> None:
    get, head = shop.get(target), shop.request("HEAD", target)
    assert head.body == b""
    assert head.status == get.status
    for name in ("content-type", "content-length", "etag", "location", "cache-control"):
        if get.status < 400 or name != "content-length":
            assert head.header(name) == get.header(name), name


# ---------------------------------------------------------------- redirects


@pytest.mark.parametrize(
    ("target", "status", "location"),
    [
        ("/en-gb/", 301, "/en-gb"),
        ("/en-gb//products//mug", 301, "/en-gb/products/mug"),
        ("/en-gb/products/mug/?a=b", 301, "/en-gb/products/mug?a=b"),
        ("/EN-GB", 301, "/en-gb"),
        ("/En-Gb/products/mug?o.colour=blue", 301, "/en-gb/products/mug?o.colour=blue"),
        ("/%45N-gb/products/mug", 301, "/en-gb/products/mug"),
        ("//evil.example/en-gb", 301, "/evil.example/en-gb"),
        ("//en-gb", 301, "/en-gb"),
        ("/en-gb/categories/table?page=1", 302, "/en-gb/categories/table"),
        ("/en-gb/categories/table?page=99&utm=x", 302, "/en-gb/categories/table"),
        ("/en-gb/products/mug?o.size=9&o.colour=blue", 302, "/en-gb/products/mug?o.colour=blue"),
        ("/en-gb/_/same/product/mug", 303, "/en-gb/products/mug"),
        ("/en-gb/_/same/product/a%0d%0ab", 303, "/en-gb/products/a%0D%0Ab"),
    ],
)
def test_redirects(shop: Shop, target: str, status: int, location: str) -> None:
    answer = shop.get(target)
    assert (answer.status, answer.header("location")) == (status, location)
    assert answer.body == b""


@pytest.mark.parametrize(
    "target",
    [
        "/EN-GB/%0d%0aset-cookie:%20a=b",
        "/EN-GB/%E2%80%AE/x",
        "/EN-GB/%ff",
        b"/EN-GB/\xff\xfe",
        "/EN-GB//evil.example",
        "/EN-GB/x?q=%0d%0aset-cookie:a",
        b"/en-gb/x/?q=\xc3\xa4\r\nset-cookie: a",
        "//evil.example/",
        "///evil.example//",
        "/%2F%2Fevil.example/",
        "/\\evil.example/",
        "/%5Cevil.example//",
    ],
)
def test_a_redirect_stays_in_the_store_and_is_one_line(shop: Shop, target: str | bytes) -> None:
    answer = shop.get(target)
    location = answer.header("location")
    assert answer.status < 500
    if location is not None:
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\"))
        assert location.isascii()
        assert location.isprintable()
    assert answer.header("set-cookie") is None


def test_what_a_backend_knows_at_an_old_path(var: Path) -> None:
    known = {
        "/old-mug": Resolved(link=link("product", "mug")),
        "/old-page": Resolved(redirect="/pages/about", permanent=False),
        "/gone": Resolved(gone=True),
        "/foreign": Resolved(redirect="https://evil.example/"),
        "/rootless": Resolved(redirect="//evil.example/"),
        "/odd": Resolved(redirect="/a\r\nset-cookie: x=y"),
    }
    with with_ports(var, catalog=catalog(resolve=lambda path: known.get(path))) as shop:
        assert (shop.get("/old-mug").status, shop.get("/old-mug").header("location")) == (301, "/en-gb/products/mug")
        moved = shop.get("/de-de/old-page")
        assert (moved.status, moved.header("location")) == (302, "/de-de/pages/about")
        assert shop.get("/en-gb/gone").status == 410
        for path in ("/en-gb/foreign", "/en-gb/rootless", "/en-gb/unknown"):
            assert shop.get(path).status == 404
        assert shop.get("/en-gb/odd").header("location") == "/en-gb/a%0D%0Aset-cookie:%20x=y"


# ---------------------------------------------------------------- failures

FAILURES: list[tuple[BackendError, int, str | None]] = [
    (NotFound("x"), 404, None),
    (NotFound("x", gone=True), 410, None),
    (InvalidInput({}), 422, None),
    (Conflict("x"), 409, None),
    (NotSignedIn("x"), 401, None),
    (NotAllowed("x"), 403, None),
    (ChallengeRequired("captcha"), 403, None),
    (Throttled("x", retry_after=3.4), 503, "3"),
    (Throttled("x"), 503, "10"),
    (Unavailable("x"), 503, "10"),
    (DeadlineExceeded("x"), 504, "10"),
    (Malformed("x"), 502, None),
    (BackendError("x"), 500, None),
]


@pytest.mark.parametrize(("error", "status", "retry"), FAILURES, ids=lambda value: repr(value)[:30])
def test_every_failure_is_a_page_with_its_status(
    var: Path, error: BackendError, status: int, retry: str | None
) -> None:
    assert status_of(error) == status
    error.detail = "SECRET-DETAIL"
    with with_ports(var, catalog=catalog(product=error)) as shop:
        answer = shop.get("/en-gb/products/mug")
        assert (answer.status, answer.header("retry-after")) == (status, retry)
        assert answer.header("cache-control") == "no-store"
        assert answer.header("etag") is None
        assert "SECRET-DETAIL" not in answer.text
        assert answer.text.count("<h1") == 1
        assert 'action="/en-gb/search"' in answer.text
        assert 'name="robots" content="noindex"' in answer.text


def test_every_kind_of_failure_is_in_the_table() -> None:
    tabled = {kind for kind, _ in STATUS}
    assert {type(error) for error, _, _ in FAILURES} - {BackendError} == tabled == set(BackendError.__subclasses__())
    assert retry_after(Conflict()) is None


def test_a_mistake_of_ours_is_a_plain_500_that_tells_nothing(var: Path, caplog: pytest.LogCaptureFixture) -> None:
    with with_ports(
        var, catalog=catalog(product=lambda slug, selection: product(title=None, selected=None, price=None))
    ) as shop:
        answer = shop.get("/en-gb/products/mug")
    assert answer.status == 500
    assert answer.text.count("<h1") == 1
    assert "Traceback" not in answer.text
    assert "NoneType" not in answer.text
    assert answer.header("cache-control") == "no-store"
    assert "unhandled failure" in caplog.text


def test_a_dead_backend_keeps_the_last_good_frame(var: Path) -> None:
    tree = Navigation(categories=())
    broken = {"now": False}

    def navigation() -> Navigation:
        if broken["now"]:
            raise Unavailable("x")
        return tree

    def menu(id: str) -> Any:
        if broken["now"]:
            raise Unavailable("x")
        from bff.ports import Menu, MenuItem

        return Menu(id=id, items=(MenuItem(title="A branch to keep", kind="category", id="t", slug="table"),))

    def mug(slug: str, selection: Any) -> Any:
        if broken["now"]:
            raise Unavailable("x")
        return product()

    ports = {"catalog": catalog(navigation=navigation, product=mug), "content": content(menu=menu)}
    with with_ports(var, **ports) as shop:
        assert "A branch to keep" in shop.get("/en-gb/products/mug").text
        shop.store.shells.clear()
        broken["now"] = True
        answer = shop.get("/en-gb/products/mug")
        assert answer.status == 503
        assert answer.header("retry-after") == "10"
        assert "A branch to keep" in answer.text
        assert 'action="/en-gb/search"' in answer.text


def test_a_closed_store(var: Path) -> None:
    closed = settings(var, {"PORTICO_STORE__MAINTENANCE": "true"})
    with opened(closed, offer(catalog=catalog(navigation=Unavailable("x")))) as shop:
        for target in ("/en-gb", "/en-gb/products/mug", "/nowhere", "/"):
            answer = shop.get(target)
            assert (answer.status, answer.header("retry-after")) == (503, "600"), target
            assert answer.text.count("<h1") == 1
        assert shop.get("/static/site.css").status == 200
        assert shop.get("/-/live").status == 200


# ---------------------------------------------------------------- who may post


def test_a_foreign_post_changes_nothing(var: Path) -> None:
    carts = Port(add=CartResult(cart=BAG), get=BAG, change=CartResult(cart=BAG))
    body = b"variant=v&quantity=1"
    with with_ports(var, carts=carts) as shop:
        for headers in (
            [FORM],
            [FORM, (b"sec-fetch-site", b"cross-site")],
            [FORM, (b"origin", b"https://evil.example")],
        ):
            assert shop.post("/en-gb/cart/lines", body, headers).status == 403
        assert carts.calls == []
        own = [FORM, (b"origin", b"http://127.0.0.1:8000")]
        assert shop.post("/en-gb/cart/lines", body, own).status == 303
        assert shop.post("/en-gb/cart/lines", body + b"&mutation=0123456789abcdef").status == 303
        assert [name for name, _ in carts.calls] == ["add", "add"]


@pytest.mark.parametrize(
    "body",
    [b"", b"variant=", b"=", b"&&&", b"\xff\xfe", b"variant=%00", b"x" * 70_000, b"variant=v&" + b"a=b&" * 500, b"{}"],
)
def test_a_crooked_form_is_the_shoppers_mistake(var: Path, body: bytes) -> None:
    with with_ports(var, carts=Port(add=CartResult(cart=NoCart(reason="empty")))) as shop:
        assert shop.post("/en-gb/cart/lines", body).status in (303, 422)
        assert shop.post("/en-gb/cart/lines", body, [SAME_SITE, (b"content-type", b"application/json")]).status == 422
        assert shop.post("/en-gb/cart/lines", body, [SAME_SITE]).status == 422


@pytest.mark.parametrize("quantity", [b"0", b"-1", b"abc", b"10000", b"", b"1e99"])
def test_a_quantity_that_is_none_adds_nothing(var: Path, quantity: bytes) -> None:
    carts = Port(add=CartResult(cart=BAG), get=BAG)
    with with_ports(var, carts=carts) as shop:
        assert shop.post("/en-gb/cart/lines", b"variant=v&quantity=" + quantity).status == 422
    assert carts.calls == []


def test_a_body_beyond_all_measure_is_refused(var: Path) -> None:
    with with_ports(var, carts=Port(add=CartResult(cart=BAG))) as shop:
        assert shop.post("/en-gb/cart/lines", b"variant=v&a=" + b"x" * 1_100_000).status in (404, 413)


# ---------------------------------------------------------------- holes


def sealed(shop: Shop, session: Session) -> str:
    return shop.store.sealer.seal(session).partition(";")[0]


def test_a_shoppers_own_is_on_the_shoppers_page_only(var: Path) -> None:
    def bag(cart: CartRef) -> Cart | NoCart:
        return BAG if cart.id == "cart-1" else NoCart(reason="expired")

    with with_ports(var, carts=Port(get=bag)) as shop:
        stranger, other = shop.get("/en-gb"), shop.get("/en-gb", user_agent="other", accept_language="ar", x="1")
        assert stranger.body == other.body
        garbage = shop.get("/en-gb", cookie="portico-session=garbage; other=1; ;;=;")
        assert garbage.body == stranger.body
        expired = shop.get("/en-gb", cookie=sealed(shop, Session(carts={"default": ("cart-9", None)})))
        assert expired.body == stranger.body
        elsewhere = shop.get("/en-gb", cookie=sealed(shop, Session(carts={"another": ("cart-1", None)})))
        assert elsewhere.body == stranger.body
        own = shop.get("/en-gb", cookie=sealed(shop, Session(carts={"default": ("cart-1", None)})))
        assert own.body != stranger.body
        assert own.text.count('class="tally"') == 1
        assert 'class="tally"' not in stranger.text
        assert "cart-1" not in own.text
        assert own.header("cache-control") == "no-store"
        assert own.header("etag") is None
        assert shop.get("/en-gb").body == stranger.body


def test_a_stranger_never_makes_the_backend_look_for_a_bag(var: Path) -> None:
    carts = Port(get=BAG)
    with with_ports(var, carts=carts) as shop:
        shop.get("/en-gb")
        shop.get("/en-gb", cookie="portico-session=x")
        assert carts.calls == []


def test_a_broken_bag_breaks_no_page(var: Path) -> None:
    with with_ports(var, carts=Port(get=Unavailable("x"))) as shop:
        cookie = sealed(shop, Session(carts={"default": ("cart-1", None)}))
        assert shop.get("/en-gb", cookie=cookie).status == 200


def test_a_backends_text_cannot_name_a_hole(var: Path) -> None:
    with with_ports(
        var,
        catalog=catalog(product=lambda slug, selection: product(title="x \ue000hole:bag\ue001 y")),
        carts=Port(get=BAG),
    ) as shop:
        cookie = sealed(shop, Session(carts={"default": ("cart-1", None)}))
        assert shop.get("/en-gb/products/mug", cookie=cookie).text.count('class="tally"') == 1


def test_the_bag_is_kept_in_the_cookie_once_it_is_made(var: Path) -> None:
    with with_ports(var, carts=Port(add=CartResult(cart=BAG), get=BAG)) as shop:
        answer = shop.post("/en-gb/cart/lines", b"variant=v")
        cookie = answer.header("set-cookie")
        assert answer.status == 303
        assert (answer.header("location") or "").startswith("/en-gb/cart")
        assert cookie is not None
        assert "HttpOnly" in cookie
        assert answer.header("cache-control") == "no-store"
        again = shop.post(
            "/en-gb/cart/lines", b"variant=v", [SAME_SITE, FORM, (b"cookie", cookie.partition(";")[0].encode())]
        )
        assert again.header("set-cookie") is None, "a cookie is set only when it changed"


# ---------------------------------------------------------------- what an adapter may change: its blob


def test_a_visitors_context_holds_its_blob_and_no_address(shop: Shop) -> None:
    visitor = VisitorContext(public=context(), shopper=Shopper(blob=SessionBlob("secret")))
    assert "secret" not in repr(visitor)
    assert Money is not None
    assert PLACES


# ---------------------------------------------------------------- search and the market switch


def test_the_market_switch_keeps_the_thing(var: Path) -> None:
    def locate(refs: Any) -> Any:
        ref = refs[0]
        found = {"here": link("product", "becher"), "near": None}
        return (Located(ref=ref, link=found.get(ref.id), nearest=link() if ref.id == "near" else None),)

    with with_ports(var, catalog=catalog(locate=locate)) as shop:
        for id, location in (
            ("here", "/de-de/products/becher"),
            ("near", "/de-de/categories/table?elsewhere=1"),
            ("nothing", "/de-de?elsewhere=1"),
        ):
            answer = shop.get(f"/de-de/_/same/product/{id}")
            assert (answer.status, answer.header("location")) == (303, location)
        assert shop.get("/de-de/_/same/nonsense/x").status == 404
        assert shop.get("/de-de?elsewhere=1").status == 200


def test_the_words_searched_for_are_escaped_everywhere(var: Path) -> None:
    words = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    from urllib.parse import quote

    from tests.web.goods import listing

    with with_ports(var, search=search(listing=lambda query: listing(0, did_you_mean=words, corrected=words))) as shop:
        for target in ("/en-gb/search?q=", "/en-gb/_/search?q=", "/en-gb/_/suggest?q=", "/en-gb/"):
            text = shop.get(target + quote(words)).text
            assert "<script>alert" not in text
            assert "<img src=x" not in text


def test_a_fragment_tells_the_browser_the_pages_address(shop: Shop) -> None:
    answer = shop.get("/en-gb/_/categories/table?f.x=%22%0d%0a&page=3", hx_request="true")
    assert answer.status == 200
    pushed = answer.header("hx-push-url")
    assert pushed is not None
    assert pushed.startswith("/en-gb/categories/table")
    assert pushed.isascii()
    assert "<html" not in answer.text
    assert answer.text.strip().startswith('<div id="listing"')


def test_a_regions_fragment_asks_for_itself_only(var: Path) -> None:
    """Else one slow service would hold up the fragments of all."""
    ports = {
        "reviews": Port(traits=Attribute(ReviewTraits(write=False)), list=ReviewPage(summary=None, items=())),
        "recommendations": Port(related=()),
        "delivery": Port(estimate=()),
    }
    with with_ports(var, **ports) as shop:
        for name, port in zip(("reviews", "related", "delivery"), ports.values(), strict=True):
            for other in ports.values():
                other.calls.clear()
            assert shop.get(f"/en-gb/_/{name}/mug").status == 200
            assert [len(other.calls) for other in ports.values()] == [int(other is port) for other in ports.values()]


@pytest.mark.parametrize(
    "address", ["//evil.example/x", "///evil.example", "/a\r\nb: c", "/\ud800", "/ä b", "/\\evil.example"]
)
def test_no_redirect_leaves_the_store(address: str) -> None:
    visit: Any = SimpleNamespace(
        cookie=None, store=SimpleNamespace(headers=()), request=SimpleNamespace(headers={}, method="GET")
    )
    location = dict(redirect(visit, address).encode_headers())[b"location"].decode("latin-1")
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert location.isascii()
    assert location.isprintable()
    assert " " not in location
