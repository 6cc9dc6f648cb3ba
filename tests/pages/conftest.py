"""The demo store, open."""

from tests.web.demo import demo

__all__ = ["demo"]
