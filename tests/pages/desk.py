"""Helpers of the account's tests: a store on the embedded backend with its outbox, and shoppers who sign in."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any

import anyio

from tests.pages.till import Shopper
from tests.web.stage import Answer, Shop

PASSWORD = "three grey stones"
CHEAP = {
    "PORTICO_BACKENDS__DEFAULT__SETTINGS__SCRYPT_COST": "10",
    "PORTICO_BACKENDS__DEFAULT__SETTINGS__CONFIRM_ACCOUNTS": "false",
}
"""Hashing that takes no time, and accounts that are open at once."""


def registered(shop: Shop, email: str, place: str = "en-gb") -> Shopper:
    """A customer who has just opened an account."""
    shopper = Shopper(shop, place)
    opens(shopper, email)
    return shopper


def opens(shopper: Shopper, email: str, **more: str) -> Answer:
    fields = {"email": email, "password": PASSWORD, "first_name": "Ada", **more}
    answer = shopper.post("account/register", fields)
    assert answer.status == 303, answer.text
    return answer


def signs_in(shopper: Shopper, email: str, password: str = PASSWORD, **more: str) -> Answer:
    """As from a page just opened: without an id of its own, an equal post within two seconds is the same one."""
    own = {"mutation": secrets.token_urlsafe(16), "method": "password", "email": email, "password": password}
    return shopper.post("account/sign-in", {**own, **more})


def words(answer: Answer) -> str:
    """What a page says, without its markup."""
    body = re.sub(r"<(script|style|template).*?</\1>", "", answer.text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def waiting(shop: Shop, folder: Path, needle: str) -> str:
    """The newest mail with `needle` in it, once it has been written."""

    def newest() -> str | None:
        files = sorted(folder.rglob("*.eml"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
        return next((text for text in map(readable, files) if needle in text), None)

    async def arrive() -> str:
        with anyio.fail_after(10):
            while (text := newest()) is None:
                await anyio.lowlevel.checkpoint()
            return text

    found: str = shop.run(arrive)
    return found


def readable(file: Path) -> str:
    import email
    import email.policy

    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    body: Any = message.get_body(("plain",))
    return f"{message['subject']}\n{body.get_content() if body else ''}"


def linked(text: str, path: str) -> str:
    """The address inside the place that a mail leads to."""
    found = re.search(rf"http://[^/\s]+/[a-z]{{2}}-[a-z]{{2}}/({re.escape(path)}\S*)", text)
    assert found, text
    return found[1]


def private(answer: Answer, status: int = 200) -> None:
    """What is one shopper's own is kept by nobody and found by no search engine."""
    assert answer.status == status, answer.text[:500]
    assert answer.header("cache-control") == "no-store"
    if status in (200, 422, 429):
        assert '<meta name="robots" content="noindex">' in answer.text


def hidden(answer: Answer) -> Mapping[str, str]:
    """The fields of the page's first form that no shopper sees."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.text)
    return {name: unescape(value) for name, value in reversed(found)}
