"""Faults that careless adapters have, each planted into the embedded one by wrapping one operation of a port.

`caught` names the scenarios that must fail, and no other of the port's may.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

import bff.ports as ports
from bff.ports import (
    Cart,
    CartRef,
    Conflict,
    Money,
    NoCart,
    NotFound,
    Offer,
    ProductKey,
    SignInRefused,
)
from tests.testing.telling import read

Real = Callable[..., Awaitable[Any]]
Wrong = Callable[..., Awaitable[Any]]
"""Gets the real operation, then what it would have got: `(real, ctx, **arguments)`."""
replace = msgspec.structs.replace


@dataclass(frozen=True)
class Planted:
    """A fault of `operation` (`carts.add`), and the scenarios that catch it."""

    name: str
    operation: str
    wrong: Wrong
    caught: tuple[str, ...]
    port: str = ""

    @property
    def about(self) -> str:
        return self.port or self.operation.partition(".")[0]


class Wrapped:
    """A port with one operation done wrong."""

    def __init__(self, port: object, operation: str, wrong: Wrong) -> None:
        self._port, self._operation, self._wrong = port, operation, wrong

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._port, name)
        if name != self._operation:
            return real

        async def call(ctx: Any = None, /, **arguments: Any) -> Any:
            return await self._wrong(real, ctx, **arguments)

        return call


def planted(offer: Offer, fault: Planted | None) -> Offer:
    if fault is None:
        return offer
    port, _, operation = fault.operation.partition(".")
    wrapped: Any = Wrapped(getattr(offer, port), operation, fault.wrong)
    return replace(offer, **{port: wrapped})


# ---------------------------------------------------------------- catalogue


async def any_product(real: Real, ctx: Any, *, slug: str, selection: Any = None) -> Any:
    try:
        return await real(ctx, slug=slug, selection=selection)
    except NotFound as error:
        if error.gone:
            raise
        return await real(ctx, slug="harbour-mug")


async def no_slugs(real: Real, ctx: Any, *, keys: Any) -> Any:
    known = [ProductKey(id="-") if key.slug and not (key.id or key.sku) else key for key in keys]
    return await real(ctx, keys=known)


async def fuzzy_sku(real: Real, ctx: Any, *, keys: Any) -> Any:
    found = await real(ctx, keys=keys)
    (other,) = await real(ctx, keys=[ProductKey(id="harbour-mug")])
    return tuple(card or (other if key.sku else None) for key, card in zip(keys, found, strict=True))


async def forgetful(real: Real, ctx: Any, *, keys: Any) -> Any:
    return tuple(card for card in await real(ctx, keys=keys) if card is not None or not any(k.id for k in keys))


async def dearer_cards(real: Real, ctx: Any, *, keys: Any) -> Any:
    def dearer(card: Any) -> Any:
        amount = card.price.amount
        return replace(card, price=replace(card.price, amount=replace(amount, amount=amount.amount + 1)))

    return tuple(card and dearer(card) for card in await real(ctx, keys=keys))


async def home_currency(real: Real, ctx: Any, **arguments: Any) -> Any:
    product = await real(ctx, **arguments)
    wrong = Money(product.price.amount.amount, "GBP")
    return replace(product, price=replace(product.price, amount=wrong))


async def always_reduced(real: Real, ctx: Any, **arguments: Any) -> Any:
    product = await real(ctx, **arguments)
    return replace(product, price=replace(product.price, compare_at=product.price.amount))


async def wrong_tax(real: Real, ctx: Any, **arguments: Any) -> Any:
    product = await real(ctx, **arguments)
    return replace(product, price=replace(product.price, tax="excluded"))


async def stale_stock(real: Real, ctx: Any, *, keys: Any) -> Any:
    def wrong(there: Any) -> Any:
        return there and replace(there, orderable=Decimal(5)) if there and there.state == "sold_out" else there

    return tuple(wrong(there) for there in await real(ctx, keys=keys))


async def invented_stock(real: Real, ctx: Any, *, keys: Any) -> Any:
    found = await real(ctx, keys=keys)
    some = next((there for there in found if there is not None), None)
    return tuple(there or some for there in found)


async def first_chosen(real: Real, ctx: Any, *, slug: str, selection: Any = None) -> Any:
    product = await real(ctx, slug=slug, selection=selection)
    if product.selected is None and product.variants and not selection:
        return replace(product, selected=product.variants[0])
    return product


async def unmarked(real: Real, ctx: Any, *, slug: str, selection: Any = None) -> Any:
    product = await real(ctx, slug=slug, selection=selection)
    return product if product.selected is None or not product.options else replace(product, options=_unmarked(product))


def _unmarked(product: Any) -> Any:
    return tuple(replace(o, values=tuple(replace(v, selected=False) for v in o.values)) for o in product.options)


async def all_available(real: Real, ctx: Any, **arguments: Any) -> Any:
    product = await real(ctx, **arguments)
    options = tuple(replace(o, values=tuple(replace(v, state="available") for v in o.values)) for o in product.options)
    return replace(product, options=options)


async def strict_options(real: Real, ctx: Any, *, slug: str, selection: Any = None) -> Any:
    product = await real(ctx, slug=slug, selection=selection)
    known = {option.id for option in product.options}
    return product if set(selection or {}) <= known else {}[next(iter(set(selection) - known))]


async def unrooted_pictures(real: Real, ctx: Any, **arguments: Any) -> Any:
    product = await real(ctx, **arguments)
    media = tuple(replace(m, image=replace(m.image, url="pictures/mug.jpg")) for m in product.media)
    return replace(product, media=media)


async def no_locale(real: Real, ctx: Any, **arguments: Any) -> Any:
    return replace(await real(ctx, **arguments), locale="")


async def twice_in_the_tree(real: Real, ctx: Any) -> Any:
    found = await real(ctx)
    return replace(found, categories=(*found.categories, found.categories[0]))


async def any_category(real: Real, ctx: Any, *, kind: Any, slug: str) -> Any:
    try:
        return await real(ctx, kind=kind, slug=slug)
    except NotFound:
        return ports.Category(kind=kind, id=slug, slug=slug, title="?")


async def without_children(real: Real, ctx: Any, **arguments: Any) -> Any:
    return replace(await real(ctx, **arguments), children=())


async def not_found_path(real: Real, ctx: Any, *, path: str) -> Any:
    found = await real(ctx, path=path)
    if found is None:
        raise NotFound(path)
    return found


async def endless_sitemap(real: Real, ctx: Any, *, kind: Any, cursor: Any = None) -> Any:
    return replace(await real(ctx, kind=kind), next="more")


async def reversed_places(real: Real, ctx: Any, *, refs: Any) -> Any:
    return tuple(reversed(await real(ctx, refs=refs)))


# ---------------------------------------------------------------- search


async def other_usual_sort(real: Real, ctx: Any, *, query: Any) -> Any:
    listing = await real(ctx, query=query)
    return replace(listing, sorts=(*listing.sorts[1:], listing.sorts[0]))


async def silent_sort(real: Real, ctx: Any, *, query: Any) -> Any:
    listing = await real(ctx, query=query)
    return replace(listing, ignored=tuple(each for each in listing.ignored if each != "sort"))


async def silent_filters(real: Real, ctx: Any, *, query: Any) -> Any:
    listing = await real(ctx, query=query)
    return replace(listing, ignored=tuple(each for each in listing.ignored if each == "sort"))


async def last_value_wins(real: Real, ctx: Any, *, query: Any) -> Any:
    filters = {name: values[-1:] for name, values in query.filters.items()}
    return await real(ctx, query=replace(query, filters=filters))


async def first_facet_wins(real: Real, ctx: Any, *, query: Any) -> Any:
    return await real(ctx, query=replace(query, filters=dict(list(query.filters.items())[:1])))


async def one_too_many(real: Real, ctx: Any, *, query: Any) -> Any:
    listing = await real(ctx, query=query)
    facets = tuple(
        replace(f, values=tuple(replace(v, count=v.count and v.count + 1) for v in f.values)) for f in listing.facets
    )
    return replace(listing, facets=facets)


async def last_page_again(real: Real, ctx: Any, *, query: Any) -> Any:
    listing = await real(ctx, query=query)
    if not listing.hits and listing.pages and query.page < 1_000:
        return await real(ctx, query=replace(query, page=listing.pages))
    return listing


async def an_empty_page_behind(real: Real, ctx: Any, *, query: Any) -> Any:
    listing = await real(ctx, query=query)
    return replace(listing, next=str(listing.number + 1)) if listing.hits and listing.number else listing


async def text_everywhere(real: Real, ctx: Any, *, query: Any) -> Any:
    return await real(ctx, query=replace(query, scope=None) if query.text else query)


async def null_bytes(real: Real, ctx: Any, *, query: Any) -> Any:
    if "\x00" in (query.text or ""):
        raise ValueError("embedded null character")
    return await real(ctx, query=query)


async def sorted_as_words(real: Real, ctx: Any, *, query: Any) -> Any:
    listing = await real(ctx, query=query)
    if query.sort in ("price-asc", "price-desc"):
        hits = sorted(listing.hits, key=lambda hit: hit.card.title)
        return replace(listing, hits=tuple(hits))
    return listing


async def a_few_more(real: Real, ctx: Any, *, query: Any) -> Any:
    return await real(ctx, query=replace(query, size=max(query.size, 4)) if query.size == 1 else query)


async def always_proposing(real: Real, ctx: Any, *, text: str, limit: int = 6) -> Any:
    return await real(ctx, text=text.strip() or "mug", limit=limit)


async def any_scope(real: Real, ctx: Any, *, query: Any) -> Any:
    try:
        return await real(ctx, query=query)
    except NotFound:
        return ports.Listing(hits=())


# ---------------------------------------------------------------- carts


async def adds_on_change(real: Real, ctx: Any, *, cart: Any, quantities: Any) -> Any:
    return await real(ctx, cart=cart, quantities=[(line, q + 1 if q == 4 else q) for line, q in quantities])


async def never_empty(real: Real, ctx: Any, *, cart: Any, quantities: Any) -> Any:
    return await real(ctx, cart=cart, quantities=[(line, q or Decimal(1)) for line, q in quantities])


async def silent_about_stock(real: Real, ctx: Any, *, cart: Any, lines: Any) -> Any:
    result = await real(ctx, cart=cart, lines=lines)
    kept = tuple(p for p in result.problems if p.code != "out_of_stock")
    return replace(result, problems=kept)


async def unknown_is_failure(real: Real, ctx: Any, *, cart: Any) -> Any:
    found = await real(ctx, cart=cart)
    if isinstance(found, NoCart) and found.reason == "unknown":
        raise NotFound("no such cart")
    return found


async def all_or_nothing(real: Real, ctx: Any, *, cart: Any, lines: Any) -> Any:
    result = await real(ctx, cart=cart, lines=lines)
    return replace(result, cart=NoCart(reason="empty")) if len(lines) > 1 and result.problems else result


async def forgets_notes(real: Real, ctx: Any, *, cart: Any, note: Any = None, attributes: Any = None) -> Any:
    result = await real(ctx, cart=cart, note=note, attributes=attributes)
    return await real(ctx, cart=cart, note="") if note is None and attributes is None else result


async def replaces_attributes(real: Real, ctx: Any, *, cart: Any, note: Any = None, attributes: Any = None) -> Any:
    if attributes and attributes.get("visitor") == "c":
        attributes = {**attributes, "campaign": ""}
    return await real(ctx, cart=cart, note=note, attributes=attributes)


async def takes_every_code(real: Real, ctx: Any, *, cart: Any, code: str) -> Any:
    result = await real(ctx, cart=cart, code=code)
    return replace(result, problems=tuple(p for p in result.problems if p.code != "code_invalid"))


async def keeps_codes(real: Real, ctx: Any, *, cart: Any, id: str) -> Any:
    return await real(ctx, cart=cart, id="none")


async def moves_silently(real: Real, ctx: Any, *, cart: Any, origin: Any) -> Any:
    result = await real(ctx, cart=cart, origin=origin)
    return replace(result, problems=())


async def reads_wrong(real: Real, ctx: Any, *, cart: Any) -> Any:
    found = await real(ctx, cart=cart)
    if isinstance(found, Cart) and len(found.lines) == 2:
        return replace(found, totals=replace(found.totals, subtotal=Money(Decimal("1.00"), found.currency)))
    return found


# ---------------------------------------------------------------- checkout, customers, orders


async def placed_is_conflict(real: Real, ctx: Any, *, cart: Any, expected: Any, return_to: str) -> Any:
    if expected is None and _placed.get(cart.id):
        raise Conflict("already ordered")
    outcome = await real(ctx, cart=cart, expected=expected, return_to=return_to)
    _placed[cart.id] = isinstance(outcome, ports.Ordered)
    return outcome


_placed: dict[str, bool] = {}


async def any_total(real: Real, ctx: Any, *, cart: Any, expected: Any, return_to: str) -> Any:
    wrong = expected is not None and expected.amount == Decimal("0.01")
    return await real(ctx, cart=cart, expected=None if wrong else expected, return_to=return_to)


async def checkout_of_nothing(real: Real, ctx: Any, *, cart: CartRef) -> Any:
    try:
        return await real(ctx, cart=cart)
    except NotFound:
        raise Conflict("no cart") from None


async def free_delivery(real: Real, ctx: Any, *, cart: Any, choices: Any) -> Any:
    state = await real(ctx, cart=cart, choices=choices)
    return replace(state, cart=replace(state.cart, totals=replace(state.cart.totals, shipping=None)))


async def forgets_address(real: Real, ctx: Any, *, cart: Any, details: Any) -> Any:
    state = await real(ctx, cart=cart, details=details)
    return replace(state, shipping_address=None) if details.shipping_address is None else state


async def leaves_the_door_open(real: Real, ctx: Any) -> None:
    return None


async def tells_the_unknown(real: Real, ctx: Any, *, method: str, data: Any, guest_cart: Any) -> Any:
    answer = await real(ctx, method=method, data=data, guest_cart=guest_cart)
    if not isinstance(answer, SignInRefused):
        return answer
    _refused.append(answer)
    return SignInRefused(reason="locked") if len(_refused) % 2 else answer


_refused: list[SignInRefused] = []


async def forgets_names(real: Real, ctx: Any, *, changes: Any) -> Any:
    return await real(ctx, changes={"last_name": "", **changes})


async def guest_is_somebody(real: Real, ctx: Any) -> Any:
    if ctx.shopper.token is None:
        return ports.Customer(id="0", email="nobody@example.com")
    return await real(ctx)


async def oldest_first(real: Real, ctx: Any, *, cursor: Any = None) -> Any:
    page = await real(ctx, cursor=cursor)
    return replace(page, orders=tuple(reversed(page.orders)))


async def tells_the_wrong_field(real: Real, ctx: Any, *, fields: Any) -> Any:
    try:
        return await real(ctx, fields=fields)
    except NotFound:
        raise NotFound(gone="email" not in fields) from None


async def last_address_first(real: Real, ctx: Any) -> Any:
    return tuple(reversed(await real(ctx)))


# ---------------------------------------------------------------- small ports, and all of it


async def put_twice(real: Real, ctx: Any, *, id: str, sku: str) -> Any:
    kept = await real(ctx, id=id, sku=sku)
    _put[id] = _put.get(id, 0) + 1
    return replace(kept, items=kept.items * min(_put[id], 2))


_put: dict[str, int] = {}


async def summary_of_the_page(real: Real, ctx: Any, *, key: Any, stars: Any = None, **more: Any) -> Any:
    page = await real(ctx, key=key, stars=stars, **more)
    if stars is None or page.summary is None:
        return page
    return replace(page, summary=ports.Rating(average=Decimal(stars), count=len(page.items)))


async def dearest_first(real: Real, ctx: Any, **arguments: Any) -> Any:
    return tuple(sorted(await real(ctx, **arguments), key=lambda way: -(way.cost.amount if way.cost else 0)))


async def itself_recommended(real: Real, ctx: Any, *, keys: Any, **more: Any) -> Any:
    found = await real(ctx, keys=keys, **more)
    return tuple(replace(card, id=keys[0].id) if n == 0 and keys[0].id else card for n, card in enumerate(found))


_market: list[Any] = [None]


async def market_of_the_last(real: Real, ctx: Any, **arguments: Any) -> Any:
    _market[0] = ctx
    await asyncio.sleep(0)
    return await real(replace(_market[0], deadline=ctx.deadline), **arguments)


async def binary_quantities(real: Real, ctx: Any, *, cart: Any) -> Any:
    found = await real(ctx, cart=cart)
    return replace(found, quantity=float(found.quantity)) if isinstance(found, Cart) else found


async def empty_for_unknown(real: Real, ctx: Any, **arguments: Any) -> Any:
    return replace(await real(ctx, **arguments), description="")


async def unavailable_suggestions(real: Real, ctx: Any, **arguments: Any) -> Any:
    raise ports.Unavailable("not built yet")


# ---------------------------------------------------------------- changes


async def believes_anybody(real: Real, _: Any, *, headers: Any, body: bytes) -> Any:
    try:
        return read(body)
    except (KeyError, TypeError, ValueError):
        return ()


async def signs_what_it_read(real: Real, _: Any, *, headers: Any, body: bytes) -> Any:
    with contextlib.suppress(ValueError):
        body = json.dumps(json.loads(body)).encode()
    return await real(headers=headers, body=body)


async def names_nobody(real: Real, _: Any, *, headers: Any, body: bytes) -> Any:
    return tuple(replace(change, id="-") for change in await real(headers=headers, body=body))


async def from_the_beginning(real: Real, _: Any, *, cursor: str | None) -> Any:
    return await real(cursor="0" if cursor is None else cursor)


async def always_from_now_on(real: Real, _: Any, *, cursor: str | None) -> Any:
    await real(cursor=cursor)
    return await real(cursor=None)


async def any_cursor(real: Real, _: Any, *, cursor: str | None) -> Any:
    return await real(cursor=cursor if cursor and cursor.isdigit() else None)


P = Planted
FAULTS = (
    P(
        "believes anybody",
        "changes.receive",
        believes_anybody,
        ("test_a_message_without_signature_is_refused", "test_a_message_counts_by_its_bytes"),
    ),
    P("signs what it read", "changes.receive", signs_what_it_read, ("test_a_message_counts_by_its_bytes",)),
    P("names nobody", "changes.receive", names_nobody, ("test_a_message_names_what_changed",)),
    P("from the beginning", "changes.poll", from_the_beginning, ("test_changes_are_polled_from_a_cursor",)),
    P("always from now on", "changes.poll", always_from_now_on, ("test_what_changed_is_polled",)),
    P("any cursor", "changes.poll", any_cursor, ("test_an_odd_cursor_is_malformed",)),
    P("any product for an unknown slug", "catalog.product", any_product, ("test_an_unknown_product_is_not_found",)),
    P("a batch knows no slugs", "catalog.products", no_slugs, ("test_products_finds_by_slug",)),
    P(
        "any product for an unknown SKU",
        "catalog.products",
        fuzzy_sku,
        ("test_products_finds_by_sku_where_it_says_so",),
    ),
    P(
        "a batch leaves out what is missing",
        "catalog.products",
        forgetful,
        ("test_products_answers_in_the_order_of_the_keys",),
    ),
    P("cards are dearer than products", "catalog.products", dearer_cards, ("test_a_card_agrees_with_its_product",)),
    P("prices in the home currency", "catalog.product", home_currency, ("test_prices_are_in_the_markets_currency",)),
    P("always reduced", "catalog.product", always_reduced, ("test_prices_hang_together",)),
    P("the wrong wording of tax", "catalog.product", wrong_tax, ("test_prices_say_whether_tax_is_in_them",)),
    P("sold out and orderable", "catalog.availability", stale_stock, ("test_what_is_sold_out_says_so",)),
    P(
        "stock of what is unknown",
        "catalog.availability",
        invented_stock,
        ("test_availability_answers_in_the_order_of_the_keys",),
    ),
    P("the first variant is chosen", "catalog.product", first_chosen, ("test_nothing_is_chosen_for_the_shopper",)),
    P("chosen values are not marked", "catalog.product", unmarked, ("test_a_selection_names_its_variant",)),
    P("every value is available", "catalog.product", all_available, ("test_values_tell_their_state",)),
    P("an unknown option is a KeyError", "catalog.product", strict_options, ("test_unknown_options_are_ignored",)),
    P("pictures relative to nothing", "catalog.product", unrooted_pictures, ("test_media_can_be_shown",)),
    P("no locale", "catalog.product", no_locale, ("test_the_text_says_its_locale",)),
    P("a category twice in the tree", "catalog.navigation", twice_in_the_tree, ("test_navigation_is_a_tree",)),
    P("any category", "catalog.category", any_category, ("test_an_unknown_category_is_not_found",)),
    P(
        "a category without its children",
        "catalog.category",
        without_children,
        ("test_a_category_shows_its_children_and_its_way",),
    ),
    P("an unknown path is a failure", "catalog.resolve", not_found_path, ("test_an_unknown_path_means_nothing",)),
    P("a sitemap without an end", "catalog.sitemap", endless_sitemap, ("test_the_sitemap_names_every_product_once",)),
    P("places in another order", "catalog.locate", reversed_places, ("test_a_product_is_located_in_every_market",)),
    P("sorts begin with another", "search.listing", other_usual_sort, ("test_the_first_sort_is_the_usual_one",)),
    P("silent about an unknown sort", "search.listing", silent_sort, ("test_an_unknown_sort_is_ignored",)),
    P("silent about unknown filters", "search.listing", silent_filters, ("test_unknown_filters_are_ignored",)),
    P("the last value wins", "search.listing", last_value_wins, ("test_values_of_a_facet_widen",)),
    P("the first facet wins", "search.listing", first_facet_wins, ("test_facets_narrow_each_other",)),
    P("one too many", "search.listing", one_too_many, ("test_a_value_narrows_as_it_counts",)),
    P("the last page again", "search.listing", last_page_again, ("test_beyond_the_end_is_empty",)),
    P(
        "an empty page behind the last",
        "search.listing",
        an_empty_page_behind,
        ("test_pages_hold_everything_once",),
    ),
    P(
        "text outside its category",
        "search.listing",
        text_everywhere,
        ("test_text_finds_nothing_outside_its_category",),
    ),
    P("a null byte is a ValueError", "search.listing", null_bytes, ("test_hostile_text_is_only_text",)),
    P("prices sorted by title", "search.listing", sorted_as_words, ("test_prices_are_sorted",)),
    P("more than was asked for", "search.listing", a_few_more, ("test_size_is_kept",)),
    P("proposals for nothing", "search.suggest", always_proposing, ("test_an_empty_text_proposes_nothing",)),
    P("an unknown scope is empty", "search.listing", any_scope, ("test_an_unknown_scope_is_not_found",)),
    P("change adds", "carts.change", adds_on_change, ("test_a_quantity_is_set_not_added",)),
    P(
        "nought is one",
        "carts.change",
        never_empty,
        ("test_nought_removes_a_line", "test_the_last_line_may_end_the_cart"),
    ),
    P("silent about stock", "carts.add", silent_about_stock, ("test_what_is_sold_out_does_not_go_in",)),
    P("no cart is a failure", "carts.get", unknown_is_failure, ("test_an_unknown_cart_is_no_cart",)),
    P("all or nothing", "carts.add", all_or_nothing, ("test_a_good_line_goes_in_beside_a_bad_one",)),
    P("None empties the note", "carts.annotate", forgets_notes, ("test_a_note_is_kept",)),
    P("attributes replace each other", "carts.annotate", replaces_attributes, ("test_attributes_are_added_to",)),
    P("silent about codes", "carts.apply_code", takes_every_code, ("test_an_unknown_code_is_a_problem",)),
    P("codes stay", "carts.drop_code", keeps_codes, ("test_a_code_is_taken_out",)),
    P("moves silently", "carts.move", moves_silently, ("test_a_moved_cart_tells_its_prices",)),
    P("another subtotal when read", "carts.get", reads_wrong, ("test_the_cart_is_read_again",)),
    P("ordered twice is a conflict", "inline_checkout.place", placed_is_conflict, ("test_placing_twice_is_one_order",)),
    P("any total will do", "inline_checkout.place", any_total, ("test_another_total_than_was_shown_is_refused",)),
    P(
        "no cart is a conflict",
        "inline_checkout.state",
        checkout_of_nothing,
        ("test_a_cart_that_is_no_more_has_no_checkout",),
    ),
    P("delivery costs nothing", "inline_checkout.choose_shipping", free_delivery, ("test_a_delivery_is_chosen",)),
    P(
        "None forgets the address",
        "inline_checkout.set_details",
        forgets_address,
        ("test_none_leaves_a_part_as_it_is",),
    ),
    P(
        "the token outlives the session",
        "sign_in.sign_out",
        leaves_the_door_open,
        ("test_signing_out_revokes_the_token",),
    ),
    P(
        "tells which accounts there are",
        "sign_in.begin",
        tells_the_unknown,
        ("test_wrong_password_and_unknown_account_are_the_same",),
    ),
    P("an update forgets", "accounts.update", forgets_names, ("test_a_name_is_changed",)),
    P("a guest is somebody", "accounts.me", guest_is_somebody, ("test_nobody_is_not_signed_in",)),
    P("the oldest order first", "orders.list", oldest_first, ("test_a_customers_order_is_listed",)),
    P("tells which field is wrong", "orders.lookup", tells_the_wrong_field, ("test_a_wrong_field_shows_nothing",)),
    P("the default address last", "address_book.list", last_address_first, ("test_an_address_is_kept",)),
    P("a thing is put twice", "wishlists.put", put_twice, ("test_a_thing_is_put_once",)),
    P("a summary of the page", "reviews.list", summary_of_the_page, ("test_reviews_are_filtered_and_sorted",)),
    P("the dearest way first", "delivery.estimate", dearest_first, ("test_delivery_is_estimated",)),
    P("recommends itself", "recommendations.related", itself_recommended, ("test_others_are_recommended",)),
    P(
        "the last asker's market",
        "catalog.product",
        market_of_the_last,
        ("test_markets_at_once_do_not_bleed",),
        "backend",
    ),
    P("binary quantities", "carts.get", binary_quantities, ("test_answers_are_what_the_contract_declares",), "backend"),
    P(
        "an empty text for nothing",
        "catalog.category",
        empty_for_unknown,
        ("test_answers_are_what_the_contract_declares",),
        "backend",
    ),
    P(
        "a port that is not built",
        "search.suggest",
        unavailable_suggestions,
        ("test_what_is_offered_works",),
        "backend",
    ),
)
