"""`/{place}/checkout/details`: who buys, and where it goes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import (
    Address,
    CheckoutState,
    Contact,
    Customer,
    Details,
    InvalidInput,
    NotFound,
    NotSignedIn,
    ShippingOption,
)
from bff.rendering.regions import region
from bff.rendering.respond import redirect
from bff.web.cart_writes import locked
from bff.web.forms import Choice, Field, FieldView, Form, Wrong, blank, read
from bff.web.postal import PostalForm, blank_address, read_address, refused
from bff.web.visit import Visit, form_fields

from .parts import collecting
from .parts.account import KEPT, entrance, keep_typed, sign_in_ended
from .parts.account import typed as typed_before
from .parts.checkout import Around, Till, around, faults, first, head, needs_address, opened, step_url, written
from .parts.head import Head
from .routing import at, page

NEW = "new"
BUDGET = 0.8
"""Seconds for what only saves typing: a name, the addresses that are known."""
EMAIL = Field(name="email", kind="email", required=True, limit=254, autocomplete="email")


class SavedAddress(msgspec.Struct, frozen=True, kw_only=True):
    """One of the customer's addresses to choose from."""

    id: str
    lines: tuple[str, ...]
    chosen: bool


class DetailsPage(msgspec.Struct, frozen=True, kw_only=True):
    """The step. `address` None: nothing travels. `saved`: the customer's addresses, `new` whether another one is typed.
    `sign_in` is the way in for a guest; `account`: the backend sells to customers only. `wrong` are all fields with a
    message. `lapsed` ("session", "customer"): the session or the sign-in ended meanwhile, what was typed is kept; "typed":
    it is there again, after signing in anew.
    `shop` are the shops where all of it can be collected instead, None where there are none; `collect`: that is wanted."""

    head: Head
    around: Around
    action: str
    email: FieldView
    extras: tuple[FieldView, ...]
    address: PostalForm | None
    saved: tuple[SavedAddress, ...]
    new: bool
    sign_in: str | None
    account: bool
    wrong: tuple[FieldView, ...]
    lapsed: str | None = None
    shop: FieldView | None = None
    shops: tuple[ShippingOption, ...] = ()
    collect: bool = False


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """The step's forms as they stand."""

    contact: Form
    address: PostalForm | None
    saved: tuple[Address, ...] = ()
    chosen: str = NEW
    shop: Form | None = None
    collect: bool = False


@at("/{place:str}/checkout/details")
async def show(visit: Visit) -> ASGIResponse:
    till = await opened(visit, "details")
    if isinstance(till, ASGIResponse):
        return till
    state = till.state
    saved = await _saved(visit, state)
    address = state.shipping_address
    chosen = next((own.id or NEW for own in saved if own.id and _same(own, address)), NEW)
    if address is None and saved:
        chosen = saved[0].id or NEW
    me = None if state.contact and (address or saved) else await _me(visit)
    contact = state.contact.email if state.contact else me.email if me else ""
    if (kept := await typed_before(visit)) is not None:
        typed = await _read(visit, till, kept, judged=False)
        return await _answer(visit, till, typed, lapsed="typed")
    typed = Typed(
        contact=blank(_contact_fields(till), {"email": contact}),
        address=_blank(visit, state, (address if chosen == NEW else None) or _named(visit, me)),
        saved=saved,
        chosen=chosen,
        shop=_shops(state, {"shop": collecting.chosen(state) or ""}),
        collect=collecting.chosen(state) is not None,
    )
    return await _answer(visit, till, typed)


