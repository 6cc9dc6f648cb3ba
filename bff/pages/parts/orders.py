"""An order as pages show it: in a list, and whole."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from bff.ports import Backend, Image, Line, Money, Order, Shipment
from bff.web.addresses import Place
from bff.web.postal import address_lines

SHOWN_PICTURES = 4
CANCELLABLE = frozenset({"pending", "paid", "processing"})
RETURNABLE = frozenset({"shipped", "delivered"})

OrderStatus = Literal["pending", "paid", "processing", "shipped", "delivered", "cancelled", "returned", "unknown"]


class OrderCard(msgspec.Struct, frozen=True, kw_only=True):
    """An order in a list. `more` counts the lines whose picture is not shown."""

    number: str
    url: str
    placed: datetime.datetime
    status: OrderStatus
    status_text: str | None
    total: Money | None
    images: tuple[Image, ...]
    more: int


class OrderLineView(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it was bought. `sent` is how many are under way where that is not all of them; `downloads` are titles
    with http(s) addresses."""

    line: Line
    url: str | None
    downloads: tuple[tuple[str, str], ...]
    sent: Decimal | None = None


class ShipmentView(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel. `holds` are the titles of what is in it and how many of each."""

    shipment: Shipment
    track: str | None
    holds: tuple[tuple[str, Decimal], ...]


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """A whole order. Addresses are lines as on a parcel. Actions that cannot be taken are None."""

    order: Order
    lines: tuple[OrderLineView, ...]
    shipments: tuple[ShipmentView, ...]
    shipping_address: tuple[str, ...]
    billing_address: tuple[str, ...]
    reorder: str | None = None
    send_back: str | None = None
    cancel: str | None = None
    invoice: str | None = None


def order_url(place: Place, id: str, *more: str) -> str:
    return place.page("/".join(("account/orders", id, *more)))


def order_card(place: Place, order: Order) -> OrderCard:
    images = [view.line.image for view in order.lines if view.line.image]
    return OrderCard(
        number=order.number,
        url=order_url(place, order.id),
        placed=order.placed,
        status=order.status,
        status_text=order.status_text,
        total=order.totals.total,
        images=tuple(images[:SHOWN_PICTURES]),
        more=max(0, len(images) - SHOWN_PICTURES),
    )


def order_view(backend: Backend, place: Place, order: Order, *, own: bool) -> OrderView:
    """`own`: it is in the signed-in customer's account, so that its actions have addresses."""
    titles = {view.line.id: view.line.title for view in order.lines}
    offered = backend.order_actions.traits.offered if own and backend.order_actions else ()
    home = place.market.country
    shipping, billing = order.shipping_address, order.billing_address
    return OrderView(
        order=order,
        lines=tuple(
            OrderLineView(
                line=view.line,
                url=place.entity("product", view.line.slug) if view.line.slug else None,
                downloads=tuple((title, url) for title, url in view.downloads if followed(url)),
                sent=view.fulfilled if view.fulfilled and view.fulfilled < view.line.quantity else None,
            )
            for view in order.lines
        ),
        shipments=tuple(
            ShipmentView(
                shipment=parcel,
                track=parcel.url if parcel.url and followed(parcel.url) else None,
                holds=tuple((titles[id], count) for id, count in parcel.lines if id in titles),
            )
            for parcel in order.shipments
        ),
        shipping_address=address_lines(shipping, place.locale, home=home) if shipping else (),
        billing_address=address_lines(billing, place.locale, home=home) if billing else (),
        reorder=order_url(place, order.id, "reorder") if "reorder" in offered else None,
        send_back=order_url(place, order.id, "return") if "return" in offered and order.status in RETURNABLE else None,
        cancel=order_url(place, order.id, "cancel") if "cancel" in offered and order.status in CANCELLABLE else None,
        invoice=order_url(place, order.id, "invoice") if own else None,
    )


def followed(url: str) -> bool:
    """Whether a link a backend gave may be shown: http(s), or a path of this store's own."""
    return url.startswith(("https://", "http://")) or (url.startswith("/") and not url.startswith(("//", "/\\")))
