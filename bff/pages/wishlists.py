"""`/{place}/wishlists`: lists of things to remember, a guest's too, one of them at a time; and lists that are shared."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import InvalidInput, NotFound, Wishlist
from bff.rendering.regions import region
from bff.rendering.respond import redirect
from bff.web.forms import Field, Form, blank, read
from bff.web.visit import Visit

from .parts.account import FormPage, NavEntry, Way, entrance, form_page, nav, posted, private, quiet, reasons, words
from .parts.bag_forms import MAX_LINES
from .parts.cards import CardView
from .parts.head import Head
from .parts.keeping import ONE, KeptView, kept_views, number, port
from .routing import at, page

BUDGET = 1.5
NAME = Field(name="name", required=True, limit=80, label="field.list_name")
NEW = msgspec.structs.replace(NAME, id="new-name")


class ListEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A list among the shopper's."""

    id: str
    name: str
    count: int
    url: str
    current: bool = False


class WishlistsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A list and the others beside it; no `current` where there is none yet. `things` None: it cannot be had now. `removed`
    was just taken off and can be put back, as many as there were (`pieces`). `items_action` takes, moves, buys; `saved` are
    all SKUs the shopper keeps, for the hearts of other pages. `everything` can be bought as it is; `bag` is where a form
    puts it, None for a single thing. `sign_in` keeps a guest's lists for longer; None for a customer."""

    head: Head
    nav: tuple[NavEntry, ...]
    lists: tuple[ListEntry, ...]
    things: tuple[KeptView, ...] | None
    create: str
    new: Form
    saved: tuple[str, ...]
    shop: str
    current: ListEntry | None = None
    removed: str | None = None
    pieces: Decimal = ONE
    items_action: str | None = None
    everything: tuple[KeptView, ...] = ()
    bag: str | None = None
    rename: Form | None = None
    delete: str | None = None
    shareable: bool = False
    share: str | None = None
    sign_in: str | None = None


class SharedPage(msgspec.Struct, frozen=True, kw_only=True):
    """A list somebody shares. `gone` counts what is not sold here."""

    head: Head
    name: str
    cards: tuple[CardView, ...]
    gone: int


def _entry(visit: Visit, found: Wishlist, current: Wishlist | None = None) -> ListEntry:
    return ListEntry(
        id=found.id,
        name=found.name,
        count=len(found.items),
        url=visit.place.page(f"wishlists/{found.id}"),
        current=current is not None and current.id == found.id,
    )


async def _answer(
    visit: Visit,
    lists: tuple[Wishlist, ...],
    current: Wishlist | None,
    *,
    new: Form | None = None,
    rename: Form | None = None,
    status: int = 200,
) -> ASGIResponse:
    backend, place = visit.store.backend, visit.place
    base = place.page(f"wishlists/{current.id}") if current else None
    public = port(visit).traits.public
    kept = kept_views(backend, visit.ctx, place, current.items) if current else None
    things = await region("things", kept, budget=BUDGET)
    buyable = tuple(thing for thing in things.value or () if thing.buyable)[:MAX_LINES]
    view = WishlistsPage(
        head=quiet(current.name if current else words(visit, "wishlists.title")),
        nav=nav(backend, place, "wishlists") if visit.signed_in else (),
        lists=tuple(_entry(visit, each, current) for each in lists),
        things=things.value if current else (),
        create=place.page("wishlists"),
        new=new or blank((NEW,)),
        saved=tuple(dict.fromkeys(item.sku for each in lists for item in each.items)),
        shop=place.root,
        current=_entry(visit, current, current) if current else None,
        removed=(visit.param("removed") or "")[:100] or None if current else None,
        pieces=number(visit.param("q")),
        items_action=f"{base}/items" if base else None,
        everything=buyable if len(buyable) > 1 else (),
        bag=place.page("cart/lines") if len(buyable) > 1 else None,
        rename=(rename or blank((NAME,), {"name": current.name})) if current else None,
        delete=f"{base}/delete" if base else None,
        shareable=public and current is not None,
        share=place.absolute(place.page(f"wishlists/shared/{current.share}"))
        if public and current and current.share
        else None,
        sign_in=entrance(visit, place.page("wishlists")) if backend.sign_in and not visit.signed_in else None,
    )
    return await private(visit, "pages/wishlists.html", view, status)


