"""What an answer is called among all answers: a digest of everything it may depend on, and of nothing else.

In it are the backend and its settings, the operation, its arguments, market, locale, currency and audience. What shoppers
typed is in it as an argument, in small letters and single spaces, and only as part of the digest: no text of theirs
stands in a key, and one that is too long has none.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from .calls import Call, Operation

LONGEST_TYPED = 80
"""Characters of a typed text above which it is asked about each time: nobody types the same."""
LONGEST = 8_192
"""Bytes of arguments, likewise."""

_encode = msgspec.msgpack.Encoder(order="sorted", enc_hook=str).encode


def namer(operation: Operation) -> Callable[[Call, Mapping[str, Any]], bytes]:
    """What names the answers of an operation: a function of the call and of the arguments to be sent for it. b"" where an
    answer has no name, and is therefore neither kept nor shared."""
    declaration, defaults = operation.declaration, operation.defaults
    head = blake2b(
        _encode([operation.backend, operation.configuration, operation.name]), digest_size=16, person=b"portico-answer"
    )
    typed = [path.split(".") for path in declaration.typed]
    personal = declaration.personal

    def name(call: Call, arguments: Mapping[str, Any]) -> bytes:
        public = call.public
        given = {key: value for key, value in arguments.items() if key not in defaults or defaults[key] != value}
        if any(key in given for key in personal):
            return b""
        for path in typed:
            text = _at(given, path)
            if isinstance(text, str):
                if len(text) > LONGEST_TYPED:
                    return b""
                given = _with(given, path, normal(text))
        try:
            body = _encode([public.market.id, public.locale, public.currency, public.audience, given])
        except (TypeError, ValueError, msgspec.MsgspecError):
            return b""
        if len(body) > LONGEST:
            return b""
        digest = head.copy()
        digest.update(body)
        return digest.digest()

    return name


def normal(text: str) -> str:
    """A typed text as it is compared: composed letters, small, single spaces. `ß` and `ss` stay apart."""
    return " ".join(unicodedata.normalize("NFC", text).lower().split())


def _at(value: Any, path: Sequence[str]) -> Any:
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else getattr(value, part, None)
    return value


def _with(value: Any, path: Sequence[str], text: str) -> Any:
    """`value` with another text at the path."""
    name, rest = path[0], path[1:]
    own = _with(_at(value, [name]), rest, text) if rest else text
    if isinstance(value, Mapping):
        return {**value, name: own}
    return msgspec.structs.replace(value, **{name: own})
