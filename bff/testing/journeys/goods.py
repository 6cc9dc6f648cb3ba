"""What the store sells, found by looking: the journeys know no product by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx

from .scenario import Absent

LOCATION = re.compile(r"<loc>\s*([^<\s]+)\s*</loc>")
LANGUAGE = re.compile(r"<html[^>]*\blang=\"([A-Za-z-]+)\"")
MOST = 80
"""Products looked at, at most, until each kind that is wanted has been seen."""


class Product(NamedTuple):
    """A product's page as a shopper finds it. `path` is below the place; `inputs` counts what can be typed or chosen beside
    the options, `texts` the lines of text among it; `digital`: nothing is sent by post; `from_card`: a shelf puts
    something into the bag at once."""

    path: str
    title: str
    options: int
    inputs: int
    buyable: bool
    texts: int = 0
    digital: bool = False
    from_card: bool = False


class Goods:
    """The place's categories and products."""

    def __init__(self, root: str, locale: str, categories: list[str], paths: list[str]) -> None:
        self.root, self.locale, self.categories, self.paths = root, locale, categories, paths
        self._seen: list[Product] = []
        self._look: Callable[[str], Product] | None = None

    def looked_at_by(self, look: Callable[[str], Product]) -> None:
        """How a product's page is read: with a browser, by roles."""
        self._look = look

    def find(self, what: str, wanted: Callable[[Product], bool], besides: tuple[str, ...] = ()) -> Product:
        """The first product that is `wanted`. Raises `Absent` naming `what` where none of those looked at is."""
        for product in self._seen:
            if wanted(product) and product.path not in besides:
                return product
        if self._look is not None:
            while len(self._seen) < min(MOST, len(self.paths)):
                product = self._look(self.paths[len(self._seen)])
                self._seen.append(product)
                if wanted(product) and product.path not in besides:
                    return product
        raise Absent(what)

    def sold_out(self) -> bool:
        """Look again at what could be bought: whether any of it is sold out by now. The walks buy, and so do others."""
        if self._look is None:
            return False
        again = [self._look(one.path) if one.buyable else one for one in self._seen]
        changed = any(now.buyable != then.buyable for now, then in zip(again, self._seen, strict=True))
        self._seen = again
        return changed

    def simple(self, besides: tuple[str, ...] = ()) -> Product:
        """A product that can be bought as it stands."""
        return self.find(
            "a product without choices", lambda p: p.buyable and not p.options and not p.inputs, besides=besides
        )

    def with_text(self) -> Product:
        """A product for which something is typed."""
        return self.find(
            "a product with a text to type", lambda p: p.buyable and not p.options and p.texts > 0 and not p.digital
        )

    def digital(self) -> Product:
        """A product that is not sent by post."""
        return self.find("a digital product", lambda p: p.digital)

    def with_options(self, besides: tuple[str, ...] = ()) -> Product:
        """A product whose variant is chosen."""
        return self.find("a product with options", lambda p: p.options > 0, besides=besides)


def discover(url: str) -> Goods:
    """Read a store's place from its sitemap. `url`: a place's address, or the store's, which leads to one. Raises
    `Absent` where there is nothing to buy."""
    with httpx.Client(follow_redirects=True, timeout=20.0, trust_env=False) as http:
        home = http.get(url, headers={"accept-language": "en"})
        home.raise_for_status()
        root = str(home.url).rstrip("/")
        language = LANGUAGE.search(home.text)
        found: list[str] = []
        here = urlsplit(root)
        waiting = [here._replace(path="/sitemap.xml").geturl()]
        while waiting and len(found) < 5_000:
            text = http.get(urlsplit(waiting.pop(0))._replace(scheme=here.scheme, netloc=here.netloc).geturl()).text
            locations = [location.replace("&amp;", "&") for location in LOCATION.findall(text)]
            if "<sitemapindex" in text:
                waiting += locations
            else:
                found += locations
    prefix = here.path
    paths = [
        urlsplit(location).path.removeprefix(prefix)
        for location in found
        if urlsplit(location).path.startswith(prefix + "/")
    ]
    products = [path for path in paths if path.startswith("/products/")]
    if not products:
        raise Absent("products in the sitemap")
    spread = products[:: max(1, len(products) // MOST)]  # from everywhere in the range, not its first shelf
    categories = [path for path in paths if path.startswith("/categories/")]
    return Goods(root, language.group(1) if language else "en", categories, spread)
