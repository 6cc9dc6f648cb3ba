"""What a mail says: its subject, and its words as plain text and as simple HTML, in the shopper's language."""

from __future__ import annotations

import datetime
import html
import re
from collections.abc import Mapping, Sequence
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any, NamedTuple

import msgspec
from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from bff.ports import Address, Market, Money, Order

from .email_address import email_address
from .said import legible, wording

_PLACE = re.compile(r"\{(\w+)\}")
_SUMS = ("subtotal", "discount", "shipping", "fees", "tax", "gift_cards", "total", "due")
_decoded = msgspec.json.Decoder(dict[str, Any])


class Letter(NamedTuple):
    """A row of the outbox. `data` is what `mail.queue` was given, `queued` when."""

    id: str
    kind: str
    recipient: str
    market: str
    locale: str
    data: str
    queued: str


class _Table(NamedTuple):
    rows: Sequence[tuple[str, str]]


class _Link(NamedTuple):
    """A link; with a `hint` a button, and the address to copy after it."""

    words: str
    url: str
    hint: str | None = None


_Block = str | _Table | _Link


def compose(letter: Letter, markets: Mapping[str, Market], sender: str, store_url: str) -> EmailMessage:
    """The message. Raises `ValueError` where it cannot be sent to anybody. Nothing in `data` can add a header or recipient:
    a header is one line, made of its parts."""
    words = _Words(letter, markets, sender, store_url)
    message = EmailMessage(policy=SMTP)
    name, address = parseaddr(sender)
    to = email_address(letter.recipient)
    if to is None:
        raise ValueError("the recipient is no address")
    message["Subject"] = one_line(words.fill(words.text["subject"]) or words.text["title"])
    message["From"] = MailAddress(display_name=one_line(name), addr_spec=address)
    message["To"] = MailAddress(addr_spec=to.key)
    if reply_to := words.values.get("reply_to"):
        message["Reply-To"] = MailAddress(addr_spec=str(reply_to))
    message["Date"] = format_datetime(datetime.datetime.fromisoformat(letter.queued))
    message["Message-ID"] = f"<{letter.id}@{address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    if leave := words.url("leave"):
        message["List-Unsubscribe"] = f"<{leave}>"
    blocks = words.blocks()
    message.set_content(_plain([*blocks, str(words.values["store"])]), cte="quoted-printable")
    message.add_alternative(_html(blocks, words), subtype="html", cte="quoted-printable")
    message["Content-Language"] = one_line(letter.locale)
    return message


def one_line(text: str) -> str:
    """Fit for a header: control characters and line ends become blanks."""
    return " ".join("".join(c if legible(c) else " " for c in text).split())[:250]


