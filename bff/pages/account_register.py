"""`/{place}/account/register`, `confirm`, `forgot`, `reset`: an account's beginning, and a new password by mail.

No answer tells whether an address has an account. What a mail's link opens is a page with a button: programs that look at
links in mails change nothing.
"""

from __future__ import annotations

from litestar.response.base import ASGIResponse

from bff.ports import AccountAction, Accounts, InvalidInput, NotFound, Registration, SignedIn
from bff.rendering.respond import redirect
from bff.web.forms import Field, Wrong, blank, read
from bff.web.visit import Visit

from .parts.account import (
    NEXT,
    FormPage,
    Way,
    again,
    entered,
    entrance,
    form_page,
    inside,
    posted,
    quiet,
    reasons,
    spent,
    told,
    words,
)
from .routing import at

TOKEN = "token"  # noqa: S105 - a field's name
SHORTEST_PASSWORD = 8
REGISTER = (
    Field(name="first_name", autocomplete="given-name", limit=100),
    Field(name="last_name", autocomplete="family-name", limit=100),
    Field(name="email", kind="email", required=True, autocomplete="username", limit=254),
    Field(
        name="password",
        kind="password",
        required=True,
        minimum=SHORTEST_PASSWORD,
        limit=200,
        autocomplete="new-password",
        hint="hint.password",
    ),
    Field(name="marketing", kind="checkbox"),
)
FORGOT = (Field(name="email", kind="email", required=True, autocomplete="username", limit=254),)
RESET = (
    Field(
        name="password",
        kind="password",
        label="field.new_password",
        required=True,
        minimum=SHORTEST_PASSWORD,
        limit=200,
        autocomplete="new-password",
        hint="hint.password",
    ),
)


async def port(visit: Visit, action: AccountAction) -> Accounts | ASGIResponse:
    """The port where it offers this; else the answer: the backend's own pages, told about with a link. Raises `NotFound`."""
    accounts = visit.store.backend.accounts
    if accounts is None:
        raise NotFound("no accounts port")
    if action in accounts.traits.offered:
        return accounts
    if accounts.traits.hosted and accounts.traits.hosted.startswith(("https://", "http://")):
        way = Way(title=words(visit, "account.hosted.go"), url=accounts.traits.hosted)
        return await told(visit, "account.hosted", way)
    raise NotFound(f"{action} is not offered")


def _register_page(visit: Visit, onward: str) -> FormPage:
    title = words(visit, "register.title")
    return FormPage(
        head=quiet(title),
        title=title,
        lead=words(visit, "register.lead"),
        form=blank(REGISTER),
        action=visit.place.page("account/register"),
        button=words(visit, "register.button"),
        hidden=((NEXT, onward),),
        ways=(Way(title=words(visit, "register.have"), url=entrance(visit, onward)),),
    )


@at("/{place:str}/account/register")
async def register(visit: Visit) -> ASGIResponse:
    """The form; or, `sent`, that there is mail to be read."""
    found = await port(visit, "register")
    if isinstance(found, ASGIResponse):
        return found
    if visit.param("sent") is not None:
        return await told(visit, "register.sent", Way(title=words(visit, "account.shop"), url=visit.place.root))
    onward = inside(visit.place, visit.param(NEXT), visit.place.page("account"))
    if visit.signed_in:
        return redirect(visit, onward, 303)
    return await form_page(visit, _register_page(visit, onward))


@at("/{place:str}/account/register", methods=("POST",))
async def open_account(visit: Visit) -> ASGIResponse:
    """Open the account. A taken address gets the same answer as a free one."""
    accounts = await port(visit, "register")
    if isinstance(accounts, ASGIResponse):
        return accounts
    given = await posted(visit)
    onward = inside(visit.place, given.get(NEXT), visit.place.page("account"))
    view, form = _register_page(visit, onward), read(REGISTER, given)
    if form.wrong:
        return await again(visit, view, form)
    if await spent(visit, "register", form.values["email"]):
        return await again(visit, view, form, notice=words(visit, "account.spent"), status=429)
    wanted = Registration(
        email=form.values["email"],
        password=form.values["password"],
        first_name=form.values.get("first_name"),
        last_name=form.values.get("last_name"),
        marketing="marketing" in form.values,
    )
    try:
        outcome = await accounts.register(visit.visitor(), registration=wanted, guest_cart=visit.cart)
    except InvalidInput as error:
        return await again(visit, view, form.refused(reasons(visit, error)))
    if isinstance(outcome, SignedIn):
        return await entered(visit, outcome, onward, "account.opened")
    return redirect(visit, visit.place.page("account/register", [("sent", "1")]), 303)


def _linked(visit: Visit) -> str | None:
    """The token of a mail's link; where the link names the address beside it, `ADDRESS:TOKEN`."""
    token, email = visit.param(TOKEN), visit.param("email")
    return f"{email}:{token}"[:500] if token and email else token


@at("/{place:str}/account/confirm")
async def confirm(visit: Visit) -> ASGIResponse:
    """What the link in the mail opens: one button."""
    found = await port(visit, "confirm")
    if isinstance(found, ASGIResponse):
        return found
    token = _linked(visit)
    if not token:
        return await _expired(visit, "confirm")
    title = words(visit, "confirm.title")
    view = FormPage(
        head=quiet(title),
        title=title,
        lead=words(visit, "confirm.lead"),
        action=visit.place.page("account/confirm"),
        button=words(visit, "confirm.button"),
        hidden=((TOKEN, token[:500]),),
    )
    return await form_page(visit, view)


