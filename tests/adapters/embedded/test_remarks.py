"""What the embedded backend says of its settings to whoever runs the store."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from adapters.embedded import manifest
from adapters.embedded.settings import FaultSettings, Settings, SmtpSettings


def said(**settings: object) -> dict[tuple[str, str], str]:
    own = Settings(**settings)  # type: ignore[arg-type]
    return {(each.level, each.setting or ""): each.says for each in manifest.remarks(own)}


def test_mail_that_nobody_gets(tmp_path: Path) -> None:
    own = {"database": str(tmp_path / "store.sqlite")}
    assert "sent to nobody" in said(**own)["warning", "smtp"]
    assert "not even written" in said(**own, outbox="")["warning", "smtp"]
    smtp = SmtpSettings(host="mail.acme.com")
    sent = said(**own, smtp=smtp, mail_from="Tea <tea@acme.com>")
    assert not [each for each in sent if each[0] in ("error", "warning")]
    assert "shop@almanac.example" in said(**own, smtp=smtp)["error", "mail_from"]


@pytest.mark.parametrize(("host", "wrong"), [("mail.acme.com", True), ("127.0.0.1", False)])
def test_mail_that_is_not_encrypted(host: str, wrong: bool) -> None:
    smtp = SmtpSettings(host=host, starttls=False)
    assert (("error", "smtp") in said(smtp=smtp, mail_from="a@acme.com")) is wrong


def test_data_that_is_for_trying(tmp_path: Path) -> None:
    own = {"database": str(tmp_path / "store.sqlite")}
    assert ("warning", "today") not in said(**own)
    assert ("warning", "faults") not in said(**own)
    assert "2026-11-20" in said(**own, today=datetime.date(2026, 11, 20))["warning", "today"]
    assert ("warning", "faults") in said(**own, faults=FaultSettings(failing={"*": 2}))
    assert "nobody is charged" in said(**own)["note", "site"]
