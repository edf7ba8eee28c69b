"""Pages in a real browser: no error, no request, no overflow, accessible; run by .ci/long.

It needs Chromium, Playwright (`pip install playwright`) and axe-core (`npm install axe-core`, whose
`axe.min.js` the variable AXE names), and is skipped where one of them is missing.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.run import lossctl
from tests.report.test_html_report import COMMANDS

WIDTHS = (1280, 390)
THEMES = ("light", "dark")
pytestmark = pytest.mark.browser


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


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write the page of every command."""
    pytest.importorskip("jinja2")
    folder = tmp_path_factory.mktemp("pages")
    for name, words in COMMANDS.items():
        lossctl(*words, "--report", f"html={folder / name}.html")
    return {name: folder / f"{name}.html" for name in COMMANDS}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_is_quiet_and_fits(
    name: str, width: int, browser: Any, pages: dict[str, Path]
) -> None:
    """No message on the console, no request but the file, nothing wider than the window."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(pages[name].as_uri())
    assert said == []
    assert asked == [pages[name].as_uri()]
    size = context.new_cdp_session(page).send("Page.getLayoutMetrics")
    assert size["cssContentSize"]["width"] <= width
    heads = page.locator("table").first.locator("thead button")
    if heads.count():
        heads.first.click()
        assert page.locator("th[aria-sort=ascending]").count() == 1
    context.close()


@pytest.mark.parametrize("name", COMMANDS)
def test_all_is_there_without_javascript(name: str, browser: Any, pages: dict[str, Path]) -> None:
    shown = []
    for allowed in (True, False):
        context = browser.new_context(java_script_enabled=allowed)
        page = context.new_page()
        page.goto(pages[name].as_uri())
        shown.append(page.locator("main").inner_text())
        context.close()
    assert shown[0].split() == shown[1].split()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", COMMANDS)
def test_axe_finds_nothing(name: str, theme: str, browser: Any, pages: dict[str, Path]) -> None:
    """Contrast, landmarks, names and order, by axe-core; it needs a page that lets it in."""
    source = os.environ.get("AXE")
    if source is None:
        pytest.skip("needs axe-core: AXE=node_modules/axe-core/axe.min.js")
    context = browser.new_context(color_scheme=theme, bypass_csp=True)
    page = context.new_page()
    page.goto(pages[name].as_uri())
    page.add_script_tag(path=source)
    found = page.evaluate("axe.run()")
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []
    context.close()
