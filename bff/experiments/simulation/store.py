"""A store of two small pages, one of which shows a contested template: the same environment, overlays and words of an
experiment's folder that a large store has."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
from jinja2 import FileSystemLoader, StrictUndefined

from bff.experiments.definition import CONTROL, Experiment, find
from bff.experiments.running import layers
from bff.rendering.environment import SharedTemplate
from bff.rendering.giving_way import safely
from bff.rendering.overlays import SHOWN, Overlays, SharedBytecode, Shown, StoreEnvironment, warmed

FOLDER = Path(__file__).parent / "templates"
EXPERIMENT, LARGE = "offer", "large"
SHELF, DOOR = "pages/shelf.html", "pages/door.html"


class Page(msgspec.Struct, frozen=True):
    title: str
    price: str


class Answer(msgspec.Struct, frozen=True):
    """A page as a browser gets it, and the experiments it is to be recorded for."""

    text: str
    exposed: frozenset[str]

    @property
    def seen(self) -> str | None:
        """The variation that stands in the page, read off it as a shopper would; None: neither."""
        if "offer-large" in self.text:
            return LARGE
        return CONTROL if 'class="offer"' in self.text else None


class SmallStore:
    """`keeps`: a page is kept once it was rendered, for whoever is shown the same variations, and what it touched with it.
    `replays`: who is given a kept page touches what its render did; a store that does not is wrong."""

    def __init__(self, *, keeps: bool = False, replays: bool = True) -> None:
        self.experiment: Experiment = find([FOLDER]).experiments[EXPERIMENT]
        self._overlays = Overlays(layers([self.experiment]))
        self._environment = StoreEnvironment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            bytecode_cache=SharedBytecode(),
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.template_class = SharedTemplate
        self._environment.overlays = self._overlays
        warmed(self._environment, self._overlays)
        self._keeps, self._replays = keeps, replays
        self._kept: dict[tuple[str, str | None], tuple[str, Iterable[str]]] = {}

    def ask(self, template: str, variation: str | None, page: Page) -> Answer:
        """One request of a visitor who is shown `variation` (None: takes no part)."""
        shown = Shown({EXPERIMENT: variation} if variation else {})
        before = SHOWN.set(shown)
        try:
            kept = self._kept.get((template, variation)) if self._keeps else None
            if kept is None:
                text = safely(
                    self._environment, template, lambda: self._environment.get_template(template).render(page=page)
                )
                if self._keeps:
                    self._kept[template, variation] = text, frozenset(shown.touched)
            else:
                text = kept[0]
                if self._replays:
                    shown.replay(kept[1])
        finally:
            SHOWN.reset(before)
        return Answer(text, frozenset(self._overlays.experiments(shown.touched)))
