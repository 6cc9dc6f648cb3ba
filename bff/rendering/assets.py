"""Static files: found in the shop's folder first, named by content so that browsers may keep them for ever.

`/static/~{version}/…` is the same file as `/static/…`, cacheable for a year; `version` changes when any file does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bff.ports import Image, ImageSource

ROOT = "/static/"
NO_PICTURE = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
"""One transparent pixel."""


class Assets:
    """The static files of a store."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)
        self.version = self._version()
        self.root = f"{ROOT}~{self.version}/"

    def _version(self) -> str:
        digest = hashlib.blake2b(digest_size=6)
        for folder in self.folders:
            for file in sorted(folder.rglob("*")):
                if file.is_file():
                    stat = file.stat()
                    heavy = "pictures" in file.parts
                    digest.update(f"{file.relative_to(folder)}:{stat.st_size}".encode())
                    if not heavy:
                        digest.update(file.read_bytes())
            manifest = folder / "pictures" / "manifest.json"
            if manifest.exists():
                digest.update(manifest.read_bytes())
        return digest.hexdigest()

    def url(self, path: str) -> str:
        """The lasting address of a static file, by its path under `static/`."""
        return self.root + path

    def lasting(self, address: str) -> str:
        """A `/static/…` address made lasting; every other is left as it is, but none that a browser would run."""
        if not address.startswith(("/", "https://", "http://", "data:image/")):
            return NO_PICTURE
        return self.root + address[len(ROOT) :] if address.startswith(ROOT) and "/~" not in address[:9] else address

    def source(self, image: Image, width: int) -> str:
        """An address of about this width: the smallest ready one that is wide enough, else the widest."""
        if image.sources:
            ready = image.sources[-1]
            chosen = next((w for w in ready.widths if w >= width), ready.widths[-1] if ready.widths else width)
            return self.lasting(ready.url.replace("{width}", str(chosen)))
        return self.lasting(image.url.replace("{width}", str(width)))

    def srcset(self, source: ImageSource) -> str:
        return ", ".join(f"{self.lasting(source.url.replace('{width}', str(w)))} {w}w" for w in source.widths)

    def find(self, path: str) -> Path | None:
        """The file behind a path under `static/`, or None. Never leaves the folders."""
        if not path or "\0" in path or "\\" in path:
            return None
        for folder in self.folders:
            try:
                file = (folder / path).resolve()
                if file.is_relative_to(folder.resolve()) and file.is_file():
                    return file
            except OSError:  # a name longer than the file system takes
                return None
        return None


class StaticFile(msgspec.Struct, frozen=True):
    """A file ready to send: its bytes, and its compressed ones where that pays."""

    body: bytes
    kind: str
    brotli: bytes | None
    gzip: bytes | None
    etag: str
