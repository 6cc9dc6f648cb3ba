"""The portable journeys: any running store, walked as a shopper walks it, with JavaScript and without.

They know the store's words (its message catalogues), its addresses (`/{place}/products/…`), roles and outcomes, and no
class of a style sheet: a theme may look as it likes. What to buy is found in the store. `portico journeys URL` runs them.
"""