@at("/{place:str}/checkout/details", methods=("POST",), repeats=True)
async def save(visit: Visit) -> ASGIResponse:
    posted = await form_fields(visit.request)
    till = await opened(visit, "details")
    if isinstance(till, ASGIResponse):
        if visit.cart is None:
            return till if visit.session.ordered else await _lapsed(visit, posted)
        return await _signed_out(visit) if visit.seen_cart is None and await sign_in_ended(visit) else till
    typed = await _read(visit, till, posted, judged="change" not in posted)
    if "change" in posted:
        return await _answer(visit, till, typed)
    if _wrong(typed):
        return await _answer(visit, till, typed, status=422)
    try:
        async with locked(visit, till.cart) as held:
            cart = held or till.cart
            state = await till.checkout.set_details(visit.visitor(), cart=cart, details=_details(till, typed))
            visit.keep_cart(state.cart)
            if typed.collect and typed.shop:
                choices = collecting.choices(till.state, typed.shop.values["shop"])
                state = await till.checkout.choose_shipping(visit.visitor(), cart=state.cart.ref, choices=choices)
                visit.keep_cart(state.cart)
    except InvalidInput as error:
        return await _answer(visit, till, _refused(visit, till, typed, error), status=422)
    except NotSignedIn:
        return await _answer(visit, till, typed, status=422, lapsed="customer")
    if typed.address and not typed.collect and collecting.chosen(state):  # it is to be sent now: how, is asked
        return redirect(visit, visit.place.page("checkout/delivery", [("way", "send")]), 303)
    return redirect(visit, step_url(visit.place, first(state)), 303)


def _contact_fields(till: Till) -> tuple[Field, ...]:
    extras = (
        Field(name=f"x.{item.id}", required=item.required, limit=500, words=item.label)
        for item in till.asked("field")
        if item.id
    )
    return (EMAIL, *extras)


def _shops(state: CheckoutState, values: Mapping[str, str]) -> Form | None:
    """The shops to collect it from, the only one chosen already. None where that is not possible."""
    found = collecting.shops(state)
    if not found:
        return None
    if len(found) == 1 and not values.get("shop"):
        values = {"shop": found[0].id}
    choices = tuple(Choice(value=option.id, label=option.location or option.name) for option in found)
    return blank((Field(name="shop", kind="radio", required=True, label="checkout.shop", choices=choices),), values)


def _sent(state: CheckoutState) -> bool:
    """Whether an address is asked for; where all of it can be collected, that is one of two ways."""
    return needs_address(state) or bool(collecting.shops(state))


def _blank(visit: Visit, state: CheckoutState, address: Address | None) -> PostalForm | None:
    if not _sent(state):
        return None
    place = visit.place
    return blank_address(
        "shipping", countries=state.countries, country=place.market.country, locale=place.locale, address=address
    )


async def _read(visit: Visit, till: Till, posted: Mapping[str, str], *, judged: bool) -> Typed:
    fields = _contact_fields(till)
    contact = read(fields, posted) if judged else blank(fields, posted)
    state, place = till.state, visit.place
    saved = await _saved(visit, state)
    chosen = posted.get("address", NEW)
    address = None
    shop = _shops(state, posted)
    collect = shop is not None and posted.get("way") == "collect"
    if shop and collect and judged and not any(o.id == shop.values.get("shop") for o in collecting.shops(state)):
        shop = shop.refused({"shop": Wrong(key="error.choice" if posted.get("shop") else "error.required")})
    if _sent(state):
        address = read_address(
            "shipping",
            posted,
            countries=state.countries,
            country=place.market.country,
            locale=place.locale,
            judged=judged and chosen == NEW and not collect,
        )
        if chosen != NEW and not collect and not any(own.id == chosen for own in saved):
            chosen = NEW
            address = refused(address, {address.country.field.name: Wrong(key="error.choice")})
    return Typed(contact=contact, address=address, saved=saved, chosen=chosen, shop=shop, collect=collect)


def _details(till: Till, typed: Typed) -> Details:
    address = typed.address.address if typed.address and not typed.collect else None
    if typed.address and typed.chosen != NEW and not typed.collect:
        own = next(own for own in typed.saved if own.id == typed.chosen)
        address = msgspec.structs.replace(own, id=None)
    values = typed.contact.values
    return Details(
        contact=Contact(email=values["email"], phone=address.phone if address else None),
        shipping_address=address,
        fields={name[2:]: value for name, value in values.items() if name.startswith("x.")},
    )


def _wrong(typed: Typed) -> tuple[FieldView, ...]:
    if typed.collect:
        return (*typed.contact.wrong, *(typed.shop.wrong if typed.shop else ()))
    address = typed.address.form.wrong if typed.address and typed.chosen == NEW else ()
    return (*typed.contact.wrong, *address)


