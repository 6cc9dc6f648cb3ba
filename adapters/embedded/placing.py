"""Making the order: once, in one transaction with the stock, the gift cards and the promotions it takes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from bff.ports import (
    Action,
    Cart,
    Money,
    NotFound,
    Order,
    Ordered,
    OrderLine,
    Outcome,
    Pending,
    Problem,
    Ready,
    Refused,
    Target,
    VisitorContext,
)

from . import (
    cart_changes,
    cart_rows,
    carts,
    checkout_state,
    codes,
    moments,
    order_mail,
    order_rows,
    payments,
    provider,
    site_addresses,
    texts,
)
from .cart_rows import CartRow
from .cart_view import View, view
from .database import Connection
from .order_rows import OrderRow
from .payments import Payment
from .trade import MethodDoc, Needs, downloads, methods


def done_already(connection: Connection, ctx: VisitorContext, reference: str) -> Outcome | None:
    """What a cart that is ordered already answers; None for one that is not. Raises `NotFound` where there is no cart."""
    row = payments.settle_cart(connection, reference)
    if row is None:
        raise NotFound("cart: unknown")
    if row.state != "ordered":
        return None
    found = order_rows.find(connection, row.order)
    return Ordered() if found is None else _standing(connection, ctx, found)


def _standing(connection: Connection, ctx: VisitorContext, row: OrderRow) -> Outcome:
    """An order that exists: made, or waiting for the provider's word."""
    order = order_rows.read(row, ctx.public.locale)
    payment = payments.of_order(connection, row.number)
    if payment is not None and payment.state in ("open", "processing"):
        return Pending(order=order)
    return Ordered(order=order)


def place(
    connection: Connection, ctx: VisitorContext, reference: str, expected: Money | None, return_to: str
) -> Outcome:
    """See the port. What is refused leaves the cart corrected: quantities there are, codes that hold."""
    done = done_already(connection, ctx, reference)
    if done is not None:
        return done
    row = cart_rows.located(connection, reference)
    gone = cart_rows.lapsed(connection, row)
    if row is None or gone is not None:
        raise NotFound("cart: expired", gone=True)
    if row.order is not None and (payment := payments.of_order(connection, row.order)) is not None:
        return _to_provider(connection, payment)
    carts.claim(connection, ctx, row)
    problems = _corrected(connection, ctx, row.id)
    if not problems:
        seen = view(connection, ctx.public, row.id)
        if not isinstance(seen, View):
            raise NotFound(f"cart: {seen.reason}", gone=True)
        problems = _wrong(connection, seen, expected) or _used(connection, ctx, seen)
        if not problems:
            return _make(connection, ctx, seen, return_to)
    return Refused(problems=tuple(problems))


def _corrected(connection: Connection, ctx: VisitorContext, id: str) -> list[Problem]:
    """Bring the cart to what can be had now; a problem for each change."""
    problems: list[Problem] = []
    r = cart_changes.priced(connection, ctx, id)
    cart_changes.fit(r, id, problems)
    result = cart_changes.result(connection, ctx, id, problems)
    found = list(result.problems)
    if (not isinstance(result.cart, Cart) or not result.cart.lines) and not found:
        raise NotFound("cart: empty", gone=True)
    return found


def _used(connection: Connection, ctx: VisitorContext, seen: View) -> list[Problem]:
    """Take out the codes that were used up before; a problem for each. Asked last, of what would be ordered else: or it
    could be found out about anybody for nothing."""
    id = seen.row.id
    problems = codes.drop_used(cart_changes.priced(connection, ctx, id), id, cart_rows.buyer(seen.row))
    return list(cart_changes.result(connection, ctx, id, problems).problems) if problems else []


