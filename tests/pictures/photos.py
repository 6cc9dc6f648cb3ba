"""Photographs to test with, drawn on the spot."""

from __future__ import annotations

import random
import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

ORIENTATION, ARTIST = 0x0112, 0x013B


def halves(size: tuple[int, int] = (400, 500), mode: str = "RGB") -> Any:
    """Red above, blue below."""
    image = Image.new(mode, size, "red")
    image.paste("blue", (0, size[1] // 2, size[0], size[1]))
    return image


def saved(image: Any, kind: str = "JPEG", **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(turned: int) -> Any:
    """Metadata of a camera: how it was held, and who held it."""
    found = Image.Exif()
    found[ORIENTATION], found[ARTIST] = turned, "A Person"
    return found


def grain(size: tuple[int, int], quality: int = 90) -> bytes:
    """A JPEG with as much detail as a photograph."""
    noise = Image.frombytes(
        "RGB", (size[0] // 4, size[1] // 4), random.Random(size[0]).randbytes(size[0] // 4 * (size[1] // 4) * 3)
    )
    return saved(noise.resize(size, Image.Resampling.BICUBIC), quality=quality)


def bomb(width: int, height: int) -> bytes:
    """A PNG of so many pixels, all of them the same, in few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    rows = b"".join([packer.compress(bytes(width // 8 + 1)) for _ in range(height)]) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def pixel(body: bytes, x: float, y: float) -> tuple[int, ...]:
    """The colour at a part of the width and height."""
    with Image.open(BytesIO(body)) as found:
        plain = found.convert("RGBA" if found.has_transparency_data else "RGB")
        colour: tuple[int, ...] = plain.getpixel((int(plain.width * x), int(plain.height * y)))
        return colour
