"""Channels, taxes, warehouses, deliveries, payments, vouchers and gift cards of the demo shop on Saleor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from tests.live.saleor.admin import Admin, Row, named, word

MARKETS = {
    "gb": ("GBP", ("GB",)),
    "de": ("EUR", ("DE", "AT")),
    "us": ("USD", ("US",)),
    "ae": ("AED", ("AE",)),
}
"""By the channel's slug: its currency and the countries it sends to, its own first."""
TAX = {"GB": 20, "DE": 19, "AT": 20, "US": 8, "AE": 5}
PENNY = Decimal("0.01")
LONG_AGO = "2020-01-01T00:00:00Z"
"""When vouchers began: Saleor makes none that ended before it begins, and some of the demo's have ended."""
DUMMY = "mirumee.payments.dummy"
GIFT_CARDS = {
    "gb": "GIFT-GBP-SALEOR",
    "de": "GIFT-EUR-SALEOR",
    "us": "GIFT-USD-SALEOR",
    "ae": "GIFT-AED-SALEOR",
}
BALANCE = "500.00"
_PICKUPS = {
    "gb": ("London", {"streetAddress1": "14 Kiln Lane", "city": "London", "postalCode": "SE1 9PH", "country": "GB"}),
    "de": ("Berlin", {"streetAddress1": "Setzerstraße 11", "city": "Berlin", "postalCode": "10997", "country": "DE"}),
}  # fmt: skip
_HOME = {"streetAddress1": "1 Kiln Lane", "city": "London", "postalCode": "SE1 9PH", "country": "GB"}


