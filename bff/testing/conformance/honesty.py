"""Scenarios of the adapter as a whole: whether the shop can prove anything, and whether the adapter tells the truth."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

import msgspec
import pytest

from bff.gateway.backends import adapter_settings
from bff.ports import (
    CONTRACT,
    BackendError,
    DeadlineExceeded,
    Malformed,
    Misconfigured,
    NotFound,
    Throttled,
    Unavailable,
    VisitorContext,
    operations,
)

from .probes import probed
from .sample import Sample, variants, walk
from .scenarios import Scenarios
from .shapes import faults, returned
from .shop import PROTOCOLS, Shop, open_shop

ENOUGH = 3
READ, WRITE = 3, 6
"""How many requests an operation may cost unless the subject allows more."""


class TestSample(Scenarios):
    PORT = "backend"

    async def test_the_shop_can_prove_something(self, shop: Shop, sample: Sample) -> None:
        """A shop with less than three products, a choice, something sold out, two things to buy and a category proves
        nothing: what is missing is named."""
        missing = []
        if len(sample.cards) < ENOUGH:
            missing.append(f"{ENOUGH} products (it has {len(sample.cards)})")
        if len(sample.buyable) < 2:
            missing.append(f"two products of which five can be bought at once (found {len(sample.buyable)})")
        if not any(len(variants(product)) > 1 for product in sample.products):
            missing.append("a product with options")
        if not any(v.availability.state == "sold_out" for p in sample.products for v in variants(p)):
            missing.append("something sold out")
        if not list(walk(sample.categories)):
            missing.append("a category")
        assert not missing, (
            f"the sample needs {'; '.join(missing)}. Looked at: {', '.join(p.slug for p in sample.products)}. "
            "If the shop has it, name its slug in Hints.products"
        )

    async def test_there_are_two_markets(self, shop: Shop) -> None:
        """With one market nothing proves that markets do not bleed: two are needed where the backend has them."""
        markets = {(market.currency, market.locales) for market in shop.markets}
        assert len(markets) >= 2, "give the subject a second market with another currency or locale, or name a gap"


class TestBackend(Scenarios):
    PORT = "backend"

    async def test_the_contract_is_spoken(self, shop: Shop) -> None:
        """The manifest speaks the contract's major version, and its name is the entry point's."""
        manifest = shop.subject.manifest
        assert manifest.contract[0] == CONTRACT[0]
        assert isinstance(shop.subject.adapter, type(manifest)) or manifest.name == shop.subject.adapter

    async def test_catalogue_and_search_are_offered(self, shop: Shop) -> None:
        """A backend of its own has a catalogue and a search."""
        assert shop.has("catalog")
        assert shop.has("search")

    async def test_a_port_has_all_its_operations(self, shop: Shop) -> None:
        """A port that is there has every operation of its protocol, as a coroutine, with the protocol's parameters."""
        wrong = []
        for name, protocol in PROTOCOLS.items():
            port = getattr(shop.offer, name)
            for operation, _ in operations(protocol) if port is not None else ():
                method = getattr(port, operation, None)
                if not inspect.iscoroutinefunction(method) and not callable(method):
                    wrong.append(f"{name}.{operation} is missing")
                    continue
                takes = inspect.signature(method).parameters
                if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in takes.values()):
                    continue
                wanted = list(inspect.signature(getattr(protocol, operation)).parameters)[2:]
                wrong += [f"{name}.{operation} takes no {each}" for each in wanted if each not in takes]
        assert not wrong, "; ".join(wrong)

    async def test_the_probe_answers(self, shop: Shop) -> None:
        """`probe` says in one line that the backend is reachable."""
        if shop.offer.probe is None:
            pytest.skip("offers no probe")
        said = await shop.offer.probe()
        assert said
        assert "\n" not in said

    async def test_an_unknown_setting_is_refused(self, shop: Shop) -> None:
        """A setting that there is not is `Misconfigured` and names the key."""
        manifest = shop.subject.manifest
        raw = {**shop.subject.settings, "no_such_setting_7f3a": "x"}
        with pytest.raises(Misconfigured) as raised:
            adapter_settings(manifest, raw, key="settings", source="the kit")
        assert "no_such_setting_7f3a" in raised.value.key

    async def test_secrets_are_not_shown(self, shop: Shop) -> None:
        """The text form of settings, contexts and ports shows no secret."""
        from .scrubbing import is_secret

        secrets = [
            value
            for name, value in shop.subject.settings.items()
            if isinstance(value, str) and is_secret(name) and len(value) > 5 and shop.mode != "recorded"
        ]
        own = adapter_settings(shop.subject.manifest, dict(shop.subject.settings), key="settings", source="the kit")
        for text in (repr(own), repr(shop.offer)):
            assert not any(secret in text for secret in secrets), "a secret stands in the text form"

    async def test_it_opens_twice(self, shop: Shop, sample: Sample) -> None:
        """Two of an adapter stand beside each other in one process, and closing one leaves the other open."""
        if shop.mode == "record":
            pytest.skip("cassettes are written by one at a time")
        async with open_shop(shop.subject, shop.mode) as other:
            assert (await other.catalog.product(other.public(), slug=sample.products[0].slug)).id
        assert (await shop.catalog.product(shop.public(), slug=sample.products[0].slug)).id

    async def test_the_context_is_not_changed(self, shop: Shop, sample: Sample) -> None:
        """A read leaves its context and arguments as they were."""
        ctx = shop.public()
        before = msgspec.structs.asdict(ctx)
        selection = {"kit": "1"}
        await shop.catalog.product(ctx, slug=sample.products[0].slug, selection=selection)
        assert msgspec.structs.asdict(ctx) == before
        assert selection == {"kit": "1"}
        assert not isinstance(ctx, VisitorContext)


