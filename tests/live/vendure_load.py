"""Loads the demo catalogue (what `portico embedded export` writes) into an empty Vendure through its admin API.

A market is a channel with the market's name as its token; the default channel, which holds everything, is none. Categories
and collections are collections, each holding the products it lists; brands, attributes with a facet and colours are
facets. One picture a product.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

PICTURES = Path(__file__).parents[2] / "static/pictures/products"
LANGUAGES = ("en", "de", "ar")
MARKETS = {"gb": ("GBP", "GB"), "de": ("EUR", "DE"), "us": ("USD", "US"), "ae": ("AED", "AE")}
"""Channel token to currency and the country whose taxes and deliveries are its own."""
SPOKEN = {"gb": ("en",), "de": ("de", "en"), "us": ("en",), "ae": ("ar", "en")}
"""What a market's channel speaks, its own language first: an index is made for each."""
COUNTRIES = {"gb": ("GB",), "de": ("DE", "AT"), "us": ("US",), "ae": ("AE",)}
PAYMENTS = (
    ("bank-transfer", "dummy-payment-handler", {"en": "Bank transfer", "de": "Überweisung", "ar": "تحويل مصرفي"}),
    ("refused", "refusing-handler", {"en": "A card that is refused", "de": "Abgelehnte Karte", "ar": "بطاقة مرفوضة"}),
)
TAX = {"gb": 20, "de": 19, "us": 8, "ae": 5}
SALE_ROOT = "collections"
"""The collection below which the shop's campaigns stand."""
BARE = ("almanac-gift-card",)
"""Products left without a picture, beside those that have none."""
CHUNK = 120

Row = Mapping[str, Any]


