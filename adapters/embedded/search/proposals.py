"""Proposals while a shopper types: products, categories, queries."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice

from adapters.embedded.cards import cards
from adapters.embedded.database import Connection
from adapters.embedded.texts import chain, pick
from bff.ports import Link, PublicContext, Suggestions

from .fulltext import FullText
from .index import Index
from .matching import Matcher, Tongue

LARGEST = 20
_CANDIDATES, _TRIED = 200, 10


def suggest(
    connection: Connection, index: Index, words: FullText, ctx: PublicContext, tongue: Tongue, text: str, limit: int
) -> Suggestions:
    """What `text` may become. Empty for an empty text."""
    limit = min(max(limit, 0), LARGEST)
    typed = tongue.analyser.words(text[:200])[:8]
    if not typed or not limit:
        return Suggestions()
    matcher = Matcher(connection, words, tongue)
    exact = matcher.by_sku(text)
    if exact:
        return Suggestions(products=tuple(cards(connection, ctx, exact[:limit])))
    titled = [n for n in matcher.titles(text, 4 * limit) if index.lists_product(n)]
    return Suggestions(
        products=tuple(cards(connection, ctx, titled[:limit])),
        categories=tuple(_categories(index, ctx, tongue, typed)[:limit]),
        queries=tuple(islice(_queries(matcher, words, tongue, typed), limit)),
    )


def _categories(index: Index, ctx: PublicContext, tongue: Tongue, typed: list[str]) -> list[Link]:
    """Categories with a word in their name that begins with each of the typed ones."""
    languages = chain(ctx.locale, index.default_language)
    found: list[tuple[bool, int, Link]] = []
    for category in index.categories.values():
        name = pick(category.names, languages)
        own = tongue.analyser.words(name)
        if all(any(word.startswith(start) for word in own) for start in typed):
            link = Link(kind=category.kind, id=category.id, slug=pick(category.slugs, languages), title=name)
            found.append((not own[0].startswith(typed[0]), len(found), link))
    for id, (slug, name) in index.brands.items():
        if all(any(word.startswith(start) for word in tongue.analyser.words(name)) for start in typed):
            found.append((True, len(found), Link(kind="brand", id=id, slug=slug, title=name)))
    return [link for *_, link in sorted(found, key=lambda one: one[:2])]


def _queries(matcher: Matcher, words: FullText, tongue: Tongue, typed: list[str]) -> Iterator[str]:
    """Popular queries that begin so, then the commonest words that complete the last one and find something."""
    said = {tuple(typed)}
    for text in tongue.popular:
        own = tuple(tongue.analyser.words(text))
        if own not in said and " ".join(own).startswith(" ".join(typed)):
            said.add(own)
            yield text
    *before, last = typed
    speller = words.speller(tongue.language)
    start = bisect_left(speller.in_order, last)
    near = (speller.words[word] for word in speller.in_order[start : start + _CANDIDATES] if word.startswith(last))
    for known in sorted(near, key=lambda one: (-one.weight, one.word))[:_TRIED]:
        own = (*before, known.word)
        if own not in said and matcher.titles(" ".join(own), 1):
            said.add(own)
            yield " ".join((*map(speller.surface, before), known.surface))
