"""The store's table of contents: one file a page, with its address, what it asks for, and its view model."""

from . import anywhere, bag, content, home, journal, listing, product, search, stores

PAGES = (home, listing, product, search, content, journal, stores, bag, anywhere)
