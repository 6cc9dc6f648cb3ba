"""The proxy of one process, made from the settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from litestar import Litestar

from bff.gateway.fetching import PictureClient
from bff.settings import Settings

from .addresses import Addresses
from .kept import Kept
from .proxy import Pictures
from .route import Proxy
from .settings import LOOPBACK, formats, networks, origin, permitted
from .workshop import Workshop


def origins(settings: Settings, named: Iterable[str]) -> tuple[str, ...]:
    """Where raw pictures come from: by what adapters name, and by `pictures.origins`."""
    return at((*named, *settings.pictures.origins))


def at(addresses: Iterable[str]) -> tuple[str, ...]:
    """The origins of addresses, each once."""
    return tuple(sorted({found for one in addresses if (found := origin(one))}))


def addresses(settings: Settings, origins: Sequence[str], secrets: Sequence[bytes]) -> Addresses | None:
    """None where pictures are not made smaller: there are none, the shop wants it so, or Pillow is not installed."""
    able = formats()
    return Addresses(origins, secrets, able) if able and origins and settings.pictures.proxy else None


def lifespan(
    settings: Settings, addresses: Addresses | None
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """The proxy stands in `app.state.pictures` while the application runs."""

    @asynccontextmanager
    async def running(app: Litestar) -> AsyncIterator[None]:
        async with opened(settings, addresses) as app.state.pictures:
            yield

    return running


@asynccontextmanager
async def opened(settings: Settings, addresses: Addresses | None) -> AsyncIterator[Proxy | None]:
    """The proxy, for as long as the block runs."""
    if addresses is None:
        yield None
        return
    own = settings.pictures
    private = networks((*own.private, *(LOOPBACK if settings.server.development else ())))
    pictures = Pictures(
        Kept(Path(settings.server.var) / "pictures", own.bytes),
        PictureClient(lambda address: permitted(address, private)),
        Workshop(own.processes),
        fresh=own.fresh,
    )
    try:
        yield Proxy(addresses, pictures, own.fresh)
    finally:
        await pictures.close()
