# ruff: noqa: S608  (identifiers and placeholders are ours; values are always bound)
"""Where things stand: links to entities, and paths of earlier shops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from urllib.parse import unquote

from bff.ports import CategoryKind, EntityKind, Link, Located, Ref, Resolved

from .reading import Reading, marks

_KINDS: dict[str, EntityKind] = {
    "products": "product",
    "categories": "category",
    "collections": "collection",
    "brands": "brand",
    "pages": "page",
    "journal": "article",
}


def product_links(r: Reading, ids: Sequence[str]) -> dict[str, tuple[Link | None, str | None]]:
    """For each known product id its link (None where it is not sold in the market) and its main category."""
    found: dict[str, tuple[Link | None, str | None]] = {}
    if not ids:
        return found
    titles: dict[str, dict[str, tuple[str, str]]] = {}
    for id, language, slug, title in r.connection.execute(
        "SELECT p.id, t.language, t.slug, t.title FROM product p JOIN product_text t ON t.product_n = p.n"
        f" WHERE p.id IN ({marks(ids)}) AND t.language IN ({marks(r.languages)})",
        (*ids, *r.languages),
    ):
        titles.setdefault(id, {})[language] = (slug, title)
    for id, sold, category in r.connection.execute(
        "SELECT p.id, p.status <> 'gone' AND EXISTS (SELECT 1 FROM variant v JOIN price c ON c.variant_id = v.id"
        " AND c.list = ? WHERE v.product_n = p.n),"
        " (SELECT category_id FROM product_category WHERE product_n = p.n AND main = 1)"
        f" FROM product p WHERE p.id IN ({marks(ids)})",
        (r.price_list, *ids),
    ):
        text = r.by_language(titles.get(id, {}))
        link = Link(kind="product", id=id, slug=text[1][0], title=text[1][1]) if sold and text else None
        found[id] = (link, category)
    return found


def entry_link(r: Reading, kind: str, id: str) -> Link | None:
    """The link of a page or an article."""
    rows = {
        language: (slug, title)
        for language, slug, title in r.connection.execute(
            "SELECT t.language, t.slug, t.title FROM entry e JOIN entry_text t ON t.entry_id = e.id"
            " WHERE e.id = ? AND e.kind = ?",
            (id, kind),
        )
    }
    text = r.by_language(rows)
    return Link(kind=cast(EntityKind, kind), id=id, slug=text[1][0], title=text[1][1]) if text else None


def link(r: Reading, kind: str, id: str) -> Link | None:
    """The link of any thing; None where there is none in this market."""
    if kind in ("category", "collection"):
        category = r.words.categories.get(id)
        return r.category_link(category) if category is not None and category.kind == kind else None
    if kind == "brand":
        return r.brand_link(id)
    if kind == "product":
        return product_links(r, [id]).get(id, (None, None))[0]
    return entry_link(r, kind, id)


def locate(r: Reading, refs: Sequence[Ref]) -> tuple[Located, ...]:
    """See the port."""
    if len(refs) != 1:
        return _locate(r, refs)
    return r.remembered(("locate", *refs), lambda: _locate(r, refs))


def _locate(r: Reading, refs: Sequence[Ref]) -> tuple[Located, ...]:
    skus = [ref.sku for ref in refs if ref.kind == "product" and ref.id is None and ref.sku]
    ids = product_ids_by_sku(r, skus)
    wanted = [ref.id or ids.get(ref.sku or "", "") for ref in refs if ref.kind == "product"]
    products = product_links(r, list(dict.fromkeys(wanted)))
    located: list[Located] = []
    for ref in refs:
        if ref.kind != "product":
            located.append(Located(ref=ref, link=link(r, ref.kind, ref.id or "")))
            continue
        found, category = products.get(ref.id or ids.get(ref.sku or "", ""), (None, None))
        trail = () if found else r.trail(category)
        located.append(Located(ref=ref, link=found, nearest=trail[-1] if trail else None))
    return tuple(located)


def product_ids_by_sku(r: Reading, skus: Sequence[str]) -> dict[str, str]:
    """Product ids by the product's own SKU or a variant's."""
    if not skus:
        return {}
    return dict(
        r.connection.execute(
            f"SELECT v.sku, p.id FROM variant v JOIN product p ON p.n = v.product_n WHERE v.sku IN ({marks(skus)})"
            f" UNION ALL SELECT sku, id FROM product WHERE sku IN ({marks(skus)})",
            (*skus, *skus),
        ).fetchall()
    )


def find_slug(r: Reading, table: str, key: str, slug: str) -> object | None:
    """The key of the row with this slug: in the context's languages first, then in any other."""
    tried = tuple(dict.fromkeys((*r.languages, *r.words.languages)))
    rows = r.connection.execute(
        f"SELECT language, {key} FROM {table} WHERE slug = ? AND language IN ({marks(tried)})",
        (slug, *tried),
    ).fetchall()
    best: object = min(rows, key=lambda row: tried.index(row[0]), default=(None, None))[1]
    return best


def find_category(r: Reading, kind: CategoryKind, slug: str) -> str | None:
    """The id of a category, a collection or a brand by its slug in any language, the context's first."""
    if kind == "brand":
        return r.words.brand_slugs.get(slug)
    for language in (*r.languages, *r.words.languages):
        id = r.words.category_slugs.get((language, slug))
        if id is not None and r.words.categories[id].kind == kind:
            return id
    return None


def resolve(r: Reading, path: str) -> Resolved | None:
    """See the port. A target that is a page of the head (`/stores`) comes as `redirect`, rooted at the store."""
    path = unquote(path).rstrip("/") or "/"
    row = r.connection.execute("SELECT target, gone FROM redirect WHERE path = ?", (path,)).fetchone()
    if row is not None:
        target, gone = row
        if gone:
            return Resolved(gone=True)
        kind, _, id = str(target).partition(":")
        if not id or kind in ("http", "https"):
            return Resolved(redirect=target if id or kind.startswith("/") else f"/{kind}")
        found = link(r, kind, id)
        return Resolved(link=found) if found else None
    plural, _, slug = path.lstrip("/").partition("/")
    known = _KINDS.get(plural)
    if known is None or not slug:
        return None
    found = _by_slug(r, known, slug)
    return Resolved(link=found) if found else None


def _by_slug(r: Reading, kind: EntityKind, slug: str) -> Link | None:
    if kind in ("category", "collection", "brand"):
        id = find_category(r, kind, slug)
        return link(r, kind, id) if id else None
    if kind == "product":
        n = find_slug(r, "product_text", "product_n", slug)
        row = r.connection.execute("SELECT id FROM product WHERE n = ?", (n,)).fetchone()
        return link(r, kind, row[0]) if row else None
    entry = find_slug(r, "entry_text", "entry_id", slug)
    return link(r, kind, str(entry)) if entry else None
