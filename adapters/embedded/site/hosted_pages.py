"""The hosted checkout: one address for one cart, its steps those of the inline checkout, on somebody else's pages."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from adapters.embedded import site_addresses, texts
from adapters.embedded.checkout import EmbeddedCheckout
from adapters.embedded.database import Database
from adapters.embedded.hosted import Handed, handed
from bff.ports import (
    Action,
    Address,
    CartRef,
    CheckoutState,
    Contact,
    Deadline,
    Details,
    InvalidInput,
    NotFound,
    Ordered,
    Outcome,
    Pending,
    PublicContext,
    Refused,
    SessionBlob,
    Shopper,
    Trace,
    VisitorContext,
)

from . import hosted_forms
from .answers import Answer, Request, origin_of, page, plain, sent_on
from .words import say

SECONDS = 10.0
OPEN = ("contact", "shipping_address", "billing_address", "field", "account")


class HostedPages:
    """`/checkout/TOKEN`: details, then delivery, payment and the order; `…/paid` is where the provider sends back to."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._checkout = EmbeddedCheckout(database, handed=True)

    async def answer(self, room: str, rest: str, request: Request) -> Answer:
        token, _, tail = rest.partition("/")
        found = await self._database.run(lambda c: handed(c, token))
        if found is None or found.market not in self._database.markets:
            return plain(410, "expired")
        walk = _Walk(self._checkout, self._database, found, token)
        try:
            if tail == "paid":
                return await walk.paid(request.query)
            if request.method == "POST":
                return await walk.posted(request.form)
            return await walk.shown(editing=request.query.get("step") == "details")
        except NotFound:  # ordered, lapsed or emptied: the store says which
            return sent_on(found.return_to)


class _Walk:
    """One request of a shopper who was handed over."""

    def __init__(self, checkout: EmbeddedCheckout, database: Database, found: Handed, token: str) -> None:
        self._checkout, self._found = checkout, found
        self._here = site_addresses.checkout(database.settings, token)
        self._cart = CartRef(id=found.cart)
        market = database.markets[found.market]
        self._languages = texts.chain(found.locale, "en")
        public = PublicContext(
            market=market,
            locale=found.locale,
            currency=market.currency,
            deadline=Deadline.after(SECONDS),
            trace=Trace(request_id=secrets.token_hex(8)),
        )
        self._ctx = VisitorContext(public=public, shopper=Shopper(blob=SessionBlob()))

    async def shown(
        self, *, editing: bool = False, wrong: Mapping[str, str] | None = None, given: Mapping[str, str] | None = None
    ) -> Answer:
        """The step the checkout has come to, or the details again."""
        state = await self._checkout.state(self._ctx, cart=self._cart)
        details = editing or any(each.kind in OPEN and each.required for each in state.missing)
        if details:
            body = hosted_forms.details(state, wrong or {}, given or {}, self._languages)
        else:
            methods = await self._checkout.payment_methods(self._ctx, cart=self._cart)
            # A provider's page cannot stand inside these: they are a provider's already.
            methods = tuple(method for method in methods if method.kind != "frame")
            body = hosted_forms.order(state, methods, wrong or {}, given or {}, self._languages)
        return self._page(body, status=422 if wrong else 200, state=state)

    async def posted(self, form: Mapping[str, str]) -> Answer:
        if form.get("step") == "details":
            try:
                await self._checkout.set_details(self._ctx, cart=self._cart, details=_details(form))
            except InvalidInput as error:
                return await self.shown(editing=True, wrong=error.fields, given=form)
            return sent_on(self._here)
        return await self._ordered(form)

    async def _ordered(self, form: Mapping[str, str]) -> Answer:
        choices = {name.removeprefix("group."): value for name, value in form.items() if name.startswith("group.")}
        consents = {name.removeprefix("consent."): True for name in form if name.startswith("consent.")}
        try:
            state = await self._checkout.set_details(self._ctx, cart=self._cart, details=Details(consents=consents))
            if choices:
                state = await self._checkout.choose_shipping(self._ctx, cart=self._cart, choices=choices)
            if form.get("method"):
                chosen = await self._checkout.choose_payment(
                    self._ctx, cart=self._cart, method=form["method"], return_to=self._here
                )
                if isinstance(chosen, Refused):
                    return await self._became(chosen, form)
                state = await self._checkout.state(self._ctx, cart=self._cart)
        except InvalidInput as error:
            return await self.shown(wrong=error.fields, given=form)
        missing = {each.id or each.kind: "choose" for each in state.missing if each.required}
        if missing or form.get("step") != "order":
            return await self.shown(wrong=missing if form.get("step") == "order" else None, given=form)
        seen = form.get("due", "")
        due = state.cart.totals.due
        if due is not None and seen != str(due.amount):
            return await self.shown(wrong={"order": "changed"}, given=form)
        back = f"{self._here}/paid"
        return await self._became(
            await self._checkout.place(self._ctx, cart=self._cart, expected=state.cart.totals.total, return_to=back),
            form,
        )

    async def paid(self, params: Mapping[str, str]) -> Answer:
        """Back from the provider."""
        return await self._became(await self._checkout.resume(self._ctx, cart=self._cart, params=params), {})

    async def _became(self, outcome: Outcome, form: Mapping[str, str]) -> Answer:
        if isinstance(outcome, Action):
            return sent_on(outcome.url)
        if isinstance(outcome, Ordered):
            return sent_on(self._found.return_to)
        if isinstance(outcome, Pending):
            return self._page(hosted_forms.checking(f"{self._here}/paid", self._found.return_to, self._languages))
        if isinstance(outcome, Refused):
            told = [problem.text for problem in outcome.problems if problem.text]
            return await self.shown(wrong={"order": told[0] if told else "changed"}, given=form)
        return await self.shown(given=form)

    def _page(self, body: str, *, status: int = 200, state: CheckoutState | None = None) -> Answer:
        title = say("checkout", self._languages)
        whole = hosted_forms.around(title, body, state, self._here, self._found.return_to, self._languages)
        sends_to = (origin_of(self._found.return_to),)
        return Answer(status=status, body=page(title, whole, self._found.locale), sends_to=sends_to)


def _details(form: Mapping[str, str]) -> Details:
    """What was typed. Which of it is needed, the backend says."""
    address = None
    if "country" in form:
        parts = {name: form.get(name) or None for name in hosted_forms.ADDRESS if name != "country"}
        address = Address(country=form["country"][:2].upper(), **parts)
    contact = Contact(email=form.get("email", ""), phone=form.get("phone") or None)
    return Details(contact=contact, shipping_address=address, billing_same=True)
