"""The catalogue's documents. Each asks for what is shown and no more."""

from __future__ import annotations

TAXED = "fragment Taxed on TaxedMoney { gross { amount currency } net { amount currency } }"

CARD = """
fragment Card on Product {
  id slug name translation(languageCode: $lang) { name }
  isAvailable isAvailableForPurchase
  media { id alt type url(size: 1024) }
  pricing {
    priceRange { start { ...Taxed } stop { ...Taxed } }
    priceRangeUndiscounted { start { ...Taxed } } priceRangePrior { start { ...Taxed } }
  }
  brand: attribute(slug: $brand) { attribute { slug } values { id slug name translation(languageCode: $lang) { name } } }
  productType { kind isShippingRequired }
  variants { id sku }
}
"""

VARIANT = """
fragment Variant on ProductVariant {
  id name sku
  quantityAvailable(countryCode: $country) quantityLimitPerCustomer
  preorder { endDate }
  media { id }
  pricing { price { ...Taxed } priceUndiscounted { ...Taxed } pricePrior { ...Taxed } }
  attributes(variantSelection: VARIANT_SELECTION) { ...Chosen }
}
fragment Chosen on SelectedAttribute {
  attribute { slug name inputType translation(languageCode: $lang) { name } }
  values { slug name value boolean translation(languageCode: $lang) { name } }
}
"""

_HEAD = "$channel: String!, $lang: LanguageCodeEnum!, $brand: String!"

PRODUCT = f"""
query Product($slug: String!, {_HEAD}, $country: CountryCode!) {{
  product(slug: $slug, channel: $channel) {{
    ...Card
    translation(languageCode: $lang) {{ name description seoTitle seoDescription }}
    description seoTitle seoDescription updatedAt availableForPurchaseAt
    category {{
      id slug name translation(languageCode: $lang) {{ name }}
      ancestors(first: 10) {{ edges {{ node {{ id slug name translation(languageCode: $lang) {{ name }} }} }} }}
    }}
    attributes {{
      attribute {{ slug name inputType translation(languageCode: $lang) {{ name }} }}
      values {{ slug name plainText boolean translation(languageCode: $lang) {{ name plainText }} }}
    }}
    variants {{ ...Variant }}
  }}
}} {CARD} {VARIANT} {TAXED}
"""

CARDS = f"""
query Cards(
  {_HEAD}, $ids: [ID!], $slugs: [String!], $skus: [String!],
  $byId: Boolean!, $bySlug: Boolean!, $bySku: Boolean!
) {{
  ids: products(first: 100, channel: $channel, where: {{ids: $ids}})
    @include(if: $byId) {{ edges {{ node {{ ...Card }} }} }}
  slugs: products(first: 100, channel: $channel, where: {{slug: {{oneOf: $slugs}}}})
    @include(if: $bySlug) {{ edges {{ node {{ ...Card }} }} }}
  skus: productVariants(first: 100, channel: $channel, filter: {{sku: $skus}})
    @include(if: $bySku) {{ edges {{ node {{ id sku product {{ ...Card }} }} }} }}
}} {CARD} {TAXED}
"""

STOCK = """
query Stock(
  $channel: String!, $country: CountryCode!, $ids: [ID!], $skus: [String!], $byId: Boolean!, $bySku: Boolean!
) {
  ids: productVariants(first: 100, channel: $channel, ids: $ids) @include(if: $byId) { edges { node { ...Stock } } }
  skus: productVariants(first: 100, channel: $channel, filter: {sku: $skus})
    @include(if: $bySku) { edges { node { ...Stock } } }
}
fragment Stock on ProductVariant {
  id sku quantityAvailable(countryCode: $country) quantityLimitPerCustomer preorder { endDate }
  product { isAvailableForPurchase }
}
"""

_SHELF = "id slug name translation(languageCode: $lang) { name }"

# Nested lists cost the product of their lengths, of which Saleor allows 50,000: the tree is asked for flat.
NAVIGATION = f"""
query Navigation($channel: String!, $lang: LanguageCodeEnum!, $brand: String!, $after: String, $more: Boolean!) {{
  categories(first: 100, after: $after) {{ pageInfo {{ hasNextPage endCursor }} edges {{ node {{
    {_SHELF} backgroundImage(size: 1024) {{ url alt }} parent {{ id }}
  }} }} }}
  collections(first: 100, channel: $channel) @skip(if: $more) {{ edges {{ node {{ {_SHELF} }} }} }}
  brands: attribute(slug: $brand) @skip(if: $more) {{
    slug choices(first: 100) {{ edges {{ node {{ {_SHELF} }} }} }}
  }}
}}
"""

_HEADING = """
  id slug name description seoTitle seoDescription
  translation(languageCode: $lang) { name description seoTitle seoDescription }
  backgroundImage(size: 1024) { url alt }
"""

