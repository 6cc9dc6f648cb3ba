"""What the steps of the checkout share: which there are, who may enter one, what stands beside them, and the way out to a
provider."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal
from urllib.parse import urlsplit

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import (
    Address,
    Cart,
    CartRef,
    CheckoutState,
    InlineCheckout,
    InvalidInput,
    Malformed,
    Missing,
    NoCart,
    NotFound,
    Problem,
    Requirement,
)
from bff.rendering.respond import NO_STORE, answer, redirect
from bff.web.addresses import Place
from bff.web.forms import Wrong
from bff.web.postal import address_lines
from bff.web.visit import Visit

from . import collecting
from .account import entrance, sign_in_ended
from .head import Head
from .holes import saw

StepId = Literal["details", "delivery", "payment", "review"]
STEPS: tuple[StepId, ...] = ("details", "delivery", "payment", "review")
STEP_OF: Mapping[Missing, StepId] = {
    "contact": "details",
    "shipping_address": "details",
    "account": "details",
    "field": "details",
    "shipping": "delivery",
    "billing_address": "payment",
    "payment": "payment",
    "consent": "review",
}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step with its address; None where it cannot be entered yet."""

    id: StepId
    url: str | None
    current: bool
    done: bool


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Something already given: what it is (a message key), how it reads, line by line, and where to change it."""

    key: str
    lines: tuple[str, ...]
    url: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A problem with the title of the line it is about, None where it is about none."""

    problem: Problem
    title: str | None = None


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around a step. `steps` is empty where there is no checkout to walk through; `cart` None: nothing to sum
    up. `codes` is where a code is sent, None where none is taken here. `problems` are the backend's, found just now."""

    steps: tuple[Step, ...]
    cart: Cart | None
    bag: str
    codes: str | None = None
    step: StepId | None = None
    given: tuple[Part, ...] = ()
    problems: tuple[Told, ...] = ()


class Till(msgspec.Struct, frozen=True, kw_only=True):
    """A checkout under way."""

    checkout: InlineCheckout
    cart: CartRef
    state: CheckoutState

    @property
    def steps(self) -> tuple[StepId, ...]:
        return steps(self.state)

    def asked(self, *kinds: Missing) -> tuple[Requirement, ...]:
        """What the backend still wants of these kinds, must or may."""
        return tuple(item for item in self.state.missing if item.kind in kinds)


def steps(state: CheckoutState) -> tuple[StepId, ...]:
    """The steps this cart needs: none for delivery where nothing travels, none for payment where nothing is to pay."""
    wanted = {STEP_OF[item.kind] for item in state.missing}
    travels = any(line.requires_shipping is not False for line in state.cart.lines)
    choices = any(option.kind != "digital" for group in state.shipping for option in group.options)
    here: dict[StepId, bool] = {
        "details": True,
        "delivery": travels or choices or "delivery" in wanted,
        "payment": state.payment is not None or "payment" in wanted,
        "review": True,
    }
    return tuple(step for step in STEPS if here[step])


def first(state: CheckoutState) -> StepId:
    """The step at which something is missing that the backend insists on."""
    wanted = {STEP_OF[item.kind] for item in state.missing if item.required}
    return next((step for step in steps(state) if step in wanted), "review")


def needs_address(state: CheckoutState) -> bool:
    """Whether anything travels to an address."""
    return state.shipping_address is not None or any(item.kind == "shipping_address" for item in state.missing)


def step_url(place: Place, step: str) -> str:
    return place.page(f"checkout/{step}")


async def opened(visit: Visit, step: StepId) -> Till | ASGIResponse:
    """The checkout, if this step may be entered; else the way to where one can go on, with a word why. Raises `NotFound`
    where the backend has no checkout on our pages."""
    checkout = visit.store.backend.inline_checkout
    if checkout is None:
        return redirect(visit, visit.place.page("checkout"), 303)
    if visit.cart is None:
        return nothing(visit)
    cart = visit.cart
    try:
        state = await checkout.state(visit.visitor(), cart=cart)
    except NotFound:
        return await vanished(visit, cart)
    saw(visit, state.cart)
    if moved := elsewhere(visit, state.cart):
        return moved
    now = first(state)
    here = steps(state)
    if step not in here or here.index(step) > here.index(now):
        if step in here:
            visit.flash(f"checkout.first.{now}")
        return redirect(visit, step_url(visit.place, now), 303)
    return Till(checkout=checkout, cart=cart, state=state)


def elsewhere(visit: Visit, cart: Cart) -> ASGIResponse | None:
    """The way to the bag for one that was priced in another market: there it is moved first. None: it is of this one."""
    if not cart.lines:
        return redirect(visit, visit.place.page("cart"), 303)
    if cart.market == visit.place.market.id:
        return None
    visit.flash("checkout.market")
    return redirect(visit, visit.place.page("cart"), 303)


def nothing(visit: Visit) -> ASGIResponse:
    """The way for who has no cart: to the order just made, else to the bag, which says so."""
    if visit.session.ordered:
        visit.flash("checkout.already")
        return redirect(visit, done_url(visit.place, visit.session.ordered), 303)
    return redirect(visit, visit.place.page("cart"), 303)


async def vanished(visit: Visit, cart: CartRef) -> ASGIResponse:
    """The way for whose cart is no more: the bag says what became of it. A customer's whose sign-in has ended answers again
    once they are in."""
    carts = visit.store.backend.carts
    found = await carts.get(visit.visitor(), cart=cart) if carts else NoCart(reason="unknown")
    if isinstance(found, NoCart) and found.reason == "unknown" and await sign_in_ended(visit):
        return redirect(visit, entrance(visit, visit.place.page("checkout"), again=True), 303)
    if isinstance(found, NoCart) and found.reason == "ordered":
        if to := await _out_with(visit, cart):
            visit.flash("checkout.already")
            return redirect(visit, to, 303)
        if visit.session.ordered:
            visit.keep_cart(found)
            return nothing(visit)
    return redirect(visit, visit.place.page("cart"), 303)


