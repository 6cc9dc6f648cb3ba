"""`/{place}/account/addresses`: the customer's saved addresses."""

from __future__ import annotations

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import Address, AddressBook, InvalidInput, NotFound
from bff.rendering.respond import redirect
from bff.web.forms import Wrong
from bff.web.postal import PostalForm, address_lines, blank_address, read_address
from bff.web.visit import Visit

from .parts.account import (
    FormPage,
    NavEntry,
    Way,
    customers_only,
    form_page,
    nav,
    posted,
    private,
    quiet,
    reasons,
    typed,
    words,
)
from .parts.head import Head
from .routing import at

PREFIX = "shipping"
DEFAULT = "default"
LIST = "account/addresses"
KEEPS = (f"{PREFIX}.", DEFAULT)
"""What is kept of the form where its customer must sign in first."""


class AddressView(msgspec.Struct, frozen=True, kw_only=True):
    """A saved address as it stands on a parcel, and what can be done with it. `prefer` makes it the default one: None
    for that one."""

    id: str
    lines: tuple[str, ...]
    phone: str | None
    edit: str
    remove: str
    prefer: str | None = None


class AddressesPage(msgspec.Struct, frozen=True, kw_only=True):
    """The default address first."""

    head: Head
    nav: tuple[NavEntry, ...]
    addresses: tuple[AddressView, ...]
    add: str


class AddressPage(msgspec.Struct, frozen=True, kw_only=True):
    """An address to write. `prefer`: whether to make it the default one; None where it is that already. `notice`: what is to
    be said first."""

    head: Head
    nav: tuple[NavEntry, ...]
    title: str
    postal: PostalForm
    action: str
    back: str
    prefer: bool | None = False
    notice: str | None = None


def port(visit: Visit) -> AddressBook:
    if visit.store.backend.address_book is None:
        raise NotFound("no address_book port")
    return visit.store.backend.address_book


def countries(visit: Visit) -> tuple[str, ...]:
    """Where the shop delivers to, as far as it is known without a cart: the markets' countries."""
    return tuple(dict.fromkeys(market.country for market in visit.store.markets))


async def _one(visit: Visit) -> tuple[Address, bool]:
    """The address of the path, and whether it is the default one. Raises `NotFound`, another's too."""
    id = visit.request.path_params["id"]
    saved = await port(visit).list(visit.visitor())
    found = next((address for address in saved if address.id == id), None)
    if found is None:
        raise NotFound("no such address")
    return found, found is saved[0]


def _address(visit: Visit, id: str, *more: str) -> str:
    return visit.place.page("/".join((LIST, id, *more)))


@at("/{place:str}/account/addresses")
@customers_only()
async def show(visit: Visit) -> ASGIResponse:
    saved = await port(visit).list(visit.visitor())
    views = tuple(
        AddressView(
            id=address.id or "",
            lines=address_lines(address, visit.place.locale, home=visit.place.market.country),
            phone=address.phone,
            edit=_address(visit, address.id or ""),
            remove=_address(visit, address.id or "", "remove"),
            prefer=_address(visit, address.id or "", "default") if index else None,
        )
        for index, address in enumerate(saved)
    )
    view = AddressesPage(
        head=quiet(words(visit, "addresses.title")),
        nav=nav(visit.store.backend, visit.place, "addresses"),
        addresses=views,
        add=visit.place.page(f"{LIST}/new"),
    )
    return await private(visit, "pages/account_addresses.html", view)


async def _form(
    visit: Visit, postal: PostalForm, id: str | None, prefer: bool | None, status: int = 200, notice: str | None = None
) -> ASGIResponse:
    title = words(visit, "addresses.edit" if id else "addresses.new")
    view = AddressPage(
        head=quiet(title),
        nav=nav(visit.store.backend, visit.place, "addresses"),
        title=title,
        postal=postal,
        action=_address(visit, id or "new"),
        back=visit.place.page(LIST),
        prefer=prefer,
        notice=notice,
    )
    return await private(visit, "pages/account_address.html", view, status)


async def _typed(visit: Visit, id: str | None, country: str, *, first: bool) -> ASGIResponse | None:
    """The form as it was typed before the customer had to sign in, if it was."""
    kept = await typed(visit)
    if kept is None:
        return None
    offered = tuple(dict.fromkeys((*countries(visit), country)))
    postal = read_address(PREFIX, kept, countries=offered, country=country, locale=visit.place.locale, judged=False)
    return await _form(visit, postal, id, None if first else DEFAULT in kept, notice=words(visit, "account.typed"))


