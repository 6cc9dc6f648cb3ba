"""Saleor's long texts are JSON in a string: the blocks of its editor. Here they become markup, which the head sanitises."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import msgspec

from bff.ports import Html

_DEPTH = 6


class _Block(msgspec.Struct):
    type: str = ""
    data: dict[str, Any] = {}


class _Text(msgspec.Struct):
    blocks: tuple[_Block, ...] = ()


_READ = msgspec.json.Decoder(_Text)


def markup(text: str | None) -> Html | None:
    """The text as markup; one that is no editor's is shown as it stands. None where it says nothing."""
    if not text or not text.strip():
        return None
    try:
        blocks = _READ.decode(text).blocks
    except (msgspec.MsgspecError, RecursionError):
        return Html(f"<p>{html.escape(text.strip())}</p>")
    made = "".join(_block(block) for block in blocks)
    return Html(made) if made.strip() else None


def _block(block: _Block) -> str:
    data = block.data
    text = _text(data.get("text"))
    match block.type:
        case "header":
            level = data.get("level")
            size = level if isinstance(level, int) and 2 <= level <= 6 else 2
            return f"<h{size}>{text}</h{size}>" if text else ""
        case "list":
            return _list(data.get("items"), ordered=data.get("style") == "ordered", depth=0)
        case "quote":
            source = _text(data.get("caption"))
            return f"<blockquote><p>{text}</p>{f'<p>{source}</p>' if source else ''}</blockquote>" if text else ""
        case "image":
            file = data.get("file")
            url = file.get("url") if isinstance(file, dict) else data.get("url")
            if not isinstance(url, str):
                return ""
            said = html.escape(str(data.get("caption") or ""), quote=True)
            return f'<img src="{html.escape(url, quote=True)}" alt="{said}">'
        case "delimiter":
            return "<hr>"
        case _:
            return f"<p>{text}</p>" if text else ""


def _text(value: Any) -> str:
    """Inline markup as the editor wrote it."""
    return value.strip() if isinstance(value, str) else ""


def _list(items: Any, *, ordered: bool, depth: int) -> str:
    if not isinstance(items, Sequence) or isinstance(items, str) or not items or depth > _DEPTH:
        return ""
    tag = "ol" if ordered else "ul"
    made = []
    for item in items:
        own = item.get("content") if isinstance(item, dict) else item
        below = _list(item.get("items"), ordered=ordered, depth=depth + 1) if isinstance(item, dict) else ""
        made.append(f"<li>{_text(own)}{below}</li>")
    return f"<{tag}>{''.join(made)}</{tag}>"
