"""Shoppers, payers and the shop keeper doing things in any order: stock and money are neither lost nor made."""

from __future__ import annotations

import shutil
import tempfile
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from adapters.embedded import (
    cart_changes,
    cart_rows,
    carts,
    checkout,
    codes,
    keeping,
    order_actions,
    order_rows,
    payments,
    placing,
    provider,
    stock,
)
from adapters.embedded.database import Database, transaction
from adapters.embedded.settings import Settings
from adapters.embedded.trade import CheckoutDoc, Choice, Needs
from bff.ports import (
    Action,
    BackendError,
    Cart,
    Contact,
    InputValue,
    LineInput,
    NotAllowed,
    Ordered,
    Pending,
    Refused,
    VariantKey,
)
from tests.adapters.embedded.conftest import MARKETS, TODAY, visitor
from tests.adapters.embedded.shopping import ADDRESSES, BACK

SKUS = ("HMUG-IND-SMA", "TBOW-OCH-SMA", "GIFT-050")
STOCK = {"HMUG-IND-SMA": 5, "TBOW-OCH-SMA": 2, "GIFT-050": 50}
CODES = ("WELCOME10", "FREESHIP", "FIRST3", "GIFT-POUND-2026-DEMO", "GIFT-SMALL-2026-DEMO")
METHODS = ("card", "card_frame", "bank_transfer", "gold")