class Trade:
    """`channels` by market; `settings` are the demo's."""

    def __init__(self, admin: Admin, settings: Mapping[str, Any]) -> None:
        self._admin, self._settings = admin, settings
        self.channels: dict[str, str] = {}
        self.warehouse = self.tax_class = ""

    # ---------------------------------------------------------------- before the goods

    def places(self) -> None:
        """The shop, its channels, their warehouses and taxes. New customers need not confirm their address."""
        shop = {
            "enableAccountConfirmationByEmail": False, "allowLoginWithoutConfirmation": True,
            "limitQuantityPerCheckout": 50, "fulfillmentAutoApprove": True,
        }  # fmt: skip
        self._admin.put("shopSettingsUpdate", "ShopSettingsInput", shop, "shop{name}")
        rates = [{"countryCode": country, "rate": rate} for country, rate in TAX.items()]
        made = self._admin.put(
            "taxClassCreate", "TaxClassCreateInput", {"name": "Goods", "createCountryRates": rates}, "taxClass{id}"
        )
        self.tax_class = made["taxClass"]["id"]
        for market, (currency, countries) in MARKETS.items():
            self._channel(market, currency, countries[0])
        self.warehouse = self._warehouse("Almanac", _HOME, list(self.channels))
        for market, (name, address) in _PICKUPS.items():
            id = self._warehouse(f"Almanac {name}", address, [market])
            collecting = {"clickAndCollectOption": "ALL", "isPrivate": False}
            self._admin.set("updateWarehouse", id, "WarehouseUpdateInput", collecting)
            self._zone(f"{market} pickup", MARKETS[market][1], market, id)
        for market, (_, countries) in MARKETS.items():
            for country in countries:
                zone = self._zone(f"{market} {country}", (country,), market, self.warehouse)
                self._deliveries(market, country, zone)

    def _channel(self, market: str, currency: str, country: str) -> None:
        input_ = {
            "name": f"Almanac {country}", "slug": market, "currencyCode": currency, "defaultCountry": country,
            "isActive": True, "orderSettings": {"automaticallyConfirmAllNewOrders": True, "allowUnpaidOrders": False},
            "checkoutSettings": {"allowLegacyGiftCardUse": True},
        }  # fmt: skip
        select = "channel{id taxConfiguration{id}}"
        made = self._admin.put("channelCreate", "ChannelCreateInput", input_, select)["channel"]
        self.channels[market] = made["id"]
        taxes = {
            "chargeTaxes": True, "taxCalculationStrategy": "FLAT_RATES", "displayGrossPrices": market != "us",
            "pricesEnteredWithTax": market != "us",
        }  # fmt: skip
        self._admin.set("taxConfigurationUpdate", made["taxConfiguration"]["id"], "TaxConfigurationUpdateInput", taxes)

    def _warehouse(self, name: str, address: Row, markets: Sequence[str]) -> str:
        input_ = {"name": name, "address": address}
        made = self._admin.put("createWarehouse", "WarehouseCreateInput", input_, "warehouse{id}")
        id = str(made["warehouse"]["id"])
        for market in markets:
            self._admin.set("channelUpdate", self.channels[market], "ChannelUpdateInput", {"addWarehouses": [id]})
        return id

    def _zone(self, name: str, countries: Sequence[str], market: str, warehouse: str) -> str:
        input_ = {
            "name": name, "countries": list(countries), "addChannels": [self.channels[market]],
            "addWarehouses": [warehouse],
        }  # fmt: skip
        made = self._admin.put("shippingZoneCreate", "ShippingZoneCreateInput", input_, "shippingZone{id}")
        return str(made["shippingZone"]["id"])

    def _deliveries(self, market: str, country: str, zone: str) -> None:
        """What is free from some sum on is a method of its own there, and the one to pay for ends below it."""
        for option in self._settings["delivery"][country]["options"]:
            if option["kind"] != "delivery":
                continue
            free = Decimal(option["free_from"]) if option.get("free_from") else None
            below = {"maximumOrderPrice": str(free - PENNY)} if free else {}
            self._method(market, zone, option, {"price": option["price"], **below})
            if free:
                self._method(market, zone, option, {"price": "0", "minimumOrderPrice": str(free)})

    def _method(self, market: str, zone: str, option: Row, listed: Row) -> None:
        input_ = {
            "name": word(option["name"]), "shippingZone": zone, "type": "PRICE", "taxClass": self.tax_class,
            "minimumDeliveryDays": option["days"]["min"], "maximumDeliveryDays": option["days"]["max"],
        }  # fmt: skip
        made = self._admin.put("shippingPriceCreate", "ShippingPriceInput", input_, "shippingMethod{id}")
        id = made["shippingMethod"]["id"]
        added = {"addChannels": [{"channelId": self.channels[market], **listed}]}
        self._admin.set("shippingMethodChannelListingUpdate", id, "ShippingMethodChannelListingInput", added)
        self._admin.translate("shippingPriceTranslate", id, "ShippingPriceTranslationInput", named(option["name"]))

    # ---------------------------------------------------------------- after them

    def offers(self) -> None:
        """Vouchers, gift cards, and the gateway that takes any payment."""
        for code, promotion in self._settings["promotion"].items():
            if not (promotion["gift"] or promotion["sign_in"] or promotion["categories"] or promotion["products"]):
                self._voucher(code, promotion)
        for market, code in GIFT_CARDS.items():
            balance = {"currency": MARKETS[market][0], "amount": BALANCE}
            card = {"code": code, "balance": balance, "isActive": True}
            self._admin.put("giftCardCreate", "GiftCardCreateInput", card, "giftCard{id}")
        for channel in self.channels.values():
            variables = {"c": ("ID!", channel), "p": ("ID!", DUMMY), "i": ("PluginUpdateInput!", {"active": True})}
            self._admin.do("pluginUpdate(channelId:$c,id:$p,input:$i)", variables)

    def _voucher(self, code: str, promotion: Row) -> None:
        percent, free = promotion["percent"], promotion["free_shipping"]
        input_ = {
            "name": word(promotion["name"]), "addCodes": [code], "type": "SHIPPING" if free else "ENTIRE_ORDER",
            "discountValueType": "PERCENTAGE" if percent or free else "FIXED", "usageLimit": promotion["uses"],
            "startDate": LONG_AGO, "endDate": f"{promotion['ends']}T00:00:00Z" if promotion["ends"] else None,
        }  # fmt: skip
        made = self._admin.put("voucherCreate", "VoucherInput", input_, "voucher{id}")["voucher"]["id"]
        listed = [
            {
                "channelId": self.channels[market],
                "discountValue": "100" if free else percent or promotion["amount"][currency],
                "minAmountSpent": promotion["minimum"].get(currency),
            }
            for market, (currency, _) in MARKETS.items()
            if percent or free or currency in promotion["amount"]
        ]
        self._admin.set("voucherChannelListingUpdate", made, "VoucherChannelListingInput", {"addChannels": listed})
        self._admin.translate("voucherTranslate", made, "NameTranslationInput", named(promotion["name"]))
