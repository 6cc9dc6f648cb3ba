"""The operators' pages, under `/-/console`."""

from . import entrance, experiment_orders, experiments, store

ROUTES = (*entrance.routes, *store.routes, *experiments.routes, *experiment_orders.routes)