class TestShapes(Scenarios):
    PORT = "backend"

    @pytest.mark.parametrize("port", list(PROTOCOLS))
    async def test_answers_are_what_the_contract_declares(self, shop: Shop, sample: Sample, port: str) -> None:
        """Every answer is of its declared type all the way down: tuples, Decimals, moments with time zones; what is not
        known is None and never an empty text."""
        shop.port(port)
        wrong = [
            f"{each.operation}: {fault}"
            for each in await probed(shop, sample)
            if each.operation.startswith(f"{port}.") and each.error is None
            for fault in faults(each.answer, returned(PROTOCOLS[port], each.operation.partition(".")[2]))
        ]
        if port == "catalog":
            wrong += [f"product {p.slug}: {fault}" for p in sample.products for fault in faults(p, type(p))]
        assert not wrong, "\n".join(wrong[:20])

    async def test_what_is_offered_works(self, shop: Shop, sample: Sample) -> None:
        """A port that is there works: no operation answers that it is unavailable, malformed or too slow."""
        bad = (Unavailable, Malformed, DeadlineExceeded, Throttled)
        broken = [
            f"{each.operation}: {each.error!r}" for each in await probed(shop, sample) if isinstance(each.error, bad)
        ]
        assert not broken, "\n".join(broken)
        assert issubclass(NotFound, BackendError)


class TestCost(Scenarios):
    PORT = "backend"

    async def test_operations_cost_few_requests(self, shop: Shop, sample: Sample) -> None:
        """An operation costs three requests to the backend at most (a write six), or as many as the adapter declares."""
        if shop.subject.offline:
            pytest.skip(f"makes no HTTP calls: {shop.subject.offline}")
        found = await probed(shop, sample)
        assert any(each.requests for each in found), "no request went through the lent client; Subject.offline says why"
        kinds = {f"{n}.{o}": d.kind for n, p in PROTOCOLS.items() for o, d in operations(p)}
        dear = [
            f"{each.operation} made {each.requests}"
            for each in found
            if each.requests
            > shop.subject.calls.get(each.operation, WRITE if kinds[each.operation] == "write" else READ)
        ]
        assert not dear, "; ".join(dear)

    async def test_pages_cost_few_requests(self, shop: Shop, sample: Sample) -> None:
        """With the navigation cached, a category's page costs three requests at most (the category, its listing), and a
        product's page three (the product, what goes with it, its reviews)."""
        if shop.subject.offline:
            pytest.skip(f"makes no HTTP calls: {shop.subject.offline}")
        cost: Mapping[str, int] = {each.operation: each.requests for each in await probed(shop, sample)}
        category = cost.get("catalog.category", 0) + cost.get("search.listing", 0)
        product = sum(cost.get(each, 0) for each in ("catalog.product", "recommendations.related", "reviews.list"))
        assert category <= READ, f"a category's page makes {category} requests"
        assert product <= READ, f"a product's page makes {product} requests"
