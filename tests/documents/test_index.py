"""The index leads to every page, guides first."""

import re

from tests.documents.blocks import ROOT

INDEX = (ROOT / "docs/README.md").read_text(encoding="utf-8")


def test_every_page_is_in_the_index() -> None:
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert pages == set(re.findall(r"\]\(([\w-]+\.md)(?:#[\w-]+)?\)", INDEX))


def test_guides_come_before_reference_and_mechanisms() -> None:
    titles = re.findall(r"(?m)^## (.+)$", INDEX)
    assert titles == ["Guides", "Reference", "How it works"]


def test_the_readme_leads_to_the_index_and_every_guide() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    guides = INDEX.partition("## Guides")[2].partition("## Reference")[0]
    for page in ["README.md", *re.findall(r"\]\(([\w-]+\.md)\)", guides)]:
        assert f"(docs/{page})" in readme, page
