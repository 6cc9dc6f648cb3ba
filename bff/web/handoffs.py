"""Shoppers who went to a checkout on the backend's own pages, and what became of their carts there.

Many who pay never come back to the store. So a cart that was handed over is asked about (`HostedCheckout.outcome`) until it
is known that it was ordered, and the purchase counts for the visitor who went out: as the same event that their return
records, by the order's id. Kept is only who may be measured, sealed, and nothing of who declines meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from bff.events.event import ORDER_UNSEEN, PURCHASE, Event, fresh_id, order_key, purchase_id
from bff.gateway.generations import Generations
from bff.ports import (
    BackendError,
    CartRef,
    Consent,
    Deadline,
    Gone,
    Order,
    Ordered,
    PublicContext,
    SessionBlob,
    Shopper,
    Trace,
    Unavailable,
    VisitorContext,
)

from .control import Control
from .returns import keyed
from .storefront import Storefront

log = logging.getLogger("portico.events")

WAITS = (900.0, 3_600.0, 6 * 3_600.0, 24 * 3_600.0)
"""Seconds after going out at which it is asked; who has come back with an order is asked about no more."""
LIFETIME = 3 * 86_400.0
LOOK_SECONDS = 15.0
AT_ONCE = 20
ASK_SECONDS = 5.0


class Away(msgspec.Struct, frozen=True, kw_only=True):
    """Who went out, with what, from where. `at` is Unix seconds."""

    visitor: str
    backend: str
    generation: int
    market: str
    locale: str
    cart: CartRef
    at: float

    def __repr__(self) -> str:
        return f"Away(backend={self.backend!r})"


async def note(control: Control, state: str, away: Away) -> None:
    """Keep it under the `state` the shopper would come back with. Raises `Unavailable`."""
    row = keyed(state)
    sealed = control.ring.seal(msgspec.msgpack.encode(away), b"handoff" + row)
    values = (row, _who(control, away.visitor), sealed, away.at + WAITS[0], away.at + LIFETIME)
    await control.write(lambda db: db.execute("INSERT INTO handoffs VALUES (?, ?, ?, ?, ?)", values))


async def forget(control: Control, visitor: str) -> None:
    """Ask nothing more for this visitor. Raises `Unavailable`."""
    who = _who(control, visitor)
    await control.write(lambda db: db.execute("DELETE FROM handoffs WHERE visitor = ?", (who,)))


def bought(order: Order | None, cart: CartRef | None, otherwise: str = "") -> str:
    """By what an order is known, whoever reports it: its id; its cart's, where it cannot be read."""
    return order.id if order else f"cart {cart.id}" if cart else otherwise


class Asking:
    """Asks about the carts of one host; each is asked about by one process at a time."""

    def __init__(self, control: Control, generations: Generations[Storefront]) -> None:
        self._control, self._generations = control, generations

    async def turn(self) -> None:
        """Ask about those that are due. Raises `Unavailable`."""
        due = "SELECT 1 FROM handoffs WHERE due <= ? AND expires > ? LIMIT 1"
        now = self._control.clock()
        if await self._control.read(lambda db: db.execute(due, (now, now)).fetchone()) is None:
            return
        taken = await self._control.write(lambda db: _taken(db, now))
        for row, sealed in taken:
            text = self._control.ring.open(sealed, b"handoff" + row)
            if text is None or await self._settled(msgspec.msgpack.decode(text, type=Away)):
                await self._control.write(lambda db, row=row: db.execute("DELETE FROM handoffs WHERE key = ?", (row,)))  # type: ignore[misc]

    async def _settled(self, away: Away) -> bool:
        """Whether there is nothing more to ask."""
        with self._generations.current.held() as generation:
            bundle = generation.bundles.get(away.backend)
            hosted = bundle.front.backend.hosted_checkout if bundle else None
            market = next((one for one in bundle.front.markets if one.id == away.market), None) if bundle else None
            if bundle is None or hosted is None or market is None:
                return False
            public = PublicContext(
                market=market,
                locale=away.locale,
                currency=market.currency,
                deadline=Deadline.after(ASK_SECONDS),
                trace=Trace(request_id=secrets.token_hex(8)),
            )
            # By the contract an outcome is told without the shopper's session: a return may be in another browser.
            shopper = Shopper(blob=SessionBlob(), visitor=away.visitor, consent=Consent(analytics=True))
            try:
                outcome = await hosted.outcome(VisitorContext(public=public, shopper=shopper), cart=away.cart)
            except BackendError as error:
                log.info("what became of a cart cannot be asked: %s", type(error).__name__)
                return False
            except Exception as error:  # an adapter's fault: nothing of the cart stands in the log
                log.error("what became of a cart cannot be asked: %s", type(error).__name__)
                return False
            events = bundle.front.events
            match outcome:
                case Ordered(order=order):
                    events.record(_purchase(away, order, events.now()))
                case Gone() if hosted.traits.returns != "with_order":
                    events.record(_event(away, ORDER_UNSEEN, fresh_id(), events.now()))
                case Gone():  # it would have told of an order
                    pass
                case _:
                    return False
            return True

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._forever())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def _forever(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.turn()
            except Unavailable:
                pass  # it is in the log
            except Exception:
                log.exception("asking what became of carts failed")


def _taken(db: sqlite3.Connection, now: float) -> list[tuple[bytes, bytes]]:
    """Those that are due, each put off until it is due again or, after the last time, never: so nobody else asks now, and a
    process that ends in between costs one turn. Who came back with an order is let go of."""
    db.execute(
        "DELETE FROM handoffs WHERE key IN (SELECT key FROM returns WHERE answer IS NOT NULL) AND due <= ?", (now,)
    )
    found = db.execute(
        "SELECT key, data, expires FROM handoffs WHERE due <= ? AND expires > ? ORDER BY due LIMIT ?",
        (now, now, AT_ONCE),
    ).fetchall()
    for key, _, expires in found:
        times = (expires - LIFETIME + wait for wait in WAITS)
        db.execute("UPDATE handoffs SET due = ? WHERE key = ?", (next((at for at in times if at > now), expires), key))
    return [(key, data) for key, data, _ in found]


def _purchase(away: Away, order: Order | None, now: float) -> Event:
    """As the visitor's return would record it, at the time of the order as far as its backend's clock can be believed."""
    key = order_key(away.backend, bought(order, away.cart))
    at = min(max(order.placed.timestamp(), away.at), now) if order else now
    total = order.totals.total if order else None
    made = _event(away, PURCHASE, purchase_id(key), at)
    return msgspec.structs.replace(
        made,
        order=key,
        value=float(total.amount) if total else None,
        currency=total.currency if total else None,
    )


def _event(away: Away, kind: str, id: str, at: float) -> Event:
    return Event(
        id=id,
        kind=kind,
        at=at,
        visitor=away.visitor,
        market=away.market,
        backend=away.backend,
        generation=away.generation,
    )


def _who(control: Control, visitor: str) -> bytes:
    return control.ring.digest("handoff", visitor)
