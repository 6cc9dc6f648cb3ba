"""`[pictures]` in `portico.toml`, and what can be said about it before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated
from urllib.parse import quote, urlsplit

import msgspec

from bff.ports import Misconfigured

LOOPBACK = ("127.0.0.0/8", "::1/128")
PORTS = {"http": 80, "https": 443}
LONGEST = 1_500
"""Characters of an address: what is longer is left to the browser."""
_KEPT = "%/:=&?~+!$,;'@()*[]"


class PictureSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pictures that a backend does not make in sizes are made smaller here, where Pillow is installed and `proxy` is true.

    `origins` (`https://cdn.example`) are fetched from besides those the adapters name. An origin at a private address is
    refused unless `private` holds its network (`10.0.0.0/8`); while developing the loopback's do. `bytes`: what is kept on
    disk under `server.var`, originals included. `fresh`: seconds until an original is asked for anew, and for which
    browsers keep a picture without asking. `processes` decode pictures, for each of the server's workers."""

    proxy: bool = True
    origins: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    bytes: Annotated[int, msgspec.Meta(ge=10_000_000)] = 2_000_000_000
    fresh: Annotated[int, msgspec.Meta(ge=0, le=31_536_000)] = 86_400
    processes: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1


def formats() -> tuple[str, ...]:
    """What Pillow can write here, best first; nothing where it is not installed. It is looked for, not loaded."""
    if find_spec("PIL") is None:
        return ()
    return (*(kind for kind in ("avif", "webp") if find_spec(f"PIL._{kind}")), "jpg")


def written(address: str) -> str | None:
    """An http(s) address as it is fetched: host in lower case, the default port left out, spaces and letters beyond ASCII
    encoded, no fragment. None for what is none, names a user, or is too long."""
    try:
        parts = urlsplit(address)
        port, host = parts.port, (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError):
        return None
    if parts.scheme not in PORTS or not host or parts.username is not None or "\\" in address:
        return None
    if quote(host, safe=":") != host:
        return None
    place = (f"[{host}]" if ":" in host else host) + (f":{port}" if port and port != PORTS[parts.scheme] else "")
    path = quote(parts.path or "/", safe=_KEPT, errors="replace")
    query = f"?{quote(parts.query, safe=_KEPT, errors='replace')}" if parts.query else ""
    found = f"{parts.scheme}://{place}{path}{query}"
    return found if len(found) <= LONGEST else None


def origin(address: str) -> str | None:
    """The origin of an http(s) address, in one form for one origin."""
    found = written(address)
    return "/".join(found.split("/", 3)[:3]) if found else None


def networks(found: Sequence[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Raises `ValueError`."""
    return tuple(ip_network(one, strict=False) for one in found)


def permitted(address: IPv4Address | IPv6Address, private: Sequence[IPv4Network | IPv6Network]) -> bool:
    """Whether an address may be connected to: a public one, or one of the networks. What stands for an IPv4 address
    (mapped, or behind NAT64) is judged as that; other tunnels are refused."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return permitted(inner, private)
        if address.sixtofour or address.teredo:
            return False
    return any(address in network for network in private) or (address.is_global and not address.is_multicast)


_NAT64 = IPv6Network("64:ff9b::/96")


def check_pictures(settings: PictureSettings, source: str) -> None:
    """Raises `Misconfigured`."""
    for one in settings.origins:
        if origin(one) != one.rstrip("/").lower():
            fix = f'write "{origin(one)}".' if origin(one) else 'e.g. "https://cdn.example".'
            raise Misconfigured("pictures.origins", f"{one!r} is no origin.", source=source, fix=fix)
    try:
        networks(settings.private)
    except ValueError as error:
        raise Misconfigured("pictures.private", f"{error}.", source=source, fix='e.g. "10.0.0.0/8".') from None


def advice(settings: PictureSettings, origins: Sequence[str], *, development: bool) -> Iterator[str]:
    """What an operator should know of the origins whose pictures are to be made smaller: a line each."""
    if not settings.proxy or not origins:
        return
    named = ", ".join(origins)
    if not formats():
        yield f"pictures of {named} are shown as they are: Pillow is not installed (the extra `pictures`)."
        return
    allowed = networks((*settings.private, *(LOOPBACK if development else ())))
    for one in origins:
        host = urlsplit(one).hostname or ""
        try:
            address = ip_address("127.0.0.1" if host == "localhost" else host)
        except ValueError:
            continue
        if not permitted(address, allowed):
            yield f"pictures of {one} are refused: its address is private. Allow it: [pictures] private = ['{address}']."
