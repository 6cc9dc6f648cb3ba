"""`/{place}/notices`: tell me when it is back."""

from __future__ import annotations

from litestar.response.base import ASGIResponse

from bff.ports import InvalidInput, NotFound, ProductKey, StockNotices
from bff.rendering.respond import redirect
from bff.web.forms import Field, blank, read
from bff.web.visit import Visit

from .parts.account import FormPage, Way, again, form_page, posted, quiet, reasons, spent, told, words
from .parts.cards import CardView, card_view
from .parts.keeping import sku
from .routing import at

EMAIL = Field(name="email", kind="email", required=True, autocomplete="email", limit=254)


def port(visit: Visit) -> StockNotices:
    if visit.store.backend.stock_notices is None:
        raise NotFound("no stock_notices port")
    return visit.store.backend.stock_notices


async def _card(visit: Visit, wanted: str) -> CardView:
    (card,) = await visit.store.backend.catalog.products(visit.ctx, keys=[ProductKey(sku=wanted)])
    if card is None:
        raise NotFound("no such SKU")
    return card_view(visit.place, card)


def _page(visit: Visit, card: CardView, wanted: str) -> FormPage:
    title = words(visit, "notice.stock.title")
    return FormPage(
        head=quiet(title),
        title=title,
        lead=words(visit, "notice.stock.lead"),
        form=blank((EMAIL,)),
        action=visit.place.page("notices"),
        button=words(visit, "notice.stock.button"),
        hidden=(("sku", wanted),),
        about=card,
        ways=(Way(title=words(visit, "notice.stock.back"), url=card.url),),
    )


@at("/{place:str}/notices")
async def show(visit: Visit) -> ASGIResponse:
    """The form for the SKU in the address."""
    port(visit)
    try:
        wanted = sku(visit.param("sku"))
    except InvalidInput:
        raise NotFound("no SKU") from None
    card = await _card(visit, wanted)
    if visit.param("sent") is not None:
        return await told(visit, "notice.stock.sent", Way(title=words(visit, "notice.stock.back"), url=card.url))
    return await form_page(visit, _page(visit, card, wanted))


@at("/{place:str}/notices", methods=("POST",))
async def ask(visit: Visit) -> ASGIResponse:
    """Ask for it; the answer is the same however often."""
    notices, given = port(visit), await posted(visit)
    wanted = sku(given.get("sku"))
    view, form = _page(visit, await _card(visit, wanted), wanted), read((EMAIL,), given)
    if form.wrong:
        return await again(visit, view, form)
    if await spent(visit, "contact", form.values["email"]):
        return await again(visit, view, form, notice=words(visit, "account.spent"), status=429)
    try:
        await notices.subscribe(visit.visitor(), sku=wanted, email=form.values["email"])
    except InvalidInput as error:
        return await again(visit, view, form.refused(reasons(visit, error)))
    return redirect(visit, visit.place.page("notices", [("sku", wanted), ("sent", "1")]), 303)


@at("/{place:str}/notices/leave")
async def ask_leave(visit: Visit) -> ASGIResponse:
    """What the link in the mail opens: one button."""
    port(visit)
    shop = Way(title=words(visit, "account.shop"), url=visit.place.root)
    token = visit.param("token")
    if visit.param("done") is not None or not token:
        return await told(visit, "notice.stock.left", shop)
    title = words(visit, "notice.stock.leave")
    view = FormPage(
        head=quiet(title),
        title=title,
        action=visit.place.page("notices/leave"),
        button=words(visit, "notice.stock.leave.button"),
        hidden=(("token", token[:500]),),
    )
    return await form_page(visit, view)


@at("/{place:str}/notices/leave", methods=("POST",))
async def leave(visit: Visit) -> ASGIResponse:
    token = (await posted(visit)).get("token", "")[:500]
    if token:
        await port(visit).unsubscribe(visit.visitor(), token=token)
    return redirect(visit, visit.place.page("notices/leave", [("done", "1")]), 303)


routes = (show, ask, ask_leave, leave)
