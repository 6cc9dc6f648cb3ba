"""Pieces of view models that several pages show: cards, prices, listings, breadcrumbs. A part imports no page."""
