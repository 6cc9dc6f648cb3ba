"""The store's mails, read from the folder they arrive in."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

from .scenario import Absent, check

if TYPE_CHECKING:
    from .shopper import Shopper

LINK = re.compile(r"https?://[^\s<>\"]+")


def links(s: Shopper, to: str) -> list[str]:
    """Links into the store in the mails to an address, the newest mail first."""
    if s.options.mail is None:
        raise Absent("mails (--mail)")
    found: list[tuple[float, list[str]]] = []
    for file in s.options.mail.glob("*.eml"):
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        if to.lower() not in str(message["to"]).lower():
            continue
        body = message.get_body(("plain", "html"))
        text = body.get_content() if body is not None else ""
        found.append(
            (file.stat().st_mtime, [url.rstrip(".,)") for url in LINK.findall(text) if url.startswith(s.origin)])
        )
    return [url for _, urls in sorted(found, reverse=True) for url in urls]


def follow(s: Shopper, to: str, path: str) -> None:
    """Open the link of a mail that leads to an address below the place and has a token. It is used up by this."""

    def newest() -> str | None:
        return next((url for url in links(s, to) if path in url and url not in s.memory.used), None)

    s.until(newest, f"a mail with a link to {path} arrives for {to}")
    link = str(newest())
    s.memory.used.add(link)
    check(s.origin in link, "the link leads into the store")
    s.open(link)
