"""Portico's demo catalogue, as `portico embedded export` writes it, put into a Medusa server through its admin API."""

from __future__ import annotations

import json
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

Row = dict[str, Any]

REGIONS = {
    "GBP": ("United Kingdom", ["gb"], True),
    "EUR": ("Germany and Austria", ["de", "at"], True),
    "USD": ("United States", ["us"], False),
    "AED": ("Emirates", ["ae"], True),
}
"""By currency: a region's name, its countries, whether its prices include tax."""

CODES: tuple[Row, ...] = (
    {"code": "WELCOME10", "value": 10, "type": "percentage", "target_type": "order"},
    {"code": "FREESHIP", "value": 100, "type": "percentage", "target_type": "shipping_methods"},
    {"code": "TENOFF", "value": 10, "type": "fixed", "target_type": "order", "currency_code": "gbp"},
)
FEW = frozenset(
    (
        "harbour-mug", "harbour-jug", "tide-bowl", "keel-platter", "enamel-mug", "cooks-knife", "stove-kettle",
        "border-blanket", "waffle-towel", "dome-table-lamp", "green-olive-oil", "day-notebook", "hall-bench",
        "shoal-serving-bowl",
    )
)  # fmt: skip
_OVER_50 = {"attribute": "item_total", "operator": "gte", "values": ["50"]}


class Admin:
    """Medusa's admin API, signed in."""

    def __init__(self, url: str, email: str, password: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=120)
        token = self.post("/auth/user/emailpass", {"email": email, "password": password})["token"]
        self._http.headers["authorization"] = f"Bearer {token}"

    def post(self, path: str, body: Row) -> Any:
        return self._read(self._http.post(path, json=body))

    def get(self, path: str, **query: Any) -> Any:
        return self._read(self._http.get(path, params=query))

    @staticmethod
    def _read(answer: httpx.Response) -> Any:
        if answer.is_error:
            raise RuntimeError(f"{answer.request.method} {answer.request.url.path}: {answer.text[:2000]}")
        return answer.json()


class Demo:
    """The export, with its rows by what they belong to."""

    def __init__(self, file: Path) -> None:
        self.tables: dict[str, list[Row]] = json.loads(file.read_bytes())
        self.setting = {row["key"]: row["doc"] for row in self.tables["setting"]}
        self.words = {(r["option_id"], r["id"]): r["name"]["en"] for r in self.tables["option_value"]}
        self.words |= {(r["attribute_id"], r["id"]): r["name"]["en"] for r in self.tables["attribute_value"]}
        self.options = {row["id"]: row["name"]["en"] for row in self.tables["option"]}
        self.text = {r["product_n"]: r for r in self.tables["product_text"] if r["language"] == "en"}
        self.category_text = {r["category_id"]: r for r in self.tables["category_text"] if r["language"] == "en"}
        self.variants = _by(self.tables["variant"], "product_n")
        self.prices = _by(self.tables["price"], "variant_id")
        self.categories = _by(self.tables["product_category"], "product_n")

    def products(self) -> list[Row]:
        """The oldest first, so that Medusa's own dates have the same order."""
        return sorted(
            (p for p in self.tables["product"] if p["status"] == "active"), key=lambda p: (p["created"], p["n"])
        )


def _by(rows: list[Row], key: str) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found


def load(admin: Admin, demo: Demo, pictures: Path, *, few: bool = False) -> str:
    """Set the shop up and fill it, with `few` for short recordings. Answers the publishable key."""
    shop = _shop(admin, demo)
    categories = _categories(admin, demo)
    brands = {
        row["id"]: admin.post("/admin/collections", {"title": row["name"], "handle": row["slug"]})["collection"]["id"]
        for row in demo.tables["brand"]
    }
    drawn = json.loads(pictures.read_bytes())["products"]
    bodies = [
        _product(demo, row, shop, categories, brands, drawn) for row in demo.products() if not few or row["id"] in FEW
    ]
    made: list[Row] = []
    for start in range(0, len(bodies), 10):
        answer = admin.post(
            "/admin/products/batch?fields=id,handle,images.*,variants.id,variants.sku",
            {"create": bodies[start : start + 10]},
        )
        made += answer["created"]
    variants = {variant["sku"]: variant["id"] for product in made for variant in product["variants"]}
    _stock(admin, demo, shop["location"])
    _sale(admin, demo, variants)
    _pictures_of_variants(admin, demo, made)
    return str(shop["key"])


