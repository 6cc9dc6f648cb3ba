"""The customer's saved addresses."""

from __future__ import annotations

from bff.ports import Address, NotFound, NotSignedIn, VisitorContext

from . import customer_documents as documents
from .addresses import checked, read, refused, written
from .client import Operation
from .desk import Desk, Done
from .wire import Wire
from .wire_checkout import WireAddress, WireError


class _Own(Wire):
    addresses: tuple[WireAddress, ...] = ()


class _Me(Wire):
    me: _Own | None = None


class _Saved(Wire):
    address: WireAddress | None = None
    errors: tuple[WireError, ...] = ()


_LIST = Operation("addresses", documents.ADDRESSES, _Me)
_CREATE = Operation("accountAddressCreate", documents.CREATE, Done[_Saved])
_CHANGE = Operation("accountAddressUpdate", documents.CHANGE, Done[_Saved])
_DEFAULT = Operation("accountSetDefaultAddress", documents.DEFAULT, Done[_Saved])
_REMOVE = Operation("accountAddressDelete", documents.REMOVE, Done[_Saved])


class SaleorAddressBook:
    """See the port. Whose an address is, is looked up first: to staff Saleor opens everybody's."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def list(self, ctx: VisitorContext, /) -> tuple[Address, ...]:
        found = sorted(await self._own(ctx), key=lambda one: not one.is_default_shipping_address)
        return tuple(address for one in found if (address := read(one)))

    async def _own(self, ctx: VisitorContext) -> tuple[WireAddress, ...]:
        token = await self._desk.sessions.access(ctx)
        me = (await self._desk.client.ask(ctx.public, self._desk.place(ctx), _LIST, token=token)).me
        if me is None:
            raise NotSignedIn("me")
        return me.addresses

    async def save(self, ctx: VisitorContext, /, *, address: Address, default: bool = False) -> Address:
        checked(address)
        token, place = await self._desk.sessions.access(ctx), self._desk.place(ctx)
        asked = {"input": written(address)}
        if address.id is not None:
            if address.id not in {one.id for one in await self._own(ctx)}:
                raise NotFound("address")
            told = await self._desk.client.ask(ctx.public, place, _CHANGE, {**asked, "id": address.id}, token=token)
        else:
            told = await self._desk.client.ask(ctx.public, place, _CREATE, asked, token=token)
        saved = read(told.done.address) if told.done else None
        if told.done is None or told.done.errors or saved is None:
            raise refused(told.done.errors if told.done else ())
        if default:
            await self._desk.client.ask(ctx.public, place, _DEFAULT, {"id": saved.id}, token=token)
        return saved

    async def remove(self, ctx: VisitorContext, /, *, id: str) -> None:
        token = await self._desk.sessions.access(ctx)
        if id not in {one.id for one in await self._own(ctx)}:
            raise NotFound("address")
        await self._desk.client.ask(ctx.public, self._desk.place(ctx), _REMOVE, {"id": id}, token=token)
