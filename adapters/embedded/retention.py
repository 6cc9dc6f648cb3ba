"""How long what people left is kept, beyond its use: notices, mail that failed, mail as files. The settings say it in days;
the mail sender looks once an hour."""

from __future__ import annotations

import contextlib
from pathlib import Path

from .database import Connection
from .moments import stamp


def _lapsed(connection: Connection) -> tuple[tuple[str, str, str], ...]:
    """Tables with what makes a row one that goes, and from before when."""
    settings = connection.database.settings
    return (
        ("stock_notice", "told < ?", stamp(days=-settings.keep_told)),
        ("stock_notice", "told IS NULL AND created < ?", stamp(days=-settings.keep_notices)),
        ("outbox", "failed IS NOT NULL AND queued < ?", stamp(days=-settings.keep_failed_mail)),
    )


def any_due(connection: Connection) -> bool:
    return any(
        connection.execute(f"SELECT 1 FROM {table} WHERE {which} LIMIT 1", (before,)).fetchone()  # noqa: S608
        for table, which, before in _lapsed(connection)
    )


def due(connection: Connection) -> None:
    """Delete the rows that were kept long enough."""
    for table, which, before in _lapsed(connection):
        connection.execute(f"DELETE FROM {table} WHERE {which}", (before,))  # noqa: S608


def files(folder: Path, days: int) -> None:
    """Delete the mails in a folder that were queued more than `days` ago, by the moment in their names: only those this
    adapter wrote. Several processes may do it at once."""
    before = written(stamp(days=-days))
    for file in folder.glob("[0-9]*-*-*.eml"):
        moment = file.name.partition("-")[0]
        if len(moment) == len(before) and moment.isdigit() and moment < before:
            with contextlib.suppress(OSError):
                file.unlink()


def written(moment: str) -> str:
    """A moment as it stands in the name of a mail's file: to the second, digits only."""
    return "".join(c for c in moment[:19] if c.isdigit())
