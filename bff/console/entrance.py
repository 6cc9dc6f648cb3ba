"""`/-/console/sign-in` and `sign-out`."""

from __future__ import annotations

from pathlib import Path

import msgspec
from litestar.response.base import ASGIResponse

from bff.ports import Throttled

from .access import file
from .desk import Desk, at


class SignInPage(msgspec.Struct, frozen=True, kw_only=True):
    """`wrong` says what was wrong with what was typed. `where`: the setting, or the file, the token is found in."""

    action: str
    where: str
    wrong: str | None = None


def _page(desk: Desk, wrong: str | None = None, status: int = 200) -> ASGIResponse:
    settings = desk.console.settings
    where = (
        "console.token"
        if settings.console.token is not None
        else f"{Path(settings.server.var).name}/{file(settings).name}"
    )
    view = SignInPage(action="/-/console/sign-in", where=where, wrong=wrong)
    return desk.render("sign_in.html", "Sign in", view, status=status)


@at("sign-in", guarded=False)
async def show(desk: Desk) -> ASGIResponse:
    """The question for the token."""
    return desk.redirect() if desk.admitted else _page(desk)


@at("sign-in", methods=("POST",), guarded=False)
async def enter(desk: Desk) -> ASGIResponse:
    """Let in who has the token; wrong ones are counted by address before they are looked at."""
    console = desk.console
    typed = (await desk.form()).get("token", "")[:500]
    try:
        await console.limits.take("operator", [console.clients.address(desk.request)])
    except Throttled as error:
        return _page(desk, f"Too many tries. Try again in {error.retry_after or 60:.0f} seconds.", 429)
    if not console.access.fits(typed):
        return _page(desk, "That is not the token.", 422)
    return desk.redirect(headers=[("set-cookie", console.access.admit(console.clock()))])


@at("sign-out", methods=("POST",))
async def leave(desk: Desk) -> ASGIResponse:
    return desk.redirect("sign-in", headers=[("set-cookie", desk.console.access.dismiss())])


routes = (show, enter, leave)
