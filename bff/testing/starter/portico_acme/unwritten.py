"""The failure of what nobody has written yet. When no module imports this one, delete it."""

from __future__ import annotations

from bff.ports import Unavailable


class NotWritten(Unavailable):
    """To the store a backend that cannot be had; to whoever runs the kit, what to do next. Nothing is made up."""

    retryable = False

    def __init__(self, operation: str, todo: str) -> None:
        super().__init__(f"{operation} is not written yet: {todo}", operation=operation)
