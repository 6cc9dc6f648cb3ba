"""The test Saleor's checkouts: open to whoever knows the id, apart from `user`; gone once they are ordered."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import graphql

from tests.adapters.saleor.stage_people import Denied, address, address_fault, fault, good

LIMIT = 50
CODE, CARD = "WELCOME10", "GIFT-CARD-2026-DEMO"
METHODS = {1: ("Standard", 4.5), 2: ("Express", 9.0)}


def gid(kind: str, key: object) -> str:
    return base64.b64encode(f"{kind}:{key}".encode()).decode()


class Checkouts:
    """Checkouts by id, and what became of them."""

    reader: dict[str, Any] | None

    def __init__(self) -> None:
        super().__init__()
        self.checkouts: dict[str, dict[str, Any]] = {}
        self.ordered: dict[str, dict[str, Any]] = {}
        self.points: list[dict[str, Any]] = []
        self.payments: dict[str, float] = {}
        self.stale = False

    def checkout_root(self) -> dict[str, Any]:
        return {
            "checkout": lambda info, id: self.shown(id),
            "checkoutCreate": self._create,
            "checkoutLinesAdd": self._add,
            "checkoutLinesUpdate": self._update_lines,
            "checkoutLinesDelete": self._delete_lines,
            "checkoutAddPromoCode": self._code,
            "checkoutRemovePromoCode": self._uncode,
            "updateMetadata": self._metadata,
            "checkoutCustomerNoteUpdate": self._note,
            "checkoutCustomerAttach": self._attach,
            "checkoutEmailUpdate": self._email,
            "checkoutShippingAddressUpdate": self._shipping,
            "checkoutBillingAddressUpdate": self._billing,
            "deliveryOptionsCalculate": self._deliveries,
            "checkoutDeliveryMethodUpdate": self._choose,
            "checkoutPaymentCreate": self._pay,
            "transactionCreate": self._record,
            "checkoutComplete": self._complete,
        }

    # ---------------------------------------------------------------- as it is shown

    def checkouts_of(self, user: dict[str, Any], channel: str) -> dict[str, Any]:
        own = [id for id, one in self.checkouts.items() if one["user"] is user and one["channel"] == channel]
        return {"edges": [{"node": self.shown(id)} for id in reversed(own)]}

    def _user(self, info: Any, one: dict[str, Any]) -> dict[str, Any] | None:
        if one["user"] is not None and one["user"] is not self.reader:
            raise Denied("To access this path, you need one of the following permissions: MANAGE_USERS, OWNER")
        found: dict[str, Any] | None = one["user"]
        return found

    def shown(self, id: str) -> dict[str, Any] | None:
        if not base64.b64decode(id).startswith(b"Checkout:"):
            raise graphql.GraphQLError("Invalid ID")
        one = self.checkouts.get(id)
        if one is None:
            return None
        variants = self.all_variants(one["channel"])  # type: ignore[attr-defined]
        currency = "GBP" if one["channel"] == "gb" else "EUR"
        share = 0.9 if one["voucher"] else 1.0
        lines, full = [], 0.0
        for key, (variant_id, quantity) in one["lines"].items():
            variant = variants[variant_id]
            price = variant["pricing"]["price"]["gross"]["amount"]
            full += price * quantity
            lines.append(
                {
                    "id": key, "quantity": quantity, "requiresShipping": True, "isGift": False, "variant": variant,
                    "unitPrice": _taxed(price * share, currency), "totalPrice": _taxed(price * share * quantity, currency),
                }
            )  # fmt: skip
        shipping = METHODS[one["method"]][1] if one["method"] else 0.0
        subtotal = round(full * share, 2)
        cards = [one["card"]] if one["card"] else []
        total = max(0.0, round(subtotal + shipping - sum(card["currentBalance"]["amount"] for card in cards), 2))
        method = _method(one["method"], currency) if one["method"] else None
        problems = [{"__typename": "CheckoutProblemDeliveryMethodStale"}] if self.stale and method else []
        return {
            "id": id, "quantity": sum(quantity for _, quantity in one["lines"].values()), "lines": lines,
            "channel": self.channel(one["channel"]),  # type: ignore[attr-defined]
            "user": lambda info: self._user(info, one),
            "email": one["email"], "isShippingRequired": True, "updatedAt": "2026-11-22T10:00:00+00:00",
            "customerNote": one["note"], "metadata": [{"key": k, "value": v} for k, v in one["metadata"].items()],
            "voucherCode": one["voucher"], "discountName": None, "translatedDiscountName": None, "giftCards": cards,
            "discount": {"amount": round(full - subtotal, 2), "currency": currency},
            "subtotalPrice": _taxed(subtotal, currency), "shippingPrice": _taxed(shipping, currency),
            "totalPrice": _taxed(total, currency), "problems": problems,
            "deliveryMethod": {**method, "__typename": "ShippingMethod"} if method else None,
            "delivery": {"id": one["delivery"], "shippingMethod": method} if method else None,
            "shippingAddress": one["shipping"], "billingAddress": one["billing"], "availableCollectionPoints": self.points,
            "authorizeStatus": "FULL" if self.payments.get(id, -1.0) >= total else "NONE", "chargeStatus": "NONE",
            "availablePaymentGateways": [{"id": "mirumee.payments.dummy"}],
        }  # fmt: skip

    # ---------------------------------------------------------------- lines

    def _wrong(self, one: dict[str, Any], lines: list[tuple[str, int]], *, more: bool) -> dict[str, Any] | None:
        variants = self.all_variants(one["channel"])  # type: ignore[attr-defined]
        for id, quantity in lines:
            if id not in variants:
                return fault("GRAPHQL_ERROR", "lines", "Could not resolve to a node")
            here = sum(q for v, q in one["lines"].values() if v == id) if more else 0
            if here + quantity > LIMIT:
                return fault("QUANTITY_GREATER_THAN_LIMIT", "quantity", variants=None)
            if here + quantity > variants[id]["quantityAvailable"]:
                return fault("INSUFFICIENT_STOCK", "quantity", variants=[id])
        return None

    def _create(self, info: Any, input: dict[str, Any]) -> dict[str, Any]:
        one: dict[str, Any] = {
            "channel": input["channel"], "lines": {}, "user": self.reader, "email": self.reader and self.reader["email"],
            "note": "", "metadata": {}, "voucher": None, "card": None, "method": None, "delivery": None, "shipping": None,
            "billing": None,
        }  # fmt: skip
        id = gid("Checkout", uuid.uuid4())
        return self._put(id, one, input["lines"])

    def _put(self, id: str, one: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
        wrong = self._wrong(one, [(line["variantId"], line["quantity"]) for line in lines], more=True)
        if wrong:
            return wrong
        self.checkouts[id] = one
        for line in lines:
            known = next((key for key, (v, _) in one["lines"].items() if v == line["variantId"]), None)
            key = known or gid("CheckoutLine", uuid.uuid4())
            before = one["lines"][key][1] if known else 0
            one["lines"][key] = (line["variantId"], before + line["quantity"])
        return good(checkout=self.shown(id))

    def _add(self, info: Any, id: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
        return self._put(id, self.checkouts[id], lines)

    def _update_lines(self, info: Any, id: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
        one = self.checkouts[id]
        asked = [(one["lines"][line["lineId"]][0], line["quantity"]) for line in lines]
        wrong = self._wrong(one, asked, more=False)
        if wrong:
            return wrong
        for line in lines:
            one["lines"][line["lineId"]] = (one["lines"][line["lineId"]][0], line["quantity"])
        return good(checkout=self.shown(id))

    def _delete_lines(self, info: Any, id: str, linesIds: list[str]) -> dict[str, Any]:
        for line in linesIds:
            self.checkouts[id]["lines"].pop(line)
        return good(checkout=self.shown(id))

    # ---------------------------------------------------------------- codes, notes, whose

    def _code(self, info: Any, id: str, promoCode: str) -> dict[str, Any]:
        if promoCode == CODE:
            self.checkouts[id]["voucher"] = CODE
        elif promoCode == CARD:
            balance = {"amount": 5.0, "currency": "GBP"}
            self.checkouts[id]["card"] = {"id": gid("GiftCard", 1), "last4CodeChars": "DEMO", "currentBalance": balance}
        else:
            return fault("VOUCHER_NOT_APPLICABLE" if promoCode == "FREESHIPPING" else "INVALID", "promoCode")
        return good(checkout=self.shown(id))

    def _uncode(self, info: Any, id: str, promoCode: str | None = None, promoCodeId: str | None = None) -> Any:
        self.checkouts[id]["voucher" if promoCode else "card"] = None
        return good(checkout=self.shown(id))

    def _metadata(self, info: Any, id: str, input: list[dict[str, str]]) -> dict[str, Any]:
        self.checkouts[id]["metadata"] |= {each["key"]: each["value"] for each in input}
        return good()

    def _note(self, info: Any, id: str, customerNote: str) -> dict[str, Any]:
        self.checkouts[id]["note"] = customerNote
        return good()

    def _attach(self, info: Any, id: str) -> dict[str, Any]:
        if self.reader is None or self.checkouts[id]["user"] is not None:
            raise Denied("You cannot reassign a checkout that is already attached to a user.")
        self.checkouts[id] |= {"user": self.reader, "email": self.reader["email"]}
        return good(checkout=self.shown(id))

    # ---------------------------------------------------------------- to the order

    def _email(self, info: Any, id: str, email: str) -> dict[str, Any]:
        self.checkouts[id]["email"] = email
        return good()

    def _shipping(self, info: Any, id: str, shippingAddress: dict[str, Any], saveAddress: bool) -> dict[str, Any]:
        assert saveAddress is False
        wrong = address_fault(shippingAddress)
        if not wrong:
            self.checkouts[id]["shipping"] = address(shippingAddress)
        return wrong or good()

    def _billing(self, info: Any, id: str, billingAddress: dict[str, Any], saveAddress: bool) -> dict[str, Any]:
        self.checkouts[id]["billing"] = address(billingAddress)
        return good()

    def _deliveries(self, info: Any, id: str) -> dict[str, Any]:
        one = self.checkouts[id]
        currency = "GBP" if one["channel"] == "gb" else "EUR"
        if one["shipping"] is None:
            return good(deliveries=[])
        one["options"] = {gid("CheckoutDelivery", uuid.uuid4()): key for key in METHODS} | one.get("options", {})
        fresh = dict(list(one["options"].items())[:2])
        return good(deliveries=[{"id": d, "shippingMethod": _method(key, currency)} for d, key in fresh.items()])

    def _choose(self, info: Any, id: str, deliveryMethodId: str) -> dict[str, Any]:
        one = self.checkouts[id]
        if deliveryMethodId not in one["options"]:
            return fault("DELIVERY_METHOD_NOT_APPLICABLE", "deliveryMethodId")
        one |= {"method": one["options"][deliveryMethodId], "delivery": deliveryMethodId}
        return good()

    def _pay(self, info: Any, id: str, input: dict[str, Any]) -> dict[str, Any]:
        self.payments[id] = float(input["amount"])
        return good()

    def _record(self, info: Any, id: str, transaction: dict[str, Any]) -> dict[str, Any]:
        if self.asked[-1]["token"] != "app":  # type: ignore[attr-defined]
            raise Denied("To access this path, you need one of the following permissions: HANDLE_PAYMENTS")
        self.payments[id] = self.payments.get(id, 0.0) + float(transaction["amountAuthorized"]["amount"])
        return good()

    def _complete(self, info: Any, id: str) -> dict[str, Any]:
        if id in self.ordered:
            return good(order=self.ordered[id], confirmationNeeded=False)
        found = self.shown(id)
        if found is None:
            return {**fault("NOT_FOUND", "id"), "order": None, "confirmationNeeded": False}
        total = found["totalPrice"]["gross"]["amount"]
        if self.payments.get(id, -1.0) < total:
            return {**fault("CHECKOUT_NOT_FULLY_PAID"), "order": None, "confirmationNeeded": False}
        made = {
            "id": gid("Order", uuid.uuid4()), "number": str(20 + len(self.ordered)), "created": "2026-11-22T12:32:20+00:00",
            "status": "UNFULFILLED", "statusDisplay": "Unfulfilled", "chargeStatus": "NONE", "channel": found["channel"],
            "userEmail": found["email"], "metadata": found["metadata"], "shippingMethodName": "Standard",
            "collectionPointName": None, "discount": found["discount"], "subtotal": found["subtotalPrice"],
            "shippingPrice": found["shippingPrice"], "total": found["totalPrice"], "fulfillments": [],
            "shippingAddress": found["shippingAddress"], "billingAddress": found["billingAddress"],
            "lines": [
                {
                    **line, "id": gid("OrderLine", uuid.uuid4()), "productName": line["variant"]["product"]["name"],
                    "variantName": "", "translatedProductName": "", "translatedVariantName": "",
                    "productSku": line["variant"]["sku"], "productVariantId": line["variant"]["id"],
                    "quantityFulfilled": 0, "isShippingRequired": True, "thumbnail": None,
                }
                for line in found["lines"]
            ],
        }  # fmt: skip
        one = self.checkouts.pop(id)
        if one["user"]:
            one["user"]["orders"].append(made)
        self.ordered[id] = made
        return good(order=made, confirmationNeeded=False)


def _taxed(amount: float, currency: str) -> dict[str, Any]:
    gross, net = round(amount, 2), round(amount / 1.25, 2)
    return {"gross": {"amount": gross, "currency": currency}, "net": {"amount": net, "currency": currency}}


def _method(key: int, currency: str) -> dict[str, Any]:
    name, price = METHODS[key]
    return {
        "id": gid("ShippingMethod", key), "name": name, "price": {"amount": price, "currency": currency},
        "minimumDeliveryDays": 1, "maximumDeliveryDays": 3, "active": True, "translation": None,
    }  # fmt: skip
