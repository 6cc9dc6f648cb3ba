"""A backend in trouble: what is optional comes late and by itself, what is needed fails with a way on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pages.reading import Page, mistakes
from tests.web.stage import FORM, SAME_SITE, Answer, Shop, opened, settings

FAULTS = "PORTICO_BACKENDS__DEFAULT__SETTINGS__FAULTS__"


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One database for all: faults stand before the ports, not in it."""
    return tmp_path_factory.mktemp("faults")


@contextlib.contextmanager
def troubled(var: Path, **faults: str) -> Iterator[Shop]:
    environ = {FAULTS + name.upper(): value for name, value in faults.items()}
    with opened(settings(var, {**environ, "PORTICO_SERVER__PAGE_DEADLINE": "1.0"})) as shop:
        yield shop


def product(shop: Shop) -> str:
    import re

    found = re.search(r"http://127\.0\.0\.1:8000(/en-gb/products/[^<]+)", shop.get("/sitemaps/en-gb/products.xml").text)
    assert found
    return found.group(1)


def late(answer: Answer) -> dict[str, Page]:
    """The placeholders of a page: their address, and what is in them."""
    page = Page(answer.text)
    return {
        element.attributes["data-hx-get"]: page
        for element in page.elements
        if element.attributes.get("data-hx-trigger") == "load"
    }


@pytest.mark.parametrize("name", ["SLOW", "FAILING"])
def test_what_is_optional_loads_itself_later_and_is_a_link(var: Path, name: str) -> None:
    value = "0.6" if name == "SLOW" else "1"
    faults = {f"{name}__{call}": value for call in ("reviews.list", "recommendations.related", "delivery.estimate")}
    with troubled(var, **faults) as shop:
        address = product(shop)
        answer = shop.get(address)
        assert answer.status == 200
        assert mistakes(Page(answer.text), "en-GB", "ltr") == []
        slug = address.rpartition("/")[2]
        waiting = late(answer)
        assert {a.partition("?")[0] for a in waiting} == {
            f"/en-gb/_/{part}/{slug}" for part in ("reviews", "related", "delivery")
        }
        links = {element.attributes.get("href") for element in Page(answer.text).all("a")}
        for part in waiting:
            assert part in links, "without JavaScript it is a link"
            fragment = shop.get(part)
            assert fragment.status == 200
            assert "<html" not in fragment.text
            assert 'data-hx-trigger="load"' not in fragment.text, "it came, only later, or it is given up"
            if name == "SLOW":
                assert fragment.text.strip()


def test_an_article_without_what_it_names(var: Path) -> None:
    with troubled(var, **{"FAILING__catalog.products": "1"}) as shop:
        answer = shop.get("/en-gb/journal/thirty-one-hours-in-the-kiln-shed")
        assert answer.status == 200
        assert mistakes(Page(answer.text), "en-GB", "ltr") == []
        (address,) = late(answer)
        assert address == "/en-gb/_/named/thirty-one-hours-in-the-kiln-shed"
        assert 'data-hx-trigger="load"' not in shop.get(address).text


def test_a_front_page_without_its_shelves(var: Path) -> None:
    with troubled(var, **{"FAILING__search.listing": "1", "FAILING__content.articles": "1"}) as shop:
        answer = shop.get("/en-gb")
        assert answer.status == 200
        assert mistakes(Page(answer.text), "en-GB", "ltr") == []
        assert late(answer)


def test_a_catalogue_that_fails_is_a_503_with_a_way_on(var: Path) -> None:
    with troubled(var, **{"FAILING__catalog.product": "1"}) as shop:
        address = product(shop)
        answer = shop.get(address)
        assert (answer.status, answer.header("retry-after")) == (503, "10")
        page = Page(answer.text)
        assert mistakes(page, "en-GB", "ltr") == []
        assert any(e.attributes.get("action") == "/en-gb/search" for e in page.all("form"))
        assert any(e.attributes.get("href", "").startswith("/en-gb/categories/") for e in page.all("a")), (
            "the menu stays"
        )
        assert shop.get("/en-gb").status == 200


def test_a_catalogue_that_hangs_is_a_504_within_the_pages_deadline(var: Path) -> None:
    import time

    with troubled(var, **{"SLOW__catalog.product": "60"}) as shop:
        address = product(shop)
        began = time.monotonic()
        answer = shop.get(address)
        assert answer.status == 504
        assert answer.header("retry-after") == "10"
        assert time.monotonic() - began < 10


def test_everything_fails_and_a_page_still_stands(var: Path) -> None:
    with troubled(var, **{"FAILING__*": "1"}) as shop:
        for target, status in (
            ("/en-gb", 200),
            ("/en-gb/products/x", 503),
            ("/en-gb/categories/x", 503),
            ("/en-gb/search?q=mug", 503),
            ("/en-gb/pages/x", 503),
            ("/en-gb/stores", 503),
            ("/nowhere", 503),
            ("/sitemap.xml", 503),
        ):
            answer = shop.get(target)
            assert answer.status == status, target
            if "xml" not in target:
                assert mistakes(Page(answer.text), "en-GB", "ltr") == [], target


def test_a_throttled_backend_says_when(var: Path) -> None:
    faults = {"THROTTLED__catalog.product__every": "1", "THROTTLED__catalog.product__retry_after": "7"}
    with troubled(var, **faults) as shop:
        answer = shop.get(product(shop))
        assert (answer.status, answer.header("retry-after")) == (503, "7")


def test_a_part_that_fails_leaves_the_page_as_it_is_and_a_post_is_told(var: Path) -> None:
    """htmx swaps answers of every status: a whole page would end up inside the page."""
    with troubled(var, **{"FAILING__search.listing": "1", "FAILING__carts.add": "1"}) as shop:
        part = shop.get("/en-gb/_/search?q=mug", hx_request="true", hx_request_type="partial")
        assert (part.status, part.text, part.header("hx-reswap")) == (503, "", "none")
        whole = shop.get("/en-gb/search?q=mug", hx_request="true", hx_request_type="full")
        assert (whole.status, whole.header("hx-reswap")) == (503, None)
        assert "<html" in whole.text
        told = shop.request("POST", "/en-gb/cart/lines", [SAME_SITE, FORM, (b"hx-request", b"true")], b"variant=v")
        assert (told.status, told.header("hx-retarget")) == (503, "#main")
        assert "<html" not in told.text
        assert "<h1>" in told.text
