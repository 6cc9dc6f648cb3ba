"""The customer's saved addresses."""

from __future__ import annotations

import builtins

import msgspec

from bff.ports import Address, InvalidInput, NotFound, NotSignedIn, VisitorContext

from . import customer_documents as documents
from .bags import given, names
from .client import Operation
from .customers import required
from .desk import Desk
from .wire import Wire
from .wire_orders import WireOwnAddress


class _Owner(Wire):
    addresses: tuple[WireOwnAddress, ...] | None


class _Addresses(Wire):
    active_customer: _Owner | None


class _Saved(Wire):
    saved: WireOwnAddress


class VendureAddressBook:
    """See the port."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._all = Operation("addresses", documents.ADDRESSES, _Addresses)
        self._create = Operation("createCustomerAddress", documents.CREATE_ADDRESS, _Saved)
        self._update = Operation("updateCustomerAddress", documents.UPDATE_ADDRESS, _Saved)
        self._delete = Operation("deleteCustomerAddress", documents.DELETE_ADDRESS, dict[str, msgspec.Raw])

    async def list(self, ctx: VisitorContext, /) -> tuple[Address, ...]:
        return tuple(await self._own(ctx))

    async def _own(self, ctx: VisitorContext) -> builtins.list[Address]:
        told = await self._desk.ask(ctx, self._desk.place(ctx, None), self._all, None, required(ctx))
        if told.lost or told.data.active_customer is None:
            raise NotSignedIn("the session has lapsed")
        found = told.data.active_customer.addresses or ()
        return [_address(one) for one in sorted(found, key=lambda one: not one.default_shipping_address)]

    async def save(self, ctx: VisitorContext, /, *, address: Address, default: bool = False) -> Address:
        """An address equal to a saved one is that one: a save may be repeated."""
        own = await self._own(ctx)
        if address.id is not None and not any(one.id == address.id for one in own):
            raise NotFound("no such address")
        if not (address.line1 or "").strip():
            raise InvalidInput({"line1": "required"})
        asked = given(address)
        equal = next((one for one in own if address.id is None and given(one) == asked), None)
        if equal is not None and not default:
            return equal
        id = address.id or (equal.id if equal else None)
        if default:
            asked = {**asked, "defaultShippingAddress": True}
        operation = self._update if id else self._create
        named = {**asked, "id": id} if id else asked
        try:
            told = await self._desk.ask(ctx, self._desk.place(ctx, None), operation, {"input": named}, required(ctx))
        except InvalidInput as error:
            raise InvalidInput({"country": "not_shipped_to"}, error.detail) from None
        return _address(told.data.saved)

    async def remove(self, ctx: VisitorContext, /, *, id: str) -> None:
        if not any(one.id == id for one in await self._own(ctx)):
            raise NotFound("no such address")
        await self._desk.ask(ctx, self._desk.place(ctx, None), self._delete, {"id": id}, required(ctx))


def _address(one: WireOwnAddress) -> Address:
    first, last = names(one.full_name)
    return Address(
        id=one.id,
        country=one.country.code,
        first_name=first,
        last_name=last,
        company=one.company or None,
        line1=one.street_line1 or None,
        line2=one.street_line2 or None,
        city=one.city or None,
        postcode=one.postal_code or None,
        region=one.province or None,
        phone=one.phone_number or None,
    )
