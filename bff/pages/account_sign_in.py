"""`/{place}/account/sign-in` and what belongs to it: every way in that the backend has, and the way out."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from hmac import compare_digest

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import (
    BackendError,
    CodeSent,
    InvalidInput,
    NotFound,
    Redirect,
    SignedIn,
    SignIn,
    SignInMethod,
    SignInRefused,
)
from bff.rendering.respond import NO_STORE, answer, redirect
from bff.web.forms import Field, Form, Kind, Wrong, blank, read
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
    private,
    quiet,
    reasons,
    spent,
    words,
)
from .parts.checkout import foreign
from .parts.head import Head
from .routing import at

log = logging.getLogger("portico.pages")

RETURNING = "sign_in"
CODE = "code"
KINDS: Mapping[str, tuple[Kind, str]] = {
    "email": ("email", "username"),
    "password": ("password", "current-password"),
    "phone": ("tel", "tel"),
}
OWN_LABELS = frozenset({"email", "password", "phone", "code"})


class MethodView(msgspec.Struct, frozen=True, kw_only=True):
    """A way in. `name` is the backend's word for it, None: the template's. `form` has no fields for a redirect."""

    id: str
    kind: str
    name: str | None
    form: Form


class SignInPage(msgspec.Struct, frozen=True, kw_only=True):
    """The ways in. `next` goes with every form. Addresses of what is not offered are None."""

    head: Head
    methods: tuple[MethodView, ...]
    action: str
    next: str
    notice: str | None = None
    register: str | None = None
    forgot: str | None = None
    find: str | None = None


def port(visit: Visit) -> SignIn:
    if visit.store.backend.sign_in is None:
        raise NotFound("no sign_in port")
    return visit.store.backend.sign_in


def fields(method: SignInMethod, *, code: bool = False) -> tuple[Field, ...]:
    """A method's fields as this store asks for them; the code only once one was sent."""
    if code:
        return (Field(name=CODE, required=True, limit=40, autocomplete="one-time-code", inputmode="numeric"),)
    made: list[Field] = []
    for name in (name for name in method.fields if method.kind != "code" or name != CODE):
        kind, token = KINDS.get(name, ("text", "off"))
        label = None if name in OWN_LABELS else name.replace("_", " ").capitalize()
        made.append(
            Field(name=_field(method, name), kind=kind, required=True, limit=1_000, autocomplete=token, words=label)
        )
    return tuple(made)


def _field(method: SignInMethod, name: str) -> str:
    """A field's name in the form. Several ways in may ask for an address: only the usual one's has the plain name."""
    return name if method.id == "password" else f"{method.id}.{name}"


def _data(method: SignInMethod, form: Form) -> dict[str, str]:
    """What was typed, by the backend's names."""
    found = ((name, form.values.get(_field(method, name))) for name in method.fields)
    return {name: value for name, value in found if value}


async def _page(
    visit: Visit, onward: str, forms: Mapping[str, Form] | None = None, *, notice: str | None = None, status: int = 200
) -> ASGIResponse:
    backend, place = visit.store.backend, visit.place
    offered = backend.accounts.traits.offered if backend.accounts else ()
    query = [(NEXT, onward)] if onward != place.page("account") else []
    shown = forms or {}
    methods = await port(visit).methods(visit.visitor())
    hosted = backend.accounts.traits.hosted if backend.accounts else None
    view = SignInPage(
        head=quiet(words(visit, "sign_in.title")),
        methods=tuple(
            MethodView(id=m.id, kind=m.kind, name=m.name, form=shown.get(m.id) or blank(fields(m))) for m in methods
        ),
        action=place.page("account/sign-in"),
        next=onward,
        notice=notice,
        register=place.page("account/register", query) if "register" in offered or hosted else None,
        forgot=place.page("account/forgot") if "forgot" in offered or hosted else None,
        find=place.page("account/orders/find") if backend.orders and backend.orders.traits.lookup else None,
    )
    return await private(visit, "pages/sign_in.html", view, status)


def _onward(visit: Visit, given: str | None) -> str:
    return inside(visit.place, given, visit.place.page("account"))


@at("/{place:str}/account/sign-in")
async def show(visit: Visit) -> ASGIResponse:
    """The ways in. Who is in already is sent on."""
    port(visit)
    onward = _onward(visit, visit.param(NEXT))
    ended = visit.param("again") is not None
    if visit.signed_in and not ended:
        return redirect(visit, onward, 303)
    return await _page(visit, onward, notice=words(visit, "sign_in.ended") if ended else None)


@at("/{place:str}/account/sign-in", methods=("POST",))
async def begin(visit: Visit) -> ASGIResponse:
    """Try a way in."""
    given = await posted(visit)
    onward = _onward(visit, given.get(NEXT))
    method = next((m for m in await port(visit).methods(visit.visitor()) if m.id == given.get("method")), None)
    if method is None:
        return await _page(visit, onward, notice=words(visit, "sign_in.refused.method"), status=422)
    form = read(fields(method), given)
    if form.wrong:
        return await _page(visit, onward, {method.id: form}, status=422)
    data = _data(method, form)
    if (refused := await _too_often(visit, method, data)) is not None:
        return await _page(visit, onward, {method.id: form}, notice=words(visit, refused), status=429)
    if method.kind == "redirect":
        data["return_to"] = visit.place.absolute(visit.place.page("account/sign-in/return"))
    try:
        outcome = await port(visit).begin(visit.visitor(), method=method.id, data=data, guest_cart=visit.cart)
    except InvalidInput as error:
        wrong = {_field(method, name): told for name, told in reasons(visit, error).items()}
        return await _page(visit, onward, {method.id: form.refused(wrong)}, status=422)
    if isinstance(outcome, SignedIn):
        return await entered(visit, outcome, onward, "account.welcome")
    if isinstance(outcome, Redirect):
        return await _away(visit, outcome, method.id, onward)
    if isinstance(outcome, CodeSent):
        return await form_page(visit, _code_page(visit, method.id, onward, data, outcome.hint))
    wrong = {_field(method, (method.fields or ("",))[-1]): Wrong(key=f"sign_in.refused.{outcome.reason}")}
    return await _page(visit, onward, {method.id: form.refused(wrong)}, status=422)


