"""What comes by mail is part of a recording: without it, nobody who must confirm an account could be played."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from bff.testing.conformance.cassettes import Cassettes, Unrecorded
from bff.testing.conformance.scrubbing import PLAYED, Scrubber

SCENARIO = "TestAccounts::test_an_account_is_opened"
TOKEN = "told-by-mail-7f3a"


def _used(token: str | None) -> httpx.Request:
    return httpx.Request("POST", "http://shop.example/confirm", json={"token": token})


def _written(folder: Path) -> str:
    files = [*folder.glob("*.json")]
    assert len(files) == 2
    return "".join(file.read_text(encoding="utf-8") for file in files)


@pytest.mark.anyio
async def test_a_mail_is_recorded_with_a_stand_in_and_played(tmp_path: Path) -> None:
    backend = httpx.MockTransport(lambda request: httpx.Response(200, json={"confirmed": True}))
    recording = Cassettes(tmp_path, Scrubber({}, (), "a1b2"), inner=backend)
    recording.begin(SCENARIO)
    recording.keep_mail("kit-a1b2-1@example.com", TOKEN)
    await recording.handle_async_request(_used(TOKEN))
    await recording.aclose()
    assert not recording.played
    assert TOKEN not in _written(tmp_path)

    tape = Cassettes(tmp_path, Scrubber({}, (), PLAYED), inner=None)
    tape.begin(SCENARIO)
    assert tape.played
    assert tape.mails
    to = f"kit-{PLAYED}-1@example.com"
    assert tape.mail("somebody@example.com") is None
    token = tape.mail(to)
    assert (await tape.handle_async_request(_used(token))).json() == {"confirmed": True}
    assert tape.mail(to) is None  # each is read once
    with pytest.raises(Unrecorded):
        await tape.handle_async_request(_used(TOKEN))
