"""The one link that makes markup of a backend's HTML (nh3, the Rust `ammonia`): an allow-list, and links made ours."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, urlsplit

import nh3
from cachetools import LRUCache
from markupsafe import Markup

from bff.ports import Html
from bff.web.addresses import KEPT

TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "caption",
        "cite",
        "code",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h2",
        "h3",
        "h4",
        "h5",
        "hr",
        "i",
        "img",
        "ins",
        "li",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    ]
)
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
}
MAX_LENGTH = 200_000
KEPT_BYTES = 16 * 1024 * 1024


class Sanitiser:
    """For one place: rooted links (`/products/mug`) are led into it; others must be http, https, mailto or tel. `pictured`
    gives a picture's address one of the store's, or None."""

    def __init__(self, root: str, pictured: Callable[[str], str | None] | None = None) -> None:
        self._root, self._pictured = root, pictured
        self._kept: LRUCache[str, Markup] = LRUCache(KEPT_BYTES, getsizeof=lambda text: len(text) + 200)

    def __call__(self, html: Html) -> Markup:
        """Markup that is safe in a page's body. Longer sources than 200,000 characters are cut."""
        source = html.source[:MAX_LENGTH].encode("utf-8", "replace").decode()
        found = self._kept.get(source)
        if found is None:
            found = Markup(  # noqa: S704 - this is the link that makes it safe
                nh3.clean(
                    source,
                    tags=set(TAGS),
                    attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
                    attribute_filter=self._attribute,
                    url_schemes={"http", "https", "mailto", "tel"},
                    link_rel="noopener nofollow",
                )
            )
            if len(source) < KEPT_BYTES // 64:
                self._kept[source] = found
        return found

    def _attribute(self, tag: str, name: str, value: str) -> str | None:
        if tag == "a" and name == "href":
            return self._link(value)
        if tag == "img" and name == "src" and self._pictured and (own := self._pictured(value)):
            return own
        if tag == "img" and name == "src" and not (value.startswith("/") or urlsplit(value).scheme == "https"):
            return None
        return value

    def _link(self, value: str) -> str | None:
        if value.startswith("//"):
            return None
        if value.startswith("/") and not value.startswith((self._root + "/", "/static/")):
            return self._root + quote(value.rstrip("/"), safe=KEPT, errors="replace")
        return value
