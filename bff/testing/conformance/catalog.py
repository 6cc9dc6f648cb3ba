"""Scenarios of the catalogue: products, cards, prices, stock, media."""

from __future__ import annotations

import pytest

from bff.ports import MAX_DIGITS, Image, NotFound, Product, ProductKey, Variant, VariantKey

from .sample import Sample, key, variants
from .scenarios import NOWHERE, WRONG_IDS, Scenarios, sound
from .shop import Shop

BATCH = 100
"""The most keys one call may bring."""


def chosen(variant: Variant) -> dict[str, str]:
    return {option.option: option.value for option in variant.options}


class TestCatalog(Scenarios):
    PORT = "catalog"

    async def test_a_slug_finds_its_product(self, shop: Shop, sample: Sample) -> None:
        """A card's slug finds the product it stands for: the same id, the same slug, a title."""
        for card in sample.cards[:6]:
            product = await shop.catalog.product(shop.public(), slug=card.slug)
            assert (product.id, product.slug) == (card.id, card.slug)
            assert product.title == card.title, card.slug

    @pytest.mark.parametrize("slug", [*WRONG_IDS, ""], ids=lambda slug: repr(slug[:12]))
    async def test_an_unknown_product_is_not_found(self, shop: Shop, slug: str) -> None:
        """`product` raises `NotFound` for a slug that nobody has, whatever stands in it."""
        with pytest.raises(NotFound):
            await shop.catalog.product(shop.public(), slug=slug)

    async def test_a_withdrawn_product_is_gone(self, shop: Shop) -> None:
        """A product that was withdrawn raises `NotFound(gone=True)`."""
        if shop.subject.hints.withdrawn is None:
            pytest.skip("Hints.withdrawn names no product")
        with pytest.raises(NotFound) as raised:
            await shop.catalog.product(shop.public(), slug=shop.subject.hints.withdrawn)
        assert raised.value.gone

    async def test_products_answers_in_the_order_of_the_keys(self, shop: Shop, sample: Sample) -> None:
        """`products` answers one card for each key, in the keys' order, None where there is none; a key may stand twice."""
        first, second = sample.cards[0], sample.cards[1]
        keys = [ProductKey(id=second.id), ProductKey(id=NOWHERE), ProductKey(id=first.id), ProductKey(id=second.id)]
        cards = await shop.catalog.products(shop.public(), keys=keys)
        assert [card.id if card else None for card in cards] == [second.id, None, first.id, second.id]

    async def test_products_finds_by_slug(self, shop: Shop, sample: Sample) -> None:
        """`products` finds by slug as well as by id."""
        keys = [ProductKey(slug=card.slug) for card in sample.cards[:3]]
        cards = await shop.catalog.products(shop.public(), keys=keys)
        assert [card.id if card else None for card in cards] == [card.id for card in sample.cards[:3]]

    async def test_products_finds_by_sku_where_it_says_so(self, shop: Shop, sample: Sample) -> None:
        """Where `sku_lookup` is true, `products` finds a product by the SKU of any of its variants, exactly; elsewhere it
        answers None or the right card, never another product."""
        known = [(p.id, v.sku) for p in sample.products for v in variants(p) if v.sku][:5]
        if not known:
            pytest.skip("the sample has no SKU")
        keys = [ProductKey(sku=sku) for _, sku in known]
        cards = await shop.catalog.products(shop.public(), keys=[*keys, ProductKey(sku=NOWHERE)])
        found = [card.id if card else None for card in cards]
        exact = [id for id, _ in known]
        if shop.catalog.sku_lookup:
            assert found == [*exact, None]
        else:
            assert all(got in (None, id) for got, id in zip(found, [*exact, None], strict=True)), found

    async def test_products_takes_a_hundred_keys_and_none(self, shop: Shop, sample: Sample) -> None:
        """`products` takes up to 100 keys in one call; no keys are an empty answer."""
        ids = [sample.cards[number % len(sample.cards)].id for number in range(BATCH)]
        cards = await shop.catalog.products(shop.public(), keys=[ProductKey(id=id) for id in ids])
        assert [card.id if card else None for card in cards] == ids
        assert await shop.catalog.products(shop.public(), keys=[]) == ()

    async def test_a_card_agrees_with_its_product(self, shop: Shop, sample: Sample) -> None:
        """A card and its product tell the same title, price and whether it can be bought."""
        cards = await shop.catalog.products(shop.public(), keys=[ProductKey(id=p.id) for p in sample.products])
        for card, product in zip(cards, sample.products, strict=True):
            assert card is not None, product.slug
            assert (card.title, card.price.amount) == (product.title, product.price.amount), product.slug
            assert card.availability.buyable == product.availability.buyable, product.slug

    async def test_prices_are_in_the_markets_currency(self, shop: Shop, sample: Sample) -> None:
        """Every price is in the context's currency."""
        for market in range(len(shop.markets)):
            ctx = shop.public(market)
            for card in await shop.catalog.products(ctx, keys=[ProductKey(id=c.id) for c in sample.cards[:6]]):
                assert card is None or card.price.amount.currency == ctx.currency, card
            product = await shop.catalog.product(ctx, slug=sample.product.slug)
            paid = {v.price.amount.currency for v in variants(product)} | {product.price.amount.currency}
            assert paid == {ctx.currency}, f"{product.slug} in {ctx.market.id}"

    async def test_prices_hang_together(self, shop: Shop, sample: Sample) -> None:
        """`compare_at` is higher than the amount, or absent; `from_` and `to` come together, differ, and the amount is
        the lower; tiers rise."""
        for product in sample.products:
            for name, price in [("", product.price), *((v.id, v.price) for v in variants(product))]:
                wrong = sound(price, price.amount.currency)
                assert wrong is None, f"{product.slug} {name}: {wrong}"
                assert len(price.amount.amount.as_tuple().digits) <= MAX_DIGITS

    async def test_a_products_price_is_its_cheapest_variants(self, shop: Shop, sample: Sample) -> None:
        """Without a selection, a product costs what its cheapest variant costs; `from_` and `to` are there where the
        variants' prices differ."""
        for product in sample.products:
            if product.selected is not None or not product.variants:
                continue
            paid = sorted(variant.price.amount.amount for variant in product.variants)
            assert product.price.amount.amount in (paid[0], product.variants[0].price.amount.amount), product.slug
            if paid[0] != paid[-1]:
                bounds = product.price.from_, product.price.to
                assert [b.amount if b else None for b in bounds] == [paid[0], paid[-1]], product.slug

    async def test_prices_say_whether_tax_is_in_them(self, shop: Shop, sample: Sample) -> None:
        """A price says whether tax is in it, as its market does, or that it does not know."""
        for market, each in enumerate(shop.markets):
            product = await shop.catalog.product(shop.public(market), slug=sample.product.slug)
            assert product.price.tax in (each.tax, "unknown"), each.id

    async def test_availability_answers_in_the_order_of_the_keys(self, shop: Shop, sample: Sample) -> None:
        """`availability` answers for each variant, in the keys' order, None where it is unknown; it agrees with the
        product."""
        known = [variant for product in sample.products for variant in variants(product)][:8]
        keys = [*(key(variant) for variant in known), VariantKey(id=NOWHERE, sku=NOWHERE)]
        found = await shop.catalog.availability(shop.public(), keys=keys)
        assert len(found) == len(keys)
        for variant, there in zip(known, found, strict=False):
            assert there is None or there.buyable == variant.availability.buyable, variant.id
        assert any(found[:-1])
        assert found[-1] is None

    async def test_what_is_sold_out_says_so(self, shop: Shop, sample: Sample) -> None:
        """A sold-out variant is `sold_out` in the product and in `availability`, and nothing of it can be ordered."""
        _, variant = sample.sold_out
        (now,) = await shop.catalog.availability(shop.public(), keys=[key(variant)])
        assert now is not None
        assert (now.state, now.buyable) == ("sold_out", False)
        for there in (now, variant.availability):
            assert not there.quantity, f"a stock of {there.quantity} is not sold out"
            assert not there.orderable, f"{there.orderable} can be ordered of what is sold out"

    async def test_a_product_is_sold_out_when_all_of_it_is(self, shop: Shop, sample: Sample) -> None:
        """A product can be bought as long as one of its variants can."""
        for product in sample.products:
            if product.variants and product.selected is None:
                any_left = any(variant.availability.buyable for variant in product.variants)
                assert product.availability.buyable == any_left, product.slug

    async def test_media_can_be_shown(self, shop: Shop, sample: Sample) -> None:
        """A picture's address is absolute or rooted; known sizes are positive; ready widths rise; `variant_ids` name
        variants of the product."""
        for product in sample.products:
            own = {variant.id for variant in variants(product)}
            for media in (*product.media, *(m for v in variants(product) for m in v.media)):
                image: Image = media.image
                assert image.url.startswith(("https://", "http://", "/")), f"{product.slug}: {image.url}"
                assert image.width is None or image.width > 0, product.slug
                assert image.height is None or image.height > 0, product.slug
                for source in image.sources:
                    assert list(source.widths) == sorted(set(source.widths)), product.slug
                assert product.variants is None or set(media.variant_ids) <= own, product.slug
            assert product.media or not any(card.media for card in sample.cards if card.id == product.id), product.slug

    async def test_the_text_says_its_locale(self, shop: Shop, sample: Sample) -> None:
        """A product tells the locale its text is really in, and is the same product in every locale."""
        for market, each in enumerate(shop.markets):
            for locale in each.locales:
                (card,) = await shop.catalog.products(
                    shop.public(market, locale), keys=[ProductKey(id=sample.product.id)]
                )
                assert card is not None, f"{sample.product.slug} in {locale}"
                product = await shop.catalog.product(shop.public(market, locale), slug=card.slug)
                assert product.id == sample.product.id
                assert product.locale, f"no locale in {locale}"

    async def test_breadcrumbs_lead_somewhere(self, shop: Shop, sample: Sample) -> None:
        """Every breadcrumb is a category that its slug finds."""
        links = {link.slug: link for product in sample.products[:6] for link in product.breadcrumbs}
        if not links:
            pytest.skip("the sample's products have no breadcrumbs")
        for slug, link in list(links.items())[:8]:
            assert link.kind in ("category", "collection", "brand"), link
            assert (await shop.catalog.category(shop.public(), kind=link.kind, slug=slug)).id == link.id


