"""Warning signs over time (LC7xx): found with their epoch, and never in what is fine."""

from typing import Any

import numpy as np
import pytest

from lossctl.checks.facts import Facts
from lossctl.checks.finding import Finding
from lossctl.checks.registry import chosen
from lossctl.checks.run_rules import run_rules

EPOCHS = np.arange(30)
FALLING = 2.0 * np.exp(-0.2 * EPOCHS) + 0.3


def found(**series: Any) -> list[Finding]:
    facts = Facts(series={name: np.asarray(values) for name, values in series.items()})
    return list(run_rules(chosen("LC7"), facts).findings)


def overfitted() -> np.ndarray:
    validation = FALLING + 0.1
    validation[14:] = validation[13] + 0.05 * np.arange(1, 17)
    return validation


@pytest.mark.parametrize(
    ("series", "code", "epoch"),
    [
        ({"loss": np.where(EPOCHS >= 20, np.nan, FALLING)}, "LC701", 20),
        ({"loss": np.where(EPOCHS >= 9, np.inf, FALLING)}, "LC701", 9),
        ({"loss": FALLING[10] + np.maximum(EPOCHS - 5, 0) - 0.01 * EPOCHS}, "LC702", 5),
        ({"loss": np.where(EPOCHS % 2, 1.0, 1.7)}, "LC703", 0),
        ({"loss": 2.303 - 1e-4 * EPOCHS}, "LC704", 0),
        ({"loss": FALLING, "val_loss": overfitted()}, "LC705", 13),
        ({"train": FALLING, "validation": overfitted()}, "LC705", 13),
        ({"a": FALLING, "b": overfitted()}, "LC705", 13),
    ],
)
def test_what_is_found_and_where_it_begins(series: dict[str, Any], code: str, epoch: int) -> None:
    (finding,) = found(**series)
    assert finding.code == code
    assert finding.rows == [epoch]
    assert str(epoch) in finding.message


def test_several_series_have_a_finding_each() -> None:
    bad = np.where(EPOCHS >= 20, np.nan, FALLING)
    assert [each.evidence["series"] for each in found(a=bad, b=FALLING, c=bad)] == ["a", "c"]


def test_what_is_fine() -> None:
    assert found(loss=FALLING, val_loss=FALLING + 0.1) == []
    assert found(loss=FALLING[:3]) == []
    assert found(loss=np.zeros(0)) == []
