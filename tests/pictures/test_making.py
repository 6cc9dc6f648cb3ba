"""What comes out of the process that decodes: pixels, upright, in sRGB, no wider than asked, and nothing else."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from bff.pictures import making
from bff.pictures.addresses import TYPES
from tests.pictures.photos import bomb, exif, halves, pixel, saved

RED, BLUE = (254, 0, 0), (0, 0, 254)


def near(found: tuple[int, ...], wanted: tuple[int, ...], by: int = 12) -> bool:
    return len(found) == len(wanted) and all(abs(a - b) <= by for a, b in zip(found, wanted, strict=True))


def made(folder: Path, body: bytes, width: int = 320, kind: str = "jpg") -> bytes:
    (folder / "in").write_bytes(body)
    making.make(str(folder / "in"), str(folder / "out"), width, kind)
    return (folder / "out").read_bytes()


def opened(body: bytes) -> Image.Image:
    with Image.open(BytesIO(body)) as found:
        found.load()
        return found


@pytest.mark.parametrize("kind", TYPES)
def test_a_picture_is_made_smaller_in_each_format(tmp_path: Path, kind: str) -> None:
    found = opened(made(tmp_path, saved(halves((1200, 1500))), 320, kind))
    assert (found.size, found.get_format_mimetype()) == ((320, 400), TYPES[kind])
    assert near(pixel(saved(found, "PNG"), 0.5, 0.1), RED)
    assert near(pixel(saved(found, "PNG"), 0.5, 0.9), BLUE)


def test_nothing_is_made_wider_than_it_is(tmp_path: Path) -> None:
    assert opened(made(tmp_path, saved(halves((100, 125))), 640)).size == (100, 125)


@pytest.mark.parametrize(("turned", "place"), [(1, (0.5, 0.1)), (3, (0.5, 0.9)), (6, (0.9, 0.5)), (8, (0.1, 0.5))])
def test_it_stands_upright_whichever_way_the_camera_was_held(
    tmp_path: Path, turned: int, place: tuple[float, float]
) -> None:
    body = saved(halves((800, 1000)), exif=exif(turned))
    out = made(tmp_path, body, 320)
    assert opened(out).size == ((320, 400) if turned < 5 else (320, 256))
    assert near(pixel(out, *place), RED)
    assert making.measure(str(tmp_path / "in")) == ((800, 1000) if turned < 5 else (1000, 800))


@pytest.mark.parametrize("kind", TYPES)
def test_no_metadata_is_left(tmp_path: Path, kind: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>A Person</x:xmpmeta>"
    body = saved(halves(), exif=exif(6), icc_profile=profile, comment=b"A Person", xmp=xmp)
    out = made(tmp_path, body, 320, kind)
    assert b"A Person" in body
    assert b"A Person" not in out
    assert not opened(out).getexif()
    assert not {"icc_profile", "exif", "xmp", "comment"} & opened(out).info.keys()


def test_colours_of_another_profile_are_turned_into_srgb(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"gone").replace(b"bXYZ", b"rXYZ").replace(b"gone", b"bXYZ")
    for mode, kind in (("RGB", "JPEG"), ("RGBA", "PNG")):
        body = saved(halves(mode=mode), kind, icc_profile=swapped)
        assert near(pixel(made(tmp_path, body), 0.5, 0.1), BLUE), "its red is blue"
    assert near(pixel(made(tmp_path, saved(halves(), icc_profile=b"no profile")), 0.5, 0.1), RED)


def test_what_shows_through_stays_so_and_is_white_in_jpeg(tmp_path: Path) -> None:
    glass = Image.new("RGBA", (400, 400), (255, 0, 0, 0))
    for body in (saved(glass, "PNG"), saved(glass.quantize(), "PNG"), saved(glass, "WEBP")):
        assert pixel(made(tmp_path, body, 320, "webp"), 0.5, 0.5)[3] == 0
        assert pixel(made(tmp_path, body, 320, "avif"), 0.5, 0.5)[3] == 0
        assert near(pixel(made(tmp_path, body), 0.5, 0.5), (255, 255, 255))


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "I;16", "LA"])
def test_every_way_of_writing_pixels_is_shown(tmp_path: Path, mode: str) -> None:
    white = {"CMYK": (0, 0, 0, 0), "I;16": 65_535, "LA": (255, 255)}.get(mode, 255)
    image = Image.new(mode, (400, 400), white)
    if mode == "P":
        image = Image.new("RGB", (400, 400), "white").quantize(4)
    out = made(tmp_path, saved(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert near(pixel(out, 0.5, 0.5), (255, 255, 255))


def test_of_what_moves_the_first_frame_is_shown(tmp_path: Path) -> None:
    frames = [halves((400, 400)), Image.new("RGB", (400, 400), "green")]
    for kind in ("GIF", "WEBP", "PNG"):
        body = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        out = opened(made(tmp_path, body, 320, "webp"))
        assert getattr(out, "n_frames", 1) == 1
        assert near(pixel(saved(out, "PNG"), 0.5, 0.1), RED, 20)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Not found</body></html>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        saved(halves(), "TIFF"),
        saved(halves(), "BMP"),
        bomb(30_000, 10),
        bomb(5_100, 5_000),
        bomb(16_000, 16_000),
    ],
    ids=["empty", "html", "svg", "postscript", "tiff", "bmp", "wide", "bomb", "large-bomb"],
)
def test_what_is_no_known_picture_or_too_large_is_refused_before_it_is_decoded(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(making.Refused):
        made(tmp_path, body)
    with pytest.raises(making.Refused):
        making.measure(str(tmp_path / "in"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_a_truncated_picture_is_no_picture(tmp_path: Path, kind: str) -> None:
    body = saved(Image.effect_noise((400, 400), 80).convert("RGB"), kind)
    with pytest.raises((OSError, making.Refused, EOFError, ValueError)):
        made(tmp_path, body[: len(body) // 2])
    assert not (tmp_path / "out").exists()
