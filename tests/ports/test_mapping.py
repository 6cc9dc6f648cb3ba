"""The mapping table of the contract is whole and true, and its checker sees when it is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bff.testing import mapping
from bff.testing.schemas import GraphQL, Name, OpenApi, Schema, Unknown, read

TEXT = mapping.README.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def contracts() -> Path:
    folder = mapping.contracts_folder()
    if folder is None:
        pytest.skip("the vendors' schemas are not here: put them in ../shared/contracts or set CONTRACTS_DIR")
    return folder


@pytest.fixture(scope="module")
def schemas(contracts: Path) -> dict[str, dict[str, list[Schema]]]:
    return {vendor: mapping.load(vendor, contracts) for vendor in mapping.SOURCES}


# ---------------------------------------------------------------- the table


def test_every_method_has_its_row_and_every_vendor_its_cell() -> None:
    assert mapping.check(TEXT, None) == []


def test_every_name_exists_in_its_vendors_schema(contracts: Path) -> None:
    assert mapping.check(TEXT, contracts) == []


def test_the_table_names_what_the_five_vendors_do() -> None:
    named = dict.fromkeys(mapping.SOURCES, 0)
    for row in mapping.rows(TEXT):
        for vendor in named:
            named[vendor] += len(list(mapping.spans(row.cells[vendor], mapping.SOURCES[vendor])))
    assert min(named.values()) >= 50, named


def line_of(method: str, port: str) -> str:
    part = TEXT.split(f"\n### {port}\n")[1].split("\n### ")[0]
    return next(line for line in part.splitlines() if line.startswith(f"| `{method}` |"))


HANDOFF = "| `Cart.checkoutUrl`, read at the click |"


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        (line_of("add", "Carts") + "\n", "", "Carts.add: no row"),
        ("| `take` |", "| `taken` |", "Wishlists.taken: no such method"),
        (line_of("poll", "Changes"), f"{line_of('poll', 'Changes')}\n" * 2, "Changes.poll: 2 rows"),
        (HANDOFF, "| |", "HostedCheckout.handoff, Shopify: names no operation"),
        (HANDOFF, HANDOFF.replace("`", ""), "HostedCheckout.handoff, Shopify: names no operation"),
        (HANDOFF, HANDOFF.replace("`", "", 1), "HostedCheckout.handoff, Shopify: a backtick is missing"),
        (HANDOFF, HANDOFF.replace("Url", "Url{"), "HostedCheckout.handoff, Shopify: `Cart.checkoutUrl{`: "),
    ],
)
def test_a_damaged_table_is_told_by_row_and_vendor(right: str, wrong: str, told: str) -> None:
    assert TEXT.count(right) == 1
    problems = mapping.check(TEXT.replace(right, wrong), None)
    assert any(line.startswith(told) for line in problems), problems


def test_a_row_with_a_cell_too_few_is_refused() -> None:
    line = line_of("related", "Recommendations")
    with pytest.raises(Unknown, match=r"Recommendations\.related: 8 cells, not 9"):
        mapping.rows(TEXT.replace(line, line.rsplit("|", 2)[0] + "|"))


def test_columns_stand_in_their_order() -> None:
    with pytest.raises(Unknown, match="Catalog: the columns are not"):
        mapping.rows(TEXT.replace("| Shopify | BigCommerce |", "| BigCommerce | Shopify |", 1))


@pytest.mark.parametrize(
    ("vendor", "right", "wrong"),
    [
        ("Shopify", "cartLinesAdd(cartId, lines: {merchandiseId", "cartLinesAdd(cartId, lines: {variantId"),
        ("Shopify", "CA `order(id)`", "`order(id)`"),
        ("BigCommerce", "site.route(path, redirectBehavior: FOLLOW)", "site.route(path, redirectBehavior: OBEY)"),
        ("Adobe Commerce", "ACCS `productSearch(phrase)`", "`productSearch(phrase)`"),
        ("Salesforce B2C", "`createOrder(basketId)`", "`createOrder(cartId)`"),
        ("commercetools", "`GET /me/active-cart`", "`POST /me/active-cart`"),
    ],
)
def test_a_wrong_name_is_told_with_its_vendor(contracts: Path, vendor: str, right: str, wrong: str) -> None:
    assert right in TEXT
    told = mapping.check(TEXT.replace(right, wrong, 1), contracts)
    assert len(told) == 1
    assert f", {vendor}: `" in told[0]


def mutants(code: str) -> Iterator[str]:
    """The name with one word misspelt, each word in turn; the names of path parameters are free."""
    for word in re.finditer(r"[A-Za-z_][\w-]*", code):
        before, after = code[: word.start()], code[word.end() :]
        if not (before.endswith(("/{", "={")) and after.startswith("}")):
            yield before + word[0] + "x" + after


def test_no_misspelt_word_passes(schemas: dict[str, dict[str, list[Schema]]]) -> None:
    passed, tried = [], 0
    for row in mapping.rows(TEXT):
        for vendor in mapping.SOURCES:
            for label, code in mapping.spans(row.cells[vendor], mapping.SOURCES[vendor]):
                for mutant in mutants(code):
                    tried += 1
                    try:
                        mapping.look_up(read(mutant), schemas[vendor][label])
                        passed.append(f"{row.port}.{row.method}, {vendor}: {mutant}")
                    except Unknown:
                        continue
    assert passed == []
    assert tried > 1000


# ---------------------------------------------------------------- the notation


def test_the_notation_is_read_as_the_readme_says() -> None:
    assert read("a.b(c: V, d: {e}).f{g h{i}}") == Name(
        "a",
        inner=(
            Name(
                "b",
                inputs=(Name("c", value="V"), Name("d", inner=(Name("e"),))),
                inner=(Name("f", inner=(Name("g"), Name("h", inner=(Name("i"),)))),),
            ),
        ),
    )
    route = read("POST /me/carts/{id}(version, actions){lineItems}")
    assert route == Name("POST /me/carts/{id}", (Name("version"), Name("actions")), (Name("lineItems"),))


@pytest.mark.parametrize(
    "text", ["", "a.", "a(", "a()", "a{}", "a{b", "a b", "a}b", "a(b:)", "a|b", "a/b", "GET me", "12", "a{b}.c", "…"]
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(Unknown):
        read(text)


def named(name: str, kind: str = "OBJECT") -> dict[str, object]:
    return {"kind": kind, "name": name}


GRAPH = GraphQL(
    {
        "__schema": {
            "queryType": {"name": "Query"},
            "mutationType": None,
            "types": [
                {"kind": "OBJECT", "name": "Query", "fields": [
                    {"name": "thing", "type": {"kind": "NON_NULL", "ofType": named("Thing", "INTERFACE")},
                     "args": [{"name": "by", "type": named("By", "INPUT_OBJECT")}]},
                ]},
                {"kind": "INTERFACE", "name": "Thing", "fields": [{"name": "id", "type": named("ID", "SCALAR")}],
                 "possibleTypes": [named("Cup")]},
                {"kind": "OBJECT", "name": "Cup", "fields": [{"name": "size", "type": named("Size", "ENUM")}]},
                {"kind": "OBJECT", "name": "Elsewhere", "fields": [{"name": "secret", "type": named("ID", "SCALAR")}]},
                {"kind": "INPUT_OBJECT", "name": "By", "inputFields": [{"name": "size", "type": named("Size", "ENUM")}]},
                {"kind": "ENUM", "name": "Size", "enumValues": [{"name": "BIG"}]},
                {"kind": "SCALAR", "name": "ID"},
            ],
        }
    }
)  # fmt: skip
OPEN = OpenApi(
    {
        "paths": {"/{projectKey}/cups/{ID}": {
            "parameters": [{"$ref": "#/components/parameters/expand"}],
            "post": {
                "operationId": "fill",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Draft"}}}},
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"type": "array", "items": {
                        "allOf": [{"$ref": "#/components/schemas/Cup"}]}}}}},
                    "400": {"content": {"application/json": {"schema": {"properties": {"error": {}}}}}},
                },
            },
        }},
        "components": {
            "parameters": {"expand": {"name": "expand", "schema": {"items": {"enum": ["price"]}}}},
            "schemas": {"Draft": {"properties": {"tea": {}}}, "Cup": {"properties": {"of": {"properties": {"clay": {}}}}}},
        },
    }
)  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["thing(by: {size: BIG}){id size}", "thing.size", "Cup.size", "By{size}",
     "fill(expand: price, tea){of{clay}}", "POST /cups/{id}(tea).of", "Cup.of.clay"],
)  # fmt: skip
def test_what_exists_is_found(name: str) -> None:
    mapping.look_up(read(name), [GRAPH, OPEN])


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("secret", "no field secret on Query"),
        ("thing.secret", "no field secret on Thing"),
        ("thing(size)", "no argument size on thing"),
        ("thing(by: {id})", "no field id on By"),
        ("thing(by: {size: SMALL})", "no value SMALL in Size"),
        ("Cup(size).size", "Cup takes no arguments"),
        ("POST /mugs/{id}", "no POST /mugs/{id}"),
        ("POST /cups/{id}(milk)", "no milk in"),
        ("POST /cups/{id}(expand: weight)", "no value weight in expand"),
        ("POST /cups/{id}{error}", "no error in"),
        ("POST /cups/{id}{of(clay)}", "of takes no arguments"),
        ("GET /cups/{id}", "no GET /cups/{id}"),
    ],
)
def test_what_does_not_exist_is_told(name: str, told: str) -> None:
    with pytest.raises(Unknown, match=re.escape(told)):
        mapping.look_up(read(name), [GRAPH, OPEN])


def test_a_label_holds_until_the_semicolon() -> None:
    cell = "`a`, CA `b` and `c{d}`; `e`"
    assert list(mapping.spans(cell, ("", "CA"))) == [("", "a"), ("CA", "b"), ("CA", "c{d}"), ("", "e")]


def test_the_command_tells_problems_and_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CONTRACTS_DIR", str(tmp_path / "nowhere"))
    assert mapping.main() == 0
    assert f"{len(mapping.methods())} methods, 0 problems (names not looked up" in capsys.readouterr().out
    damaged = tmp_path / "README.md"
    damaged.write_text(TEXT.replace("| `poll` |", "| `pull` |"), encoding="utf-8")
    monkeypatch.setattr(mapping, "README", damaged)
    assert mapping.main() == 1
    assert "Changes.poll: no row" in capsys.readouterr().out


def test_a_folder_without_the_schemas_is_no_silent_pass(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no schema like shopify"):
        mapping.check(TEXT, tmp_path)
