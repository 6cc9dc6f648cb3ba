"""Turning view models into bytes: the Jinja environment, regions, fragments, responses. See `README.md`."""