def _wrong(connection: Connection, seen: View, expected: Money | None) -> list[Problem]:
    """Why the cart cannot be ordered as it stands."""
    state = checkout_state.state(seen)
    found = list(state.problems)
    told = {problem.target.id for problem in found}
    for each in state.missing:
        if each.required and not (each.kind == "shipping" and told & {group.id for group in state.shipping}):
            text = each.label or texts.word("missing", seen.r.languages)
            target = Target(kind="field", id=each.id or each.kind)
            found.append(Problem(code="input_invalid", severity="error", target=target, text=text))
    sums, before = seen.sums, seen.row.checkout.seen
    total = Money(sums.total, seen.cart.currency)
    if not found and expected is not None and expected != total:  # what is put right changes the total again
        found.append(_dearer(expected, total))
    elif not found and before is not None and before[0] == sums.total and before[1] < sums.due:
        found.append(_dearer(Money(before[1], seen.cart.currency), Money(sums.due, seen.cart.currency)))
    if found:
        kept = msgspec.structs.replace(seen.row.checkout, seen=(sums.total, sums.due))
        cart_rows.keep_checkout(connection, seen.row.id, kept)
    return found


def _dearer(before: Money, after: Money) -> Problem:
    return Problem(code="price_changed", severity="error", target=Target(kind="cart"), before=before, after=after)


def _make(connection: Connection, ctx: VisitorContext, seen: View, return_to: str) -> Outcome:
    """Write the order and take what it needs; a way to pay at the provider's leads there."""
    method = methods(seen.r).get(seen.method or "")
    order = _order(connection, seen, method)
    doc = seen.row.checkout
    made = OrderRow(
        number=order.number,
        cart=seen.row.id,
        market=seen.row.market,
        locale=ctx.public.locale,
        customer=cart_rows.customer_of(connection, ctx) or seen.row.customer,
        email_key=cart_rows.email_key(doc.contact.email if doc.contact else None),
        state="pending",
        method=seen.method,
        lines=order_rows.digest(connection, seen.row.id),
        needs=_needs(seen),
        said=None,
        doc=msgspec.json.encode(order).decode(),
    )
    order_rows.insert(connection, made)
    if not payments.reserve(connection, made):  # nothing else writes meanwhile: what was looked at just now is gone
        raise RuntimeError("an order that was checked cannot take what it needs")
    if method is not None and method.kind != "offline":
        connection.execute("UPDATE cart SET order_number = ? WHERE id = ?", (order.number, seen.row.id))
        due = Money(seen.sums.due, seen.cart.currency)
        payment = payments.start(connection, order.number, method.kind, due, ctx.public.locale, return_to)
        return _to_provider(connection, payment)
    payments.ordered(connection, made)
    if method is None:
        payments.paid(connection, made)
    else:
        if method.on_delivery:
            order_rows.set_state(connection, order.number, "processing")
        _mailed(connection, order.number)
    final = order_rows.find(connection, order.number)
    return Ordered(order=order_rows.read(final, ctx.public.locale) if final else order)


def _mailed(connection: Connection, number: str) -> None:
    row = order_rows.find(connection, number)
    if row is not None:
        order_mail.placed(connection, row)


def _needs(seen: View) -> Needs:
    pieces: dict[str, Decimal] = {}
    for line in seen.cart.lines:
        if line.key.id is not None:
            pieces[line.key.id] = pieces.get(line.key.id, Decimal(0)) + line.quantity
    used = tuple(code for code, effect in seen.reductions.effects.items() if effect.reason is None)
    return Needs(
        stock=pieces, cards={id: amount for id, amount in seen.sums.charges.items() if amount}, promotions=used
    )


