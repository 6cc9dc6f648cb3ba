"""The hosted checkout's forms, as HTML. Everything that is not written here is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from adapters.embedded import texts
from bff.ports import CheckoutState, Line, Money, PaymentMethod, ShippingGroup, Totals

from .words import WORDS, say

Languages = tuple[str, ...]
ADDRESS = ("first_name", "last_name", "line1", "line2", "city", "postcode", "region", "country")
TOKENS = {
    "email": "email",
    "phone": "tel",
    "first_name": "given-name",
    "last_name": "family-name",
    "line1": "address-line1",
    "line2": "address-line2",
    "city": "address-level2",
    "postcode": "postal-code",
    "region": "address-level1",
    "country": "country",
}
SUMS = ("subtotal", "discount", "shipping", "tax", "fees", "gift_cards", "due")
TAKEN_OFF = frozenset({"discount", "gift_cards"})


def around(title: str, body: str, state: CheckoutState | None, here: str, back: str, languages: Languages) -> str:
    """The page's frame: what is ordered, what it costs, a way back."""
    goods = ""
    if state is not None:
        lines = "".join(_line(line, languages) for line in state.cart.lines)
        goods = f"<h2>{_say('goods', languages)}</h2><ul>{lines}</ul>{_totals(state.cart.totals, languages)}"
    return (
        f"<p><a href='{escape(back)}'>{_say('back', languages)}</a></p><h1>{escape(title)}</h1>{body}{goods}"
        f"{_change(here, state, languages)}"
    )


def _change(here: str, state: CheckoutState | None, languages: Languages) -> str:
    if state is None or state.contact is None:
        return ""
    known = [state.contact.email]
    if state.shipping_address is not None:
        known += [part for name in ADDRESS if (part := getattr(state.shipping_address, name))]
    link = f"<a href='{escape(here)}?step=details'>{_say('change', languages)}</a>"
    return f"<h2>{_say('contact', languages)}</h2><p class=soft>{escape(', '.join(known))} {link}</p>"


def details(state: CheckoutState, wrong: Mapping[str, str], given: Mapping[str, str], languages: Languages) -> str:
    """Who orders, and where it goes (left out where nothing is sent)."""
    posted = any(line.requires_shipping for line in state.cart.lines)
    known = dict(given)
    if not known and state.contact is not None:
        known = {"email": state.contact.email, "phone": state.contact.phone or ""}
        known |= {name: getattr(state.shipping_address, name, None) or "" for name in ADDRESS}
    rows = [_text(name, "contact", known, wrong, languages, needed=name == "email") for name in ("email", "phone")]
    if posted:
        rows.append(f"<h2>{_say('address', languages)}</h2>")
        needed = ("first_name", "last_name", "line1", "city")
        fields = [
            _text(name, "shipping_address", known, wrong, languages, needed=name in needed) for name in ADDRESS[:-1]
        ]
        rows.append(f"<div class=pair>{fields[0]}{fields[1]}</div>{fields[2]}{fields[3]}")
        rows.append(f"<div class=pair>{fields[4]}{fields[5]}</div>{fields[6]}")
        choices = "".join(
            f"<option{' selected' if country == known.get('country') else ''}>{escape(country)}</option>"
            for country in state.countries
        )
        message = _message(wrong.get("shipping_address.country"), languages)
        rows.append(
            f"<label>{_say('country', languages)}"
            f"<select name=country autocomplete=country>{choices}</select></label>{message}"
        )
    button = f"<button name=step value=details>{_say('save', languages)}</button>"
    return f"<form method=post><h2>{_say('contact', languages)}</h2>{''.join(rows)}{button}</form>"


def _text(
    name: str, group: str, known: Mapping[str, str], wrong: Mapping[str, str], languages: Languages, *, needed: bool
) -> str:
    kind = {"email": "email", "phone": "tel"}.get(name, "text")
    message = _message(wrong.get(f"{group}.{name}") or wrong.get(name), languages)
    value = escape(known.get(name, ""))
    return (
        f"<label>{_say(name, languages)}<input name={name} type={kind} autocomplete={TOKENS[name]} value='{value}'"
        f"{' required' if needed else ''}{' aria-invalid=true' if message else ''}></label>{message}"
    )


