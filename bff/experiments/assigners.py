"""Assignments by what a team has already: GrowthBook's SDK (extra `growthbook`) or any OpenFeature provider (extra
`openfeature`). Experiments are still folders; only who sees what is asked elsewhere.

`[experiments] assigner = "growthbook"` reads `growthbook = "features.json"`: GrowthBook's features, each named as the
experiment, whose experiment rules' values are names of variations. `assigner = "openfeature"` asks the provider that
`provider = "module:function"` makes for the string flag of the experiment's name.
"""

from __future__ import annotations

import importlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from bff.ports import Misconfigured

from .assignment import Draw

log = logging.getLogger("portico.experiments")

PART = frozenset({"SPLIT", "TARGETING_MATCH", "STATIC", "CACHED"})
"""OpenFeature's reasons of a value that somebody chose for this visitor; a default or an error takes no part."""


class GrowthBook:
    """Evaluates features with the SDK, without its network, its tracking and its own list of who was tracked (which grows
    with every visitor). Forced and overridden values are no assignments."""

    def __init__(self, features: Mapping[str, Any]) -> None:
        """Raises `Misconfigured` for features that are drawn with hash version 1 or a namespace."""
        try:
            self._sdk = importlib.import_module("growthbook")
        except ImportError:
            raise _missing("growthbook") from None
        for name, problem in refused(features):
            raise Misconfigured(
                f"experiments.growthbook: {name}", problem, fix="set `hashVersion` to 2, use `filters`."
            )
        self._features = features

    def assign(self, draw: Draw, visitor: str, attributes: Mapping[str, str]) -> str | None:
        client = self._sdk.GrowthBook(attributes={**attributes, "id": visitor}, features=self._features)
        found = client.eval_feature(draw.experiment)
        result = found.experimentResult
        if result is None or not result.inExperiment or not result.hashUsed:
            return None
        return found.value if found.value in draw.variations else None


def refused(features: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The features that draw with version 1, which is what GrowthBook takes where none is named, or with a namespace."""
    for name, feature in features.items():
        for rule in feature.get("rules", ()):
            if "variations" not in rule:
                continue
            if rule.get("hashVersion") != 2:
                yield name, "it is drawn with hash version 1, which makes experiments depend on each other."
            if "namespace" in rule:
                yield name, "its namespace is drawn with version 1, which makes experiments depend on each other."


class OpenFeature:
    """Asks an OpenFeature provider (specification 0.8). The visitor is the targeting key."""

    def __init__(self, provider: Any) -> None:
        try:
            self._api = importlib.import_module("openfeature.api")
            self._context = importlib.import_module("openfeature.evaluation_context").EvaluationContext
        except ImportError:
            raise _missing("openfeature") from None
        self._api.set_provider(provider, "portico")
        self._client = self._api.get_client("portico")

    def assign(self, draw: Draw, visitor: str, attributes: Mapping[str, str]) -> str | None:
        context = self._context(targeting_key=visitor, attributes=dict(attributes))
        details = self._client.get_string_details(draw.experiment, "", context)
        if details.error_code is not None:
            log.warning("experiment %s: the provider says %s", draw.experiment, details.error_code)
            return None
        if str(getattr(details.reason, "value", details.reason)) not in PART:
            return None
        return details.value if details.value in draw.variations else None


def growthbook(file: Path) -> GrowthBook:
    """By a file of GrowthBook's features, as its API sends them or the features alone. Raises `Misconfigured`."""
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
        features = read.get("features", read)
        if not all(isinstance(feature, dict) for feature in features.values()):
            raise ValueError("a feature is no object")
    except (OSError, ValueError, AttributeError) as error:
        problem = f"{file} holds no features: {error}."
        raise Misconfigured(
            "experiments.growthbook", problem, fix="save what GrowthBook's SDK endpoint sends."
        ) from None
    return GrowthBook(features)


def openfeature(path: str) -> OpenFeature:
    """By the provider that `module:function` makes. Raises `Misconfigured`."""
    module, _, name = path.partition(":")
    try:
        make: Callable[[], Any] = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        problem = f"{path!r} names no function: {error}."
        raise Misconfigured("experiments.provider", problem, fix='write provider = "module:function".') from None
    return OpenFeature(make())


def _missing(extra: str) -> Misconfigured:
    return Misconfigured("experiments.assigner", f"{extra} is not installed.", fix=f"pip install 'portico[{extra}]'")