CATEGORY = f"""
query Category($slug: String!, $lang: LanguageCodeEnum!) {{
  shelf: category(slug: $slug) {{
    {_HEADING}
    ancestors(first: 10) {{ edges {{ node {{ {_SHELF} }} }} }}
    children(first: 100) {{ edges {{ node {{ {_SHELF} }} }} }}
  }}
}}
"""

COLLECTION = f"""
query Collection($slug: String!, $channel: String!, $lang: LanguageCodeEnum!) {{
  shelf: collection(slug: $slug, channel: $channel) {{ {_HEADING} }}
}}
"""

BRANDS = f"""
query Brands($brand: String!, $lang: LanguageCodeEnum!, $after: String) {{
  brands: attribute(slug: $brand) {{ slug choices(first: 100, after: $after) {{
    pageInfo {{ hasNextPage endCursor }} edges {{ node {{ {_SHELF} }} }}
  }} }}
}}
"""

LOCATE = f"""
query Locate(
  $channel: String!, $lang: LanguageCodeEnum!, $products: [ID!], $categories: [ID!], $collections: [ID!],
  $skus: [String!], $byProduct: Boolean!, $byCategory: Boolean!, $byCollection: Boolean!, $bySku: Boolean!
) {{
  products(first: 100, channel: $channel, where: {{ids: $products}})
    @include(if: $byProduct) {{ edges {{ node {{ {_SHELF} }} }} }}
  categories(first: 100, where: {{ids: $categories}}) @include(if: $byCategory) {{ edges {{ node {{ {_SHELF} }} }} }}
  collections(first: 100, channel: $channel, where: {{ids: $collections}})
    @include(if: $byCollection) {{ edges {{ node {{ {_SHELF} }} }} }}
  skus: productVariants(first: 100, channel: $channel, filter: {{sku: $skus}})
    @include(if: $bySku) {{ edges {{ node {{ id sku product {{ {_SHELF} }} }} }} }}
}}
"""

_PAGE = "pageInfo { hasNextPage endCursor }"

SITEMAP = {
    "product": f"""
query ProductAddresses($channel: String!, $lang: LanguageCodeEnum!, $after: String) {{
  entries: products(first: 100, channel: $channel, after: $after) {{ {_PAGE} edges {{ node {{
    {_SHELF} updatedAt media {{ id alt type url(size: 1024) }} variants {{ id sku }}
  }} }} }}
}}
""",
    "category": f"""
query CategoryAddresses($lang: LanguageCodeEnum!, $after: String) {{
  entries: categories(first: 100, after: $after) {{ {_PAGE} edges {{ node {{ {_SHELF} updatedAt }} }} }}
}}
""",
    "collection": f"""
query CollectionAddresses($channel: String!, $lang: LanguageCodeEnum!, $after: String) {{
  entries: collections(first: 100, channel: $channel, after: $after) {{ {_PAGE} edges {{ node {{ {_SHELF} }} }} }}
}}
""",
}

_LISTED = """
  totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { node { ...Card } }
"""
_PAGING = "first: $first, last: $last, after: $after, before: $before, search: $search, where: $where, sortBy: $sortBy"
_LISTING = f"""
  {_HEAD}, $first: Int, $last: Int, $after: String, $before: String, $search: String, $where: ProductWhereInput,
  $sortBy: ProductOrder, $narrow: AttributeFilterInput
"""
FACETS = """
  attributes(first: 50, channel: $channel, filter: $narrow) { edges { node {
    slug name inputType translation(languageCode: $lang) { name }
    choices(first: 100) { edges { node { slug name value boolean translation(languageCode: $lang) { name } } } }
  } } }
"""
LISTING = f"""
query Listing({_LISTING}) {{
  products(channel: $channel, {_PAGING}) {{ {_LISTED} }}
  {FACETS}
}} {CARD} {TAXED}
"""
COLLECTED = f"""
query Collected({_LISTING}, $slug: String!) {{
  collection(slug: $slug, channel: $channel) {{ id products({_PAGING}) {{ {_LISTED} }} }}
  {FACETS}
}} {CARD} {TAXED}
"""
CATEGORIES = "query Known($ids: [ID!]) { categories(first: 1, where: {ids: $ids}) { edges { node { id slug name } } } }"

SUGGEST = f"""
query Suggest({_HEAD}, $search: String!, $first: Int!) {{
  products(first: $first, channel: $channel, search: $search, sortBy: {{field: RANK, direction: DESC}}) {{
    edges {{ node {{ ...Card }} }}
  }}
  categories(first: $first, filter: {{search: $search}}) {{ edges {{ node {{ {_SHELF} }} }} }}
}} {CARD} {TAXED}
"""

CHANNEL = """
query Channel($channel: String!) {
  channel(slug: $channel) { slug countries { code } }
  products(first: 1, channel: $channel) { edges { node { id pricing { priceRange { start {
    gross { amount currency } net { amount currency }
  } } } } } }
}
"""
