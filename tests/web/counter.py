"""A shop's counter: carts in memory that fail as backends do, pages that do nothing but use them, and browsers that keep
cookies. Two workers share one control store, as two processes do."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
from litestar import Litestar
from litestar.response.base import ASGIResponse

from bff import app as composition
from bff.pages import routing
from bff.ports import (
    Cart,
    CartRef,
    CartResult,
    CartTraits,
    DeadlineExceeded,
    InputValue,
    Line,
    LineInput,
    NoCart,
    Totals,
    Unavailable,
    VariantKey,
    VisitorContext,
)
from bff.rendering.respond import answer, redirect
from bff.web import cart_writes, control, locks, mutations
from bff.web.visit import Visit, form_fields

from . import goods
from .stage import FORM, SAME_SITE, Answer, Port, Shop, ask, opened, settings, store_of

What = tuple[str, str, str]
"""A variant, what was typed, the plan."""


class Carts(Port):
    """Carts that are read, thought about and written, so that two writes at once lose one; lines are merged or, with
    `split`, not. `faults` are used up one for each addition of the thing they name:

    `lost`       done, and then no answer        `broken`   done, and then an error
    `refused`    not done, and an error          `blind`    done, no answer, and then the cart cannot be read
    """

    def __init__(self) -> None:
        super().__init__()
        self.traits = CartTraits()
        self.split = False
        self.faults: dict[What, str] = {}
        self.unreadable: Counter[str] = Counter()
        self.lines: dict[str, list[Line]] = {}
        self.asked: list[str] = []
        self._numbers = itertools.count(1)

    async def get(self, ctx: VisitorContext, /, *, cart: CartRef) -> Cart | NoCart:
        self.asked.append("get")
        await asyncio.sleep(0)
        if self.unreadable[cart.id] > 0:
            self.unreadable[cart.id] -= 1
            raise Unavailable("the cart cannot be read")
        lines = self.lines.get(cart.id)
        return self._cart(cart.id) if lines is not None else NoCart(reason="expired")

    async def add(self, ctx: VisitorContext, /, *, cart: CartRef | None, lines: Sequence[LineInput]) -> CartResult:
        self.asked.append("add")
        fault = next((self.faults.pop(what(line), "") for line in lines if what(line) in self.faults), "")
        if fault == "refused":
            raise Unavailable("not today")
        known = cart is not None and cart.id in self.lines
        id = cart.id if cart is not None and known else f"cart-{next(self._numbers)}"
        now = list(self.lines.get(id, []))
        for _ in range(3):
            await asyncio.sleep(0)
        for line in lines:
            place = next((n for n, old in enumerate(now) if held(old) == what(line)), None)
            if place is None or self.split:
                now.append(self._line(line))
            else:
                now[place] = msgspec.structs.replace(now[place], quantity=now[place].quantity + line.quantity)
        self.lines[id] = now
        if fault == "blind":
            self.unreadable[id] = 2
        if fault in ("lost", "blind"):
            raise DeadlineExceeded("no answer")
        if fault == "broken":
            raise Unavailable("an error")
        return CartResult(cart=self._cart(id))

    async def change(
        self, ctx: VisitorContext, /, *, cart: CartRef, quantities: Sequence[tuple[str, Decimal]]
    ) -> CartResult:
        self.asked.append("change")
        now = list(self.lines.get(cart.id, []))
        await asyncio.sleep(0)
        wanted = dict(quantities)
        now = [msgspec.structs.replace(line, quantity=wanted.get(line.id, line.quantity)) for line in now]
        self.lines[cart.id] = [line for line in now if line.quantity]
        return CartResult(cart=self._cart(cart.id))

    def held(self, cart: str) -> Counter[What]:
        found: Counter[What] = Counter()
        for line in self.lines.get(cart, []):
            found[held(line)] += int(line.quantity)
        return found

    def _line(self, line: LineInput) -> Line:
        number = f"line-{next(self._numbers)}"
        title, inputs = str(line.variant.id), tuple(line.inputs)
        return Line(id=number, key=line.variant, title=title, quantity=line.quantity, inputs=inputs, plan=line.plan)

    def _cart(self, id: str) -> Cart:
        lines = tuple(self.lines[id])
        total = sum((line.quantity for line in lines), Decimal(0))
        return Cart(ref=CartRef(id=id), market="gb", currency="GBP", lines=lines, quantity=total, totals=Totals())


def what(line: LineInput) -> What:
    return str(line.variant.id), "".join(value.value for value in line.inputs), line.plan or ""


def held(line: Line) -> What:
    return str(line.key.id), "".join(value.value for value in line.inputs), line.plan or ""


def told(text: str) -> Counter[What]:
    """What the counter's page says is in the cart."""
    rows = [line.split("|") for line in text.splitlines()]
    return Counter({(row[0], row[1], row[2]): int(row[3]) for row in rows})


