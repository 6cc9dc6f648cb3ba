"""What a finding is."""

from __future__ import annotations

from typing import Literal

import msgspec

from bff.ports import Misconfigured

Area = Literal[
    "configuration", "backends", "headers", "purge", "changes", "pictures", "mail", "payments", "data", "disk", "clock"
]
Level = Literal["ok", "note", "warning", "error"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """`error`: shoppers notice, or will; `warning`: somebody should decide; `note`: good to know. `setting` is its whole
    name as in `portico.toml`, `fix` what to do. Neither holds a secret."""

    area: Area
    level: Level
    says: str
    setting: str | None = None
    fix: str | None = None


def ok(area: Area, says: str) -> Finding:
    return Finding(area=area, level="ok", says=says)


def note(area: Area, says: str, setting: str | None = None, fix: str | None = None) -> Finding:
    return Finding(area=area, level="note", says=says, setting=setting, fix=fix)


def warning(area: Area, says: str, setting: str, fix: str) -> Finding:
    return Finding(area=area, level="warning", says=says, setting=setting, fix=fix)


def error(area: Area, says: str, setting: str, fix: str) -> Finding:
    return Finding(area=area, level="error", says=says, setting=setting, fix=fix)


def wrong(area: Area, raised: Misconfigured, level: Level = "error") -> Finding:
    """A mistake in the settings as a finding."""
    where = f" ({raised.source})" if raised.source else ""
    return Finding(
        area=area, level=level, says=f"{raised.problem}{where}", setting=raised.key, fix=raised.fix or "see there."
    )
