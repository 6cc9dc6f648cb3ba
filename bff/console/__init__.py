"""The operators' pages, under `/-/console`."""

from . import entrance, store

ROUTES = (*entrance.routes, *store.routes)