def _shop(admin: Admin, demo: Demo) -> Row:
    store = admin.get("/admin/stores")["stores"][0]["id"]
    # The preference of the currency decides for prices in it; that of the region only for prices of the region alone.
    currencies = [
        {"currency_code": code.lower(), "is_default": code == "GBP", "is_tax_inclusive": included}
        for code, (_, _, included) in REGIONS.items()
    ]
    admin.post(f"/admin/stores/{store}", {"supported_currencies": currencies})
    channel = admin.post("/admin/sales-channels", {"name": "Portico"})["sales_channel"]["id"]
    key = admin.post("/admin/api-keys", {"title": "Portico", "type": "publishable"})["api_key"]
    admin.post(f"/admin/api-keys/{key['id']}/sales-channels", {"add": [channel]})
    address = {"address_1": "1 Kiln Lane", "city": "London", "country_code": "GB"}
    location = admin.post("/admin/stock-locations", {"name": "Almanac", "address": address})["stock_location"]["id"]
    admin.post(f"/admin/stock-locations/{location}/sales-channels", {"add": [channel]})
    admin.post(f"/admin/stock-locations/{location}/fulfillment-providers", {"add": ["manual_manual"]})
    profile = admin.get("/admin/shipping-profiles")["shipping_profiles"][0]["id"]
    for currency, (name, countries, included) in REGIONS.items():
        body = {
            "name": name, "currency_code": currency.lower(), "countries": countries, "automatic_taxes": True,
            "is_tax_inclusive": included, "payment_providers": ["pp_system_default"],
        }  # fmt: skip
        admin.post("/admin/regions", body)
        for country in countries:
            _tax(admin, demo, country)
    _delivery(admin, demo, location, profile)
    for code in CODES:
        method = {name: value for name, value in code.items() if name != "code"}
        if code["target_type"] != "order":
            method |= {"allocation": "across"}
        rules = [_OVER_50] if code["code"] == "TENOFF" else []
        body = {
            "code": code["code"],
            "type": "standard",
            "status": "active",
            "application_method": method,
            "rules": rules,
        }
        admin.post("/admin/promotions", body)
    return {"channel": channel, "key": key["token"], "location": location, "profile": profile}


def _tax(admin: Admin, demo: Demo, country: str) -> None:
    doc = demo.setting["tax"][country.upper()]
    rate = {"rate": float(doc["rate"]), "code": "default", "name": "Tax"}
    parent = admin.post(
        "/admin/tax-regions", {"country_code": country, "provider_id": "tp_system", "default_tax_rate": rate}
    )["tax_region"]["id"]
    for state, each in doc.get("states", {}).items():
        if state in ("NY", "CA", "OR"):
            rate = {"rate": float(each["rate"]), "code": state.lower(), "name": f"Sales tax {state}"}
            body = {
                "country_code": country,
                "province_code": f"{country}-{state.lower()}",
                "parent_id": parent,
                "default_tax_rate": rate,
            }
            admin.post("/admin/tax-regions", body)