@at("/{place:str}/account/confirm", methods=("POST",))
async def confirmed(visit: Visit) -> ASGIResponse:
    """Confirm the address. Whoever does so elsewhere than where they registered chooses a password now."""
    accounts = await port(visit, "confirm")
    if isinstance(accounts, ASGIResponse):
        return accounts
    token = (await posted(visit)).get(TOKEN, "")
    if not token or await spent(visit, "code"):
        return await _expired(visit, "confirm")
    outcome = await accounts.confirm(visit.visitor(), token=token[:500])
    if isinstance(outcome, SignedIn):
        return await entered(visit, outcome, visit.place.page("account"), "account.opened")
    if outcome.reason == "unconfirmed" and "reset" in accounts.traits.offered:
        return await form_page(visit, _reset_page(visit, token[:500], "confirm.password"))
    return await _expired(visit, "confirm")


async def _expired(visit: Visit, what: str) -> ASGIResponse:
    """A link that is too old or was used: said kindly, with a way on."""
    ways = {"confirm": ("register.title", "account/register"), "reset": ("forgot.again", "account/forgot")}
    key, path = ways[what]
    return await told(
        visit,
        f"{what}.expired",
        Way(title=words(visit, key), url=visit.place.page(path)),
        Way(title=words(visit, "sign_in.title"), url=visit.place.page("account/sign-in")),
        status=422,
    )


def _forgot_page(visit: Visit) -> FormPage:
    title = words(visit, "forgot.title")
    return FormPage(
        head=quiet(title),
        title=title,
        lead=words(visit, "forgot.lead"),
        form=blank(FORGOT),
        action=visit.place.page("account/forgot"),
        button=words(visit, "forgot.button"),
        ways=(Way(title=words(visit, "forgot.back"), url=visit.place.page("account/sign-in")),),
    )


@at("/{place:str}/account/forgot")
async def forgot(visit: Visit) -> ASGIResponse:
    """The form; or, `sent`, that there may be mail to be read."""
    found = await port(visit, "forgot")
    if isinstance(found, ASGIResponse):
        return found
    if visit.param("sent") is not None:
        way = Way(title=words(visit, "forgot.back"), url=visit.place.page("account/sign-in"))
        return await told(visit, "forgot.sent", way)
    return await form_page(visit, _forgot_page(visit))


@at("/{place:str}/account/forgot", methods=("POST",))
async def send_reset(visit: Visit) -> ASGIResponse:
    """Send a way to a new password, if there is such an account; the answer is the same where there is none."""
    accounts = await port(visit, "forgot")
    if isinstance(accounts, ASGIResponse):
        return accounts
    view, form = _forgot_page(visit), read(FORGOT, await posted(visit))
    if form.wrong:
        return await again(visit, view, form)
    if await spent(visit, "forgot", form.values["email"]):
        return await again(visit, view, form, notice=words(visit, "account.spent"), status=429)
    try:
        await accounts.forgot(visit.visitor(), email=form.values["email"])
    except InvalidInput as error:
        return await again(visit, view, form.refused(reasons(visit, error)))
    return redirect(visit, visit.place.page("account/forgot", [("sent", "1")]), 303)


def _reset_page(visit: Visit, token: str, lead: str | None = None) -> FormPage:
    title = words(visit, f"{lead}.title" if lead else "reset.title")
    return FormPage(
        head=quiet(title),
        title=title,
        lead=words(visit, f"{lead}.text") if lead else None,
        form=blank(RESET),
        action=visit.place.page("account/reset"),
        button=words(visit, "reset.button"),
        hidden=((TOKEN, token),),
    )


@at("/{place:str}/account/reset")
async def reset(visit: Visit) -> ASGIResponse:
    """The form for a new password."""
    found = await port(visit, "reset")
    if isinstance(found, ASGIResponse):
        return found
    token = _linked(visit)
    return await form_page(visit, _reset_page(visit, token[:500])) if token else await _expired(visit, "reset")


@at("/{place:str}/account/reset", methods=("POST",))
async def set_password(visit: Visit) -> ASGIResponse:
    """Set the new password; it signs in."""
    accounts = await port(visit, "reset")
    if isinstance(accounts, ASGIResponse):
        return accounts
    given = await posted(visit)
    token = given.get(TOKEN, "")[:500]
    if not token:
        return await _expired(visit, "reset")
    view, form = _reset_page(visit, token), read(RESET, given)
    if form.wrong:
        return await again(visit, view, form)
    if await spent(visit, "code"):
        return await again(visit, view, form, notice=words(visit, "account.spent"), status=429)
    try:
        outcome = await accounts.reset(visit.visitor(), token=token, password=form.values["password"])
    except InvalidInput as error:
        return await again(visit, view, form.refused(reasons(visit, error)))
    if isinstance(outcome, SignedIn):
        return await entered(visit, outcome, visit.place.page("account"), "account.password.changed")
    if outcome.reason == "expired":
        return await _expired(visit, "reset")
    return await again(visit, view, form.refused({"password": Wrong(key=f"sign_in.refused.{outcome.reason}")}))


routes = (register, open_account, confirm, confirmed, forgot, send_reset, reset, set_password)
