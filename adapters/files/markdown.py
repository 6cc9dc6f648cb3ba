"""Markdown (CommonMark and tables, by markdown-it-py) to blocks and menus. Markup in a text stays in it: the head sanitises
it as it does any backend's."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bff.ports import Block, EntityKind, Html, Image, ImageBlock, MenuItem, ProductKey, ProductsBlock, TextBlock

PRODUCTS = "products"
KINDS: dict[str, EntityKind] = {
    "products": "product",
    "categories": "category",
    "collections": "collection",
    "brands": "brand",
    "pages": "page",
    "journal": "article",
}

_markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def blocks(source: str) -> tuple[Block, ...]:
    """A body's blocks: runs of text; a picture alone in its paragraph; a fence called `products` with a SKU a line."""
    made: list[Block] = []
    text: list[Token] = []

    def flush() -> None:
        markup = _markdown.renderer.render(text, _markdown.options, {}).strip()
        if markup:
            made.append(TextBlock(html=Html(markup)))
        text.clear()

    for tokens in _runs(_markdown.parse(source)):
        block = _special(tokens)
        if block is None:
            text += tokens
        else:
            flush()
            made.append(block)
    flush()
    return tuple(made)


def _runs(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """What stands side by side at the top: a paragraph, a list, a heading."""
    run: list[Token] = []
    for token in tokens:
        run.append(token)
        if token.level == 0 and token.nesting <= 0:
            yield run
            run = []


def _special(tokens: Sequence[Token]) -> Block | None:
    first = tokens[0]
    if first.type == "fence" and first.info.split(" ")[0] == PRODUCTS:
        keys = tuple(ProductKey(sku=line.strip()) for line in first.content.splitlines() if line.strip())
        return ProductsBlock(keys=keys, title=first.info.partition(" ")[2].strip() or None)
    inline = tokens[1] if len(tokens) == 3 and first.type == "paragraph_open" else None
    children = inline.children if inline is not None and inline.children else []
    if len(children) != 1 or children[0].type != "image":
        return None
    url = str(children[0].attrGet("src") or "")
    if not url.startswith(("https://", "/static/")):
        return None
    title = children[0].attrGet("title")
    return ImageBlock(image=Image(url=url, alt=children[0].content), caption=str(title) if title else None)


def plain(markup: str) -> str:
    """Markup as words, for descriptions."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup))).strip()


def item(title: str, address: str) -> MenuItem:
    """An entry of a menu. `/products/…` and its like are things of the store; another rooted address is a page of it."""
    kind, _, slug = address.strip("/").partition("/")
    known = KINDS.get(kind) if address.startswith("/") and slug else None
    return MenuItem(title=title, kind=known, slug=slug) if known else MenuItem(title=title, url=address)


def menu(source: str) -> tuple[MenuItem, ...]:
    """The entries of a list of links; lists in it are branches."""
    tokens = _markdown.parse(source)
    start = next((n for n, token in enumerate(tokens) if token.type.endswith("_list_open")), None)
    return tuple(_items(tokens, start)[0]) if start is not None else ()


def _items(tokens: Sequence[Token], start: int) -> tuple[list[MenuItem], int]:
    """The entries of the list that opens at `start`, and where it closes."""
    found: list[MenuItem] = []
    title, address, children = "", "", list[MenuItem]()
    n = start + 1
    while not (tokens[n].type.endswith("_list_close") and tokens[n].level == tokens[start].level):
        token = tokens[n]
        if token.type == "list_item_open":
            title, address, children = "", "", []
        elif token.type.endswith("_list_open"):
            children, n = _items(tokens, n)
        elif token.type == "inline" and token.children and not title:
            link = next((child for child in token.children if child.type == "link_open"), None)
            title = "".join(child.content for child in token.children if child.type in ("text", "code_inline"))
            address = str(link.attrGet("href")) if link else ""
        elif token.type == "list_item_close" and title:
            entry = item(title, address)
            found.append(
                MenuItem(
                    title=entry.title, kind=entry.kind, slug=entry.slug, url=entry.url or None, children=tuple(children)
                )
            )
        n += 1
    return found, n
