"""A shopper without a browser: posts forms over HTTP, and keeps what is to be looked at with one."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import NamedTuple, Self
from urllib.parse import urlsplit

import httpx

GOODS = (("EMUG-MAD", "2"), ("BBLK-IND-MED", "1"), ("LJAR-MED", "3"))
ADDRESSES: Mapping[str, Mapping[str, str]] = {
    "GB": {"line1": "12 St James's Square", "city": "London", "postcode": "SW1Y 4JH"},
    "DE": {"line1": "Weißenburger Straße 25", "city": "Berlin", "postcode": "10405"},
    "US": {"line1": "500 Sutter Street, 12th floor", "city": "San Francisco", "region": "CA", "postcode": "94102"},
    "AE": {"line1": "شارع الشيخ زايد ١٢", "region": "إمارة دبيّ", "phone": "0501234567"},
}


class Sight(NamedTuple):
    """A page to be looked at: where, with which cookies, what it answers, and, where a post was answered, the answer."""

    url: str
    cookies: tuple[tuple[str, str], ...] = ()
    status: int = 200
    headers: Mapping[str, str] | None = None
    body: bytes = b""

    def fetched(self) -> bytes:
        """Its HTML."""
        if self.headers is not None:
            return self.body
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies)
        answer = httpx.get(self.url, headers={"cookie": cookies} if cookies else {}, trust_env=False, timeout=20.0)
        assert answer.status_code == self.status, f"{self.url}: {answer.status_code} {answer.headers.get('location')}"
        return answer.content

    @property
    def origin(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


class Visitor:
    """Somebody with cookies, at a store's place (`http://127.0.0.1:…`, `en-gb`)."""

    def __init__(self, base: str, place: str) -> None:
        self.place = place
        own = {"sec-fetch-site": "same-origin", "accept-encoding": "identity"}
        self.http = httpx.Client(base_url=base, headers=own, trust_env=False, timeout=20.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def post(self, path: str, fields: Mapping[str, str] | None = None, *, at: str | None = None) -> httpx.Response:
        """Post a form as from a page just opened."""
        own = {"mutation": secrets.token_urlsafe(16)} if at is None else {}
        return self.http.post(at or f"/{self.place}/{path}", data={**own, **(fields or {})})

    def did(self, path: str, fields: Mapping[str, str] | None = None, *, at: str | None = None) -> str:
        """Post what leads on; where it leads."""
        answer = self.post(path, fields, at=at)
        assert answer.status_code == 303, f"{path}: {answer.status_code}\n{answer.text[:3000]}"
        return answer.headers["location"]

    def read(self, path: str) -> str:
        answer = self.http.get(f"/{self.place}/{path}")
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.headers.get('location')}"
        return answer.text

    def sees(self, path: str, status: int = 200) -> Sight:
        """A page below the place, or at an address."""
        url = (
            path
            if "://" in path
            else f"{self.http.base_url}".rstrip("/") + (path if path.startswith("/") else f"/{self.place}/{path}")
        )
        return Sight(url, tuple((c.name, c.value or "") for c in self.http.cookies.jar), status)

    def answered(self, path: str, fields: Mapping[str, str], status: int, *, at: str | None = None) -> Sight:
        """The page that a post is answered with."""
        cookies = tuple((c.name, c.value or "") for c in self.http.cookies.jar)
        answer = self.post(path, fields, at=at)
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{answer.text[:3000]}"
        dropped = ("set-cookie", "content-length", "content-encoding", "transfer-encoding", "connection")
        kept = {name: value for name, value in answer.headers.items() if name not in dropped}
        return Sight(str(answer.url), cookies, status, kept, answer.content)

    # ---- on the way

    def fills(self, *goods: tuple[str, str]) -> Self:
        for sku, quantity in goods or GOODS:
            self.did("cart/lines", {"sku": sku, "quantity": quantity})
        return self

    def choices(self, path: str, prefix: str) -> dict[str, str]:
        """The first choice of each group of a form."""
        tags = re.findall(rf'<input[^>]*\bname="{prefix}[^>]*>', self.read(path))
        pairs = ((_attribute(tag, "name"), _attribute(tag, "value")) for tag in reversed(tags))
        return dict(pairs)

    def to_delivery(self) -> Self:
        self.did("checkout/details", {"email": "ada@example.com", **address("shipping", self.place)})
        return self

    def to_payment(self) -> Self:
        self.to_delivery().did("checkout/delivery", self.choices("checkout/delivery", "group"))
        return self

    def to_review(self, method: str) -> Self:
        self.to_payment().did("checkout/payment", {"method": method, "billing": "same"})
        return self

    def orders(self) -> str:
        """Order; where that leads."""
        page = self.read("checkout/review")
        found = re.search(r'name="expected" value="([^"]*)"', page)
        assert found
        agreed = dict.fromkeys(re.findall(r'name="(consent\.[^"]+)"', page), "1")
        return self.did("checkout/review", {"expected": found[1], **agreed})


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found[1] if found else ""


def address(prefix: str, place: str) -> dict[str, str]:
    country = place.rpartition("-")[2].upper()
    own = {"country": country, "first_name": "Ada", "last_name": "Byron", **ADDRESSES[country]}
    return {f"{prefix}.{name}": value for name, value in own.items()}
