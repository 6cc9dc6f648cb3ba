"""The Reviews port."""

from __future__ import annotations

import datetime
import secrets
from typing import cast

from bff.ports import (
    InvalidInput,
    NotFound,
    ProductKey,
    PublicContext,
    Rating,
    Review,
    ReviewDraft,
    ReviewOrder,
    ReviewPage,
    ReviewTraits,
    VisitorContext,
)

from . import cards, catalog
from .database import Connection, Database, catalogue_changed
from .reading import Reading

# What comes first inside the shopper's own language, and inside the others; all of it descending.
_ORDERS: dict[ReviewOrder, str] = {"newest": "rating * 0", "highest": "rating", "lowest": "-rating"}
_LENGTHS = {"title": (0, 120), "body": (10, 5000), "author": (1, 80)}
_COLUMNS = "id, rating, language, title, body, author, created, verified"


class EmbeddedReviews:
    """What is written waits for moderation where the settings say so, and is not shown or counted until then."""

    traits = ReviewTraits(write=True)

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(
        self,
        ctx: PublicContext,
        /,
        *,
        key: ProductKey,
        order: ReviewOrder = "newest",
        stars: int | None = None,
        cursor: str | None = None,
        limit: int = 10,
    ) -> ReviewPage:
        if not 1 <= limit <= 100:
            raise InvalidInput({"limit": "1 to 100"})
        return await self._database.run(lambda c: listed(Reading(c, ctx), key, order, stars, cursor, limit))

    async def write(self, ctx: VisitorContext, /, *, key: ProductKey, draft: ReviewDraft) -> Review | None:
        _check(draft)
        return await self._database.write(lambda c: written(Reading(c, ctx.public), key, draft))


def _product(r: Reading, key: ProductKey) -> int:
    n = catalog.ordinals(r, [key])[0]
    if n is None:
        raise NotFound("no such product")
    return n


def _review(
    id: str, rating: int, language: str, title: str, body: str, author: str, created: str, verified: int
) -> Review:
    return Review(
        id=id,
        rating=rating,
        body=body,
        title=title or None,
        author=author or None,
        date=datetime.datetime.fromisoformat(created).date(),
        language=language or None,
        verified=bool(verified),
    )


def _cursor(cursor: str | None) -> tuple[int, int, str, str] | None:
    own, _, rest = (cursor or "").partition("|")
    weight, _, rest = rest.partition("|")
    created, _, id = rest.partition("|")
    try:
        return (int(own), int(weight), created, id) if cursor else None
    except ValueError:
        return None


def listed(
    r: Reading, key: ProductKey, order: ReviewOrder, stars: int | None, cursor: str | None, limit: int
) -> ReviewPage:
    """See the port. The cursor is the place of the last review shown, so that new ones do not shift the pages."""
    n = _product(r, key)
    counts = dict(
        r.connection.execute(
            "SELECT rating, count(*) FROM review WHERE product_n = ? AND published = 1 GROUP BY rating", (n,)
        ).fetchall()
    )
    weight = _ORDERS[order]
    last = _cursor(cursor)
    after = f"AND (language = ?, {weight}, created, id) < (?, ?, ?, ?)" if last else ""
    language = r.ctx.language
    rows = r.connection.execute(
        f"SELECT {_COLUMNS}, language = ? AS own, {weight} AS weight FROM review WHERE product_n = ? AND published = 1"  # noqa: S608
        f" {'AND rating = ?' if stars is not None else ''} {after}"
        f" ORDER BY own DESC, weight DESC, created DESC, id DESC LIMIT ?",
        (
            language,
            n,
            *([stars] if stars is not None else []),
            *((language, *last) if last else ()),
            limit + 1,
        ),
    ).fetchall()
    page = rows[:limit]
    more = len(rows) > limit
    return ReviewPage(
        summary=_summary(counts),
        items=tuple(_review(*row[:8]) for row in page),
        total=sum(counts.values()) if stars is None else counts.get(stars, 0),
        next=f"{page[-1][8]}|{page[-1][9]}|{page[-1][6]}|{page[-1][0]}" if more else None,
    )


def _summary(counts: dict[int, int]) -> Rating | None:
    known = cards.rating(sum(star * count for star, count in counts.items()), sum(counts.values()))
    if known is None:
        return None
    each = cast("tuple[int, int, int, int, int]", tuple(counts.get(star, 0) for star in range(1, 6)))
    return Rating(average=known.average, count=known.count, counts=each)


def _check(draft: ReviewDraft) -> None:
    wrong = {} if draft.rating in range(1, 6) else {"rating": "1 to 5"}
    for field, (shortest, longest) in _LENGTHS.items():
        length = len(getattr(draft, field).strip())
        if not shortest <= length <= longest:
            wrong[field] = f"{shortest} to {longest} characters"
    if wrong:
        raise InvalidInput(wrong)


def written(r: Reading, key: ProductKey, draft: ReviewDraft) -> Review | None:
    """Put a review in; see the port."""
    n = _product(r, key)
    id = secrets.token_hex(8)
    published = not r.settings.moderate_reviews
    created = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    words = (draft.title.strip(), draft.body.strip(), draft.author.strip())
    connection: Connection = r.connection
    connection.execute(
        "INSERT INTO review VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?)",
        (id, n, draft.rating, r.ctx.language, *words, created, int(published)),
    )
    if not published:
        return None
    connection.execute(
        "UPDATE product SET rating_sum = rating_sum + ?, rating_count = rating_count + 1 WHERE n = ?", (draft.rating, n)
    )
    catalogue_changed(connection)
    return _review(id, draft.rating, r.ctx.language, *words, created, 0)
