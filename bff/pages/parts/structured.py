"""schema.org data (JSON-LD), as search engines' rich results ask for it: https://schema.org and the engines' own guides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from bff.ports import Article, Availability, Price, Product, Store, Variant
from bff.web.addresses import Place
from bff.web.queries import selection_query

from .cards import CardView
from .crumbs import Crumb
from .head import large
from .ratings import shown_rating

SCHEMA = "https://schema.org"
LOGO = "/static/pictures/brand/icon-512.png"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MAX_IMAGES = 6
MAX_VARIANTS = 40
"""At some 500 bytes a variant these are 20 kB, 2 kB compressed: a tenth of the first view. Of the demo's products one has
more (120); a search engine that wants every variant's price reads a product feed."""

PROPERTIES = {
    "color": "color",
    "colour": "color",
    "material": "material",
    "fabric": "material",
    "wood": "material",
    "pattern": "pattern",
    "swatch": "color",
    "size": "size",
}
"""schema.org's word for an option, by its id or else its kind: those that search engines take in `variesBy`."""

AVAILABILITY = {
    "in_stock": "InStock",
    "low_stock": "LimitedAvailability",
    "backorder": "BackOrder",
    "preorder": "PreOrder",
    "sold_out": "OutOfStock",
    "discontinued": "Discontinued",
}


def breadcrumb_data(place: Place, steps: Sequence[Crumb]) -> dict[str, Any]:
    """The way to a page. {} for a single step: search engines take a way of two or more."""
    if len(steps) < 2:
        return {}
    items = [
        {"@type": "ListItem", "position": n, "name": step.title}
        | ({"item": place.absolute(step.url)} if step.url else {})
        for n, step in enumerate(steps, 1)
    ]
    return {"@context": SCHEMA, "@type": "BreadcrumbList", "itemListElement": items}


def item_list_data(place: Place, cards: Iterable[CardView], first: int) -> dict[str, Any]:
    """A listing's products, counted from `first`. {} where there are none."""
    items = [
        {"@type": "ListItem", "position": n, "url": place.absolute(card.url), "name": card.title}
        for n, card in enumerate(cards, first)
    ]
    return {"@context": SCHEMA, "@type": "ItemList", "itemListElement": items} if items else {}


def organization_data(place: Place, name: str) -> dict[str, Any]:
    return {
        "@context": SCHEMA,
        "@type": "Organization",
        "name": name,
        "url": place.absolute(place.root),
        "logo": place.absolute(LOGO),
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
            "image": place.absolute(large(article.image)) if article.image else None,
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
            "image": place.absolute(large(store.image) if store.image else LOGO),
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
            ]
            or None,
        }
    )


def product_data(place: Place, product: Product) -> dict[str, Any]:
    """A product: with variants a group of them, else one thing with its offer.

    Search engines read the group from the page without a choice, which is canonical for all; it says the same whatever
    is chosen. Above `MAX_VARIANTS` the group would weigh more than the page: then the chosen variant stands alone and
    names its group, and without a choice one summary offer says from what price it is sold.
    """
    variants = product.variants or ()
    if product.options and 1 < len(variants) <= MAX_VARIANTS:
        return _group(place, product, variants)
    variant = product.selected
    if product.options and variant and len(variants) != 1:
        return _shared(place, product) | _variant(place, product, variant) | {"isVariantOf": _group_of(product)}
    variant = variant or (variants[0] if len(variants) == 1 else None)
    url = place.absolute(place.entity("product", product.slug))
    if variant:
        offers = _offer(url, variant.price, variant.availability)
    elif product.options and product.price.from_:
        offers = _all_offers(product, len(variants))
    else:
        offers = _offer(url, product.price, product.availability)
    own = {"@context": SCHEMA, "@type": "Product", "sku": variant.sku if variant else product.sku, "offers": offers}
    return _without_none(_shared(place, product) | own | _gtin(variant))


