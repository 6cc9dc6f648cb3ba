"""`portico experiment shots`: all variations beside one another, as a phone and a desktop show them."""

from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import click

from bff.cli_experiments import one_of
from bff.experiments.definition import CONTROL, Experiment
from bff.own_secrets import key_ring
from bff.ports import Misconfigured
from bff.terminal import console, fail, load
from bff.web.preview import Previews

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

SECONDS = 3_600.0
EVERYWHERE = ("theme",)
"""Kinds that change pages without another word in them."""


@click.command()
@click.argument("name")
@click.option("--path", "paths", multiple=True, help="A page (/en-gb/products/mug); repeatable. Else they are found.")
@click.option("--url", help="A running store of these settings; else one is opened for it.")
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False), help="The folder for the pictures; shots/NAME."
)
@click.option("--outline/--plain", default=True, help="Whether regions that differ are outlined.")
@click.pass_obj
def shots(
    shop: Path | None, name: str, paths: tuple[str, ...], url: str | None, output: Path | None, outline: bool
) -> None:
    """Photograph all variations of experiment NAME on the pages it changes, at the widths of a phone and of a desktop, and
    write one sheet with them beside one another. It shows previews, so nothing is recorded; where only the bag or the
    checkout differ, something is put into a bag to see them. Needs Chromium and the extra `testing`."""
    settings = load(shop)
    one = one_of(settings, name)
    for path in paths:
        if not path.startswith("/") or path.startswith("//"):
            fail(Misconfigured("--path", f"{path!r} is no path of the store.", fix="write /en-gb/products/mug."))
    try:
        from bff.testing.journeys.run import launched
        from bff.testing.shots.store import serving

        with launched("shots") as browser, nullcontext(url) if url else serving(shop) as origin:
            parts = urlsplit(origin)
            previews = Previews(key_ring(settings), https=parts.scheme == "https")
            token = previews.token(name, time.time() + SECONDS)
            look = Look(browser, f"{parts.scheme}://{parts.netloc}", token, outline)
            sheet = look.at(one, paths, output or Path("shots") / name)
    except Misconfigured as error:
        fail(error)
    click.echo(sheet)


class Look:
    """At one store, by one link."""

    def __init__(self, browser: Browser, origin: str, token: str, outline: bool) -> None:
        self.browser, self.origin, self.token, self.outline = browser, origin, token, outline

    def link(self, variation: str, path: str) -> str:
        query = {"show": variation, "bar": "0", "to": path}
        return f"/-/preview/{self.token}?{urlencode({key: value for key, value in query.items() if value})}"

    def at(self, one: Experiment, paths: tuple[str, ...], folder: Path) -> Path:
        """The sheet. Raises `Misconfigured`."""
        from playwright.sync_api import Error

        from bff.testing.shots.sheet import photographed, sheet

        try:
            chosen, bag = (list(paths), False) if paths else self.found(one)
            console.print(f"{', '.join(chosen)} …", highlight=False, soft_wrap=True)
            made = photographed(
                self.browser,
                self.origin,
                self.link,
                one.names,
                chosen,
                folder,
                outline=self.outline,
                prepared=self.filled if bag else lambda context, variation: None,
            )
        except LookupError:
            fix = "it needs the secret of these settings (server.var), and the experiment in its folder."
            raise Misconfigured("--url", f"the store at {self.origin} does not take the link.", fix=fix) from None
        except Error as error:
            raise Misconfigured(
                "shots", str(error).splitlines()[0], fix="is the page there? --path says which."
            ) from None
        return sheet(one.name, one.definition.hypothesis, one.names, made, folder, outline=self.outline)

    def found(self, one: Experiment) -> tuple[list[str], bool]:
        """The pages that differ, and whether something must be in the bag to see them."""
        from bff.testing.shots.pages import Walk, everywhere, found

        context = self.browser.new_context()
        try:
            walk = Walk(context.request, self.origin, self.link)
            if one.definition.kind in EVERYWHERE:
                return everywhere(walk, one.names[-1]), False
            pages = found(walk, [name for name in one.names if name != CONTROL])
        finally:
            context.close()
        if not pages:
            fix = "say where it shows: --path /en-gb/products/mug."
            raise Misconfigured(one.name, "no page was found that differs from the control.", fix=fix)
        return pages, any(path.endswith(("/cart", "/checkout")) for path in pages)

    def filled(self, context: BrowserContext, variation: str) -> None:
        """Something in the bag."""
        from bff.testing.shots.pages import Walk

        walk = Walk(context.request, self.origin, self.link)
        walk.fills(walk.enters(variation).rstrip("/"))
