"""The folder: which files there are, and what stands in them.

Everything is read when it is opened, and again when a file changed; requests look things up in memory, so that nothing a
shopper asks for is ever part of a path. A file that is a link out of the folder is refused, as is one with a name, a size
or a slug that none of ours has.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
import os
import re
import time
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from bff.ports import Misconfigured

log = logging.getLogger("portico.files")

MAX_BYTES = 1_000_000
MAX_FILES = 20_000
FENCE = "+++"
NAME = re.compile(r"(?P<id>[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9_-]+)*)\.(?P<locale>[a-z]{2,3}(?:-[A-Z]{2})?)\.md")
SLUG = re.compile(r"[^\s/.\\?#%<>\"'&][^\s\\?#%<>\"'&]*")


class Front(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands between the `+++` lines. `image` is an https address or one under `/static/`; `products` are SKUs; `link`
    and `link_title` are a slot's."""

    title: str | None = None
    slug: str | None = None
    lead: str | None = None
    description: str | None = None
    published: datetime.date | None = None
    updated: datetime.date | None = None
    author: str | None = None
    image: str | None = None
    image_alt: str | None = None
    portrait: str | None = None
    link: str | None = None
    link_title: str | None = None
    products: tuple[str, ...] = ()
    draft: bool = False


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """One file."""

    id: str
    locale: str
    front: Front
    body: str

    @property
    def slug(self) -> str:
        return self.front.slug or self.id


Texts = Mapping[str, Mapping[str, Text]]
"""By id, then by locale."""


class Shelf(msgspec.Struct, frozen=True):
    """Everything in the folder: texts by kind (`pages`, `journal`, `menus`, `slots`), and the ids of pages and articles by
    their slugs in any language."""

    kinds: Mapping[str, Texts]
    slugs: Mapping[str, Mapping[str, str]]


KINDS = ("pages", "journal", "menus", "slots")
Stamp = tuple[tuple[str, int, int], ...]


