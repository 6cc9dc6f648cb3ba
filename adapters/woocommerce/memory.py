"""A cart's token, and what WooCommerce keeps nowhere until an order is placed: the way to pay, the note, the order, and
what was chosen and what WooCommerce only preset."""

from __future__ import annotations

import base64
import binascii
import datetime
import re
import time

import msgspec

from bff.ports import NoCart, Shopper

_TOKEN = re.compile(r"[A-Za-z0-9._-]{2,1500}")


class Memory(msgspec.Struct, frozen=True, omit_defaults=True):
    """One shopper's, in their session blob. `order` and `key` are there from just before an order is placed, so that one
    whose answer was lost is found again; `placed` says that it was. `rates`: the delivery that the shopper chose for each
    package; WooCommerce presets one."""

    method: str | None = None
    note: str | None = None
    rates: dict[str, str] = {}
    order: int = 0
    key: str = ""
    number: str = ""
    email: str = ""
    placed: datetime.datetime | None = None

    def __repr__(self) -> str:
        return "Memory(…)"


def recalled(shopper: Shopper) -> Memory:
    text = shopper.blob.text
    if not text:
        return Memory()
    try:
        return msgspec.json.decode(text, type=Memory)
    except (msgspec.MsgspecError, UnicodeError):
        return Memory()  # Another version's; nothing in it is needed to go on.


def keep(shopper: Shopper, memory: Memory) -> None:
    text = msgspec.json.encode(memory).decode() if memory != Memory() else None
    shopper.blob.replace(shopper.blob.text, text)


class _Claims(msgspec.Struct):
    user_id: str | int
    exp: float


def usable(token: str) -> bool:
    """Whether it can be a token at all: others must not get into a header."""
    return bool(_TOKEN.fullmatch(token))


def _claims(token: str) -> _Claims | None:
    """What stands in the token. It is not verified: WooCommerce does that, and trusts no token it did not sign."""
    try:
        body = token.split(".")[1]
        return msgspec.json.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)), type=_Claims)
    except (IndexError, binascii.Error, ValueError, msgspec.MsgspecError):
        return None


def empty(asked: str, answered: str, memory: Memory) -> NoCart:
    """Why a cart is empty. A token that is over or nobody's is answered with another, new, empty cart, and no error: only
    the session inside the token tells."""
    if memory.placed is not None:
        return NoCart(reason="ordered", order=memory.number or None)
    old, new = _claims(asked), _claims(answered)
    if old is not None and new is not None and old.user_id == new.user_id:
        return NoCart(reason="empty")
    if old is not None and old.exp < time.time():
        return NoCart(reason="expired")
    return NoCart(reason="unknown")


def strangers(asked: str, answered: str) -> bool:
    """Whether the answer is another session's."""
    old, new = _claims(asked), _claims(answered)
    return old is not None and new is not None and old.user_id != new.user_id
