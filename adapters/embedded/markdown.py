"""The demo's small Markdown to blocks: paragraphs, `## heading`, `- list`, `> quote`, `**strong**`, `*emphasis*`,
`[text](page:delivery)`, `![alt](picture:ID)`.

A link to a thing becomes `/{plural kind}/{slug}` ("/products/harbour-mug"), rooted at the store: the head puts the
market's path before it when it sanitises, as it does with any vendor's rooted links.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from .documents import BlockDoc, PictureDoc

Links = Callable[[str], str]
"""The address of `kind:id`. Raises `LookupError` for something there is not."""

_PICTURE = re.compile(r"^!\[([^\]]*)\]\(picture:([a-z0-9-]+)\)$")
_LINK = re.compile(r"\[([^\]]+)\]\(([^()\s]+)\)")
_STRONG = re.compile(r"\*\*(.+?)\*\*")
_EMPHASIS = re.compile(r"\*(.+?)\*")


def _inline(text: str, links: Links) -> str:
    def link(match: re.Match[str]) -> str:
        target = html.unescape(match[2])
        outside = target.startswith(("https://", "mailto:", "tel:", "/"))
        return f'<a href="{html.escape(target if outside else links(target))}">{match[1]}</a>'

    escaped = html.escape(text, quote=False)
    return _EMPHASIS.sub(r"<em>\1</em>", _STRONG.sub(r"<strong>\1</strong>", _LINK.sub(link, escaped)))


def _block(block: str, links: Links) -> str:
    lines = [line.strip() for line in block.splitlines()]
    if block.startswith("#"):
        marks, _, words = lines[0].partition(" ")
        level = min(len(marks) + (0 if len(marks) > 1 else 1), 4)
        return f"<h{level}>{_inline(words, links)}</h{level}>" + (
            _block("\n".join(lines[1:]), links) if lines[1:] else ""
        )
    if all(line.startswith("- ") for line in lines):
        return "<ul>" + "".join(f"<li>{_inline(line[2:], links)}</li>" for line in lines) + "</ul>"
    if all(line.startswith(">") for line in lines):
        return f"<blockquote><p>{_inline(' '.join(line[1:].strip() for line in lines), links)}</p></blockquote>"
    starts = next((i for i, line in enumerate(lines) if line.startswith("- ")), None)
    if starts:
        return _block("\n".join(lines[:starts]), links) + _block("\n".join(lines[starts:]), links)
    return f"<p>{_inline(' '.join(lines), links)}</p>"


def blocks(source: str, links: Links) -> tuple[BlockDoc, ...]:
    """The blocks of a body; runs of text are one block."""
    done: list[BlockDoc] = []
    text: list[str] = []
    for block in re.split(r"\n\s*\n", source.strip()):
        picture = _PICTURE.match(block.strip())
        if picture is None:
            if block.strip():
                text.append(_block(block.strip(), links))
            continue
        if text:
            done.append(BlockDoc(html="".join(text)))
            text = []
        done.append(BlockDoc(picture=PictureDoc(scene=picture[2], alt={"": picture[1]})))
    if text:
        done.append(BlockDoc(html="".join(text)))
    return tuple(done)


def markup(source: str, links: Links) -> str:
    """The same as one piece of HTML, pictures left out."""
    return "".join(block.html for block in blocks(source, links) if block.html)


def plain(markup: str) -> str:
    """HTML of ours as words, for descriptions."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup))).strip()
