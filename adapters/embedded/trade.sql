-- Buying: carts, codes, orders, payments. In the same file as the catalogue, so that stock and order change in one transaction.
-- These tables outlive a new catalogue. Amounts, moments and JSON as in `schema.sql`.

-- Carts: short-lived, written often.
CREATE TABLE cart (
  id TEXT PRIMARY KEY, market TEXT NOT NULL, currency TEXT NOT NULL, language TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'ordered', 'expired')), note TEXT, attributes TEXT NOT NULL DEFAULT '{}',
  created TEXT NOT NULL, updated TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX cart_updated ON cart(updated);
CREATE TABLE cart_line (
  cart_id TEXT NOT NULL REFERENCES cart(id) ON DELETE CASCADE, id TEXT NOT NULL, position INTEGER NOT NULL, variant_id TEXT NOT NULL,
  quantity TEXT NOT NULL, inputs TEXT NOT NULL DEFAULT '[]', plan TEXT, parent TEXT,
  title TEXT NOT NULL,                                         -- what to call it once the variant is gone
  shown_price TEXT,                                            -- the unit price the shopper was last shown
  PRIMARY KEY (cart_id, id)
) WITHOUT ROWID;
