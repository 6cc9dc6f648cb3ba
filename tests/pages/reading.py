"""Reading a rendered page as a browser and a search engine would: its elements, links and words, and what is wrong."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
SILENT = frozenset(("script", "style", "template", "svg"))
SPOKEN = ("alt", "title", "placeholder", "aria-label")
ADDRESSES = ("href", "src", "action", "formaction", "poster", "data-hx-get", "data-hx-post", "data", "xlink:href")
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "popovertarget", "form")
UNSAFE = re.compile(r"^[\s\x00-\x20]*(javascript|vbscript|data(?!:image/))\s*:", re.IGNORECASE)


@dataclass
class Element:
    name: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """A parsed document (or fragment, for which `whole` is False). `words` are pairs of language and visible text."""

    source: str
    whole: bool = True
    elements: list[Element] = field(default_factory=list)
    words: list[tuple[str, str]] = field(default_factory=list)
    crooked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[tuple[str, str]] = []
        self.feed(self.source)
        self.close()
        self.crooked += [f"<{name}> is never closed" for name, _ in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if len(found) != len(attrs):
            self.crooked.append(f"<{tag}> has an attribute twice")
        if any(name == "template" for name, _ in self._open):
            pass  # what a script fills in is no part of the page yet
        else:
            self.elements.append(Element(tag, found))
        lang = found.get("lang") or (self._open[-1][1] if self._open else "")
        if not any(name in SILENT for name, _ in self._open):
            self.words += [(lang, found[name]) for name in SPOKEN if found.get(name)]
        if tag not in VOID:
            self._open.append((tag, lang))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            self.crooked.append(f"</{tag}> closes {self._open[-1][0] if self._open else 'nothing'} at {self.getpos()}")
            while self._open and tag in [name for name, _ in self._open] and self._open.pop()[0] != tag:
                pass
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self.elements:
            self.elements[-1].text += data
        if data.strip() and not any(name in SILENT for name, _ in self._open):
            self.words.append((self._open[-1][1] if self._open else "", data.strip()))

    def all(self, name: str) -> list[Element]:
        return [element for element in self.elements if element.name == name]

    def links(self) -> Iterator[str]:
        """Addresses of this store's pages, fragments and files that the page leads to, without their anchors."""
        for element in self.elements:
            for name in ADDRESSES:
                address = element.attributes.get(name, "")
                if name == "data-hx-post" or element.attributes.get("method", "").lower() == "post":
                    continue
                if address.startswith("/") and not address.startswith("//"):
                    yield address.partition("#")[0]
            for part in element.attributes.get("srcset", element.attributes.get("imagesrcset", "")).split(","):
                if part.strip():
                    yield part.split()[0]

    @property
    def canonical(self) -> str | None:
        return next((e.attributes["href"] for e in self.all("link") if e.attributes.get("rel") == "canonical"), None)


def unsafe(page: Page) -> list[str]:
    """Whatever could run: foreign scripts, handlers, styles, `javascript:` addresses; and crooked nesting."""
    found = list(page.crooked)
    for element in page.elements:
        attributes = element.attributes
        found += [
            f"<{element.name} {name}>" for name in attributes if name.startswith("on") or name in ("style", "srcdoc")
        ]
        found += [
            f"<{element.name} {name}={attributes[name][:60]!r}>"
            for name in ADDRESSES
            if name in attributes and UNSAFE.match(attributes[name])
        ]
        if element.name == "script":
            own = attributes.get("src", "").startswith("/static/")
            if not own and attributes.get("type") != "application/ld+json":
                found.append(f"<script> {element.text[:60]!r}")
        if element.name in ("style", "iframe", "object", "embed", "base", "frame", "applet", "foreignobject"):
            found.append(f"<{element.name}>")
        if element.name == "meta" and attributes.get("http-equiv"):
            found.append("<meta http-equiv>")
    return found


def mistakes(page: Page, lang: str, direction: str, origin: str = "http://127.0.0.1:8000") -> list[str]:
    """What a careful reader would object to in a page of the store."""
    found = unsafe(page)
    ids = Counter(e.attributes["id"] for e in page.elements if "id" in e.attributes)
    found += [f"id {id!r} stands {count} times" for id, count in ids.items() if count > 1]
    found += [f"id {id!r} cannot be referred to" for id in ids if not id or any(c.isspace() for c in id)]
    for element in page.elements:
        for name in REFERENCES:
            wanted = element.attributes.get(name, "").split() if name != "form" or element.name == "button" else []
            found += [f"<{element.name} {name}={id!r}> refers to nothing" for id in wanted if id not in ids]
    for image in page.all("img"):
        missing = {"alt", "width", "height", "src"} - set(image.attributes)
        if missing or not image.attributes["src"]:
            found.append(f"<img src={image.attributes.get('src')!r}> lacks {sorted(missing)}")
    for script in page.all("script"):
        if script.attributes.get("type") == "application/ld+json":
            found += _data(script.text)
    for control in page.elements:
        if control.name in ("a", "button") and not control.attributes.get(
            "type" if control.name == "button" else "href"
        ):
            found.append(f"<{control.name}> {control.attributes} has no type or address")
    return found + (_whole(page, lang, direction, origin) if page.whole else [])


def _whole(page: Page, lang: str, direction: str, origin: str) -> list[str]:
    found = []
    (html,) = page.all("html")
    if (html.attributes.get("lang"), html.attributes.get("dir")) != (lang, direction):
        found.append(f"<html {html.attributes}> is not {lang} {direction}")
    for name in ("h1", "title", "main"):
        if len(page.all(name)) != 1:
            found.append(f"{len(page.all(name))} <{name}>")
    robots = next((e.attributes["content"] for e in page.all("meta") if e.attributes.get("name") == "robots"), "")
    if page.canonical is None and "noindex" not in robots:
        found.append("neither a canonical address nor noindex")
    if page.canonical is not None and not page.canonical.startswith(f"{origin}/"):
        found.append(f"the canonical address {page.canonical!r} is not absolute")
    if not source_title(page).strip():
        found.append("an empty title")
    return found


def source_title(page: Page) -> str:
    return page.all("title")[0].text if page.all("title") else ""


def _data(text: str) -> list[str]:
    try:
        data = json.loads(text)
    except ValueError as error:
        return [f"JSON-LD: {error}"]
    found = [] if "@context" in data and "@type" in data else ["JSON-LD without @context or @type"]
    return found + (["JSON-LD holds null"] if "null" in re.findall(r"[:\[,](null)[,\]}]", text) else [])


def absolute(page_address: str, link: str) -> str:
    """A link as the browser asks for it, from the page it stands on."""
    split = urlsplit(urljoin(f"http://127.0.0.1:8000{page_address}", link))
    return split.path + (f"?{split.query}" if split.query else "")
