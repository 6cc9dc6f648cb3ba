"""What the journeys are told about a store, beyond what they find in it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from bff.ports import Misconfigured

from .scenario import Absent

PROFILES = Path(__file__).with_name("profiles.toml")


class Options(NamedTuple):
    """What a scenario cannot find out by looking. `code` and `gift_card` work in this store, `mail` is the folder where its
    mails arrive as `.eml` files. `pages` are the words (regular expressions) of pages that are not the store's: its payment
    provider's and its hosted checkout's; and which of the ways to pay is of which kind. `patience`: the seconds that
    anything may take."""

    code: str | None = None
    gift_card: str | None = None
    mail: Path | None = None
    pages: dict[str, str] = {}
    patience: float = 10.0

    def words(self, name: str) -> re.Pattern[str]:
        """Raises `Absent` naming what nobody has described."""
        if name not in self.pages:
            raise Absent(f"{name} in the profile of the store's provider")
        return re.compile(self.pages[name], re.IGNORECASE)


def profile(name: str, country: str, **own: Any) -> Options:
    """The options for a store of a kind in one country; what is given in `own` comes first. Raises `Misconfigured`."""
    known: dict[str, dict[str, Any]] = tomllib.loads(PROFILES.read_text(encoding="utf-8"))
    if name not in known:
        raise Misconfigured(
            "--profile", f"no profile is called {name!r}.", fix=f"known are: {', '.join(sorted(known))}."
        )
    found = known[name]
    pages = {**found.get("pages", {}), **{key: re.escape(text) for key, text in own.pop("pages", {}).items() if text}}
    options = Options(code=found.get("code"), gift_card=found.get("gift_cards", {}).get(country), pages=pages)
    return options._replace(**{key: value for key, value in own.items() if value is not None})
