"""What `bff.ports` promises about itself: its shape, its money, its memory, and that it shows no secret."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import string
import sys
from decimal import Decimal
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bff.ports
from bff.ports import (
    Backend,
    CartRef,
    CartResult,
    Consent,
    Customer,
    Deadline,
    Declaration,
    Market,
    Money,
    NoCart,
    Offer,
    PublicContext,
    Registration,
    SessionBlob,
    Shopper,
    SignedIn,
    Trace,
    VisitorContext,
    operations,
)

MODULES: list[ModuleType] = [
    importlib.import_module(f"bff.ports.{found.name}") for found in pkgutil.iter_modules(bff.ports.__path__)
]
OWN = [
    (module, name, member)
    for module in MODULES
    for name, member in vars(module).items()
    if not name.startswith("_") and getattr(member, "__module__", None) == module.__name__
]
CLASSES = [member for _, _, member in OWN if inspect.isclass(member)]
STRUCTS = [member for member in CLASSES if issubclass(member, msgspec.Struct)]
PORTS = [member for member in CLASSES if getattr(member, "_is_protocol", False) and member is not bff.ports.Opener]
METHODS = [
    (port, name, member)
    for port in PORTS
    for name, member in vars(port).items()
    if isinstance(member, FunctionType) and not name.startswith("_")
]
named = pytest.mark.parametrize(("port", "name", "method"), METHODS, ids=[f"{p.__name__}.{n}" for p, n, _ in METHODS])


# ---------------------------------------------------------------- shape


def test_every_port_is_offered_and_composed() -> None:
    for holder in (Offer, Backend):
        hints = get_type_hints(holder, vars(sys.modules[holder.__module__]) | {"httpx": None})
        held = {part for hint in hints.values() for part in (hint, *get_args(hint)) if part in PORTS}
        assert held == set(PORTS)


@pytest.mark.parametrize("port", PORTS)
def test_a_port_has_at_most_eight_methods(port: type) -> None:
    assert 1 <= sum(p is port for p, _, _ in METHODS) <= 8
    assert port.__doc__


@named
def test_a_method_states_its_promise(port: type, name: str, method: FunctionType) -> None:
    assert (method.__doc__ or "").strip().endswith(".")
    assert inspect.iscoroutinefunction(method)
    assert "return" in get_type_hints(method)


@named
def test_a_method_is_declared_and_gets_the_context_it_may_have(port: type, name: str, method: FunctionType) -> None:
    declared = dict(operations(port))
    parameters = list(inspect.signature(method).parameters.values())[1:]
    if port is bff.ports.Changes:
        assert not declared
    else:
        wanted = PublicContext if declared[name].kind == "public_read" else VisitorContext
        context = parameters.pop(0)
        assert context.kind is inspect.Parameter.POSITIONAL_ONLY
        assert get_type_hints(method)[context.name] is wanted
    assert {parameter.kind for parameter in parameters} <= {inspect.Parameter.KEYWORD_ONLY}


@named
def test_a_declaration_says_only_what_can_be(port: type, name: str, method: FunctionType) -> None:
    declaration = dict(operations(port)).get(name, Declaration("write"))
    arguments = set(inspect.signature(method).parameters)
    fields = {field for tag in declaration.tags for _, field, _, _ in string.Formatter().parse(tag) if field}
    assert fields <= arguments
    assert (declaration.fresh > 0) == (declaration.kind == "public_read")
    assert not declaration.tags or declaration.kind == "public_read"
    assert not declaration.idempotent or declaration.kind == "write"
    named = {path.partition(".")[0] for path in declaration.typed} | set(declaration.personal)
    assert named | {one for one in (declaration.each, declaration.key) if one} <= arguments
    assert not (named or declaration.each or declaration.volatile) or declaration.kind == "public_read"
    assert not declaration.key or declaration.kind == "write"


@pytest.mark.parametrize("struct", STRUCTS)
def test_models_are_frozen_and_slotted(struct: type[msgspec.Struct]) -> None:
    assert struct.__struct_config__.frozen
    assert "__dict__" not in dir(struct)


def test_sequences_in_models_are_tuples() -> None:
    for struct in STRUCTS:
        for field in msgspec.structs.fields(struct):
            hint = str(vars(struct).get("__annotations__", {}).get(field.name, ""))
            assert not hint.startswith(("list[", "set[", "dict[")), f"{struct.__name__}.{field.name}"


def test_a_shopper_is_no_public_context() -> None:
    assert not issubclass(VisitorContext, PublicContext)
    assert not issubclass(PublicContext, VisitorContext)


@pytest.mark.parametrize("member", [m for _, _, m in OWN if inspect.isclass(m) or inspect.isfunction(m)])
def test_every_public_name_says_what_it_is(member: Any) -> None:
    """Aliases of types have no docstring; a class's own counts, not its parent's."""
    own = vars(member).get("__doc__") if inspect.isclass(member) else member.__doc__
    assert (own or "").strip()


def test_every_module_says_what_it_holds() -> None:
    assert all((module.__doc__ or "").strip() for module in [bff.ports, *MODULES])


def test_all_is_sorted_and_complete() -> None:
    submodules = {found.name for found in pkgutil.iter_modules(bff.ports.__path__)}
    public = {
        name for name in vars(bff.ports) if not name.startswith(("_", "@"))
    } - submodules  # "@": pytest's rewriting
    assert set(bff.ports.__all__) == public
    assert {name for _, name, _ in OWN} <= public
    groups = [(0 if name.isupper() else 1 if name[0].isupper() else 2, name) for name in bff.ports.__all__]
    assert groups == sorted(set(groups))


def imported(path: Path) -> set[str]:
    """Top-level names a module imports at run time; relative ones are its own package's."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level if node.level else (node.module or "").partition(".")[0])
    return names


