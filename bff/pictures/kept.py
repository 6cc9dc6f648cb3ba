"""Pictures on disk, under `var/pictures`: originals as they came, and what was made of them.

Each original has a folder: `about.json` says what is known of it, `source-{tag}` is its bytes, `{tag}-…` what was made of
them; the tag is the content's. Files are written beside their place and moved there whole. Processes share all of it: each
looks now and then how much there is, and takes away what was not used for longest. It can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from contextlib import suppress
from pathlib import Path

import msgspec

TOUCHED = 3_600.0
"""Seconds after which a use is worth writing down."""
LEFT = 0.9
"""The part of the bytes that is left when some had to go."""
RECIPE = "1"
"""How pictures are made; another makes all of them anew."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """An original: its content's tag, its size in pixels, the origin's validators, and when it was asked last (seconds
    since 1970)."""

    tag: str
    width: int
    height: int
    asked: float
    etag: str | None = None
    modified: str | None = None


class Kept:
    """At most about `most` bytes. Everything here may block: call it in a thread."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder, self._most = folder, most
        self._unseen = most  # so that the first thing written looks at what is there
        self._lock = threading.Lock()

    def about(self, name: str) -> About | None:
        try:
            return msgspec.json.decode((self._place(name) / "about.json").read_bytes(), type=About)
        except (OSError, msgspec.MsgspecError):
            return None

    def source(self, name: str, about: About) -> Path | None:
        """The original, where it is still here."""
        file = self._place(name) / f"source-{about.tag}"
        return file if file.is_file() else None

    def made(self, name: str, about: About, width: int, format: str, now: float) -> bytes | None:
        place = self._place(name)
        try:
            file = place / _variant(about, width, format)
            body = file.read_bytes()
            if now - file.stat().st_mtime > TOUCHED:
                for used in (file, place / "about.json"):
                    os.utime(used, (now, now))
        except OSError:
            return None
        return body

    def beside(self, name: str) -> Path:
        """A file of nobody else's, to be written and then moved by `keep` or `keep_made`. Raises `OSError`."""
        place = self._place(name)
        place.mkdir(parents=True, exist_ok=True)
        return place / f"new-{secrets.token_hex(6)}"

    def keep(self, name: str, file: Path, about: About) -> About:
        """The written file is the original now. Raises `OSError`."""
        with file.open("rb") as content:
            tag = hashlib.file_digest(content, "sha256").hexdigest()[:16]
        found = msgspec.structs.replace(about, tag=tag)
        size = file.stat().st_size
        file.replace(self._place(name) / f"source-{tag}")
        self.note(name, found)
        self._wrote(size)
        return found

    def note(self, name: str, about: About) -> None:
        """Write down what is known. Raises `OSError`."""
        file = self.beside(name)
        file.write_bytes(msgspec.json.encode(about))
        file.replace(self._place(name) / "about.json")

    def keep_made(self, name: str, file: Path, about: About, width: int, format: str) -> bytes:
        """The written file is what was made of the original. Raises `OSError`."""
        body = file.read_bytes()
        file.replace(self._place(name) / _variant(about, width, format))
        self._wrote(len(body))
        return body

    def forget(self, name: str, about: About) -> None:
        """The original turned out to be none."""
        for file in (f"source-{about.tag}", "about.json"):
            with suppress(OSError):
                (self._place(name) / file).unlink()

    def _place(self, name: str) -> Path:
        return self._folder / name[:2] / name

    def _wrote(self, size: int) -> None:
        with self._lock:
            self._unseen += size
            if self._unseen < self._most * (1 - LEFT) / 4:
                return
            self._unseen = 0
            self._make_room()

    def _make_room(self) -> None:
        found: list[tuple[float, int, str]] = []
        for folder, _, names in os.walk(self._folder):
            for each in names:
                with suppress(OSError):
                    file = os.path.join(folder, each)
                    stat = os.stat(file)
                    found.append((stat.st_mtime, stat.st_size, file))
        total = sum(size for _, size, _ in found)
        if total <= self._most * (1 - (1 - LEFT) / 4):
            return
        for _, size, file in sorted(found):
            if total <= self._most * LEFT:
                break
            with suppress(OSError):
                os.unlink(file)
                total -= size
            with suppress(OSError):  # empty now, or not
                os.rmdir(os.path.dirname(file))


def _variant(about: About, width: int, format: str) -> str:
    return f"{about.tag}-{RECIPE}-{width}.{format}"
