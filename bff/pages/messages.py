"""`/{place}/contact` and `/{place}/newsletter`: words to the shop, and asking for its own."""

from __future__ import annotations

from typing import Literal

from litestar.response.base import ASGIResponse

from bff.ports import InvalidInput, Messages, NotFound
from bff.rendering.regions import region
from bff.rendering.respond import redirect
from bff.web.forms import Field, blank, read
from bff.web.visit import Visit

from .parts.account import FormPage, Way, again, form_page, posted, quiet, reasons, spent, told, words
from .routing import at

BUDGET = 0.5
EMAIL = Field(name="email", kind="email", required=True, autocomplete="email", limit=254)
CONTACT = (
    Field(name="name", required=True, autocomplete="name", limit=80),
    EMAIL,
    Field(name="subject", required=True, limit=120),
    Field(name="text", kind="textarea", required=True, limit=5_000, label="field.message"),
)


def port(visit: Visit, what: Literal["newsletter", "contact"]) -> Messages:
    messages = visit.store.backend.messages
    if messages is None or what not in messages.traits.offered:
        raise NotFound(f"{what} is not offered")
    return messages


def _shop(visit: Visit) -> Way:
    return Way(title=words(visit, "account.shop"), url=visit.place.root)


async def known(visit: Visit) -> dict[str, str]:
    """What is known of a customer, for forms that ask who writes."""
    accounts = visit.store.backend.accounts
    if accounts is None or not visit.signed_in:
        return {}
    me = (await region("known", accounts.me(visit.visitor()), budget=BUDGET)).value
    if me is None:  # the form is there without it as well
        return {}
    name = " ".join(part for part in (me.first_name, me.last_name) if part)
    return {"email": me.email, "name": name}


def _contact_page(visit: Visit, values: dict[str, str] | None = None) -> FormPage:
    title = words(visit, "contact.title")
    return FormPage(
        head=quiet(title),
        title=title,
        lead=words(visit, "contact.lead"),
        form=blank(CONTACT, values),
        action=visit.place.page("contact"),
        button=words(visit, "contact.button"),
    )


@at("/{place:str}/contact")
async def contact(visit: Visit) -> ASGIResponse:
    """The form; or, `sent`, that it has arrived."""
    port(visit, "contact")
    if visit.param("sent") is not None:
        return await told(visit, "contact.sent", _shop(visit))
    return await form_page(visit, _contact_page(visit, await known(visit)))


@at("/{place:str}/contact", methods=("POST",))
async def write(visit: Visit) -> ASGIResponse:
    messages, view = port(visit, "contact"), _contact_page(visit)
    form = read(CONTACT, await posted(visit))
    if form.wrong:
        return await again(visit, view, form)
    if await spent(visit, "contact"):
        return await again(visit, view, form, notice=words(visit, "account.spent"), status=429)
    said = {name: form.values[name] for name in ("name", "email", "subject", "text")}
    try:
        await messages.contact(visit.visitor(), **said)
    except InvalidInput as error:
        return await again(visit, view, form.refused(reasons(visit, error)))
    return redirect(visit, visit.place.page("contact", [("sent", "1")]), 303)


def _newsletter_page(visit: Visit) -> FormPage:
    title = words(visit, "newsletter.title")
    return FormPage(
        head=quiet(title),
        title=title,
        lead=words(visit, "newsletter.lead"),
        form=blank((EMAIL,)),
        action=visit.place.page("newsletter"),
        button=words(visit, "newsletter.button"),
    )


@at("/{place:str}/newsletter")
async def newsletter(visit: Visit) -> ASGIResponse:
    """The form; or, `sent`, that there is mail to be confirmed."""
    port(visit, "newsletter")
    if visit.param("sent") is not None:
        return await told(visit, "newsletter.sent", _shop(visit))
    return await form_page(visit, _newsletter_page(visit))


@at("/{place:str}/newsletter", methods=("POST",))
async def subscribe(visit: Visit) -> ASGIResponse:
    """Ask for it. Nothing is sent before the mail's link is followed, and no answer tells who has it already."""
    messages, view = port(visit, "newsletter"), _newsletter_page(visit)
    form = read((EMAIL,), await posted(visit))
    if form.wrong:
        return await again(visit, view, form)
    if await spent(visit, "contact", form.values["email"]):
        return await again(visit, view, form, notice=words(visit, "account.spent"), status=429)
    try:
        await messages.newsletter(visit.visitor(), email=form.values["email"])
    except InvalidInput as error:
        return await again(visit, view, form.refused(reasons(visit, error)))
    return redirect(visit, visit.place.page("newsletter", [("sent", "1")]), 303)


def _token_page(visit: Visit, what: str, token: str) -> FormPage:
    title = words(visit, f"newsletter.{what}.title")
    return FormPage(
        head=quiet(title),
        title=title,
        lead=words(visit, f"newsletter.{what}.lead"),
        action=visit.place.page(f"newsletter/{what}"),
        button=words(visit, f"newsletter.{what}.button"),
        hidden=(("token", token[:500]),),
    )


async def _lapsed(visit: Visit) -> ASGIResponse:
    way = Way(title=words(visit, "newsletter.title"), url=visit.place.page("newsletter"))
    return await told(visit, "newsletter.expired", way, status=422)


@at("/{place:str}/newsletter/confirm", "/{place:str}/newsletter/leave")
async def mailed(visit: Visit) -> ASGIResponse:
    """What the links in the mail open: one button."""
    port(visit, "newsletter")
    what = visit.path.rpartition("/")[2]
    if visit.param("done") is not None:
        return await told(visit, f"newsletter.{what}.done", _shop(visit))
    token = visit.param("token")
    return await form_page(visit, _token_page(visit, what, token)) if token else await _lapsed(visit)


@at("/{place:str}/newsletter/confirm", "/{place:str}/newsletter/leave", methods=("POST",))
async def decide(visit: Visit) -> ASGIResponse:
    """Begin, or end it."""
    messages, what = port(visit, "newsletter"), visit.path.rpartition("/")[2]
    token = (await posted(visit)).get("token", "")[:500]
    if not token or await spent(visit, "code"):
        return await _lapsed(visit)
    try:
        if what == "confirm":
            await messages.confirm(visit.visitor(), token=token)
        else:
            await messages.unsubscribe(visit.visitor(), token=token)
    except NotFound:
        return await _lapsed(visit)
    return redirect(visit, visit.place.page(f"newsletter/{what}", [("done", "1")]), 303)


routes = (contact, write, newsletter, subscribe, mailed, decide)
