"""The conformance kit: `from bff.testing.conformance import *` runs every scenario for the ports an adapter offers.

Beside the import a test file gives one fixture, `subject`, that says which adapter, on which shop. README.md of
`bff/testing` shows it; REFERENCE.md lists what is asked of each port.
"""

from .belongings import TestMessages, TestShopperPrices, TestStockNotices, TestWishlists
from .carts import TestCartNotes, TestCartReferences, TestCarts, TestCodes
from .catalog import TestCatalog, TestOptions
from .changes import TestChanges
from .checkout import TestHostedCheckout, TestInlineCheckout
from .customers import TestAccounts, TestAddressBook, TestSignIn
from .fixtures import anyio_backend, conformance_scenario, sample, shop
from .gauntlet import TestGauntlet
from .honesty import TestBackend, TestCost, TestSample, TestShapes
from .isolation import TestIsolation
from .moving import TestMoving
from .orders import TestOrderActions, TestOrders
from .pages import TestContent, TestDelivery, TestRecommendations, TestReviews, TestStores
from .places import TestCategories, TestPaths
from .search import TestFacets, TestListing, TestSearch, TestSorting
from .subject import Hints, Subject

__all__ = [
    "Hints",
    "Subject",
    "TestAccounts",
    "TestAddressBook",
    "TestBackend",
    "TestCartNotes",
    "TestCartReferences",
    "TestCarts",
    "TestCatalog",
    "TestCategories",
    "TestChanges",
    "TestCodes",
    "TestContent",
    "TestCost",
    "TestDelivery",
    "TestFacets",
    "TestGauntlet",
    "TestHostedCheckout",
    "TestInlineCheckout",
    "TestIsolation",
    "TestListing",
    "TestMessages",
    "TestMoving",
    "TestOptions",
    "TestOrderActions",
    "TestOrders",
    "TestPaths",
    "TestRecommendations",
    "TestReviews",
    "TestSample",
    "TestSearch",
    "TestShapes",
    "TestShopperPrices",
    "TestSignIn",
    "TestSorting",
    "TestStockNotices",
    "TestStores",
    "TestWishlists",
    "anyio_backend",
    "conformance_scenario",
    "sample",
    "shop",
]
