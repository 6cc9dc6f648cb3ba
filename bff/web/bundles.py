"""Which bundle serves a request: the market's, or, for a visitor whose cart was begun at one that served it before, that one
until the cart is ordered, has expired or is carried."""

from __future__ import annotations

from collections.abc import Mapping

from bff.gateway.generations import Generation

from .storefront import Storefront


def storefront(generation: Generation[Storefront], market: str, cookies: Mapping[str, str]) -> Storefront:
    """What serves this visitor in a market. The session is opened only while some backend is kept for carts."""
    own = generation.of(market)
    staying = list(generation.staying(market))
    if not staying or not any("portico-session" in name for name in cookies):
        return own.front
    carts = {name for opened in own.front.sealer.open(cookies) for name in opened.session.carts}
    if own.backend.name in carts:
        return own.front
    return next((generation.bundles[name].front for name in staying if name in carts), own.front)
