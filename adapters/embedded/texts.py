"""Words in the languages a catalogue has: which to take, and how slugs are made of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from bff.ports import Money

# The few words this adapter says itself; everything else is the catalogue's.
WORDS: dict[str, dict[str, str]] = {
    "plate": {"en": "front view", "de": "Ansicht", "ar": "منظر أمامي"},
    "detail": {"en": "detail", "de": "Detail", "ar": "تفصيل"},
    "use": {"en": "in use", "de": "im Gebrauch", "ar": "أثناء الاستعمال"},
    "digital": {"en": "By email", "de": "Per E-Mail", "ar": "بالبريد الإلكتروني"},
    "code_minimum": {
        "en": "It counts once the bag holds {amount} more.",
        "de": "Der Code gilt, sobald noch Ware für {amount} dazukommt.",
        "ar": "يسري الرمز عند إضافة مشتريات بقيمة {amount}.",
    },
    "code_no_goods": {
        "en": "Nothing in the bag is part of this offer.",
        "de": "Im Korb liegt nichts, wofür dieses Angebot gilt.",
        "ar": "لا يشمل هذا العرض شيئًا مما في السلّة.",
    },
    "code_no_delivery": {
        "en": "Nothing in the bag is delivered by post.",
        "de": "Im Korb liegt nichts, was versandt wird.",
        "ar": "لا شيء في السلّة يحتاج إلى توصيل.",
    },
    "code_nothing_left": {
        "en": "There is nothing left to take it off.",
        "de": "Es ist kein Betrag übrig, von dem es abgezogen werden könnte.",
        "ar": "لم يبق مبلغ يُخصم منه.",
    },
    "code_gift_gone": {
        "en": "The present is sold out.",
        "de": "Das Geschenk ist ausverkauft.",
        "ar": "نفدت الهدية.",
    },
    "code_lapsed": {
        "en": "This code is no longer valid.",
        "de": "Dieser Code gilt nicht mehr.",
        "ar": "لم يعد هذا الرمز صالحًا.",
    },
    "gift_card": {"en": "Gift card", "de": "Gutschein", "ar": "بطاقة هدية"},
    "missing": {
        "en": "Something is still missing.",
        "de": "Es fehlt noch etwas.",
        "ar": "ما زال هناك ما ينقص.",
    },
    "method_gone": {
        "en": "This way to pay is not possible for this order.",
        "de": "Diese Zahlungsart ist für diese Bestellung nicht möglich.",
        "ar": "طريقة الدفع هذه غير متاحة لهذا الطلب.",
    },
    "payment_declined": {
        "en": "The payment was declined. Nothing was charged; you can try again or pay another way.",
        "de": "Die Zahlung wurde abgelehnt. Es wurde nichts abgebucht; versuchen Sie es noch einmal oder zahlen Sie anders.",
        "ar": "رُفض الدفع ولم يُخصم شيء. يمكنك المحاولة مرة أخرى أو الدفع بطريقة أخرى.",
    },
    "payment_cancelled": {
        "en": "The payment was not completed. Nothing was charged, and your bag is as it was.",
        "de": "Die Zahlung wurde nicht abgeschlossen. Es wurde nichts abgebucht, und Ihr Korb ist unverändert.",
        "ar": "لم يكتمل الدفع. لم يُخصم شيء وسلّتك كما كانت.",
    },
    "payment_lapsed": {
        "en": "The payment took too long and was given up. Nothing was charged.",
        "de": "Die Zahlung hat zu lange gedauert und wurde aufgegeben. Es wurde nichts abgebucht.",
        "ar": "استغرق الدفع وقتًا طويلًا فأُلغي. لم يُخصم شيء.",
    },
    "payment_refunded": {
        "en": "Your payment arrived too late for this order. We have refunded it in full.",
        "de": "Ihre Zahlung kam für diese Bestellung zu spät. Wir haben sie vollständig erstattet.",
        "ar": "وصل دفعك متأخرًا عن هذا الطلب، وقد أعدنا المبلغ كاملًا.",
    },
    "status_pending": {"en": "Waiting for payment", "de": "Zahlung ausstehend", "ar": "في انتظار الدفع"},
    "status_checking": {
        "en": "Your payment is being checked",
        "de": "Ihre Zahlung wird geprüft",
        "ar": "يجري التحقق من دفعك",
    },
    "status_paid": {"en": "Paid", "de": "Bezahlt", "ar": "مدفوع"},
    "status_processing": {"en": "Being packed", "de": "Wird gepackt", "ar": "قيد التجهيز"},
    "status_shipped": {"en": "On its way", "de": "Unterwegs", "ar": "في الطريق"},
    "status_delivered": {"en": "Delivered", "de": "Zugestellt", "ar": "سُلّم"},
    "status_cancelled": {"en": "Cancelled", "de": "Storniert", "ar": "ملغى"},
    "status_returned": {"en": "Returned", "de": "Zurückgegeben", "ar": "أُعيد"},
    "status_return_asked": {"en": "Return requested", "de": "Rückgabe angemeldet", "ar": "طُلب الإرجاع"},
    "transfer_recipient": {"en": "Recipient", "de": "Empfänger", "ar": "المستفيد"},
    "transfer_iban": {"en": "IBAN", "de": "IBAN", "ar": "رقم الآيبان"},
    "transfer_routing": {"en": "Routing number", "de": "Routing-Nummer der Bank", "ar": "رقم التوجيه المصرفي"},
    "transfer_account": {"en": "Account number", "de": "Kontonummer", "ar": "رقم الحساب"},
    "transfer_reference": {"en": "Reference", "de": "Verwendungszweck", "ar": "المرجع"},
    "transfer_amount": {"en": "Amount", "de": "Betrag", "ar": "المبلغ"},
    "gift": {"en": "Present", "de": "Geschenk", "ar": "هدية"},
}
_ARABIC_UNITS = {"mm": "مم", "cm": "سم", "m": "م", "g": "غ", "kg": "كغ", "ml": "مل", "l": "ل", "W": "واط", "x": "×"}
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "ae", "Ö": "oe", "Ü": "ue"})
_NUMBER_UNIT = re.compile(r"^[\d.,×x\s–-]+(?:\s*(?:mm|cm|m|g|kg|ml|l|W))?$")


def chain(locale: str, default: str) -> tuple[str, ...]:
    """The languages to try for a locale, best first: `en-US`, `en`, then the catalogue's default."""
    language = locale.partition("-")[0]
    return tuple(dict.fromkeys((locale, language, default)))


