"""Headers every answer carries. The policy is static: no nonce, so that cached bytes are the same for everybody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

from litestar.types import Message, Scope


def content_security_policy(
    *,
    image_origins: Sequence[str] = (),
    form_origins: Sequence[str] = (),
    frame_origins: Sequence[str] = (),
    https: bool,
) -> str:
    """No inline script or style anywhere. `form_origins` are the adapters' checkouts: Chromium applies `form-action` to
    redirects after a post as well."""
    parts = [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        " ".join(["img-src 'self' data:", *image_origins]),
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        *([" ".join(["frame-src", *frame_origins])] if frame_origins else []),
        " ".join(["form-action 'self'", *form_origins]),
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    ]
    if https:
        parts.append("upgrade-insecure-requests")
    return "; ".join(parts)


def on_options(headers: Iterable[tuple[str, str]]) -> Callable[[Message, Scope], Awaitable[None]]:
    """A hook that gives Litestar's own answers to OPTIONS what every other answer carries."""
    raw = [(name.encode(), value.encode()) for name, value in (*headers, ("cache-control", "no-store"))]

    async def complete(message: Message, scope: Scope) -> None:
        if message["type"] == "http.response.start" and scope.get("method") == "OPTIONS":
            sent = {name for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(pair for pair in raw if pair[0] not in sent)]

    return complete


def security_headers(
    *,
    image_origins: Sequence[str] = (),
    form_origins: Sequence[str] = (),
    frame_origins: Sequence[str] = (),
    https: bool,
) -> tuple[tuple[str, str], ...]:
    """The constant headers, ready to send."""
    policy = content_security_policy(
        image_origins=image_origins, form_origins=form_origins, frame_origins=frame_origins, https=https
    )
    headers = [
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "strict-origin-when-cross-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ]
    if https:
        headers.append(("strict-transport-security", "max-age=63072000; includeSubDomains"))
    return tuple(headers)