def _order(connection: Connection, seen: View, method: MethodDoc | None) -> Order:
    number, doc, cart = order_rows.new_number(connection), seen.row.checkout, seen.cart
    posted = any(line.requires_shipping for line in cart.lines) and not seen.parcels.pickup
    address = doc.shipping_address if posted else None
    earliest, latest = (None, None) if method and method.waits else seen.parcels.dates
    return Order(
        id=number,
        number=number,
        placed=moments.now(),
        currency=cart.currency,
        totals=msgspec.structs.replace(cart.totals, estimated=False),
        status="pending",
        lines=tuple(
            OrderLine(
                line=msgspec.structs.replace(line, availability=None), downloads=downloads(seen.r, line.key.product_id)
            )
            for line in cart.lines
        ),
        email=doc.contact.email if doc.contact else None,
        shipping_address=address,
        billing_address=checkout_state.billed(seen),
        shipping_name=texts.comma(seen.r.languages).join(seen.parcels.names) or None,
        payment_name=seen.r.text(method.told or method.name) if method else None,
        payment_details=_transfer(seen, method, number) if method else (),
        earliest=earliest,
        latest=latest,
        attributes={**cart.attributes, **{id: text for id, text in doc.fields.items() if text}},
        extensions={"embedded": {"note": cart.note}} if cart.note else {},
    )


def _transfer(seen: View, method: MethodDoc, number: str) -> tuple[tuple[str, str], ...]:
    """Where the money goes that the shopper sends, each part by itself, fit to be copied."""
    account = method.account.get(seen.cart.currency)
    if account is None:
        return ()
    languages = seen.r.languages
    due = texts.amount(Money(seen.sums.due, seen.cart.currency), languages).strip("\u2068\u2069")
    to = seen.r.text(method.recipient)
    parts = [("recipient", to), *account.items(), ("reference", number), ("amount", due)]
    return tuple((texts.word(f"transfer_{name}", languages), text) for name, text in parts if text)


def _to_provider(connection: Connection, payment: Payment) -> Outcome:
    kind, settings = payment.kind, connection.database.settings
    if payment.state != "open":
        row = order_rows.find(connection, payment.order)
        return Pending(order=order_rows.read(row) if row else None)
    return Action(
        kind="frame" if kind == "frame" else "redirect", url=site_addresses.payment(settings, payment.id, kind)
    )


def resume(connection: Connection, ctx: VisitorContext, reference: str, params: Mapping[str, str]) -> Outcome:
    """See the port. `params` only say which payment the shopper comes from, and only one of this cart's counts; how it
    stands the provider is asked. Who comes back from a payment without having decided has given it up; who does not come
    from it (the answer of `place` was lost) is sent there, or told that nothing was ordered: `Ready`."""
    row = payments.settle_cart(connection, reference)
    if row is None:
        raise NotFound("cart: unknown")
    payment = _meant(connection, row, params)
    if payment is not None:
        payments.settle(connection, payment.id)
        payment = payments.find(connection, payment.id)
    if payment is not None and payment.state == "open":
        if params.get("payment") != payment.id:
            return _to_provider(connection, payment)
        provider.cancel(connection, payment.id)
        payments.settle(connection, payment.id)
        payment = payments.find(connection, payment.id)
    row = cart_rows.located(connection, reference) or row
    if row.state == "ordered":
        found = order_rows.find(connection, row.order)
        return Ordered() if found is None else _standing(connection, ctx, found)
    if payment is None and isinstance(seen := view(connection, ctx.public, row.id), View):
        return Ready(state=checkout_state.state(seen))
    word = f"payment_{payment.state}" if payment is not None and payment.state != "paid" else "payment_cancelled"
    text = texts.word(word, texts.chain(ctx.public.locale, "en"))
    return Refused(problems=(Problem(code="other", severity="error", target=Target(kind="cart"), text=text),))


def _meant(connection: Connection, row: CartRow, params: Mapping[str, str]) -> Payment | None:
    """The payment the shopper comes back from: the one named if it is this cart's, else the cart's last."""
    named = payments.find(connection, params.get("payment", ""))
    if named is not None:
        order = order_rows.find(connection, named.order)
        if order is not None and order.cart == row.id:
            return named
    last = connection.execute(
        "SELECT p.id FROM payment p JOIN orders o ON o.number = p.order_number WHERE o.cart_id = ?"
        " ORDER BY p.created DESC LIMIT 1",
        (row.id,),
    ).fetchone()
    return payments.find(connection, last[0]) if last else None