def pick(text: Mapping[str, str], languages: Sequence[str]) -> str:
    """The words in the first of `languages` there is; else under "" (all languages); else any; else ""."""
    for language in languages:
        found = text.get(language)
        if found is not None:
            return found
    if not text:
        return ""
    return text.get("") or next(iter(text.values()))


def maybe(text: Mapping[str, str], languages: Sequence[str]) -> str | None:
    return pick(text, languages) or None


def word(name: str, languages: Sequence[str]) -> str:
    return pick(WORDS[name], (*languages, "en"))


_SIGNS = {"GBP": "£", "EUR": "€", "USD": "$"}


def amount(money: Money, languages: Sequence[str]) -> str:
    """A sum inside one of the sentences above, in the language's way."""
    plain = f"{money.amount:,f}"
    if languages[0].startswith("de"):
        swapped = plain.translate(str.maketrans(",.", ".,"))
        return f"{swapped}\u00a0{_SIGNS.get(money.currency, money.currency)}"
    sign = _SIGNS.get(money.currency)
    return f"\u2068{sign}{plain}\u2069" if sign else f"\u2068{money.currency}\u00a0{plain}\u2069"


def comma(languages: Sequence[str]) -> str:
    return "، " if languages[0].startswith("ar") else ", "


def figure(text: str, languages: Sequence[str]) -> str:
    """A measured figure ("95 mm", "2.5 kg") in the language's units and decimal mark; other words stay as they are."""
    if not _NUMBER_UNIT.match(text):
        return text
    if languages[0].startswith("de"):
        return re.sub(r"(?<=\d)\.(?=\d)", ",", text)
    if languages[0].startswith("ar"):
        return re.sub(r"[A-Za-z]+", lambda m: _ARABIC_UNITS.get(m[0], m[0]), text)
    return text


def _unaccented(character: str) -> str:
    """Latin letters without their accents; other scripts lose only the signs that stand above and below letters."""
    if unicodedata.combining(character) or character == "ـ":
        return ""
    return unicodedata.normalize("NFKD", character)[0] if "LATIN" in unicodedata.name(character, "") else character


def slugify(title: str, language: str) -> str:
    """A URL-safe handle: German umlauts spelt out, Latin accents dropped, letters of other scripts kept."""
    words = title.translate(_GERMAN) if language.startswith("de") else title
    plain = (
        "".join(_unaccented(c) for c in unicodedata.normalize("NFC", words)).replace("'", "").replace("’", "").lower()
    )
    return re.sub(r"[\W_]+", "-", plain).strip("-")
