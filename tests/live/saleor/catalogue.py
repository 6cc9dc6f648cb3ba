"""The demo's products as Saleor keeps them: brands, facts and options are attributes, every set of options is a product
type, descriptions are blocks of an editor, and what a product's price was before is its prior price."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.live.saleor.admin import SPOKEN, Admin, Row, named, pieces, word
from tests.live.saleor.trade import MARKETS, Trade

PICTURES = Path(__file__).parents[3] / "static/pictures/products"
BARE = ("gift-card",)
"""Products left without a picture."""
BEST = 85
"""From this rank on a product has a picture of each colour."""
BRAND = {"en": "Brand", "de": "Marke", "ar": "العلامة"}
FILTERS = ("colour", "size")
"""Options that listings are narrowed by."""
_BLOCK = re.compile(r"<(p|h2|ul|ol)>(.*?)</\1>", re.DOTALL)
_ITEM = re.compile(r"<li>(.*?)</li>", re.DOTALL)


def blocks(markup: str | None) -> str | None:
    """Markup as Saleor's editor keeps it."""
    made: list[Row] = []
    for tag, inner in _BLOCK.findall(markup or ""):
        if tag in ("ul", "ol"):
            style = "ordered" if tag == "ol" else "unordered"
            made.append({"type": "list", "data": {"style": style, "items": _ITEM.findall(inner)}})
        elif tag == "h2":
            made.append({"type": "header", "data": {"text": inner, "level": 2}})
        else:
            made.append({"type": "paragraph", "data": {"text": inner}})
    return json.dumps({"blocks": made}) if made else None


