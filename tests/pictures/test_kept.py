"""Pictures on disk: whole or not there, and never many more bytes than allowed."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from bff.pictures.kept import About, Kept

NEW = About(tag="", width=400, height=500, asked=1_000.0)
MOST = 10_000


def brought(kept: Kept, name: str, body: bytes) -> About:
    file = kept.beside(name)
    file.write_bytes(body)
    return kept.keep(name, file, NEW)


def drawn(kept: Kept, name: str, about: About, body: bytes, width: int = 320) -> bytes:
    file = kept.beside(name)
    file.write_bytes(body)
    return kept.keep_made(name, file, about, width, "webp")


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def test_what_was_kept_is_found_by_content(tmp_path: Path) -> None:
    kept = Kept(tmp_path, MOST)
    assert kept.about("aa1") is None
    about = brought(kept, "aa1", b"one")
    assert kept.about("aa1") == about
    source = kept.source("aa1", about)
    assert source is not None
    assert source.read_bytes() == b"one"
    assert drawn(kept, "aa1", about, b"small") == b"small"
    assert kept.made("aa1", about, 320, "webp", 0.0) == b"small"
    assert kept.made("aa1", about, 640, "webp", 0.0) is None
    other = brought(kept, "aa1", b"two")
    assert other.tag != about.tag
    assert kept.made("aa1", other, 320, "webp", 0.0) is None, "what was made of the old content is not the new one's"
    assert kept.made("aa1", about, 320, "webp", 0.0) == b"small", "who began with the old one ends with it"
    assert not [*tmp_path.rglob("new-*")]


def test_what_is_written_down_wrongly_is_not_there(tmp_path: Path) -> None:
    kept = Kept(tmp_path, MOST)
    about = brought(kept, "aa1", b"one")
    (tmp_path / "aa" / "aa1" / "about.json").write_text("{")
    assert kept.about("aa1") is None
    kept.note("aa1", about)
    kept.forget("aa1", about)
    assert kept.about("aa1") is None
    assert kept.source("aa1", about) is None
    kept.forget("aa1", about)


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    kept = Kept(tmp_path, MOST)
    for n in range(40):
        about = brought(kept, f"{n:02}x", bytes(500) + bytes([n]))
        for file in (tmp_path / f"{n:02}" / f"{n:02}x").iterdir():
            os.utime(file, (n, n))
        assert size(tmp_path) <= MOST * 1.1, n
    assert kept.source("39x", about) is not None
    assert not (tmp_path / "00").exists() or not [*(tmp_path / "00").rglob("*")]
    assert kept.about("00x") is None


def test_a_use_is_written_down_once_an_hour(tmp_path: Path) -> None:
    kept = Kept(tmp_path, MOST)
    about = brought(kept, "aa1", b"one")
    drawn(kept, "aa1", about, b"small")
    (file,) = tmp_path.rglob("*.webp")
    os.utime(file, (1_000, 1_000))
    kept.made("aa1", about, 320, "webp", 2_000.0)
    assert file.stat().st_mtime == 1_000
    kept.made("aa1", about, 320, "webp", 9_000.0)
    assert file.stat().st_mtime == 9_000
    assert file.with_name("about.json").stat().st_mtime == 9_000


def test_processes_share_a_folder(tmp_path: Path) -> None:
    one, two = Kept(tmp_path, MOST), Kept(tmp_path, MOST)
    about = brought(one, "aa1", b"one")
    assert two.about("aa1") == about
    one.note("aa1", msgspec.structs.replace(about, asked=2_000.0))
    found = two.about("aa1")
    assert found is not None
    assert found.asked == 2_000.0
