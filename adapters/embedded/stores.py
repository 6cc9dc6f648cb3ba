"""The StoreLocator port: shops one can visit, and what stands in them."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from bff.ports import Availability, InvalidInput, OpeningHours, PublicContext, Store, VariantKey

from . import texts, variants
from .database import Database
from .documents import ShopDoc
from .reading import Reading

_shop = msgspec.json.Decoder(ShopDoc)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EARTH_KM = 6371.0


class EmbeddedStores:
    """`near` is understood where it is a shop's town in any language, or a postcode beginning as one of theirs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(
        self,
        ctx: PublicContext,
        /,
        *,
        near: str | None = None,
        point: tuple[Decimal, Decimal] | None = None,
        country: str | None = None,
        limit: int = 20,
    ) -> tuple[Store, ...]:
        if not 1 <= limit <= 200:
            raise InvalidInput({"limit": "1 to 200"})
        return await self._database.run(lambda c: find(Reading(c, ctx), near, point, country)[:limit])

    async def availability(
        self, ctx: PublicContext, /, *, key: VariantKey, stores: Sequence[str]
    ) -> tuple[Availability | None, ...]:
        return await self._database.run(lambda c: availability(Reading(c, ctx), key, stores))


def _shops(r: Reading) -> list[ShopDoc]:
    return [_shop.decode(doc) for (doc,) in r.connection.execute("SELECT doc FROM shop ORDER BY id")]


def _folded(text: str) -> str:
    return "".join(text.split()).casefold()


def _place(shops: Sequence[ShopDoc], near: str) -> tuple[float, float] | None:
    """Where `near` is: at the shop whose town it names, or whose postcode shares the longest beginning with it."""
    wanted = _folded(near)
    if not wanted:
        return None
    for shop in shops:
        if shop.lat is not None and shop.lon is not None and wanted in {_folded(city) for city in shop.city.values()}:
            return float(shop.lat), float(shop.lon)
    best: tuple[int, ShopDoc] | None = None
    for shop in shops:
        shared = 0
        for mine, theirs in zip(wanted, _folded(shop.postcode), strict=False):
            if mine != theirs:
                break
            shared += 1
        if shared and any(c.isdigit() for c in wanted) and (best is None or shared > best[0]):
            best = (shared, shop)
    if best is None or best[1].lat is None or best[1].lon is None:
        return None
    return float(best[1].lat), float(best[1].lon)


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The great-circle distance of two points in degrees."""
    (la, lo), (lb, lp) = ((math.radians(x), math.radians(y)) for x, y in (a, b))
    h = math.sin((lb - la) / 2) ** 2 + math.cos(la) * math.cos(lb) * math.sin((lp - lo) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(min(1.0, math.sqrt(h)))


def find(r: Reading, near: str | None, point: tuple[Decimal, Decimal] | None, country: str | None) -> tuple[Store, ...]:
    """See the port."""
    every = _shops(r)
    shops = [shop for shop in every if country is None or shop.country == country.upper()]
    here = (float(point[0]), float(point[1])) if point else _place(every, near) if near else None
    if here is not None and not (math.isfinite(here[0]) and math.isfinite(here[1]) and abs(here[0]) <= 90):
        raise InvalidInput({"point": "latitude and longitude in degrees"})
    made = [_store(r, shop, here) for shop in shops]
    if here is None:
        return tuple(sorted(made, key=lambda store: store.name))
    return tuple(sorted(made, key=lambda store: (store.distance_km is None, store.distance_km or 0, store.name)))


def _store(r: Reading, shop: ShopDoc, here: tuple[float, float] | None) -> Store:
    distance = None
    if here is not None and shop.lat is not None and shop.lon is not None:
        distance = Decimal(str(round(kilometres(here, (float(shop.lat), float(shop.lon))), 1)))
    hours = [
        OpeningHours(weekday=day, opens=opens.strip(), closes=closes.strip())
        for day, name in enumerate(_WEEKDAYS)
        for opens, _, closes in (span.partition("-") for span in shop.hours.get(name, ()))
    ]
    return Store(
        id=shop.id,
        name=r.text(shop.name),
        lines=shop.address,
        city=r.text(shop.city),
        country=shop.country,
        postcode=shop.postcode or None,
        latitude=shop.lat,
        longitude=shop.lon,
        phone=shop.phone,
        email=shop.email,
        note=texts.maybe(shop.note, r.languages),
        hours=tuple(hours),
        services=tuple(r.text(service) for service in shop.services),
        distance_km=distance,
    )


def availability(r: Reading, key: VariantKey, stores: Sequence[str]) -> tuple[Availability | None, ...]:
    """See the port. A shop holds a part of the variant's stock, always the same part."""
    columns = r.connection.execute(
        f"SELECT {variants.COLUMNS} FROM variant v JOIN price p ON p.variant_id = v.id AND p.list = ?"  # noqa: S608
        " WHERE v.id = ? OR (? IS NULL AND v.sku = ?)",
        (r.price_list, key.id, key.id, key.sku),
    ).fetchone()
    if columns is None:
        return (None,) * len(stores)
    row = variants.row(r, columns)
    names = {shop.id: r.text(shop.name) for shop in _shops(r)}
    answers: list[Availability | None] = []
    for store in stores:
        if store not in names:
            answers.append(None)
            continue
        part = zlib.crc32(f"{store}/{row.id}".encode()) % ((row.stock or 0) // 3 + 2) if row.stock else 0
        held = min(part, row.stock or 0)
        state = "sold_out" if not held else variants.state("active", "deny", held)
        answers.append(Availability(state=state, quantity=held, location=names[store]))
    return tuple(answers)
