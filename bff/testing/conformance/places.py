"""Scenarios of the catalogue's places: categories, paths, the sitemap."""

from __future__ import annotations

import pytest

from bff.ports import NotFound, ProductKey, Ref, SitemapEntry

from .sample import Sample, key, walk
from .scenarios import NOWHERE, WRONG_IDS, Scenarios
from .shop import Shop

SITEMAP_PAGES, SITEMAP_PAGE = 50, 1_000


class TestCategories(Scenarios):
    PORT = "catalog"

    async def test_navigation_is_a_tree(self, shop: Shop, sample: Sample) -> None:
        """Navigation is a forest: every node has an id, a slug and a title, and stands in it once."""
        nodes = list(walk(sample.categories))
        assert nodes
        assert all(node.link.id and node.link.slug and node.link.title for node in nodes)
        ids = [node.link.id for node in nodes]
        assert len(ids) == len(set(ids)), "a category stands twice in the tree"

    async def test_every_place_of_the_navigation_is_found(self, shop: Shop, sample: Sample) -> None:
        """What navigation links to is found by its kind and slug, with the same id and title."""
        links = [node.link for node in walk(sample.categories)][:6]
        for link in (*links, *sample.collections[:2], *sample.brands[:2]):
            found = await shop.catalog.category(shop.public(), kind=link.kind, slug=link.slug)  # type: ignore[arg-type]
            assert (found.id, found.slug, found.title) == (link.id, link.slug, link.title)
            assert found.kind == link.kind

    async def test_a_category_shows_its_children_and_its_way(self, shop: Shop, sample: Sample) -> None:
        """A category names its children as navigation does, and its breadcrumbs are its ancestors, the root first."""
        parent = next((node for node in walk(sample.categories) if node.children), None)
        if parent is None:
            pytest.skip("the sample's categories have no children")
        found = await shop.catalog.category(shop.public(), kind="category", slug=parent.link.slug)
        assert {node.link.id for node in found.children} == {node.link.id for node in parent.children}
        child = await shop.catalog.category(shop.public(), kind="category", slug=parent.children[0].link.slug)
        above = [link.id for link in child.breadcrumbs if link.id != child.id]
        assert above[-1:] == [parent.link.id]

    @pytest.mark.parametrize("kind", ["category", "collection", "brand"])
    async def test_an_unknown_category_is_not_found(self, shop: Shop, kind: str) -> None:
        """`category` raises `NotFound` for a slug that nobody has."""
        for slug in (*WRONG_IDS, ""):
            with pytest.raises(NotFound):
                await shop.catalog.category(shop.public(), kind=kind, slug=slug)  # type: ignore[arg-type]


class TestPaths(Scenarios):
    PORT = "catalog"

    async def test_an_unknown_path_means_nothing(self, shop: Shop) -> None:
        """`resolve` answers None for a path it knows nothing of, and is never an error."""
        for path in (f"/{NOWHERE}", "/", "/a//b", "/../..", "/%zz", "/日本", "/" + "x" * 2_000):
            found = await shop.catalog.resolve(shop.public(), path=path)
            assert found is None or path == "/", f"{path[:40]!r} came out as {found!r}"

    async def test_an_old_path_leads_on(self, shop: Shop) -> None:
        """What stood at an old path is an entity, an address to go to, or gone."""
        if not shop.subject.hints.redirects:
            pytest.skip("Hints.redirects names no old path")
        for path in shop.subject.hints.redirects:
            found = await shop.catalog.resolve(shop.public(), path=path)
            assert found is not None, path
            assert found.link or found.redirect or found.gone, path
            if found.link is not None and found.link.kind == "product":
                assert (await shop.catalog.product(shop.public(), slug=found.link.slug)).id == found.link.id

    async def test_a_product_is_located_in_every_market(self, shop: Shop, sample: Sample) -> None:
        """`locate` answers one place for each ref, in order, in the context's market and locale; the slug there finds
        the same product. What is not offered there has no link."""
        refs = [Ref(kind="product", id=NOWHERE), Ref(kind="product", id=sample.product.id)]
        for market, each in enumerate(shop.markets):
            for locale in each.locales:
                nothing, found = await shop.catalog.locate(shop.public(market, locale), refs=refs)
                assert nothing.link is None
                assert found.ref == refs[1]
                if found.link is not None:
                    there = await shop.catalog.product(shop.public(market, locale), slug=found.link.slug)
                    assert there.id == sample.product.id
        here = (await shop.catalog.locate(shop.public(), refs=refs))[1].link
        assert here is not None
        assert here.slug == sample.product.slug

    async def test_a_category_is_located(self, shop: Shop, sample: Sample) -> None:
        """`locate` finds categories by their id."""
        link = sample.category.link
        (found,) = await shop.catalog.locate(shop.public(), refs=[Ref(kind=link.kind, id=link.id)])
        assert found.link is not None
        assert found.link.slug == link.slug

    async def test_a_product_is_located_by_sku(self, shop: Shop, sample: Sample) -> None:
        """Where `sku_lookup` is true, another backend's product is located by its SKU."""
        sku = key(sample.buyable[0][1]).sku if sample.buyable else None
        if not shop.catalog.sku_lookup or sku is None:
            pytest.skip("has no exact lookup by SKU")
        (found,) = await shop.catalog.locate(shop.public(), refs=[Ref(kind="product", sku=sku)])
        assert found.link is not None
        assert found.link.id == sample.buyable[0][0].id

    async def test_the_sitemap_names_every_product_once(self, shop: Shop, sample: Sample) -> None:
        """The sitemap goes page by page, at most 1,000 a page, to an end; no product stands in it twice, none that a
        listing shows is missing, and its slugs find their products."""
        entries: list[SitemapEntry] = []
        cursor: str | None = None
        for _ in range(SITEMAP_PAGES):
            page = await shop.catalog.sitemap(shop.public(), kind="product", cursor=cursor)
            assert len(page.entries) <= SITEMAP_PAGE
            entries += page.entries
            cursor = page.next
            if cursor is None:
                break
        assert cursor is None, "the sitemap has no end"
        ids = [entry.link.id for entry in entries]
        assert len(ids) == len(set(ids)), "a product stands twice in the sitemap"
        assert {card.id for card in sample.cards} <= set(ids)
        assert sample.total is None or len(ids) >= sample.total
        product = await shop.catalog.product(shop.public(), slug=entries[-1].link.slug)
        assert product.id == entries[-1].link.id

    @pytest.mark.parametrize("kind", ["category", "collection", "brand"])
    async def test_the_sitemap_names_every_place(self, shop: Shop, sample: Sample, kind: str) -> None:
        """The sitemap names the places that navigation does."""
        shown = {
            "category": {node.link.id for node in walk(sample.categories)},
            "collection": {link.id for link in sample.collections},
            "brand": {link.id for link in sample.brands},
        }[kind]
        page = await shop.catalog.sitemap(shop.public(), kind=kind)  # type: ignore[arg-type]
        assert page.next is not None or shown <= {entry.link.id for entry in page.entries}

    async def test_a_sku_finds_the_products_path_after_a_swap(self, shop: Shop, sample: Sample) -> None:
        """Where `sku_lookup` is true, a SKU leads to a card whose slug finds the product: how old paths are answered."""
        if not shop.catalog.sku_lookup:
            pytest.skip("has no exact lookup by SKU")
        product, variant = sample.buyable[0]
        (card,) = await shop.catalog.products(shop.public(), keys=[ProductKey(sku=variant.sku)])
        assert card is not None
        assert (await shop.catalog.product(shop.public(), slug=card.slug)).id == product.id
