"""What a log line may say. Addresses with a secret in them open an order's page, an account, a list to whoever has them:
in every line, tracebacks too, the secret is left out."""

from __future__ import annotations

import logging
import re

SECRET = re.compile(
    r"(?<=/)(?=[\w-]{0,200}[A-Z])[A-Za-z0-9_-]{20,}(?!\w|-|\.\w)"  # a step of a path: tokens have capitals, slugs have none
    r"|(?<=[?&])(token|kept|code|state|next|ticket|removed|payment)=[^&\s\"']+"
)


def discreet(text: str) -> str:
    """`text` without the secrets in the addresses it holds."""
    return SECRET.sub(lambda found: f"{found[1]}=…" if found[1] else "…", text)


class Discreet(logging.Formatter):
    """Writes lines, with what belongs to them, without such secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return discreet(super().format(record))