class Catalogue:
    """What is kept are Saleor's ids by the demo's."""

    def __init__(self, admin: Admin, trade: Trade, export: Mapping[str, Any]) -> None:
        self._admin, self._trade, self._rows = admin, trade, export
        self._attributes: dict[str, str] = {}
        self._values: dict[tuple[str, str], str] = {}
        self._types: dict[tuple[str, ...], str] = {}
        self._categories: dict[str, str] = {}
        self._products: dict[int, str] = {}
        self._variants: dict[str, str] = {}
        self._texts: dict[Any, dict[str, Row]] = {}
        for row in export["product_text"]:
            self._texts.setdefault(row["product_n"], {})[row["language"]] = row
        for row in export["category_text"]:
            self._texts.setdefault(row["category_id"], {})[row["language"]] = row
        self._of: dict[int, list[Row]] = {}
        for row in sorted(export["variant"], key=lambda row: row["position"]):
            self._of.setdefault(row["product_n"], []).append(row)
        self._prices: dict[str, list[Row]] = {}
        for row in export["price"]:
            self._prices.setdefault(row["variant_id"], []).append(row)
        self._oldest = sorted(export["product"], key=lambda row: (row["created"], row["n"]))

    # ---------------------------------------------------------------- attributes and types

    def attributes(self) -> None:
        """Facts that are measures are texts. An option may be named as a fact is, so its address may be another one."""
        rows = self._rows
        brands = [{"id": row["id"], "name": {"en": row["name"]}} for row in rows["brand"]]
        self._attribute("brand", "brand", BRAND, "DROPDOWN", brands, filters=True)
        for row in sorted(rows["attribute"], key=lambda row: row["position"]):
            own = [one for one in rows["attribute_value"] if one["attribute_id"] == row["id"]]
            kind = "MULTISELECT" if own else "PLAIN_TEXT"
            self._attribute(row["id"], row["id"], row["name"], kind, own, filters=bool(row["facet"]))
        for row in sorted(rows["option"], key=lambda row: row["position"]):
            own = [one for one in rows["option_value"] if one["option_id"] == row["id"]]
            kind = "SWATCH" if row["kind"] == "swatch" else "DROPDOWN"
            slug = f"{row['id']}-option" if row["id"] in self._attributes else row["id"]
            self._attribute(f"o:{row['id']}", slug, row["name"], kind, own, filters=row["id"] in FILTERS)

    def _attribute(self, key: str, slug: str, name: Row, kind: str, own: Sequence[Row], *, filters: bool) -> None:
        own = sorted(own, key=lambda one: one.get("position", 0))
        values = [{"name": word(one["name"]), "value": one["swatch"]} for one in own if kind == "SWATCH"]
        values = values or [{"name": word(one["name"])} for one in own]
        input_ = {
            "name": word(name), "slug": slug, "type": "PRODUCT_TYPE", "inputType": kind, "visibleInStorefront": True,
            "filterableInStorefront": filters and kind != "PLAIN_TEXT", **({"values": values} if values else {}),
        }  # fmt: skip
        select = "attribute{id choices(first:100){edges{node{id name}}}}"
        made = self._admin.put("attributeCreate", "AttributeCreateInput", input_, select)["attribute"]
        ids = {edge["node"]["name"]: edge["node"]["id"] for edge in made["choices"]["edges"]}
        self._attributes[key] = made["id"]
        self._values |= {(key, one["id"]): ids[word(one["name"])] for one in own}
        self._admin.translate("attributeTranslate", made["id"], "NameTranslationInput", named(name))
        told = [(self._values[key, one["id"]], named(one["name"])) for one in own]
        self._translated("attributeValue", "AttributeValue", told)

    def _translated(self, name: str, kind: str, told: Sequence[tuple[str, Mapping[str, Row]]]) -> None:
        each = [
            {"id": id, "languageCode": code, "translationFields": texts[code.lower()]}
            for id, texts in told
            for code in SPOKEN
            if code.lower() in texts
        ]
        for some in pieces(each, 100):
            variables = {"t": (f"[{kind}BulkTranslateInput!]!", some)}
            self._admin.do(f"{name}BulkTranslate(translations:$t)", variables, "count")

    def types(self) -> None:
        facts = [id for key, id in self._attributes.items() if not key.startswith("o:")]
        for row in self._oldest:
            key = _kind(row)
            if key in self._types:
                continue
            options = [self._attributes[f"o:{id}"] for id in key[1:]]
            input_ = {
                "name": " ".join(key), "slug": "-".join(key).replace("_", "-"), "hasVariants": True,
                "kind": "GIFT_CARD" if key[0] == "gift_card" else "NORMAL",
                "isShippingRequired": key[0] == "physical", "taxClass": self._trade.tax_class,
                "productAttributes": facts, "variantAttributes": options,
            }  # fmt: skip
            made = self._admin.put("productTypeCreate", "ProductTypeInput", input_, "productType{id}")
            self._types[key] = made["productType"]["id"]
            self._chosen_by(self._types[key], options)

    def _chosen_by(self, product_type: str, options: Sequence[str]) -> None:
        """Unless it is said, no attribute of variants is one to choose by."""
        told = [{"id": id, "variantSelection": True} for id in options]
        if told:
            call = "productAttributeAssignmentUpdate(productTypeId:$id,operations:$o)"
            kind = "[ProductAttributeAssignmentUpdateInput!]!"
            self._admin.do(call, {"id": ("ID!", product_type), "o": (kind, told)})

    # ---------------------------------------------------------------- categories and collections

    def categories(self) -> None:
        """A new Saleor has one category, which holds nothing."""
        for edge in self._admin.send("{categories(first:100){edges{node{id}}}}")["categories"]["edges"]:
            self._admin.do("categoryDelete(id:$id)", {"id": ("ID!", edge["node"]["id"])})
        for row in sorted(self._rows["category"], key=lambda row: (row["parent"] is not None, row["position"])):
            if row["kind"] != "category":
                continue
            input_ = _shelf(self._texts[row["id"]]["en"])
            variables = {"i": ("CategoryInput!", input_), "p": ("ID", self._categories.get(row["parent"] or ""))}
            files = {}
            if file := _drawn(row.get("image")):
                input_["backgroundImage"], files = None, {"i__backgroundImage": file}
            made = self._admin.do("categoryCreate(input:$i,parent:$p)", variables, "category{id}", **files)
            self._categories[row["id"]] = made["category"]["id"]
            texts = {language: _shelf(text) for language, text in self._texts[row["id"]].items()}
            self._admin.translate("categoryTranslate", made["category"]["id"], "TranslationInput", texts)

    def collections(self) -> None:
        listed = [{"channelId": id, "isPublished": True} for id in self._trade.channels.values()]
        ranks = {row["n"]: -row["rank"] for row in self._rows["product"]}
        for row in sorted(self._rows["category"], key=lambda row: row["position"]):
            if row["kind"] != "collection":
                continue
            held = {one["product_n"] for one in self._rows["product_category"] if one["category_id"] == row["id"]}
            products = [self._products[n] for n in sorted(held, key=lambda n: (ranks[n], n))]
            input_ = {**_shelf(self._texts[row["id"]]["en"]), "isPublished": True, "products": products}
            made = self._admin.put("collectionCreate", "CollectionCreateInput", input_, "collection{id}")["collection"]
            self._admin.set(
                "collectionChannelListingUpdate",
                made["id"],
                "CollectionChannelListingUpdateInput",
                {"addChannels": listed},
            )
            texts = {language: _shelf(text) for language, text in self._texts[row["id"]].items()}
            self._admin.translate("collectionTranslate", made["id"], "TranslationInput", texts)

    # ---------------------------------------------------------------- products

    def products(self) -> None:
        """The oldest first, so that Saleor's own dates have the same order."""
        for some in pieces(self._oldest, 6):
            variables = {"p": ("[ProductBulkCreateInput!]!", [self._product(row) for row in some])}
            select = "results{product{id variants{id sku}} errors{message path}}"
            made = self._admin.do("productBulkCreate(products:$p)", variables, select)["results"]
            for row, one in zip(some, made, strict=True):
                assert one["product"], (row["id"], one["errors"])
                self._products[row["n"]] = one["product"]["id"]
                self._variants |= {each["sku"]: each["id"] for each in one["product"]["variants"]}
        told = [
            (id, {language: _texts(text) for language, text in self._texts[n].items()})
            for n, id in self._products.items()
        ]
        self._translated("product", "Product", told)

    def _product(self, row: Row) -> Row:
        held = [one for one in self._rows["product_category"] if one["product_n"] == row["n"]]
        main = next(one["category_id"] for one in held if one["main"])
        shown = {"isPublished": True, "visibleInListings": True, "isAvailableForPurchase": True}
        facts = [
            {"id": self._attributes[fact["id"]], "plainText": word(fact["text"])}
            if fact.get("text")
            else {
                "id": self._attributes[fact["id"]],
                "multiselect": [{"id": self._values[fact["id"], value]} for value in fact["values"]],
            }
            for fact in row["doc"].get("attributes", ())
        ]
        if row["brand_id"]:
            brand = {"id": self._values["brand", row["brand_id"]]}
            facts.append({"id": self._attributes["brand"], "dropdown": brand})
        return {
            **_texts(self._texts[row["n"]]["en"]), "productType": self._types[_kind(row)],
            "category": self._categories[main], "externalReference": row["sku"], "attributes": facts,
            "channelListings": [{"channelId": id, **shown} for id in self._trade.channels.values()],
            "variants": [self._variant(one) for one in self._of[row["n"]]],
        }  # fmt: skip

    def _variant(self, row: Row) -> Row:
        chosen = row["choice"] or {}
        swatches = {one["id"] for one in self._rows["option"] if one["kind"] == "swatch"}
        names = {(one["option_id"], one["id"]): word(one["name"]) for one in self._rows["option_value"]}
        later = row["policy"] == "backorder" or row["stock"] is None
        stock = 0 if row["policy"] == "discontinued" else row["stock"] or 0
        return {
            "sku": row["sku"], "name": " / ".join(names[pair] for pair in chosen.items()), "trackInventory": not later,
            "attributes": [
                {
                    "id": self._attributes[f"o:{option}"],
                    "swatch" if option in swatches else "dropdown": {"id": self._values[f"o:{option}", value]},
                }
                for option, value in chosen.items()
            ],
            "stocks": [{"warehouse": self._trade.warehouse, "quantity": stock}],
            "channelListings": [self._listed(one) for one in self._prices[row["id"]] if one["currency"] in _MARKET_OF],
            **({"preorder": _preorder(row)} if row["policy"] == "preorder" else {}),
        }  # fmt: skip

    def _listed(self, price: Row) -> Row:
        before = {"priorPrice": price["compare_at"]} if price["compare_at"] else {}
        return {"channelId": self._trade.channels[_MARKET_OF[price["currency"]]], "price": price["amount"], **before}

    # ---------------------------------------------------------------- pictures

    def pictures(self) -> None:
        """One of each product in its first colour; the best have one of each colour, which its variants show."""
        for row in self._oldest:
            inks = _inks(row) if row["rank"] >= BEST else _inks(row)[:1]
            for ink in inks if row["id"] not in BARE else ():
                file = PICTURES / row["id"] / f"plate-{ink}-640.webp"
                if file.is_file():
                    self._picture(row, ink, file, alone=len(inks) == 1)

    def _picture(self, row: Row, ink: str, file: Path, *, alone: bool) -> None:
        alt = word((row["doc"].get("drawing") or {}).get("alt") or {"en": ""})
        input_ = {"product": self._products[row["n"]], "alt": alt, "image": None}
        call, variables = "productMediaCreate(input:$i)", {"i": ("ProductMediaCreateInput!", input_)}
        media = self._admin.do(call, variables, "media{id}", i__image=file)["media"]["id"]
        own = [one["sku"] for one in self._of[row["n"]] if (one["choice"] or {}).get("colour") == ink]
        for some in pieces([] if alone else own, 4):
            asked = " ".join(
                f'a{at}:variantMediaAssign(mediaId:"{media}",variantId:"{self._variants[sku]}"){{errors{{message}}}}'
                for at, sku in enumerate(some)
            )
            self._admin.send(f"mutation{{{asked}}}")


_MARKET_OF = {currency: market for market, (currency, *_) in MARKETS.items()}


def _kind(row: Row) -> tuple[str, ...]:
    return (row["kind"] if row["kind"] != "bundle" else "physical", *row["doc"].get("options", ()))


def _inks(row: Row) -> list[str]:
    doc = row["doc"]
    return list(doc.get("values", {}).get("colour") or [(doc.get("drawing") or {}).get("ink") or ""])


def _drawn(image: Row | None) -> Path | None:
    file = PICTURES / image["product"] / f"plate-{image['ink']}-640.webp" if image and "product" in image else None
    return file if file and file.is_file() else None


def _shelf(text: Row) -> dict[str, Any]:
    return {"name": text["name"], "slug": text["slug"], "description": blocks(text["description"])}


def _texts(text: Row) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": text["title"],
        "slug": text["slug"],
        "description": blocks(text["description"]),
    }
    return {**told, "seo": {"description": text["summary"]}} if text["language"] == "en" else told


def _preorder(row: Row) -> Row:
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=row["due_days"] or 30)
    return {"globalThreshold": row["stock"], "endDate": end.isoformat()}