def went_out(visit: Visit, state: str) -> None:
    """Remember with which state the session's cart went to be paid, from where and when: it may come back in another
    browser, and is not carried to another backend meanwhile."""
    if visit.cart is not None:
        paying = (visit.store.backend.name, int(visit.store.control.clock()))
        visit.keep(msgspec.structs.replace(visit.session, out=state, paying=paying))


async def _out_with(visit: Visit, cart: CartRef) -> str | None:
    """Where the order is seen, or asked for, of a cart that went out from this session and was ordered elsewhere."""
    state = visit.session.out
    noted = await visit.returned(state) if state else None
    if noted is None or noted.cart is None or noted.cart.id != cart.id:
        return None
    if noted.answer:
        return done_url(visit.place, state)
    return visit.place.page(f"checkout/{'returned' if noted.kind == 'hosted' else 'return'}/{state}")


def done_url(place: Place, state: str) -> str:
    return place.page(f"checkout/done/{state}")


def around(visit: Visit, till: Till, step: StepId) -> Around:
    """What stands around a step of this checkout."""
    here = till.steps
    reached = here.index(first(till.state))
    listed = tuple(
        Step(
            id=name,
            url=step_url(visit.place, name) if index <= reached and name != step else None,
            current=name == step,
            done=index < reached,
        )
        for index, name in enumerate(here)
    )
    return Around(
        steps=listed,
        cart=till.state.cart,
        bag=visit.place.page("cart"),
        codes=visit.place.page("checkout/codes") if step != "details" else None,
        step=step,
        given=given(visit, till.state, before=step),
        problems=told_of(till.state.problems, till.state.cart),
    )


def told_of(problems: Iterable[Problem], cart: Cart | None) -> tuple[Told, ...]:
    """Problems with the names of what they are about."""
    titles = {line.id: line.title for line in cart.lines} if cart else {}
    return tuple(
        Told(problem=one, title=titles.get(one.target.id or "") if one.target.kind == "line" else None)
        for one in problems
    )


def flash(visit: Visit, problems: Iterable[Problem]) -> None:
    """Problems for the page to which the shopper is led."""
    for problem in [*problems][:3]:
        if problem.code == "other" and problem.text:
            visit.flash("checkout.said", text=problem.text)
        else:
            visit.flash(f"problem.{problem.code}")


def given(visit: Visit, state: CheckoutState, *, before: StepId) -> tuple[Part, ...]:
    """What was given in the steps before one, to read over and to change."""
    found: list[Part] = []
    place = visit.place
    if before == "details":
        return ()
    if state.contact:
        found.append(Part(key="checkout.contact", lines=(state.contact.email,), url=step_url(place, "details")))
    if state.shipping_address and not collecting.chosen(state):
        found.append(
            Part(key="checkout.ship", lines=written(place, state.shipping_address), url=step_url(place, "details"))
        )
    if before == "delivery":
        return tuple(found)
    chosen = [option for group in state.shipping for option in group.options if option.id == group.chosen]
    if chosen and "delivery" in steps(state):
        words = collecting.arrivals(visit, chosen)
        found.append(Part(key="checkout.delivery", lines=words, url=step_url(place, "delivery")))
    return tuple(found)


def written(place: Place, address: Address) -> tuple[str, ...]:
    """An address as this place's shoppers write it."""
    return address_lines(address, place.locale, home=place.market.country)


def same_place(one: Address | None, other: Address | None) -> bool:
    """Whether two addresses read the same: their ids are the backend's matter."""
    if one is None or other is None:
        return one is other
    return msgspec.structs.replace(one, id=None) == msgspec.structs.replace(other, id=None)


def head(visit: Visit, key: str) -> Head:
    return Head(title=visit.renderer.messages.text(key), robots="noindex, nofollow")


WORD = re.compile(r"[a-z_.]{1,60}")
"""What a backend says of a field in one word, which is ours to put into the shopper's language."""


def faults(visit: Visit, error: InvalidInput, names: Iterable[str], *, prefix: str = "") -> dict[str, Wrong]:
    """A backend's messages by our fields' names: its own may be bare (`postcode`) or begin otherwise
    (`shipping_address.postcode`). Words that we have no message for say that something is not right."""
    known = set(names)
    messages = visit.renderer.messages
    found: dict[str, Wrong] = {}
    for name, text in error.fields.items():
        bare = name.rpartition(".")[2]
        ours = next((n for n in (name, f"{prefix}.{bare}", f"x.{bare}", f"consent.{bare}", bare) if n in known), name)
        key = next((k for k in (text, f"error.{text}") if messages.has(k)), None)
        found[ours] = Wrong(key=key or "error.invalid") if key or WORD.fullmatch(text) else Wrong(text=text)
    return found


def away(visit: Visit, url: str, origins: Iterable[str]) -> ASGIResponse:
    """To a provider. Raises `Malformed` for an address on none of the declared origins: it would be somebody else's."""
    return answer(visit, b"", status=303, headers={"location": foreign(visit, url, origins)}, cache=NO_STORE)


def foreign(visit: Visit, url: str, origins: Iterable[str]) -> str:
    """An address of the backend's or a provider's, if it is on an origin that was declared. Raises `Malformed`."""
    try:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        origin = ""
    if origin not in set(origins) or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise Malformed("the address to go to is on no declared origin", backend=visit.store.backend.name)
    return url
