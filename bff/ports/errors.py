"""Failures an adapter may raise. Business outcomes (sold out, code refused, payment declined) are values, not failures.

    BackendError                 anything a backend call can fail with
    ├── NotFound(gone)           no such entity in this market; `gone`: it existed and was withdrawn
    ├── InvalidInput(fields)     the shopper can put it right; messages by field
    ├── Conflict                 the thing changed meanwhile; read it again            (retryable after a read)
    ├── NotSignedIn              a customer is needed
    ├── NotAllowed               this customer may not
    ├── ChallengeRequired        the backend wants a captcha: kind, site_key
    ├── Throttled(retry_after)   too many calls                                       (retryable)
    ├── Unavailable              no answer, or a failure on the backend's side         (retryable)
    ├── DeadlineExceeded         the answer did not come in time                       (retryable)
    └── Malformed                the answer is not what the backend's schema promises
    Misconfigured                raised at start only, by settings and `open`: names the key and the fix

No exception of an HTTP library, of a parser or of a database leaves an adapter.
"""

from __future__ import annotations

from collections.abc import Mapping


class BackendError(Exception):
    """A call to a backend failed. `retryable`: the same read may succeed a moment later.

    `detail` is for logs: it never holds a secret or a shopper's data, and it is never shown to a shopper.
    """

    retryable = False

    def __init__(self, detail: str = "", *, operation: str = "", backend: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.operation = operation
        self.backend = backend


class NotFound(BackendError):
    """The entity does not exist in this market. `gone`: it did, and will not come back."""

    def __init__(self, detail: str = "", *, gone: bool = False) -> None:
        super().__init__(detail)
        self.gone = gone


class InvalidInput(BackendError):
    """The shopper's input was refused: `fields` maps a field's name to a message key or the backend's text."""

    def __init__(self, fields: Mapping[str, str], detail: str = "") -> None:
        super().__init__(detail)
        self.fields = dict(fields)


class Conflict(BackendError):
    """The entity changed since it was read; reading it again shows the truth."""

    retryable = True


class NotSignedIn(BackendError):
    """The operation needs a signed-in customer, or the customer's token has expired."""


class NotAllowed(BackendError):
    """The customer is known and may not do this."""


class ChallengeRequired(BackendError):
    """The backend asks for proof of a human: `kind` (its name for the captcha) and `site_key`."""

    def __init__(self, kind: str, site_key: str | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.site_key = site_key


class Throttled(BackendError):
    """The backend refuses for now; `retry_after` in seconds, or None where it does not say."""

    retryable = True

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(BackendError):
    """The backend could not be reached or failed on its side."""

    retryable = True


class DeadlineExceeded(BackendError):
    """The call's budget was used up. A write may have happened: read before telling the shopper."""

    retryable = True


class Malformed(BackendError):
    """The backend answered something its own schema forbids."""


class Misconfigured(Exception):
    """Settings cannot work. `key` names the setting, `source` the file or variable, `fix` what to write instead."""

    def __init__(self, key: str, problem: str, *, fix: str = "", source: str = "") -> None:
        self.key, self.problem, self.fix, self.source = key, problem, fix, source
        where = f" ({source})" if source else ""
        super().__init__(f"{key}{where}: {problem}" + (f" Fix: {fix}" if fix else ""))
