"""A browser page that notices everything that goes wrong on it: the tests' eyes beside their assertions."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""


class Watch:
    """Records console errors and warnings, uncaught exceptions, policy violations, failed requests and answers of 400
    and above. `expected` are statuses that a test asks for on purpose."""

    def __init__(self, context: BrowserContext, expected: frozenset[int]) -> None:
        self.problems: list[str] = []
        self._expected = expected
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("page", self._attend)

    def _attend(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: uncaught {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if any(f"status of {status}" in message.text for status in self._expected):
            return
        where = message.page.url if message.page else ""
        self.problems.append(f"{where}: console {message.type}: {message.text}")

    def _failed(self, request: Request) -> None:
        reason = request.failure or ""
        if "ERR_ABORTED" not in reason:  # the browser itself gives up what a navigation has made useless
            self.problems.append(f"{request.url}: {reason}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._expected:
            self.problems.append(f"{response.url}: {response.status}")