@at("/{place:str}/account/addresses/new")
@customers_only()
async def new(visit: Visit) -> ASGIResponse:
    port(visit)
    country = visit.param("country") or visit.place.market.country
    if (again := await _typed(visit, None, country, first=False)) is not None:
        return again
    postal = blank_address(PREFIX, countries=countries(visit), country=country, locale=visit.place.locale)
    return await _form(visit, postal, None, prefer=False)


@at("/{place:str}/account/addresses/{id:str}")
@customers_only()
async def edit(visit: Visit) -> ASGIResponse:
    address, first = await _one(visit)
    if (again := await _typed(visit, address.id, address.country, first=first)) is not None:
        return again
    offered = tuple(dict.fromkeys((*countries(visit), address.country)))
    postal = blank_address(
        PREFIX, countries=offered, country=address.country, locale=visit.place.locale, address=address
    )
    return await _form(visit, postal, address.id, prefer=None if first else False)


@at("/{place:str}/account/addresses/new", methods=("POST",))
@customers_only(f"{LIST}/new", keeps=KEEPS)
async def create(visit: Visit) -> ASGIResponse:
    port(visit)
    return await _save(visit, None, visit.place.market.country, first=False)


@at("/{place:str}/account/addresses/{id:str}", methods=("POST",))
@customers_only(LIST, keeps=KEEPS)
async def change(visit: Visit) -> ASGIResponse:
    address, first = await _one(visit)
    return await _save(visit, address.id, address.country, first=first)


async def _save(visit: Visit, id: str | None, country: str, *, first: bool) -> ASGIResponse:
    """Save what was typed; `change` only gives the form another country's fields."""
    given = await posted(visit)
    offered = tuple(dict.fromkeys((*countries(visit), country)))
    judged = "change" not in given
    postal = read_address(PREFIX, given, countries=offered, country=country, locale=visit.place.locale, judged=judged)
    prefer = None if first else DEFAULT in given
    if postal.address is None:
        return await _form(visit, postal, id, prefer, status=422 if judged else 200)
    try:
        address = msgspec.structs.replace(postal.address, id=id)
        await port(visit).save(visit.visitor(), address=address, default=bool(prefer))
    except InvalidInput as error:
        return await _form(visit, _refused(postal, reasons(visit, error)), id, prefer, status=422)
    visit.flash("addresses.saved")
    return redirect(visit, visit.place.page(LIST), 303)


def _refused(postal: PostalForm, found: dict[str, Wrong]) -> PostalForm:
    """The form with the backend's messages, wherever the field stands in it."""
    form = postal.form.refused({f"{PREFIX}.{name}": wrong for name, wrong in found.items()})
    views = form.fields
    return msgspec.structs.replace(
        postal,
        form=form,
        country=views[postal.country.field.name],
        rows=tuple(tuple(views[view.field.name] for view in row) for row in postal.rows),
        rare=tuple(views[view.field.name] for view in postal.rare),
        open=postal.open or any(views[view.field.name].wrong for view in postal.rare),
    )


@at("/{place:str}/account/addresses/{id:str}/default", methods=("POST",))
@customers_only(LIST)
async def prefer(visit: Visit) -> ASGIResponse:
    address, _ = await _one(visit)
    await port(visit).save(visit.visitor(), address=address, default=True)
    visit.flash("addresses.preferred")
    return redirect(visit, visit.place.page(LIST), 303)


@at("/{place:str}/account/addresses/{id:str}/remove")
@customers_only()
async def ask_remove(visit: Visit) -> ASGIResponse:
    """The question, since an address is typed again with effort."""
    address, _ = await _one(visit)
    title = words(visit, "addresses.remove.title")
    lines = address_lines(address, visit.place.locale, home=visit.place.market.country)
    view = FormPage(
        head=quiet(title),
        nav=nav(visit.store.backend, visit.place, "addresses"),
        title=title,
        lead=" · ".join(lines),
        action=_address(visit, address.id or "", "remove"),
        button=words(visit, "addresses.remove"),
        danger=True,
        ways=(Way(title=words(visit, "addresses.keep"), url=visit.place.page(LIST)),),
    )
    return await form_page(visit, view)


@at("/{place:str}/account/addresses/{id:str}/remove", methods=("POST",))
@customers_only(LIST)
async def remove(visit: Visit) -> ASGIResponse:
    await port(visit).remove(visit.visitor(), id=visit.request.path_params["id"])
    visit.flash("addresses.removed")
    return redirect(visit, visit.place.page(LIST), 303)


routes = (show, new, create, edit, change, prefer, ask_remove, remove)
