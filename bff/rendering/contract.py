"""Does a template read only what its page offers? Checked without rendering: each `page.…`, `store.…`, `ctx.…` in a
template is followed through the view model's types, and each message key must be in every locale's catalogue."""

from __future__ import annotations

import importlib
import re
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, TemplateSyntaxError, nodes

from bff import settings as configuration
from bff.ports import Cart
from bff.settings import Settings

from .environment import TemplateContext
from .keeping import Keep
from .messages import load as load_messages
from .regions import Region

VIEWS: Mapping[str, tuple[str, str]] = {
    "pages/home.html": ("home", "HomePage"),
    "pages/listing.html": ("listing", "ListingPage"),
    "pages/search.html": ("search", "SearchPage"),
    "pages/suggest.html": ("search", "SuggestFragment"),
    "pages/product.html": ("product", "ProductPage"),
    "pages/content.html": ("content", "ContentPageView"),
    "pages/journal.html": ("journal", "JournalPage"),
    "pages/article.html": ("journal", "ArticlePage"),
    "pages/stores.html": ("stores", "StoresPage"),
    "pages/bag.html": ("parts.bag", "BagPage"),
    "pages/added.html": ("added", "AddedPage"),
    "pages/bag_link.html": ("bag_link", "BagLinkPage"),
    "pages/checkout.html": ("checkout", "HandOffPage"),
    "pages/checkout_details.html": ("checkout_details", "DetailsPage"),
    "pages/checkout_delivery.html": ("checkout_delivery", "DeliveryPage"),
    "pages/checkout_payment.html": ("checkout_payment", "PaymentPage"),
    "pages/checkout_review.html": ("checkout_review", "ReviewPage"),
    "pages/checkout_done.html": ("checkout_done", "DonePage"),
    "pages/checkout_pay.html": ("checkout_done", "PayPage"),
    "pages/failure.html": ("failure", "FailurePage"),
    "pages/sign_in.html": ("account_sign_in", "SignInPage"),
    "pages/account.html": ("account", "AccountPage"),
    "pages/account_form.html": ("parts.account", "FormPage"),
    "pages/account_addresses.html": ("account_addresses", "AddressesPage"),
    "pages/account_address.html": ("account_addresses", "AddressPage"),
    "pages/orders.html": ("orders", "OrdersPage"),
    "pages/order.html": ("orders", "OrderPage"),
    "pages/invoice.html": ("orders", "OrderPage"),
    "pages/order_return.html": ("orders_actions", "ReturnPage"),
    "pages/wishlists.html": ("wishlists", "WishlistsPage"),
    "pages/wishlist_shared.html": ("wishlists", "SharedPage"),
    "pages/compare.html": ("compare", "ComparePage"),
    "pages/measuring.html": ("measuring", "MeasuringPage"),
    "holes/preview.html": ("parts.holes", "PreviewBar"),
    "holes/measuring.html": ("parts.holes", "MeasuringNotice"),
}
"""Which view model each page template reads: the module in `bff.pages` and the struct."""

FREE = frozenset({"pages/inspector.html", "pages/plain.html", "holes/flash.html", "holes/account.html"})


def view_type(template: str) -> type[msgspec.Struct]:
    """The struct behind `page` in a template."""
    if template == "holes/bag.html":
        return Cart
    module, name = VIEWS[template]
    found: type[msgspec.Struct] = getattr(importlib.import_module(f"bff.pages.{module}"), name)
    return found


def problems(settings: Settings) -> list[str]:
    """Everything a store's templates and messages get wrong; empty where all is well."""
    folders = configuration.search_path(settings, "templates")
    loader = FileSystemLoader([str(folder) for folder in folders])
    environment = Environment(loader=loader, autoescape=True, extensions=[Keep])
    found: list[str] = []
    keys: set[str] = set()
    for name in sorted({*environment.list_templates(extensions=["html"])} - FREE):
        if name.startswith("experiments/"):
            continue  # `portico experiment lint` reads those
        try:
            tree = environment.parse(environment.loader.get_source(environment, name)[0])  # type: ignore[union-attr]
        except TemplateSyntaxError as error:
            found.append(f"{name}:{error.lineno}: {error.message}")
            continue
        found += [f"{name}:{line}: {text}" for line, text in unknown(tree, name)]
        keys |= named_keys(tree)
    missing = sorted(set(VIEWS) - set(environment.list_templates()))
    found += [f"{name}: there is no such template" for name in missing]
    return found + list(_untranslated(settings, folders, keys))


def unknown(tree: nodes.Template, name: str) -> Iterator[tuple[int, str]]:
    """Paths that lead to no field in what the template `name` is given. Loop variables take the type of what is looped
    over."""
    shell = importlib.import_module("bff.pages.shell").Store
    roots: dict[str, Any] = {"store": shell, "ctx": TemplateContext}
    if name in VIEWS or name.startswith("holes/"):
        roots["page"] = view_type(name)
    yield from _walk(tree, roots)