def _delivery(admin: Admin, demo: Demo, location: str, profile: str) -> None:
    for kind, wanted in (("shipping", ("standard", "express")), ("pickup", ("pickup",))):
        sets = f"/admin/stock-locations/{location}/fulfillment-sets"
        path = f"{sets}?fields=fulfillment_sets.id,fulfillment_sets.type"
        found = admin.post(path, {"name": f"Portico {kind}", "type": kind})["stock_location"]["fulfillment_sets"]
        fulfilment = next(one["id"] for one in found if one["type"] == kind)
        for country, doc in demo.setting["delivery"].items():
            if country.lower() not in {code for _, countries, _ in REGIONS.values() for code in countries}:
                continue
            zone = {"name": f"{kind} {country}", "geo_zones": [{"type": "country", "country_code": country.lower()}]}
            path = f"/admin/fulfillment-sets/{fulfilment}/service-zones?fields=service_zones.id,service_zones.name"
            zones = admin.post(path, zone)["fulfillment_set"]["service_zones"]
            id = next(one["id"] for one in zones if one["name"] == zone["name"])
            for option in doc["options"]:
                if option["id"] in wanted:
                    _option(admin, option, doc["currency"], id, profile)


def _option(admin: Admin, option: Row, currency: str, zone: str, profile: str) -> None:
    name, code = option["name"]["en"], currency.lower()
    prices: list[Row] = [{"currency_code": code, "amount": float(option["price"])}]
    if option.get("free_from"):
        rule = {"attribute": "item_total", "operator": "gte", "value": float(option["free_from"])}
        prices.append({"currency_code": code, "amount": 0, "rules": [rule]})
    body = {
        "name": name, "service_zone_id": zone, "shipping_profile_id": profile, "price_type": "flat",
        "provider_id": "manual_manual", "prices": prices,
        "type": {"label": name, "description": name, "code": option["id"]},
        "rules": [
            {"attribute": "enabled_in_store", "value": "true", "operator": "eq"},
            {"attribute": "is_return", "value": "false", "operator": "eq"},
        ],
    }  # fmt: skip
    admin.post("/admin/shipping-options", body)


def _categories(admin: Admin, demo: Demo) -> dict[str, str]:
    """The tree; what Portico calls collections stands under a category of that name, since a product of Medusa's has one
    collection only (which here is its brand)."""
    root = admin.post("/admin/product-categories", {"name": "Collections", "handle": "collections", "is_active": True})
    made: dict[str, str] = {"": root["product_category"]["id"]}
    rows = sorted(demo.tables["category"], key=lambda row: (row["parent"] is not None, row["position"]))
    for row in rows:
        text = demo.category_text[row["id"]]
        parent = made[""] if row["kind"] == "collection" else made.get(row["parent"] or "-")
        body = {
            "name": text["name"], "handle": text["slug"], "description": text["description"] or "", "is_active": True,
            "parent_category_id": parent,
        }  # fmt: skip
        made[row["id"]] = admin.post("/admin/product-categories", body)["product_category"]["id"]
    return made


def _product(demo: Demo, row: Row, shop: Row, categories: dict[str, str], brands: dict[str, str], drawn: Row) -> Row:
    text, doc = demo.text[row["n"]], row["doc"]
    options = [
        {
            "title": demo.options[id],
            "values": [demo.words[id, value] for value in doc["values"][id]],
            "is_exclusive": True,
        }
        for id in doc.get("options", ())
    ]
    images = [{"url": url} for url in _pictures(row, drawn)]
    facts = {
        fact["id"]: [demo.words[fact["id"], value] for value in fact["values"]]
        for fact in doc.get("attributes", ())
        if fact.get("values")
    }
    facts |= {
        fact["id"]: [fact["text"].get("") or fact["text"]["en"]]
        for fact in doc.get("attributes", ())
        if fact.get("text")
    }
    return {
        "title": text["title"], "subtitle": text["summary"], "description": text["description"], "handle": text["slug"],
        "status": "published", "external_id": row["sku"], "metadata": {"rank": row["rank"], **facts},
        "images": images, **({"thumbnail": images[0]["url"]} if images else {}),
        "collection_id": brands[row["brand_id"]] if row["brand_id"] else None,
        "categories": [{"id": categories[one["category_id"]]} for one in demo.categories[row["n"]]],
        "sales_channels": [{"id": shop["channel"]}],
        "options": options or [{"title": "Default option", "values": ["Default option value"], "is_exclusive": True}],
        "variants": [_variant(demo, one, at) for at, one in enumerate(demo.variants[row["n"]])],
        **({} if row["kind"] == "gift_card" else {"shipping_profile_id": shop["profile"]}),
    }  # fmt: skip


