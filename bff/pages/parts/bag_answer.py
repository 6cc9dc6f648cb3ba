"""The bag's answers: the page, its block for htmx, and the way back after a post. What went wrong is told in place, with
what was typed kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec
from litestar.response.base import ASGIResponse

from bff.pages.routing import page, same_page
from bff.ports import Cart, CartRef, CartResult, Carts, NoCart, NotFound
from bff.rendering.respond import redirect
from bff.web.addresses import encode
from bff.web.forms import Form, blank, read
from bff.web.visit import Visit

from . import bag_asked as asked
from .bag import BagPage, Said, bag_page, moved
from .bag_asked import COUNTRY, POSTCODE, estimate_fields
from .holes import saw

LATER = "bag.later.list"
"""The message key whose words are the name of the list of things saved for later."""
NOTHING = Said()


def carts_of(visit: Visit) -> Carts:
    if visit.store.backend.carts is None:
        raise NotFound("no carts port")
    return visit.store.backend.carts


def there(cart: CartRef | None) -> CartRef:
    """The cart to change. Raises `NotFound` where there is none."""
    if cart is None:
        raise NotFound("no cart")
    return cart


async def count_code(visit: Visit) -> None:
    """Count a try at a code, by whatever way it comes: it may be a gift card's. Raises `Throttled`."""
    await visit.limit("code")
    if carts_of(visit).traits.gift_cards:
        await visit.limit("gift_card")


async def present(visit: Visit) -> Cart | NoCart:
    """The cart as the backend has it now."""
    carts = carts_of(visit)
    if visit.cart is None:
        return NoCart(reason="empty")
    found = await carts.get(visit.visitor(), cart=visit.cart)
    saw(visit, found)
    visit.let_go(found)
    return found


async def load(visit: Visit, cart: Cart | NoCart, said: Said, estimate: Form | None) -> BagPage:
    """The bag with what goes with it, asked for concurrently."""
    backend, place, places = visit.store.backend, visit.place, visit.store.places
    lines = cart.lines if isinstance(cart, Cart) else ()
    away = moved(place, places, cart if isinstance(cart, Cart) else None)

    async def cost() -> Said:
        if estimate is None or away is not None:
            return said
        found = await asked.estimate(backend, visit.ctx, places, cart, estimate)
        return msgspec.structs.replace(said, estimate=found)

    related, saved, said = await asyncio.gather(
        asked.related(backend, visit.ctx, place, lines),
        asked.saved(backend, visit.visitor(), place, later_names(visit)),
        cost(),
    )
    return bag_page(
        place,
        cart,
        said,
        visit.renderer.messages.text("bag.title"),
        backend=backend,
        places=places,
        related=related,
        saved=saved,
        order=_order(visit, cart),
    )


def _order(visit: Visit, cart: Cart | NoCart) -> str | None:
    """The page of the order that the cart has become, as far as this shopper may see it."""
    if isinstance(cart, Cart) or cart.reason != "ordered" or visit.store.backend.orders is None:
        return None
    if cart.order and visit.signed_in:
        return visit.place.page(f"account/orders/{cart.order}")
    return visit.place.page("account/orders/placed" if visit.session.ordered else "account/orders/find")


def later_names(visit: Visit) -> frozenset[str]:
    return frozenset(renderer.messages.text(LATER) for renderer in visit.store.renderers.values())


async def answer(
    visit: Visit,
    cart: Cart | NoCart,
    said: Said,
    *,
    status: int = 200,
    given: Mapping[str, str] | None = None,
) -> ASGIResponse:
    """The page or its block. `given` are a post's fields: they carry on where delivery was asked for."""
    view = await load(visit, cart, said, _estimate_form(visit, given))
    if visit.is_part:
        kept = [("removed", view.removed.token)] if view.removed else []
        headers = {"hx-replace-url": view.actions.page + encode([*kept, *_estimated(given)])} if given else {}
        return await page(visit, "pages/bag.html", view, block="part", status=status, private=True, headers=headers)
    same = same_page(visit.store.places, "cart")
    return await page(visit, "pages/bag.html", view, status=status, private=True, same=same)


def _estimate_form(visit: Visit, given: Mapping[str, str] | None) -> Form | None:
    if visit.store.backend.delivery is None:
        return None
    names = visit.renderer.formats
    codes = {place.market.country for place in visit.store.places.values()}
    fields = estimate_fields(visit.place, visit.store.places, {code: names.country_name(code) for code in codes})
    values = dict(visit.params if given is None else given.items())
    if COUNTRY not in values:
        form = blank(fields, {COUNTRY: visit.place.market.country})
        return msgspec.structs.replace(form, values={})  # the country is chosen, and nothing asked
    return read(fields, values)


def _estimated(given: Mapping[str, str] | None) -> list[tuple[str, str]]:
    return [(name, given[name][:40]) for name in (COUNTRY, POSTCODE) if given and given.get(name)]


async def done(
    visit: Visit, result: CartResult, said: Said, given: Mapping[str, str], *, key: str | None = None
) -> ASGIResponse:
    """After a post: back to the page where all is said there, else the page with what there is to say. `key` is the message
    of success."""
    said = msgspec.structs.replace(said, problems=(*said.problems, *result.problems))
    failed = bool(said.typed) or any(problem.severity == "error" for problem in said.problems)
    if visit.is_part or said.problems or said.typed or said.status:
        said = said if said.status or said.problems or failed else msgspec.structs.replace(said, status=key)
        return await answer(visit, result.cart, said, status=422 if failed else 200, given=given)
    if key:
        visit.flash(key)
    query = [("removed", said.removed.token)] if said.removed else []
    return redirect(visit, visit.place.page("cart", [*query, *_estimated(given)]), 303)
