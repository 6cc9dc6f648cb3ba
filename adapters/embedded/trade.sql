-- Buying: carts, codes, orders, payments. In the same file as the catalogue, so that stock and order change in one transaction.
-- These tables outlive a new catalogue. Amounts, moments and JSON as in `schema.sql`; `trade.py` has the structs.

-- Carts: short-lived, written often. A cart that joined another is `merged` and leads there. `order_number` is its order, made
-- or under way (the shopper is at the provider's: then the cart is still open).
CREATE TABLE cart (
  id TEXT PRIMARY KEY, market TEXT NOT NULL, currency TEXT NOT NULL, language TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'ordered', 'expired', 'merged')), note TEXT,
  attributes TEXT NOT NULL DEFAULT '{}', created TEXT NOT NULL, updated TEXT NOT NULL,
  customer_id TEXT, merged_into TEXT, order_number TEXT,
  checkout TEXT NOT NULL DEFAULT '{}'                          -- CheckoutDoc: what was filled in and chosen
) WITHOUT ROWID;
CREATE INDEX cart_updated ON cart(updated);
CREATE INDEX cart_customer ON cart(customer_id, updated) WHERE customer_id IS NOT NULL;
CREATE TABLE cart_line (
  cart_id TEXT NOT NULL REFERENCES cart(id) ON DELETE CASCADE, id TEXT NOT NULL, position INTEGER NOT NULL, variant_id TEXT NOT NULL,
  quantity TEXT NOT NULL, inputs TEXT NOT NULL DEFAULT '[]', plan TEXT, parent TEXT,
  title TEXT NOT NULL,                                         -- what to call it once the variant is gone
  shown_price TEXT,                                            -- the unit price the shopper was last shown
  PRIMARY KEY (cart_id, id)
) WITHOUT ROWID;
CREATE TABLE cart_code (                                       -- code: the promotion's, or gift_card.id
  cart_id TEXT NOT NULL REFERENCES cart(id) ON DELETE CASCADE, id TEXT NOT NULL, kind TEXT NOT NULL, code TEXT NOT NULL,
  PRIMARY KEY (cart_id, id)
) WITHOUT ROWID;

-- Promotions are the catalogue's (setting `promotion`); here stands who has used them. A cancelled order gives its use back.
CREATE TABLE promotion_use (
  promotion TEXT NOT NULL, order_number TEXT NOT NULL, customer_id TEXT, email_key TEXT,
  PRIMARY KEY (promotion, order_number)
) WITHOUT ROWID;
CREATE TABLE gift_card (                                       -- code: SHA-256 of it; ending: its last four characters
  id TEXT PRIMARY KEY, code TEXT NOT NULL UNIQUE, ending TEXT NOT NULL, currency TEXT NOT NULL, initial TEXT NOT NULL,
  balance TEXT NOT NULL, order_number TEXT, line_id TEXT, created TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX gift_card_order ON gift_card(order_number) WHERE order_number IS NOT NULL;
CREATE TABLE gift_card_charge (                                -- what an order took off a card; given back: deleted
  card_id TEXT NOT NULL, order_number TEXT NOT NULL, amount TEXT NOT NULL, PRIMARY KEY (order_number, card_id)
) WITHOUT ROWID;

-- Orders. `released`: an attempt whose payment failed; nobody sees it, and its cart may make another.
CREATE TABLE orders (
  number TEXT PRIMARY KEY, cart_id TEXT NOT NULL, market TEXT NOT NULL, locale TEXT NOT NULL, customer_id TEXT, email_key TEXT,
  state TEXT NOT NULL CHECK (state IN ('pending', 'paid', 'processing', 'shipped', 'delivered', 'cancelled', 'returned', 'released')),
  placed TEXT NOT NULL, updated TEXT NOT NULL, method TEXT,
  lines TEXT NOT NULL,                                         -- hash of what was in the cart
  needs TEXT NOT NULL,                                         -- Needs: stock, gift cards and promotions it takes
  said TEXT,                                                   -- a word of `texts.py` that says more than the state
  doc TEXT NOT NULL                                            -- the port's Order
) WITHOUT ROWID;
CREATE UNIQUE INDEX order_cart ON orders(cart_id) WHERE state <> 'released';
CREATE INDEX order_customer ON orders(customer_id, placed) WHERE customer_id IS NOT NULL;
CREATE TABLE stock_hold (                                      -- pieces an order took out of `variant.stock`
  order_number TEXT NOT NULL, variant_id TEXT NOT NULL, quantity INTEGER NOT NULL, PRIMARY KEY (order_number, variant_id)
) WITHOUT ROWID;
CREATE TABLE return_request (
  id TEXT PRIMARY KEY, order_number TEXT NOT NULL, lines TEXT NOT NULL, reason TEXT NOT NULL, created TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX return_order ON return_request(order_number);

-- Payments as the shop knows them, and (provider_payment) as the test provider does: they share nothing but the id.
CREATE TABLE payment (
  id TEXT PRIMARY KEY, order_number TEXT NOT NULL, kind TEXT NOT NULL, amount TEXT NOT NULL, currency TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'processing', 'paid', 'declined', 'cancelled', 'lapsed', 'refunded')),
  created TEXT NOT NULL, expires TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX payment_order ON payment(order_number);
CREATE INDEX payment_expires ON payment(expires) WHERE state = 'open';
CREATE TABLE provider_payment (
  id TEXT PRIMARY KEY, amount TEXT NOT NULL, currency TEXT NOT NULL, reference TEXT NOT NULL, locale TEXT NOT NULL,
  kind TEXT NOT NULL, return_to TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'processing', 'approved', 'declined', 'cancelled', 'refunded')), created TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE handoff (                                         -- token: SHA-256 of what stands in the address
  token TEXT PRIMARY KEY, cart_id TEXT NOT NULL, market TEXT NOT NULL, locale TEXT NOT NULL, customer_id TEXT,
  return_to TEXT NOT NULL, created TEXT NOT NULL, expires TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX handoff_expires ON handoff(expires);
