"""The demo store, open."""

from web.demo import demo

__all__ = ["demo"]
