"""Accounts and lists in a browser: the way in and out, the heart, what is heard and what the keyboard reaches."""

from __future__ import annotations

import re
import secrets
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.fixtures import Browse

pytestmark = pytest.mark.browser

PASSWORD = "three grey stones"
PRIVATE = (
    "account",
    "account/orders",
    "account/addresses",
    "account/addresses/new",
    "account/profile",
    "account/password",
    "account/delete",
    "wishlists",
)
DOORS = (
    "account/sign-in",
    "account/register",
    "account/forgot",
    "account/reset?token=x",
    "account/confirm?token=x",
    "account/orders/find",
    "wishlists",
    "compare?p=harbour-mug&p=enamel-mug&p=tide-tea-bowl",
    "contact",
    "newsletter",
    "review/harbour-mug",
    "notices?sku=HMUG-CHA-LAR",
)


@pytest.fixture(scope="module")
def accounts(serve: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A store whose accounts are open at once, and whose limits nobody meets."""
    from tests.conftest import environment

    folder = tmp_path_factory.mktemp("accounts")
    own = {
        "PORTICO_BACKENDS__DEFAULT__SETTINGS__CONFIRM_ACCOUNTS": "false",
        "PORTICO_BACKENDS__DEFAULT__SETTINGS__SCRYPT_COST": "10",
        "PORTICO_LIMITS__REGISTER": "9999/1s",
        "PORTICO_LIMITS__SIGN_IN": "9999/1s",
    }
    with serve(folder, settings=environment(folder) | own) as url:
        yield url


def registered(page: Page, place: str = "en-gb") -> str:
    """Opens an account in this browser; its address."""
    email = f"{secrets.token_hex(6)}@example.com"
    page.goto(f"/{place}/account/register")
    page.locator("#f-email").fill(email)
    page.locator("#f-password").fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    expect(page).to_have_url(re.compile(f"/{place}/account$"))
    return email


@pytest.mark.parametrize("javascript", [True, False])
def test_in_out_and_in_again(browse: Browse, accounts: str, javascript: bool) -> None:
    page = browse(at=accounts, javascript=javascript, expected=(422,))
    email = registered(page)
    expect(page.get_by_role("status")).to_contain_text("Your account is open")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_contain_text("You are signed out")
    page.goto("/en-gb/account/addresses")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.get_by_label("E-mail", exact=True).first.fill(email)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("do not go together")
    expect(page.get_by_label("E-mail", exact=True).first).to_have_value(email)
    expect(page.get_by_label("Password")).to_have_value("")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile("/en-gb/account/addresses$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Addresses")


def test_back_after_signing_out_shows_nothing_of_the_customer(browse: Browse, accounts: str) -> None:
    page = browse(at=accounts)
    email = registered(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_contain_text("You are signed out")
    page.go_back()
    expect(page.locator("body")).not_to_contain_text(email)


def test_another_country_gives_the_address_its_own_fields(browse: Browse, accounts: str) -> None:
    page = browse(at=accounts)
    registered(page)
    page.goto("/en-gb/account/addresses/new")
    page.get_by_label("First name").fill("Ada")
    page.get_by_label("Country", exact=True).select_option("US")
    expect(page.get_by_label("State")).to_be_visible()
    expect(page.get_by_label("First name")).to_have_value("Ada")


def test_the_heart_with_script(browse: Browse, accounts: str) -> None:
    page = browse("/en-gb/categories/cups-and-mugs", at=accounts)
    heart = page.get_by_role("button", name=re.compile("Keep Quay espresso cup on a list"))
    expect(heart).to_have_attribute("aria-pressed", "false")
    heart.focus()
    page.keyboard.press("Enter")
    expect(heart).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("status").filter(has_text="Kept on your list")).to_be_visible()
    expect(page).to_have_url(re.compile("/categories/cups-and-mugs$"))
    page.goto("/en-gb/search?q=espresso")
    expect(page.get_by_role("button", name=re.compile("Keep Quay"))).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name=re.compile("Keep Quay")).click()
    expect(page.get_by_role("button", name=re.compile("Keep Quay"))).to_have_attribute("aria-pressed", "false")
    page.goto("/en-gb/wishlists")
    expect(page.locator("main")).to_contain_text("Nothing kept here yet")


def test_a_list_without_script(browse: Browse, accounts: str) -> None:
    page = browse("/en-gb/products/harbour-mug?o.colour=indigo&o.size=small", at=accounts, javascript=False)
    page.get_by_role("button", name="Keep on a list").click()
    expect(page.get_by_role("status").filter(has_text="Kept on your list")).to_be_visible()
    expect(page).to_have_url(re.compile("/products/harbour-mug"))
    page.goto("/en-gb/wishlists")
    page.get_by_role("button", name=re.compile("^Take off")).click()
    page.get_by_role("button", name="Put it back").click()
    page.get_by_role("button", name=re.compile("^Put in the bag")).click()
    expect(page.get_by_role("status").filter(has_text="It is in your bag now")).to_be_visible()


def test_comparing_gathers_what_was_compared(browse: Browse, accounts: str) -> None:
    page = browse("/en-gb/products/harbour-mug", at=accounts)
    page.get_by_role("link", name="Compare").click()
    page.wait_for_url("**/compare?p=harbour-mug")  # and its script has run: only then it is remembered
    page.goto("/en-gb/products/enamel-mug")
    page.get_by_role("link", name="Compare").click()
    expect(page).to_have_url(re.compile("p=harbour-mug&p=enamel-mug"))
    expect(page.get_by_role("columnheader")).to_have_count(2)


@pytest.mark.parametrize(
    ("place", "width", "scheme"), [("en-gb", 360, "light"), ("ar-ae", 1280, "dark"), ("de-de", 768, "light")]
)
def test_every_page_is_accessible_and_fits(browse: Browse, accounts: str, place: str, width: int, scheme: Any) -> None:
    page = browse(at=accounts, width=width, scheme=scheme)
    found: list[str] = []

    def looked(paths: tuple[str, ...]) -> None:
        for path in paths:
            page.goto(f"/{place}/{path}")
            found.extend(f"{path}: {fault}" for fault in violations(page))
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append(f"{path}: wider than the window")

    looked(DOORS)
    registered(page, place)
    looked(PRIVATE)
    assert not found, "\n".join(found)


def test_errors_are_accessible(browse: Browse, accounts: str) -> None:
    page = browse("/en-gb/account/register", at=accounts, width=360, expected=(422,))
    page.get_by_role("button", name="Open the account").click()
    expect(page.get_by_role("alert")).to_contain_text("2 fields need your attention")
    assert not (found := violations(page)), "\n".join(found)
    page.get_by_role("alert").get_by_role("link").first.click()
    expect(page.locator("#f-email")).to_be_focused()
