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

from . import cards, catalog, customers
from .database import Connection, Database, catalogue_changed
from .reading import Reading
from .said import Refusals

# What comes first inside the shopper's own language, and inside the others; all of it descending.
_ORDERS: dict[ReviewOrder, str] = {"newest": "rating * 0", "highest": "rating", "lowest": "-rating"}
_TITLE, _AUTHOR, _BODY = 120, 80, (10, 5000)
_COLUMNS = "id, rating, language, title, body, author, created, verified"


class EmbeddedReviews:
    """What is written waits for moderation where the settings say so, and is not shown or counted until then. A customer has
    one review of a product: another one takes its place."""

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
        checked = _checked(ctx, draft)
        return await self._database.write(lambda c: written(Reading(c, ctx.public), key, checked, _author(c, ctx)))


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
    question = ("reviews", key, order, stars, cursor, limit)
    return r.remembered(question, lambda: _listed(r, key, order, stars, cursor, limit), 2 + limit)


def _listed(
    r: Reading, key: ProductKey, order: ReviewOrder, stars: int | None, cursor: str | None, limit: int
) -> ReviewPage:
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


def _checked(ctx: VisitorContext, draft: ReviewDraft) -> ReviewDraft:
    """The draft as it is kept. Raises `InvalidInput`."""
    refusals = Refusals(ctx)
    if draft.rating not in range(1, 6):
        refusals.add("rating", "rating")
    title = refusals.line("title", draft.title, _TITLE)
    body = refusals.text("body", draft.body, _BODY[1], required=True)
    if len(body or "") < _BODY[0]:
        refusals.add("body", "too_short", limit=_BODY[0])
    author = refusals.line("author", draft.author, _AUTHOR, required=True)
    refusals.check()
    return ReviewDraft(rating=draft.rating, title=title or "", body=body or "", author=author or "")


def _author(connection: Connection, ctx: VisitorContext) -> str | None:
    """The customer who writes; None for a guest. Raises `NotSignedIn` where guests may not."""
    if connection.database.settings.guest_reviews:
        return customers.signed_in(connection, ctx.shopper.token)
    return customers.required(connection, ctx)


def written(r: Reading, key: ProductKey, draft: ReviewDraft, customer: str | None) -> Review | None:
    """Put a review in; see the port."""
    n = _product(r, key)
    id, connection = secrets.token_hex(8), r.connection
    published = not r.settings.moderate_reviews
    created = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    words = (draft.title, draft.body, draft.author)
    verified = 0
    if customer is not None:
        product = connection.execute("SELECT id FROM product WHERE n = ?", (n,)).fetchone()[0]
        _withdraw(connection, customer, product)
        connection.execute("INSERT INTO review_by VALUES (?, ?, ?)", (customer, product, id))
        verified = int(_bought(connection, customer, product))
    connection.execute(
        "INSERT INTO review VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (id, n, draft.rating, r.ctx.language, *words, created, verified, int(published)),
    )
    if not published:
        return None
    _count(connection, n, draft.rating, 1)
    return _review(id, draft.rating, r.ctx.language, *words, created, verified)


def _withdraw(connection: Connection, customer: str, product: str) -> None:
    """Take a customer's earlier review of a product out."""
    row = connection.execute(
        "DELETE FROM review_by WHERE customer_id = ? AND product_id = ? RETURNING review_id", (customer, product)
    ).fetchone()
    gone = (
        row
        and connection.execute(
            "DELETE FROM review WHERE id = ? RETURNING product_n, rating, published", (row[0],)
        ).fetchone()
    )
    if gone and gone[2]:
        _count(connection, gone[0], -gone[1], -1)


def _count(connection: Connection, n: int, stars: int, reviews: int) -> None:
    connection.execute(
        "UPDATE product SET rating_sum = rating_sum + ?, rating_count = rating_count + ? WHERE n = ?",
        (stars, reviews, n),
    )
    catalogue_changed(connection)


def _bought(connection: Connection, customer: str, product: str) -> bool:
    """Whether the customer has an order of it that was not called off."""
    row = connection.execute(
        "SELECT 1 FROM orders, json_each(doc, '$.lines') WHERE customer_id = ?"
        " AND state IN ('paid', 'processing', 'shipped', 'delivered', 'returned')"
        " AND json_extract(value, '$.line.key.product_id') = ? LIMIT 1",
        (customer, product),
    ).fetchone()
    return row is not None
