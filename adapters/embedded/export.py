"""`portico embedded export FILE`: the whole catalogue as one JSON file, to feed to other backends."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from bff.ports import Command, CommandArgument, Misconfigured, Progress

from .database import SHOPPERS, Connection, Database
from .settings import Settings

VERSION = 1
_LEFT_OUT = (*SHOPPERS, "meta")
_DOCUMENTS = {
    "product": ("doc",),
    "variant": ("choice", "measure"),
    "brand": ("description",),
    "category": ("image",),
    "option": ("name",),
    "option_value": ("name",),
    "attribute": ("name",),
    "attribute_value": ("name",),
    "entry": ("image", "products"),
    "entry_text": ("body",),
    "menu": ("doc",),
    "shop": ("doc",),
    "setting": ("doc",),
}
"""The columns that hold JSON; it is written as it is."""


def _tables(connection: Connection) -> list[str]:
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    return [name for (name,) in rows if name not in _LEFT_OUT and not name.startswith("sqlite_")]


def _rows(connection: Connection, table: str) -> Iterator[dict[str, Any]]:
    """The rows of a table as objects, documents in place of their text."""
    cursor = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608
    documents = _DOCUMENTS.get(table, ())
    names = [column[0] for column in cursor.description]
    for row in cursor:
        yield {
            name: msgspec.Raw(value.encode()) if value is not None and name in documents else value
            for name, value in zip(names, row, strict=True)
        }


def write(connection: Connection, path: Path) -> Iterator[Progress]:
    """Write the file beside its place and move it there when it is whole."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    tables = _tables(connection)
    total = sum(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables)  # noqa: S608
    done = 0
    try:
        with part.open("wb") as file:
            file.write(b'{"portico": %d' % VERSION)
            for table in tables:
                file.write(b',\n"%s": [' % table.encode())
                for at, row in enumerate(_rows(connection, table)):
                    file.write((b",\n" if at else b"\n") + msgspec.json.encode(row))
                    done += 1
                    if done % 1000 == 0:
                        yield Progress(done=done, total=total, note=table)
                file.write(b"]")
            file.write(b"}\n")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    yield Progress(done=done, total=total, note=str(path))


async def export(settings: Settings, arguments: Mapping[str, Any]) -> AsyncIterator[Progress]:
    """Raises `Misconfigured` where the file cannot be written."""
    database = Database(settings)
    try:
        await asyncio.to_thread(database.prepare)
        with contextlib.closing(await asyncio.to_thread(database.connect)) as connection:
            steps = write(connection, Path(str(arguments["file"])))
            while (step := await asyncio.to_thread(next, steps, None)) is not None:
                yield step
    except OSError as error:
        raise Misconfigured(
            "file", f"{arguments['file']}: {error.strerror}", fix="name a file that can be written"
        ) from error
    finally:
        await asyncio.to_thread(database.close)


COMMAND = Command(
    name="export",
    help="Write the whole catalogue to one JSON file.",
    arguments=(CommandArgument(name="file", help="The file to write.", kind="path", required=True),),
    run=export,
)
