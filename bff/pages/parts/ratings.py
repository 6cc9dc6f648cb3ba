"""Ratings fit to be shown: within five stars, and somebody's."""

from __future__ import annotations

import msgspec

from bff.ports import Rating, Review

STARS = 5


def shown_rating(rating: Rating | None) -> Rating | None:
    """The rating, or None where nobody has rated or its average is none of five stars."""
    if rating is None or rating.count < 1 or not rating.average.is_finite() or not 0 <= rating.average <= STARS:
        return None
    return rating


def shown_review(review: Review) -> Review:
    """The review with zero to five stars: templates draw as many as it says."""
    return msgspec.structs.replace(review, rating=min(max(review.rating, 0), STARS))
