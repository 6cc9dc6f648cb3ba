"""Whether the figures can be believed: each check in words, with how it came out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from bff.events.event import PURCHASE
from bff.experiments.analysis.metrics import Metric
from bff.experiments.analysis.report import Report
from bff.experiments.analysis.srm import BLOCKS
from bff.experiments.analysis.verdict import MOST_MULTIPLE

from . import figures
from .account import Account
from .figures import quoted

LOSSES = {
    "queue": "came faster than they could be written",
    "refused": "could not be written",
    "stopped": "were left when a process had to end",
    "killed": "times a process ended without a word, each with up to a quarter of a second of events",
    "set_aside": "times the event file broke, was set aside and begun anew",
    "clock": "times a clock was put back: nothing is missing, but what came first is not certain",
}


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """`came`: `good`, `look` (somebody should), `bad` (nothing is decided until it is mended)."""

    title: str
    came: Literal["good", "look", "bad"]
    text: str

    @property
    def word(self) -> str:
        return {"good": "Fine", "look": "Look", "bad": "Wrong"}[self.came]


def observable(found: Report, of: Metric) -> bool:
    """Whether a metric could be seen at all: orders at a checkout that tells of none are not nought."""
    return of.kind != PURCHASE or not found.quality.unseen or bool(found.quality.orders)


def believable(found: Report) -> bool:
    """Whether the visitors are what they should be: where not, no figure of theirs means anything."""
    return not {"srm", "multiple"} & {*found.reasons}


def checks(account: Account) -> tuple[Check, ...]:
    """What was looked at, the worst first."""
    if account.report is None:
        return (Check(title="Events", came="bad", text=account.problem),)
    order = ("bad", "look", "good")
    return tuple(sorted(_checks(account, account.report), key=lambda one: order.index(one.came)))


def _checks(account: Account, found: Report) -> Iterator[Check]:
    own = found.quality
    total = sum(own.visitors.values())
    if total:
        yield _spread(found, total)
    came: Literal["good", "look", "bad"] = "good" if not own.multiple else "look"
    text = "Nobody saw two variations."
    if own.multiple:
        share = figures.percent(own.multiple_share)
        text = f"{figures.count(own.multiple)} visitors ({share}) saw several, and are left out."
        came = "bad" if own.multiple_share > MOST_MULTIPLE else "look"
    yield Check(title="One variation each", came=came, text=text)
    yield _fallbacks(account, found)
    yield from _orders(found)
    if own.early:
        yield Check(
            title="Clocks", came="look", text=f"{figures.count(own.early)} exposures are from a time that has not come."
        )
    missing = [f"{figures.count(n)} {LOSSES.get(loss, loss)}" for loss, n in own.losses.items() if n]
    yield Check(
        title="Nothing lost",
        came="look" if missing else "good",
        text=(f"Of all events of this store, {'; '.join(missing)}." if missing else "No event is known to be missing."),
    )


def _spread(found: Report, total: int) -> Check:
    own = found.quality
    planned = {name: figures.percent(own.expected.get(name, 0.0) / total) for name in own.visitors}
    parts = ", ".join(
        f"{quoted(name)} {figures.count(n)} ({figures.percent(n / total)}, planned {planned[name]})"
        for name, n in own.visitors.items()
    )
    if own.srm < BLOCKS:
        text = f"{parts}: by chance alone this comes about less than once in a thousand times."
        return Check(title="Spread as planned", came="bad", text=text)
    return Check(
        title="Spread as planned", came="good", text=f"{parts}: as chance has it (p {figures.chance(own.srm)})."
    )


def _fallbacks(account: Account, found: Report) -> Check:
    own = found.quality
    fell = [
        f"{figures.count(n)} of {quoted(name)} ({figures.percent(n / max(1, own.visitors.get(name, 0)))})"
        for name, n in own.fallbacks.items()
        if n
    ]
    off = [f"{quoted(name)} was switched off: {why}." for name, why in account.off.items()]
    if not fell and not off:
        return Check(title="Shown as meant", came="good", text="Every visitor saw the variation that was theirs.")
    said = (
        [f"Shown control instead of their variation at least once, since it failed: {', '.join(fell)}."] if fell else []
    )
    return Check(title="Shown as meant", came="look", text=" ".join([*off, *said]))


def _orders(found: Report) -> Iterator[Check]:
    own = found.quality
    wanted = any(each.metric.kind == PURCHASE for each in (*found.primary, *found.secondary))
    if not wanted and not own.orders:
        return
    counts = ", ".join(f"{figures.count(n)} in {code}" for code, n in own.orders.items())
    if own.unseen:
        seen = f" Seen: {counts}." if counts else ""
        who = f"{figures.count(own.unseen)} visitors"
        text = f"Orders not observable for {who}: their checkout tells this store nothing.{seen}"
        primary = any(each.metric.kind == PURCHASE for each in found.primary)
        yield Check(title="Orders", came="bad" if primary and not counts else "look", text=text)
    else:
        yield Check(
            title="Orders",
            came="good",
            text=f"Seen: {counts}." if counts else "None yet; when one comes, the store sees it.",
        )
    if own.unrated:
        n = figures.count(own.unrated)
        text = f"{n} orders are in a currency without a rate and count as nothing: set it in [experiments.rates]."
        yield Check(title="Rates", came="look", text=text)
    for each in (*found.primary, *found.secondary):
        if each.cap is not None and each.metric.currency:
            cap = figures.value(each.metric, each.cap)
            text = (
                f"{figures.name(each.metric)}: above {cap}, a visitor’s counts as {cap}, lest a single order decides."
            )
            yield Check(title="Large orders", came="good", text=text)
