-- The embedded backend's catalogue and carts. One file, WAL, several processes.
-- Amounts are decimal text in the currency's major unit; moments are UTC ISO 8601 text; JSON columns are UTF-8 text, and
-- `documents.py` has the struct of each. A "text" in JSON is {language: words}.
-- Languages are the catalogue's ("en", "de", "ar"), or a whole locale ("en-US") where the words differ there: look up the
-- locale, then its language, then meta's `default_language`, in which every product, category and entry has a row.
-- `n` is a dense ordinal (0, 1, 2 …): the bit of a product in the search index's bitmaps.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- schema: hash of this file · catalogue_version: counts up at every write of the catalogue · default_language
-- source: demo | import | generated (only demo is built again by itself) · seed: hash of the demo's files

CREATE TABLE brand (id TEXT PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL, description TEXT NOT NULL) WITHOUT ROWID;
                                                              -- description: a text, of HTML
CREATE TABLE category (                                       -- categories and collections
  id TEXT PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('category', 'collection')),
  parent TEXT REFERENCES category(id), position INTEGER NOT NULL, image TEXT              -- PictureDoc or NULL
) WITHOUT ROWID;
CREATE TABLE category_text (
  category_id TEXT NOT NULL, language TEXT NOT NULL, slug TEXT NOT NULL, name TEXT NOT NULL,
  description TEXT NOT NULL,                                   -- HTML
  PRIMARY KEY (category_id, language)
) WITHOUT ROWID;
CREATE INDEX category_slug ON category_text(language, slug);

CREATE TABLE option (                                          -- name: a text; kind: swatch, size, choice
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, position INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE option_value (                                    -- name: a text; swatch: a CSS hex colour
  option_id TEXT NOT NULL, id TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL, swatch TEXT, position INTEGER NOT NULL,
  PRIMARY KEY (option_id, id)
) WITHOUT ROWID;
CREATE TABLE attribute (id TEXT PRIMARY KEY, name TEXT NOT NULL, facet INTEGER NOT NULL, unit TEXT, position INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE attribute_value (attribute_id TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY (attribute_id, id)) WITHOUT ROWID;

CREATE TABLE product (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, sku TEXT,
  kind TEXT NOT NULL CHECK (kind IN ('physical', 'digital', 'gift_card', 'bundle')), brand_id TEXT,
  status TEXT NOT NULL CHECK (status IN ('active', 'discontinued', 'gone')),
  rank INTEGER NOT NULL, sales INTEGER NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL,
  rating_sum INTEGER NOT NULL DEFAULT 0, rating_count INTEGER NOT NULL DEFAULT 0,
  doc TEXT NOT NULL                                            -- ProductDoc
);
CREATE INDEX product_sku ON product(sku) WHERE sku IS NOT NULL;
CREATE INDEX product_brand ON product(brand_id, n);
CREATE TABLE product_text (
  product_n INTEGER NOT NULL, language TEXT NOT NULL, slug TEXT NOT NULL, title TEXT NOT NULL, summary TEXT NOT NULL,
  description TEXT NOT NULL,                                   -- HTML
  PRIMARY KEY (product_n, language)
) WITHOUT ROWID;
CREATE UNIQUE INDEX product_slug ON product_text(language, slug);
CREATE TABLE product_category (product_n INTEGER NOT NULL, category_id TEXT NOT NULL, main INTEGER NOT NULL,
  PRIMARY KEY (product_n, category_id)) WITHOUT ROWID;          -- the leaves it stands in, and all its collections
CREATE INDEX category_product ON product_category(category_id, product_n);

CREATE TABLE variant (
  id TEXT PRIMARY KEY, product_n INTEGER NOT NULL, position INTEGER NOT NULL, sku TEXT,
  choice TEXT NOT NULL,                                        -- JSON {option id: value id}
  stock INTEGER,                                               -- NULL: not counted
  policy TEXT NOT NULL DEFAULT 'deny' CHECK (policy IN ('deny', 'backorder', 'preorder', 'discontinued')),
  due_days INTEGER,                                            -- backorder, preorder: days from today
  barcode TEXT, measure TEXT                                   -- MeasureDoc, where it differs from the product's
) WITHOUT ROWID;
CREATE INDEX variant_product ON variant(product_n, position);
CREATE UNIQUE INDEX variant_sku ON variant(sku) WHERE sku IS NOT NULL;
CREATE TABLE price (
  variant_id TEXT NOT NULL, list TEXT NOT NULL, currency TEXT NOT NULL, amount TEXT NOT NULL, compare_at TEXT,
  PRIMARY KEY (variant_id, list)                               -- list: a market's price list, = the currency in the demo
) WITHOUT ROWID;

CREATE TABLE review (id TEXT PRIMARY KEY, product_n INTEGER NOT NULL, rating INTEGER NOT NULL, language TEXT NOT NULL,
  title TEXT, body TEXT NOT NULL, author TEXT, created TEXT NOT NULL, verified INTEGER NOT NULL,
  published INTEGER NOT NULL DEFAULT 1) WITHOUT ROWID;          -- 0: waits for moderation, counts nowhere
CREATE INDEX review_product ON review(product_n, published, rating);

CREATE TABLE entry (                                           -- pages and articles
  id TEXT PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('page', 'article')), position INTEGER NOT NULL,
  created TEXT, author TEXT, image TEXT,                       -- image: PictureDoc or NULL
  products TEXT NOT NULL                                       -- JSON list of product ids
) WITHOUT ROWID;
CREATE TABLE entry_text (entry_id TEXT NOT NULL, language TEXT NOT NULL, slug TEXT NOT NULL, title TEXT NOT NULL, lead TEXT,
  body TEXT NOT NULL, PRIMARY KEY (entry_id, language)) WITHOUT ROWID;   -- body: JSON list of BlockDoc
CREATE INDEX entry_slug ON entry_text(language, slug);
CREATE TABLE menu (id TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;                          -- MenuDoc
CREATE TABLE redirect (path TEXT PRIMARY KEY, target TEXT, gone INTEGER NOT NULL) WITHOUT ROWID;   -- target: kind:id
CREATE TABLE shop (id TEXT PRIMARY KEY, country TEXT NOT NULL, doc TEXT NOT NULL) WITHOUT ROWID;   -- ShopDoc
CREATE TABLE setting (key TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
-- the tables of store.toml (delivery, tax, …), of search.toml (synonyms, popular), and `slots`, as JSON
