"""The audits use the browser tests' fixtures."""

from tests.browser.fixtures import broken, browse, chromium, closed, full_bag, http, see, where

__all__ = ["broken", "browse", "chromium", "closed", "full_bag", "http", "see", "where"]