class Admin:
    """The admin API, signed in as its first administrator."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=300.0, trust_env=False)
        self._token = ""
        self.send('mutation{login(username:"superadmin",password:"superadmin"){__typename}}')

    def send(self, query: str, variables: Row | None = None, *, channel: str = "") -> Any:
        answer = self._http.post(
            "/admin-api", json={"query": query, "variables": variables or {}}, headers=self._headers(channel)
        )
        return self._data(answer)

    def upload(self, files: Sequence[Path]) -> list[str]:
        """Ids of the pictures, by the GraphQL multipart convention."""
        query = "mutation($input:[CreateAssetInput!]!){createAssets(input:$input){... on Asset{id}}}"
        told = {"query": query, "variables": {"input": [{"file": None} for _ in files]}}
        places = {str(at): [f"variables.input.{at}.file"] for at in range(len(files))}
        answer = self._http.post(
            "/admin-api",
            data={"operations": json.dumps(told), "map": json.dumps(places)},
            files={str(at): (_named(file), file.read_bytes(), "image/webp") for at, file in enumerate(files)},
            headers={**self._headers(""), "apollo-require-preflight": "true"},
        )
        return [one["id"] for one in self._data(answer)["createAssets"]]

    def _headers(self, channel: str) -> dict[str, str]:
        headers = {"authorization": f"Bearer {self._token}"} if self._token else {}
        return {**headers, "vendure-token": channel} if channel else headers

    def _data(self, answer: httpx.Response) -> Any:
        self._token = answer.headers.get("vendure-auth-token") or self._token
        told = answer.json()
        assert not told.get("errors"), told["errors"]
        return told["data"]

    def close(self) -> None:
        self._http.close()


def _named(file: Path) -> str:
    return f"{file.parent.name}-{file.name}"


def pieces(all_: Sequence[Any], size: int = CHUNK) -> Iterator[Sequence[Any]]:
    for at in range(0, len(all_), size):
        yield all_[at : at + size]


def words(text: Row, **more: Callable[[str], str]) -> list[dict[str, str]]:
    """Translations of a name in every language."""
    return [
        {"languageCode": language, "name": text.get(language) or text.get("") or text["en"]}
        | {key: made(language) for key, made in more.items()}
        for language in LANGUAGES
    ]


def minor(amount: str) -> int:
    return int(Decimal(amount) * 100)


class Loader:
    """One load. `ids` are Vendure's by the demo's."""

    def __init__(self, url: str, export: Mapping[str, Sequence[Row]]) -> None:
        self.admin, self.rows = Admin(url), export
        self.channels: dict[str, str] = {}
        self.facets: dict[tuple[str, str], str] = {}
        self.options: dict[tuple[str, str], str] = {}
        self.groups: dict[str, str] = {}
        self.products: dict[int, str] = {}
        self.variants: dict[str, str] = {}
        self.seconds: dict[str, float] = {}
        self.settings = {row["key"]: row["doc"] for row in export["setting"]}
        self.texts: dict[int, dict[str, Row]] = {}
        for row in export["product_text"]:
            self.texts.setdefault(row["product_n"], {})[row["language"]] = row

    def load(self) -> None:
        steps = (
            self.shop,
            self.words_of_facets,
            self.words_of_options,
            self.goods,
            self.prices,
            self.shelves,
            self.trade,
            self.index,
        )
        for step in steps:
            began = time.monotonic()
            step()
            self.seconds[step.__name__] = round(time.monotonic() - began, 1)
        self.admin.close()

    # ---------------------------------------------------------------- the shop

    def shop(self) -> None:
        send = self.admin.send
        send(
            "mutation($l:[LanguageCode!]){updateGlobalSettings(input:{availableLanguages:$l}){__typename}}",
            {"l": LANGUAGES},
        )
        countries: dict[str, str] = {}
        for code in (code for each in COUNTRIES.values() for code in each):
            made = send(
                "mutation($i:CreateCountryInput!){createCountry(input:$i){id}}",
                {"i": {"code": code, "enabled": True, "translations": [{"languageCode": "en", "name": code}]}},
            )
            countries[code] = made["createCountry"]["id"]
        category = send('mutation{createTaxCategory(input:{name:"Standard",isDefault:true}){id}}')["createTaxCategory"]
        default = send("{channels{items{id}}}")["channels"]["items"][0]["id"]
        for market, (currency, _) in MARKETS.items():
            zone = send(
                "mutation($i:CreateZoneInput!){createZone(input:$i){id}}",
                {"i": {"name": market, "memberIds": [countries[code] for code in COUNTRIES[market]]}},
            )["createZone"]["id"]
            rate = {"name": market, "enabled": True, "value": TAX[market], "categoryId": category["id"], "zoneId": zone}
            send("mutation($i:CreateTaxRateInput!){createTaxRate(input:$i){id}}", {"i": rate})
            channel = {
                "code": market,
                "token": market,
                "defaultLanguageCode": SPOKEN[market][0],
                "availableLanguageCodes": SPOKEN[market],
                "pricesIncludeTax": market != "us",
                "defaultCurrencyCode": currency,
                "availableCurrencyCodes": [currency],
                "defaultTaxZoneId": zone,
                "defaultShippingZoneId": zone,
            }
            if not self.channels:
                query = "mutation($i:UpdateChannelInput!){updateChannel(input:$i){__typename}}"
                send(
                    query,
                    {"i": {key: channel[key] for key in channel if key not in ("code", "token")} | {"id": default}},
                )
            query = "mutation($i:CreateChannelInput!){c:createChannel(input:$i){... on Channel{id}}}"
            self.channels[market] = send(query, {"i": channel})["c"]["id"]
        location = send("{stockLocations{items{id}}}")["stockLocations"]["items"][0]["id"]
        self._shared("StockLocation", "stockLocationIds", [location])

    def _shared(self, what: str, key: str, ids: Sequence[str], channels: Sequence[str] | None = None) -> None:
        """Give things to the markets' channels, or to those named."""
        name = f"assign{what}sToChannel"
        for channel in channels or self.channels.values():
            query = f"mutation($i:Assign{what}sToChannelInput!){{{name}(input:$i){{id}}}}"
            for some in pieces(ids):
                self.admin.send(query, {"i": {key: some, "channelId": channel}})

    # ---------------------------------------------------------------- words

    def words_of_facets(self) -> None:
        values: dict[str, list[tuple[str, Row]]] = {
            "brand": [(row["id"], {"": row["name"]}) for row in self.rows["brand"]]
        }
        names: dict[str, Row] = {"brand": {"en": "Brand", "de": "Marke", "ar": "العلامة"}}
        for row in self.rows["attribute"]:
            if row["facet"]:
                names[row["id"]] = row["name"]
        for row in sorted(self.rows["attribute_value"], key=lambda row: row["position"]):
            if row["attribute_id"] in names:
                values.setdefault(row["attribute_id"], []).append((row["id"], row["name"]))
        names["colour"] = next(row["name"] for row in self.rows["option"] if row["id"] == "colour")
        values["colour"] = [
            (row["id"], row["name"]) for row in self.rows["option_value"] if row["option_id"] == "colour"
        ]
        for code, named in names.items():
            given = [{"code": id, "translations": words(name)} for id, name in values.get(code, ())]
            made = self.admin.send(
                "mutation($i:CreateFacetInput!){createFacet(input:$i){id values{id code}}}",
                {"i": {"code": code, "isPrivate": False, "translations": words(named), "values": given}},
            )["createFacet"]
            self.facets |= {(code, value["code"]): value["id"] for value in made["values"]}
            self.facets[code, ""] = made["id"]
        self._shared("Facet", "facetIds", [id for (_, value), id in self.facets.items() if not value])

    def words_of_options(self) -> None:
        """Option groups are shared by the products, each of which uses some of their values."""
        used = {option for row in self.rows["product"] for option in row["doc"].get("options", ())}
        for row in self.rows["option"]:
            if row["id"] not in used:
                continue
            mine = [value for value in self.rows["option_value"] if value["option_id"] == row["id"]]
            made = self.admin.send(
                "mutation($i:CreateProductOptionGroupInput!){g:createProductOptionGroup(input:$i){id}}",
                {"i": {"code": row["id"], "translations": words(row["name"]), "options": []}},
            )["g"]["id"]
            self.groups[row["id"]] = made
            for value in sorted(mine, key=lambda each: each["position"]):
                option = {"productOptionGroupId": made, "code": value["id"], "translations": words(value["name"])}
                if value["swatch"]:
                    option["customFields"] = {"swatch": value["swatch"]}
                told = self.admin.send(
                    "mutation($i:CreateProductOptionInput!){o:createProductOption(input:$i){id}}", {"i": option}
                )
                self.options[row["id"], value["id"]] = told["o"]["id"]
        self._shared("ProductOptionGroup", "productOptionGroupIds", list(self.groups.values()))

    # ---------------------------------------------------------------- goods

    def goods(self) -> None:
        pictures = self._pictures()
        rows = sorted(self.rows["product"], key=lambda row: -row["rank"])
        for some in pieces(rows, 20):
            fields = ",".join(f"$p{at}:CreateProductInput!" for at in range(len(some)))
            asked = " ".join(f"p{at}:createProduct(input:$p{at}){{id}}" for at in range(len(some)))
            told = self.admin.send(
                f"mutation({fields}){{{asked}}}",
                {f"p{at}": self._product(row, pictures) for at, row in enumerate(some)},
            )
            self.products |= {row["n"]: told[f"p{at}"]["id"] for at, row in enumerate(some)}
        pairs = [(self.products[row["n"]], self.groups[o]) for row in rows for o in row["doc"].get("options", ())]
        for some in pieces(pairs, 40):
            asked = " ".join(
                f'g{at}:addOptionGroupToProduct(productId:"{product}",optionGroupId:"{group}"){{id}}'
                for at, (product, group) in enumerate(some)
            )
            self.admin.send(f"mutation{{{asked}}}")
        prices = {(row["variant_id"], row["currency"]): row["amount"] for row in self.rows["price"]}
        kept = [row for row in self.rows["variant"] if (row["id"], "GBP") in prices]
        kept.sort(key=lambda row: (row["product_n"], row["position"]))
        for some in pieces(kept):
            told = self.admin.send(
                "mutation($i:[CreateProductVariantInput!]!){v:createProductVariants(input:$i){id sku}}",
                {"i": [self._variant(row, prices[row["id"], "GBP"]) for row in some]},
            )["v"]
            self.variants |= {row["id"]: made["id"] for row, made in zip(some, told, strict=True)}
        self._shared("ProductVariant", "productVariantIds", list(self.variants.values()))

    def _pictures(self) -> dict[str, list[str]]:
        """One picture of each product in its first colour; of the first products another one, in use."""
        files: dict[Path, str] = {}
        for row in self.rows["product"]:
            doc = row["doc"]
            ink = (doc.get("drawing") or {}).get("ink") or (doc.get("values", {}).get("colour") or [""])[0]
            for view in ("plate", "use") if row["rank"] >= 85 else ("plate",):
                file = PICTURES / row["id"] / f"{view}-{ink}-640.webp"
                if file.is_file() and row["id"] not in BARE:
                    files[file] = row["id"]
        found: dict[str, list[str]] = {}
        for some in pieces(list(files), 20):
            for file, id in zip(some, self.admin.upload(some), strict=True):
                found.setdefault(files[file], []).append(id)
        ids = [id for some in found.values() for id in some]
        for channel in self.channels.values():
            for some in pieces(ids):
                self.admin.send(
                    "mutation($i:AssignAssetsToChannelInput!){assignAssetsToChannel(input:$i){id}}",
                    {"i": {"assetIds": some, "channelId": channel}},
                )
        return found

    def _product(self, row: Row, pictures: Mapping[str, list[str]]) -> Row:
        doc, texts = row["doc"], self.texts[row["n"]]
        chosen = [("brand", row["brand_id"])] if row["brand_id"] else []
        chosen += [(one["id"], value) for one in doc.get("attributes", ()) for value in one.get("values", ())]
        chosen += [("colour", value) for value in doc.get("values", {}).get("colour", ())]
        told = [
            {"languageCode": language, "name": text["title"], "slug": text["slug"], "description": text["description"]}
            for language in LANGUAGES
            for text in (texts.get(language) or texts["en"],)
        ]
        assets = pictures.get(row["id"], [])
        return {
            "enabled": True,
            "translations": told,
            "facetValueIds": [self.facets[one] for one in chosen if one in self.facets],
            "assetIds": assets,
            "featuredAssetId": assets[0] if assets else None,
        }

    def _variant(self, row: Row, price: str) -> Row:
        chosen = row["choice"]
        texts = self.texts[row["product_n"]]
        named = {(each["option_id"], each["id"]): each["name"] for each in self.rows["option_value"]}
        translations = []
        for language in LANGUAGES:
            values = [named[pair].get(language) or named[pair]["en"] for pair in chosen.items()]
            title = (texts.get(language) or texts["en"])["title"]
            translations.append({"languageCode": language, "name": " ".join([title, *values])})
        later = row["policy"] in ("backorder", "preorder")
        stock = 0 if row["policy"] == "discontinued" else row["stock"]
        return {
            "productId": self.products[row["product_n"]],
            "sku": row["sku"] or row["id"],
            "price": minor(price),
            "optionIds": [self.options[pair] for pair in chosen.items()],
            "translations": translations,
            "trackInventory": "FALSE" if stock is None or later else "TRUE",
            "stockOnHand": stock or 0,
        }

    def prices(self) -> None:
        """The price of every variant in every channel, as the demo says it."""
        for market, (currency, _) in MARKETS.items():
            mine = [
                {"id": self.variants[row["variant_id"]], "price": minor(row["amount"])}
                for row in self.rows["price"]
                if row["currency"] == currency and row["variant_id"] in self.variants
            ]
            for some in pieces(mine):
                self.admin.send(
                    "mutation($i:[UpdateProductVariantInput!]!){updateProductVariants(input:$i){id}}",
                    {"i": some},
                    channel=market,
                )

    # ---------------------------------------------------------------- shelves, trade, index

    def shelves(self) -> None:
        texts: dict[str, dict[str, Row]] = {}
        for row in self.rows["category_text"]:
            texts.setdefault(row["category_id"], {})[row["language"]] = row
        holds: dict[str, list[int]] = {}
        parents = {row["id"]: row["parent"] for row in self.rows["category"]}
        for row in self.rows["product_category"]:
            at: str | None = row["category_id"]
            while at:
                holds.setdefault(at, []).append(row["product_n"])
                at = parents[at]
        root = self._collection({"en": {"slug": SALE_ROOT, "name": "Collections", "description": ""}}, None, [])
        made: dict[str, str] = {}
        for row in sorted(self.rows["category"], key=lambda row: (row["parent"] is not None, row["position"])):
            parent = root if row["kind"] == "collection" else made.get(row["parent"] or "")
            products = [self.products[n] for n in dict.fromkeys(holds.get(row["id"], ()))]
            made[row["id"]] = self._collection(texts[row["id"]], parent, products)
        self._shared("Collection", "collectionIds", [root, *made.values()])

    def _collection(self, texts: Mapping[str, Row], parent: str | None, products: Sequence[str]) -> str:
        told = [
            {key: text[key] for key in ("slug", "name", "description")} | {"languageCode": language}
            for language in LANGUAGES
            for text in (texts.get(language) or texts["en"],)
        ]
        listed = {
            "code": "product-id-filter",
            "arguments": [
                {"name": "productIds", "value": json.dumps(products)},
                {"name": "combineWithAnd", "value": "true"},
            ],
        }
        made = self.admin.send(
            "mutation($i:CreateCollectionInput!){createCollection(input:$i){id}}",
            {
                "i": {
                    "translations": told,
                    "parentId": parent,
                    "inheritFilters": False,
                    "filters": [listed] if products else [],
                }
            },
        )
        return str(made["createCollection"]["id"])

    def trade(self) -> None:
        for market, (_, country) in MARKETS.items():
            for option in self.settings["delivery"][country]["options"]:
                self._delivery(market, option)
        for code, handler, name in PAYMENTS:
            settle = [{"name": "automaticSettle", "value": "false"}] if code == "bank-transfer" else []
            made = self.admin.send(
                "mutation($i:CreatePaymentMethodInput!){createPaymentMethod(input:$i){id}}",
                {
                    "i": {
                        "code": code,
                        "enabled": True,
                        "handler": {"code": handler, "arguments": settle},
                        "translations": [one | {"description": ""} for one in words(name)],
                    }
                },
            )
            self._shared("PaymentMethod", "paymentMethodIds", [made["createPaymentMethod"]["id"]])
        for code, promotion in self.settings["promotion"].items():
            self._promotion(code, promotion)

    def _delivery(self, market: str, option: Row) -> None:
        free = minor(option["free_from"]) if option.get("free_from") else None
        arguments = {"rate": minor(option["price"]), "includesTax": "auto", "taxRate": TAX[market]}
        told = "" if free is None else f"<p>{free / 100:.2f}</p>"
        method = {
            "code": f"{market}-{option['id']}",
            "fulfillmentHandler": "manual-fulfillment",
            "checker": _operation("default-shipping-eligibility-checker", orderMinimum=0),
            "calculator": _operation("default-shipping-calculator", **arguments),
            "translations": [one | {"description": told} for one in words(option["name"])],
        }
        self.admin.send(
            "mutation($i:CreateShippingMethodInput!){createShippingMethod(input:$i){id}}",
            {"i": method},
            channel=market,
        )

    def _promotion(self, code: str, promotion: Row) -> None:
        if promotion["gift"] or promotion["sign_in"] or promotion["categories"]:
            return  # conditions Vendure has no word for
        amount, minimum = promotion["amount"].get("GBP"), promotion["minimum"].get("GBP")
        if promotion["percent"]:
            action: Row = {
                "code": "order_percentage_discount",
                "arguments": [{"name": "discount", "value": promotion["percent"]}],
            }
        elif promotion["free_shipping"]:
            action = {"code": "free_shipping", "arguments": []}
        else:
            action = {"code": "order_fixed_discount", "arguments": [{"name": "discount", "value": str(minor(amount))}]}
        asked = [{"name": "amount", "value": str(minor(minimum or "0"))}, {"name": "taxInclusive", "value": "true"}]
        told = {
            "enabled": True,
            "couponCode": code,
            "usageLimit": promotion["uses"],
            "actions": [action],
            "endsAt": f"{promotion['ends']}T00:00:00Z" if promotion["ends"] else None,
            "conditions": [{"code": "minimum_order_amount", "arguments": asked}],
            "translations": [one | {"description": ""} for one in words(promotion["name"])],
        }
        made = self.admin.send(
            "mutation($i:CreatePromotionInput!){createPromotion(input:$i){... on Promotion{id}}}", {"i": told}
        )["createPromotion"]["id"]
        # An amount is in one currency, so its promotion is in one market.
        self._shared("Promotion", "promotionIds", [made], [self.channels["gb"]] if amount else None)

    def index(self) -> None:
        """Let the collections be filled, then index every channel. Jobs made by the load itself were left out."""
        self._settled()
        for market in MARKETS:
            self.admin.send("mutation{reindex{id}}", channel=market)
        self._settled()

    def _settled(self) -> None:
        end = time.monotonic() + 300
        while time.monotonic() < end:
            told = self.admin.send("{jobs(options:{filter:{isSettled:{eq:false}},take:1}){totalItems}}")
            if not told["jobs"]["totalItems"]:
                return
            time.sleep(0.2)
        raise TimeoutError("Vendure's jobs did not settle")


def _operation(code: str, **arguments: object) -> Row:
    return {"code": code, "arguments": [{"name": name, "value": str(value)} for name, value in arguments.items()]}


def load(url: str, export: Path) -> dict[str, float]:
    """Load it; the seconds each step took."""
    loader = Loader(url, json.loads(export.read_text(encoding="utf-8")))
    loader.load()
    return loader.seconds