class Folder:
    """`shelf` is as new as `look` seconds. A change that is wrong is logged, and what was there before stays."""

    def __init__(self, root: Path, *, look: float = 1.0) -> None:
        self._root = root
        self._look = look
        self._shelf: Shelf | None = None
        self._stamp: Stamp = ()
        self._looked = 0.0
        self._looking: asyncio.Task[None] | None = None

    async def shelf(self) -> Shelf:
        due = self._look > 0 and time.monotonic() >= self._looked + self._look
        if due and (self._looking is None or self._looking.done()):
            self._looking = asyncio.create_task(asyncio.to_thread(self._again))
        if due and self._looking is not None:
            await asyncio.shield(self._looking)
        assert self._shelf is not None
        return self._shelf

    def read(self) -> None:
        """Read it all. Raises `Misconfigured` naming the file."""
        stamp = self._now()
        self._shelf, self._stamp, self._looked = self._read(stamp), stamp, time.monotonic()

    def _again(self) -> None:
        self._looked = time.monotonic()
        try:
            stamp = self._now()
            if stamp != self._stamp:
                self._stamp = stamp
                self._shelf = self._read(stamp)
        except (Misconfigured, OSError) as error:
            log.error("the content is shown as it was: %s", error)

    def _now(self) -> Stamp:
        """Names, times and sizes of the files there are."""
        found: list[tuple[str, int, int]] = []
        for kind in KINDS:
            try:
                entries = sorted(os.scandir(self._root / kind), key=lambda entry: entry.name)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise Misconfigured("folder", f"{self._root / kind} cannot be read: {error.strerror}.") from None
            for entry in entries:
                if entry.name.endswith(".md"):
                    stat = entry.stat()
                    found.append((f"{kind}/{entry.name}", stat.st_mtime_ns, stat.st_size))
        if len(found) > MAX_FILES:
            raise Misconfigured("folder", f"{self._root} holds more than {MAX_FILES} files.")
        return tuple(found)

    def _read(self, stamp: Stamp) -> Shelf:
        if not self._root.is_dir():
            raise Misconfigured("folder", f"{self._root} is no folder.", fix="make it, or name another.")
        kinds: dict[str, dict[str, dict[str, Text]]] = {kind: {} for kind in KINDS}
        slugs: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
        for name, _, size in stamp:
            kind, text = name.partition("/")[0], self._text(name, size)
            if text is None:
                continue
            taken = slugs[kind].setdefault(text.slug, text.id)
            if taken != text.id and kind in ("pages", "journal"):
                problem = f"the slug {text.slug!r} is {taken}'s already."
                raise Misconfigured(f"{name}: slug", problem, source=str(self._root / name), fix="choose another.")
            kinds[kind].setdefault(text.id, {})[text.locale] = text
        return Shelf(kinds, slugs)

    def _text(self, name: str, size: int) -> Text | None:
        """A file's text; None for a draft. Raises `Misconfigured`."""
        file = self._root / name
        match = NAME.fullmatch(file.name)
        if match is None:
            fix = "name it like `delivery.en.md` or `delivery.en-GB.md`: small letters, the language, `.md`."
            raise Misconfigured(name, "is no name of a text.", source=str(file), fix=fix)
        if not file.resolve().is_relative_to(self._root.resolve()):
            raise Misconfigured(name, "is a link that leads out of the folder.", source=str(file), fix="copy the file.")
        if size > MAX_BYTES:
            raise Misconfigured(name, f"is larger than {MAX_BYTES} bytes.", source=str(file))
        try:
            source = file.read_text(encoding="utf-8").removeprefix("\ufeff")
        except (OSError, UnicodeDecodeError) as error:
            raise Misconfigured(name, f"cannot be read: {error}.", source=str(file)) from None
        front, body = _parted(name, file, source)
        if front.slug is not None and (not SLUG.fullmatch(front.slug) or ".." in front.slug.split("/")):
            raise Misconfigured(f"{name}: slug", f"{front.slug!r} is no part of an address.", source=str(file))
        for key in ("image", "portrait"):
            url = getattr(front, key)
            if url is not None and not url.startswith(("https://", "/static/")):
                fix = "an https address, or a file of the shop's `static/`: /static/….webp"
                raise Misconfigured(f"{name}: {key}", f"{url!r} is no picture's address.", source=str(file), fix=fix)
        if front.title is None and not name.startswith(("menus/", "slots/")):
            raise Misconfigured(f"{name}: title", "is missing.", source=str(file), fix='add `title = "…"`.')
        return None if front.draft else Text(id=match["id"], locale=match["locale"], front=front, body=body)


def _parted(name: str, file: Path, source: str) -> tuple[Front, str]:
    """Front matter and body. Raises `Misconfigured`."""
    lines = source.splitlines()
    if lines and lines[0].strip() == "---":
        fix = 'write it as TOML between +++ lines: title = "…"'
        raise Misconfigured(name, "begins with YAML.", source=str(file), fix=fix)
    if not lines or lines[0].strip() != FENCE:
        return Front(), source
    end = next((n for n, line in enumerate(lines[1:], 1) if line.strip() == FENCE), None)
    if end is None:
        raise Misconfigured(name, "begins with +++ and has no second one.", source=str(file))
    try:
        raw = tomllib.loads("\n".join(lines[1:end]))
        return msgspec.convert(raw, Front), "\n".join(lines[end + 1 :])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Misconfigured(name, f"front matter: {error}.", source=str(file)) from None


def in_locale(texts: Mapping[str, Text], locale: str, language: str) -> Text | None:
    """The text in the locale, its language, the language that is always there, or any."""
    return next((texts[key] for key in _tried(locale, language) if key in texts), None) or next(
        iter(texts.values()), None
    )


def _tried(locale: str, language: str) -> Iterator[str]:
    yield from (locale, locale.partition("-")[0], language)
