"""Scenarios of how the head learns what changed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bff.ports import Malformed, NotAllowed

from .sample import Sample
from .scenarios import NOWHERE, Scenarios
from .shop import Shop

UNSIGNED: tuple[tuple[Mapping[str, str], bytes], ...] = (
    ({}, b"{}"),
    ({"x-signature": "0" * 64}, b'{"id": 1}'),
    ({}, b"\xff\x00"),
    ({}, b""),
)


def told(shop: Shop, id: str | None) -> tuple[Mapping[str, str], bytes]:
    """The message about a product, as the backend would send it."""
    if not shop.changes.traits.push:
        pytest.skip("pushes nothing")
    if shop.subject.told is None or id is None:
        pytest.skip("the subject makes no signed message (Subject.told)")
    headers, body = shop.subject.told(id)
    return {name.lower(): value for name, value in headers.items()}, body


class TestChanges(Scenarios):
    PORT = "changes"

    async def test_there_is_a_way(self, shop: Shop) -> None:
        """A port of changes pushes or is polled; what its traits do not say raises `NotAllowed`."""
        port = shop.changes
        assert port.traits.push or port.traits.poll
        if not port.traits.push:
            with pytest.raises(NotAllowed):
                await port.receive(headers={}, body=b"{}")
        if not port.traits.poll:
            with pytest.raises(NotAllowed):
                await port.poll(cursor=None)

    async def test_a_message_without_signature_is_refused(self, shop: Shop) -> None:
        """Where `push` is true, a message with a wrong signature or none raises `NotAllowed` (or `Malformed`)."""
        port = shop.changes
        if not port.traits.push:
            pytest.skip("pushes nothing")
        for headers, body in UNSIGNED:
            with pytest.raises((NotAllowed, Malformed)):
                await port.receive(headers=headers, body=body)

    async def test_a_message_names_what_changed(self, shop: Shop, sample: Sample) -> None:
        """A genuine message about a product answers changes, one of which has its id; a second time, the same."""
        id = sample.line.product_id
        headers, body = told(shop, id)
        found = await shop.changes.receive(headers=headers, body=body)
        assert id in {change.id for change in found}, f"names {id}; came {found!r}"
        assert {change.kind for change in found} & {"product", "variant", "price", "stock"}
        assert await shop.changes.receive(headers=headers, body=body) == found

    async def test_a_message_counts_by_its_bytes(self, shop: Shop, sample: Sample) -> None:
        """The signature is over the body as it came: with one byte more, less or other it raises `NotAllowed`."""
        headers, body = told(shop, sample.line.product_id)
        for other in (body + b" ", b" " + body, body[:-1], body[:-2] + b"0" + body[-1:], b""):
            with pytest.raises(NotAllowed):
                await shop.changes.receive(headers=headers, body=other)

    async def test_changes_are_polled_from_a_cursor(self, shop: Shop) -> None:
        """Where `poll` is true, None means from now on: no changes, and a cursor that is taken again. No id is empty."""
        port = shop.changes
        if not port.traits.poll:
            pytest.skip("is not polled")
        first = await port.poll(cursor=None)
        assert first.cursor
        assert first.changes == (), "None means from now on"
        then = await port.poll(cursor=first.cursor)
        assert then.cursor
        assert all(change.id != "" for change in then.changes), then.changes

    async def test_what_changed_is_polled(self, shop: Shop, sample: Sample) -> None:
        """A product that is changed after a cursor was given is among the changes since."""
        port, id = shop.changes, sample.line.product_id
        if not port.traits.poll:
            pytest.skip("is not polled")
        if shop.subject.touch is None or id is None:
            pytest.skip("the subject changes no product (Subject.touch)")
        first = await port.poll(cursor=None)
        await shop.subject.touch(id)
        then = await port.poll(cursor=first.cursor)
        assert id in {change.id for change in then.changes}, f"names {id}; came {then.changes!r}"

    async def test_an_odd_cursor_is_malformed(self, shop: Shop) -> None:
        """A cursor that nobody gave raises `Malformed`."""
        port = shop.changes
        if not port.traits.poll:
            pytest.skip("is not polled")
        for cursor in (NOWHERE, "", "{", "[]"):
            with pytest.raises(Malformed):
                await port.poll(cursor=cursor)
