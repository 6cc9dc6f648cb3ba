"""Assignment over a million visitors and twenty seeds, some of them nearly the same: even, and independent of each other."""

from __future__ import annotations

import math
import random
import uuid
from itertools import combinations

import pytest

from bff.experiments.assignment import GROUP, HOLDOUT, MILLE, bucket

pytestmark = pytest.mark.audit

VISITORS = 1_000_000
SEEDS = (
    *(f"gallery:{phase}" for phase in range(1, 6)),
    *(f"gallery-{letter}:1" for letter in "abcde"),
    *("card:1", "crad:1", "home:1", "cart:1", "checkout-cta:1", "checkout-ctb:1"),
    *(f"{GROUP}product", f"{GROUP}products", HOLDOUT, "a:1"),
)
LEAST = 1e-5
BINS = 100


def tail(chi: float, freedom: int) -> float:
    """The upper tail of χ²: exact for one degree of freedom, Wilson and Hilferty's for many."""
    if freedom == 1:
        return math.erfc(math.sqrt(chi / 2))
    part = 2 / (9 * freedom)
    return math.erfc(((chi / freedom) ** (1 / 3) - (1 - part)) / math.sqrt(part) / math.sqrt(2)) / 2


def test_even_and_independent() -> None:
    assert len(set(SEEDS)) == 20
    own = random.Random(20_261_122)
    ids = [str(uuid.UUID(int=own.getrandbits(128), version=4)) for _ in range(VISITORS)]
    halves: dict[str, int] = {}
    evenness: dict[str, float] = {}
    for seed in SEEDS:
        counts, upper = [0] * BINS, bytearray(VISITORS)
        for index, id in enumerate(ids):
            n = bucket(seed, id)
            counts[int(n * MILLE + 0.5) * BINS // MILLE] += 1
            upper[index] = n >= 0.5
        halves[seed] = int.from_bytes(upper, "big")
        mean = VISITORS / BINS
        evenness[seed] = tail(sum((count - mean) ** 2 / mean for count in counts), BINS - 1)
    pairs = {(a, b): dependence(halves[a], halves[b]) for a, b in combinations(SEEDS, 2)}
    print(f"\nevenness: p from {min(evenness.values()):.4f} to {max(evenness.values()):.4f}")
    print(f"independence of {len(pairs)} pairs: p from {min(pairs.values()):.4f} to {max(pairs.values()):.4f}")
    assert min(evenness.values()) > LEAST, evenness
    assert min(pairs.values()) > LEAST, min(pairs, key=lambda pair: pairs[pair])


def dependence(a: int, b: int) -> float:
    """The p of a 2×2 table of who is in the upper half of both."""
    both, one, other = (a & b).bit_count(), a.bit_count(), b.bit_count()
    table = (both, one - both, other - both, VISITORS - one - other + both)
    expected = [row * column / VISITORS for row in (one, VISITORS - one) for column in (other, VISITORS - other)]
    return tail(sum((n - e) ** 2 / e for n, e in zip(table, expected, strict=True)), 1)
