"""A real Chromium for the tests of pages: one that is installed, driven through Playwright, kept off the network.

Playwright would download a browser of its own; the tests take what the machine has.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "/usr/bin/chromium")
ADVICE = "browser tests want Chromium: install chromium (apt-get install chromium)"

_QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoBrowser(Exception):  # noqa: N818 it says what is missing
    """No Chromium is installed."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the first Chromium that is installed. Raises `NoBrowser`."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise NoBrowser
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 other tests need not wait for it

    # Chromium's own sandbox refuses to run as root.
    arguments = [*_QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """A page that somebody looks at, and everything that it asked for or complained about meanwhile."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.add_init_script(_TELL_VIOLATIONS)

    def open(self, url: str) -> int:
        """Go to an address and wait until all of it is there; the answer's status."""
        answer = self.page.goto(url, wait_until="load")
        assert answer is not None, f"{url} gave no answer"
        return answer.status

    def scrolls_sideways(self) -> bool:
        """Say whether the page as a whole is wider than its window."""
        wide: bool = self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        return wide


_TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""