@pytest.mark.parametrize("path", sorted(Path(bff.ports.__path__[0]).glob("*.py")), ids=lambda path: path.name)
def test_the_contract_imports_the_standard_library_and_msgspec_only(path: Path) -> None:
    assert imported(path) <= {".", "msgspec", *sys.stdlib_module_names}


# ---------------------------------------------------------------- money

amounts = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=Decimal(-(10**15)), max_value=10**15)


@given(amounts)
def test_money_holds_what_it_is_given_and_survives_json(amount: Decimal) -> None:
    money = Money(amount, "EUR")
    again = msgspec.json.decode(msgspec.json.encode(money), type=Money)
    assert again == money
    assert str(again.amount) == str(amount)


@given(st.one_of(st.floats(), st.integers(), st.text(), st.none(), st.booleans()))
def test_money_takes_nothing_but_decimals(amount: Any) -> None:
    with pytest.raises(TypeError):
        Money(amount, "EUR")


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "-NaN", "Infinity", "-Infinity"])
def test_money_is_finite(amount: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        Money(Decimal(amount), "EUR")


@given(st.integers(min_value=10**18, max_value=10**40), st.integers(min_value=-30, max_value=3), st.booleans())
def test_money_refuses_nineteen_digits(digits: int, exponent: int, negative: bool) -> None:
    amount = Decimal((int(negative), tuple(int(d) for d in str(digits)), exponent))
    with pytest.raises(ValueError, match="18 digits"):
        Money(amount, "EUR")


@pytest.mark.parametrize("amount", ["1E+18", "1E-19", "0E-19", "9" * 19, "0." + "1" * 19])
def test_money_counts_zeros_that_an_exponent_hides(amount: str) -> None:
    with pytest.raises(ValueError, match="18 digits"):
        Money(Decimal(amount), "EUR")


@pytest.mark.parametrize("amount", ["1E+17", "1E-18", "9" * 18, "-0." + "1" * 18, "0"])
def test_money_holds_eighteen_digits(amount: str) -> None:
    assert Money(Decimal(amount), "EUR").amount == Decimal(amount)


@given(
    st.text(max_size=5).filter(
        lambda code: not (len(code) == 3 and code.isascii() and code.isupper() and code.isalpha())
    )
)
def test_money_wants_a_currency_code(code: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(Decimal(1), code)


def test_money_cannot_be_reckoned_with() -> None:
    one: Any = Money(Decimal(1), "EUR")
    with pytest.raises(TypeError):
        one + one
    with pytest.raises(TypeError):
        one < one  # noqa: B015


# ---------------------------------------------------------------- the session's memory

texts = st.one_of(st.none(), st.text(max_size=8))


@given(texts, texts, texts)
def test_a_blob_is_replaced_only_from_what_it_is(start: str | None, old: str | None, new: str | None) -> None:
    blob = SessionBlob(start)
    assert blob.replace(old, new) is (old == start)
    assert blob.text == (new if old == start else start)
    assert blob.changed is (old == start and new != start)


def test_of_two_writers_with_the_same_reading_one_wins() -> None:
    blob = SessionBlob("a")
    read = blob.text
    assert blob.replace(read, "b")
    assert not blob.replace(read, "c")
    assert blob.text == "b"


def test_a_blob_that_went_there_and_back_has_changed() -> None:
    blob = SessionBlob("a")
    assert blob.replace("a", "b")
    assert blob.replace("b", "a")
    assert blob.changed


# ---------------------------------------------------------------- secrets

SECRET = "s3cr3t-9f2c"


def visitor() -> VisitorContext:
    market = Market(id="uk", country="GB", currency="GBP", locales=("en-GB",), paths={"en-GB": "en-gb"})
    public = PublicContext(
        market=market, locale="en-GB", currency="GBP", deadline=Deadline.after(1), trace=Trace(request_id="r")
    )
    shopper = Shopper(blob=SessionBlob(SECRET), visitor=SECRET, token=SECRET, consent=Consent(analytics=True))
    return VisitorContext(public=public, shopper=shopper)


@pytest.mark.parametrize(
    "holder",
    [
        visitor(),
        visitor().shopper,
        SessionBlob(SECRET),
        CartRef(id=SECRET, version=SECRET),
        SignedIn(customer=Customer(id="1", email=f"{SECRET}@example.org"), token=SECRET),
        Registration(email="a@example.org", password=SECRET),
        CartResult(cart=NoCart(reason="empty")),
    ],
    ids=lambda holder: type(holder).__name__,
)
def test_a_secret_is_not_shown_when_printed(holder: object) -> None:
    assert SECRET not in repr(holder)
    assert SECRET not in f"{holder}{[holder]}"


def test_each_shopper_consents_to_nothing_unasked() -> None:
    assert not any(msgspec.structs.astuple(Consent()))