class TestOptions(Scenarios):
    PORT = "catalog"

    async def test_nothing_is_chosen_for_the_shopper(self, shop: Shop, sample: Sample) -> None:
        """Without a selection, `selected` is None while there are variants to choose from."""
        product = await shop.catalog.product(shop.public(), slug=sample.with_options.slug)
        several = [option for option in product.options if len(option.values) > 1]
        assert several
        assert product.selected is None
        assert not any(value.selected for option in several for value in option.values)

    async def test_what_has_no_options_is_selected(self, shop: Shop, sample: Sample) -> None:
        """A product without options has one variant, and it is the selected one."""
        product = await shop.catalog.product(shop.public(), slug=sample.without_options.slug)
        assert product.selected is not None
        assert product.variants is None or [v.id for v in product.variants] == [product.selected.id]

    async def test_a_selection_names_its_variant(self, shop: Shop, sample: Sample) -> None:
        """A full selection answers its variant: the same id, its own price and stock, its values marked as selected."""
        product = sample.with_options
        for variant in variants(product)[:4]:
            found = await shop.catalog.product(shop.public(), slug=product.slug, selection=chosen(variant))
            assert found.selected is not None, chosen(variant)
            assert (found.selected.id, found.selected.price) == (variant.id, variant.price)
            assert found.selected.availability.state == variant.availability.state
            marked = {o.id: v.id for o in found.options for v in o.values if v.selected}
            assert marked == chosen(variant)

    async def test_every_variant_is_made_of_the_options(self, shop: Shop, sample: Sample) -> None:
        """Each variant names one value of each option of its product, and no two variants are made of the same values."""
        for product in sample.products:
            offered = {option.id: {value.id for value in option.values} for option in product.options}
            seen = []
            for variant in variants(product):
                assert set(chosen(variant)) == set(offered), f"{product.slug} {variant.id}"
                assert all(value in offered[option] for option, value in chosen(variant).items()), variant.id
                seen.append(sorted(chosen(variant).items()))
            assert len(seen) == len({str(values) for values in seen}), product.slug

    async def test_values_tell_their_state(self, shop: Shop, sample: Sample) -> None:
        """A value's state answers for the present selection: with the others as chosen, `available` where a variant can
        be bought, `sold_out` where it cannot, `absent` where there is none."""
        looked = 0
        for product in sample.products:
            if len(variants(product)) < 2 or product.variants is None:
                continue
            every = {tuple(sorted(chosen(v).items())): v for v in product.variants}
            for variant in product.variants[:2]:
                found = await shop.catalog.product(shop.public(), slug=product.slug, selection=chosen(variant))
                for option in found.options:
                    for value in option.values:
                        there = every.get(tuple(sorted({**chosen(variant), option.id: value.id}.items())))
                        state = "absent" if there is None else "available" if there.availability.buyable else "sold_out"
                        assert value.state in (state, "unknown"), f"{product.slug}: {option.id}={value.id}"
                        looked += 1
            if looked > 40:
                break
        if not looked:
            pytest.skip("the sample has no product whose variants are all known")

    async def test_unknown_options_are_ignored(self, shop: Shop, sample: Sample) -> None:
        """Unknown options and values in a selection are ignored."""
        product: Product = sample.with_options
        variant = variants(product)[0]
        odd = {**chosen(variant), NOWHERE: "x"}
        found = await shop.catalog.product(shop.public(), slug=product.slug, selection=odd)
        assert found.selected is not None
        assert found.selected.id == variant.id
        other = await shop.catalog.product(shop.public(), slug=product.slug, selection={product.options[0].id: NOWHERE})
        assert other.id == product.id
