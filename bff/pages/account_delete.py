"""`/{place}/account/delete`: the end of the account, for who proves once more to be its owner.

A session alone is not enough: the screen may be unlocked, the cookie stolen. The password is asked for, or a code is mailed
to who has none. Both are checked by signing in once more, so that every backend can. Where customers come in at an identity
provider only, there is nothing to ask for here but the will.
"""

from __future__ import annotations

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import CodeSent, Customer, Malformed, NotFound, SignedIn, SignIn, SignInMethod, SignInRefused
from bff.rendering.respond import redirect
from bff.web.forms import Field, Form, Wrong, blank, read
from bff.web.visit import Visit

from .parts.account import (
    FormPage,
    Way,
    again,
    customers_only,
    form_page,
    nav,
    posted,
    quiet,
    spent,
    told,
    words,
)
from .routing import at

BY = "by"
PATH = "account/delete"
SURE = Field(name="sure", kind="checkbox", label="field.delete_sure", required=True)
PASSWORD = Field(
    name="current",
    kind="password",
    label="field.current_password",
    required=True,
    limit=1_000,
    autocomplete="current-password",
)
CODE = Field(name="code", required=True, limit=40, autocomplete="one-time-code", inputmode="numeric")
FIELDS = {"password": (PASSWORD, SURE), "mail": (SURE,), "code": (CODE,), "none": (SURE,)}
"""What each step asks for: the password and the will; the will, before a code is mailed; that code; the will alone."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Where the shopper is: one of `FIELDS`, and the ways in that prove who it is."""

    name: str
    password: SignInMethod | None
    code: SignInMethod | None


def _offered(visit: Visit) -> None:
    accounts = visit.store.backend.accounts
    if accounts is None or "delete" not in accounts.traits.offered:
        raise NotFound("delete is not offered")


def _sign_in(visit: Visit) -> SignIn:
    if visit.store.backend.sign_in is None:
        raise NotFound("no sign_in port")
    return visit.store.backend.sign_in


async def _step(visit: Visit, by: str | None) -> Step | None:
    """`by` only chooses between what this backend has: nobody gets round being asked. None where this page cannot ask for
    the proof that the backend knows: whoever has the session alone deletes nothing."""
    methods = await _sign_in(visit).methods(visit.visitor())
    password = next((m for m in methods if m.kind == "password" and {*m.fields} == {"email", "password"}), None)
    code = next((m for m in methods if m.kind == "code" and {*m.fields} - {CODE.name} == {"email"}), None)
    if not password and not code and not (methods and all(m.kind == "redirect" for m in methods)):
        return None
    mailed = by if by in ("mail", "code") else "" if password else "mail"
    return Step(
        name="none" if not password and not code else mailed if code and mailed else "password",
        password=password,
        code=code,
    )


def _view(visit: Visit, step: Step) -> FormPage:
    title = words(visit, "account.delete.title")
    ways = [Way(title=words(visit, "account.delete.back"), url=visit.place.page("account"))]
    if step.name == "password" and step.code:
        ways.append(Way(title=words(visit, "account.delete.mail"), url=visit.place.page(PATH, [(BY, "mail")])))
    button = "account.delete.send" if step.name == "mail" else "account.delete.button"
    lead = "account.delete.sent" if step.name == "code" else "account.delete.lead"
    return FormPage(
        head=quiet(title),
        nav=nav(visit.store.backend, visit.place),
        title=title,
        lead=words(visit, lead),
        form=blank(FIELDS[step.name]),
        action=visit.place.page(PATH),
        button=words(visit, button),
        hidden=((BY, step.name),),
        danger=step.name != "mail",
        ways=tuple(ways),
    )


@at("/{place:str}/account/delete")
async def show(visit: Visit) -> ASGIResponse:
    """The question; or, `done`, a farewell."""
    _offered(visit)
    if visit.param("done") is not None and not visit.signed_in:
        return await told(visit, "account.deleted", Way(title=words(visit, "account.shop"), url=visit.place.root))
    return await _ask(visit)


@customers_only()
async def _ask(visit: Visit) -> ASGIResponse:
    step = await _step(visit, "mail" if visit.param(BY) == "mail" else None)
    return await form_page(visit, _view(visit, step)) if step else await _elsewhere(visit)


