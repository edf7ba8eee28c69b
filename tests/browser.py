"""A real browser for the tests of pages: Chromium by Playwright, axe-core where AXE names it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

WIDTHS = (1280, 390)
THEMES = ("light", "dark")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start the browser of this machine."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs Chromium")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


class Visit(NamedTuple):
    """An open page, what it said on the console, and what it asked the network for."""

    page: Any
    said: list[str]
    asked: list[str]

    def width(self) -> int:
        """Return how wide the content is."""
        size = self.page.context.new_cdp_session(self.page).send("Page.getLayoutMetrics")
        return int(size["cssContentSize"]["width"])


@contextmanager
def visit(browser: Any, **settings: Any) -> Iterator[Visit]:
    """Open an empty page that writes down what it says and asks for."""
    context = browser.new_context(**settings)
    found = Visit(context.new_page(), [], [])
    found.page.on("console", lambda message: found.said.append(message.text))
    found.page.on("pageerror", lambda error: found.said.append(str(error)))
    found.page.on("request", lambda request: found.asked.append(request.url))
    yield found
    context.close()


def violations(browser: Any, address: str, theme: str) -> list[tuple[str, str]]:
    """Return what axe-core finds on a page: contrast, landmarks, names, order."""
    source = os.environ.get("AXE")
    if source is None:
        pytest.skip("needs axe-core: AXE=node_modules/axe-core/axe.min.js")
    with visit(browser, color_scheme=theme, bypass_csp=True) as found:
        found.page.goto(address)
        found.page.add_script_tag(path=source)
        answer = found.page.evaluate("axe.run()")
        return [(one["id"], one["nodes"][0]["html"][:200]) for one in answer["violations"]]
