"""A variation that raises gives way to the control: the shopper gets a page, and the request remembers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from .overlays import SHOWN, Shown, StoreEnvironment

T = TypeVar("T")

log = logging.getLogger("portico.rendering")


def safely(environment: StoreEnvironment, template: str, render: Callable[[], T]) -> T:
    """What `render` makes. Where a variation's template raises, its control is shown instead, and the request remembers.
    Raises what the control raises."""
    shown, begun = SHOWN.get(), time.perf_counter()
    try:
        return _safely(environment, template, render, shown)
    finally:
        shown.seconds += time.perf_counter() - begun


def _safely(environment: StoreEnvironment, template: str, render: Callable[[], T], shown: Shown) -> T:
    failed: list[tuple[Exception, set[str]]] = []
    while True:
        try:
            found = render()
        except Exception as error:
            guilty = _guilty(environment, template, error, shown)
            if not guilty:
                shown.raised.difference_update(*(own for _, own in failed))
                raise
            failed.append((error, guilty))
            shown.give_way(guilty)
            continue
        for raised, own in failed:
            log.error("%s: control is shown instead of a variation of %s", template, ", ".join(own), exc_info=raised)
        return found


def _guilty(environment: StoreEnvironment, template: str, error: Exception, shown: Shown) -> set[str]:
    """The experiments to show control of: the one whose file stands in the traceback, else all that the page can show."""
    if not shown.variations:
        return set()
    overlays = environment.overlays
    folders = {str(layer.folder) + "/": layer for layer in overlays.layers}
    trace = error.__traceback__
    named: str | None = getattr(error, "filename", None)
    files = [named] if named else []
    while trace is not None:
        files.append(trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    for file in reversed(files):
        for folder, layer in folders.items():
            if file.startswith(folder) and shown.variations.get(layer.experiment) == layer.variation:
                return {layer.experiment}
    reach = overlays.reach(environment, overlays.plain(template))
    able = {experiment for name in reach for experiment in overlays.experiments([name])}
    return {experiment for experiment in (able | set(overlays.worded)) if experiment in shown.variations}
