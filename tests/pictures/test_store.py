"""A store over a backend with raw photos: what its pages ask of browsers, and what `/media/` answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import anyio.from_thread
import msgspec
import pytest
from PIL import Image as Picture

from bff.pictures import opening
from bff.pictures.addresses import Wanted
from bff.ports import Html, Image, Malformed, Media, Seo, Unavailable
from tests.gateway.upstream import Behaviour, Upstream, answer, upstream
from tests.pictures.photos import grain
from tests.web import goods
from tests.web.stage import Shop, opened, settings

PHOTO = grain((1200, 1500))


def photo(body: bytes = PHOTO, **headers: str) -> Behaviour:
    return answer(body, content_type="image/jpeg", **headers)


@pytest.fixture(scope="module")
def origin() -> Iterator[Upstream]:
    context = upstream(**{"mug.jpg": photo(), "broken.jpg": photo(PHOTO[:5_000]), "page.jpg": answer(b"{}")})
    with anyio.from_thread.start_blocking_portal() as portal, portal.wrap_async_context_manager(context) as found:
        yield found


@pytest.fixture(scope="module")
def shop(origin: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    own = {"PORTICO_PICTURES__ORIGINS": origin.base, "PORTICO_PICTURES__PRIVATE": "127.0.0.0/8,::1"}
    raw = (Media(image=Image(url=f"{origin.base}/mug.jpg", alt="A mug")),)
    product = goods.product(
        media=raw,
        seo=Seo(image=f"{origin.base}/mug.jpg"),
        description=Html(f'<p>See <img src="{origin.base}/mug.jpg" alt=""></p>'),
    )
    offer = goods.offer(
        catalog=goods.catalog(product=lambda slug, selection=None: product),
        search=goods.search(listing=lambda query: goods.listing(1, hits=_hits(raw))),
    )
    with opened(settings(tmp_path_factory.mktemp("var"), own), offer) as shop:
        yield shop


def _hits(raw: tuple[Media, ...]) -> tuple[object, ...]:
    return tuple(msgspec.structs.replace(hit, card=goods.card("mug", media=raw)) for hit in goods.listing(1).hits)


def addresses(text: str) -> list[str]:
    return re.findall(r"/media/[\w./-]+", text)


@pytest.mark.parametrize("path", ["/en-gb/products/mug", "/en-gb/categories/table"])
def test_pages_name_the_stores_own_addresses_only(shop: Shop, origin: Upstream, path: str) -> None:
    page = shop.get(path)
    assert page.status == 200
    assert origin.base not in page.text
    assert str(origin.port) not in page.text
    assert {address.rpartition(".")[2] for address in addresses(page.text)} == {"avif", "webp", "jpg"}
    assert "img-src 'self' data:;" in (page.header("content-security-policy") or "")
    if "products" in path:
        assert re.search(r'property="og:image" content="http://127.0.0.1:8000/media/[\w-]+/1280/', page.text)
        assert re.search(r'<p>See <img src="/media/[\w-]+/1280/', page.text)


@pytest.mark.parametrize(("kind", "type"), [("avif", "image/avif"), ("webp", "image/webp"), ("jpg", "image/jpeg")])
def test_every_address_of_a_page_is_a_picture_that_is_fetched_once(
    shop: Shop, origin: Upstream, kind: str, type: str
) -> None:
    address = next(one for one in addresses(shop.get("/en-gb/products/mug").text) if one.endswith(kind))
    found = shop.get(address)
    assert (found.status, found.header("content-type")) == (200, type)
    assert found.header("cache-control") == "public, max-age=86400, stale-while-revalidate=2592000, immutable"
    assert found.header("x-content-type-options") == "nosniff"
    assert found.header("set-cookie") is None
    assert len(found.body) < len(PHOTO)
    with Picture.open(BytesIO(found.body)) as picture:
        assert picture.size[0] == min(1200, int(address.split("/")[3]))
    again = shop.get(address, if_none_match=found.header("etag") or "")
    assert (again.status, again.body) == (304, b"")
    head = shop.request("HEAD", address)
    assert (head.status, head.body, head.header("content-length")) == (200, b"", str(len(found.body)))
    assert [request.path for request in origin.requests].count("/mug.jpg") == 1


def test_what_was_not_signed_is_not_made(shop: Shop, origin: Upstream) -> None:
    before = len(origin.requests)
    address = addresses(shop.get("/en-gb/products/mug").text)[0]
    _, _, signature, width, rest = address.split("/")
    for path in (
        f"/media/{signature}/{int(width) + 1}/{rest}",
        f"/media/{signature[::-1]}/{width}/{rest}",
        f"/media/{signature}/{width}/{rest}.svg",
        f"{address}?w=1",
        "/media/a",
        "/media/%00",
        f"/media/{signature}/{width}/../{rest}",
        "/media/" + "a/" * 5_000,
    ):
        found = shop.get(path)
        assert found.status == 404, path
        assert "immutable" not in (found.header("cache-control") or "")
    assert shop.post(address).status == 405
    assert len(origin.requests) == before


@pytest.mark.parametrize(("name", "status"), [("broken.jpg", 502), ("page.jpg", 502)])
def test_where_there_is_no_picture_one_says_so(shop: Shop, origin: Upstream, name: str, status: int) -> None:
    proxy = shop.app.state.pictures
    found = shop.get(proxy.addresses.image(Image(url=f"{origin.base}/{name}")).url)
    assert (found.status, found.header("content-type")) == (status, "image/svg+xml")
    assert found.body.startswith(b"<svg")
    assert b"<script" not in found.body
    assert found.header("cache-control") == "no-store"


@pytest.mark.anyio
async def test_private_addresses_are_refused_unless_named(tmp_path: Path) -> None:
    for own, failure in (({}, Malformed), ({"PORTICO_PICTURES__PRIVATE": "127.0.0.1"}, Unavailable)):
        found = settings(tmp_path, {"PORTICO_PICTURES__ORIGINS": "http://127.0.0.1:1", **own})
        addresses = opening.addresses(found, opening.origins(found, ()), [b"k" * 32])
        async with opening.opened(found, addresses) as proxy:
            assert proxy is not None
            with pytest.raises(failure):
                await proxy.pictures.picture(Wanted("http://127.0.0.1:1/a", 640, "jpg"))


def test_without_pillow_pages_name_the_origin_and_let_it_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bff.pictures.settings.find_spec", lambda name: None)
    raw = (Media(image=Image(url="https://cdn.example/mug.jpg")),)
    catalog = goods.catalog(product=lambda slug, selection=None: goods.product(media=raw))
    with opened(
        settings(tmp_path, {"PORTICO_PICTURES__ORIGINS": "https://cdn.example"}), goods.offer(catalog=catalog)
    ) as shop:
        page = shop.get("/en-gb/products/mug")
        assert 'src="https://cdn.example/mug.jpg"' in page.text
        assert "img-src 'self' data: https://cdn.example;" in (page.header("content-security-policy") or "")
        assert shop.get("/media/a").status == 404
