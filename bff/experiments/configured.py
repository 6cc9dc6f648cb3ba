"""What `[experiments]` in `portico.toml` may say."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec


class ExperimentSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`enabled = false` shows everybody control, whatever runs. `holdout` is the part of visitors that no experiment sees.
    `assigner` decides who sees what: Portico's own, GrowthBook's SDK by the file of features that `growthbook` names, or the
    OpenFeature provider that `provider` (`module:function`) makes. `currency` is the one that all revenue is reported in, at
    the fixed `rates` (what one unit of each other currency is worth in it); none: revenue stays by currency."""

    enabled: bool = True
    holdout: Annotated[float, msgspec.Meta(ge=0, le=0.5)] = 0.0
    assigner: Literal["portico", "growthbook", "openfeature"] = "portico"
    growthbook: str = "features.json"
    provider: str = ""
    currency: Annotated[str, msgspec.Meta(pattern="^([A-Z]{3})?$")] = ""
    rates: dict[Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")], Annotated[float, msgspec.Meta(gt=0)]] = {}