class _Words:
    """The texts of one mail's kind, and the values that go into them."""

    def __init__(self, letter: Letter, markets: Mapping[str, Market], sender: str, store_url: str) -> None:
        language = letter.locale.partition("-")[0]
        said = wording(language)
        self.text: dict[str, str] = said["mail"][letter.kind]
        self.said: dict[str, str] = said["words"]
        self.locale = Locale.parse(letter.locale, sep="-")
        self.right_to_left = self.locale.text_direction == "rtl"
        self.order: Order | None = None
        market = markets.get(letter.market)
        path = (market.paths.get(letter.locale) or market.paths[market.default_locale]) if market else ""
        self._home = f"{store_url.rstrip('/')}/{path}".rstrip("/")
        self.values = {name: self._value(value) for name, value in _decoded.decode(letter.data).items()}
        if self.order:
            person = self.order.billing_address or self.order.shipping_address
            known = {"number": self.order.number, "first_name": person.first_name if person else None}
            self.values = {**known, "link": f"account/orders/{self.order.id}", **self.values}
        self.values.setdefault("link", "/")
        self.values["store"] = one_line(parseaddr(sender)[0]) or parseaddr(sender)[1]

    def _value(self, value: Any) -> str | None:
        """A value as it is shown; None where there is nothing to show."""
        if not isinstance(value, dict):
            return "".join(c for c in str(value) if legible(c, "\n\t")) or None if value is not None else None
        ((kind, inner),) = value.items()
        if kind == "~Order":
            self.order = msgspec.convert(inner, Order)
            return None
        if kind == "~Money":
            return self.money(msgspec.convert(inner, Money))
        if kind == "~Decimal":
            return self.number(inner)
        return self.date(datetime.datetime.fromisoformat(inner))

    def money(self, money: Money, *, off: bool = False) -> str:
        """A sum; `off`: one that is taken away."""
        return self._isolated(
            format_currency(-money.amount if off else money.amount, money.currency, locale=self.locale)
        )

    def number(self, value: Any) -> str:
        return str(format_decimal(value, locale=self.locale))

    def date(self, value: datetime.date) -> str:
        return format_date(value, "long", locale=self.locale)

    def _isolated(self, text: str) -> str:
        """In Arabic, what is written in another direction must not turn its neighbours round."""
        return f"\u2068{text}\u2069" if self.right_to_left else text

    def fill(self, text: str) -> str | None:
        """The text with its values, each put in once; None where it names something there is not."""
        names = _PLACE.findall(text)
        if any(self.values.get(name) is None for name in names):
            return None
        return _PLACE.sub(lambda place: self._isolated(str(self.values[place[1]])), text)

    def url(self, name: str) -> str | None:
        """A link into the store."""
        path = self.values.get(name)
        return None if path is None else f"{self._home}/{one_line(path).replace(' ', '%20').lstrip('/')}".rstrip("/")

    def blocks(self) -> list[_Block]:
        blocks: list[_Block] = []
        for paragraph in self.text["text"].strip().split("\n\n"):
            if paragraph == "{order}":
                blocks += self._order()
            elif paragraph == "{shipments}":
                blocks += self._shipments()
            elif (filled := self.fill(paragraph)) is not None:
                blocks.append(filled)
        if "button" in self.text and (url := self.url("link")):
            blocks.append(_Link(self.text["button"], url, self.said["address"]))
        if "leave" in self.text and (url := self.url("leave")):
            blocks.append(_Link(self.text["leave"], url))
        return blocks

    def _order(self) -> list[_Block]:
        order = self.order
        if order is None:
            return []
        head = [(self.said["number"], self._isolated(order.number)), (self.said["date"], self.date(order.placed))]
        pieces = [
            (
                self.said["piece"].format(
                    quantity=self.number(line.line.quantity), title=self._isolated(_title(line.line))
                ),
                self.money(line.line.total) if line.line.total else "",
            )
            for line in order.lines
        ]
        sums = [
            (self._sum_name(name, order), self.money(sum, off=name in ("discount", "gift_cards")))
            for name in _SUMS
            if (sum := getattr(order.totals, name)) is not None and not (name == "due" and sum == order.totals.total)
        ]
        ways = [(self.said[name], getattr(order, name)) for name in ("shipping_name", "payment_name")]
        if order.status == "pending":  # what is still to be paid by hand
            ways += [(name, self._isolated(text)) for name, text in order.payment_details]
        places = [
            (self.said[name], self._address(address))
            for name in ("shipping_address", "billing_address")
            if (address := getattr(order, name)) is not None
        ]
        return [_Table(head), _Table(pieces), _Table(sums), _Table([way for way in ways if way[1]] + places)]

    def _sum_name(self, name: str, order: Order) -> str:
        return self.said["tax_included" if name == "tax" and order.totals.tax_included else name]

    def _address(self, address: Address) -> str:
        name = " ".join(part for part in (address.first_name, address.last_name) if part)
        town = " ".join(part for part in (address.postcode, address.city) if part)
        country = str(self.locale.territories.get(address.country, address.country))
        lines = (name, address.company, address.line1, address.line2, town, address.region, country)
        return "\n".join(self._isolated(line) for line in lines if line)

    def _shipments(self) -> list[_Block]:
        blocks: list[_Block] = []
        for shipment in self.order.shipments if self.order else ():
            named = " ".join(part for part in (shipment.carrier, shipment.number) if part)
            blocks.append(_Table([(self.said["parcel"], self._isolated(named))]))
            if shipment.url and shipment.url.startswith("https://"):
                blocks.append(_Link(self.said["track"], one_line(shipment.url)))
        return blocks


def _title(line: Any) -> str:
    chosen = ", ".join(option.value for option in line.options)
    return f"{line.title} ({chosen})" if chosen else str(line.title)


def _plain(blocks: Sequence[_Block]) -> str:
    parts = []
    for block in blocks:
        if isinstance(block, str):
            parts.append(block)
        elif isinstance(block, _Link):
            parts.append(f"{block.words}:\n{block.url}")
        elif block.rows:
            parts.append("\n".join(f"{name}: {value}".replace("\n", "\n  ") for name, value in block.rows))
    text = "\n\n".join(parts) + "\n"
    return text.replace("\r", "\n")


def _html(blocks: Sequence[_Block], words: _Words) -> str:
    direction = "rtl" if words.right_to_left else "ltr"
    title = html.escape(words.fill(words.text["title"]) or "")
    return (
        f'<!doctype html>\n<html lang="{words.locale.language}" dir="{direction}">\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title></head>\n'
        '<body style="margin:0;padding:24px;font:16px/1.5 sans-serif;color:#222;background:#fff">\n'
        f'<div style="max-width:36em;margin:0 auto" dir="{direction}">\n<h1 style="font-size:1.5em">{title}</h1>\n'
        + "\n".join(_block_html(block) for block in blocks)
        + f"\n<p>{html.escape(str(words.values['store']))}</p>\n</div>\n</body>\n</html>\n"
    )


def _block_html(block: _Block) -> str:
    if isinstance(block, str):
        return f"<p>{_lines(block)}</p>"
    if isinstance(block, _Link):
        url = html.escape(block.url)
        if block.hint is None:
            return f'<p><a href="{url}">{html.escape(block.words)}</a></p>'
        style = "display:inline-block;padding:12px 20px;color:#fff;background:#222;text-decoration:none"
        return (
            f'<p><a href="{url}" style="{style}">{html.escape(block.words)}</a></p>\n'
            f'<p style="font-size:.875em">{html.escape(block.hint)}<br><a href="{url}" dir="ltr">{url}</a></p>'
        )
    if not block.rows:
        return ""
    cell = "padding:4px 0;text-align:start;vertical-align:top;font-weight:normal"
    rows = "\n".join(
        f'<tr><th scope="row" style="{cell}">{_lines(name)}</th>'
        f'<td style="{cell};padding-inline-start:24px">{_lines(value)}</td></tr>'
        for name, value in block.rows
    )
    return f'<table style="border-collapse:collapse;margin:16px 0">\n{rows}\n</table>'


def _lines(text: str) -> str:
    return "<br>".join(html.escape(line) for line in text.split("\n"))
