"""Addresses of the backend's own pages: the hosted checkout and the test provider's, on an origin of their own."""

from __future__ import annotations

from .settings import Settings

DEVELOPMENT = "http://localhost:8001"


def origin(settings: Settings) -> str:
    """Where the pages stand. Without a head that fills `{site}` in, where `make run` has them."""
    return settings.site.replace("{site}", DEVELOPMENT).rstrip("/")


def origins(settings: Settings) -> tuple[str, ...]:
    """The origins shoppers are sent to, and framed from."""
    return (origin(settings),)


def payment(settings: Settings, id: str, kind: str) -> str:
    """The provider's page for a payment: a whole page, or one made to stand in the shop's."""
    return f"{origin(settings)}/{'frame' if kind == 'frame' else 'pay'}/{id}"


def checkout(settings: Settings, token: str) -> str:
    """The hosted checkout of a cart that was handed over."""
    return f"{origin(settings)}/checkout/{token}"
