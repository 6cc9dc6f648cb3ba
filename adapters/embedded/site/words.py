"""What these pages say, in the store's languages."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files

from adapters.embedded import texts

WORDS: Mapping[str, Mapping[str, str]] = tomllib.loads(
    files(__package__).joinpath("words.toml").read_text(encoding="utf-8")
)


def say(key: str, languages: Sequence[str]) -> str:
    return texts.pick(WORDS[key], (*languages, "en"))
