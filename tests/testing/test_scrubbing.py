"""What the kit takes for a secret in an answer."""

from __future__ import annotations

from bff.testing.conformance.scrubbing import Scrubber


def test_the_key_of_a_pair_is_the_values_name() -> None:
    """Metadata are pairs: which it is may be read, unless its name says that the value is secret."""
    scrubber = Scrubber({}, (), "")
    told = {"metadata": [{"key": "shop.payment", "value": "bank-transfer"}, {"key": "api_token", "value": "abcdefgh1"}]}
    scrubber.learn("", told)
    first, second = scrubber.scrub(told)["metadata"]
    assert first == {"key": "shop.payment", "value": "bank-transfer"}
    assert second["key"] == "api_token"
    assert "abcdefgh1" not in second["value"]
    scrubber.learn("", {"key": "a-licence-key"})
    assert "licence" not in scrubber.scrub("a-licence-key")
