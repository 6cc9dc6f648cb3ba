"""Which bundle serves a request: the market's, or, for a visitor whose cart was begun at one that served it before, that one
until the cart is ordered, has expired or is carried."""

from __future__ import annotations

from collections.abc import Mapping

from bff.gateway.generations import Generation, Plan

from .session import Session
from .storefront import Storefront

PAYING_SECONDS = 3_600.0
"""So long after a shopper went out to pay, the cart stays where it is paid: it may be an order already."""


def stays(plan: Plan, session: Session, name: str, market: str, now: float) -> bool:
    """Whether the session's cart at the backend `name`, one of `market`, stays there: it may, or it is being paid."""
    backend, since = session.paying
    paying = bool(session.out) and backend == name and since <= now + 60.0 and now < since + PAYING_SECONDS
    return paying or plan.keeps(market, name)


def storefront(generation: Generation[Storefront], market: str, cookies: Mapping[str, str]) -> Storefront:
    """What serves this visitor in a market: a backend that others have left goes first, for it is there for what is in the
    cart. The session is opened only while there is such a one."""
    own, plan = generation.of(market).front, generation.plan
    left = [name for name in plan.draining.get(market, ()) if name in generation.bundles]
    if not left or not any("portico-session" in name for name in cookies):
        return own
    now = own.control.clock()
    for session in [opened.session for opened in own.sealer.open(cookies)]:
        for name in left:
            here = name in session.carts and session.markets.get(name, market) == market
            if here and stays(plan, session, name, market, now):
                return generation.bundles[name].front
    return own
