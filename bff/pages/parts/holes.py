"""What stands in a page for one shopper only: the count of the bag, messages, the bar of a preview."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import msgspec

from bff.ports import Cart, NoCart
from bff.rendering.differing import anchored, differing
from bff.rendering.overlays import SHOWN, Shown
from bff.rendering.regions import region
from bff.web.preview import Preview
from bff.web.visit import Visit

HOLE_BUDGET = 0.4
BAR = "<!-- \ue002preview\ue003 -->"
"""What the bar takes the place of once it is known what differs. No escaped text can hold it."""


async def holes(visit: Visit, around: object) -> dict[str, str]:
    """What belongs to this shopper; nothing for one without a session, who gets the same bytes as everybody."""
    variables = {"store": around, "ctx": visit.renderer.context(visit.url, visit.request_id)}
    shown: dict[str, object] = {}
    if visit.request.headers.get("sec-purpose", "")[:8] != "prefetch":  # nobody reads it yet
        messages = visit.renderer.messages
        shown["flash"] = [messages(key, **said) for key, said in visit.flashes() if messages.has(key)]
    if visit.has_session:
        shown["account"] = visit.signed_in
        cart = await _cart(visit) if visit.cart is not None else None
        shown["bag"] = cart if isinstance(cart, Cart) and cart.lines else None
    more = visit.place.page("measuring")
    running = visit.request.app.state.experiments.running
    if visit.measuring.asks and running and visit.preview is None and visit.path != more:
        shown["measuring"] = MeasuringNotice(more=more)
    filled = {
        name: visit.renderer.page(f"holes/{name}.html", {**variables, "page": value})
        for name, value in shown.items()
        if value
    }
    if visit.preview is not None and not visit.preview.bare:
        filled["preview"] = BAR
    return filled


def saw(visit: Visit, cart: Cart | NoCart) -> None:
    """Note how the backend told the session's cart, so that it is not asked for again. Another reference than the session's
    may come with it: WooCommerce answers each read with a new token, and the old one stays good."""
    same = isinstance(cart, Cart) and visit.cart is not None
    visit.seen_cart = msgspec.structs.replace(cart, ref=visit.cart) if same else cart


async def _cart(visit: Visit) -> Cart | NoCart | None:
    """The session's cart, as the page has seen it or as the backend says in time."""
    carts, ref = visit.store.backend.carts, visit.cart
    if isinstance(visit.seen_cart, Cart) and ref is not None and visit.seen_cart.ref.id == ref.id:
        return visit.seen_cart
    if carts is None or ref is None:
        return None
    found = (await region("bag", carts.get(visit.visitor(), cart=ref), budget=HOLE_BUDGET)).value
    if found is not None:
        visit.let_go(found)
    return found


class MeasuringNotice(msgspec.Struct, frozen=True, kw_only=True):
    """The question whether the visitor may be measured. `more` is the page about it, and takes the answer."""

    more: str


class PreviewChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A variation to switch to."""

    name: str
    url: str
    current: bool


class PreviewBar(msgspec.Struct, frozen=True, kw_only=True):
    """`differs` counts the regions that the control has otherwise; `first` is the address of the first within the page, None
    where none is outlined. `outline` turns their outlines on or off."""

    experiment: str
    variation: str
    variations: tuple[PreviewChoice, ...]
    differs: int
    first: str | None
    outlined: bool
    outline: str
    leave: str


def previewed(visit: Visit, text: str, again: Callable[[], str], *, whole: bool) -> str:
    """A page, or a part of one, of a preview: what the control has otherwise is marked, and the bar says what one sees.
    `again` renders it once more."""
    preview = visit.preview
    assert preview is not None
    token = SHOWN.set(Shown())
    try:
        control = again()
    finally:
        SHOWN.reset(token)
    marked, differs = differing(control, text)
    text = marked if preview.outline else text
    if not whole or preview.bare:
        return text
    text, first = anchored(text) if preview.outline else (text, None)
    page = _bar(visit, preview, differs, first)
    context = visit.renderer.context(visit.url, visit.request_id)
    return text.replace(BAR, visit.renderer.page("holes/preview.html", {"page": page, "ctx": context}))


def _bar(visit: Visit, preview: Preview, differs: int, first: str | None) -> PreviewBar:
    def url(variation: str, outline: bool) -> str:
        query = {"show": variation, "outline": "1" if outline else "0", "to": visit.url}
        return f"/-/preview/{preview.token}?{urlencode(query)}"

    names = visit.request.app.state.experiments.found[preview.experiment].names
    return PreviewBar(
        experiment=preview.experiment,
        variation=preview.variation,
        variations=tuple(
            PreviewChoice(name=name, url=url(name, preview.outline), current=name == preview.variation)
            for name in names
        ),
        differs=differs,
        first=first,
        outlined=preview.outline,
        outline=url(preview.variation, not preview.outline),
        leave=f"/-/preview?{urlencode({'to': visit.url})}",
    )
