"""Pages of the backend's own, on an origin of their own: a hosted checkout, and the test payment provider's.

Small on purpose and plain in looks: they stand for somebody else's site, so that the way across is really walked. They
share nothing with the store's head but the database file behind both.
"""

from .serving import make_site

__all__ = ["make_site"]
