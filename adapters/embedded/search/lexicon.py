"""The shop's own words: what German compounds are taken apart by."""

from __future__ import annotations

from adapters.embedded.database import Connection
from adapters.embedded.texts import chain, pick
from adapters.embedded.vocabulary import vocabulary

from .synonyms import words_setting
from .text import Analyser


def lexicon(catalogue: Connection, language: str) -> set[str]:
    """The folded words of categories, values, titles and synonyms; empty for languages that have no compounds."""
    if language != "de":
        return set()
    words, setting = vocabulary(catalogue), words_setting(catalogue)
    languages = chain(language, words.default_language)
    texts = [pick({spoken: t.name for spoken, t in c.texts.items()}, languages) for c in words.categories.values()]
    for option in words.options.values():
        texts += [pick(value.name, languages) for value in option.values.values()]
    for attribute in words.attributes.values():
        texts += [pick(name, languages) for name in attribute.values.values()]
    texts += setting.popular.get(language, ())
    texts += [member for group in setting.synonyms.get(language, ()) for member in group]
    plain = Analyser(language)
    found = {word for text in texts for word in plain.words(text)}
    for (title,) in catalogue.execute("SELECT title FROM product_text WHERE language = ?", (language,)):
        found.update(plain.words(title))
    return found
