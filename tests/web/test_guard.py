"""Who may post, which names the store answers to, and what every answer carries."""

from __future__ import annotations

import re

import pytest

from bff.web.guard import allowed
from bff.web.headers import content_security_policy, security_headers
from bff.web.hosts import _host

OWN = {"https://shop.example"}


@pytest.mark.parametrize(
    ("headers", "may"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": ""}, False),
        ({"sec-fetch-site": "same-origin, cross-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "https://shop.example"}, False),
        ({"origin": "https://shop.example"}, True),
        ({"origin": "https://shop.example.evil.example"}, False),
        ({"origin": "http://shop.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({}, False),
        ({"referer": "https://shop.example/x"}, False),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "post", "WHATEVER"])
def test_only_the_stores_own_pages_may_change_something(method: str, headers: dict[str, str], may: bool) -> None:
    assert allowed(method, headers, OWN) is may


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}])
def test_everybody_may_read(method: str, headers: dict[str, str]) -> None:
    assert allowed(method, headers, OWN)


@pytest.mark.parametrize(
    ("header", "host"),
    [
        (b"shop.example", "shop.example"),
        (b"SHOP.example:8000", "shop.example"),
        (b"[::1]:8000", "[::1]"),
        (b"[::1]", "[::1]"),
        (b"127.0.0.1:1", "127.0.0.1"),
        (b"", ""),
        (b"shop.example@evil.example", "shop.example@evil.example"),
        (b"caf\xc3\xa9", "cafã©"),
    ],
)
def test_the_host_is_read_without_its_port(header: bytes, host: str) -> None:
    assert _host([(b"accept", b"x"), (b"host", header)]) == host


def test_a_policy_without_exceptions() -> None:
    policy = content_security_policy(https=True)
    for directive in policy.split("; "):
        assert "unsafe" not in directive
        assert "*" not in directive
        assert "nonce" not in directive
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'self'(;|$)", policy)
    assert re.search(r"style-src 'self'(;|$)", policy)
    assert "upgrade-insecure-requests" in policy
    assert "upgrade-insecure-requests" not in content_security_policy(https=False)


def test_checkouts_may_be_posted_to_and_pictures_fetched_where_an_adapter_says() -> None:
    policy = content_security_policy(
        image_origins=["https://cdn.example"], form_origins=["https://pay.example"], https=True
    )
    assert "img-src 'self' data: https://cdn.example" in policy
    assert "form-action 'self' https://pay.example" in policy


def test_strict_transport_on_https_only() -> None:
    assert "strict-transport-security" in dict(security_headers(https=True))
    assert "strict-transport-security" not in dict(security_headers(https=False))
