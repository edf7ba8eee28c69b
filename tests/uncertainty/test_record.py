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


def test_what_misses_its_bar_is_small_or_serial(record: dict[str, Any]) -> None:
    """From 1,000 items on every interval holds, as do tests, gates and costs; of series, later."""
    for row in record["coverage"]:
        assert row["holds"] or row["n"] == 100
    for row in record["sizes"]:
        assert row["holds"] or row["n"] == 100 or "serial" in row["what"]
    for part in ("gates", "agreement", "bootstrap"):
        assert all(row.get("holds", True) for row in record[part])


def test_every_interval_of_the_bars_holds(record: dict[str, Any]) -> None:
    bars = {case.name for case in CASES if case.bar}
    rows = [row for row in record["coverage"] if row["what"] in bars]
    assert len(rows) == 4 * len(bars)
    assert all(0.935 <= row["share"] <= 0.965 for row in rows)


def test_tables_show_what_misses_its_bar() -> None:
    rows = [
        {"what": "a mean", "n": 1000, "share": 0.9321, "holds": False},
        {"what": "a mean", "n": 100, "share": 0.95, "holds": True},
        {"what": "another", "n": 1000, "share": 0.95, "holds": True},
    ]
    assert tables({"coverage": rows}).splitlines()[1:] == [
        "| --- | --- | --- |",
        "| a mean | 95.0 % | **93.2 %** |",
        "| another |  | 95.0 % |",
    ]