def _walk(node: nodes.Node, scope: dict[str, Any]) -> Iterator[tuple[int, str]]:
    if isinstance(node, nodes.Macro | nodes.CallBlock):
        inner = dict(scope)
        for argument in node.args:
            inner.pop(argument.name, None)
        for child in node.iter_child_nodes():
            yield from _walk(child, inner)
        return
    if isinstance(node, nodes.For):
        yield from _walk(node.iter, scope)
        inner = dict(scope)
        _bind(node.target, _element(_type_of(node.iter, scope)), inner)
        for child in (*node.body, *node.else_, *([node.test] if node.test else [])):
            yield from _walk(child, inner)
        return
    if isinstance(node, nodes.Assign | nodes.With):
        targets = (
            [(node.target, node.node)]
            if isinstance(node, nodes.Assign)
            else list(zip(node.targets, node.values, strict=True))
        )
        for target, value in targets:
            yield from _walk(value, scope)
            _bind(target, _type_of(value, scope), scope)
        for child in node.body if isinstance(node, nodes.With) else ():
            yield from _walk(child, scope)
        return
    if isinstance(node, nodes.Getattr):
        owner = _type_of(node.node, scope)
        wrong = [kind for kind in _structs(owner) if _field(kind, node.attr) is None]
        if wrong and len(wrong) == len(list(_structs(owner))):
            names = ", ".join(field.name for field in msgspec.structs.fields(wrong[0]))
            yield node.lineno, f"`{wrong[0].__name__}` has no `{node.attr}` (it has {names})"
    for child in node.iter_child_nodes():
        yield from _walk(child, scope)


def _bind(target: nodes.Node, kind: Any, scope: dict[str, Any]) -> None:
    if isinstance(target, nodes.Name):
        scope[target.name] = kind
    elif isinstance(target, nodes.Tuple):
        kinds = typing.get_args(kind) if typing.get_origin(kind) is tuple else ()
        for index, part in enumerate(target.items):
            _bind(part, kinds[index] if index < len(kinds) else None, scope)


def _type_of(node: nodes.Node, scope: Mapping[str, Any]) -> Any:
    if isinstance(node, nodes.Name):
        return scope.get(node.name)
    if isinstance(node, nodes.Getattr):
        found = [_field(kind, node.attr) for kind in _structs(_type_of(node.node, scope))]
        return next((kind for kind in found if kind is not None), None)
    if isinstance(node, nodes.Getitem):
        return _element(_type_of(node.node, scope))
    if isinstance(node, nodes.Filter) and node.name in ("first", "last") and node.node is not None:
        return _element(_type_of(node.node, scope))
    return None


def _structs(kind: Any) -> Iterator[Any]:
    """The structs a type may be; none for what cannot be followed."""
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        for part in typing.get_args(kind):
            yield from _structs(part)
    elif (isinstance(kind, type) and issubclass(kind, msgspec.Struct)) or (
        isinstance(origin, type) and issubclass(origin, msgspec.Struct)
    ):
        yield kind


def _field(kind: Any, name: str) -> Any:
    """The type of a struct's field or property; None where there is none."""
    origin = typing.get_origin(kind) or kind
    hints = typing.get_type_hints(origin)
    if name in hints and not hasattr(typing.ClassVar, name):
        hint = hints[name]
        if origin is Region and name == "value":
            return typing.get_args(kind)[0] if typing.get_args(kind) else Any
        return hint
    member = getattr(origin, name, None)
    if isinstance(member, property) and member.fget is not None:
        return typing.get_type_hints(member.fget).get("return", Any)
    return Any if callable(member) else None


def _element(kind: Any) -> Any:
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        parts = [_element(part) for part in typing.get_args(kind) if part is not type(None)]
        return parts[0] if parts else None
    if typing.get_origin(kind) in (tuple, list):
        arguments = typing.get_args(kind)
        return arguments[0] if arguments else None
    return None


def named_keys(tree: nodes.Template) -> set[str]:
    """Message keys named outright in a template; computed ones (`"sort." ~ id`) are the message tests' business."""
    found: set[str] = set()
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in ("t", "tn") and call.args:
            first = call.args[0]
            if isinstance(first, nodes.Const) and isinstance(first.value, str):
                found.add(first.value)
    return found


def _untranslated(settings: Settings, folders: list[Path], keys: set[str]) -> Iterator[str]:
    for market in settings.markets.values():
        for locale in market.locales:
            messages = load_messages([folder / "messages" for folder in folders], locale)
            for key in sorted(keys):
                if not messages.has(key) and not messages.has_plural(key):
                    yield f"messages/{re.split('[-_]', locale)[0]}.po: `{key}` is missing"
