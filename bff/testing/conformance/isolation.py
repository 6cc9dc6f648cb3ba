"""Scenarios of what must never bleed: shoppers, markets, hosts, cookies."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from bff.ports import BackendError, Cart, CartRef, CartResult, LineInput, ProductKey, VisitorContext

from .sample import Sample
from .scenarios import Scenarios
from .shop import Shop, open_shop

MANY = 6
SECOND = "http://second.invalid"


def origins(settings: Mapping[str, Any]) -> set[str]:
    """Where the settings let the adapter go."""
    found = set()
    for value in settings.values():
        if isinstance(value, str) and value.startswith(("http://", "https://")):
            parts = urlsplit(value)
            found.add(f"{parts.scheme}://{parts.netloc}")
    return found


def moved(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The same settings on another host."""
    changed = dict(settings)
    for name, value in settings.items():
        if isinstance(value, str) and value.startswith(("http://", "https://")):
            parts = urlsplit(value)
            changed[name] = value.replace(f"{parts.scheme}://{parts.netloc}", SECOND)
    return changed


class TestIsolation(Scenarios):
    PORT = "backend"

    async def test_shoppers_at_once_do_not_bleed(self, shop: Shop, sample: Sample) -> None:
        """Shoppers who fill their carts at the same moment each find their own in it."""
        if shop.mode != "live":
            pytest.skip("two requests at once have no order in a cassette")
        people = [shop.visitor() for _ in range(MANY)]

        async def fill(number: int, ctx: VisitorContext) -> CartResult:
            line = LineInput(variant=sample.line, quantity=Decimal(number))
            return await shop.carts.add(ctx, cart=None, lines=[line])

        made = await asyncio.gather(*(fill(number % 3 + 1, ctx) for number, ctx in enumerate(people)))
        refs = [each.cart.ref for each in made if isinstance(each.cart, Cart)]
        assert len({ref.id for ref in refs}) == MANY, "two shoppers have one cart"

        async def look(ctx: VisitorContext, ref: CartRef) -> Cart:
            return await shop.read(ctx, ref)

        found = await asyncio.gather(*(look(ctx, ref) for ctx, ref in zip(people, refs, strict=True)))
        assert [cart.quantity for cart in found] == [number % 3 + 1 for number in range(MANY)]

    async def test_a_session_is_one_shoppers(self, shop: Shop, sample: Sample) -> None:
        """What the adapter keeps in the session blob is that shopper's alone: no two of them hold the same."""
        ada, _ = await shop.cart(sample.line)
        grace, _ = await shop.cart(sample.line)
        blobs = [ctx.shopper.blob.text for ctx in (ada, grace)]
        assert None in blobs or blobs[0] != blobs[1]

    async def test_a_write_of_ones_does_not_move_anothers_session(self, shop: Shop, sample: Sample) -> None:
        """What one shopper does leaves the other's session blob as it was."""
        ada, _ = await shop.cart(sample.line)
        before = ada.shopper.blob.text
        await shop.cart(sample.second)
        assert ada.shopper.blob.text == before

    async def test_markets_at_once_do_not_bleed(self, shop: Shop, sample: Sample) -> None:
        """Reads for two markets at the same moment each answer in their own market's currency."""
        other = shop.other_market()
        (card,) = await shop.catalog.products(shop.public(other), keys=[ProductKey(id=sample.product.id)])
        if card is None:
            pytest.skip("the sample's product is not sold in the other market")
        slugs = {0: sample.product.slug, other: card.slug}
        asked = [0, other] * MANY
        found = await asyncio.gather(*(shop.catalog.product(shop.public(m), slug=slugs[m]) for m in asked))
        assert [p.price.amount.currency for p in found] == [shop.markets[m].currency for m in asked]

    async def test_locales_do_not_bleed(self, shop: Shop, sample: Sample) -> None:
        """Reads in two locales answer the same before and after each other."""
        other = shop.other_market()
        first = await shop.catalog.navigation(shop.public())
        await shop.catalog.navigation(shop.public(other))
        assert await shop.catalog.navigation(shop.public()) == first

    async def test_no_cookie_crosses(self, shop: Shop, sample: Sample) -> None:
        """A cookie that the backend sets is sent to it by no later request, of nobody."""
        if shop.subject.offline:
            pytest.skip(f"makes no HTTP calls: {shop.subject.offline}")
        with shop.wire.setting_cookie("kit=crossed; Path=/"):
            await shop.catalog.product(shop.public(), slug=sample.products[0].slug)
            if shop.has("carts"):
                await shop.cart(sample.line)
        with shop.wire.counted() as sent:
            await shop.catalog.product(shop.public(), slug=sample.products[1].slug)
            if shop.has("carts"):
                await shop.cart(sample.second)
        assert sent
        crossed = [each.operation for each in sent if "kit=" in each.headers.get("cookie", "")]
        assert not crossed, f"the cookie went along with {', '.join(crossed)}"

    async def test_calls_go_to_the_settings_host_only(self, shop: Shop, sample: Sample) -> None:
        """Every request goes to an origin that the settings name."""
        if shop.subject.offline:
            pytest.skip(f"makes no HTTP calls: {shop.subject.offline}")
        with shop.wire.counted() as sent:
            await shop.catalog.product(shop.public(), slug=sample.products[0].slug)
            await shop.search.suggest(shop.public(), text="a")
        assert {each.origin for each in sent} <= origins(shop.subject.settings)

    async def test_two_hosts_do_not_bleed(self, shop: Shop, sample: Sample) -> None:
        """Two of an adapter, opened on two hosts, each call their own: nothing of the settings is global."""
        if shop.subject.offline:
            pytest.skip(f"makes no HTTP calls: {shop.subject.offline}")
        moved_there = moved(shop.subject.settings)
        if moved_there == dict(shop.subject.settings):
            pytest.skip("no setting names a host")

        async def closed(request: httpx.Request) -> httpx.Response:
            return httpx.Response(503, text="closed", request=request)

        subject = replace(shop.subject, settings=moved_there)
        async with open_shop(subject, "live", inner=httpx.MockTransport(closed)) as second:
            with pytest.raises(BackendError):
                await second.catalog.product(second.public(), slug=sample.products[0].slug)
            with shop.wire.counted() as sent:
                await shop.catalog.product(shop.public(), slug=sample.products[0].slug)
            assert second.wire.sent
            assert {each.origin for each in second.wire.sent} == {SECOND}
            assert sent
            assert SECOND not in {each.origin for each in sent}
