"""Lists of things to remember, side by side, and words to the shop, on the embedded backend."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.pages.desk import CHEAP, linked, private, registered, waiting, words
from tests.pages.till import Shopper
from tests.web.stage import Shop, opened, settings


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lists")


@pytest.fixture(scope="module")
def shop(folder: Path) -> Iterator[Shop]:
    limits = {f"PORTICO_LIMITS__{name}": "9999/1s" for name in ("CONTACT", "REVIEW", "CODE", "REGISTER", "SIGN_IN")}
    with opened(settings(folder, {**CHEAP, **limits})) as found:
        yield found


@pytest.fixture
def guest(shop: Shop, request: pytest.FixtureRequest) -> Shopper:
    """A guest with a session and a list of their own. (Cookieless equal posts within two seconds are one.)"""
    found = Shopper(shop)
    found.post("wishlists", {"name": "Mine", "mutation": request.node.name})
    return found


def own(guest: Shopper) -> str:
    found = re.search(r'action="/en-gb/(wishlists/[0-9a-f]{24})/items"', guest.get("wishlists").text) or re.search(
        r'action="/en-gb/(wishlists/[0-9a-f]{24})"', guest.get("wishlists").text
    )
    assert found
    return found[1]


ORIGIN = "http://127.0.0.1:8000"


def test_public_pages_are_the_same_for_who_keeps_things(shop: Shop) -> None:
    anonymous = Shopper(shop).get("categories/cups-and-mugs")
    keeper = Shopper(shop)
    keeper.post("wishlists/save", {"sku": "QESP", "mutation": "keeps"})
    keeper.get("categories/cups-and-mugs")
    again = keeper.get("categories/cups-and-mugs")
    assert 'name="sku" value="QESP"' in anonymous.text
    assert again.text == anonymous.text


def test_the_heart_keeps_and_takes(guest: Shopper) -> None:
    def saved(referer: str) -> str | None:
        headers = [*guest.headers(), (b"referer", referer.encode())]
        body = urlencode({"sku": "QESP", "apart": referer}).encode()  # equal posts within a moment are one
        return guest.shop.request("POST", "/en-gb/wishlists/save", headers, body).header("location")

    came_from = "/en-gb/products/quay-espresso-cup?o.colour=rose"
    assert saved(ORIGIN + came_from) == came_from
    assert json.loads(guest.get("_/saved").text)["skus"] == ["QESP"]
    scripted = guest.shop.request(
        "POST", "/en-gb/wishlists/save", [*guest.headers(), (b"accept", b"application/json")], b"sku=QESP&kept=1"
    )
    assert json.loads(scripted.text) == {"skus": [], "said": "Taken off your list."}
    assert scripted.header("cache-control") == "no-store"
    for referer in (
        "https://evil.example/en-gb/products/x",
        f"{ORIGIN}/de-de",
        f"{ORIGIN}//evil.example",
        "",
        "\\",
        "http://[",
    ):
        assert saved(referer) == "/en-gb/wishlists"


def test_what_is_taken_off_can_be_put_back(guest: Shopper) -> None:
    guest.post("wishlists/save", {"sku": "QESP"})
    items = f"{own(guest)}/items"
    away = guest.post(items, {"take": "QESP"})
    page = guest.get(str(away.header("location")))
    private(page)
    assert 'name="put" value="QESP"' in page.text
    guest.post(items, {"put": "QESP"})
    assert "No. QESP" in guest.get("wishlists").text


def test_as_many_as_there_were_are_put_back_and_moved(guest: Shopper) -> None:
    """Two in the bag, saved for later: a list of two."""
    guest.post("cart/lines", {"sku": "HMUG-IND-SMA", "quantity": "2"})
    line = re.search(r'name="later" value="([^"]+)"', guest.get("cart").text)
    assert line
    guest.post("cart/quantities", {"later": line[1]})
    later = re.search(r'href="/en-gb/(wishlists/[0-9a-f]{24})"[^>]*>Saved for later', guest.get("wishlists").text)
    assert later, guest.get("wishlists").text
    items = f"{later[1]}/items"
    page = guest.get(str(guest.post(items, {"take": "HMUG-IND-SMA"}).header("location")))
    back = re.search(r'name="q" value="(\d+)"', page.text)
    assert back
    assert back[1] == "2"
    guest.post(items, {"put": "HMUG-IND-SMA", "q": back[1]})
    first = own(guest)
    guest.post("wishlists/save", {"sku": "HMUG-IND-SMA", "list": first.rpartition("/")[2]})
    assert guest.post(items, {"move": "HMUG-IND-SMA", "to": first.rpartition("/")[2]}).status == 303
    guest.post(f"{first}/items", {"bag": "HMUG-IND-SMA"})
    assert re.search(r'name="q\.[^"]+"[^>]*value="2"', guest.get("cart").text)


def test_a_variant_goes_into_the_bag_and_a_choice_to_its_page(guest: Shopper) -> None:
    for sku in ("HMUG-IND-SMA", "QESP"):
        guest.post("wishlists/save", {"sku": sku})
    items = f"{own(guest)}/items"
    assert guest.post(items, {"bag": "QESP"}).header("location") == "/en-gb/products/quay-espresso-cup"
    guest.post(items, {"bag": "HMUG-IND-SMA"})
    page = guest.get("wishlists")
    assert "It is in your bag now." in page.text
    assert "No. HMUG-IND-SMA" not in page.text
    assert "Harbour mug" in words(guest.get("cart"))


def test_all_that_can_be_bought_goes_into_the_bag_at_once_and_stays_on_the_list(guest: Shopper) -> None:
    guest.post("wishlists/save", {"sku": "HMUG-IND-SMA"})
    assert 'name="lines.' not in guest.get("wishlists").text
    for sku in ("HMUG-CHA-SMA", "QESP", "HMUG-CHA-LAR", "GONE-1"):
        guest.post("wishlists/save", {"sku": sku})
    guest.post(f"{own(guest)}/items", {"put": "HMUG-IND-SMA", "q": "3"})
    page = guest.get("wishlists")
    fields = dict(re.findall(r'name="(lines\.[^"]+)" value="([^"]*)"', page.text))
    assert {value for name, value in fields.items() if name.endswith(".sku")} == {"HMUG-IND-SMA", "HMUG-CHA-SMA"}
    assert guest.post("cart/lines", fields).status == 303
    bag = guest.get("cart").text
    assert sorted(re.findall(r'name="q\.[^"]+"[^>]* value="(\d+)"', bag)) == ["1", "3"]
    assert "No. HMUG-IND-SMA" in words(guest.get("wishlists"))


def test_what_is_no_longer_sold_says_so(guest: Shopper) -> None:
    for sku in ("GONE-1", "HMUG-CHA-LAR"):
        guest.post("wishlists/save", {"sku": sku})
    text = words(guest.get("wishlists"))
    assert "No longer sold here No. GONE-1" in text
    assert "Sold out" in text
    assert guest.post(f"{own(guest)}/items", {"bag": "GONE-1"}).status == 404


def test_several_lists_renamed_moved_and_deleted(guest: Shopper) -> None:
    guest.post("wishlists/save", {"sku": "QESP"})
    first = own(guest)
    private(guest.post("wishlists", {"name": " "}), 422)
    made = str(guest.post("wishlists", {"name": "<i>Großmutter"}).header("location"))
    page = guest.get(made)
    assert "&lt;i&gt;Großmutter" in page.text
    assert "<i>Groß" not in page.text
    private(guest.post(made, {"name": "x" * 500}), 422)
    guest.post(made, {"name": "Grandmother"})
    assert "Grandmother" in guest.get(made).text
    guest.post(f"{first}/items", {"move": "QESP", "to": made.rpartition("/")[2]})
    assert "QESP" in guest.get(made).text
    assert "No. QESP" not in guest.get(first).text
    private(guest.get(f"{made}/delete"))
    assert "QESP" in guest.get(made).text
    guest.post(f"{made}/delete")
    assert guest.get(made).status == 404


def test_anothers_list_is_nobodys(shop: Shop, guest: Shopper) -> None:
    guest.post("wishlists/save", {"sku": "QESP"})
    id = own(guest)
    other = registered(shop, "lists-of-another@example.com")
    for path in (id, f"{id}/delete"):
        assert other.get(path).status == 404
    for path in (id, f"{id}/delete", f"{id}/items"):
        assert other.post(path, {"name": "x", "take": "QESP", "public": "1"}).status == 404
    assert "QESP" in guest.get("wishlists").text


def test_a_shared_list_is_public_until_it_is_not(shop: Shop, guest: Shopper) -> None:
    for sku in ("QESP", "GONE-1"):
        guest.post("wishlists/save", {"sku": sku})
    id = own(guest)
    guest.post(id, {"public": "1"})
    link = re.search(r'value="http://[^/]+(/en-gb/wishlists/shared/[^"]+)"', guest.get("wishlists").text)
    assert link
    seen = Shopper(shop).get(link[1])
    assert seen.status == 200
    assert '<meta name="robots" content="noindex">' in seen.text
    assert "Quay espresso cup" in seen.text
    assert "1 thing on it is not sold here" in seen.text
    guest.post(id, {"public": "0"})
    assert Shopper(shop).get("wishlists/shared/none").status == 404


def test_side_by_side(shop: Shop) -> None:
    guest = Shopper(shop)
    assert "Nothing is being compared yet" in guest.get("compare").text
    page = guest.get("compare?p=harbour-mug&p=enamel-mug")
    text = words(page)
    assert page.status == 200
    assert "Stoneware" in text
    assert "Enamelled steel" in text
    assert 'href="/en-gb/compare?p=enamel-mug"' in page.text
    assert '<meta name="robots" content="noindex">' in page.text
    for asked in ("p=harbour-mug&p=nothing&p=enamel-mug", "p=harbour-mug&p=enamel-mug&p=enamel-mug"):
        moved = guest.get(f"compare?{asked}")
        assert moved.header("location") == "/en-gb/compare?p=harbour-mug&p=enamel-mug"
    many = "&".join(
        f"p={slug}" for slug in ("harbour-mug", "enamel-mug", "tide-tea-bowl", "quay-espresso-cup", "tide-bowl")
    )
    assert str(guest.get(f"compare?{many}").header("location")).count("p=") == 4


def test_a_review_is_sent_in(shop: Shop) -> None:
    ada = registered(shop, "reviews-mugs@example.com")
    form = ada.get("review/harbour-mug")
    private(form)
    assert 'value="Ada"' in form.text
    given = {"rating": "4", "title": "Glaze", "body": "It keeps coffee warm, and is <b>blue</b>.", "author": "Ada"}
    for name, wrong in (("rating", "9"), ("rating", ""), ("body", "short"), ("author", "")):
        answer = ada.post("review/harbour-mug", {**given, name: wrong})
        private(answer, 422)
        assert "Glaze" in answer.text
    done = ada.post("review/harbour-mug", given)
    assert done.header("location") == "/en-gb/products/harbour-mug#reviews"
    assert "Thank you. Your review" in ada.get("products/harbour-mug").text
    assert ada.get("review/nothing").status == 404


def test_a_notice_for_what_is_sold_out(shop: Shop) -> None:
    guest = Shopper(shop)
    page = guest.get("products/harbour-mug?o.colour=chalk&o.size=large")
    assert 'action="/en-gb/notices"' in page.text
    assert 'action="/en-gb/notices"' not in guest.get("products/harbour-mug?o.colour=teal&o.size=large").text
    wrong = guest.post("notices", {"sku": "HMUG-CHA-LAR", "email": "nowhere"})
    private(wrong, 422)
    assert 'value="nowhere"' in wrong.text
    done = guest.post("notices", {"sku": "HMUG-CHA-LAR", "email": "ada@example.com"})
    assert "We will write to you" in guest.get(str(done.header("location"))).text
    assert guest.post("notices", {"sku": "NONE", "email": "ada@example.com"}).status == 404
    assert guest.get("notices?sku=").status == 404


def test_the_newsletter_comes_only_to_who_confirms(shop: Shop, folder: Path) -> None:
    guest = Shopper(shop)
    assert 'action="/en-gb/newsletter"' in guest.get("/en-gb").text
    private(guest.post("newsletter", {"email": "no"}), 422)
    done = guest.post("newsletter", {"email": "letters@example.com"})
    assert "Check your e-mail" in guest.get(str(done.header("location"))).text
    link = linked(waiting(shop, folder, "newsletter/confirm"), "newsletter/confirm")
    page = guest.get(link)
    private(page)
    token = {"token": link.partition("token=")[2]}
    done = guest.post("newsletter/confirm", token)
    assert "You are on the list" in guest.get(str(done.header("location"))).text
    done = guest.post("newsletter/leave", token)
    assert "You are off the list" in guest.get(str(done.header("location"))).text
    private(guest.post("newsletter/confirm", {"token": "nonsense"}), 422)


def test_a_message_reaches_the_shop(shop: Shop, folder: Path) -> None:
    guest = Shopper(shop)
    given = {"name": "Ada", "email": "ada@example.com", "subject": "A chip", "text": "The glaze has a <chip>."}
    for name in given:
        private(guest.post("contact", {**given, name: ""}), 422)
    done = guest.post("contact", given)
    assert "Your message is with us" in guest.get(str(done.header("location"))).text
    assert "The glaze has a <chip>." in waiting(shop, folder, "A chip")
