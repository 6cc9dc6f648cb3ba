"""What promotions do to a cart. Percentages come first, then fixed amounts, each in the order of their codes: the order in
which the shopper entered them changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from bff.ports import Money, ProblemCode

from . import pricing, texts
from .reading import Reading
from .totals import ZERO, spread
from .trade import PromotionDoc


class Good(NamedTuple):
    """A line as promotions see it."""

    id: str
    amount: Decimal
    product: str
    kind: str
    categories: frozenset[str]


class Effect(NamedTuple):
    """What one promotion does now; `reason` says why nothing."""

    amount: Decimal | None = None
    reason: str | None = None


@dataclass
class Reductions:
    """What all promotions of a cart do together. `gifts` are SKUs by promotion."""

    by_line: dict[str, Decimal] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    effects: dict[str, Effect] = field(default_factory=dict)
    gifts: dict[str, str] = field(default_factory=dict)
    free_shipping: bool = False

    def take(self, name: str, shares: Mapping[str, Decimal]) -> None:
        for line, share in shares.items():
            self.by_line[line] = self.by_line.get(line, ZERO) + share
            self.names.setdefault(line, []).append(name)


class Buyer(NamedTuple):
    """Who buys: what uses are counted by. The customer is proved, the address only typed. `order`: the buyer's own order
    under way does not count."""

    customer: str | None = None
    email_key: str | None = None
    order: str | None = None


def refusal(r: Reading, code: str, promotion: PromotionDoc, buyer: Buyer) -> ProblemCode | None:
    """Why a promotion is not for this buyer, here and now. What was bought under an address that is only typed is not told:
    anybody could ask about anybody (`used_under`)."""
    if promotion.ends is not None and promotion.ends < r.today:
        return "code_invalid"
    if promotion.starts is not None and promotion.starts > r.today:
        return "code_invalid"
    if promotion.markets and r.market.id not in promotion.markets:
        return "code_not_applicable"
    if promotion.amount and r.currency not in promotion.amount:
        return "code_not_applicable"
    if promotion.sign_in and buyer.customer is None:
        return "code_needs_sign_in"
    return "code_used_up" if _used_up(r.connection, code, promotion, buyer) else None


def _used_up(connection: sqlite3.Connection, code: str, promotion: PromotionDoc, buyer: Buyer) -> bool:
    if promotion.uses is not None:
        count = connection.execute(
            "SELECT count(*) FROM promotion_use WHERE promotion = ? AND order_number IS NOT ?", (code, buyer.order)
        ).fetchone()[0]
        if count >= promotion.uses:
            return True
    if not promotion.once:
        return False
    mine = connection.execute(
        "SELECT 1 FROM promotion_use WHERE promotion = ?1 AND order_number IS NOT ?2"
        " AND (customer_id = ?3 OR email_key = (SELECT email_key FROM customer WHERE id = ?3))",
        (code, buyer.order, buyer.customer),
    ).fetchone()
    return mine is not None


def used_under(connection: sqlite3.Connection, code: str, promotion: PromotionDoc, buyer: Buyer) -> bool:
    """Whether a code for one use was used under the address typed. Asked while ordering only, when nothing else is wrong:
    that it was not, takes an order to find out. That it was, is told by a refusal which names the code, as often as the
    store lets one client order."""
    used = connection.execute(
        "SELECT 1 FROM promotion_use WHERE promotion = ? AND order_number IS NOT ? AND email_key = ?",
        (code, buyer.order, buyer.email_key),
    ).fetchone()
    return promotion.once and used is not None


def reductions(r: Reading, goods: Sequence[Good], entered: Mapping[str, PromotionDoc], shipped: bool) -> Reductions:
    """What the promotions entered do to these lines. Gifts are only named: whether they can be had is the cart's matter."""
    done = Reductions()
    open_amounts = {good.id: good.amount for good in goods if good.kind != "gift_card"}
    worth = sum(open_amounts.values(), ZERO)
    ordered = sorted(entered.items(), key=lambda one: (one[1].percent is None, one[0]))
    for code, promotion in ordered:
        lines = [good.id for good in goods if good.id in open_amounts and _meant(good, promotion)]
        least = promotion.minimum.get(r.currency, ZERO)
        if worth < least:
            missing = texts.amount(Money(least - worth, r.currency), r.languages)
            done.effects[code] = Effect(reason=texts.word("code_minimum", r.languages).format(amount=missing))
        elif not lines:
            done.effects[code] = Effect(reason=texts.word("code_no_goods", r.languages))
        elif promotion.gift:
            done.gifts[code] = promotion.gift
            done.effects[code] = Effect()
        elif promotion.free_shipping:
            done.free_shipping = shipped
            done.effects[code] = Effect(reason=None if shipped else texts.word("code_no_delivery", r.languages))
        else:
            _reduce(r, done, code, promotion, {line: open_amounts[line] for line in lines}, open_amounts)
    return done


def _reduce(
    r: Reading,
    done: Reductions,
    code: str,
    promotion: PromotionDoc,
    weights: Mapping[str, Decimal],
    open_amounts: dict[str, Decimal],
) -> None:
    whole = sum(weights.values(), ZERO)
    if promotion.percent is not None:
        amount = pricing.rounded(whole * promotion.percent / 100, r.currency)
    else:
        amount = promotion.amount.get(r.currency, ZERO)
    shares = spread(amount, weights, r.currency)
    for line, share in shares.items():
        open_amounts[line] -= share
    taken = sum(shares.values(), ZERO)
    done.take(r.text(promotion.name), shares)
    done.effects[code] = Effect(amount=taken) if taken else Effect(reason=texts.word("code_nothing_left", r.languages))


def _meant(good: Good, promotion: PromotionDoc) -> bool:
    if not promotion.categories and not promotion.products:
        return True
    return good.product in promotion.products or bool(good.categories.intersection(promotion.categories))


def use(connection: sqlite3.Connection, codes: Sequence[str], buyer: Buyer, order: str) -> None:
    connection.executemany(
        "INSERT INTO promotion_use (promotion, order_number, customer_id, email_key) VALUES (?, ?, ?, ?)",
        [(code, order, buyer.customer, buyer.email_key) for code in codes],
    )


def give_back(connection: sqlite3.Connection, order: str) -> list[str]:
    """Take back the uses of an order. Says which promotions they were of."""
    codes = [
        row[0] for row in connection.execute("SELECT promotion FROM promotion_use WHERE order_number = ?", (order,))
    ]
    connection.execute("DELETE FROM promotion_use WHERE order_number = ?", (order,))
    return codes
