"""The adapter's notes in the shopper's session: a small JSON object that every port here shares, each under its own name."""

from __future__ import annotations

import msgspec

from bff.ports import VisitorContext

_LARGEST = 4_096
_notes = msgspec.json.Decoder(dict[str, str])


def notes(ctx: VisitorContext) -> dict[str, str]:
    """All notes; none where the text is not ours."""
    text = ctx.shopper.blob.text
    if not text or len(text) > _LARGEST:
        return {}
    try:
        return _notes.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return {}


def note(ctx: VisitorContext, name: str, value: str | None) -> None:
    """Write one down; None takes it out. It stays with the shopper once the answer is sent."""
    kept = notes(ctx)
    if kept.get(name) == value:
        return
    kept.pop(name, None)
    if value is not None:
        kept[name] = value
    ctx.shopper.blob.replace(ctx.shopper.blob.text, msgspec.json.encode(kept).decode() if kept else None)
