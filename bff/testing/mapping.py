"""Checks the mapping table in `bff/ports/README.md`: every method has its row, every vendor its cell, every name exists.

The README states the notation. A name is followed through the vendor's types, segment by segment, so a field that exists
somewhere else in the schema does not pass. `python -m bff.testing.mapping` prints what is wrong.
"""

from __future__ import annotations

import gzip
import inspect
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

import bff.ports

from .schemas import GraphQL, Name, OpenApi, Schema, Unknown, read

README = Path(bff.ports.__file__).with_name("README.md")
VENDORS = (
    "Shopify",
    "BigCommerce",
    "Adobe Commerce",
    "Salesforce B2C",
    "commercetools",
    "Medusa",
    "Vendure",
    "Saleor",
    "WooCommerce",
)
SOURCES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "Shopify": {"": ("shopify/storefront-2026-04",), "CA": ("shopify/customer-account-2026-04",)},
    "BigCommerce": {"": ("bigcommerce/storefront-2025-11",)},
    "Adobe Commerce": {"": ("adobe-commerce/magento-2.4.9",), "ACCS": ("adobe-commerce/commerce-saas-2026-07",)},
    "Salesforce B2C": {
        "": ("salesforce-b2c/auth-*", "salesforce-b2c/shopper-baskets-2*", "salesforce-b2c/shopper-[!b]*")
    },
    "commercetools": {"": ("commercetools/graphql-2026-08", "commercetools/http-api-2026-08")},
}
WITHOUT_NAMES = ("absent", "own", "outside")


@dataclass(frozen=True, slots=True)
class Row:
    """One method of one port, and each vendor's cell."""

    port: str
    method: str
    cells: Mapping[str, str]


def methods() -> list[tuple[str, str]]:
    """Every method of every port, in the contract's order; the opener of adapters is no port."""
    ports = (getattr(bff.ports, name) for name in bff.ports.__all__)
    return [
        (port.__name__, name)
        for port in ports
        if inspect.isclass(port) and getattr(port, "_is_protocol", False)
        for name, member in vars(port).items()
        if inspect.isfunction(member) and not name.startswith("_")
    ]


def rows(text: str) -> list[Row]:
    """The rows under `### Port` headings of the part `## Mapping`. Raises `Unknown` for a table of another shape."""
    found: list[Row] = []
    port = ""
    for line in text.partition("\n## Mapping\n")[2].partition("\n## ")[0].splitlines():
        if line.startswith("### "):
            port = line.removeprefix("### ").strip(" `")
        elif line.startswith("|") and not set(line) <= set("|- "):
            method, *cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if method == "method" and tuple(cells) != VENDORS:
                raise Unknown(f"{port}: the columns are not {', '.join(VENDORS)}")
            if len(cells) != len(VENDORS):
                raise Unknown(f"{port}.{method.strip('`')}: {len(cells)} cells, not {len(VENDORS)}")
            if method != "method":
                found.append(Row(port, method.strip("`"), dict(zip(VENDORS, cells, strict=True))))
    return found


def spans(cell: str, labels: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each name in backticks with the label that governs it: a label holds until the next semicolon."""
    for clause in re.split(r";(?=(?:[^`]*`[^`]*`)*[^`]*$)", cell):
        label = ""
        for word, code in re.findall(r"(\w+)|`([^`]*)`", clause):
            if code:
                yield label, code
            elif word in labels:
                label = word


def check(text: str, contracts: Path | None) -> list[str]:
    """What is wrong, a line each. Without `contracts` names are only read, not looked up."""
    table = rows(text)
    present, wanted = [(row.port, row.method) for row in table], methods()
    wrong = [f"{port}.{method}: no row" for port, method in wanted if (port, method) not in present]
    wrong += [f"{port}.{method}: no such method" for port, method in present if (port, method) not in wanted]
    wrong += [
        f"{port}.{method}: {n} rows"
        for port, method in dict.fromkeys(present)
        if (n := present.count((port, method))) > 1
    ]
    for vendor in VENDORS:
        schemas = load(vendor, contracts) if contracts and vendor in SOURCES else {}
        for row in table:
            where, cell = f"{row.port}.{row.method}, {vendor}", row.cells[vendor]
            names = list(spans(cell, SOURCES.get(vendor, {})))
            if cell.count("`") % 2:
                wrong.append(f"{where}: a backtick is missing")
            if not names and not cell.startswith(WITHOUT_NAMES):
                wrong.append(f"{where}: names no operation and does not begin with {', '.join(WITHOUT_NAMES)}")
            for label, code in names:
                try:
                    name = read(code)
                    if schemas:
                        look_up(name, schemas[label])
                except Unknown as problem:
                    wrong.append(f"{where}: `{code}`: {problem}")
    return wrong


def load(vendor: str, contracts: Path) -> dict[str, list[Schema]]:
    """The vendor's schemas by label ("" is the one meant without a label). Raises `FileNotFoundError`."""
    schemas: dict[str, list[Schema]] = {}
    for label, patterns in SOURCES[vendor].items():
        paths = [path for pattern in patterns for path in sorted(contracts.glob(f"{pattern}.*.json.gz"))]
        if not paths:
            raise FileNotFoundError(f"no schema like {patterns[0]} in {contracts}")
        documents = [msgspec.json.decode(gzip.decompress(path.read_bytes())) for path in paths]
        schemas[label] = [GraphQL(d) if "__schema" in d else OpenApi(d) for d in documents]
    return schemas


def look_up(name: Name, schemas: list[Schema]) -> None:
    """Raises `Unknown` unless one of the schemas has the whole name; the first one's complaint is told."""
    problem = Unknown(f"no {name.text}")
    for number, schema in enumerate([schema for schema in schemas if schema.knows(name)]):
        try:
            return schema.follow(name)
        except Unknown as found:
            problem = found if number == 0 else problem
    raise problem


def contracts_folder() -> Path | None:
    """`CONTRACTS_DIR`, or `../shared/contracts` beside the checkout; None where there is no such folder."""
    chosen = os.environ.get("CONTRACTS_DIR")
    folder = Path(chosen) if chosen else README.parents[3] / "shared" / "contracts"
    return folder if folder.is_dir() else None


def main() -> int:
    contracts = contracts_folder()
    wrong = check(README.read_text(encoding="utf-8"), contracts)
    note = "" if contracts else " (names not looked up: no schemas; set CONTRACTS_DIR)"
    sys.stdout.write(
        "".join(f"{line}\n" for line in wrong) + f"{len(methods())} methods, {len(wrong)} problems{note}\n"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
