"""The test provider's page: the payer decides what became of a payment, everything that goes wrong in life included."""

from __future__ import annotations

from html import escape

from adapters.embedded import payments, provider, texts
from adapters.embedded.database import Connection, Database
from adapters.embedded.provider import Decision, ProviderPayment

from .answers import Answer, Request, origin_of, page, plain, sent_on
from .words import say

DECISIONS: dict[str, Decision] = {
    "approve": "approve",
    "decline": "decline",
    "cancel": "cancel",
    "unclear": "unclear",
    "silent": "approve",
}
"""What a button decides. `silent` approves, and neither tells the store nor sends the payer back."""


class ProviderPages:
    """`/pay/ID` as a whole page, `/frame/ID` inside the store's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def answer(self, room: str, id: str, request: Request) -> Answer:
        payment = await self._database.run(lambda c: provider.find(c, id))
        if payment is None:
            return plain(404, "lost")
        decision = request.form.get("decision", "")
        if request.method == "POST" and decision == "leave":
            return sent_on(provider.back(payment))
        if request.method == "POST" and decision in DECISIONS:
            told = decision != "silent"
            decided = await self._database.write(lambda c: _decide(c, id, DECISIONS[decision], told=told))
            if decided is not None and told:
                return sent_on(provider.back(decided))
            payment = decided or payment
        return _shown(payment, framed=room == "frame", lost=decision == "silent")


def _decide(connection: Connection, id: str, decision: Decision, *, told: bool) -> ProviderPayment | None:
    payment = provider.decide(connection, id, decision)
    if told:
        payments.notified(connection, id)
    return payment


def _shown(payment: ProviderPayment, *, framed: bool, lost: bool) -> Answer:
    languages = texts.chain(payment.locale, "en")
    amount = texts.amount(payment.amount, languages)
    pay = say("bank_pay", languages).format(amount=amount, order=payment.reference)
    rows = [f"<p class=test>{escape(say('bank_text', languages))}</p>"]
    if lost:
        rows.append(f"<p role=alert>{escape(say('bank_lost', languages))}</p>")
    elif payment.state != "open":
        rows.append(f"<p role=status>{escape(say(f'bank_state_{payment.state}', languages))}</p>")
    top = " target=_top" if framed else ""
    if payment.state in ("open", "processing"):
        main = "".join(_button(name, languages) for name in ("approve", "decline", "cancel"))
        others = ("unclear", "leave") if payment.state == "open" else ("leave",)
        more = "".join(_button(name, languages, quiet=True) for name in others)
        silent = f"<form method=post>{_button('silent', languages, quiet=True)}</form>"
        rows.append(f"<form method=post{top}><div class=buttons>{main}</div>")
        title = escape(say("bank_more", languages))
        rows.append(f"<details><summary>{title}</summary><div class=buttons>{more}</div></details></form>")
        rows.append(f"<details><summary>{escape(say('bank_silent', languages))}</summary>{silent}</details>")
    else:
        back = escape(provider.back(payment))
        rows.append(f'<p><a class=button href="{back}"{top}>{escape(say("bank_back", languages))}</a></p>')
    body = f"<header><p class=name>{escape(say('bank', languages))}</p></header><h1>{escape(pay)}</h1>{''.join(rows)}"
    store = origin_of(payment.return_to)
    return Answer(
        body=page(pay, body, payment.locale, framed=framed),
        framed_by=store if framed else None,
        sends_to=(store,),
    )


def _button(name: str, languages: tuple[str, ...], *, quiet: bool = False) -> str:
    style = " class=quiet" if quiet or name != "approve" else ""
    return f"<button name=decision value={name}{style}>{escape(say(f'bank_{name}', languages))}</button>"