class Trade(RuleBasedStateMachine):
    """Three carts over few pieces."""

    seeded: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        shutil.copyfile(self.seeded, self.folder / "store.sqlite")
        self.database = Database(
            Settings(database=str(self.folder / "store.sqlite"), today=TODAY), list(MARKETS.values())
        )
        self.connection = self.database.connect()
        for sku, pieces in STOCK.items():
            self.connection.execute("UPDATE variant SET stock = ? WHERE sku = ?", (pieces, sku))
        self.ctx = visitor("gb")
        self.carts = [""] * 3
        self.started: list[str] = []
        self.money = self._balances()

    def teardown(self) -> None:
        with transaction(self.connection):
            for (id,) in self.connection.execute("SELECT id FROM provider_payment").fetchall():
                payments.settle(self.connection, id)
        self.money_is_where_the_order_is()
        self.nothing_is_lost()
        self.connection.close()
        self.database.close()
        shutil.rmtree(self.folder)

    def _balances(self) -> dict[str, Decimal]:
        rows = self.connection.execute("SELECT id, balance FROM gift_card").fetchall()
        return {id: Decimal(balance) for id, balance in rows}

    @property
    def ordered(self) -> bool:
        return self.connection.execute("SELECT 1 FROM orders WHERE state <> 'released'").fetchone() is not None

    def _line(self, sku: str, quantity: int) -> LineInput:
        inputs = (InputValue(id="recipient", value="a@b.example"),) if sku.startswith("GIFT") else ()
        return LineInput(variant=VariantKey(sku=sku), quantity=Decimal(quantity), inputs=inputs)

    @rule(at=st.integers(0, 2), sku=st.sampled_from(SKUS), quantity=st.integers(1, 4))
    def add(self, at: int, sku: str, quantity: int) -> None:
        with transaction(self.connection):
            result = carts.add(self.connection, self.ctx, self.carts[at] or None, [self._line(sku, quantity)])
        if isinstance(result.cart, Cart):
            self.carts[at] = result.cart.ref.id

    @rule(at=st.integers(0, 2), quantity=st.integers(0, 3))
    def change(self, at: int, quantity: int) -> None:
        def first(connection, id, problems):
            r = cart_changes.priced(connection, self.ctx, id)
            line = connection.execute("SELECT id FROM cart_line WHERE cart_id = ? LIMIT 1", (id,)).fetchone()
            if line is not None:  # a bag that was emptied stands while it holds codes
                cart_changes.set_quantity(r, id, line[0], Decimal(quantity), problems)

        with transaction(self.connection):
            carts.write(self.connection, self.ctx, self.carts[at], first)

    @rule(at=st.integers(0, 2), code=st.sampled_from(CODES))
    def code(self, at: int, code: str) -> None:
        def enter(connection, id, problems):
            row = cart_rows.located(connection, id)
            codes.enter(cart_changes.priced(connection, self.ctx, id), id, code, cart_rows.buyer(row))

        with transaction(self.connection):
            carts.write(self.connection, self.ctx, self.carts[at], enter)

    @rule(at=st.integers(0, 2), method=st.sampled_from(METHODS), email=st.sampled_from(["a@x.example", "b@x.example"]))
    def fill(self, at: int, method: str, email: str) -> None:
        with transaction(self.connection):
            row = payments.given_up(self.connection, self.carts[at])
            if row is None or row.state != "open":
                return
            doc = CheckoutDoc(contact=Contact(email=email), shipping_address=ADDRESSES["gb"], method=method)
            cart_rows.keep_checkout(self.connection, row.id, doc)
            if not self.connection.execute("SELECT 1 FROM cart_line WHERE cart_id = ?", (row.id,)).fetchone():
                return
            seen = checkout.looked(self.connection, self.ctx, row.id)
            prices = {group.id: group.options[0].price for group in seen.parcels.groups}
            choices = {group.id: Choice(group.options[0].id, prices[group.id].amount) for group in seen.parcels.groups}
            cart_rows.keep_checkout(
                self.connection,
                row.id,
                CheckoutDoc(contact=doc.contact, shipping_address=doc.shipping_address, method=method, choices=choices),
            )

    @rule(at=st.integers(0, 2), again=st.booleans())
    def place(self, at: int, again: bool) -> None:
        try:
            with transaction(self.connection):
                outcome = placing.place(self.connection, self.ctx, self.carts[at], None, BACK)
            if again:
                with transaction(self.connection):
                    second = placing.place(self.connection, self.ctx, self.carts[at], None, BACK)
                assert isinstance(outcome, Refused) or second == outcome
        except BackendError:
            return
        assert isinstance(outcome, Ordered | Action | Refused | Pending)
        if isinstance(outcome, Action):
            self.started.append(outcome.url.rpartition("/")[2])

    @rule(
        at=st.integers(0, 2),
        sku=st.sampled_from(SKUS),
        quantity=st.integers(1, 3),
        code=st.sampled_from(CODES),
        method=st.sampled_from(METHODS),
        then=st.sampled_from(["", "approve", "late", "changed", "decline"]),
    )
    def buy(self, at: int, sku: str, quantity: int, code: str, method: str, then: str) -> None:
        """All of it in one go: what most sequences of single steps never come to."""
        before = len(self.started)
        self.add(at, sku, quantity)
        if self.carts[at]:
            self.code(at, code)
            self.fill(at, method, "a@x.example")
            self.place(at, again=True)
        if len(self.started) == before:
            return
        if then in ("late", "changed"):
            self.wait()
        if then == "changed":
            self.add(at, sku, 1)
        if then:
            self.decide(0, "decline" if then == "decline" else "approve", tell=True)

    @precondition(lambda self: self.started)
    @rule(
        nth=st.integers(0, 5), decision=st.sampled_from(["approve", "decline", "cancel", "unclear"]), tell=st.booleans()
    )
    def decide(self, nth: int, decision: provider.Decision, tell: bool) -> None:
        id = self.started[-1 - nth % len(self.started)]
        with transaction(self.connection):
            provider.decide(self.connection, id, decision)
            if tell:
                payments.notified(self.connection, id)

    @precondition(lambda self: self.started)
    @rule(at=st.integers(0, 2), nth=st.integers(0, 5))
    def resume(self, at: int, nth: int) -> None:
        id = self.started[nth % len(self.started)]
        try:
            with transaction(self.connection):
                placing.resume(self.connection, self.ctx, self.carts[at], {"payment": id})
        except BackendError:
            assert not self.carts[at] or cart_rows.located(self.connection, self.carts[at]) is None

    @rule()
    def wait(self) -> None:
        with transaction(self.connection):
            self.connection.execute("UPDATE payment SET expires = '2020-01-01' WHERE state = 'open'")
            payments.sweep(self.connection)

    @precondition(lambda self: self.ordered)
    @rule(state=st.sampled_from(["paid", "shipped", "cancelled", "returned"]), nth=st.integers(0, 3))
    def keeper(self, state: str, nth: int) -> None:
        rows = self.connection.execute("SELECT number FROM orders ORDER BY placed").fetchall()
        if nth < len(rows):
            try:
                with transaction(self.connection):
                    keeping.tell(self.connection, rows[nth][0], state, None, None, None)
            except (ValueError, LookupError):
                pass

    @precondition(lambda self: self.ordered)
    @rule(nth=st.integers(0, 3))
    def cancel(self, nth: int) -> None:
        rows = self.connection.execute("SELECT number FROM orders WHERE state <> 'released'").fetchall()
        row = order_rows.find(self.connection, rows[nth][0]) if nth < len(rows) else None
        if row is not None and order_rows.stands(self.connection, row):
            try:
                with transaction(self.connection):
                    order_actions.cancel(self.connection, row)
            except NotAllowed:
                pass

    @invariant()
    def nothing_is_lost(self) -> None:
        for sku, pieces in STOCK.items():
            left, taken = self.connection.execute(
                "SELECT stock, (SELECT coalesce(sum(quantity), 0) FROM stock_hold WHERE variant_id = v.id)"
                " FROM variant v WHERE sku = ?",
                (sku,),
            ).fetchone()
            assert left >= 0
            assert left + taken == pieces, sku
        rows = self.connection.execute("SELECT card_id, amount FROM gift_card_charge").fetchall()
        balances = self._balances()
        for card, money in self.money.items():
            assert balances[card] >= 0
            assert balances[card] + sum(Decimal(amount) for id, amount in rows if id == card) == money
        uses = self.connection.execute("SELECT count(*) FROM promotion_use WHERE promotion = 'FIRST3'").fetchone()[0]
        assert uses <= 3

    @invariant()
    def only_standing_orders_hold_anything(self) -> None:
        for table in ("stock_hold", "gift_card_charge", "promotion_use"):
            stray = self.connection.execute(
                f"SELECT 1 FROM {table} h LEFT JOIN orders o ON o.number = h.order_number"
                " WHERE o.state IS NULL OR o.state IN ('released', 'cancelled', 'returned')"
            ).fetchone()
            assert stray is None, table

    @invariant()
    def standing_orders_hold_what_they_need(self) -> None:
        for number, needs in self.connection.execute(
            "SELECT number, needs FROM orders WHERE state IN ('pending', 'paid', 'processing', 'shipped')"
        ):
            wanted = msgspec.json.decode(needs, type=Needs).stock
            assert stock.held(self.connection, number) == {id: int(pieces) for id, pieces in wanted.items()}

    @invariant()
    def a_cart_has_one_order(self) -> None:
        twice = self.connection.execute(
            "SELECT 1 FROM orders WHERE state <> 'released' GROUP BY cart_id HAVING count(*) > 1"
        ).fetchone()
        assert twice is None

    def money_is_where_the_order_is(self) -> None:
        """What the provider holds is what standing orders are worth to it."""
        for number, amount, ledger, ours, state, due in self.connection.execute(
            "SELECT o.number, v.amount, v.state, p.state, o.state, o.doc ->> '$.totals.due.amount' FROM payment p"
            " JOIN provider_payment v ON v.id = p.id JOIN orders o ON o.number = p.order_number"
        ):
            assert amount == due
            stands = state not in ("released", "cancelled", "returned")
            assert (ledger == "approved") == (ours == "paid"), number
            assert ledger != "approved" or stands, number
            assert ledger in ("approved", "processing", "open") or not stands, number


def run(seeded: Path, examples: int) -> None:
    machine = type("Machine", (Trade,), {"seeded": seeded})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_stock_and_money_are_conserved(seeded):
    run(seeded, 25)


@pytest.mark.audit
def test_stock_and_money_are_conserved_at_length(seeded):
    run(seeded, 2_000)
