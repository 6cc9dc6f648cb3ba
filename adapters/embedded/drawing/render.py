"""The command: draws every picture that has changed and writes the manifest."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from . import inuse, mark, views
from .canvas import Canvas
from .goods import Good, goods
from .scenes import SCENES

ROOT = Path(__file__).parents[3] / "static" / "pictures"
RECORD = Path(__file__).parent / "record.json"
EDITION = "1"
"""To be raised when the encoding below changes, so that every file is written anew."""
VIEWS = ("plate", "detail", "use")
WIDTHS = (320, 640, 1280)
SCENE_WIDTHS = (640, 1280, 1920)
FLAT: dict[str, dict[str, Any]] = {
    "avif": {"quality": 36, "speed": 7, "subsampling": "4:4:4", "max_threads": 1},
    "webp": {"quality": 56, "method": 4},
    "jpg": {"quality": 70, "optimize": True, "progressive": True},
}


@dataclass(frozen=True)
class Job:
    """One drawing and the files to be made of it (name and width)."""

    key: str
    svg: str
    size: tuple[int, int]
    files: tuple[tuple[str, int], ...]

    @property
    def stamp(self) -> str:
        """Return a fingerprint of everything the files depend on."""
        text = f"{EDITION} {self.size} {self.files} {sorted(FLAT.items())} {self.svg}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def write(job: Job) -> str:
    """Draw once at the largest width, scale down, and encode every file of a job."""
    widest = max(width for _, width in job.files)
    ratio = job.size[1] / job.size[0]
    large = views.pixels(job.svg, widest, round(widest * ratio)).convert("RGB")
    for name, width in job.files:
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        fitted = large if width == widest else large.resize((width, round(width * ratio)), Image.Resampling.LANCZOS)
        fitted.save(path, **FLAT[path.suffix[1:]])
    return job.key


def _names(stem: str, widths: Sequence[int], fallback: int) -> tuple[tuple[str, int], ...]:
    return (*((f"{stem}-{width}.avif", width) for width in widths), (f"{stem}-{fallback}.webp", fallback))


def product_jobs(good: Good) -> Iterable[Job]:
    """Return the jobs of one product: three views in every ink, and the card for sharing."""
    for name in good.inks:
        ink = good.printed(name)
        drawn = {
            "plate": lambda ink=ink: views.plate(good.shape, ink, good.tint),
            "detail": lambda ink=ink: views.detail(good.shape, ink, good.tint),
            "use": lambda ink=ink: inuse.in_use(good.shape, ink),
        }
        for view in VIEWS:
            stem = f"products/{good.id}/{view}-{name}"
            yield Job(stem, drawn[view](), (views.WIDE, views.HIGH), _names(stem, WIDTHS, 640))
    stem = f"products/{good.id}/og"
    card = views.card(good.shape, good.printed(good.inks[0]), good.tint)
    yield Job(stem, card, (1200, 630), ((f"{stem}.jpg", 1200),))


def scene_jobs() -> Iterable[Job]:
    """Return the jobs of all scenes and of the house's own card."""
    for name, scene in SCENES.items():
        page = Canvas(prefix="n")
        scene.draw(page)
        svg = page.svg(scene.width, scene.height)
        stem = f"scenes/{name}"
        if name == "og-default":
            yield Job("og/og-default", svg, (scene.width, scene.height), (("og/og-default.jpg", 1200),))
        else:
            yield Job(stem, svg, (scene.width, scene.height), _names(stem, SCENE_WIDTHS, 1280))


def manifest(found: Sequence[Good]) -> dict[str, Any]:
    """Describe what exists, for the pages that show it."""
    return {
        "products": {
            good.id: {
                "inks": list(good.inks),
                "views": list(VIEWS),
                "widths": list(WIDTHS),
                "ratio": [4, 5],
                "tint": good.tint.hex,
            }
            for good in found
        },
        "scenes": {
            name: {
                "width": SCENE_WIDTHS[-1],
                "height": round(SCENE_WIDTHS[-1] * scene.height / scene.width),
                "widths": list(SCENE_WIDTHS),
            }
            for name, scene in SCENES.items()
            if name != "og-default"
        },
    }


def _save(path: Path, data: object) -> None:
    text = json.dumps(data, indent=1, sort_keys=True) + "\n"
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw what has changed."""
    parser = argparse.ArgumentParser(prog="python -m adapters.embedded.drawing", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="ID", help="identifiers of products or scenes")
    parser.add_argument("--jobs", type=int, default=2, help="processes to use")
    options = parser.parse_args(arguments)
    found = goods()
    jobs = [job for good in found for job in product_jobs(good)] + list(scene_jobs())
    if options.only:
        jobs = [job for job in jobs if set(job.key.split("/")) & set(options.only)]
    record: dict[str, str] = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    due = [
        job
        for job in jobs
        if record.get(job.key) != job.stamp or not all((ROOT / name).exists() for name, _ in job.files)
    ]
    stamps = {job.key: job.stamp for job in due}
    with ProcessPoolExecutor(options.jobs) as pool:
        for done in pool.map(write, due):
            record[done] = stamps[done]
    if not options.only:
        record = {key: record[key] for key in sorted(job.key for job in jobs)}
        mark.write(ROOT)
    _save(RECORD, record)
    _save(ROOT / "manifest.json", manifest(found))
    print(f"{len(due)} drawings printed, {len(jobs) - len(due)} unchanged")
