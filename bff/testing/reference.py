"""The contract's reference page, made of the ports' docstrings and of the sentences that the kit's scenarios enforce:
`python -m bff.testing.reference [--check]` writes `REFERENCE.md` beside this file."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bff.ports import operations

from . import conformance
from .conformance.shop import PROTOCOLS

PAGE = Path(__file__).with_name("REFERENCE.md")
HEAD = """# What the contract promises

Made by `python -m bff.testing.reference` from the docstrings of `bff/ports` and of the conformance kit: each sentence under
*Promises* is a scenario that fails where an adapter breaks it.
"""


def sentence(text: str | None) -> str:
    return " ".join((text or "").split())


def scenarios() -> Iterator[tuple[str, str, str]]:
    """Every scenario of the kit: its port, its name (`TestCarts::test_…`) and its sentence."""
    for name in conformance.__all__:
        owner = getattr(conformance, name)
        if inspect.isclass(owner) and hasattr(owner, "PORT"):
            for test, member in vars(owner).items():
                if test.startswith("test_"):
                    yield owner.PORT, f"{name}::{test}", sentence(member.__doc__)


def declared(protocol: type) -> Iterator[str]:
    """A line for each operation: its arguments, what may be done with it, its docstring."""
    for name, declaration in operations(protocol):
        method = getattr(protocol, name)
        takes = ", ".join(list(inspect.signature(method).parameters)[2:])
        kind = {"public_read": f"read, fresh {declaration.fresh:g} s", "visitor_read": "a shopper's read"}.get(
            declaration.kind, "write, idempotent" if declaration.idempotent else "write"
        )
        yield f"* `{name}({takes})` ({kind}): {sentence(method.__doc__)}"


def page() -> str:
    """The whole page."""
    found = sorted(scenarios(), key=lambda each: each[0] != "backend")
    parts = [HEAD]
    for port in ["backend", *PROTOCOLS]:
        protocol = PROTOCOLS.get(port)
        parts.append(f"## {port if protocol else 'The whole adapter'}\n")
        if protocol is not None:
            parts.append(f"{sentence(protocol.__doc__)}\n")
            parts.append("\n".join(declared(protocol)) + "\n" if list(declared(protocol)) else "")
        promises = [f"* {text} <sub>`{name.partition('::')[2]}`</sub>" for its, name, text in found if its == port]
        parts.append("Promises:\n\n" + "\n".join(promises) + "\n")
    return "\n".join(part for part in parts if part)


def main(arguments: Sequence[str] | None = None) -> int:
    asked = sys.argv[1:] if arguments is None else arguments
    if "--check" in asked:
        current = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page()
        sys.stdout.write("" if current else "REFERENCE.md is old; run `python -m bff.testing.reference`\n")
        return 0 if current else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