def _refused(visit: Visit, till: Till, typed: Typed, error: InvalidInput) -> Typed:
    """The forms with a backend's messages; one about a saved address opens that address to be put right."""
    contact, address = typed.contact, typed.address
    names = [*contact.fields, *(address.form.fields if address else ())]
    reasons = faults(visit, error, names, prefix="shipping")
    if typed.shop and typed.collect and reasons.keys() & collecting.choices(till.state, "").keys():
        return msgspec.structs.replace(typed, shop=typed.shop.refused({"shop": Wrong(key="error.choice")}))
    if address:
        own = {name: wrong for name, wrong in reasons.items() if name in address.form.fields}
        address = refused(address, own)
    rest = {name: wrong for name, wrong in reasons.items() if not address or name not in address.form.fields}
    return msgspec.structs.replace(typed, contact=contact.refused(rest) if rest else contact, address=address)


async def _saved(visit: Visit, state: CheckoutState) -> tuple[Address, ...]:
    """The customer's addresses in countries we send to; none where they cannot be read, which stops no purchase."""
    book = visit.store.backend.address_book
    if book is None or not visit.signed_in or not _sent(state):
        return ()
    found = (await region("saved", book.list(visit.visitor()), budget=BUDGET)).value
    return tuple(own for own in found or () if own.id and own.country in state.countries)


async def _me(visit: Visit) -> Customer | None:
    """The customer, to type less; None for a guest, and where it cannot be had."""
    accounts = visit.store.backend.accounts
    if accounts is None or not visit.signed_in:
        return None
    return (await region("me", accounts.me(visit.visitor()), budget=BUDGET)).value


def _named(visit: Visit, me: Customer | None) -> Address | None:
    """What is known of an address nobody has typed yet: whose it probably is."""
    if me is None:
        return None
    return Address(country=visit.place.market.country, first_name=me.first_name, last_name=me.last_name, phone=me.phone)


def _same(own: Address, other: Address | None) -> bool:
    return other is not None and msgspec.structs.replace(own, id=None) == msgspec.structs.replace(other, id=None)


async def _signed_out(visit: Visit) -> ASGIResponse:
    """The sign-in ended, and the customer's bag answers nobody else: in again, and what was typed is there."""
    ticket = await keep_typed(visit, ("",))
    here = visit.place.page("checkout/details", [(KEPT, ticket)] if ticket else [])
    return redirect(visit, entrance(visit, here, again=True), 303)


async def _lapsed(visit: Visit, posted: Mapping[str, str]) -> ASGIResponse:
    """The session ended: there is no cart any more, but what was typed is shown again."""
    if visit.store.backend.inline_checkout is None:
        raise NotFound("no checkout on our pages")
    place = visit.place
    countries = tuple({place.market.country, posted.get("shipping.country", "")})
    address = read_address(
        "shipping", posted, countries=countries, country=place.market.country, locale=place.locale, judged=False
    )
    view = DetailsPage(
        head=head(visit, "checkout.step.details"),
        around=Around(steps=(), cart=None, bag=place.page("cart")),
        action=step_url(place, "details"),
        email=blank((EMAIL,), posted).views[0],
        extras=(),
        address=address if "shipping.country" in posted else None,
        saved=(),
        new=True,
        sign_in=None,
        account=False,
        wrong=(),
        lapsed="session",
    )
    return await page(visit, "pages/checkout_details.html", view, status=409, private=True)


async def _answer(
    visit: Visit, till: Till, typed: Typed, *, status: int = 200, lapsed: str | None = None
) -> ASGIResponse:
    email, *extras = typed.contact.views
    place = visit.place
    way_in = place.page("account/sign-in", [("next", place.page("checkout"))])
    view = DetailsPage(
        head=head(visit, "checkout.step.details"),
        around=around(visit, till, "details"),
        action=step_url(place, "details"),
        email=email,
        extras=tuple(extras),
        address=typed.address,
        saved=tuple(
            SavedAddress(id=own.id or "", lines=written(place, own), chosen=own.id == typed.chosen)
            for own in typed.saved
        ),
        new=typed.chosen == NEW,
        sign_in=way_in if visit.store.backend.sign_in and not visit.signed_in else None,
        account=any(item.required for item in till.asked("account")),
        wrong=_wrong(typed),
        lapsed=lapsed,
        shop=typed.shop.views[0] if typed.shop else None,
        shops=collecting.shops(till.state),
        collect=typed.collect,
    )
    return await page(visit, "pages/checkout_details.html", view, status=status, private=True)


routes = (show, save)
