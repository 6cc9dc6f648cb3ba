"""Mail: put into the `outbox` in the transaction of what it tells about, so that the one never happens without the other.

`mail_text` makes the message, `mail_sender` delivers it.
"""

from __future__ import annotations

import datetime
import secrets
from typing import Literal, get_args

import msgspec

from .database import Connection
from .moments import stamp

Kind = Literal[
    "confirm",
    "already_registered",
    "welcome",
    "reset",
    "password_changed",
    "code",
    "order_placed",
    "order_paid",
    "order_cancelled",
    "order_shipped",
    "return_requested",
    "gift_card",
    "back_in_stock",
    "newsletter_confirm",
    "contact",
]
KINDS: tuple[str, ...] = get_args(Kind)


def queue(
    connection: Connection,
    kind: Kind,
    to: str,
    locale: str,
    market: str,
    due: datetime.datetime | None = None,
    **data: object,
) -> None:
    """A mail to `to`, in the shopper's locale; `market` is the market's id. It is sent once the caller's transaction is
    committed, not before `due`. `data` is what the mail's text names, and

    * `link`: the address inside the store that the button leads to (`account/reset?token=…`), else the store's first page;
    * `order`: an `Order` of the contract (mails about orders; `link` defaults to the order in the account);
    * `expires` and other moments and dates: `datetime`s; `amount` and other sums: `Money`. Both appear in the locale's form.
    """
    if kind not in KINDS:
        raise ValueError(f"no mail is called {kind!r}")
    text = msgspec.json.encode(_marked(data)).decode()
    connection.execute(
        "INSERT INTO outbox (id, kind, recipient, market, locale, data, queued, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (secrets.token_hex(16), kind, to, market, locale, text, stamp(), stamp(due)),
    )


def _marked(data: dict[str, object]) -> dict[str, object]:
    """JSON that still knows which of its values are sums, dates and orders."""
    marked: dict[str, object] = {}
    for name, value in data.items():
        shown = value if isinstance(value, str | int | bool | None) else {f"~{type(value).__name__}": value}
        marked[name] = shown
    return marked
