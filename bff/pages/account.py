"""`/{place}/account`: the customer's own page, profile, password."""

from __future__ import annotations

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import AccountAction, Accounts, AddressBook, Customer, InvalidInput, NotFound, Orders, SignedIn
from bff.rendering.regions import Region, Regions
from bff.rendering.respond import redirect
from bff.web.forms import Field, Wrong, blank, read
from bff.web.postal import address_lines
from bff.web.visit import Visit

from .parts.account import (
    FormPage,
    NavEntry,
    Way,
    again,
    customers_only,
    form_page,
    nav,
    posted,
    private,
    quiet,
    reasons,
    spent,
    typed,
    words,
)
from .parts.head import Head
from .parts.orders import OrderCard, order_card
from .routing import at

LATEST = 3
BUDGET = 1.0
PROFILE = (
    Field(name="first_name", autocomplete="given-name", limit=100),
    Field(name="last_name", autocomplete="family-name", limit=100),
    Field(name="phone", kind="tel", autocomplete="tel", limit=40, inputmode="tel"),
    Field(name="marketing", kind="checkbox"),
)
PASSWORD = (
    Field(
        name="current",
        kind="password",
        label="field.current_password",
        required=True,
        limit=1_000,
        autocomplete="current-password",
    ),
    Field(
        name="password",
        kind="password",
        label="field.new_password",
        required=True,
        minimum=8,
        limit=200,
        autocomplete="new-password",
        hint="hint.password",
    ),
)


class AccountPage(msgspec.Struct, frozen=True, kw_only=True):
    """The customer's own page: the newest orders and the default address, as far as the backend keeps them."""

    head: Head
    nav: tuple[NavEntry, ...]
    customer: Customer
    orders: Region[tuple[OrderCard, ...]]
    address: Region[tuple[str, ...]]
    sign_out: str
    all_orders: str | None = None
    addresses: str | None = None
    profile: str | None = None
    delete: str | None = None


def port(visit: Visit, action: AccountAction | None = None) -> Accounts:
    accounts = visit.store.backend.accounts
    if accounts is None or (action and action not in accounts.traits.offered):
        raise NotFound("no accounts port" if accounts is None else f"{action} is not offered")
    return accounts


async def _newest(visit: Visit, orders: Orders) -> tuple[OrderCard, ...]:
    found = await orders.list(visit.visitor())
    return tuple(order_card(visit.place, order) for order in found.orders[:LATEST])


async def _default(visit: Visit, book: AddressBook) -> tuple[str, ...]:
    """The default address as lines; none where none is saved."""
    saved = await book.list(visit.visitor())
    return address_lines(saved[0], visit.place.locale, home=visit.place.market.country) if saved else ()


@at("/{place:str}/account")
@customers_only()
async def show(visit: Visit) -> ASGIResponse:
    """The customer's own page."""
    backend, place = visit.store.backend, visit.place
    accounts = port(visit)
    async with Regions() as regions:
        me = regions.required(accounts.me(visit.visitor()))
        newest = regions.optional("orders", _newest(visit, backend.orders) if backend.orders else None, budget=BUDGET)
        first = regions.optional(
            "addresses", _default(visit, backend.address_book) if backend.address_book else None, budget=BUDGET
        )
    offered = accounts.traits.offered
    view = AccountPage(
        head=quiet(words(visit, "account.title")),
        nav=nav(backend, place, "home"),
        customer=me.result(),
        orders=newest.result(),
        address=first.result(),
        sign_out=place.page("account/sign-out"),
        all_orders=place.page("account/orders") if backend.orders else None,
        addresses=place.page("account/addresses") if backend.address_book else None,
        profile=place.page("account/profile") if "update" in offered else None,
        delete=place.page("account/delete") if "delete" in offered else None,
    )
    return await private(visit, "pages/account.html", view)


