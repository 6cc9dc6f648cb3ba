
-- Customers and what they keep: accounts, addresses, lists, notices, messages. These tables outlive a new catalogue.
-- Moments and JSON as in `schema.sql`. Tokens are kept as SHA-256 only; `email_key` is the address in the form that is compared.

CREATE TABLE customer (
  id TEXT PRIMARY KEY, email TEXT NOT NULL, email_key TEXT NOT NULL UNIQUE, password TEXT NOT NULL,
  first_name TEXT, last_name TEXT, phone TEXT, marketing INTEGER NOT NULL DEFAULT 0,
  market TEXT NOT NULL, locale TEXT NOT NULL, created TEXT NOT NULL,
  noticed TEXT                                                 -- when its owner was last told that somebody registered it again
) WITHOUT ROWID;
CREATE TABLE registration (                                    -- becomes a customer by the token in the mail, as that one gave it
  token TEXT PRIMARY KEY, email TEXT NOT NULL, email_key TEXT NOT NULL, password TEXT NOT NULL,
  first_name TEXT, last_name TEXT, marketing INTEGER NOT NULL, created TEXT NOT NULL, expires TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX registration_email ON registration(email_key, created);
CREATE TABLE customer_session (
  token TEXT PRIMARY KEY, customer_id TEXT NOT NULL REFERENCES customer(id) ON DELETE CASCADE, created TEXT NOT NULL,
  expires TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX customer_session_customer ON customer_session(customer_id);
CREATE TABLE password_reset (
  token TEXT PRIMARY KEY, customer_id TEXT NOT NULL REFERENCES customer(id) ON DELETE CASCADE, created TEXT NOT NULL,
  expires TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX password_reset_customer ON password_reset(customer_id);
CREATE TABLE sign_in_code (                                    -- of an unknown address too: then without a customer
  token TEXT PRIMARY KEY, customer_id TEXT REFERENCES customer(id) ON DELETE CASCADE, code TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, created TEXT NOT NULL, expires TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE sign_in_failure (                                 -- key: hash of an address, or of an address and a known device
  key TEXT PRIMARY KEY, count INTEGER NOT NULL, last TEXT NOT NULL, until TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE known_device (                                    -- a browser in which this customer has signed in
  token TEXT NOT NULL, customer_id TEXT NOT NULL REFERENCES customer(id) ON DELETE CASCADE, created TEXT NOT NULL,
  PRIMARY KEY (customer_id, token)
) WITHOUT ROWID;

CREATE TABLE customer_address (                                -- address: the port's Address
  id TEXT PRIMARY KEY, customer_id TEXT NOT NULL REFERENCES customer(id) ON DELETE CASCADE, address TEXT NOT NULL,
  preferred INTEGER NOT NULL DEFAULT 0, created TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX customer_address_customer ON customer_address(customer_id);

CREATE TABLE wishlist (                                        -- owner: customer:<id>, or guest:<hash of the browser's key>
  id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, share TEXT UNIQUE, created TEXT NOT NULL, updated TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX wishlist_owner ON wishlist(owner);
CREATE TABLE wishlist_item (
  list_id TEXT NOT NULL REFERENCES wishlist(id) ON DELETE CASCADE, sku TEXT NOT NULL, added TEXT NOT NULL,
  quantity TEXT NOT NULL, PRIMARY KEY (list_id, sku)
) WITHOUT ROWID;

CREATE TABLE stock_notice (                                    -- told: when the mail was queued; token: of that mail
  sku TEXT NOT NULL, email_key TEXT NOT NULL, email TEXT NOT NULL, market TEXT NOT NULL, locale TEXT NOT NULL,
  created TEXT NOT NULL, told TEXT, token TEXT UNIQUE,
  PRIMARY KEY (sku, email_key)
) WITHOUT ROWID;
CREATE INDEX stock_notice_email ON stock_notice(email_key);
CREATE TABLE newsletter (                                      -- confirmed: NULL until the link in the mail was followed
  email_key TEXT PRIMARY KEY, email TEXT NOT NULL, market TEXT NOT NULL, locale TEXT NOT NULL,
  token TEXT UNIQUE, asked TEXT NOT NULL, confirmed TEXT
) WITHOUT ROWID;
CREATE TABLE review_by (                                       -- who wrote which review; rows without a review mean nothing
  customer_id TEXT NOT NULL REFERENCES customer(id) ON DELETE CASCADE, product_id TEXT NOT NULL, review_id TEXT NOT NULL,
  PRIMARY KEY (customer_id, product_id)
) WITHOUT ROWID;

CREATE TABLE outbox (                                          -- mail that waits, or could not be sent; sent mail leaves
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, recipient TEXT NOT NULL, market TEXT NOT NULL, locale TEXT NOT NULL,
  data TEXT NOT NULL, queued TEXT NOT NULL, due TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
  lease TEXT,                                                  -- the sender that holds it; until `due`, then anybody may
  failed TEXT                                                  -- why nobody tries any more
) WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox(due) WHERE failed IS NULL;
