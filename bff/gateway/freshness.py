"""Which way a backend's changes reach the store, in words for whoever runs it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bff import settings as configuration
from bff.ports import Changes
from bff.settings import Settings

from .backends import chosen_policies, manifest

KEPT = {"products": "catalog.product", "listings": "search.listing", "stock": "catalog.availability"}
"""What is kept of a backend's answers, as operators call it."""


class Ways(NamedTuple):
    """`told`: the ways by which changes come. `untold`: what comes by none of them, "everything" where there is no way.
    `ages`: how long an answer is kept, "" where none is."""

    told: tuple[str, ...]
    untold: str
    ages: str

    def lines(self) -> Iterator[str]:
        if not self.ages:
            yield "changes: its answers are not kept, so they are never old"
            return
        for way in self.told:
            yield f"changes: {way}"
        if self.untold:
            yield f"changes: not told of: {self.untold}; answers may be old: {self.ages}"


def ways(found: Settings, name: str, changes: Changes | None) -> Ways:
    """`changes` is what backend `name` offers."""
    settings = found.backends[name]
    policies, _ = chosen_policies(name, settings, manifest(settings.adapter), source=found.source)
    fresh = {word: seconds for word, operation in KEPT.items() if (seconds := policies[operation].fresh)}
    address, told = f"{configuration.origin(found)}/-/changes/{name}", list[str]()
    traits = changes.traits if changes is not None else None
    if traits is not None and traits.push:
        told.append(f"its webhooks, sent to {address}")
    if traits is not None and traits.poll:
        told.append(f"asked for every {settings.poll:g} s, by one of the store's processes")
    if settings.changes_secret:
        told.append(f"signed posts to {address}")
    unseen = traits.unseen if traits is not None and not settings.changes_secret else ()
    return Ways(
        told=tuple(told),
        untold=", ".join(unseen) if told else "everything",
        ages=", ".join(f"{word} {seconds:g} s" for word, seconds in fresh.items()),
    )