async def _too_often(visit: Visit, method: SignInMethod, data: Mapping[str, str]) -> str | None:
    """Count a try; the message where there were too many. From everywhere together passwords are counted apart from all
    else: whoever guesses at somebody's account shuts neither their code by mail nor their way to a new password."""
    if await spent(visit, "sign_in"):
        return "account.spent"
    if method.kind == "code":
        asked = [f"{method.id} {value}" for value in data.values()]
        return "account.spent" if await spent(visit, "forgot", *asked, address=False) else None
    names = [text for name, text in data.items() if name not in ("password", "return_to")]
    return "sign_in.guessed" if names and await spent(visit, "account", *names, address=False) else None


def _code_page(visit: Visit, method: str, onward: str, data: Mapping[str, str], hint: str | None) -> FormPage:
    title = words(visit, "sign_in.code.title")
    lead = words(visit, "sign_in.code.sent", hint=hint) if hint else words(visit, "sign_in.code.sent_somewhere")
    hidden = (("method", method), (NEXT, onward), *((f"w.{name}", value) for name, value in data.items()))
    code = Field(name=CODE, required=True, limit=40, autocomplete="one-time-code", inputmode="numeric")
    return FormPage(
        head=quiet(title),
        title=title,
        lead=lead,
        form=blank((code,)),
        action=visit.place.page("account/sign-in/code"),
        button=words(visit, "sign_in.button"),
        hidden=hidden,
        ways=(Way(title=words(visit, "sign_in.code.other"), url=entrance(visit, onward)),),
    )


@at("/{place:str}/account/sign-in/code", methods=("POST",))
async def code(visit: Visit) -> ASGIResponse:
    """Finish with the code that was sent."""
    given = await posted(visit)
    onward = _onward(visit, given.get(NEXT))
    method = next((m for m in await port(visit).methods(visit.visitor()) if m.id == given.get("method")), None)
    if method is None or method.kind != "code":
        return await _page(visit, onward, notice=words(visit, "sign_in.refused.expired"), status=422)
    known = _data(
        method, read(fields(method), {_field(method, name): given.get(f"w.{name}", "") for name in method.fields})
    )
    view = _code_page(visit, method.id, onward, known, None)
    form = read(fields(method, code=True), given)
    if form.wrong:
        return await again(visit, view, form)
    if await spent(visit, "code", *known.values()):
        return await again(visit, view, form, notice=words(visit, "account.spent"), status=429)
    params = {**known, **form.values}
    outcome = await port(visit).finish(visit.visitor(), method=method.id, params=params, guest_cart=visit.cart)
    if isinstance(outcome, SignedIn):
        return await entered(visit, outcome, onward, "account.welcome")
    if outcome.reason == "code":
        return await again(visit, view, form.refused({CODE: Wrong(key="sign_in.refused.code")}))
    return await _page(visit, onward, notice=words(visit, f"sign_in.refused.{outcome.reason}"), status=422)


async def _away(visit: Visit, outcome: Redirect, method: str, onward: str) -> ASGIResponse:
    """To the identity provider, on an origin the adapter declares (`Manifest.origins`). What is to come back is kept beside
    the session: another browser's return is none. Raises `Malformed`."""
    url = foreign(visit, outcome.url, visit.store.leads)
    ticket = await visit.returning(RETURNING, method=method, next=onward, state=outcome.state)
    visit.keep(msgspec.structs.replace(visit.session, entering=ticket))
    return answer(visit, b"", status=303, headers={"location": url}, cache=NO_STORE)


@at("/{place:str}/account/sign-in/return")
async def back(visit: Visit) -> ASGIResponse:
    """Back from the identity provider."""
    ticket = visit.session.entering
    kept = await visit.returned(ticket) if ticket else None
    params = dict(visit.params)
    if (
        kept is None
        or kept.kind != RETURNING
        or not compare_digest(kept.data["state"].encode(), params.get("state", "").encode("utf-8", "replace"))
    ):
        return await _page(
            visit, visit.place.page("account"), notice=words(visit, "sign_in.refused.expired"), status=422
        )
    onward = _onward(visit, kept.data[NEXT])
    visit.keep(msgspec.structs.replace(visit.session, entering=""))
    outcome = await port(visit).finish(
        visit.visitor(), method=kept.data["method"], params=params, guest_cart=visit.cart
    )
    if isinstance(outcome, SignInRefused):
        return await _page(visit, onward, notice=words(visit, f"sign_in.refused.{outcome.reason}"), status=422)
    return await entered(visit, outcome, onward, "account.welcome")


@at("/{place:str}/account/sign-out", methods=("POST",))
async def leave(visit: Visit) -> ASGIResponse:
    """Out: the token is revoked at the backend, the session forgotten here, whatever the backend says."""
    sign_in = port(visit)
    try:
        await sign_in.sign_out(visit.visitor())
    except BackendError as error:
        log.warning("a token was not revoked: %s: %s", type(error).__name__, error.detail)
    await visit.sign_out()
    visit.flash("account.left")
    return redirect(visit, visit.place.root, 303)


routes = (show, begin, code, back, leave)
