"""What the embedded backend says of its settings to whoever runs the store (`portico doctor`)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from email.utils import parseaddr
from pathlib import Path

from bff.ports import Remark

from .settings import FaultSettings, Settings

LOOPBACK = ("localhost", "127.0.0.1", "::1")
INVENTED = (".example", "example.com", "example.org", "example.net", ".invalid", ".test")


def remarks(settings: Settings) -> tuple[Remark, ...]:
    """On mail, payments and data."""
    return (*_mail(settings), *_payments(settings), *_data(settings))


def _mail(settings: Settings) -> Iterator[Remark]:
    smtp = settings.smtp
    if smtp is None:
        where = f"written as files into {settings.outbox}" if settings.outbox else "not even written down"
        yield Remark(
            about="mail",
            level="warning",
            says=f"mail (orders, confirmations, new passwords) is {where} and sent to nobody",
            setting="smtp",
            fix='smtp = { host = "…", user = "…", password_file = "…" }',
        )
        return
    yield Remark(about="mail", level="ok", says=f"mail is sent by {smtp.host}, port {smtp.port}")
    if not (smtp.tls or smtp.starttls) and smtp.host not in LOOPBACK:
        says = f"mail and its password go to {smtp.host} unencrypted"
        yield Remark(about="mail", level="error", says=says, setting="smtp", fix="starttls = true, or tls = true.")
    address = parseaddr(settings.mail_from)[1]
    if "@" not in address or address.endswith(INVENTED):
        says = f"mail is sent as {address or settings.mail_from!r}, which is nobody's: it will be refused"
        yield Remark(about="mail", level="error", says=says, setting="mail_from", fix='"Your shop <shop@…>"')


def _payments(settings: Settings) -> Iterator[Remark]:
    says = "cards are paid at the test provider: nobody is charged"
    yield Remark(about="payments", level="note", says=says, setting="site")


def _data(settings: Settings) -> Iterator[Remark]:
    folder = Path(settings.database).parent
    there = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    file = Path(settings.database)
    if not os.access(file if file.exists() else there, os.W_OK):
        says = f"{file} cannot be written by this user: nothing can be ordered"
        yield Remark(about="data", level="error", says=says, setting="database", fix="chown it to the store's user.")
    if settings.catalogue is None:
        says = "the catalogue is the demo's, unless one was imported (portico embedded import)"
        yield Remark(about="data", level="note", says=says, setting="catalogue")
    if settings.faults != FaultSettings():
        says = "faults on demand are set: operations fail or are slow because they are told to"
        yield Remark(about="data", level="warning", says=says, setting="faults", fix="take them out.")
    if settings.today is not None:
        says = f"it is always {settings.today}: sales, stock dates and new things stand still"
        yield Remark(about="data", level="warning", says=says, setting="today", fix="take it out.")
