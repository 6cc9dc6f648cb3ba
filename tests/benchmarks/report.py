"""How long the figures of an experiment take: 1 M and 10 M visitors exposed, as many conversions.

`python -m tests.benchmarks.report [1 [10]]`: millions of visitors. The files are made in a folder for a moment (about 110 MB
a million).
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bff.events.file import connect
from bff.events.tables import CONVERT, EXPOSE, LAYOUT, SCHEMA
from bff.experiments.analysis.evidence import Asked, gather, reading
from bff.experiments.analysis.metrics import metric

DAYS = 28
DAY_MS = 86_400_000
WORDS = ("card", "control", "big", "gb", "de", "shop", "add_to_cart", "begin_checkout", "purchase", "GBP", "EUR")
METRICS = ("add_to_cart", "begin_checkout", "purchase", "revenue_per_visitor", "revenue_per_order")


def main() -> None:
    for millions in [float(text) for text in sys.argv[1:]] or [1.0, 10.0]:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "events.sqlite"
            began = time.perf_counter()
            rows = fill(file, int(millions * 1_000_000))
            size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6
            print(
                f"{millions:g} M visitors, {rows:,} conversions: {size:,.0f} MB, made in {time.perf_counter() - began:.0f} s"
            )
            measure(file)


def measure(file: Path) -> None:
    asked = Asked(experiment="card", phase=1, until=DAYS * 86_400.0 * 2, metrics=[metric(name) for name in METRICS])
    cpu, wall = time.process_time(), time.perf_counter()
    with reading(file) as db:
        found = gather(db, asked)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"  {sum(found.visitors.values()):,} visitors, {len(found.metrics)} metrics, {len(found.visitors)} cells")
    print(f"  gathered in {wall:.1f} s, {cpu:.1f} s of CPU, {peak:.0f} MB at most")


def fill(file: Path, visitors: int, batch: int = 200_000) -> int:
    """Visitors of two variations, as the writer would have put them, in one go."""
    db = connect(file, SCHEMA, LAYOUT, cache=400_000)
    db.execute("PRAGMA synchronous = OFF")
    db.executemany("INSERT INTO words (id, word) VALUES (?, ?)", enumerate(WORDS, 1))
    db.execute("INSERT INTO phases VALUES (1, 1)")
    dice, count = random.Random(1), 0
    for start in range(0, visitors, batch):
        db.execute("BEGIN")
        exposed = list(shown(dice, min(batch, visitors - start)))
        db.executemany(EXPOSE, exposed)
        done = [row for each in exposed for row in did(dice, each[2], each[3], each[4], each[6])]
        db.executemany(CONVERT, done)
        count += len(done)
        db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return count


def shown(dice: random.Random, count: int) -> Iterator[tuple[int, int, bytes, int, int, int, int, int, int]]:
    for _ in range(count):
        at = dice.randrange(DAYS * DAY_MS)
        yield 1, 1, dice.randbytes(16), dice.choice((2, 3)), at, 0, dice.choice((4, 5)), 6, 1


def did(dice: random.Random, visitor: bytes, variation: int, at: int, market: int) -> Iterator[tuple[object, ...]]:
    """About one conversion a visitor."""
    currency = 10 if market == 4 else 11
    if dice.random() < 0.3:
        for _ in range(dice.randint(1, 3)):
            yield (visitor, 7, dice.randbytes(16), at + dice.randrange(DAY_MS), None, None, market, 6, 1, None)
        if dice.random() < 0.6:
            yield (visitor, 8, dice.randbytes(16), at + DAY_MS, 30.0, currency, market, 6, 1, None)
            if dice.random() < (0.5 if variation == 2 else 0.53):
                worth = round(dice.lognormvariate(3.5, 0.8), 2)
                yield (visitor, 9, dice.randbytes(16), at + DAY_MS, worth, currency, market, 6, 1, dice.randbytes(16))


if __name__ == "__main__":
    main()