@routing.at("/{place:str}/counter")
async def show(visit: Visit) -> ASGIResponse:
    lines: tuple[Line, ...] = ()
    if visit.cart is not None:
        cart = await visit.carts.get(visit.visitor(), cart=visit.cart)
        lines = cart.lines if isinstance(cart, Cart) else ()
    amounts: Counter[What] = Counter()
    for line in lines:
        amounts[held(line)] += int(line.quantity)
    text = "\n".join("|".join([*key, str(amount)]) for key, amount in sorted(amounts.items()))
    return answer(visit, text.encode(), status=200, headers={}, cache="no-store", kind="text/plain")


@routing.at("/{place:str}/counter/add", methods=("POST",))
async def add(visit: Visit) -> ASGIResponse:
    fields = await form_fields(visit.request)
    typed = (InputValue(id="name", value=fields["typed"]),) if fields.get("typed") else ()
    variant = VariantKey(id=fields["variant"])
    line = LineInput(variant=variant, quantity=Decimal(fields["n"]), inputs=typed, plan=fields.get("plan") or None)
    await cart_writes.write_cart(
        visit, lambda cart: visit.carts.add(visit.visitor(), cart=cart, lines=[line]), adds=[line]
    )
    return redirect(visit, visit.place.page("counter"), 303)


@routing.at("/{place:str}/counter/set", methods=("POST",))
async def change(visit: Visit) -> ASGIResponse:
    """Everything that is of a variant becomes one quantity, at its first line."""
    fields = await form_fields(visit.request)
    if visit.cart is not None:
        cart = await visit.carts.get(visit.visitor(), cart=visit.cart)
        lines = [line for line in (cart.lines if isinstance(cart, Cart) else ()) if line.key.id == fields["variant"]]
        sets = [(line.id, Decimal(fields["n"]) if n == 0 else Decimal(0)) for n, line in enumerate(lines)]
        if sets:
            await cart_writes.write_cart(
                visit,
                lambda ref: visit.carts.change(visit.visitor(), cart=ref, quantities=sets),  # type: ignore[arg-type]
                sets=sets,
            )
    return redirect(visit, visit.place.page("counter"), 303)


@routing.at("/{place:str}/counter/enter", methods=("POST",))
async def enter(visit: Visit) -> ASGIResponse:
    await visit.sign_in((await form_fields(visit.request))["token"], None)
    visit.flash("bag.merged")
    return redirect(visit, visit.place.page("counter"), 303)


@routing.at("/{place:str}/counter/leave", methods=("POST",))
async def leave(visit: Visit) -> ASGIResponse:
    await visit.sign_out()
    return redirect(visit, visit.place.root, 303)


@routing.at("/{place:str}/counter/who")
async def who(visit: Visit) -> ASGIResponse:
    text = f"{visit.visitor().shopper.token or '-'} {visit.mutation}"
    return answer(visit, text.encode(), status=200, headers={}, cache="no-store", kind="text/plain")


@routing.at("/{place:str}/counter/name", methods=("POST",))
async def name(visit: Visit) -> ASGIResponse:
    """A private form: what it changes belongs to whoever is signed in."""
    token = visit.visitor().shopper.token
    NAMED.append((token, (await form_fields(visit.request)).get("name", "")))
    return redirect(visit, visit.place.page("counter"), 303)


