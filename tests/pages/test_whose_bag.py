"""Whose a bag is: who copied a cookie before the sign-in, or keeps one after the sign-out, sees and turns nothing of it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from adapters.embedded import carts
from adapters.embedded.database import Database
from adapters.embedded.settings import Settings
from bff.ports import Action, Throttled
from tests.adapters.embedded.shopping import Desk
from tests.pages.desk import CHEAP, hidden, registered, signs_in
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
    return sent_back(at, out)


def sent_back(at: Open, out: Answer) -> str:
    """The path the provider sends back to."""
    id = urlsplit(str(out.header("location"))).path.rpartition("/")[2]
    ((back,),) = told(at, "SELECT return_to FROM provider_payment WHERE id = ?", id)
    return f"{urlsplit(back).path}?payment={id}"


def told(at: Open, statement: str, *values: str) -> list[Any]:
    """What the backend's own file says, or a change of it."""
    with closing(sqlite3.connect(at.folder / "embedded.sqlite")) as database, database:
        return database.execute(statement, values).fetchall()


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


def test_a_return_from_before_the_sign_in_shows_nobody_her_order(at: Open) -> None:
    """Who has the guest's cookie goes out to pay, and comes back when the customer has ordered what is hers by then."""
    ada = Shopper(at.shop)
    puts(ada, MUG)
    eve = copied(ada)
    assert eve.post("checkout/details", {**ADA, "email": "eve@x.example", "shipping.line1": "1 Alley"}).status == 303
    early = sent_back(at, eve.post("checkout/review", reviews(eve)))
    signs_in(ada, EMAIL)
    assert ada.post("checkout/details", ADA).status == 303
    back = approves(at, ada.post("checkout/review", reviews(ada)))
    done = str(ada.get(back).header("location"))
    assert "St James" in ada.get(done).text
    for path in (early.partition("?")[0], back.partition("?")[0], done):
        answer = eve.get(path)
        page = eve.get(str(answer.header("location"))) if answer.status == 303 else answer
        assert not [own for own in OWN if own in page.text], path
    asked = eve.get("account/orders/placed")
    assert asked.header("location") == "/en-gb/account/orders/find"
    assert EMAIL not in eve.get("account/orders/find").text, "nor is the form filled with what is hers"
    assert "St James" in ada.get(done).text
    assert "St James" in ada.get("account/orders/placed").text


def test_an_answer_under_way_during_the_sign_in_signs_nobody_out(at: Open) -> None:
    ada = Shopper(at.shop)
    puts(ada, MUG)
    tab = copied(ada)
    signs_in(ada, EMAIL)
    puts(tab, BRUSH)  # sent before, answered after: what it sets comes into the same browser
    ada.jar.update(tab.jar)
    assert ada.get("account").status == 200
    assert holds(ada) == ["Dish brush", "Harbour mug"]
    assert ada.get("account").status == 200
    assert len([name for name in ada.jar if "session" in name]) == 1


def test_a_sign_in_that_ends_in_mid_checkout_keeps_what_was_typed(at: Open) -> None:
    ada, _ = known(at)
    told(at, "DELETE FROM customer_session")
    way = {path: str(ada.get(path).header("location")) for path in ("cart", "checkout", "checkout/payment")}
    assert all(to.startswith("/en-gb/account/sign-in?next=") and to.endswith("again=1") for to in way.values()), way
    out = ada.post("checkout/details", {**ADA, "shipping.line1": "77 Typed Street"})
    door = ada.get(str(out.header("location")))
    assert door.status == 200
    assert "Typed Street" not in door.text
    entered = signs_in(ada, EMAIL, next=hidden(door)["next"])
    page = ada.get(str(entered.header("location")))
    assert "What you typed is still here" in page.text
    assert 'value="77 Typed Street"' in page.text
    assert holds(ada) == ["Harbour mug"]
    assert "What you typed" not in ada.get("checkout/details").text


def test_what_somebody_else_typed_is_never_shown_as_ones_own(at: Open) -> None:
    eve = Shopper(at.shop)
    names = {"country": "GB", "first_name": "Ada", "last_name": "Byron", "line1": "6 Alley", "city": "Leeds"}
    typed = {f"shipping.{name}": text for name, text in {**names, "postcode": "LS1 1AA"}.items()}
    door = eve.get(str(eve.post("account/addresses/new", {**typed, "default": "1"}).header("location")))
    onward = hidden(door)["next"]
    assert "kept=" in onward
    ada = Shopper(at.shop)
    signs_in(ada, EMAIL)
    page = ada.get(onward)
    assert page.status == 200
    assert "6 Alley" not in page.text
    signs_in(eve, "eve@example.com")
    assert "6 Alley" in eve.get(onward).text, "her own browser has it again"


def test_saving_for_later_once_more_doubles_nothing(at: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = Shopper(at.shop)
    puts(ada, MUG)
    puts(ada, MUG)
    (line,) = re.findall(r'name="later" value="([^"]+)"', ada.get("cart").text)
    real, tries = carts.write, []

    def write(*given: Any) -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise Throttled(retry_after=1)
        return real(*given)

    monkeypatch.setattr(carts, "write", write)
    assert ada.post("cart/quantities", {"later": line, "mutation": uuid4().hex}).status >= 400
    assert ada.post("cart/quantities", {"later": line, "mutation": uuid4().hex}).status == 303
    assert told(at, "SELECT sku, quantity FROM wishlist_item") == [(MUG, "2")]
    assert told(at, "SELECT * FROM cart_line") == []


def test_what_did_not_all_come_into_the_bag_stays_on_its_list(at: Open) -> None:
    ada = Shopper(at.shop)
    ada.post("wishlists/save", {"sku": MUG, "mutation": uuid4().hex})
    told(at, "UPDATE wishlist_item SET quantity = '90'")
    ((id,),) = told(at, "SELECT id FROM wishlist")
    page = ada.get(str(ada.post(f"wishlists/{id}/items", {"bag": MUG, "mutation": uuid4().hex}).header("location")))
    assert "There are fewer left than you asked for." in page.text
    assert "It is in your bag now." not in page.text
    assert told(at, "SELECT quantity FROM wishlist_item") == [("90",)]
    assert holds(ada) == ["Harbour mug"]
