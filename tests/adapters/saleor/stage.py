"""A small Saleor for tests: graphql-core executes the adapter's documents against the part of Saleor's schema they use,
so what is not in the schema is an error here as there. Data and behaviour follow recorded answers of Saleor 3.23."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import graphql
import httpx

from adapters.saleor import manifest
from adapters.saleor.settings import Payment, Settings
from bff.ports import Deadline, Market, Offer, PublicContext, SessionBlob, Shopper, Trace, VisitorContext
from tests.adapters.saleor.stage_checkouts import Checkouts
from tests.adapters.saleor.stage_people import Denied, People

URL = "http://saleor.example/graphql/"
GB = Market(
    id="gb", country="GB", currency="GBP", locales=("en-GB",), paths={"en-GB": "en-gb"}, backend={"channel": "gb"}
)
DE = Market(
    id="de", country="DE", currency="EUR", locales=("de-DE",), paths={"de-DE": "de-de"}, backend={"channel": "de"}
)
PAYMENTS = {
    "invoice": Payment(how="manual", name={"en": "On account", "de": "Auf Rechnung"}),
    "mirumee.payments.dummy": Payment(how="gateway", name={"en": "Dummy"}),
}
SCHEMA = graphql.build_schema(Path(__file__).with_name("schema.graphql").read_text(encoding="utf-8"))
RATES = {"gb": ("GBP", 1.0), "de": ("EUR", 1.2)}


def gid(kind: str, key: object) -> str:
    return base64.b64encode(f"{kind}:{key}".encode()).decode()


def taxed(amount: float, currency: str) -> dict[str, Any]:
    net = round(amount / 1.25, 2)
    return {"gross": {"amount": amount, "currency": currency}, "net": {"amount": net, "currency": currency}}


def connection(nodes: list[Any], **page: Any) -> dict[str, Any]:
    info = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None, **page}
    return {"edges": [{"node": node} for node in nodes], "pageInfo": info, "totalCount": len(nodes)}


def told(name: str, german: str | None) -> Callable[..., dict[str, Any] | None]:
    def translation(info: Any, languageCode: str) -> dict[str, Any] | None:
        return {"name": german} if languageCode == "DE" and german else None

    return translation


CATEGORIES = {
    1: ("kitchen", "Kitchen", "Küche", None),
    2: ("mugs", "Mugs", "Becher", 1),
    3: ("drinks", "Drinks", None, None),
}
BRANDS = {"saltmarsh": "Saltmarsh", "orchard": "Orchard"}
MATERIALS = {"cotton": "Cotton", "clay": "Clay"}
COLOURS = {"indigo": ("Indigo", "#223366"), "chalk": ("Chalk", "#eeeeee")}
SIZES = {"small": "Small", "large": "Large"}


def variant(key: int, stock: int = 20, price: float = 18.0, **attributes: str) -> dict[str, Any]:
    return {"key": key, "stock": stock, "price": price, "sku": f"SKU-{key}", "attributes": attributes}


PRODUCTS: tuple[dict[str, Any], ...] = (
    {
        "key": 1, "slug": "harbour-mug", "name": "Harbour mug", "german": "Hafenbecher", "category": 2, "brand": "saltmarsh",
        "material": "clay", "before": 24.0, "variants": [
            variant(11, 20, colour="indigo", size="small"), variant(12, 2, colour="indigo", size="large"),
            variant(13, 0, colour="chalk", size="small"),
        ],
    },
    {"key": 2, "slug": "plain-tee", "name": "Plain tee", "category": 1, "material": "cotton", "brand": "orchard",
     "variants": [variant(21, 30, 20.0, size="small"), variant(22, 30, 22.0, size="large")]},
    {"key": 3, "slug": "apple-juice", "name": "Apple juice", "category": 3, "brand": "orchard",
     "variants": [variant(31, 50, 2.5) | {"sku": None}]},
    {"key": 4, "slug": "sold-out-jug", "name": "Sold-out jug", "category": 1, "variants": [variant(41, 0, 30.0)]},
    {"key": 5, "slug": "tea-towel", "name": "Tea towel", "category": 1, "material": "cotton",
     "variants": [variant(51, 40, 9.99)]},
    {"key": 6, "slug": "bread-board", "name": "Bread board", "category": 1, "variants": [variant(61, 40, 35.0)]},
    {"key": 7, "slug": "oat-drink", "name": "Oat drink", "category": 3,
     "variants": [variant(71, 40, 3.0) | {"sku": None}, variant(72, 40, 5.0) | {"sku": None}]},
)  # fmt: skip
LIMIT = 50


class Saleor(Checkouts, People):
    """`asked` are the calls; `wrong` answers in place of the next ones; `prior` is what everything cost before; of
    the calls with `lost` in them the answer never comes."""

    def __init__(self) -> None:
        super().__init__()
        self.prior: float | None = None
        self.lost: str | None = None
        self.asked: list[dict[str, Any]] = []
        self.wrong: list[httpx.Response | Exception] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.asked.append({**body, "token": request.headers.get("authorization", "").removeprefix("Bearer ")})
        if self.wrong:
            now = self.wrong.pop(0)
            if isinstance(now, Exception):
                raise now
            return now
        document = graphql.parse(body["query"])
        mistakes = graphql.validate(SCHEMA, document)
        if mistakes:
            return httpx.Response(400, json={"errors": [{"message": mistakes[0].message}]})
        self.reader = self.user(self.asked[-1]["token"])
        done = graphql.execute_sync(SCHEMA, document, self.root(), variable_values=body["variables"])
        if self.lost is not None and self.lost in body["query"]:
            raise httpx.ReadError("the connection was closed", request=request)
        answer: dict[str, Any] = {"data": done.data}
        if done.errors:
            answer["errors"] = [
                {
                    "message": error.message,
                    "path": error.path,
                    "extensions": {
                        "exception": {
                            "code": "PermissionDenied" if isinstance(error.original_error, Denied) else "GraphQLError",
                            "stacktrace": ["secret"],
                        }
                    },
                }
                for error in done.errors
            ]
        return httpx.Response(200, json=answer)

    @asynccontextmanager
    async def opened(self, **settings: Any) -> AsyncIterator[Offer]:
        own = Settings(**{"url": URL, "payments": PAYMENTS, "app_token": "app", **settings})
        async with (
            httpx.AsyncClient(transport=httpx.MockTransport(self)) as http,
            manifest.open(own, http, (GB, DE)) as offer,
        ):
            self.asked.clear()
            yield offer

    # ---------------------------------------------------------------- the catalogue

    def root(self) -> dict[str, Any]:
        return {
            "channel": lambda info, slug: self.channel(slug) if slug in RATES else None,
            "product": lambda info, slug, channel: next(
                (self.product(one, channel) for one in PRODUCTS if one["slug"] == slug), None
            ),
            "products": self.products,
            "productVariants": self.variants,
            "categories": self.categories,
            "category": lambda info, slug: next(
                (self.category(key) for key, one in CATEGORIES.items() if one[0] == slug), None
            ),
            "collections": lambda info, first, channel, where=None, after=None: connection([self.collection(channel)]),
            "collection": lambda info, slug, channel: self.collection(channel) if slug == "summer" else None,
            "attribute": lambda info, slug: _attribute("brand", "Brand", BRANDS) if slug == "brand" else None,
            "attributes": lambda info, first, channel, filter: connection(
                [_attribute("brand", "Brand", BRANDS), _attribute("material", "Material", MATERIALS)]
            ),
            **self.checkout_root(),
            **self.people_root(),
        }

    def channel(self, slug: str) -> dict[str, Any]:
        return {"slug": slug, "countries": [{"code": "DE"}, {"code": "GB"}]}

    def collection(self, channel: str) -> dict[str, Any]:
        return {
            "id": gid("Collection", 1), "slug": "summer", "name": "Summer", "translation": None, "backgroundImage": None,
            "products": lambda info, **args: self.products(info, channel=channel, **args),
        }  # fmt: skip

    def category(self, key: int) -> dict[str, Any]:
        slug, name, german, parent = CATEGORIES[key]
        below = [each for each, one in CATEGORIES.items() if one[3] == key]
        return {
            "id": gid("Category", key), "slug": slug, "name": name, "translation": told(name, german),
            "backgroundImage": None, "updatedAt": "2026-11-22T10:00:00+00:00",
            "description": json.dumps({"blocks": [{"type": "paragraph", "data": {"text": f"<b>{name}</b>"}}]}),
            "parent": lambda info: self.category(parent) if parent else None,
            "ancestors": lambda info, first: connection([self.category(parent)] if parent else []),
            "children": lambda info, first: connection([self.category(each) for each in below]),
        }  # fmt: skip

    def categories(self, info: Any, first: int, level: int | None = None, where: Any = None, **more: Any) -> Any:
        text = (more.get("filter") or {}).get("search", "").lower()
        keys = [key for key, one in CATEGORIES.items() if level is None or (one[3] is None) == (level == 0)]
        found = [self.category(key) for key in keys if not text or text in CATEGORIES[key][1].lower()]
        return connection([one for one in found if where is None or one["id"] in where["ids"]])

    def product(self, one: dict[str, Any], channel: str) -> dict[str, Any]:
        currency, rate = RATES[channel]
        prices = [round(each["price"] * rate, 2) for each in one["variants"]]
        before = round(one.get("before", min(one["variants"], key=lambda v: v["price"])["price"]) * rate, 2)
        picture = gid("ProductMedia", one["key"])
        facts = [("material", "Material", MATERIALS, one.get("material")), ("brand", "Brand", BRANDS, one.get("brand"))]
        chosen = [_selected(slug, name, values, value) for slug, name, values, value in facts if value]
        made: dict[str, Any] = {
            "id": gid("Product", one["key"]), "slug": one["slug"], "name": one["name"],
            "translation": told(one["name"], one.get("german")), "updatedAt": "2026-11-22T10:00:00+00:00",
            "isAvailable": any(each["stock"] for each in one["variants"]), "isAvailableForPurchase": True,
            "media": [{"id": picture, "alt": "", "type": "IMAGE", "url": f"http://saleor.example/thumbnail/{picture}/1024/"}],
            "thumbnail": {"url": f"http://saleor.example/thumbnail/{picture}/256/webp/", "alt": ""},
            "pricing": {
                "priceRange": {"start": taxed(min(prices), currency), "stop": taxed(max(prices), currency)},
                "priceRangeUndiscounted": {"start": taxed(before, currency)},
                "priceRangePrior": {"start": taxed(self.prior, currency)} if self.prior else None,
            },
            "attribute": lambda info, slug: next((each for each in chosen if each["attribute"]["slug"] == slug), None),
            "attributes": chosen, "productType": {"kind": "NORMAL", "isShippingRequired": True},
            "category": self.category(one["category"]),
            "description": json.dumps({"blocks": [{"type": "paragraph", "data": {"text": "Good &amp; <i>plain</i>."}}]}),
        }  # fmt: skip
        made["variants"] = [self.variant(one, each, channel, made) for each in one["variants"]]
        return made

    def variant(
        self, product: dict[str, Any], one: dict[str, Any], channel: str, parent: dict[str, Any]
    ) -> dict[str, Any]:
        currency, rate = RATES[channel]
        id = gid("ProductVariant", one["key"])
        price, before = one["price"] * rate, product.get("before", one["price"]) * rate
        words: dict[str, dict[str, Any]] = {"colour": COLOURS, "size": SIZES}
        return {
            "id": id, "name": id, "sku": one["sku"], "product": parent, "media": [], "preorder": None,
            "quantityAvailable": min(LIMIT, one["stock"]), "quantityLimitPerCustomer": None,
            "pricing": {
                "price": taxed(round(price, 2), currency), "priceUndiscounted": taxed(round(before, 2), currency),
                "pricePrior": taxed(self.prior, currency) if self.prior else None,
            },
            "attributes": [_selected(slug, slug.title(), words[slug], value) for slug, value in one["attributes"].items()],
        }  # fmt: skip

    def all_variants(self, channel: str) -> dict[str, dict[str, Any]]:
        found = [variant for one in PRODUCTS for variant in self.product(one, channel)["variants"]]
        return {one["id"]: one for one in found}

    def variants(self, info: Any, first: int, channel: str, ids: Any = None, filter: Any = None) -> dict[str, Any]:
        skus = filter["sku"] if filter else ()
        found = self.all_variants(channel).values()
        return connection([one for one in found if (one["id"] in ids if ids else one["sku"] in skus)])

    def products(self, info: Any, channel: str, where: Any = None, search: str | None = None, **page: Any) -> Any:
        found = [self.product(one, channel) for one in PRODUCTS if _fits(one, where or {}, RATES[channel][1])]
        if search:
            found = [one for one in found if search.lower() in one["name"].lower()]
        return _page(found, **page)


def _attribute(slug: str, name: str, values: dict[str, str]) -> dict[str, Any]:
    choices = [{"id": gid("AttributeValue", key), "slug": key, "name": text} for key, text in values.items()]
    made = {"slug": slug, "name": name, "inputType": "DROPDOWN"}
    return {**made, "choices": lambda info, first, after=None: connection(choices)}


def _selected(slug: str, name: str, words: dict[str, Any], value: str) -> dict[str, Any]:
    text, colour = words[value] if isinstance(words[value], tuple) else (words[value], "")
    kind = "SWATCH" if colour else "DROPDOWN"
    attribute = {"slug": slug, "name": name, "inputType": kind}
    return {"attribute": attribute, "values": [{"id": gid("V", value), "slug": value, "name": text, "value": colour}]}


def _fits(one: dict[str, Any], where: dict[str, Any], rate: float) -> bool:
    if "AND" in where:
        raise AssertionError("conditions under AND take Saleor ten seconds")
    if where.get("ids") and gid("Product", one["key"]) not in where["ids"]:
        return False
    if "slug" in where and one["slug"] not in where["slug"]["oneOf"]:
        return False
    if "category" in where:
        own, parent = gid("Category", one["category"]), CATEGORIES[one["category"]][3]
        if where["category"]["eq"] not in (own, gid("Category", parent)):
            return False
    for each in where.get("attributes", ()):
        if each["slug"] not in ("brand", "material"):
            raise graphql.GraphQLError(f"Unknown attribute name: {each['slug']}")
        if one.get(each["slug"]) not in each["values"]:
            return False
    price = min(each["price"] for each in one["variants"]) * rate
    ends = where.get("minimalPrice", {}).get("range", {})
    if price < float(ends.get("gte", 0)) or price > float(ends.get("lte", 1e9)):
        return False
    return "stockAvailability" not in where or any(each["stock"] for each in one["variants"])


def _page(
    found: list[Any], first: int | None = None, last: int | None = None, after: Any = None, before: Any = None,
    sortBy: Any = None,
) -> dict[str, Any]:  # fmt: skip
    order = sortBy or {"field": "NAME", "direction": "ASC"}
    by_price = order["field"] == "MINIMAL_PRICE"
    key = (
        (lambda one: one["pricing"]["priceRange"]["start"]["gross"]["amount"]) if by_price else lambda one: one["slug"]
    )
    found = sorted(found, key=key, reverse=order["direction"] == "DESC")
    try:
        start = int(base64.b64decode(after, validate=True)) + 1 if after else 0
        end = int(base64.b64decode(before, validate=True)) if before else len(found)
    except ValueError:
        raise graphql.GraphQLError("Received cursor is invalid.") from None
    low = max(start, end - last) if last else start
    high = min(end, start + first) if first else end
    marks = [base64.b64encode(str(at).encode()).decode() for at in (low, high - 1)]
    made = connection(
        found[low:high],
        hasNextPage=high < len(found),
        hasPreviousPage=low > 0,
        startCursor=marks[0],
        endCursor=marks[1],
    )
    return {**made, "totalCount": len(found)}


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
