"""Articles in a list."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from bff.ports import Article
from bff.web.addresses import Place


class ArticleLink(msgspec.Struct, frozen=True, kw_only=True):
    """An article with its address."""

    article: Article
    url: str


def article_links(place: Place, articles: Iterable[Article]) -> tuple[ArticleLink, ...]:
    return tuple(ArticleLink(article=article, url=place.entity("article", article.slug)) for article in articles)
