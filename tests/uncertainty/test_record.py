"""docs/deciding.md shows the record, and the record holds the bars."""

import json
from typing import Any

import pytest

from benchmarks.deciding import HEADS, PAGE, RECORD, tables, with_tables
from benchmarks.simulations import CASES


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    return json.loads(RECORD.read_text(encoding="utf-8"))


def test_page_is_what_would_be_written(record: dict[str, Any]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_tables(page, record) == page


def test_every_part_was_measured(record: dict[str, Any]) -> None:
    assert list(HEADS) == [part for part in record if part != "machine"]


def test_what_misses_its_bar_is_small_or_skewed(record: dict[str, Any]) -> None:
    """From 1,000 items on every interval of the bars holds, as do tests, gates and the costs."""
    bars = {case.name for case in CASES if case.bar}
    for row in record["coverage"]:
        assert row["holds"] or row["n"] == 100 or row["what"] not in bars
    for part in ("sizes", "gates", "agreement", "bootstrap"):
        for row in record[part]:
            assert row.get("holds", True) or row.get("n") == 100


def test_tables_say_what_is_outside() -> None:
    rows = [
        {"what": "a mean", "n": 1000, "share": 0.9321, "holds": False},
        {"what": "another", "n": 1000, "share": 0.95, "holds": True},
    ]
    text = tables({"coverage": rows})
    assert "| a mean | 1,000 | 93.2 %, outside |" in text
    assert "| another | 1,000 | 95.0 % |" in text
