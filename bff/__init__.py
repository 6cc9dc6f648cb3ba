"""Portico: a headless storefront head. The rooms are described in `bff/README.md`."""

__version__ = "0.1.0"
