"""What can be set for Acme: `[backends.NAME.settings]` in `portico.toml`."""

from __future__ import annotations

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`url`: where the API is. `key`: what it knows us by (`key_file` in the settings reads it from a file)."""

    url: str
    key: str = ""

    def __repr__(self) -> str:
        return f"Settings(url={self.url!r}, …)"
