"""What a store stands on besides its backends: settings, headers, the processes that follow, disk, clock."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bff import settings as configuration
from bff.gateway.backends import adapter_settings, chosen_policies, manifest
from bff.own_secrets import key_ring
from bff.ports import Misconfigured, Unavailable
from bff.rendering.contract import problems
from bff.settings import Settings
from bff.web import control_live
from bff.web.control import Control
from bff.web.control_live import PROCESS_SECONDS
from bff.web.ring import Ring

from .findings import Finding, error, note, ok, warning, wrong

LOOPBACK = ("localhost", "127.0.0.1", "::1")
ROOM, LITTLE_ROOM = 1_000_000_000, 100_000_000
"""Free bytes below which somebody should look, and below which writing will soon fail."""
BUILT = 1_790_000_000
"""Unix seconds before this code was written: a clock that says less is wrong."""

PRIVATE = ("secret", "console-token", "control.sqlite")
"""Files of the store's own that nobody else may read."""
Application = Callable[..., Any]


def here(origin: str) -> bool:
    """Whether only this machine sees the store."""
    return (urlsplit(origin).hostname or "") in LOOPBACK


def settings(found: Settings) -> Iterator[Finding]:
    """Adapters and their settings, secrets, templates, and how the store is reached."""
    serving, sound = configuration.serving(found), 0
    for name, chosen in found.backends.items():
        key = f"backends.{name}"
        try:
            own = manifest(chosen.adapter, key=f"{key}.adapter")
            fills = configuration.fills(found)
            adapter_settings(own, chosen.settings, key=f"{key}.settings", source=found.source, fills=fills)
            chosen_policies(name, chosen, own, source=found.source)
            sound += 1
        except Misconfigured as raised:
            yield wrong("configuration", raised, "error" if name in serving else "warning")
    try:
        key_ring(found)
    except Misconfigured as raised:
        yield wrong("configuration", raised)
    mistaken = problems(found)
    for problem in mistaken:
        yield error(
            "configuration", problem, "templates", "bring the override in line; CHANGELOG.md says what changed."
        )
    if not mistaken:
        yield ok("configuration", f"{len(found.markets)} markets; templates and messages agree with the pages")
    if sound:
        yield ok("configuration", f"{sound} of {len(found.backends)} backends have settings that their adapters take")
    yield from _reached(found)


def _reached(found: Settings) -> Iterator[Finding]:
    origin, server = configuration.origin(found), found.server
    public = not here(origin)
    if not public and server.host not in LOOPBACK:
        fix = 'origin = "https://…", the address that shoppers type.'
        yield warning("configuration", f"links, mails and redirects lead to {origin}", "store.origin", fix)
    if public and origin.startswith("http://"):
        says = f"{origin} is not encrypted: sessions and passwords can be read on the way"
        yield error("configuration", says, "store.origin", "serve the store behind TLS, and say https:// here.")
    if public and origin.startswith("https://") and not server.proxies:
        says = (
            "TLS ends before the store, and no proxy is believed: all shoppers have the proxy's address, and one limit"
        )
        yield warning("configuration", says, "server.proxies", 'its address or network, as in ["10.0.0.0/8"].')
    if server.development and public:
        says = "a store for everybody runs for development: any host is answered, view models are shown"
        yield error("configuration", says, "server.development", "take it out.")
    if found.store.maintenance:
        yield warning(
            "configuration", "the store is closed: every page answers 503", "store.maintenance", "false opens it."
        )
    if server.timings and public:
        yield note("configuration", "everybody is told what a page asked of its backends", "server.timings")
    if not found.cache.bytes:
        says = "no answer is kept: every page asks the backend, and nothing is shown when it fails"
        yield warning("configuration", says, "cache.bytes", "take it out (64 MB a process), or say how many.")


# ---------------------------------------------------------------- headers


async def headers(found: Settings, create: Callable[[Settings], Application]) -> dict[str, str]:
    """What the application itself answers with, asked without opening its backends. Raises `Misconfigured`."""
    origin = urlsplit(configuration.origin(found))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "OPTIONS",
        "scheme": origin.scheme,
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", origin.netloc.encode())],
        "client": ("127.0.0.1", 1),
        "server": (origin.hostname, origin.port),
    }
    sent: dict[str, str] = {}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        for name, value in message.get("headers", ()):
            sent[name.decode("latin-1").lower()] = value.decode("latin-1")

    await create(found)(scope, receive, send)
    return sent


def policy(sent: dict[str, str]) -> dict[str, list[str]]:
    """The content security policy by directive."""
    parts = [part.split() for part in sent.get("content-security-policy", "").split(";")]
    return {part[0]: part[1:] for part in parts if part}