async def _elsewhere(visit: Visit, status: int = 200) -> ASGIResponse:
    """Nobody can prove here who they are: the shop has to be asked."""
    backend, place = visit.store.backend, visit.place
    ways = [Way(title=words(visit, "account.delete.back"), url=place.page("account"))]
    if backend.messages is not None and "contact" in backend.messages.traits.offered:
        ways.insert(0, Way(title=words(visit, "contact.title"), url=place.page("contact")))
    return await told(visit, "account.delete.elsewhere", *ways, status=status)


@at("/{place:str}/account/delete", methods=("POST",))
@customers_only(PATH)
async def delete(visit: Visit) -> ASGIResponse:
    """The end of the account, and of the session."""
    _offered(visit)
    given = await posted(visit)
    step = await _step(visit, given.get(BY))
    if step is None:
        return await _elsewhere(visit, 422)
    form = read(FIELDS[step.name], given)
    if form.wrong:
        return await again(visit, _view(visit, step), form)
    if step.name == "none":
        return await _end(visit)
    accounts = visit.store.backend.accounts
    assert accounts is not None
    me = await accounts.me(visit.visitor())
    if (refused := await _too_often(visit, step, me)) is not None:
        return await again(visit, _view(visit, step), form, notice=words(visit, refused), status=429)
    return await _proved(visit, step, form, me)


async def _too_often(visit: Visit, step: Step, me: Customer) -> str | None:
    """Count a try, as signing in does: for the account from everywhere together, too. The message where there were too
    many."""
    if step.name == "password":
        if await spent(visit, "sign_in"):
            return "account.spent"
        return "sign_in.guessed" if await spent(visit, "account", me.email, address=False) else None
    return "account.spent" if await spent(visit, "forgot" if step.name == "mail" else "code", me.email) else None


async def _proved(visit: Visit, step: Step, form: Form, me: Customer) -> ASGIResponse:
    """Check the password or the code by signing in with it, or send the code."""
    sign_in = _sign_in(visit)
    method = step.password if step.name == "password" else step.code
    assert method is not None
    if step.name == "code":
        params = {"email": me.email, CODE.name: form.values[CODE.name]}
        outcome = await sign_in.finish(visit.visitor(), method=method.id, params=params, guest_cart=None)
    else:
        data = {"email": me.email, **({"password": form.values[PASSWORD.name]} if step.name == "password" else {})}
        begun = await sign_in.begin(visit.visitor(), method=method.id, data=data, guest_cart=None)
        if step.name == "mail" and isinstance(begun, CodeSent):
            return await form_page(visit, _view(visit, msgspec.structs.replace(step, name="code")))
        if not isinstance(begun, SignedIn | SignInRefused):
            raise Malformed("a proof was asked for and something else came", backend=visit.store.backend.name)
        outcome = begun
    if isinstance(outcome, SignInRefused):
        return await _refused(visit, step, form, outcome)
    if outcome.customer.id != me.id:
        raise Malformed("somebody else was signed in", backend=visit.store.backend.name)
    await visit.sign_in(outcome.token, None)
    return await _end(visit)


async def _refused(visit: Visit, step: Step, form: Form, refused: SignInRefused) -> ASGIResponse:
    key = f"sign_in.refused.{refused.reason}"
    if step.name == "password":
        key = "error.current_password" if refused.reason == "credentials" else key
        return await again(visit, _view(visit, step), form.refused({PASSWORD.name: Wrong(key=key)}))
    if refused.reason == "code":
        return await again(visit, _view(visit, step), form.refused({CODE.name: Wrong(key=key)}))
    view = _view(visit, await _step(visit, "mail") or step)
    return await form_page(visit, msgspec.structs.replace(view, notice=words(visit, key)), 422)


async def _end(visit: Visit) -> ASGIResponse:
    accounts = visit.store.backend.accounts
    assert accounts is not None
    await accounts.delete(visit.visitor())
    await visit.sign_out()
    return redirect(visit, visit.place.page(PATH, [("done", "1")]), 303)


routes = (show, delete)
