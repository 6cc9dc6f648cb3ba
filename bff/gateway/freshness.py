"""Which way a backend's changes reach the store, in words for whoever runs it."""

from __future__ import annotations

from bff import settings as configuration
from bff.ports import Changes
from bff.settings import Settings

from .backends import chosen_policies, manifest

KEPT = {"products": "catalog.product", "listings": "search.listing", "stock": "catalog.availability"}
"""What is kept of a backend's answers, as operators call it."""


def ways(found: Settings, name: str, changes: Changes | None) -> list[str]:
    """One line for each way, and one for what comes by none: that is as old as the cache lets it be. `changes` is what
    backend `name` offers."""
    settings = found.backends[name]
    policies, _ = chosen_policies(name, settings, manifest(settings.adapter))
    fresh = {word: seconds for word, operation in KEPT.items() if (seconds := policies[operation].fresh)}
    if not fresh:
        return ["changes: its answers are not kept, so they are never old"]
    ages = ", ".join(f"{word} {seconds:g} s" for word, seconds in fresh.items())
    address, said = f"{configuration.origin(found)}/-/changes/{name}", []
    traits = changes.traits if changes is not None else None
    if traits is not None and traits.push:
        said.append(f"changes: its webhooks, sent to {address}")
    if traits is not None and traits.poll:
        said.append(f"changes: asked for every {settings.poll:g} s, by one of the store's processes")
    if settings.changes_secret:
        said.append(f"changes: signed posts to {address}")
    elif traits is None or not said:
        return [f"changes: nobody tells of them; answers may be old: {ages}. A way: backends.{name}.changes_secret"]
    elif traits.unseen:
        said.append(f"changes: not told of are {', '.join(traits.unseen)}; they may be old: {ages}")
    return said