@routing.at("/{place:str}/counter/back", methods=("POST",), guard=False)
async def back(visit: Visit) -> ASGIResponse:
    return redirect(visit, visit.place.page("counter"), 303)


NAMED: list[tuple[str | None, str]] = []
ROUTES = (show, add, change, enter, leave, who, name, back)


async def at_once(thread: Any, work: Callable[[Any], Any]) -> Any:
    """The control store without threads, so that what happens when is the same each time."""
    await asyncio.sleep(0)
    return thread._run(work)


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Browser:
    """A jar of cookies, and an address and name of its own."""

    def __init__(self, counter: Counted, agent: str) -> None:
        self.counter = counter
        self.agent = agent
        self.jar: dict[str, str] = {}

    def headers(self, jar: Mapping[str, str] | None = None) -> list[tuple[bytes, bytes]]:
        brought = self.jar if jar is None else jar
        cookies = "; ".join(f"{name}={value}" for name, value in brought.items())
        own = [(b"user-agent", self.agent.encode()), SAME_SITE, FORM]
        return [*own, (b"cookie", cookies.encode())] if cookies else own

    def take(self, found: Answer) -> None:
        """Keep an answer's cookies."""
        for cookie in found.all("set-cookie"):
            pair, _, rest = cookie.partition(";")
            key, _, value = pair.partition("=")
            if "Max-Age=0" in rest:
                self.jar.pop(key, None)
            else:
                self.jar[key] = value

    async def send(
        self, method: str, path: str, body: str = "", *, worker: int = 0, jar: Mapping[str, str] | None = None
    ) -> Answer:
        app = self.counter.apps[worker % len(self.counter.apps)]
        return await ask(app, method, f"/en-gb/{path}", self.headers(jar), body.encode())

    async def get(self, path: str = "counter", worker: int = 0) -> Answer:
        found = await self.send("GET", path, worker=worker)
        self.take(found)
        return found

    async def post(self, path: str, body: str, worker: int = 0) -> Answer:
        found = await self.send("POST", path, body, worker=worker)
        self.take(found)
        return found


class Counted:
    """The counter, open."""

    def __init__(self, carts: Carts, shops: Sequence[Shop], clock: Clock) -> None:
        self.carts = carts
        self.apps: list[Litestar] = [shop.app for shop in shops]
        self.clock = clock
        self._shop = shops[0]
        self._agents = itertools.count(1)

    def browser(self, agent: str = "") -> Browser:
        return Browser(self, agent or f"browser-{next(self._agents)}")

    def run(self, call: Callable[[], Awaitable[Any]]) -> Any:
        return self._shop.run(call)

    @property
    def store(self) -> Any:
        return store_of(self.apps[0])


@contextlib.contextmanager
def open_counter(var: Path, *, environ: Mapping[str, str] | None = None, workers: int = 2) -> Iterator[Counted]:
    """The counter with `workers` applications over one control store, in one event loop."""
    carts, clock = Carts(), Clock()
    pages = type("Pages", (), {"routes": ROUTES})
    with contextlib.ExitStack() as stack:
        stack.enter_context(patch.object(composition, "PAGES", (pages,)))
        stack.enter_context(patch.object(cart_writes, "SETTLE_SECONDS", 0.0))
        stack.enter_context(patch.object(mutations, "PAUSE", 0.0))
        stack.enter_context(patch.object(locks, "PAUSES", (0.0,)))
        stack.enter_context(patch.object(control._Thread, "run", at_once))
        first = stack.enter_context(opened(settings(var, environ), goods.offer(carts=carts)))
        shops = [first]
        for _ in range(workers - 1):
            app = composition.create_app(settings(var, environ))
            stack.enter_context(first.portal.wrap_async_context_manager(app.lifespan()))
            shops.append(Shop(app, first.portal))
        for shop in shops:
            shop.store.control.clock = clock
        yield Counted(carts, shops, clock)
