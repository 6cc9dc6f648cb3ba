// The index that the adapter's settings in tests/live/medusa/shop.py name, field by field.
const { QueryContext, defineSearchIndex, graphConsume, graphSeed, search } = require("@medusajs/framework/utils")

const CURRENCIES = ["gbp", "eur", "usd", "aed"]
const FACETS = ["material", "origin", "made"]
const OPTIONS = ["colour", "size"]

const keywords = () => search.keyword().array().filterable().facetable()
const each = (names, make) => Object.fromEntries(names.map((name) => [name, make()]))

const fields = search.define({
  id: search.keyword().filterable().sortable(),
  handle: search.keyword().filterable(),
  title: search.text().searchable({ weight: 4 }).sortable(),
  subtitle: search.text().searchable({ weight: 2 }),
  description: search.text().searchable(),
  brand: search.keyword().searchable({ weight: 2 }).filterable().facetable(),
  status: search.keyword().filterable(),
  sales_channel_ids: search.keyword().array().filterable(),
  category_ids: search.keyword().array().filterable(),
  collection_id: search.keyword().filterable(),
  created_at: search.date().filterable().sortable(),
  rank: search.integer().filterable().sortable(),
  ...each([...FACETS, ...OPTIONS], keywords),
  ...Object.fromEntries(
    CURRENCIES.map((code) => [
      `price_${code}`,
      search.float().filterable().sortable().facetable({ types: ["stats", "range"] }),
    ])
  ),
})

const selection = [
  "id", "handle", "title", "subtitle", "description", "status", "metadata", "created_at",
  "collection.id", "collection.title", "sales_channels.id", "categories.id", "categories.mpath",
  "options.title", "options.values.value",
]

// What is charged, price lists included: a product's own prices know nothing of a sale. One question for each currency.
const prices = async (rows, { query }) => {
  const found = Object.fromEntries(CURRENCIES.map((code) => [code, new Map()]))
  for (const code of CURRENCIES) {
    const { data } = await query.graph({
      entity: "variant",
      fields: ["id", "product_id", "calculated_price.calculated_amount"],
      filters: { product_id: rows.map(({ id }) => id) },
      context: { calculated_price: QueryContext({ currency_code: code }) },
    })
    for (const { product_id, calculated_price } of data) {
      const amount = calculated_price?.calculated_amount
      if (amount != null) found[code].set(product_id, Math.min(Number(amount), found[code].get(product_id) ?? Infinity))
    }
  }
  return found
}

const chosen = (row, name) => {
  const option = (row.options ?? []).find(({ title }) => title.toLowerCase() === name)
  return (option?.values ?? []).map(({ value }) => value)
}

// A category's page shows what stands in those below it: a product is indexed under all of them.
const ancestry = (row) => [...new Set((row.categories ?? []).flatMap(({ id, mpath }) => (mpath ?? id).split(".")))]

const transform = async (rows, { container }) => {
  const known = await prices(rows, container)
  return rows.map((row) => ({
    id: row.id,
    handle: row.handle,
    title: row.title,
    subtitle: row.subtitle ?? undefined,
    description: row.description ?? undefined,
    brand: row.collection?.title,
    status: row.status,
    sales_channel_ids: (row.sales_channels ?? []).map(({ id }) => id),
    category_ids: ancestry(row),
    collection_id: row.collection?.id,
    created_at: row.created_at,
    rank: Number(row.metadata?.rank ?? 0),
    ...Object.fromEntries(FACETS.map((name) => [name, row.metadata?.[name] ?? []])),
    ...Object.fromEntries(OPTIONS.map((name) => [name, chosen(row, name)])),
    ...Object.fromEntries(CURRENCIES.map((code) => [`price_${code}`, known[code].get(row.id)])),
  }))
}

module.exports = {
  default: defineSearchIndex({
    name: "product",
    entity: "product",
    fields,
    events: ["product.created", "product.updated", "product.deleted"],
    consume: graphConsume({ fields: selection, transform }),
    seed: graphSeed({ fields: selection, transform }),
  }),
}
