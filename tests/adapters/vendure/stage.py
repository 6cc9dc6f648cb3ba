"""A Vendure that answers what a test says, and what was asked of it. Shapes and values are those of recorded answers."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from adapters.vendure import manifest
from adapters.vendure.settings import Settings
from bff.ports import Deadline, Market, Offer, PublicContext, SessionBlob, Shopper, Trace, VisitorContext

GB = Market(
    id="gb", country="GB", currency="GBP", locales=("en-GB",), paths={"en-GB": "en-gb"}, backend={"channel": "gb"}
)
US = Market(
    id="us",
    country="US",
    currency="USD",
    locales=("en-US",),
    paths={"en-US": "en-us"},
    tax="excluded",
    backend={"channel": "us"},
)
TOKEN = "a1b2c3" * 10

Answer = Mapping[str, Any] | httpx.Response | Exception | Callable[[dict[str, Any]], Any]


class Asked:
    """One call: its document, variables and headers."""

    def __init__(self, request: httpx.Request) -> None:
        body = json.loads(request.content)
        self.document: str = body["query"]
        self.variables: dict[str, Any] = body["variables"]
        self.channel = request.headers.get("vendure-token")
        self.bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        self.query = dict(request.url.params)


class Vendure:
    """`answers` by the document's name (or, in small letters, by a word in it); a list answers one after the other."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[Asked] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = Asked(request)
        if "activeChannel" in asked.document:
            return data(activeChannel=channel(asked.channel or "", asked.query["currencyCode"]))
        self.asked.append(asked)
        for word, answer in self.answers.items():
            if re.search(rf"(query|mutation) {word}\b" if word[0].isupper() else word, asked.document):
                now = answer.pop(0) if isinstance(answer, list) else answer
                if isinstance(now, Exception):
                    raise now
                return now if isinstance(now, httpx.Response) else data(**now)
        raise AssertionError(f"nobody said what to answer: {asked.document[:200]}")

    @asynccontextmanager
    async def opened(self, **settings: Any) -> AsyncIterator[Offer]:
        own = Settings(**{"url": "http://vendure.example/shop-api", "payments": ("bank",), **settings})
        async with (
            httpx.AsyncClient(transport=httpx.MockTransport(self)) as http,
            manifest.open(own, http, (GB, US)) as offer,
        ):
            yield offer


def data(*, token: str | None = None, **told: Any) -> httpx.Response:
    return httpx.Response(200, json={"data": told}, headers={"vendure-auth-token": token} if token is not None else {})


def failed(code: str, message: str = "error.said") -> httpx.Response:
    return httpx.Response(200, json={"data": None, "errors": [{"message": message, "extensions": {"code": code}}]})


def channel(token: str, currency: str) -> dict[str, Any]:
    return {"token": token, "currencyCode": currency, "availableCurrencyCodes": [currency]}


def public(market: Market = GB, seconds: float = 60.0) -> PublicContext:
    return PublicContext(
        market=market,
        locale=market.default_locale,
        currency=market.currency,
        deadline=Deadline.after(seconds),
        trace=Trace(request_id="test"),
    )


def visitor(market: Market = GB, *, token: str | None = None, blob: SessionBlob | None = None) -> VisitorContext:
    return VisitorContext(public=public(market), shopper=Shopper(blob=blob or SessionBlob(), token=token))


def variant(id: str, price: int = 1800, level: str = "IN_STOCK", **options: str) -> dict[str, Any]:
    return {
        "id": id,
        "sku": f"SKU-{id}",
        "price": round(price / 1.2),
        "priceWithTax": price,
        "currencyCode": "GBP",
        "stockLevel": level,
        "options": [
            {"code": value, "name": value.title(), "group": {"code": group, "name": group.title()}}
            for group, value in options.items()
        ],
    }


def product(id: str, *variants: dict[str, Any], total: int | None = None, **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "slug": f"thing-{id}",
        "name": f"Thing {id}",
        "languageCode": "en",
        "featuredAsset": None,
        "assets": [],
        "facetValues": [],
        "variantList": {"items": list(variants), "totalItems": len(variants) if total is None else total},
        **more,
    }


def line(id: str, variant: str, quantity: int = 1, unit: int = 1800, **more: Any) -> dict[str, Any]:
    net = round(unit / 1.2)
    return {
        "id": id,
        "quantity": quantity,
        "unitPrice": net,
        "unitPriceWithTax": unit,
        "unitPriceChangeSinceAdded": 0,
        "unitPriceWithTaxChangeSinceAdded": 0,
        "linePrice": net * quantity,
        "linePriceWithTax": unit * quantity,
        "featuredAsset": None,
        "discounts": [],
        "productVariant": {
            "id": variant,
            "productId": "1",
            "sku": f"SKU-{variant}",
            "stockLevel": "IN_STOCK",
            "options": [],
            "product": {"slug": "thing-1", "name": "Thing 1"},
        },
        **more,
    }


def order(*lines: dict[str, Any], code: str = "ORDER1", **more: Any) -> dict[str, Any]:
    net = sum(each["linePrice"] for each in lines)
    gross = sum(each["linePriceWithTax"] for each in lines)
    return {
        "__typename": "Order",
        "id": "1",
        "code": code,
        "state": "AddingItems",
        "active": True,
        "updatedAt": "2026-11-22T10:00:00.000Z",
        "orderPlacedAt": None,
        "currencyCode": "GBP",
        "totalQuantity": sum(each["quantity"] for each in lines),
        "subTotal": net,
        "subTotalWithTax": gross,
        "shipping": 0,
        "shippingWithTax": 0,
        "total": net,
        "totalWithTax": gross,
        "couponCodes": [],
        "lines": list(lines),
        "discounts": [],
        "surcharges": [],
        "shippingLines": [],
        "shippingAddress": None,
        "billingAddress": None,
        "customer": None,
        "promotions": [],
        **more,
    }


def refusal(code: str, **more: Any) -> dict[str, Any]:
    return {"__typename": "X", "errorCode": code, "message": "said by Vendure", **more}
