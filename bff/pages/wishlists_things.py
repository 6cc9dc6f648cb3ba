"""What is done with things on lists: the heart, taking off with undo, to another list, into the bag."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from urllib.parse import urlsplit

import msgspec
from litestar.response.base import ASGIResponse

from bff.events.event import ADD_TO_CART
from bff.ports import InvalidInput, LineInput, NotFound, ProductKey, Wishlist
from bff.rendering.respond import NO_STORE, answer, redirect
from bff.web.cart_writes import write_cart
from bff.web.visit import Visit

from .parts.account import inside, posted
from .parts.keeping import ONE, fell_short, first_list, number, port, sku, variant_of
from .routing import at

JSON = "application/json"


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """What the small script is told: all SKUs the shopper keeps, and in words what was done (`said`)."""

    skus: tuple[str, ...]
    said: str = ""


def _saved(lists: tuple[Wishlist, ...] | list[Wishlist], said: str = "") -> Saved:
    return Saved(skus=tuple(dict.fromkeys(item.sku for each in lists for item in each.items)), said=said)


def _told(visit: Visit, saved: Saved, status: int = 200) -> ASGIResponse:
    return answer(visit, msgspec.json.encode(saved), status=status, headers={}, cache=NO_STORE, kind=JSON)


@at("/{place:str}/_/saved")
async def state(visit: Visit) -> ASGIResponse:
    """Which SKUs the shopper keeps, for the hearts of pages that are the same for everybody."""
    lists = await port(visit).list(visit.visitor()) if visit.has_session else ()
    return _told(visit, _saved(lists))


@at("/{place:str}/wishlists/save", methods=("POST",))
async def save(visit: Visit) -> ASGIResponse:
    """The heart: `sku` is kept on the first list; with `kept` it is taken off every one. Back to where it was pressed,
    or, for the small script, in JSON."""
    given = await posted(visit)
    wanted, lists = sku(given.get("sku")), port(visit)
    own = await lists.list(visit.visitor())
    if "kept" in given:
        for each in own:
            if any(item.sku == wanted for item in each.items):
                await lists.take(visit.visitor(), id=each.id, sku=wanted)
        said = "wishlist.taken"
    else:
        chosen = next((each for each in own if each.id == given.get("list")), None) or await first_list(visit, own)
        await lists.put(visit.visitor(), id=chosen.id, sku=wanted)
        said = "wishlist.saved"
    if JSON in visit.request.headers.get("accept", ""):
        now = await lists.list(visit.visitor())
        return _told(visit, _saved(now, visit.renderer.messages.text(said)))
    visit.flash(said)
    return redirect(visit, inside(visit.place, came_from(visit), visit.place.page("wishlists")), 303)


def came_from(visit: Visit) -> str | None:
    """Path and query of the page whose form was sent. Public pages do not say it themselves: their bytes are everybody's."""
    try:
        parts = urlsplit(visit.request.headers.get("referer", ""))
    except ValueError:
        return None
    if f"{parts.scheme}://{parts.netloc}" not in visit.store.origins:
        return None
    return parts._replace(scheme="", netloc="", fragment="").geturl()


@at("/{place:str}/wishlists/{id:str}/items", methods=("POST",))
async def things(visit: Visit) -> ASGIResponse:
    """One thing of a list, by the button that was pressed: `take`, `put` (the undo), `bag`, or `move` with `to`."""
    id, given = visit.request.path_params["id"], await posted(visit)
    deed = next((name for name in ("take", "put", "bag", "move") if name in given), None)
    if deed is None:
        raise InvalidInput({"sku": "is missing"})
    wanted, lists, back = sku(given[deed]), port(visit), visit.place.page(f"wishlists/{id}")
    if deed == "put":
        await lists.put(visit.visitor(), id=id, sku=wanted, quantity=number(given.get("q")))
        return redirect(visit, back, 303)
    if deed == "bag":
        return await _bag(visit, id, wanted, back)
    own = await lists.list(visit.visitor())
    pieces = _pieces(own, id, wanted)
    if deed == "move":
        to = given.get("to", "")
        more = max(pieces, _pieces(own, to, wanted, none=Decimal(0)))  # not their sum: tried again, it is the same
        await lists.put(visit.visitor(), id=to, sku=wanted, quantity=more)
    await lists.take(visit.visitor(), id=id, sku=wanted)
    if deed == "move":
        visit.flash("wishlist.moved")
        return redirect(visit, back, 303)
    many = [("q", str(pieces))] if pieces != 1 else []
    return redirect(visit, visit.place.page(f"wishlists/{id}", [("removed", wanted), *many]), 303)


def _pieces(lists: Sequence[Wishlist], id: str, wanted: str, *, none: Decimal = ONE) -> Decimal:
    """How many of a thing a list of theirs holds, `none` where it does not. Raises `NotFound` for any other list."""
    own = next((each for each in lists if each.id == id), None)
    if own is None:
        raise NotFound("no such list")
    return next((item.quantity for item in own.items if item.sku == wanted), none)


async def _bag(visit: Visit, id: str, wanted: str, back: str) -> ASGIResponse:
    """Into the bag and off the list, as many as were meant. Where fewer came in, or none did, that is said, and it stays on
    the list."""
    pieces = _pieces(await port(visit).list(visit.visitor()), id, wanted)
    key = await variant_of(visit, wanted)
    if key is None:  # a choice is missing: it is made on the product's page
        cards = await visit.store.backend.catalog.products(visit.ctx, keys=[ProductKey(sku=wanted)])
        slug = next((card.slug for card in cards if card), "")
        return redirect(visit, visit.place.entity("product", slug), 303)
    lines = [LineInput(variant=key, quantity=pieces)]
    result = await write_cart(visit, lambda cart: visit.carts.add(visit.visitor(), cart=cart, lines=lines), adds=lines)
    failed = next((problem for problem in result.problems if fell_short(problem)), None)
    if failed:
        visit.flash(f"problem.{failed.code}")
        return redirect(visit, back, 303)
    visit.record(ADD_TO_CART)
    await port(visit).take(visit.visitor(), id=id, sku=wanted)
    visit.flash("wishlist.bagged")
    return redirect(visit, back, 303)


routes = (state, save, things)
