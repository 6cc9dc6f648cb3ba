"""Search of the embedded backend: listings, facets, full text and suggestions.

`listing.py` answers a query from `index.py`, the catalogue's bitmaps in this process's memory; `fulltext.py` keeps the
words in the same SQLite file. `port.py` is the port itself and notices when the catalogue has changed.
"""

from .port import EmbeddedSearch

__all__ = ["EmbeddedSearch"]
