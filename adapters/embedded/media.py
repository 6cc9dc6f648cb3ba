"""A product's pictures: drawn ones by ink, or those an import brought by address."""

from __future__ import annotations

from collections.abc import Sequence

from bff.ports import Image, Media

from . import texts
from .documents import CardDoc
from .reading import Reading
from .variants import Row


def swatch_option(r: Reading, doc: CardDoc) -> str | None:
    """The option whose values are shown as colours."""
    for option in doc.options:
        entry = r.words.options.get(option)
        if entry is not None and entry.kind == "swatch":
            return option
    return None


def default_ink(doc: CardDoc, swatch: str | None) -> str:
    """The ink of a product nobody chose a colour of."""
    inks = doc.values.get(swatch, ()) if swatch else ()
    drawn = doc.drawing.ink if doc.drawing else ""
    return drawn if drawn in inks or not inks else inks[0]


def _drawn(r: Reading, id: str, doc: CardDoc, title: str, swatch: str | None, ink: str, view: str) -> Image:
    entry = r.words.options[swatch].values.get(ink) if swatch else None
    colour = texts.comma(r.languages) + r.text(entry.name) if entry else ""
    said = texts.pick(doc.drawing.alt, r.languages) if doc.drawing and view == "plate" else ""
    alt = f"{said}{colour}" if said else f"{title}{colour}: {texts.word(view, r.languages)}"
    return r.pictures.product(id, ink, view, alt)


def card_media(r: Reading, id: str, doc: CardDoc, title: str, swatch: str | None) -> tuple[Media, ...]:
    """For a card: the front view, and one in use to show on hover; or the first two addresses."""
    if doc.media:
        return tuple(
            Media(
                image=Image(
                    url=one.url, alt=texts.maybe(one.alt, r.languages) or title, width=one.width, height=one.height
                )
            )
            for one in doc.media[:2]
        )
    if doc.drawing is None:
        return ()
    ink = default_ink(doc, swatch)
    views = r.pictures.views(id, ink)
    wanted = [view for view in ("plate", "use", "detail") if view in views][:2]
    return tuple(Media(image=_drawn(r, id, doc, title, swatch, ink, view)) for view in wanted)


class Gallery:
    """A product's pictures for one selection or for one of its variants."""

    def __init__(self, r: Reading, id: str, doc: CardDoc, title: str, rows: Sequence[Row]) -> None:
        self._r, self._id, self._doc, self._title = r, id, doc, title
        self._swatch = swatch_option(r, doc)
        self._rows = rows
        self._of_ink: dict[str, tuple[Media, ...]] = {}
        self._of_choice: dict[str | None, tuple[Media, ...]] = {}
        self._given = self._addresses() if doc.media else ()

    def _addresses(self) -> tuple[tuple[dict[str, str], Media], ...]:
        """The imported pictures and the choice each is of."""
        return tuple(
            (
                one.choice,
                Media(
                    image=Image(
                        url=one.url,
                        alt=texts.maybe(one.alt, self._r.languages) or self._title,
                        width=one.width,
                        height=one.height,
                    ),
                    variant_ids=tuple(row.id for row in self._rows if one.choice.items() <= row.choice.items())
                    if one.choice
                    else (),
                ),
            )
            for one in self._doc.media
        )

    def _ink(self, ink: str) -> tuple[Media, ...]:
        made = self._of_ink.get(ink)
        if made is None:
            swatch = self._swatch
            ids = tuple(row.id for row in self._rows if swatch and row.choice.get(swatch) == ink)
            made = self._of_ink[ink] = tuple(
                Media(image=_drawn(self._r, self._id, self._doc, self._title, swatch, ink, view), variant_ids=ids)
                for view in self._r.pictures.views(self._id, ink)
            )
        return made

    def chosen(self, choice: dict[str, str]) -> tuple[Media, ...]:
        """The pictures for a (partial) choice: those of the chosen colour; without one, the default's and then the front
        view of every other."""
        if self._given:
            agreeing = [
                (bool(of), media) for of, media in self._given if all(choice.get(o, v) == v for o, v in of.items())
            ]
            exact = [media for particular, media in agreeing if particular] if choice else []
            return (*exact, *(media for _, media in agreeing if media not in exact))
        if self._doc.drawing is None:
            return ()
        ink = choice.get(self._swatch) if self._swatch else None
        made = self._of_choice.get(ink)
        if made is None:
            made = self._of_choice[ink] = self._drawn_for(ink)
        return made

    def _drawn_for(self, ink: str | None) -> tuple[Media, ...]:
        if ink is not None and self._ink(ink):
            return self._ink(ink)
        first = default_ink(self._doc, self._swatch)
        others = self._doc.values.get(self._swatch, ()) if self._swatch else ()
        return (*self._ink(first), *(media for other in others if other != first for media in self._ink(other)[:1]))
