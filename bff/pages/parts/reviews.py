"""A product's reviews: their summary, a bar for each number of stars, orders, and addresses that work without JavaScript."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from bff.ports import Rating, Review, ReviewOrder, ReviewPage
from bff.web.addresses import Place

from .ratings import shown_rating, shown_review

MAX_SHOWN = 100


class StarBar(msgspec.Struct, frozen=True, kw_only=True):
    """How many gave this many stars; `percent` of all; `url` shows only those."""

    stars: int
    count: int
    percent: int
    url: str
    selected: bool


class ReviewsView(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """Reviews with their summary. `orders` are (id, address, selected); `more` loads further ones. `parts` are the same
    reviews by language, `own` first, `other` after it."""

    summary: Rating | None
    items: tuple[Review, ...]
    parts: tuple[tuple[Literal["own", "other"], tuple[Review, ...]], ...]
    bars: tuple[StarBar, ...]
    orders: tuple[tuple[str, str, bool], ...]
    order: str
    stars: int | None
    total: int | None
    all: str
    more: str | None = None


def reviews_view(
    place: Place, slug: str, found: ReviewPage, order: ReviewOrder, stars: int | None, limit: int
) -> ReviewsView:
    """Addresses are the product page's own, so that they work without JavaScript. No more than `MAX_SHOWN` at once."""

    def address(**changes: Any) -> str:
        wanted = {"reviews": order if order != "newest" else None, "stars": stars, **changes}
        pairs = [(name, str(value)) for name, value in wanted.items() if value is not None]
        return place.entity("product", slug, pairs) + "#reviews"

    summary = shown_rating(found.summary)
    counts = [max(count, 0) for count in summary.counts] if summary and summary.counts else None
    whole = sum(counts) if counts else 0
    bars = tuple(
        StarBar(
            stars=n,
            count=counts[n - 1],
            percent=round(counts[n - 1] * 100 / whole) if whole else 0,
            url=address(stars=None if stars == n else n),
            selected=stars == n,
        )
        for n in range(5, 0, -1)
        if counts
    )
    names: tuple[ReviewOrder, ...] = ("newest", "highest", "lowest")
    items = tuple(shown_review(review) for review in found.items)
    own = tuple(review for review in items if (review.language or place.language).startswith(place.language))
    other = tuple(review for review in items if review not in own)
    return ReviewsView(
        summary=summary,
        items=items,
        parts=(*((("own", own),) if own else ()), *((("other", other),) if other else ())),
        bars=bars,
        orders=tuple((name, address(reviews=None if name == "newest" else name), name == order) for name in names),
        order=order,
        stars=stars,
        total=found.total,
        all=address(reviews=None, stars=None),
        more=address(show=limit + 20) if found.next and limit < MAX_SHOWN else None,
    )
