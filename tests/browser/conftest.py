"""Fixtures of the browser tests; the audits share them."""

from tests.browser.fixtures import broken, browse, chromium, closed, full_bag, http, javascript, see, where

__all__ = ["broken", "browse", "chromium", "closed", "full_bag", "http", "javascript", "see", "where"]
