-- Customers and what they keep: accounts, addresses, lists, notices, messages. These tables outlive a new catalogue.
-- Moments and JSON as in `schema.sql`.

