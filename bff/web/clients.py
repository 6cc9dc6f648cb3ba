"""Who asks, as far as that can be known: the address, behind proxies too, and the kind of device."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

from litestar import Request

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Clients:
    """`proxies` are the addresses or networks whose `X-Forwarded-For` is believed; none: it never is."""

    def __init__(self, proxies: Sequence[str] = ()) -> None:
        self._trusted: list[Network] = [ipaddress.ip_network(text, strict=False) for text in proxies]

    def address(self, request: Request[Any, Any, Any]) -> str:
        """What limits count by: the client's address, IPv6 by its /64, as one household or server has all of that."""
        return network_of(self._last(request))

    def buyer(self, request: Request[Any, Any, Any]) -> str | None:
        """The client's whole address, for a backend that wants to know it; None for one that is not of the public
        internet, which would be that of a proxy nobody named."""
        try:
            found = ipaddress.ip_address(self._last(request).partition("%")[0])
        except ValueError:
            return None
        found = getattr(found, "ipv4_mapped", None) or found
        return str(found) if found.is_global else None

    def _last(self, request: Request[Any, Any, Any]) -> str:
        """The last address in the chain that is no proxy of ours."""
        client = request.scope.get("client")
        address = client[0] if client else ""
        if not self._trusted or not self._is_trusted(address):
            return address
        told = ",".join(request.headers.getall("x-forwarded-for", []))  # a proxy may have added a line of its own
        chain = [hop.strip() for hop in told[-2_000:].split(",") if hop.strip()]
        while chain and self._is_trusted(address):
            address = _bare(chain.pop())
        return address

    def _is_trusted(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return address == ""  # a Unix socket: only this host's proxy reaches it
        mapped = getattr(found, "ipv4_mapped", None)
        return any((mapped or found) in network for network in self._trusted)


def _bare(hop: str) -> str:
    """An address without its port."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


@lru_cache(4_096)
def network_of(address: str) -> str:
    """What a limit counts by."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False).network_address)


def device(headers: Mapping[str, str]) -> Literal["phone", "desktop", "unknown"]:
    """What the browser says it runs on."""
    hint = headers.get("sec-ch-ua-mobile")
    agent = headers.get("user-agent", "")
    if hint == "?1" or (hint is None and "Mobi" in agent):
        return "phone"
    if hint == "?0" or any(name in agent for name in ("Windows", "Macintosh", "X11")):
        return "desktop"
    return "unknown"
