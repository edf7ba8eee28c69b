"""Seeds, dtypes and the closing table of the comparisons with other frameworks."""

from typing import Any

import numpy as np
import pytest

from tests.peers._ledger import PROPERTY, Comparison, Ledger, peers, table

SEEDS = [pytest.param(seed, marks=() if seed < 2 else pytest.mark.exhaustive) for seed in range(25)]


@pytest.fixture(params=SEEDS)
def seed(request: pytest.FixtureRequest) -> int:
    """Name the random case."""
    return int(request.param)


@pytest.fixture(params=["float64", "float32"])
def dtype(request: pytest.FixtureRequest) -> str:
    """Choose the floating-point type both sides are given."""
    return str(request.param)


@pytest.fixture
def rng(seed: int) -> np.random.Generator:
    """Give one case its own random numbers."""
    return np.random.default_rng(seed)


@pytest.fixture
def ledger(request: pytest.FixtureRequest, dtype: str) -> Ledger:
    """Open the record of a test's comparisons."""
    return Ledger(request.node, dtype)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what was compared and how far apart the worst case was."""
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        if getattr(report, "when", "") == "call"
    ]
    rows = [
        Comparison(*found)
        for report in reports
        for name, found in report.user_properties
        if name == PROPERTY
    ]
    if rows:
        terminalreporter.section("agreement with other frameworks")
        for line in (*table(rows), "", *peers(rows)):
            terminalreporter.write_line(line)
