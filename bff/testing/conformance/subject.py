"""What is tested: an adapter by name, its settings and markets, and what the kit cannot find out by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bff.ports import Action, Address, CartRef, Handoff, Manifest, Market, Misconfigured, VisitorContext

if TYPE_CHECKING:
    import httpx

Mode = Literal["recorded", "live", "record"]

PHONE = "+44 20 7946 0000"
ADDRESSES: Mapping[str, Address] = {
    "GB": Address(country="GB", line1="1 Mill Lane", city="Bath", postcode="BA1 1AA"),
    "DE": Address(country="DE", line1="Setzerweg 3", city="Berlin", postcode="10997"),
    "US": Address(country="US", line1="9 Elm Street", city="Albany", postcode="12207", region="NY"),
    "FR": Address(country="FR", line1="3 rue du Bac", city="Paris", postcode="75007"),
    "AE": Address(country="AE", line1="4 Palm Street", city="Dubai", phone="+971 50 123 4567"),
}
"""Invented; one for each country the kit knows. Another country's is given as a hint."""


@dataclass(frozen=True, kw_only=True)
class Hints:
    """What may be said about the shop's data, all of it optional: the kit looks around by itself first.

    `products` are slugs to look at before all others (one with options, one sold out, one with inputs, one on sale).
    `code` and `gift_card` can be entered into a cart with a product of the sample; `needless_code` exists and does not
    apply. `withdrawn` is the slug of a product that is gone, `redirects` old paths that lead somewhere. `customer` is the
    address and password of somebody for whom an account exists where none can be opened. `lookup` names further fields
    of an order's lookup. `pages`, `menus`, `slots`, `articles` are an editor's."""

    products: Sequence[str] = ()
    code: str | None = None
    needless_code: str | None = None
    gift_card: str | None = None
    withdrawn: str | None = None
    redirects: Sequence[str] = ()
    customer: tuple[str, str] | None = None
    addresses: Mapping[str, Address] = field(default_factory=dict)
    pages: Sequence[str] = ()
    menus: Sequence[str] = ("main",)
    slots: Sequence[str] = ()
    articles: Sequence[str] = ()
    near: str | None = None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """An adapter and the shop it is tried on.

    `settings` are as in `portico.toml`. `mode` None: what `--conformance` says, else cassettes where there are any.
    `gaps` maps a scenario (`TestCarts::test_…`) to the reason why it fails; a gap that closes fails the run.
    `calls` are more outbound calls than usual, by operation (`{"carts.add": 4}`). `version` is the backend's.
    `headers` are request headers that tell one question from another, and answer headers the adapter reads.
    `offline` says why an adapter makes no HTTP calls; `faulty` then makes settings under which an operation fails in
    the named way, or None where it cannot. `mailed(address)` gives the token in the newest mail to an address.
    `pay(action)` and `buy(handoff)` do what a shopper does on the provider's and the backend's own pages; `pay` answers the
    parameters of the way back. `told(id)` makes the message by which the backend tells that this product changed, its
    headers and its body, signed as it signs; `touch(id)` changes a product there. `patience` in seconds bounds each call of
    a healthy backend. `network` stands in for the network, where the backend is an application in this process."""

    adapter: str | Manifest
    settings: Mapping[str, Any]
    markets: Sequence[Market]
    mode: Mode | None = None
    cassettes: Path | None = None
    hints: Hints = Hints()
    gaps: Mapping[str, str] = field(default_factory=dict)
    calls: Mapping[str, int] = field(default_factory=dict)
    version: str = ""
    headers: Sequence[str] = ()
    offline: str | None = None
    faulty: Callable[[str], Mapping[str, Any] | None] | None = None
    mailed: Callable[[str], Awaitable[str | None]] | None = None
    pay: Callable[[Action], Awaitable[Mapping[str, str]]] | None = None
    buy: Callable[[Handoff, VisitorContext, CartRef], Awaitable[None]] | None = None
    told: Callable[[str], tuple[Mapping[str, str], bytes]] | None = None
    touch: Callable[[str], Awaitable[None]] | None = None
    patience: float = 15.0
    network: Callable[[], httpx.AsyncBaseTransport] | None = None

    def __repr__(self) -> str:
        return f"Subject({self.adapter if isinstance(self.adapter, str) else self.adapter.name})"

    @property
    def manifest(self) -> Manifest:
        """Found by its entry point, as a store finds it. Raises `Misconfigured`."""
        if isinstance(self.adapter, Manifest):
            return self.adapter
        for entry in entry_points(group="portico.adapters", name=self.adapter):
            found = entry.load()
            if isinstance(found, Manifest):
                return found
        raise Misconfigured("adapter", f"no adapter is called {self.adapter!r} here.", fix="install its package.")

    def address(self, country: str, names: tuple[str, str] = ("Ada", "Byron")) -> Address:
        """Where the kit's shoppers live in a country."""
        known = self.hints.addresses.get(country) or ADDRESSES.get(country)
        if known is None:
            raise LookupError(f"the kit knows no address in {country}; give one: Hints(addresses={{{country!r}: …}})")
        fields = {name: getattr(known, name) for name in known.__struct_fields__}
        return Address(**{"first_name": names[0], "last_name": names[1], **{k: v for k, v in fields.items() if v}})
