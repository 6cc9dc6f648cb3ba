"""What a report says, as data: a page, a command and an export show it. All in frozen structs; reasons are keys, for
words to be found for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from .guard import Limit
from .interval import Interval
from .metrics import Metric, Rates

State = Literal["collecting", "invalid", "better", "worse", "none"]
"""`collecting`: not enough is known yet. `invalid`: something is wrong with the experiment itself. `better`: a variation is.
`worse`: all of them are. `none`: it ran as planned and no difference is shown."""

Reason = Literal["empty", "srm", "multiple", "unseen", "currencies", "few", "planned", "harm"]
"""`empty`: nobody was exposed. `srm`: the visitors are not spread as the weights say. `multiple`: too many saw
several variations. `unseen`: orders cannot be observed. `currencies`: revenue in several, and no rates. `few`: too
few conversions of a variation. `planned`: the planned end is not reached. `harm`: a guardrail is broken."""


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """A metric that must not get worse by more than `limit`."""

    metric: str
    limit: Limit


class Design(msgspec.Struct, frozen=True, kw_only=True):
    """What the analysis must know of an experiment. `weights` of all variations, `control` among them. `planned`
    visitors and `ends` (Unix seconds) are the fixed horizon. `window`: days after the first exposure in which
    conversions count. `rates`: None keeps revenue by currency."""

    experiment: str
    phase: int
    control: str
    weights: Mapping[str, float]
    primary: str
    secondary: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    planned: int | None = None
    ends: float | None = None
    window: int = 14
    rates: Rates | None = None
    alpha: float = 0.05


class Arm(msgspec.Struct, frozen=True, kw_only=True):
    """A metric of one variation: its visitors, those with anything at all, what they add up to, and the mean (a
    share, an amount a visitor, a ratio; None where there is nothing to divide by)."""

    variation: str
    visitors: int
    active: int
    total: float
    mean: float | None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A variation against control. `difference` decides, `share` is it relative to control, to be shown. `p` is
    corrected for all that is compared (Holm). `fixed` is the test at the planned end, None until then (`locked`).
    `reduced` is the sequential interval with what was known before taken out (CUPED), None where nothing was.
    `state`: `thin` where there are too few conversions to tell."""

    variation: str
    state: Literal["better", "worse", "none", "thin"]
    difference: float
    sequential: Interval
    p: float
    share: float | None
    share_sequential: Interval
    fixed: Interval | None
    fixed_share: Interval | None
    fixed_p: float | None
    reduced: Interval | None
    reduced_difference: float | None = None

    @property
    def locked(self) -> bool:
        return self.fixed is None


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A metric of all variations, control first. `cap`: above how much a visitor's money counts as so much."""

    metric: Metric
    arms: tuple[Arm, ...]
    comparisons: tuple[Comparison, ...]
    cap: float | None = None


class Guarded(msgspec.Struct, frozen=True, kw_only=True):
    """A guardrail. `excess`: by how much a variation is beyond the limit, as an interval."""

    guard: Guard
    metric: Metric
    arms: tuple[Arm, ...]
    excess: Mapping[str, Interval]
    breached: tuple[str, ...]


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """The primary metric of all visitors first exposed up to a day (days since 1970, UTC)."""

    day: int
    arms: tuple[Arm, ...]
    differences: Mapping[str, tuple[float, Interval]]


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """The primary metric of a part of the visitors: exploratory, and nothing is decided by it."""

    by: Literal["market", "backend"]
    name: str
    arms: tuple[Arm, ...]
    differences: Mapping[str, tuple[float, Interval]]


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """How far the figures may be believed. `srm` is the chance of such numbers of visitors by chance. `fallbacks`
    visitors of a variation saw control since it raised. `multiple` saw several variations and are left out
    (`multiple_share` of all). `early` exposures are from a time that has not come. `unseen` visitors went to a
    checkout that tells of no orders. `unrated` orders are in a currency without a rate. `losses`: what is missing, by
    reason."""

    visitors: Mapping[str, int]
    expected: Mapping[str, float]
    srm: float
    fallbacks: Mapping[str, int]
    multiple: int
    multiple_share: float
    early: int
    orders: Mapping[str, int]
    unseen: int
    unrated: int
    losses: Mapping[str, int]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict first. `winner` where the state is `better`. `harmed`: variations that break a guardrail. `first`
    and `last` exposure and `at`, when the report was made, are Unix seconds."""

    design: Design
    state: State
    reasons: tuple[Reason, ...]
    winner: str | None
    harmed: tuple[str, ...]
    primary: tuple[Measured, ...]
    secondary: tuple[Measured, ...]
    guards: tuple[Guarded, ...]
    days: tuple[Day, ...]
    segments: tuple[Segment, ...]
    quality: Quality
    at: float
    first: float | None
    last: float | None