def _profile_page(visit: Visit, customer: Customer) -> FormPage:
    title = words(visit, "account.profile.title")
    known = {
        "first_name": customer.first_name or "",
        "last_name": customer.last_name or "",
        "phone": customer.phone or "",
        "marketing": "1" if customer.marketing else "",
    }
    return FormPage(
        head=quiet(title),
        nav=nav(visit.store.backend, visit.place, "profile"),
        title=title,
        lead=words(visit, "account.profile.lead", email=customer.email),
        form=blank(PROFILE, known),
        action=visit.place.page("account/profile"),
        button=words(visit, "account.save"),
        ways=(Way(title=words(visit, "account.delete.title"), url=visit.place.page("account/delete")),)
        if "delete" in port(visit).traits.offered
        else (),
    )


@at("/{place:str}/account/profile")
@customers_only()
async def profile(visit: Visit) -> ASGIResponse:
    """Names, telephone, newsletter; as they were typed before the customer had to sign in, if they were."""
    customer = await port(visit, "update").me(visit.visitor())
    view, kept = _profile_page(visit, customer), await typed(visit)
    if kept is not None:
        own = {**kept, "marketing": "1" if "marketing" in kept else ""}
        view = msgspec.structs.replace(view, form=blank(PROFILE, own), notice=words(visit, "account.typed"))
    return await form_page(visit, view)


@at("/{place:str}/account/profile", methods=("POST",))
@customers_only("account/profile", keeps=tuple(field.name for field in PROFILE))
async def change_profile(visit: Visit) -> ASGIResponse:
    accounts = port(visit, "update")
    form = read(PROFILE, await posted(visit))
    if not form.wrong:
        changes = {name: form.values.get(name, "") for name in ("first_name", "last_name", "phone")}
        changes["marketing"] = "true" if "marketing" in form.values else "false"
        try:
            await accounts.update(visit.visitor(), changes=changes)
        except InvalidInput as error:
            form = form.refused(reasons(visit, error))
    if form.wrong:
        return await again(visit, _profile_page(visit, await accounts.me(visit.visitor())), form)
    visit.flash("account.saved")
    return redirect(visit, visit.place.page("account/profile"), 303)


def _password_page(visit: Visit) -> FormPage:
    title = words(visit, "account.password.title")
    return FormPage(
        head=quiet(title),
        nav=nav(visit.store.backend, visit.place, "password"),
        title=title,
        lead=words(visit, "account.password.lead"),
        form=blank(PASSWORD),
        action=visit.place.page("account/password"),
        button=words(visit, "account.password.button"),
    )


@at("/{place:str}/account/password")
@customers_only()
async def password(visit: Visit) -> ASGIResponse:
    port(visit, "change_password")
    return await form_page(visit, _password_page(visit))


@at("/{place:str}/account/password", methods=("POST",))
@customers_only("account/password")
async def change_password(visit: Visit) -> ASGIResponse:
    """Another password. Every other session of the customer ends; this one goes on under a new token."""
    accounts = port(visit, "change_password")
    view, form = _password_page(visit), read(PASSWORD, await posted(visit))
    if form.wrong:
        return await again(visit, view, form)
    if await spent(visit, "sign_in"):
        return await again(visit, view, form, notice=words(visit, "account.spent"), status=429)
    me = await accounts.me(visit.visitor())
    if await spent(visit, "account", me.email, address=False):
        return await again(visit, view, form, notice=words(visit, "sign_in.guessed"), status=429)
    try:
        outcome = await accounts.change_password(
            visit.visitor(), current=form.values["current"], new=form.values["password"]
        )
    except InvalidInput as error:
        found = reasons(visit, error)
        return await again(
            visit, view, form.refused({{"new": "password"}.get(name, name): found[name] for name in found})
        )
    if not isinstance(outcome, SignedIn):
        key = "error.current_password" if outcome.reason == "credentials" else f"sign_in.refused.{outcome.reason}"
        return await again(visit, view, form.refused({"current": Wrong(key=key)}))
    await visit.sign_in(outcome.token, outcome.cart)
    visit.flash("account.password.changed")
    return redirect(visit, visit.place.page("account"), 303)


routes = (show, profile, change_profile, password, change_password)
