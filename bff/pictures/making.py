"""A process that makes pictures smaller: `python -m bff.pictures.making`. A line of JSON asks, a line answers.

Decoders are where hostile files do harm, so they run apart from the store: without its secrets, with bounded memory, at low
priority, and killed when they take too long. What comes out holds pixels only: turned upright, in sRGB, the first frame of
what moves, without metadata. Nothing is made wider than it is.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
import warnings
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms, ImageOps

FORMATS = ("AVIF", "GIF", "JPEG", "PNG", "WEBP")
"""What is decoded. SVG is not: it is a document that can hold scripts."""
PIXELS, JPEG_PIXELS = 25_000_000, 50_000_000
"""A JPEG is decoded in part where less is wanted; others take up to 17 bytes a pixel while they are decoded."""
SIDE = 16_384
MEMORY = 1_000_000_000
_TURNED = (5, 6, 7, 8)
_ORIENTATION = 0x0112
_SAVED: dict[str, dict[str, Any]] = {
    "avif": {"format": "AVIF", "quality": 52, "speed": 8, "max_threads": 1},
    "webp": {"format": "WEBP", "quality": 78, "method": 4},
    "jpg": {"format": "JPEG", "quality": 80, "progressive": True, "optimize": True},
}


class Refused(Exception):
    """No picture that may be decoded."""


def measure(source: str) -> tuple[int, int]:
    """Width and height as it is looked at. Raises `Refused`; nothing was decoded yet."""
    with _opened(source) as found:
        turned = found.getexif().get(_ORIENTATION) in _TURNED
        return (found.height, found.width) if turned else (found.width, found.height)


def make(source: str, out: str, width: int, kind: str) -> None:
    """Write the picture, at most so wide. Raises `Refused`, or whatever a decoder comes to."""
    with _opened(source) as found:
        turned = found.getexif().get(_ORIENTATION) in _TURNED
        across = found.height if turned else found.width
        part = min(1.0, width / across)
        size = (max(1, math.ceil(found.width * part)), max(1, math.ceil(found.height * part)))
        if found.format == "JPEG":
            found.draft(None, (size[0] * 2, size[1] * 2))  # decodes an eighth, a quarter or a half of it
        image = _plain(found)
        if image.size != size and part < 1:
            image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        image = _in_srgb(ImageOps.exif_transpose(image))
    image.info.clear()
    made = BytesIO()
    _flat(image, kind).save(made, **_SAVED[kind])
    with open(out, "wb") as file:
        file.write(made.getbuffer())


def _opened(source: str) -> Any:
    try:
        found = Image.open(source, formats=FORMATS)
    except Image.UnidentifiedImageError:
        raise Refused("it is no picture of a kind that is known") from None
    except Image.DecompressionBombError as error:
        raise Refused(str(error)) from None
    if found.width * found.height > (JPEG_PIXELS if found.format == "JPEG" else PIXELS) or max(found.size) > SIDE:
        found.close()
        raise Refused(f"it has {found.width} by {found.height} pixels")
    return found


def _plain(image: Any) -> Any:
    """Decoded, with three channels or four, in eight bits."""
    if image.mode.startswith(("I", "F")):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L").convert("RGB")
    if image.mode == "CMYK":
        image.load()
        return image  # its profile, where it has one, says what its inks look like
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("RGB")


def _in_srgb(image: Any) -> Any:
    profile = image.info.get("icc_profile")
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile:
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            own = ImageCms.ImageCmsProfile(BytesIO(profile))
            if image.mode == "RGBA":  # colours are turned, what shows through is not
                alpha = image.getchannel("A")
                image = ImageCms.profileToProfile(image.convert("RGB"), own, ImageCms.createProfile("sRGB"))
                image.putalpha(alpha)
            else:
                image = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    return image if image.mode == mode else image.convert(mode)


def _flat(image: Any, kind: str) -> Any:
    """On white where the format knows no transparency."""
    if kind != "jpg" or image.mode != "RGBA":
        return image
    flat = Image.new("RGB", image.size, "white")
    flat.paste(image, mask=image.getchannel("A"))
    return flat


def _confined() -> None:
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = JPEG_PIXELS
    os.nice(10)
    with contextlib.suppress(ImportError, ValueError, OSError):  # not everywhere are there bounds to be set
        import resource

        for kind, most in (
            (resource.RLIMIT_AS, MEMORY),
            (resource.RLIMIT_FSIZE, 50_000_000),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_NOFILE, 64),
        ):
            resource.setrlimit(kind, (most, most))


def main() -> None:
    """Answer until nobody asks any more. What a library prints goes elsewhere."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    _confined()
    for line in sys.stdin:
        task = json.loads(line)
        try:
            if "out" in task:
                make(task["source"], task["out"], task["width"], task["format"])
                said: dict[str, Any] = {}
            else:
                said = {"size": measure(task["source"])}
        except Exception as error:  # decoders come to all sorts of ends
            said = {"refused": str(error)[:200] or type(error).__name__}
        answers.write(json.dumps(said) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
