"""The documentation site: where it leads, what becomes of links; .ci/run checks all of it."""

import re
from pathlib import Path

from lossctl.recommender.decision_tree import load_tree
from tests.documents.blocks import ROOT
from tools.site import loss_pages, pages
from tools.site.build import FIRST_PAGES, GROUPS, OTHERS, _index, _linked, _style
from tools.site.docstrings import reference

KNOWN = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")} | {*OTHERS}


def test_the_first_page_leads_everywhere() -> None:
    text = _index(KNOWN)
    text = text.replace("Start here <README>", "README")
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
    listed = commands["reference/commands.md"]
    assert "| [`lossctl plot pit`](command-plot-pit.md) |" in listed
    assert "## compute" in pages.python()[1]
    assert '<details id="task-segmentation">' in pages.tree()[1]
    assert "| f1 |" in pages.metrics()[1]
    family = dict(zip(("place", "text"), next(loss_pages.losses()), strict=True))
    assert family["place"] == "losses/family-regression.md"
    assert "[huber](huber.md)" in family["text"]
    assert "--t0:#0072b2" in _style()


def test_every_answer_of_the_questions_has_a_page() -> None:
    """Recipes too, which are no losses of the catalogue."""
    made = dict(loss_pages.losses(drawn=False))
    assert {f"losses/{leaf.loss}.md" for leaf in load_tree().leaves.values()} <= made.keys()
    assert "[vae](vae.md)" in made["losses/family-recipe.md"]
    page = made["losses/vae.md"]
    assert (
        page.index("log_variance.npy") < page.index("## Formula") < page.index("| `beta` | `1` |")
    )


DOCSTRING = """Add <two> numbers with :func:`lossctl.compute`.

Parameters
----------
first
    A number, ``"1_000"``.
**keywords
    sign
        Of the sum, see `first`.
    digits
        How many.

Examples
--------
>>> 1 + 1
2
"""


def test_docstrings_become_markdown() -> None:
    def add(first: float, *, sign: int = 1, digits: int = 0) -> None:
        pass

    add.__doc__ = DOCSTRING
    wanted = """```python
lossctl.add(first, *, sign=1, digits=0)
```

Add &lt;two> numbers with [`lossctl.compute`](#compute).

**Parameters**

- `first`: A number, `"1_000"`.
- `**keywords`:
  - `sign`: Of the sum, see `first`.
  - `digits`: How many.

**Examples**

```pycon
>>> 1 + 1
2
```"""
    assert reference("add", add, {"compute"}) == wanted
