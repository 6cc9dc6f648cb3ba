"""What one stranger can use up: first posts, orders, and somebody else's way in."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from tests.pages.desk import CHEAP, PASSWORD, hidden, linked, opens, private, signs_in, waiting, words
from tests.pages.till import Backend, Shopper, till
from tests.web.stage import Shop, opened, settings

PROXIED = {"PORTICO_SERVER__PROXIES": "127.0.0.1"}


class Far(Shopper):
    """A shopper at an address of their own."""

    def __init__(self, shop: Shop, address: str) -> None:
        super().__init__(shop)
        self.address = address

    def headers(self) -> list[tuple[bytes, bytes]]:
        return [*super().headers(), (b"x-forwarded-for", self.address.encode())]


def adds(shopper: Shopper) -> int:
    return shopper.post("cart/lines", {"sku": "HMUG-IND-SMA", "mutation": secrets.token_urlsafe(16)}).status


def test_first_posts_of_one_address_are_bounded_and_nobody_elses(tmp_path: Path) -> None:
    with opened(settings(tmp_path, {**PROXIED, "PORTICO_LIMITS__FIRST_POST": "3/1h"})) as shop:
        shopper = Far(shop, "203.0.113.1")
        assert adds(shopper) == 303
        strangers = [adds(Far(shop, "203.0.113.1")) for _ in range(4)]
        assert strangers == [303, 303, 429, 429]
        refused = Far(shop, "203.0.113.1").post("contact", {"email": "a@example.com"})
        assert refused.status == 429
        assert int(str(refused.header("retry-after"))) > 60
        assert "A moment, please" in words(refused)
        assert adds(shopper) == 303, "who has a session is no stranger"
        assert adds(Far(shop, "203.0.113.2")) == 303
        assert Far(shop, "203.0.113.1").get("cart").status == 200


def test_a_providers_way_back_is_no_first_post(tmp_path: Path) -> None:
    with opened(settings(tmp_path, {"PORTICO_LIMITS__FIRST_POST": "1/1h"})) as shop:
        for _ in range(3):
            away = [(b"sec-fetch-site", b"cross-site"), (b"content-type", b"application/x-www-form-urlencoded")]
            assert shop.request("POST", "/en-gb/checkout/return/unknown", away, b"a=1").status == 404


def test_orders_are_bounded(tmp_path: Path) -> None:
    backend = Backend()
    with opened(settings(tmp_path, {"PORTICO_LIMITS__ORDER": "2/1h"}), backend.offer()) as shop:
        shopper = Shopper(shop)
        review = shopper.comes_to("review")
        form = shopper.form(review)
        backend.answers["place"] = [TimeoutError, TimeoutError]
        tries = [shopper.post("checkout/review", {**form, "mutation": secrets.token_urlsafe(16)}) for _ in range(3)]
        assert [answer.status for answer in tries][2] == 429
        assert tries[2].header("retry-after")
        assert "A moment, please" in words(tries[2])
        assert backend.times("place") == 2
    with till(tmp_path / "usual") as (usual, shopper):
        shopper.orders(shopper.comes_to("review"))
        assert usual.orders == 1


def test_whoever_guesses_shuts_no_owner_out(tmp_path: Path) -> None:
    own = {**CHEAP, **PROXIED, "PORTICO_LIMITS__ACCOUNT": "3/1h", "PORTICO_LIMITS__SIGN_IN": "9/1h"}
    with opened(settings(tmp_path, own)) as shop:
        opens(Far(shop, "198.51.100.1"), "ada@example.com")
        answers = [signs_in(Far(shop, f"203.0.113.{n}"), "ada@example.com", f"wrong {n}") for n in range(5)]
        assert [answer.status for answer in answers] == [422, 422, 422, 429, 429]
        owner = Far(shop, "198.51.100.7")
        late = signs_in(owner, "ada@example.com")
        private(late, 429)
        assert "a new password" in words(late)
        asked = owner.post("account/sign-in", {"method": "code", "code.email": "ada@example.com"})
        private(asked)
        code = re.search(r"\b(\d{6})\b", waiting(shop, tmp_path, "code"))
        assert code
        assert owner.post("account/sign-in/code", {**hidden(asked), "code": code[1]}).status == 303
        other = Far(shop, "198.51.100.8")
        assert other.post("account/forgot", {"email": "ada@example.com"}).status == 303
        page = other.get(linked(waiting(shop, tmp_path, "account/reset"), "account/reset"))
        assert other.post("account/reset", {**hidden(page), "password": PASSWORD}).status == 303


def test_codes_are_not_mailed_without_end_and_leave_the_link(tmp_path: Path) -> None:
    own = {**CHEAP, **PROXIED, "PORTICO_LIMITS__FORGOT": "2/1h"}
    with opened(settings(tmp_path, own)) as shop:
        opens(Far(shop, "198.51.100.1"), "ada@example.com")
        fields = {"method": "code", "code.email": "ada@example.com"}
        asked = [Far(shop, f"203.0.113.{n}").post("account/sign-in", fields).status for n in range(4)]
        assert asked == [200, 200, 429, 429]
        assert Far(shop, "198.51.100.7").post("account/forgot", {"email": "ada@example.com"}).status == 303
