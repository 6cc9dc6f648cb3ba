"""E-mail addresses: which are taken for one, and when two are the same."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII | re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


class EmailAddress(NamedTuple):
    """`text` as it was written; `key` is what is compared and what mail is sent to: domain in ASCII, all of it small."""

    text: str
    key: str


def email_address(text: str) -> EmailAddress | None:
    """An address that mail can be sent to, or None. International domains, dots and tags (`+`) are taken as they are;
    quoted and non-ASCII names before the @ are not: hardly any server accepts them."""
    if len(text) > 320:
        return None
    local, at, domain = text.strip().rpartition("@")
    labels = [_label(label) for label in unicodedata.normalize("NFKC", domain).lower().replace("。", ".").split(".")]
    if not at or len(local) > 64 or not _LOCAL.fullmatch(local) or len(labels) < 2 or None in labels:
        return None
    if (labels[-1] or "").isdigit():
        return None
    key = f"{local.lower()}@{'.'.join(label or '' for label in labels)}"
    return EmailAddress(f"{local}@{domain.lower()}", key) if len(key) <= 254 else None


def _label(label: str) -> str | None:
    """One part of a domain in ASCII (IDNA without the mapping of old: ß stays a letter of its own)."""
    if not label.isascii():
        if not all(unicodedata.category(c)[0] in "LMN" or c == "-" for c in label):
            return None
        label = f"xn--{label.encode('punycode').decode()}"
    return label if _LABEL.fullmatch(label) else None


def masked(email: str) -> str:
    """Enough to recognise one's own address: `m…@example.com`."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}"