def sendings(found: Settings, sent: dict[str, str]) -> Iterator[Finding]:
    """What the headers let browsers do."""
    rules = policy(sent)
    if not rules:
        says = "the store sends no content security policy"
        yield error("headers", says, "bff/web/headers.py", "this is not the code it was released with.")
        return
    for directive, about in (
        ("img-src", "pictures"),
        ("form-action", "forms and redirects after them"),
        ("frame-src", "frames"),
    ):
        named = [source for source in rules.get(directive, ()) if source not in ("'self'", "data:")]
        yield ok("headers", f"{about}: the store's own{', ' if named else ''}{', '.join(named)} ({directive})")
        for source in named:
            if source.startswith("http://") and not here(source):
                says = f"{source} ({directive}) is not encrypted: browsers block it on an https page"
                yield error("headers", says, "backends", "give the backend its https address.")
    secure = "strict-transport-security" in sent
    if secure:
        yield ok("headers", f"browsers come by https only: {sent['strict-transport-security']}")
    elif not here(configuration.origin(found)):
        yield warning(
            "headers", "browsers may come unencrypted: no HSTS is sent", "store.origin", "https:// turns it on."
        )


# ---------------------------------------------------------------- purge


async def purges(found: Settings) -> list[Finding]:
    """Whether what changed can reach every process: the control store is written, the processes follow."""
    file = Path(found.server.var) / "control.sqlite"
    if not file.exists():
        return [note("purge", f"{file} is not there yet: the store makes it when it starts", "server.var")]
    try:
        ring = Ring(key_ring(found), b"portico-control")
        async with Control(file, ring) as control:
            await control.write(lambda db: db.execute("SELECT 1"))
            now = control.clock()
            there = await control.read(lambda db: control_live.processes(db, now))
            number = await control.read(control_live.number)
            ahead = await control.read(lambda db: db.execute("SELECT max(expires) FROM processes").fetchone()[0] or 0.0)
    except Unavailable as raised:
        fix = "may this user write the file and its folder? Is the disk full, or the folder on a network?"
        return [error("purge", f"{file} cannot be written ({raised.detail}): posts answer 503", "server.var", fix)]
    except Misconfigured as raised:
        return [wrong("purge", raised)]
    said = [ok("purge", f"{file} is written")]
    if not there:
        said.append(note("purge", "the store is not running, or with another server.var: nobody follows now"))
    for process in there:
        if process.problem:
            says = f"process {process.pid} cannot follow what was chosen: {process.problem}"
            said.append(error("purge", says, "use", "portico backend check NAME, or `use` the one before."))
        elif process.number < number:
            says = f"process {process.pid} is behind: it follows plan {process.number}, the newest is {number}"
            said.append(warning("purge", says, "use", "run this again in a few seconds; restart it if it stays so."))
    if there and len(said) == 1:
        said.append(ok("purge", f"{len(there)} processes follow: a purge reaches them within a second"))
    if ahead > now + PROCESS_SECONDS + 1:
        says = "a process noted itself in the future: the clock was set back while the store ran"
        said.append(warning("clock", says, "the system's clock", "restart the store once the clock is right."))
    return said


# ---------------------------------------------------------------- disk, clock


def disk(found: Settings) -> Iterator[Finding]:
    """The folder the store writes into."""
    folder = Path(found.server.var)
    if not folder.is_dir():
        yield error("disk", f"{folder} is no folder", "server.var", "make it, for the user that runs the store.")
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        yield error(
            "disk", f"{folder} cannot be written by this user", "server.var", f"chown it to the store's user: {folder}"
        )
    free = shutil.disk_usage(folder).free
    room = f"{free / 1e9:.1f} GB free at {folder}"
    if free < LITTLE_ROOM:
        yield error("disk", f"{room}: sessions and orders will fail", "server.var", "make room, or move the folder.")
    elif free < ROOM:
        yield warning("disk", room, "server.var", "make room, or move the folder.")
    else:
        yield ok("disk", room)
    owner = folder.stat().st_uid
    for file in sorted(each for each in folder.iterdir() if each.is_file()):
        held = file.stat()
        if held.st_uid != owner:
            says = f"{file} belongs to another user than its folder: the store may not be able to write it"
            yield warning("disk", says, "server.var", f"chown --reference={folder} {file}")
        if file.name in PRIVATE and stat.S_IMODE(held.st_mode) & 0o077:
            says = f"{file} can be read by other users of this machine ({stat.S_IMODE(held.st_mode):o})"
            yield error("disk", says, "server.var", f"chmod 600 {file}")


def clock(now: float | None = None) -> Iterator[Finding]:
    """Whether this machine's clock can be right."""
    now = time.time() if now is None else now
    told = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    if now < BUILT:
        says = f"it is {told} here: certificates and sessions will be refused"
        yield error("clock", says, "the system's clock", "set it, and keep it by NTP.")
    else:
        yield ok("clock", f"it is {told} here")
