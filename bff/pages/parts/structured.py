"""schema.org data (JSON-LD), as search engines' rich results ask for it: https://schema.org and the engines' own guides."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from bff.ports import Article, Availability, Image, Price, Product, Store
from bff.web.addresses import Place
from bff.web.queries import selection_query

from .cards import CardView
from .crumbs import Crumb
from .ratings import shown_rating

SCHEMA = "https://schema.org"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MAX_OFFERS = 40

AVAILABILITY = {
    "in_stock": "InStock",
    "low_stock": "LimitedAvailability",
    "backorder": "BackOrder",
    "preorder": "PreOrder",
    "sold_out": "OutOfStock",
    "discontinued": "Discontinued",
}


def breadcrumb_data(place: Place, steps: Iterable[Crumb]) -> dict[str, Any]:
    items = [
        {"@type": "ListItem", "position": n, "name": step.title}
        | ({"item": place.absolute(step.url)} if step.url else {})
        for n, step in enumerate(steps, 1)
    ]
    return {"@context": SCHEMA, "@type": "BreadcrumbList", "itemListElement": items}


def item_list_data(place: Place, cards: Iterable[CardView], first: int) -> dict[str, Any]:
    items = [
        {"@type": "ListItem", "position": n, "url": place.absolute(card.url), "name": card.title}
        for n, card in enumerate(cards, first)
    ]
    return {"@context": SCHEMA, "@type": "ItemList", "itemListElement": items}


def organization_data(place: Place, name: str) -> dict[str, Any]:
    return {
        "@context": SCHEMA,
        "@type": "Organization",
        "name": name,
        "url": place.absolute(place.root),
        "logo": place.absolute("/static/pictures/brand/icon-512.png"),
    }


def website_data(place: Place, name: str) -> dict[str, Any]:
    target = place.absolute(place.page("search")) + "?q={search_term_string}"
    return {
        "@context": SCHEMA,
        "@type": "WebSite",
        "name": name,
        "url": place.absolute(place.root),
        "inLanguage": place.locale,
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": target},
            "query-input": "required name=search_term_string",
        },
    }


def article_data(place: Place, article: Article, url: str) -> dict[str, Any]:
    return _without_none(
        {
            "@context": SCHEMA,
            "@type": "Article",
            "headline": article.title[:110],
            "description": article.lead,
            "datePublished": article.published.isoformat() if article.published else None,
            "author": {"@type": "Person", "name": article.author} if article.author else None,
            "image": place.absolute(_widest(article.image)) if article.image else None,
            "mainEntityOfPage": place.absolute(url),
            "inLanguage": article.locale or place.locale,
        }
    )


def store_data(place: Place, store: Store) -> dict[str, Any]:
    geo = (
        {"@type": "GeoCoordinates", "latitude": float(store.latitude), "longitude": float(store.longitude)}
        if store.latitude is not None and store.longitude is not None
        else None
    )
    return _without_none(
        {
            "@context": SCHEMA,
            "@type": "Store",
            "name": store.name,
            "telephone": store.phone,
            "url": place.absolute(place.page("stores")),
            "image": place.absolute("/static/pictures/brand/icon-512.png"),
            "address": _without_none(
                {
                    "@type": "PostalAddress",
                    "streetAddress": ", ".join(store.lines),
                    "addressLocality": store.city,
                    "postalCode": store.postcode,
                    "addressCountry": store.country,
                }
            ),
            "geo": geo,
            "openingHoursSpecification": [
                {
                    "@type": "OpeningHoursSpecification",
                    "dayOfWeek": f"{SCHEMA}/{DAYS[hours.weekday]}",
                    "opens": hours.opens,
                    "closes": hours.closes,
                }
                for hours in store.hours
                if 0 <= hours.weekday < 7
            ],
        }
    )


def product_data(place: Place, product: Product) -> dict[str, Any]:
    """A product with one offer for each variant (those the backend lists), or the one that is chosen."""
    url = place.absolute(place.entity("product", product.slug))
    images = [place.absolute(_widest(item.image)) for item in product.media[:6]]
    rating = shown_rating(product.rating)
    return _without_none(
        {
            "@context": SCHEMA,
            "@type": "Product",
            "name": product.title,
            "description": product.summary,
            "sku": product.selected.sku if product.selected else product.sku,
            "url": url,
            "image": images or None,
            "brand": {"@type": "Brand", "name": product.brand.title} if product.brand else None,
            "aggregateRating": {
                "@type": "AggregateRating",
                "ratingValue": str(rating.average.quantize(Decimal("0.1"))),
                "reviewCount": rating.count,
            }
            if rating
            else None,
            "offers": _offers(place, product),
        }
    )


def _offers(place: Place, product: Product) -> list[dict[str, Any]] | dict[str, Any]:
    variants = product.variants or ((product.selected,) if product.selected else ())
    if not variants:
        return _offer(
            place.absolute(place.entity("product", product.slug)), product.price, product.availability, product.sku
        )
    if len(variants) > MAX_OFFERS and product.selected is None:
        return _all_offers(product, len(variants))
    shown = variants if len(variants) <= MAX_OFFERS or product.selected is None else (product.selected,)
    offers = [
        _offer(
            place.absolute(
                place.entity("product", product.slug, selection_query({o.option: o.value for o in variant.options}))
            ),
            variant.price,
            variant.availability,
            variant.sku,
            f"{product.title}, {variant.title}" if variant.title else product.title,
        )
        for variant in shown
    ]
    if len(offers) == 1:
        return offers[0]
    return offers


def _all_offers(product: Product, count: int) -> dict[str, Any]:
    """One summary in the place of very many offers, so that the page stays light."""
    price = product.price
    state = AVAILABILITY.get(product.availability.state)
    return _without_none(
        {
            "@type": "AggregateOffer",
            "lowPrice": str((price.from_ or price.amount).amount),
            "highPrice": str((price.to or price.amount).amount),
            "priceCurrency": price.amount.currency,
            "offerCount": count,
            "availability": f"{SCHEMA}/{state}" if state else None,
        }
    )


def _offer(
    url: str, price: Price, availability: Availability, sku: str | None, name: str | None = None
) -> dict[str, Any]:
    state = AVAILABILITY.get(availability.state)
    return _without_none(
        {
            "@type": "Offer",
            "url": url,
            "name": name,
            "sku": sku,
            "price": str(price.amount.amount),
            "priceCurrency": price.amount.currency,
            "availability": f"{SCHEMA}/{state}" if state else None,
            "availabilityStarts": availability.date.isoformat() if availability.date else None,
            "itemCondition": f"{SCHEMA}/NewCondition",
        }
    )


def _widest(image: Image) -> str:
    """The best ready picture, else the backend's own address at a width that engines accept."""
    ready = image.sources[0] if image.sources and image.sources[0].widths else None
    return ready.url.replace("{width}", str(ready.widths[-1])) if ready else image.url.replace("{width}", "1280")


def _without_none(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}
