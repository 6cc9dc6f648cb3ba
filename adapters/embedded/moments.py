"""Moments and secrets of the customers' tables: how they are written, and how tokens are kept."""

from __future__ import annotations

import datetime
import hashlib
import secrets


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def stamp(moment: datetime.datetime | None = None, **ahead: float) -> str:
    """A moment as it stands in the database: text that sorts as time does. `ahead` as in `timedelta` (`days=3`)."""
    return ((moment or now()) + datetime.timedelta(**ahead)).isoformat(timespec="microseconds")


def token() -> str:
    """A new secret: 256 random bits."""
    return secrets.token_urlsafe(32)


def kept(token: str) -> str:
    """What the database keeps of a secret. Tokens are random and long: a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
