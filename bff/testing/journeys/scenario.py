"""What a scenario is, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from .shopper import Shopper

F = TypeVar("F", bound="Callable[[Shopper], None]")


class Absent(Exception):
    """The store does not offer what the scenario needs; the text names the port, or the thing it sells none of."""


class Failed(Exception):
    """The store did something else than it must; the text says what was expected."""


class Scenario(NamedTuple):
    """`script`: with JavaScript only; None: with it and without."""

    name: str
    what: str
    walk: Callable[[Shopper], None]
    script: bool | None


SCENARIOS: dict[str, Scenario] = {}


def scenario(name: str, *, script: bool | None = None) -> Callable[[F], F]:
    """Enter a walk into the list, under a name that others may rely on."""

    def enter(walk: F) -> F:
        if name in SCENARIOS:
            raise ValueError(f"two scenarios are called {name}")
        SCENARIOS[name] = Scenario(name, " ".join((walk.__doc__ or "").split()), walk, script)
        return walk

    return enter


def check(holds: object, expected: str) -> None:
    """Raises `Failed` naming what was expected, unless it holds."""
    if not holds:
        raise Failed(expected)
