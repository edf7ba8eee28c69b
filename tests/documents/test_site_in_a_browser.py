"""The built site in a real browser, from files; run by .ci/long.

The variable SITE names the folder it was built in; see tests/report/test_in_a_browser.py for what
else it needs.
"""

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from lossctl.core.spelling import at_door
from lossctl.recommender.decision_tree import load_tree
from lossctl.recommender.recommendation import advise
from lossctl.report.advice import render_advice
from tests.browser import THEMES, WIDTHS, browser, violations, visit
from tests.documents.test_wizard_page import text_key
from tools.site.wizard import paths

__all__ = ["browser"]  # the fixture
pytestmark = pytest.mark.browser
OF_EACH_KIND = (
    *("index.html", "README.html", "docs/segmentation.html", "docs/deciding.html"),
    *("losses/index.html", "losses/family-ranking.html", "losses/focal.html"),
    *("losses/custom.html", "reference/command-compute.html", "reference/metrics.html"),
    *("reference/tree.html", "reference/tree.html#task=regression&metric=pinball&quantile=0.9"),
    *("reference/tree.html#task=preference&stage=direct&metric=unknown&constraints=none",),
    *("search.html?q=dice",),
)
ALL_PATHS = """() => {
  const wizard = window.LOSSCTL_WIZARD, found = [];
  function walk(answers) {
    const open = wizard.openQuestions(answers);
    if (!open.length) { found.push([answers, wizard.recommend(answers)]); return; }
    for (const value of wizard.choices(open[0], answers)) walk({...answers, [open[0]]: value});
  }
  walk({});
  return found;
}"""


@pytest.fixture(scope="module")
def site() -> Path:
    folder = os.environ.get("SITE")
    if folder is None:
        pytest.skip("needs the site: python -m tools.site.build FOLDER, SITE=FOLDER")
    return Path(folder).resolve()


def test_links_lead_to_pages(site: Path) -> None:
    """Those in raw HTML too, which Sphinx does not see."""
    broken = []
    for file in site.rglob("*.html"):
        text = re.sub(r"<script>.*?</script>", "", file.read_text(encoding="utf-8"), flags=re.S)
        for link in set(re.findall(r'(?:href|src)="([^"#?]+)', text)):
            inside = not re.match(r"[a-z]+:", link)
            if inside and not (file.parent / unquote(link)).exists():
                broken.append((file.relative_to(site).as_posix(), link))
    assert broken == []


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_are_quiet_and_fit(width: int, browser: Any, site: Path) -> None:
    """No message on the console, no request beyond the folder, nothing wider than the window."""
    wrong = []
    with visit(browser, viewport={"width": width, "height": 900}) as found:
        for file in sorted(site.rglob("*.html")):
            found.page.goto(file.as_uri())
            outside = [one for one in found.asked if not one.startswith((site.as_uri(), "data:"))]
            if found.said or outside or found.width() > width:
                wrong.append((file.name, [*found.said], outside, found.width()))
            found.said.clear()
            found.asked.clear()
    assert wrong == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", OF_EACH_KIND)
def test_axe_finds_nothing(name: str, theme: str, browser: Any, site: Path) -> None:
    assert violations(browser, f"{site.as_uri()}/{name}", theme) == []


def test_two_clicks_to_dice_on_masks_and_a_search(browser: Any, site: Path) -> None:
    with visit(browser) as found:
        found.page.goto(f"{site.as_uri()}/index.html")
        with found.page.expect_navigation():
            found.page.get_by_role("link", name="score masks").first.click()
        commands = found.page.locator("pre").all_inner_texts()
        assert any(re.search(r"lossctl compute \S+ \S+[^#]*dice", one) for one in commands)
        found.page.goto(f"{site.as_uri()}/index.html")
        with found.page.expect_navigation():
            found.page.get_by_role("link", name="every loss").click()
        with found.page.expect_navigation():
            found.page.get_by_role("link", name="dice", exact=True).first.click()
        command = "lossctl compute PREDICTIONS TARGETS --loss dice"
        assert found.page.locator("pre").first.inner_text().strip() == command
        found.page.goto(f"{site.as_uri()}/search.html?q=dice")
        found.page.wait_for_selector('ul.search li a[href*="losses/dice.html"]')


