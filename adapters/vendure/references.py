"""References of carts: `market:code:token`. The code is the order's; the token a guest's session, empty for a customer's
cart, whose session is the customer's own. A cart is always asked for in the channel it was made in: in another one, Vendure
would forget it."""

from __future__ import annotations

from typing import NamedTuple

from bff.ports import CartRef, VisitorContext


class Held(NamedTuple):
    market: str
    code: str
    token: str

    @property
    def ref(self) -> CartRef:
        return CartRef(id=f"{self.market}:{self.code}:{self.token}")

    def session(self, ctx: VisitorContext) -> str | None:
        """The session that may see the cart; None where nobody is signed in who could."""
        return self.token or ctx.shopper.token


def held(ref: CartRef, markets: frozenset[str]) -> Held | None:
    """What a reference says; None for one that is none of ours."""
    parts = ref.id.split(":")
    if len(parts) < 3 or parts[0] not in markets or not parts[1]:
        return None
    return Held(parts[0], ":".join(parts[1:-1]), parts[-1])
