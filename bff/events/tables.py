"""What stands in `events.sqlite`, and what its columns mean.

`exposures` holds a row for each visitor and variation: when they were first shown it. `conversions` holds a row for each
conversion, next to the visitor's others, so that joining the two reads both from beginning to end. `readings` sums what
guardrails watch, for each visitor. Visitors stand as hashes, orders as well, names (of experiments, markets, kinds) as
numbers of `words`. `at` is Unix time in milliseconds.
"""

from __future__ import annotations

SCHEMA = """
CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);
CREATE TABLE phases (experiment INTEGER NOT NULL, phase INTEGER NOT NULL, PRIMARY KEY (experiment, phase)) WITHOUT ROWID;
CREATE TABLE exposures (experiment INTEGER NOT NULL, phase INTEGER NOT NULL, visitor BLOB NOT NULL,
    variation INTEGER NOT NULL, at INTEGER NOT NULL, fallback INTEGER NOT NULL, market INTEGER NOT NULL,
    backend INTEGER NOT NULL, generation INTEGER NOT NULL,
    PRIMARY KEY (experiment, phase, visitor, variation)) WITHOUT ROWID;
CREATE TABLE conversions (visitor BLOB NOT NULL, kind INTEGER NOT NULL, id BLOB NOT NULL, at INTEGER NOT NULL,
    value REAL, currency INTEGER, market INTEGER NOT NULL, backend INTEGER NOT NULL, generation INTEGER NOT NULL,
    placed BLOB, PRIMARY KEY (visitor, kind, id)) WITHOUT ROWID;
CREATE UNIQUE INDEX conversions_placed ON conversions (placed, kind) WHERE placed IS NOT NULL;
CREATE TABLE readings (experiment INTEGER NOT NULL, phase INTEGER NOT NULL, kind INTEGER NOT NULL,
    visitor BLOB NOT NULL, variation INTEGER NOT NULL, n INTEGER NOT NULL, total REAL NOT NULL, squares REAL NOT NULL,
    at INTEGER NOT NULL, PRIMARY KEY (experiment, phase, kind, visitor, variation)) WITHOUT ROWID;
CREATE TABLE losses (loss TEXT NOT NULL, day INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (loss, day)) WITHOUT ROWID;
CREATE TABLE forgotten (visitor BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE writers (id BLOB PRIMARY KEY, seen INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
LAYOUT = 1

PHASE = "INSERT OR IGNORE INTO phases VALUES (?, ?)"
EXPOSE = """INSERT INTO exposures VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET at = min(at, excluded.at), fallback = max(fallback, excluded.fallback)
WHERE excluded.at < at OR excluded.fallback > fallback"""
CONVERT = "INSERT OR IGNORE INTO conversions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
READ = """INSERT INTO readings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET n = n + excluded.n, total = total + excluded.total, squares = squares + excluded.squares,
at = max(at, excluded.at)"""
