"""The calls that were made, for a failure's message."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .wire import Sent

SHOWN = 240
"""Characters of an argument or an answer that a failure's message shows."""


class Escaped(AssertionError):
    """An exception that is no `BackendError` left the adapter."""


@dataclass(slots=True)
class Call:
    """A call that was made: what was asked, and what came."""

    operation: str
    arguments: Mapping[str, Any]
    market: str
    locale: str
    outcome: str = "no answer yet"
    seconds: float = 0.0
    sent: list[Sent] = field(default_factory=list)

    def __str__(self) -> str:
        said = ", ".join(f"{name}={shown(value)}" for name, value in self.arguments.items())
        return (
            f"{self.operation}({said}) in {self.market}/{self.locale} -> {self.outcome} [{self.seconds * 1000:.0f} ms]"
        )


def shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)} characters)"


def line_of(error: Exception, method: Any) -> str:
    """The innermost line of the adapter that it came through; of whatever it came from, where none is known."""
    module = sys.modules.get(getattr(method, "__module__", ""))
    home = str(Path(getattr(module, "__file__", None) or "-").parent)
    frames = traceback.extract_tb(error.__traceback__)
    frame = next((frame for frame in reversed(frames) if frame.filename.startswith(home)), frames[-1])
    return f"{Path(frame.filename).name}:{frame.lineno}"