def _variant(demo: Demo, row: Row, rank: int) -> Row:
    words = {demo.options[id]: demo.words[id, value] for id, value in (row["choice"] or {}).items()}
    return {
        "title": " / ".join(words.values()) or "Default", "sku": row["sku"], "variant_rank": rank,
        "barcode": row["barcode"], "manage_inventory": row["stock"] is not None,
        "allow_backorder": row["policy"] in ("backorder", "preorder"),
        "options": words or {"Default option": "Default option value"},
        "prices": [
            {"currency_code": price["currency"].lower(), "amount": float(price["compare_at"] or price["amount"])}
            for price in demo.prices[row["id"]]
        ],
    }  # fmt: skip


def _pictures(row: Row, drawn: Row) -> list[str]:
    found = drawn.get(row["id"])
    if found is None:
        return []
    first = row["doc"]["drawing"]["ink"] if row["doc"].get("drawing") else found["inks"][0]
    inks = sorted(found["inks"], key=lambda ink: ink != first)
    views = [f"{view}-{first}" for view in found["views"] if view != "plate"]
    names = [f"plate-{inks[0]}", *views, *(f"plate-{ink}" for ink in inks[1:])]
    return [f"/static/pictures/products/{row['id']}/{name}-640.webp" for name in names]


def _stock(admin: Admin, demo: Demo, location: str) -> None:
    stock = {row["sku"]: row["stock"] for rows in demo.variants.values() for row in rows}
    offset, wanted = 0, []
    while items := admin.get("/admin/inventory-items", limit=500, offset=offset, fields="id,sku")["inventory_items"]:
        offset += len(items)
        wanted += [
            {"inventory_item_id": item["id"], "location_id": location, "stocked_quantity": stock[item["sku"]]}
            for item in items
            if stock.get(item["sku"]) is not None
        ]
    for start in range(0, len(wanted), 200):
        admin.post("/admin/inventory-items/location-levels/batch", {"create": wanted[start : start + 200]})


def _sale(admin: Admin, demo: Demo, variants: dict[str, str]) -> None:
    """Reduced prices: Medusa keeps the earlier price and overrides it by a price list."""
    sku = {row["id"]: row["sku"] for rows in demo.variants.values() for row in rows}
    prices = [
        {
            "currency_code": row["currency"].lower(),
            "amount": float(row["amount"]),
            "variant_id": variants[sku[row["variant_id"]]],
        }
        for rows in demo.prices.values()
        for row in rows
        if row["compare_at"] and sku[row["variant_id"]] in variants
    ]
    body = {"title": "Sale", "description": "Reduced", "type": "sale", "status": "active", "prices": prices}
    admin.post("/admin/price-lists", body)


def _pictures_of_variants(admin: Admin, demo: Demo, made: list[Row]) -> None:
    """Which colour a picture shows."""
    colour = {row["sku"]: (row["choice"] or {}).get("colour") for rows in demo.variants.values() for row in rows}
    jobs: list[tuple[str, Row]] = []
    for product in made:
        for image in product["images"]:
            ink = image["url"].rsplit("/", 1)[1].removesuffix("-640.webp").partition("-")[2]
            shown = [variant["id"] for variant in product["variants"] if colour.get(variant["sku"]) == ink]
            if shown:
                jobs.append((f"/admin/products/{product['id']}/images/{image['id']}/variants/batch", {"add": shown}))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda job: admin.post(*job), jobs))
