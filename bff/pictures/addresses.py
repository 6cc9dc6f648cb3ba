"""`/media/{signature}/{width}/{source}.{format}`: addresses of pictures that this store makes.

The source is the original's address; only the store can sign one, so nobody can have it fetch what a backend did not
name. Widths and formats are few and fixed, so nobody can make it work for nothing. The format stands in the path, not in
`Accept`: caches in between need no `Vary`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from bff.ports import Image, ImageSource

from .settings import origin, written

ROOT = "/media/"
WIDTHS = (320, 640, 960, 1280, 1920)
FALLBACK, PREVIEW = 640, 1280
TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}
_PATH = re.compile(r"([\w-]{22})/(\d{3,4})/([\w-]{1,2100})\.(avif|webp|jpg)", re.ASCII)


class Wanted(NamedTuple):
    """A picture that may be made: of which original, how wide at most, in which format."""

    url: str
    width: int
    format: str


class Addresses:
    """Signs and opens addresses. `origins` are those that pictures are fetched from, `formats` what can be made (`jpg`, what
    every browser shows, among them). The newest of `secrets` signs, all open."""

    def __init__(self, origins: Iterable[str], secrets: Sequence[bytes], formats: Sequence[str]) -> None:
        self.origins = frozenset(origins)
        self._keys = [
            hashlib.blake2b(secret, digest_size=32, person=b"portico-pictures").digest() for secret in secrets
        ]
        self._formats = tuple(formats)

    def image(self, image: Image) -> Image:
        """The picture with addresses of this store's; as it is where its backend makes sizes, or it is from elsewhere."""
        if image.sources or "{" in image.url:
            return image
        signed = self._signed(image.url)
        if signed is None:
            return image
        wide = next((n for n, width in enumerate(WIDTHS) if image.width and width >= image.width), len(WIDTHS))
        sources = tuple(
            ImageSource(
                type=TYPES[kind], url=f"{ROOT}{signed[0]}/{{width}}/{signed[1]}.{kind}", widths=WIDTHS[: wide + 1]
            )
            for kind in self._formats
            if kind != "jpg"
        )
        return msgspec.structs.replace(image, url=f"{ROOT}{signed[0]}/{FALLBACK}/{signed[1]}.jpg", sources=sources)

    def address(self, url: str) -> str | None:
        """One address, for what cannot choose: link previews, pictures within a text. None: it is from elsewhere."""
        signed = self._signed(url)
        return f"{ROOT}{signed[0]}/{PREVIEW}/{signed[1]}.jpg" if signed else None

    def opened(self, path: str) -> Wanted | None:
        """What the path below `/media/` asks for; None for anything that was not signed here, or is not made any more."""
        found = _PATH.fullmatch(path)
        if found is None or int(found[2]) not in WIDTHS or found[4] not in self._formats:
            return None
        raw = found[3].encode()
        if not any(hmac.compare_digest(_signature(key, raw), found[1]) for key in self._keys):
            return None
        url = base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4)).decode()
        return Wanted(url, int(found[2]), found[4]) if origin(url) in self.origins else None

    def _signed(self, url: str) -> tuple[str, str] | None:
        found = written(url)
        if found is None or origin(found) not in self.origins:
            return None
        source = base64.urlsafe_b64encode(found.encode()).rstrip(b"=")
        return _signature(self._keys[0], source), source.decode()


def _signature(key: bytes, source: bytes) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, source, "sha256")[:16])[:22].decode()
