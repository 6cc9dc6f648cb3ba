"""What the chain does with an operation: derived from its declaration, overridden in `portico.toml`."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any, get_type_hints

import msgspec

from bff.ports import Backend, Declaration, Misconfigured, operations

LIMITS = {"public_read": 1.5, "visitor_read": 3.0, "write": 8.0}
"""Seconds one call may take, whatever is left of the page's deadline."""

Seconds = Annotated[float, msgspec.Meta(ge=0)]


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All in seconds, but `retries`.

    `timeout` bounds a call with all its tries. An answer that took `slow` counts against the backend as a failure
    does. `retries`: how often a call is tried again. An answer is current for `fresh`; for `revalidate` more it is shown
    while a new one is fetched; for `stale` after `fresh` it is shown where no new one can be had. That there is no such
    thing is remembered for `negative`. `fresh` 0: nothing is kept.
    """

    timeout: Annotated[float, msgspec.Meta(gt=0, le=60)]
    slow: Annotated[float, msgspec.Meta(gt=0, le=60)]
    retries: Annotated[int, msgspec.Meta(ge=0, le=3)] = 0
    fresh: Seconds = 0.0
    revalidate: Seconds = 0.0
    stale: Seconds = 0.0
    negative: Annotated[float, msgspec.Meta(ge=0, le=300)] = 0.0


CACHING = ("fresh", "revalidate", "stale", "negative")


def derived(declaration: Declaration, *, kept: bool = True) -> Policy:
    """The policy that a declaration asks for; `kept=False`: of a backend whose answers are not kept."""
    timeout = LIMITS[declaration.kind]
    if declaration.kind != "public_read":
        return Policy(timeout=timeout, slow=timeout, retries=1 if declaration.key else 0)
    plain = Policy(timeout=timeout, slow=0.8 * timeout, retries=1)
    if not kept or not declaration.fresh:
        return plain
    revalidate = min(declaration.stale, declaration.fresh * (1 if declaration.volatile else 10))
    return msgspec.structs.replace(
        plain, fresh=declaration.fresh, revalidate=revalidate, stale=declaration.stale, negative=10.0
    )


def declared() -> dict[str, Declaration]:
    """Every operation there is, by its name (`catalog.product`)."""
    found: dict[str, Declaration] = {}
    for capability, hint in get_type_hints(Backend).items():
        for protocol in (hint, *getattr(hint, "__args__", ())):
            if isinstance(protocol, type) and protocol not in (str, type(None)):
                found |= {f"{capability}.{name}": declaration for name, declaration in operations(protocol)}
    return found


def patient(seconds: float) -> dict[str, Policy]:
    """For whoever walks through a backend and is no shopper: every call may take so long."""
    return {name: Policy(timeout=seconds, slow=seconds) for name in declared()}


def policies(
    overrides: Mapping[str, Mapping[str, Any]], *, key: str, source: str = "", kept: bool = True
) -> dict[str, Policy]:
    """The policy of every operation. `overrides` are the tables of `[backends.NAME.policy]`, by operation. Raises
    `Misconfigured` naming the key."""
    known = declared()
    found = {name: derived(declaration, kept=kept) for name, declaration in known.items()}
    for name, table in overrides.items():
        if name not in known:
            raise unknown(f'{key}."{name}"', "is no operation.", name, known, source)
        found[name] = _overridden(found[name], known[name], table, f'{key}."{name}"', source)
    return found


def _overridden(policy: Policy, declaration: Declaration, table: Mapping[str, Any], key: str, source: str) -> Policy:
    fields = Policy.__struct_fields__
    for name, value in table.items():
        where = f"{key}.{name}"
        if name not in fields:
            raise unknown(where, "is no setting of a policy.", name, fields, source)
        if value and name in CACHING and (declaration.kind != "public_read"):
            raise Misconfigured(where, "belongs to a shopper, and is never kept.", source=source, fix="take it out.")
        if value and name == "retries" and declaration.kind != "public_read" and not declaration.key:
            problem = "has no idempotency key, and is never sent twice."
            raise Misconfigured(where, problem, source=source, fix="take it out.")
    given = dict(table)
    if "timeout" in table and "slow" not in table:
        with suppress(TypeError, ValueError):  # the conversion below says what is wrong with it
            given["slow"] = policy.slow / policy.timeout * float(table["timeout"])
    try:
        return msgspec.convert({**msgspec.structs.asdict(policy), **given}, Policy, strict=False)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$.")
        raise Misconfigured(".".join((key, *place.rstrip("`").split())), f"{problem}.", source=source) from None


def unknown(key: str, problem: str, name: str, known: Any, source: str) -> Misconfigured:
    """A name that is none of those known, with the nearest."""
    near = difflib.get_close_matches(name, list(known), n=1)
    fix = f"did you mean `{near[0]}`?" if near else f"known are: {', '.join(sorted(known))}."
    return Misconfigured(key, problem, source=source, fix=fix)
