"""The head's own signed posts: Standard Webhooks 1.0.0 (https://www.standardwebhooks.com), with a shared key.

`webhook-id` names the message, `webhook-timestamp` is when it was sent in Unix seconds, `webhook-signature` holds one or
several `v1,` with the base64 of HMAC-SHA256 over `ID.TIMESTAMP.BODY`. The key is written as `whsec_` and its base64.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

from bff.ports import NotAllowed

PREFIX = "whsec_"
SHORTEST = 24
"""Bytes of a key."""
TOLERANCE = 300.0
"""A message counts for so many seconds before and after the time it bears."""
SIGNATURES = 10


def key(text: str) -> bytes:
    """The key that a setting holds. Raises `ValueError` for what is none."""
    if not text.startswith(PREFIX):
        raise ValueError(f"does not begin with {PREFIX}")
    try:
        found = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError(f"has no base64 behind {PREFIX}") from None
    if len(found) < SHORTEST:
        raise ValueError(f"is shorter than {SHORTEST} bytes")
    return found


def is_signed(headers: Mapping[str, str]) -> bool:
    """Whether it wants to be a message of this kind."""
    return "webhook-signature" in headers


def signature(secret: bytes, id: str, sent: int, body: bytes) -> str:
    told = b".".join((id.encode("utf-8", "replace"), str(sent).encode(), body))
    return "v1," + base64.b64encode(hmac.new(secret, told, hashlib.sha256).digest()).decode()


def message(secret: bytes, headers: Mapping[str, str], body: bytes, now: float) -> str:
    """The id of a message that is genuine and of now; `headers` by lower-case name. Raises `NotAllowed`."""
    id, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not 0 < len(id) <= 200 or "." in id or not (sent.isascii() and sent.isdigit() and len(sent) < 15):
        raise NotAllowed("no id that could be one, or no time")
    made = signature(secret, id, int(sent), body).encode()
    given = headers.get("webhook-signature", "").split(" ")[:SIGNATURES]
    # No early end: how long it takes tells nothing of which one was right.
    if not sum(hmac.compare_digest(made, one.encode("utf-8", "replace")) for one in given):
        raise NotAllowed("the signature is wrong")
    if abs(now - int(sent)) > TOLERANCE:
        raise NotAllowed("too old, or ahead of time")
    return id
