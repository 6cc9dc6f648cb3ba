"""Mail: what it says, in which language, that nothing can be smuggled into it, and that each is sent once."""

from __future__ import annotations

import datetime
import email
import email.policy
import string
from decimal import Decimal

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from adapters.embedded import mail
from adapters.embedded.mail_text import Letter, compose
from adapters.embedded.said import wording
from bff.ports import Address, Line, Money, Order, OrderLine, Shipment, Totals, VariantKey
from tests.adapters.embedded.conftest import MARKETS
from tests.adapters.embedded.people import words

SENDER = "Almanac <shop@almanac.example>"
LANGUAGES = ("en", "de", "ar")
LOCALES = (("gb", "en-GB"), ("de", "de-DE"), ("ae", "ar-AE"))


def order(currency: str = "EUR") -> Order:
    def money(amount: str) -> Money:
        return Money(Decimal(amount), currency)

    line = Line(id="1", key=VariantKey(sku="A"), title="Mug & <b>Co</b>", quantity=Decimal(2), total=money("1234.50"))
    return Order(
        id="o1",
        number="A-1001",
        placed=datetime.datetime(2026, 11, 3, 23, 30, tzinfo=datetime.UTC),
        currency=currency,
        status="pending",
        lines=(OrderLine(line=line),),
        totals=Totals(
            subtotal=money("1234.50"),
            discount=money("34.50"),
            tax=money("191.60"),
            total=money("1200"),
            tax_included=True,
        ),
        email="ann@example.com",
        billing_address=Address(
            country="DE", first_name="Änne", last_name="Groß", line1="Weg 1", city="Köln", postcode="50667"
        ),
        shipping_name="DHL",
        shipments=(Shipment(carrier="DHL", number="00340", url="https://track.example/00340"),),
    )


EVERYTHING = {
    "first_name": "Ann",
    "link": "account/reset?token=abc",
    "leave": "newsletter/leave?token=abc",
    "code": "123456",
    "amount": Money(Decimal("25.00"), "EUR"),
    "expires": datetime.datetime(2029, 11, 3, tzinfo=datetime.UTC),
    "title": "Mug",
    "name": "Ann",
    "email": "ann@example.com",
    "subject": "A question",
    "words": "What is\nthis?",
    "order": order(),
    "reason": "too small",
    "lines": "2 × Mug",
    "instructions": "IBAN DE00 1234",
    "message": "With love",
    "sender": "Bob",
}


def letter(
    kind: str, data: dict[str, object], market: str = "gb", locale: str = "en-GB", to: str = "a@b.example"
) -> Letter:
    text = msgspec.json.encode(mail._marked(data)).decode()
    return Letter("0" * 32, kind, to, market, locale, text, "2026-11-22T10:00:00.000000+00:00")


def composed(found: Letter) -> email.message.EmailMessage:
    data = compose(found, MARKETS, SENDER, "https://shop.example").as_bytes()
    assert b"\n" not in data.replace(b"\r\n", b""), "RFC 5322 ends lines with CRLF"
    assert max(len(line) for line in data.split(b"\r\n")) <= 998
    assert data.isascii()
    return email.message_from_bytes(data, policy=email.policy.default)  # type: ignore[return-value]


@pytest.mark.parametrize("kind", mail.KINDS)
@pytest.mark.parametrize(("market", "locale"), LOCALES)
def test_every_mail_in_every_language(kind, market, locale):
    message = composed(letter(kind, EVERYTHING, market, locale))
    language = locale[:2]
    plain, rich = words(message), words(message, "html")
    assert message.get_body(("plain",)).get_content_charset() == "utf-8"
    assert message["Content-Language"] == locale
    assert message["To"] == "a@b.example"
    assert message["From"] == SENDER
    assert message["Subject"]
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in rich
    assert "{" not in plain + rich.replace("{origin}", "") + message["Subject"]
    assert "<b>" not in rich, "what shoppers and shops write is text"
    if "button" in wording(language)["mail"][kind]:
        address = f"https://shop.example/{MARKETS[market].paths[locale]}/account/"
        assert address in plain
        assert f'href="{address}' in rich
    if language != "en":
        assert wording("en")["mail"][kind]["title"] not in rich or kind == "contact"


def test_the_languages_say_the_same():
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    english = wording("en")
    assert set(english["mail"]) == set(mail.KINDS)
    for language in LANGUAGES[1:]:
        other = wording(language)
        for room in ("words", "errors"):
            assert {key: places(text) for key, text in other[room].items()} == {
                key: places(text) for key, text in english[room].items()
            }
        for kind, texts in english["mail"].items():
            assert {key: places(text) for key, text in other["mail"][kind].items()} == {
                key: places(text) for key, text in texts.items()
            }
            assert other["mail"][kind]["text"].count("\n\n") == texts["text"].count("\n\n")


def test_an_order_in_the_shoppers_form():
    message = composed(letter("order_placed", {"order": order()}, "de", "de-DE"))
    plain = words(message).replace("\xa0", " ")
    assert message["Subject"] == "Ihre Bestellung A-1001"
    for text in (
        "Guten Tag Änne,",
        "Datum: 3. November 2026",
        "2 × Mug & <b>Co</b>: 1.234,50 €",
        "Rabatt: -34,50 €",
        "inkl. MwSt.: 191,60 €",
        "Gesamtsumme: 1.200,00 €",
        "Änne Groß\n  Weg 1\n  50667 Köln\n  Deutschland",
        "https://shop.example/de-de/account/orders/o1",
    ):
        assert text in plain
    rich = words(message, "html")
    assert "2 × Mug &amp; &lt;b&gt;Co&lt;/b&gt;" in rich
    arabic = words(composed(letter("order_shipped", {"order": order("AED")}, "ae", "ar-AE")))
    assert "\u2068\u200f1,200.00\xa0د.إ.\u200f\u2069" in arabic
    assert "https://track.example/00340" in arabic


def test_what_is_not_known_is_left_out():
    plain = words(composed(letter("gift_card", {"code": "ABCD", "amount": Money(Decimal(5), "GBP")})))
    assert "Your code: ABCD" in plain
    assert "From" not in plain
    assert "valid until" not in plain


HOSTILE = st.text(max_size=60) | st.sampled_from(
    [
        "x\r\nBcc: eve@example.com",
        "x\nBcc: eve@example.com\n\nbody",
        "{email}",
        "</p><script>",
        "\u2028",
        "a\x00b",
        "=?utf-8?q?x?=",
    ]
)


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=HOSTILE, subject=HOSTILE, text=HOSTILE, number=HOSTILE)
def test_nothing_can_be_smuggled_in(name, subject, text, number):
    for value in (name, subject, text, number):
        if any(0xD800 <= ord(c) <= 0xDFFF for c in value):
            return  # is refused before it can be kept
    data = {"name": name, "email": "a@b.example", "subject": subject, "words": text, "number": number}
    for kind in ("contact", "order_placed"):
        message = composed(letter(kind, data))
        assert set(message.keys()) == {
            *("Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"),
            "Content-Language",
        }
        assert message["To"] == "a@b.example"
        assert "\n" not in message["Subject"]
        assert len(list(message.iter_parts())) == 2
        assert "<script" not in words(message, "html")


@pytest.mark.parametrize(
    "to", ["a@b", "a@b.example, eve@example.com", "a@b.example\r\nBcc: eve@example.com", "", "Ann <a@b.example>"]
)
def test_only_an_address_gets_mail(to):
    with pytest.raises(ValueError, match="no address"):
        compose(letter("code", EVERYTHING, to=to), MARKETS, SENDER, "https://shop.example")
