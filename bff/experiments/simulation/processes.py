"""The trials spread over processes. What comes out depends on the seed, not on how they are spread."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import nullcontext
from pathlib import Path

from .bounds import Line, judged
from .trial import Outcome, Plan, trials

AT_ONCE = 25_000
"""Visitors that share a file: a store's is larger, and costs a report no more."""


def run(plan: Plan, seed: int, pool: Executor | None = None) -> list[Outcome]:
    """All trials of a plan, in order."""
    size = max(1, AT_ONCE // plan.visitors)
    parts = [
        (plan, begin, min(begin + size, plan.experiments + 1), seed) for begin in range(1, plan.experiments + 1, size)
    ]
    if pool is None:
        return [outcome for part in parts for outcome in _part(*part)]
    waiting: list[Future[list[Outcome]]] = [pool.submit(_part, *part) for part in parts]
    return [outcome for each in waiting for outcome in each.result()]


def _part(plan: Plan, begin: int, end: int, seed: int) -> list[Outcome]:
    with tempfile.TemporaryDirectory(prefix="portico-") as folder:
        return list(trials(plan, range(begin, end), Path(folder), seed))


def simulated(plans: Sequence[Plan], seed: int, processes: int = 2) -> Iterator[tuple[Plan, list[Line]]]:
    """Each plan's lines as soon as it has run."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) if processes > 1 else nullcontext() as pool:
        for plan in plans:
            yield plan, list(judged(plan, run(plan, seed, pool)))