def _shared(place: Place, product: Product) -> dict[str, Any]:
    """What holds for a product and all its variants."""
    rating = shown_rating(product.rating)
    return _without_none(
        {
            "@context": SCHEMA,
            "name": product.title,
            "description": product.summary,
            "url": place.absolute(place.entity("product", product.slug)),
            "image": [place.absolute(large(item.image)) for item in product.media[:MAX_IMAGES]] or None,
            "brand": {"@type": "Brand", "name": product.brand.title} if product.brand else None,
            "aggregateRating": {
                "@type": "AggregateRating",
                "ratingValue": str(rating.average.quantize(Decimal("0.1"))),
                "bestRating": 5,
                "worstRating": 1,
                "reviewCount": rating.count,
            }
            if rating
            else None,
        }
    )


def _group(place: Place, product: Product, variants: Sequence[Variant]) -> dict[str, Any]:
    members = [_variant(place, product, variant) for variant in variants]
    return _shared(place, product) | _group_of(product) | {"hasVariant": members}


def _group_of(product: Product) -> dict[str, Any]:
    """The group as a variant names it: what its members differ by, as far as schema.org has a word for that."""
    varies = [f"{SCHEMA}/{name}" for name in _properties(product).values()]
    return _without_none(
        {
            "@type": "ProductGroup",
            "name": product.title,
            "productGroupID": product.sku or product.id,
            "variesBy": varies or None,
        }
    )


def _variant(place: Place, product: Product, variant: Variant) -> dict[str, Any]:
    """One variant, with its own address, picture and offer."""
    named = _properties(product)
    url = place.entity("product", product.slug, selection_query({o.option: o.value for o in variant.options}))
    media = variant.media or product.media
    others = [
        {"@type": "PropertyValue", "name": chosen.option_name, "value": chosen.value_name}
        for chosen in variant.options
        if chosen.option not in named
    ]
    return _without_none(
        {
            "@type": "Product",
            "name": f"{product.title}, {variant.title}" if variant.title else product.title,
            "sku": variant.sku,
            "image": place.absolute(large(media[0].image)) if media else None,
            **{named[chosen.option]: chosen.value_name for chosen in variant.options if chosen.option in named},
            "additionalProperty": others or None,
            "offers": _offer(place.absolute(url), variant.price, variant.availability),
            **_gtin(variant),
        }
    )


def _properties(product: Product) -> dict[str, str]:
    """schema.org's property for each option that has one. Two options never share one."""
    found: dict[str, str] = {}
    for option in product.options:
        name = PROPERTIES.get(option.id.lower()) or PROPERTIES.get(option.kind)
        if name and name not in found.values():
            found[option.id] = name
    return found


def _gtin(variant: Variant | None) -> dict[str, str]:
    code = variant.barcode if variant else None
    return {"gtin": code} if code and code.isascii() and code.isdigit() and len(code) in (8, 12, 13, 14) else {}


def _all_offers(product: Product, count: int) -> dict[str, Any]:
    """One summary in the place of very many offers, so that the page stays light. `count` 0: unknown."""
    price = product.price
    return _without_none(
        {
            "@type": "AggregateOffer",
            "lowPrice": str((price.from_ or price.amount).amount),
            "highPrice": str(price.to.amount) if price.to else None,
            "priceCurrency": price.amount.currency,
            "offerCount": count or None,
            "availability": _availability(product.availability),
        }
    )


def _offer(url: str, price: Price, availability: Availability) -> dict[str, Any]:
    return _without_none(
        {
            "@type": "Offer",
            "url": url,
            "price": str(price.amount.amount),
            "priceCurrency": price.amount.currency,
            "availability": _availability(availability),
            "availabilityStarts": availability.date.isoformat() if availability.date else None,
            "itemCondition": f"{SCHEMA}/NewCondition",
        }
    )


def _availability(availability: Availability) -> str | None:
    state = AVAILABILITY.get(availability.state)
    return f"{SCHEMA}/{state}" if state else None


def _without_none(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}
