"""Whose a bag is: who copied a cookie before the sign-in, or keeps one after the sign-out, sees and turns nothing of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from adapters.embedded.database import Database
from adapters.embedded.settings import Settings
from bff.ports import Action
from tests.adapters.embedded.shopping import Desk
from tests.pages.desk import CHEAP, registered, signs_in
from tests.pages.till import ADA, Shopper
from tests.web.stage import Answer, Shop, opened, settings

EMAIL = ADA["email"]
OWN = (EMAIL, "St James", "Byron")
MUG, BRUSH = "HMUG-IND-SMA", "DBRU"


@dataclass
class Open:
    shop: Shop
    folder: Path


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Open]:
    with opened(settings(tmp_path, CHEAP)) as shop:
        registered(shop, EMAIL)
        registered(shop, "eve@example.com")
        yield Open(shop, tmp_path)


def puts(shopper: Shopper, sku: str) -> Answer:
    return shopper.post("cart/lines", {"sku": sku, "mutation": uuid4().hex})


def copied(shopper: Shopper) -> Shopper:
    thief = Shopper(shopper.shop)
    thief.jar = dict(shopper.jar)
    return thief


def known(at: Open) -> tuple[Shopper, Shopper]:
    """A customer who came as a guest and told where to send her bag, and who copied her cookie before she signed in."""
    ada = Shopper(at.shop)
    puts(ada, MUG)
    eve = copied(ada)
    signs_in(ada, EMAIL)
    assert ada.post("checkout/details", ADA).status == 303
    return ada, eve


def holds(shopper: Shopper) -> list[str]:
    """What lies in the bag, by name."""
    return sorted(re.findall(r'line-name">(?:<a [^>]*>)?([^<]+)', shopper.get("cart").text))


def nothing_for(eve: Shopper, *things: str) -> None:
    for path in ("cart", "checkout", "checkout/details", "checkout/delivery", "checkout/payment", "checkout/review"):
        answer = eve.get(path)
        text = answer.text + (eve.get(str(answer.header("location"))).text if answer.status == 303 else "")
        assert not [own for own in (*OWN, *things) if own in text], path


def reviews(shopper: Shopper) -> dict[str, str]:
    """Up to the last step, to be paid at the provider's; what its form sends."""
    page = shopper.get("checkout/delivery").text
    groups = dict(re.findall(r'name="(group\.[^"]+)" value="(standard)"', page))
    assert shopper.post("checkout/delivery", groups).status == 303, page
    assert shopper.post("checkout/payment", {"method": "card", "billing": "same"}).status == 303
    page = shopper.get("checkout/review").text
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {**dict(hidden), **dict.fromkeys(re.findall(r'name="(consent\.[^"]+)"', page), "1")}


def approves(at: Open, out: Answer) -> str:
    """The provider says yes; the path it sends back to."""
    url = str(out.header("location"))
    with closing(Database(Settings(database=str(at.folder / "embedded.sqlite")))) as database:
        Desk(database)(Action(kind="redirect", url=url), "approve")
        with closing(database.connect()) as connection:
            id = urlsplit(url).path.rpartition("/")[2]
            (back,) = connection.execute("SELECT return_to FROM provider_payment WHERE id = ?", (id,)).fetchone()
    return f"{urlsplit(back).path}?payment={id}"


def test_who_knew_the_session_before_sees_nothing_after_the_sign_in(at: Open) -> None:
    ada, eve = known(at)
    nothing_for(eve, "Harbour mug")
    assert "St James" in ada.get("checkout/delivery").text


def test_who_kept_the_session_sees_nothing_after_the_sign_out(at: Open) -> None:
    ada, _ = known(at)
    kept = copied(ada)
    assert "Harbour mug" in kept.get("cart").text
    assert ada.post("account/sign-out").status == 303
    nothing_for(kept, "Harbour mug")
    nothing_for(ada, "Harbour mug")
    signs_in(ada, EMAIL)
    assert "Harbour mug" in ada.get("cart").text, "it waits for her"


def test_another_customer_is_given_nothing_of_it(at: Open) -> None:
    ada, eve = known(at)
    signs_in(eve, "eve@example.com")
    nothing_for(eve, "Harbour mug")
    assert "Harbour mug" in ada.get("cart").text


def test_a_bag_that_joined_the_customers_own_leads_nobody_there(at: Open) -> None:
    before = Shopper(at.shop)
    signs_in(before, EMAIL)
    puts(before, BRUSH)
    ada, eve = known(at)
    assert holds(ada) == ["Dish brush", "Harbour mug"]
    nothing_for(eve)
    puts(eve, "EMUG-MAD")
    assert holds(eve) == ["Enamel mug"]


def test_what_the_thief_adds_turns_nobodys_bag(at: Open) -> None:
    """What was noted of a guest's cart leads no customer, and what was noted of a customer's leads no guest."""
    ada, eve = known(at)
    puts(eve, "EMUG-MAD")
    puts(ada, BRUSH)
    assert holds(ada) == ["Dish brush", "Harbour mug"]
    assert ada.post("checkout/details", ADA).status == 303
    puts(eve, "EMUG-MAD")
    nothing_for(eve)
    assert holds(eve) == ["Enamel mug"]


def test_nobody_else_orders_it_and_the_return_needs_no_session(at: Open) -> None:
    ada, eve = known(at)
    form = reviews(ada)
    refused = eve.post("checkout/review", {**form, "mutation": uuid4().hex})
    assert (refused.status, refused.header("location")) == (303, "/en-gb/cart")
    out = ada.post("checkout/review", form)
    back = approves(at, out)
    other = Shopper(at.shop)
    done = other.get(back).header("location") or ""
    page = other.get(done).text
    assert "Thank you" in page
    assert not [own for own in OWN if own in page]
    nothing_for(eve)
    led = ada.get("checkout")
    assert (led.status, led.header("location")) == (303, done), "her own browser finds the order"
    page = ada.get(done).text
    assert "St James" in page
    assert "already" in page
    assert ada.get("checkout").header("location") == done, "and remembers it, now that the bag is gone"
