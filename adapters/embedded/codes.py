"""Codes in a cart: entering, taking out, and those that hold no longer. Case, spaces and hyphens make no difference."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import NamedTuple

from bff.ports import Problem, ProblemCode, Target

from . import gift_cards, promotions
from .promotions import Buyer
from .reading import Reading
from .trade import promotions as known_promotions

PROMOTIONS, GIFT_CARDS = 3, 5
"""The most of each in one cart."""
_LONGEST = 60


class Entered(NamedTuple):
    """A code that stands in a cart: a promotion's, or the id of a gift card."""

    id: str
    kind: str
    code: str


def fold(code: str) -> str:
    """A code as it is compared."""
    plain = unicodedata.normalize("NFKC", code).upper()
    return "".join(c for c in plain if c.isalnum())[:_LONGEST]


def entered(r: Reading, cart: str) -> list[Entered]:
    """The codes of a cart, always in the same order."""
    rows = r.connection.execute("SELECT id, kind, code FROM cart_code WHERE cart_id = ? ORDER BY kind, code", (cart,))
    return [Entered(*row) for row in rows]


def enter(r: Reading, cart: str, code: str, buyer: Buyer) -> Problem | None:
    """Put a code into a cart, or say why not. A code entered twice stands once. Promotions and gift cards are always both
    looked for: the time it takes says nothing."""
    target = Target(kind="code", id=code[:80])
    folded = fold(code)
    known = {fold(name): name for name in known_promotions(r)}
    promotion, card = known.get(folded), gift_cards.by_code(r.connection, folded)
    there = entered(r, cart)
    if promotion is not None:
        if any(one.code == promotion for one in there):
            return None
        wrong = _promotion_refused(r, promotion, there, buyer)
        kind, name = "promotion", promotion
    elif card is not None:
        if any(one.code == card.id for one in there):
            return None
        wrong = _card_refused(r, card, there)
        kind, name = "gift_card", card.id
    else:
        wrong = "code_invalid"
    if wrong:
        limit = {"limit_reached": PROMOTIONS if promotion is not None else GIFT_CARDS}.get(wrong)
        return Problem(code=wrong, severity="error", target=target, limit=None if limit is None else Decimal(limit))
    r.connection.execute("INSERT INTO cart_code VALUES (?, ?, ?, ?)", (cart, f"{kind}:{name}", kind, name))
    return None


def _promotion_refused(r: Reading, code: str, there: list[Entered], buyer: Buyer) -> ProblemCode | None:
    doc = known_promotions(r)[code]
    others = [known_promotions(r).get(one.code) for one in there if one.kind == "promotion"]
    wrong = promotions.refusal(r, code, doc, buyer)
    if wrong is not None:
        return wrong
    if others and (doc.alone or any(other is not None and other.alone for other in others)):
        return "code_not_applicable"
    return "limit_reached" if len(others) >= PROMOTIONS else None


def _card_refused(r: Reading, card: gift_cards.GiftCard, there: list[Entered]) -> ProblemCode | None:
    if card.currency != r.currency:
        return "code_not_applicable"
    if card.balance <= 0:
        return "code_used_up"
    return "limit_reached" if sum(one.kind == "gift_card" for one in there) >= GIFT_CARDS else None


def drop(r: Reading, cart: str, id: str) -> None:
    r.connection.execute("DELETE FROM cart_code WHERE cart_id = ? AND id = ?", (cart, id))


def drop_used(r: Reading, cart: str, buyer: Buyer) -> list[Problem]:
    """Take out the codes for one use that were used under the buyer's address; a problem for each, that does not tell so."""
    problems: list[Problem] = []
    for one in entered(r, cart):
        doc = known_promotions(r).get(one.code) if one.kind == "promotion" else None
        if doc is not None and promotions.used_under(r.connection, one.code, doc, buyer):
            drop(r, cart, one.id)
            target = Target(kind="code", id=shown(r, one))
            problems.append(Problem(code="code_not_applicable", severity="error", target=target))
    return problems


def drop_lapsed(r: Reading, cart: str, buyer: Buyer) -> list[Problem]:
    """Take out the codes that hold no longer, or not here; a problem for each."""
    problems: list[Problem] = []
    for one in entered(r, cart):
        wrong = holds_not(r, one, buyer)
        if wrong is None:
            continue
        drop(r, cart, one.id)
        target = Target(kind="code", id=shown(r, one))
        problems.append(Problem(code=wrong, severity="error", target=target))
    return problems


def holds_not(r: Reading, one: Entered, buyer: Buyer) -> ProblemCode | None:
    """Why a code that was taken holds no longer; None where it does."""
    if one.kind == "promotion":
        doc = known_promotions(r).get(one.code)
        return "code_invalid" if doc is None else promotions.refusal(r, one.code, doc, buyer)
    card = gift_cards.by_id(r.connection, one.code, buyer.order)
    return "code_invalid" if card is None else _card_refused(r, card, [])


def shown(r: Reading, one: Entered) -> str:
    """A code as the shopper may read it: gift cards masked."""
    if one.kind == "promotion":
        return one.code
    card = gift_cards.by_id(r.connection, one.code)
    return card.masked if card else one.code
