"""Sums, for any lines: the parts add up, nothing is negative, the order of things changes nothing."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from adapters.embedded.pricing import quantum
from adapters.embedded.totals import ZERO, Item, spread, sums, tax

CURRENCIES = st.sampled_from(["EUR", "GBP", "JPY", "KWD"])
RATES = st.sampled_from([None, Decimal(0), Decimal("5"), Decimal("7"), Decimal("8.875"), Decimal("19"), Decimal("20")])


@st.composite
def carts(draw: st.DrawFn):
    currency = draw(CURRENCIES)
    unit = quantum(currency)
    amounts = st.integers(0, 10_000_000).map(lambda n: n * unit)
    lines = [Item(f"line{at}", amount, draw(RATES)) for at, amount in enumerate(draw(st.lists(amounts, max_size=8)))]
    off = draw(amounts)
    discounts = spread(off, {line.id: line.amount for line in lines}, currency)
    extra = st.none() | amounts
    made = [None if amount is None else Item("x", amount, draw(RATES)) for amount in (draw(extra), draw(extra))]
    cards = [(f"card{at}", balance) for at, balance in enumerate(draw(st.lists(amounts, max_size=4)))]
    return currency, lines, off, discounts, made, cards, draw(st.booleans())


@given(carts())
def test_the_parts_add_up(cart):
    currency, lines, off, discounts, (shipping, fees), cards, included = cart
    found = sums(currency, lines, discounts, shipping=shipping, fees=fees, included=included, cards=cards)
    whole = sum((line.amount for line in lines), ZERO)
    assert found.subtotal == whole
    assert found.discount == min(off, whole) == sum(discounts.values(), ZERO)
    parts = found.subtotal - found.discount + (found.shipping or ZERO) + (found.fees or ZERO)
    assert found.total == parts + (ZERO if included or found.tax is None else found.tax)
    assert found.due + found.gift_cards == found.total
    assert found.due >= 0
    assert all(0 <= found.charges[card] <= balance for card, balance in cards)
    assert found.due == 0 or all(found.charges[card] == balance for card, balance in cards), "cards are used up first"
    every = [found.subtotal, found.discount, found.total, found.due, *discounts.values(), *found.charges.values()]
    assert all(amount >= 0 and amount % quantum(currency) == 0 for amount in every)
    assert (found.tax is None) == any(each.rate is None for each in (*lines, *(e for e in (shipping, fees) if e)))
    if found.tax is not None and included:
        assert 0 <= found.tax <= found.total


@given(carts(), st.randoms(use_true_random=False))
def test_the_order_changes_nothing(cart, random):
    currency, lines, off, discounts, (shipping, fees), cards, included = cart
    found = sums(currency, lines, discounts, shipping=shipping, fees=fees, included=included, cards=cards)
    shuffled, dealt = list(lines), list(cards)
    random.shuffle(shuffled)
    random.shuffle(dealt)
    again = spread(off, {line.id: line.amount for line in shuffled}, currency)
    assert again == discounts
    other = sums(currency, shuffled, again, shipping=shipping, fees=fees, included=included, cards=dealt)
    assert (other.total, other.due, other.tax, other.gift_cards) == (
        found.total,
        found.due,
        found.tax,
        found.gift_cards,
    )


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(0, 10**9), max_size=12), st.integers(-5, 10**10))
def test_a_share_is_never_more_than_its_weight(weights, amount):
    money = {id: Decimal(cents) / 100 for id, cents in weights.items()}
    shares = spread(Decimal(amount) / 100, money, "EUR")
    assert all(0 < share <= money[id] for id, share in shares.items())
    assert sum(shares.values(), ZERO) == max(ZERO, min(Decimal(amount) / 100, sum(money.values(), ZERO)))
    for id, share in shares.items():
        fair = Decimal(amount) / 100 * money[id] / sum(money.values())
        assert abs(min(fair, money[id]) - share) <= Decimal("0.01")


def test_tax_is_rounded_once_for_each_rate():
    lines = [Item(str(at), Decimal("0.03"), Decimal(20)) for at in range(10)]
    assert tax(lines, {}, "GBP", included=True) == Decimal("0.05")
    assert tax(lines, {"0": Decimal("0.03")}, "GBP", included=False) == Decimal("0.05")
