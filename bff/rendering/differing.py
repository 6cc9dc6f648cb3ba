"""Which regions of a page differ from another render of it: found by comparing the two documents element by element, so that
it holds for templates, words and pictures alike, and marked with `data-differs` for a stylesheet to outline."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from html.parser import HTMLParser

VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"))
UNSEEN = frozenset(("head", "script", "style", "template", "link", "meta", "path"))
"""Elements that no outline can be drawn around."""
FRAMES = frozenset(("", "html", "body", "main"))
"""Elements that are too large to say anything."""
DEEPEST = 200
MARK = " data-differs"
FIRST = re.compile(rf'(<[\w-]+{MARK})(?:[^">]|"[^"]*")*>')
ANCHOR = "differs"


@dataclass(slots=True)
class Element:
    """`at` is where the name in its start tag ends; `own` its name and attributes, `text` the text right in it."""

    name: str
    own: str
    at: int
    parent: Element | None = None
    children: list[Element] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    digest: bytes = b""


class _Reader(HTMLParser):
    """The tree of a document. An end tag that closes nothing is passed over."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=False)
        self.root = Element("", "", 0)
        self._open = self.root
        self._lines = [0]
        for line in source.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line, column = self.getpos()
        at = self._lines[line - 1] + column + 1 + len(tag)
        made = Element(tag, self.get_starttag_text() or "", at, self._open)
        self._open.children.append(made)
        self._open.text.append("\0")
        if tag not in VOID:
            self._open = made

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        found: Element | None = self._open
        while found is not None and found.name != tag:
            found = found.parent
        if found is not None and found.parent is not None:
            self._open = found.parent

    def handle_data(self, data: str) -> None:
        if data := " ".join(data.split()):
            self._open.text.append(data)

    def handle_entityref(self, name: str) -> None:
        self._open.text.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._open.text.append(f"&#{name};")


def _digested(element: Element, depth: int = 0) -> bytes:
    made = hashlib.blake2b(digest_size=12)
    made.update("\x1f".join((element.own, *element.text)).encode("utf-8", "replace"))
    if depth < DEEPEST:
        for child in element.children:
            made.update(_digested(child, depth + 1))
    element.digest = made.digest()
    return element.digest


def differing(control: str, shown: str) -> tuple[str, int]:
    """`shown` with its regions marked that `control` has otherwise or not at all, the smallest ones that can be told; and
    how many they are. What only the control has marks the element it stood in."""
    before, after = _Reader(control).root, _Reader(shown).root
    _digested(before)
    _digested(after)
    marked = sorted({element.at for element in _others(before, after) if element.at}, reverse=True)
    for at in marked:
        shown = shown[:at] + MARK + shown[at:]
    return shown, len(marked)


def anchored(marked: str) -> tuple[str, str | None]:
    """A page whose first marked region can be jumped to, and the address for it; None where none is marked."""
    first = FIRST.search(marked)
    if first is None:
        return marked, None
    own = re.search(r'\sid="([^"]+)"', first[0])
    if own is not None:
        return marked, f"#{own[1]}"
    return f'{marked[: first.end(1)]} id="{ANCHOR}"{marked[first.end(1) :]}', f"#{ANCHOR}"


def _others(before: Element, after: Element) -> Iterator[Element]:
    """The smallest elements of `after` that differ; `before` is the same element as the control has it."""
    if before.digest == after.digest or after.name in UNSEEN:
        return
    framing = after.name in FRAMES
    if not framing and (before.own != after.own or _words(before) != _words(after)):
        yield after
        return
    match = SequenceMatcher(
        None, [child.digest for child in before.children], [child.digest for child in after.children], autojunk=False
    )
    for kind, i, j, k, n in match.get_opcodes():
        if kind == "delete" and not framing:
            yield after
        if kind in ("equal", "delete"):
            continue
        olds = before.children[i:j]
        for index, new in enumerate(after.children[k:n]):
            if index < len(olds) and olds[index].name == new.name:
                yield from _others(olds[index], new)
            elif new.name not in UNSEEN:
                yield new


def _words(element: Element) -> list[str]:
    return [text for text in element.text if text != "\0"]
