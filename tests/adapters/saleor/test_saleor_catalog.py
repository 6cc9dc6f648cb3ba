"""What Saleor's catalogue does that nobody would expect, one test each."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import graphql
import httpx
import pytest

from adapters.saleor import checkout_documents, customer_documents, documents, manifest, session
from adapters.saleor.pictures import Pictures
from adapters.saleor.places import Places, is_id
from adapters.saleor.settings import Settings
from adapters.saleor.texts import markup
from adapters.saleor.wire import WireMedia, WireMoney
from bff.ports import (
    BackendError,
    DeadlineExceeded,
    ListingQuery,
    Malformed,
    Market,
    Misconfigured,
    Scope,
    Throttled,
    Unavailable,
    VariantKey,
)
from tests.adapters.saleor.stage import DE, GB, SCHEMA, URL, Saleor, gid, public

pytestmark = pytest.mark.anyio
KITCHEN = Scope(kind="category", id=gid("Category", 1), slug="kitchen")


def texts() -> dict[str, str]:
    found = {"seen": checkout_documents.read(checkout_documents.SEEN)}
    found["whole"] = checkout_documents.read(checkout_documents.WHOLE)
    for module in (documents, checkout_documents, customer_documents, session):
        for name, value in vars(module).items():
            for each in value.values() if name == "SITEMAP" else (value,):
                if isinstance(each, str) and each.strip().startswith(("query", "mutation")):
                    found[f"{module.__name__}.{name}.{each[:30]}"] = each
    return found


@pytest.mark.parametrize("name", list(texts()))
def test_every_document_fits_the_schema(name: str) -> None:
    assert graphql.validate(SCHEMA, graphql.parse(texts()[name])) == []


def cost(node: graphql.Node, fragments: dict[str, graphql.Node], times: int = 1) -> int:
    """As Saleor counts it, or more: a list costs its length for each of what it stands in."""
    total = 0
    if isinstance(node, graphql.FieldNode):
        lists = [one for one in node.arguments or () if one.name.value in ("first", "last")]
        values = [one.value.value if isinstance(one.value, graphql.IntValueNode) else "100" for one in lists]
        times *= int(values[0]) if values else 1
        total = times if lists else 0
    if isinstance(node, graphql.FragmentSpreadNode):
        return cost(fragments[node.name.value], fragments, times)
    within = getattr(node, "selection_set", None)
    return total + sum(cost(each, fragments, times) for each in (within.selections if within else ()))


@pytest.mark.parametrize("name", list(texts()))
def test_no_document_costs_more_than_saleor_allows(name: str) -> None:
    parts = graphql.parse(texts()[name]).definitions
    fragments: dict[str, graphql.Node] = {
        one.name.value: one for one in parts if isinstance(one, graphql.FragmentDefinitionNode)
    }
    (operation,) = (one for one in parts if isinstance(one, graphql.OperationDefinitionNode))
    assert cost(operation, fragments) < 25_000


async def test_the_tree_of_categories_is_made_of_flat_pages() -> None:
    def node(key: int, parent: int | None) -> dict[str, Any]:
        above = {"id": gid("Category", parent)} if parent else None
        return {"node": {"id": gid("Category", key), "slug": f"c{key}", "name": f"C{key}", "parent": above}}

    def page(*edges: dict[str, Any], after: str | None = None) -> httpx.Response:
        info = {"hasNextPage": after is not None, "endCursor": after}
        return httpx.Response(200, json={"data": {"categories": {"pageInfo": info, "edges": edges}}})

    staged = Saleor()
    async with staged.opened() as offer:
        assert offer.catalog is not None
        staged.wrong += [page(node(3, 2), node(1, None), after="x"), page(node(2, 1), node(4, None))]
        found = (await offer.catalog.navigation(public())).categories
    assert [one.link.slug for one in found] == ["c1", "c4"]
    assert found[0].children[0].children[0].link.slug == "c3"
    assert [call["variables"]["after"] for call in staged.asked] == [None, "x"]


@pytest.mark.parametrize(("prior", "wanted"), [(None, "24.00"), (22.0, "22.00"), (10.0, "24.00")])
async def test_a_prior_price_goes_before_one_without_promotions(prior: float | None, wanted: str) -> None:
    staged = Saleor()
    staged.prior = prior
    async with staged.opened() as offer:
        assert offer.catalog is not None
        found = await offer.catalog.product(public(), slug="harbour-mug", selection={"colour": "chalk"})
    assert found.price.compare_at is not None
    assert str(found.price.compare_at.amount) == wanted
    assert found.variants is not None
    assert {str(one.price.compare_at and one.price.compare_at.amount) for one in found.variants} == {wanted}


def test_the_documents_are_all_there_and_priced_by_channel() -> None:
    assert len(texts()) >= 45
    for text in texts().values():
        for root in ("products(", "product(", "productVariants(", "collections(", "collection("):
            for part in text.split(f" {root}")[1:]:
                if "mutation" not in text.split("{")[0] and text.strip().startswith("query"):
                    own = "collection(slug" in text and root == "products("  # inside a collection, which has it
                    assert "channel" in part.split(")")[0] or own


async def test_a_market_without_channel_is_refused_at_start() -> None:
    bare = Market(id="x", country="GB", currency="GBP", locales=("en-GB",), paths={})
    async with httpx.AsyncClient(transport=httpx.MockTransport(Saleor())) as http:
        with pytest.raises(Misconfigured, match="channel"):
            async with manifest.open(Settings(url=URL), http, (bare,)):
                pass


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"currency": "USD"}, "channel"),
        ({"backend": {"channel": "nowhere"}}, "channel"),
    ],
)
async def test_a_wrong_channel_is_refused_at_start(changed: dict[str, object], key: str) -> None:
    fields = {name: getattr(GB, name) for name in GB.__struct_fields__}
    market = Market(**{**fields, **changed})
    async with httpx.AsyncClient(transport=httpx.MockTransport(Saleor())) as http:
        with pytest.raises(Misconfigured, match=key):
            async with manifest.open(Settings(url=URL), http, (market,)):
                pass


@pytest.mark.parametrize(
    "url", ["saleor.example", "ftp://a/graphql/", "http://u:p@a/graphql/", "http://a/?x=1", "http://a:x/"]
)
async def test_a_wrong_address_is_refused_at_start(url: str) -> None:
    async with httpx.AsyncClient() as http:
        with pytest.raises(Misconfigured, match="url"):
            async with manifest.open(Settings(url=url), http, (GB,)):
                pass


async def test_conditions_stand_in_one_flat_object() -> None:
    staged = Saleor()
    filters = {"price": ("1..500",), "availability": ("in_stock",), "material": ("cotton",)}
    async with staged.opened() as offer:
        assert offer.search is not None
        listing = await offer.search.listing(public(), query=ListingQuery(scope=KITCHEN, filters=filters))
    where = staged.asked[0]["variables"]["where"]
    assert set(where) == {"category", "minimalPrice", "stockAvailability", "attributes"}
    assert listing.total == 2
    assert listing.ignored == ()


async def test_pages_cost_few_calls() -> None:
    staged = Saleor()
    async with staged.opened() as offer:
        assert offer.catalog is not None
        assert offer.search is not None
        await offer.catalog.category(public(), kind="category", slug="kitchen")
        listing = await offer.search.listing(
            public(), query=ListingQuery(scope=KITCHEN, filters={"material": ("clay",)})
        )
        assert all(hit.card for hit in listing.hits)
        assert len(staged.asked) == 2
        staged.asked.clear()
        await offer.catalog.product(public(), slug="harbour-mug", selection={"colour": "indigo"})
        assert len(staged.asked) == 1


async def test_unknown_values_and_attributes_are_left_out() -> None:
    async with Saleor().opened() as offer:
        assert offer.search is not None
        filters = {"material": ("cotton", "gold"), "nowhere": ("x",)}
        listing = await offer.search.listing(public(), query=ListingQuery(filters=filters))
    assert set(listing.ignored) == {"material=gold", "nowhere"}
    assert listing.total == 2


async def test_a_cursor_of_another_order_begins_anew() -> None:
    async with Saleor().opened() as offer:
        assert offer.search is not None
        first = await offer.search.listing(public(), query=ListingQuery(size=2, sort="name-asc"))
        other = await offer.search.listing(public(), query=ListingQuery(size=2, sort="price-asc", cursor=first.next))
        plain = await offer.search.listing(public(), query=ListingQuery(size=2, sort="price-asc"))
    assert [hit.key for hit in other.hits] == [hit.key for hit in plain.hits]


async def test_variants_without_names_or_skus_are_chosen_by_number() -> None:
    async with Saleor().opened() as offer:
        assert offer.catalog is not None
        found = await offer.catalog.product(public(), slug="oat-drink")
        (option,) = found.options
        assert [value.name for value in option.values] == ["1", "2"]
        chosen = await offer.catalog.product(public(), slug="oat-drink", selection={option.id: option.values[1].id})
        german = await offer.catalog.product(public(DE), slug="oat-drink")
    assert chosen.selected is not None
    assert (chosen.selected.sku, chosen.selected.price.amount.amount) == (None, Decimal("5.00"))
    assert german.options[0].name == "Variante"


async def test_a_cap_is_no_stock() -> None:
    async with Saleor().opened() as offer:
        assert offer.catalog is not None
        keys = [VariantKey(id=gid("ProductVariant", key)) for key in (31, 12, 13)]
        capped, few, none = await offer.catalog.availability(public(), keys=keys)
    assert capped is not None
    assert few is not None
    assert none is not None
    assert (capped.state, capped.quantity, capped.orderable) == ("in_stock", None, Decimal(50))
    assert (few.state, few.quantity, few.orderable) == ("low_stock", None, Decimal(2))
    assert none.state == "sold_out"


async def test_texts_come_translated_and_say_their_language() -> None:
    async with Saleor().opened() as offer:
        assert offer.catalog is not None
        mug = await offer.catalog.product(public(DE), slug="harbour-mug")
        tee = await offer.catalog.product(public(DE), slug="plain-tee")
    assert (mug.title, mug.locale, mug.price.amount.currency) == ("Hafenbecher", "de-DE", "EUR")
    assert (tee.title, tee.locale) == ("Plain tee", "en")


def test_amounts_keep_their_decimal_text() -> None:
    place = Places(Settings(url=URL), (GB,)).of(public())
    assert str(place.plain(WireMoney(Decimal("20.0"), "GBP")).amount) == "20.00"
    assert str(place.plain(WireMoney(Decimal("0.30000000000000004"), "GBP")).amount) == "0.30"
    with pytest.raises(Malformed):
        place.plain(WireMoney(Decimal(1), "USD"))


def test_the_editors_blocks_become_markup() -> None:
    blocks = (
        '{"blocks": [{"type": "header", "data": {"text": "A", "level": 1}},'
        '{"type": "paragraph", "data": {"text": "<b>x</b>"}},'
        '{"type": "list", "data": {"style": "ordered", "items": ["one", {"content": "two", "items": ["in"]}]}},'
        '{"type": "image", "data": {"file": {"url": "/a\\"b.png"}, "caption": "C"}}, {"type": "delimiter", "data": {}}]}'
    )
    found = markup(blocks)
    assert found is not None
    assert found.source == (
        "<h2>A</h2><p><b>x</b></p><ol><li>one</li><li>two<ol><li>in</li></ol></li></ol>"
        '<img src="/a&quot;b.png" alt="C"><hr>'
    )
    plain = markup("1 < 2")
    assert plain is not None
    assert plain.source == "<p>1 &lt; 2</p>"
    assert markup('{"blocks": []}') is markup(None) is None


def test_pictures_come_in_sizes_while_the_address_is_saleors() -> None:
    pictures = Pictures(Settings(url=URL))
    own = WireMedia(id="UHI=", url="http://media.example/thumbnail/UHI%3D/1024/")
    stored = WireMedia(id="UHI=", url="http://bucket.example/products/a_1024.webp")
    video = WireMedia(id="UHI=", type="VIDEO", url="http://video.example/")
    first, second = pictures.gallery([own, stored, video], "Mug")
    assert first.image.sources[0].url == "http://media.example/thumbnail/UHI=/{width}/avif/"
    assert second.image.sources == ()
    assert second.image.alt == "Mug"


@pytest.mark.parametrize("id", ["", "x", "UHJvZHVjdDo=", gid("Product", "1 OR 1"), gid("Category", 1), "é", None])
def test_ids_are_looked_at_before_they_are_sent(id: str | None) -> None:
    assert not is_id(id, "Product")
    assert is_id(gid("Product", 1), "Product")


FAULT = {"message": "boom", "extensions": {"exception": {"code": "DatabaseError", "stacktrace": ["secret"]}}}


@pytest.mark.parametrize(
    ("wrong", "wanted"),
    [
        (httpx.Response(429, headers={"retry-after": "7"}), Throttled),
        (httpx.Response(502, text="<html>"), Unavailable),
        (httpx.Response(401), Unavailable),
        (httpx.Response(302, headers={"location": "/"}), Malformed),
        (httpx.Response(200, text="<html>"), Malformed),
        (httpx.Response(200, content=b'{"data": {"product"'), Malformed),
        (httpx.Response(200, json={"data": None, "errors": [FAULT]}), Unavailable),
        (httpx.Response(200, json={"data": {"product": {"id": 1}}}), Malformed),
        (httpx.Response(400, json={"errors": [{"message": "Cannot query field"}]}), Malformed),
        (httpx.Response(200, content=b"x" * 8_000_001), Malformed),
        (httpx.ReadTimeout("late"), DeadlineExceeded),
        (httpx.ConnectError("refused"), Unavailable),
    ],
)
async def test_failures_have_the_contracts_names(wrong: httpx.Response | Exception, wanted: type[BackendError]) -> None:
    staged = Saleor()
    async with staged.opened() as offer:
        assert offer.catalog is not None
        staged.wrong.append(wrong)
        with pytest.raises(wanted) as raised:
            await offer.catalog.product(public(), slug="plain-tee")
    assert "secret" not in str(raised.value)
    assert "boom" not in str(raised.value)
    if isinstance(raised.value, Throttled):
        assert raised.value.retry_after == 7.0


async def test_no_time_left_asks_nothing() -> None:
    staged = Saleor()
    async with staged.opened() as offer:
        assert offer.catalog is not None
        with pytest.raises(DeadlineExceeded):
            await offer.catalog.navigation(public(seconds=0.0))
        assert staged.asked == []
