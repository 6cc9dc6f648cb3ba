"""The same store for readers that are no browsers. Now: search engines."""
