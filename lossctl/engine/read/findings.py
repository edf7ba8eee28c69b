"""What the blocks showed: what the predictions may be, and what is wrong with the data."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from lossctl.core.errors import DataError
from lossctl.core.loss import FormAxes, Loss
from lossctl.core.reading import DecidedBy


@dataclass
class Fault:
    """Items of one kind that cannot be evaluated: how many, and the first."""

    count: int
    row: int
    message: str


@dataclass
class Findings:
    """Findings of one block, or of all when merged.

    Attributes
    ----------
    low, high
        Range of the predictions that count.
    unnormalized_rows
        Rows of class scores whose sum is not one, where sums were looked at.
    first_row_sum
        The first such sum.
    hard
        Whether every prediction is exactly 0 or 1.
    soft_targets
        Whether some binary target is neither 0 nor 1.
    labels
        Which of 0 and -1 stand for the negative label, where both are allowed.
    faults
        Reasons not to evaluate, by what is wrong.
    nonfinite
        Items whose loss is inf or NaN, and the first.
    """

    low: float = math.inf
    high: float = -math.inf
    unnormalized_rows: int = 0
    first_row_sum: float = math.nan
    hard: bool = True
    soft_targets: bool = False
    labels: set[float] = field(default_factory=set)
    faults: dict[str, Fault] = field(default_factory=dict)
    nonfinite: Fault | None = None

    @property
    def within_unit(self) -> bool:
        """Whether every prediction lies in [0, 1]."""
        return self.low >= 0.0 and self.high <= 1.0

    @property
    def outside_unit(self) -> float:
        """A prediction outside [0, 1]."""
        return self.low if self.low < 0.0 else self.high

    def report(self, key: str, count: int, row: int, message: str) -> None:
        """Record a fault of this block."""
        self.faults[key] = Fault(count, row, message)

    def raise_faults(self) -> None:
        """Raise the first fault as an error that says where, what and how many."""
        if not self.faults:
            return
        fault = min(self.faults.values(), key=lambda found: found.row)
        more = f" ({fault.count} items are affected)" if fault.count > 1 else ""
        raise DataError(fault.message + more)


def merge(parts: Iterable[Findings]) -> Findings:
    """Merge the findings of blocks, given in the order of the grid."""
    merged = Findings()
    for part in parts:
        if part.unnormalized_rows and not merged.unnormalized_rows:
            merged.first_row_sum = part.first_row_sum
        merged.low, merged.high = min(merged.low, part.low), max(merged.high, part.high)
        merged.unnormalized_rows += part.unnormalized_rows
        merged.hard &= part.hard
        merged.soft_targets |= part.soft_targets
        merged.labels |= part.labels
        for key, fault in part.faults.items():
            known = merged.faults.setdefault(key, Fault(0, fault.row, fault.message))
            known.count += fault.count
        if part.nonfinite:
            known = merged.nonfinite or Fault(0, part.nonfinite.row, part.nonfinite.message)
            merged.nonfinite = Fault(known.count + part.nonfinite.count, known.row, known.message)
    return merged


class Decision(NamedTuple):
    """A kind, who decided it (declared, option or data), why, and what to warn of."""

    kind: str
    decided_by: DecidedBy
    evidence: str
    warnings: tuple[str, ...] = ()


def values_as_declared(loss: Loss, axes: FormAxes, findings: Findings) -> Decision:
    """Take predictions of a loss of plain values as what it declares; warn of unusual ones."""
    names = ", ".join(entry.name for entry in loss.inputs)
    what = names if axes == "any" else "values"
    first = loss.inputs[0]
    warnings: tuple[str, ...] = ()
    usual = first.expected
    if usual is not None and not (findings.low in usual and findings.high in usual):
        seen = f"{findings.low:.6g} … {findings.high:.6g}"
        warnings = (f"{first.kind} values usually lie in {usual.describe()}, seen {seen}",)
    return Decision("values", "declared", f"{loss.id} reads {what}", warnings)
