"""Static files: found in the shop's folder first, named by content so that browsers may keep them for ever.

`/static/~{version}/…` is the same file as `/static/…`, cacheable for a year; `version` changes when any file does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bff.ports import Image, ImageSource

from .overlays import NONE, Layer, Overlays

ROOT = "/static/"
NO_PICTURE = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
"""One transparent pixel."""


OWN_SHEET = "shop.css"
"""A shop's few rules of its own, after the store's stylesheets; `portico experiment ship` adds to it."""


class Assets:
    """The static files of a store, and what experiments lay over them."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)
        self._overlays = NONE
        self._layers: dict[str, Layer] = {}
        self._renew()

    def put(self, overlays: Overlays) -> None:
        """Lay these over the files from now on. What changed has another address."""
        self._overlays = overlays
        self._layers = {layer.root: layer for layer in overlays.layers}
        self._renew()

    def _renew(self) -> None:
        self.version = self._version()
        self.root = f"{ROOT}~{self.version}/"
        self.own_sheets = (OWN_SHEET,) if self.find(OWN_SHEET) else ()

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
        for root, layer in self._layers.items():
            for file in sorted([*(layer.folder / "static").rglob("*"), layer.folder / "theme.css"]):
                if file.is_file():
                    digest.update(f"{root}/{file.relative_to(layer.folder)}".encode() + file.read_bytes())
        return digest.hexdigest()

    def url(self, path: str) -> str:
        """The lasting address of a static file, by its path under `static/`."""
        return self.root + (self._overlays.file(path) or path)

    def lasting(self, address: str) -> str:
        """A `/static/…` address made lasting; every other is left as it is, but none that a browser would run."""
        if not address.startswith(("/", "https://", "http://", "data:image/")):
            return NO_PICTURE
        return self.url(address[len(ROOT) :]) if address.startswith(ROOT) and "/~" not in address[:9] else address

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
        if path.startswith("experiments/"):
            return self._laid(path)
        for folder in self.folders:
            try:
                file = (folder / path).resolve()
                if file.is_relative_to(folder.resolve()) and file.is_file():
                    return file
            except OSError:  # a name longer than the file system takes
                return None
        return None

    def _laid(self, path: str) -> Path | None:
        """A variation's stylesheet or static file; none of its templates."""
        *parts, rest = path.split("/", 3)
        layer = self._layers.get("/".join(parts))
        if layer is None or not (rest == "theme.css" or rest.removeprefix("static/") in layer.statics):
            return None
        file = layer.folder / rest
        return file if file.is_file() else None


class StaticFile(msgspec.Struct, frozen=True):
    """A file ready to send: its bytes, and its compressed ones where that pays."""

    body: bytes
    kind: str
    brotli: bytes | None
    gzip: bytes | None
    etag: str