def order(
    state: CheckoutState,
    methods: Sequence[PaymentMethod],
    wrong: Mapping[str, str],
    given: Mapping[str, str],
    languages: Languages,
) -> str:
    """How it travels, how it is paid, what is agreed to, and the order itself."""
    rows = [_message(text, languages) for name, text in wrong.items() if name == "order"]
    rows += [_group(group, given, languages) + _message(wrong.get("shipping"), languages) for group in state.shipping]
    due = state.cart.totals.due
    if due is not None and due.amount > 0:
        chosen = given.get("method") or state.payment
        ways = "".join(
            _choice("method", one.id, one.name, one.description, one.fee, one.id == chosen, languages)
            for one in methods
        )
        message = _message(wrong.get("payment"), languages)
        rows.append(f"<fieldset><legend>{_say('payment', languages)}</legend>{ways}{message}</fieldset>")
    for each in state.missing:
        if each.kind == "consent" and each.id:
            ticked = f" {'required' if each.required else ''} {'checked' if f'consent.{each.id}' in given else ''}"
            box = f"<input type=checkbox name='consent.{escape(each.id)}' value=1{ticked}>"
            message = _message(wrong.get(each.id), languages)
            rows.append(f"<label class=row>{box}<span>{escape(each.label or '')}</span></label>{message}")
    seen = f"<input type=hidden name=due value='{escape(str(due.amount))}'>" if due is not None else ""
    buttons = (
        f"<button class=quiet name=step value=count formnovalidate>{_say('reload', languages)}</button>"
        f"<button name=step value=order>{_say('place', languages)}</button>"
    )
    return f"<form method=post>{''.join(rows)}{seen}<div class=buttons>{buttons}</div></form>"


def _group(group: ShippingGroup, given: Mapping[str, str], languages: Languages) -> str:
    chosen = given.get(f"group.{group.id}") or group.chosen
    options = "".join(
        _choice(
            f"group.{group.id}",
            one.id,
            one.name,
            one.location or one.description,
            one.price,
            one.id == chosen,
            languages,
        )
        for one in group.options
    )
    return f"<fieldset><legend>{_say('delivery', languages)}</legend>{options}</fieldset>"


def _choice(
    name: str, value: str, label: str, more: str | None, price: Money | None, chosen: bool, languages: Languages
) -> str:
    small = f"<small>{escape(more)}</small>" if more else ""
    cost = f"<b>{escape(texts.amount(price, languages))}</b>" if price else ""
    ticked = " checked" if chosen else ""
    return (
        f"<label class=row><input type=radio name='{escape(name)}' value='{escape(value)}' required{ticked}>"
        f"<span>{escape(label)}{small}</span>{cost}</label>"
    )


def checking(again: str, back: str, languages: Languages) -> str:
    """The provider has not answered yet."""
    links = f"<a class=button href='{escape(again)}'>{_say('reload', languages)}</a>"
    return f"<p role=status>{_say('checking', languages)}</p><p class=buttons>{links}</p>"


def _line(line: Line, languages: Languages) -> str:
    total = texts.amount(line.total, languages) if line.total else ""
    name = f"{line.quantity.normalize():f} × {line.title}"
    return f"<li><span>{escape(name)}</span><span>{escape(total)}</span></li>"


def _totals(totals: Totals, languages: Languages) -> str:
    rows = []
    for name in SUMS:
        amount: Money | None = getattr(totals, name)
        if amount is None or (not amount.amount and name in ("discount", "fees", "gift_cards")):
            continue
        if name == "tax" and totals.tax_included:
            continue
        sign = "−" if name in TAKEN_OFF else ""
        rows.append(
            f"<div><dt>{_say(name, languages)}</dt><dd>{sign}{escape(texts.amount(amount, languages))}</dd></div>"
        )
    return f"<dl>{''.join(rows)}</dl>"


def _message(text: str | None, languages: Languages) -> str:
    """A message under a field: one of ours by its name, or the backend's own words."""
    if not text:
        return ""
    return f"<p class=wrong role=alert>{_say(text, languages) if text in WORDS else escape(text)}</p>"


def _say(key: str, languages: Languages) -> str:
    return escape(say(key, languages))
