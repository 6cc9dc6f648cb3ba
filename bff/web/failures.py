"""Which HTTP status a failure of a backend is: the only such table."""

from __future__ import annotations

from bff.ports import (
    BackendError,
    ChallengeRequired,
    Conflict,
    DeadlineExceeded,
    InvalidInput,
    Malformed,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Throttled,
    Unavailable,
)

from .limits import TooMany

STATUS: tuple[tuple[type[BackendError], int], ...] = (
    (NotFound, 404),
    (InvalidInput, 422),
    (Conflict, 409),
    (NotSignedIn, 401),
    (NotAllowed, 403),
    (ChallengeRequired, 403),
    (Throttled, 503),
    (Unavailable, 503),
    (DeadlineExceeded, 504),
    (Malformed, 502),
)
RETRY = 10.0
"""Seconds after which a shopper may try again, where the backend does not say."""


def status_of(error: BackendError) -> int:
    if isinstance(error, NotFound) and error.gone:
        return 410
    if isinstance(error, TooMany):
        return 429
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def retry_after(error: BackendError) -> float | None:
    """Seconds to wait, for failures that pass."""
    if not error.retryable or isinstance(error, Conflict):
        return None
    return (error.retry_after if isinstance(error, Throttled) else None) or RETRY
