"""The store's own secrets: configured, or made once and kept in `var/`, readable by its owner only."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from bff.ports import Misconfigured
from bff.settings import Settings

SHORTEST_SECRET = 32


def key_ring(settings: Settings) -> tuple[bytes, ...]:
    """Secrets that seal cookies, newest first. Without any configured, one is kept in `var/secret`, readable by its
    owner only. Raises `Misconfigured`."""
    if settings.server.secrets:
        short = [secret for secret in settings.server.secrets if len(secret) < SHORTEST_SECRET]
        if short:
            raise Misconfigured("server.secrets", "a secret is shorter than 32 characters.", fix="openssl rand -hex 32")
        return tuple(secret.encode() for secret in settings.server.secrets)
    return (kept_secret(settings, "secret", "server.secrets"),)


def kept_secret(settings: Settings, name: str, key: str) -> bytes:
    """What is kept in `var/{name}`, readable by its owner only, and made where it is not there. `key` is the setting that
    would take its place. Raises `Misconfigured`."""
    file = Path(settings.server.var) / name
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            _make_secret(file)
        kept = file.read_bytes().strip()
    except OSError as error:
        raise Misconfigured(
            "server.var",
            f"the folder {settings.server.var!r} cannot be written: {error.strerror}.",
            source=settings.source,
            fix=f"choose another with PORTICO_SERVER__VAR, or give PORTICO_{key.upper().replace('.', '__')}.",
        ) from None
    if len(kept) < SHORTEST_SECRET:
        raise Misconfigured(key, f"{file} is too short to be a secret.", fix=f"delete {file}: it is remade.")
    return kept


def _make_secret(file: Path) -> None:
    """Written beside and linked into place whole, so that no other process reads half a secret."""
    made = file.with_name(f"{file.name}.{os.getpid()}")
    handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(secrets.token_hex(32).encode())
    with suppress(FileExistsError):
        os.link(made, file)
    made.unlink()