def test_without_javascript(browser: Any, site: Path) -> None:
    """Guides are all there; of the questions the tree is, with links to the losses."""
    with visit(browser, java_script_enabled=False) as found:
        found.page.goto(f"{site.as_uri()}/docs/segmentation.html")
        assert "dice" in found.page.locator("article").inner_text()
        found.page.goto(f"{site.as_uri()}/reference/tree.html")
        found.page.locator("summary", has_text="segmentation").click()
        found.page.locator("details[open] a", has_text="dice").first.click()
        assert found.page.locator("h1").inner_text().startswith("dice")


@at_door("shell")
def test_every_path_of_the_page_is_that_of_the_terminal(browser: Any, site: Path) -> None:
    with visit(browser) as found:
        found.page.goto(f"{site.as_uri()}/reference/tree.html")
        answered = found.page.evaluate(ALL_PATHS)
    tree = load_tree()
    assert [answers for answers, _ in answered] == list(paths(tree))
    seen = set()
    for answers, said in answered:
        advice = advise(tree, answers)
        assert said["headline"] == advice.headline
        assert (site / "losses" / f"{said['page']}.html").exists()
        if (key := text_key(advice)) in seen:
            continue
        seen.add(key)
        lines = [
            f"Recommended: {said['headline']}",
            f"Evidence: {said['evidence']}",
            f"Because: {said['because']}",
            *(f"{label.capitalize()}: {text}" for label, all_ in said["sections"] for text in all_),
        ]
        assert lines == render_advice(advice, "plain").split("\n")


ASKED = "text => document.getElementById('wizard-head').innerText === text"
DRAWN = "document.activeElement.id === 'wizard-head'"  # where the focus goes with the next question


def test_the_questions_by_keyboard_and_back(browser: Any, site: Path) -> None:
    with visit(browser) as found:
        page = found.page
        page.goto(f"{site.as_uri()}/reference/tree.html")
        head = page.locator("#wizard-head")
        assert head.inner_text() == "What is the task?"
        page.locator(".wizard-answers button").first.focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # the second answer
        page.wait_for_function(DRAWN)
        assert head.inner_text() == "How will the model be judged?"
        assert page.locator(".wizard-trail button").all_inner_texts() == ["task: regression"]
        page.locator(".wizard-answers button", has_text="pinball").press("Enter")
        page.wait_for_function(DRAWN)
        page.go_back()
        page.wait_for_function(ASKED, arg="How will the model be judged?")
        assert head.inner_text() == "How will the model be judged?"
        page.goto(
            f"{site.as_uri()}/reference/tree.html#task=regression&metric=unknown&goal=quantile"
        )
        page.reload()
        while head.inner_text() != "Which quantile?":
            page.locator(".wizard-answers button", has_text="unknown").press("Enter")
            page.wait_for_function(DRAWN)
        page.get_by_label("Another number").fill("1.5")
        page.keyboard.press("Enter")
        assert page.get_by_role("alert").inner_text() == "Please give a number between 0 and 1."
        page.get_by_label("Another number").fill(".00005")
        page.keyboard.press("Enter")
        page.wait_for_function(DRAWN)
        while page.locator(".wizard-answers").count():
            page.locator(".wizard-answers button").last.press("Enter")
            page.wait_for_function(DRAWN)
        assert head.inner_text() == "quantile:q=5e-05"
        assert "--quantile 5e-05" in page.locator(".wizard pre").first.inner_text()
        page.locator(".wizard-trail button", has_text="metric").click()
        page.wait_for_function(DRAWN)
        assert head.inner_text() == "How will the model be judged?"
        page.get_by_role("button", name="Start again").click()
        page.wait_for_function(DRAWN)
        assert head.inner_text() == "What is the task?"
        assert found.said == []
