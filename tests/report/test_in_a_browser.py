"""Pages in a real browser: no error, no request, no overflow, accessible; run by .ci/long.

It needs Chromium, Playwright (`pip install playwright`) and axe-core (`npm install axe-core`, whose
`axe.min.js` the variable AXE names), and is skipped where one of them is missing.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.browser import THEMES, WIDTHS, browser, violations, visit
from tests.cli.run import lossctl
from tests.report.test_html_report import COMMANDS

__all__ = ["browser"]  # the fixture
pytestmark = pytest.mark.browser


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
    with visit(browser, viewport={"width": width, "height": 900}) as found:
        found.page.goto(pages[name].as_uri())
        assert found.said == []
        assert found.asked == [pages[name].as_uri()]
        assert found.width() <= width
        heads = found.page.locator("table").first.locator("thead button")
        if heads.count():
            heads.first.click()
            assert found.page.locator("th[aria-sort=ascending]").count() == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_all_is_there_without_javascript(name: str, browser: Any, pages: dict[str, Path]) -> None:
    shown = []
    for allowed in (True, False):
        with visit(browser, java_script_enabled=allowed) as found:
            found.page.goto(pages[name].as_uri())
            shown.append(found.page.locator("main").inner_text())
    assert shown[0].split() == shown[1].split()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", COMMANDS)
def test_axe_finds_nothing(name: str, theme: str, browser: Any, pages: dict[str, Path]) -> None:
    assert violations(browser, pages[name].as_uri(), theme) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_red_page_leads_to_its_worst_rows_in_one_click(
    width: int, browser: Any, pages: dict[str, Path]
) -> None:
    with visit(browser, viewport={"width": width, "height": 900}) as found:
        found.page.goto(pages["gradients"].as_uri())
        assert "failed" in found.page.locator(".verdict").inner_text()
        link = found.page.get_by_role("link", name="Worst rows by bce")
        assert link.bounding_box()["y"] < 900, "seen without scrolling"
        link.click()
        place = found.page.get_by_text("item 297").first.bounding_box()
        assert 0 <= place["y"] < 900