async def _own(visit: Visit) -> tuple[tuple[Wishlist, ...], Wishlist]:
    """The shopper's lists and the one of the path. Raises `NotFound`, for another's too."""
    lists = await port(visit).list(visit.visitor())
    found = next((each for each in lists if each.id == visit.request.path_params["id"]), None)
    if found is None:
        raise NotFound("no such list")
    return lists, found


@at("/{place:str}/wishlists")
async def show(visit: Visit) -> ASGIResponse:
    """The first list, or that there is none."""
    lists = await port(visit).list(visit.visitor())
    return await _answer(visit, lists, lists[0] if lists else None)


@at("/{place:str}/wishlists/{id:str}")
async def one(visit: Visit) -> ASGIResponse:
    lists, current = await _own(visit)
    return await _answer(visit, lists, current)


@at("/{place:str}/wishlists", methods=("POST",))
async def create(visit: Visit) -> ASGIResponse:
    """A new list."""
    form = read((NEW,), await posted(visit))
    if not form.wrong:
        try:
            made = await port(visit).create(visit.visitor(), name=form.values["name"])
            return redirect(visit, visit.place.page(f"wishlists/{made.id}"), 303)
        except InvalidInput as error:
            form = form.refused(reasons(visit, error))
    lists = await port(visit).list(visit.visitor())
    return await _answer(visit, lists, lists[0] if lists else None, new=form, status=422)


@at("/{place:str}/wishlists/{id:str}", methods=("POST",))
async def change(visit: Visit) -> ASGIResponse:
    """Another name, or shared and no longer shared (`public` 1 or 0)."""
    lists, current = await _own(visit)
    given = await posted(visit)
    if "public" in given and port(visit).traits.public:
        await port(visit).change(visit.visitor(), id=current.id, public=given["public"] == "1")
        visit.flash("wishlist.shared" if given["public"] == "1" else "wishlist.hidden")
        return redirect(visit, visit.place.page(f"wishlists/{current.id}"), 303)
    form = read((NAME,), given)
    if not form.wrong:
        try:
            await port(visit).change(visit.visitor(), id=current.id, name=form.values["name"])
            visit.flash("wishlist.renamed")
            return redirect(visit, visit.place.page(f"wishlists/{current.id}"), 303)
        except InvalidInput as error:
            form = form.refused(reasons(visit, error))
    return await _answer(visit, lists, current, rename=form, status=422)


@at("/{place:str}/wishlists/{id:str}/delete")
async def ask_delete(visit: Visit) -> ASGIResponse:
    """The question before a list goes."""
    _, current = await _own(visit)
    title = words(visit, "wishlist.delete.title", name=current.name)
    view = FormPage(
        head=quiet(title),
        nav=nav(visit.store.backend, visit.place, "wishlists") if visit.signed_in else (),
        title=title,
        lead=visit.renderer.messages.plural("wishlist.delete.lead", len(current.items)),
        action=visit.place.page(f"wishlists/{current.id}/delete"),
        button=words(visit, "wishlist.delete"),
        danger=True,
        ways=(Way(title=words(visit, "wishlist.keep"), url=visit.place.page(f"wishlists/{current.id}")),),
    )
    return await form_page(visit, view)


@at("/{place:str}/wishlists/{id:str}/delete", methods=("POST",))
async def delete(visit: Visit) -> ASGIResponse:
    await port(visit).delete(visit.visitor(), id=visit.request.path_params["id"])
    visit.flash("wishlist.deleted")
    return redirect(visit, visit.place.page("wishlists"), 303)


@at("/{place:str}/wishlists/shared/{share:str}")
async def shared(visit: Visit) -> ASGIResponse:
    """A list somebody shares: public, the same for everybody, and in no search engine."""
    if not port(visit).traits.public:
        raise NotFound("lists are not shared here")
    found = await port(visit).shared(visit.ctx, share=visit.request.path_params["share"])
    things = await kept_views(visit.store.backend, visit.ctx, visit.place, found.items)
    cards = tuple(thing.card for thing in things if thing.card)
    head = Head(title=found.name, robots="noindex")
    view = SharedPage(head=head, name=found.name, cards=cards, gone=len(things) - len(cards))
    return await page(visit, "pages/wishlist_shared.html", view)


routes = (show, create, shared, one, change, ask_delete, delete)
