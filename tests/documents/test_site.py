"""The documentation site: where it leads, and what becomes of links; .ci/long builds it."""

import re
from pathlib import Path

from tests.documents.blocks import ROOT
from tools.site import loss_pages, pages
from tools.site.build import FIRST_PAGES, GROUPS, OTHERS, _index, _linked, _style

KNOWN = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")} | {*OTHERS}


def test_the_first_page_leads_everywhere() -> None:
    text = _index(KNOWN)
    listed = set(re.findall(r"(?m)^((?:docs|configs|benchmarks)/\S+|[A-Z]+)$", text))
    assert listed == {name.removesuffix(".md") for name in KNOWN}
    assert all(place in KNOWN for place in FIRST_PAGES.values())
    assert all(f"docs/{name}.md" in KNOWN for names in GROUPS.values() for name in names)


def test_two_steps_to_the_command_for_masks() -> None:
    first = _index(KNOWN)
    assert "score masks: Dice, IoU and their losses](docs/segmentation.md)" in first
    assert re.search(r"lossctl compute .*dice", (ROOT / "docs/segmentation.md").read_text(), re.S)


def test_links_stay_in_the_site() -> None:
    place = Path("docs/run.md")
    cases = {
        "[a](gates.md)": "[a](gates.md)",
        "[a](gates.md#limits)": "[a](gates.md)",
        "[a](../configs/README.md)": "[a](../configs/README.md)",
        "[a](../lossctl/api.py)": "a",
        "[a](../../elsewhere.md)": "a",
        "[a](https://example.org/x)": "[a](https://example.org/x)",
        "```\n[a](../lossctl/api.py)\n```": "```\n[a](../lossctl/api.py)\n```",
    }
    for given, wanted in cases.items():
        assert _linked(given, place, KNOWN) == wanted


def test_pages_that_are_made() -> None:
    commands = dict(pages.commands())
    assert "lossctl plot landscape" in commands["reference/command-plot-landscape.md"]
    assert "| `lossctl calibrate` |" in commands["reference/commands.md"]
    assert "## compute" in pages.python()[1]
    assert '<details id="task-segmentation">' in pages.tree()[1]
    assert "| f1 |" in pages.metrics()[1]
    family = dict(zip(("place", "text"), next(loss_pages.losses()), strict=True))
    assert family["place"] == "losses/family-regression.md"
    assert "[huber](huber.md)" in family["text"]
    assert "--t0:#0072b2" in _style()
