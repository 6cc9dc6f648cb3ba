"""What is asked of the shop API about the catalogue. Narrow: a field is here because somebody shows it."""

from __future__ import annotations

from collections.abc import Mapping

ASSET = "preview width height"
FACET_VALUE = "id code name facet{id code name}"
CRUMBS = "breadcrumbs{id name slug}"
MOST = 100
"""Things Vendure lists at a time, unless the shop set another limit. It cuts a product's `variants` there too, silently."""


def option(swatch_field: str) -> str:
    own = f" customFields{{{swatch_field}}}" if swatch_field else ""
    return f"code name group{{code name}}{own}"


def _sold(swatch_field: str) -> str:
    """A variant as it is shown."""
    return f"""
    fragment Sold on ProductVariant {{
      id sku price priceWithTax currencyCode stockLevel options {{ {option(swatch_field)} }}
    }}
    """


def _card(swatch_field: str) -> str:
    """A product as a card: its variants' names are said once, by their groups."""
    own = f" customFields {{ {swatch_field} }}" if swatch_field else ""
    return f"""
    fragment Card on Product {{
      id slug name languageCode
      featuredAsset {{ {ASSET} }} assets {{ {ASSET} }}
      facetValues {{ id code name facet {{ code }} }}
      optionGroups {{ code options {{ code name{own} }} }}
      variantList(options: {{take: {MOST}}}) {{
        totalItems
        items {{ id sku price priceWithTax currencyCode stockLevel options {{ code group {{ code }} }} }}
      }}
    }}
    """


def page(swatch_field: str) -> str:
    return f"""
    query Page($slug: String!) {{
      product(slug: $slug) {{
        id slug name languageCode description updatedAt
        featuredAsset {{ {ASSET} }} assets {{ {ASSET} }}
        facetValues {{ {FACET_VALUE} }}
        optionGroups {{ code name options {{ code }} }}
        collections {{ id name slug {CRUMBS} }}
        variantList(options: {{take: {MOST}}}) {{ totalItems items {{ ...Sold featuredAsset {{ {ASSET} }} }} }}
      }}
    }}
    {_sold(swatch_field)}
    """


def cards(swatch_field: str) -> str:
    """Products by id."""
    return f"""
    query Cards($ids: [String!]!, $take: Int!) {{
      products(options: {{filter: {{id: {{in: $ids}}}}, take: $take}}) {{ items {{ ...Card }} }}
    }}
    {_card(swatch_field)}
    """


COLLECTION = f"""
query Collection($slug: String!) {{
  collection(slug: $slug) {{
    id name slug languageCode description featuredAsset {{ {ASSET} }} {CRUMBS} children {{ id name slug }}
  }}
}}
"""

BRANDS = """
query Brands($facet: String!) {
  facets(options: {filter: {code: {eq: $facet}}, take: 1}) { items { code values { id code name } } }
}
"""

TREE = f"id name slug parentId position featuredAsset {{ {ASSET} }}"

NAVIGATION = f"""
query Navigation($facet: String!) {{
  collections(options: {{take: 100, sort: {{id: ASC}}}}) {{ totalItems items {{ {TREE} }} }}
  facets(options: {{filter: {{code: {{eq: $facet}}}}, take: 1}}) {{ items {{ code values {{ id code name }} }} }}
}}
"""

MORE_COLLECTIONS = f"""
query More($skip: Int!) {{
  collections(options: {{take: 100, skip: $skip, sort: {{id: ASC}}}}) {{ totalItems items {{ {TREE} }} }}
}}
"""

STOCK = """
query Stock($ids: [String!]!, $take: Int!) {
  products(options: {filter: {id: {in: $ids}}, take: $take}) { items {
    first: variantList(options: {take: 100}) { items { id sku stockLevel } }
    second: variantList(options: {take: 100, skip: 100}) { items { id sku stockLevel } }
  } }
}
"""

PRODUCT_ENTRIES = f"""
query Entries($take: Int!, $skip: Int!) {{
  entries: products(options: {{take: $take, skip: $skip, sort: {{id: ASC}}}}) {{
    totalItems items {{ id slug name updatedAt featuredAsset {{ {ASSET} }} }}
  }}
}}
"""

COLLECTION_ENTRIES = f"""
query Entries($take: Int!, $skip: Int!) {{
  entries: collections(options: {{take: $take, skip: $skip, sort: {{id: ASC}}}}) {{
    totalItems items {{ id slug name updatedAt {CRUMBS} }}
  }}
}}
"""

TOUCHED = """
query Touched($take: Int!, $skip: Int!) {
  products(options: {take: $take, skip: $skip, sort: {updatedAt: DESC}}) { totalItems items { id updatedAt } }
  collections(options: {take: $take, skip: $skip, sort: {updatedAt: DESC}}) { totalItems items { id updatedAt } }
}
"""

CHANNEL = "query Channel { activeChannel { token currencyCode availableCurrencyCodes availableLanguageCodes } }"

SLUG = "product(slug: {name}) {{ id }}"
SKU = (
    "search(input: {{term: {name}, groupByProduct: false, take: 20}}) {{ items {{ productId productVariantId sku }} }}"
)
"""Products by slug and by SKU, as parts of one document."""


def rest(swatch_field: str, wanted: Mapping[str, int]) -> str:
    """What is missing of products' variants: how many each has, by id."""
    parts = " ".join(
        f"p{at}: product(id: $p{at}) {{ "
        + " ".join(
            f"v{skip}: variantList(options: {{take: {MOST}, skip: {skip}}}) {{ totalItems items {{ ...Sold }} }}"
            for skip in range(MOST, total, MOST)
        )
        + " }"
        for at, total in enumerate(wanted.values())
    )
    declared = ", ".join(f"$p{at}: ID!" for at in range(len(wanted)))
    return f"query Rest({declared}) {{ {parts} }} {_sold(swatch_field)}"
