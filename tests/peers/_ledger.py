"""The record of every comparison: who was compared on what, and how far apart they were."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import ArrayLike

PROPERTY = "peer comparison"

TOLERANCES = {
    ("value", "float64"): 1e-12,
    ("items", "float64"): 1e-12,
    ("gradient", "float64"): 1e-10,
    ("value", "float32"): 1e-6,
    ("items", "float32"): 1e-6,
    ("gradient", "float32"): 1e-5,
}
"""Largest error allowed, relative to the largest magnitude the peer gives."""


class Comparison(NamedTuple):
    """One number or array of ours beside a peer's."""

    loss: str
    peer: str
    dtype: str
    what: str
    error: float
    tolerance: float


@dataclass(frozen=True)
class Ledger:
    """Checks one test's comparisons and leaves them on the test for the summary."""

    node: pytest.Item
    dtype: str

    def compare(
        self,
        loss: str,
        peer: str,
        what: str,
        ours: ArrayLike,
        theirs: ArrayLike,
        *,
        tolerance: float | None = None,
    ) -> None:
        """Record how far `ours` is from `theirs`, then insist on the tolerance.

        `tolerance` stands for a definition of the peer's that is known to be a little off.
        """
        assert np.shape(ours) == np.shape(theirs), f"{loss} {what}: shapes differ"
        tolerance = max(tolerance or 0.0, TOLERANCES[what, self.dtype])
        error = relative_error(ours, theirs)
        row = Comparison(loss, peer, self.dtype, what, error, tolerance)
        self.node.user_properties.append((PROPERTY, tuple(row)))
        assert error <= tolerance, f"{loss} {what}: ours {ours}, {peer} {theirs}"


def relative_error(ours: ArrayLike, theirs: ArrayLike) -> float:
    """Largest difference over the largest magnitude; infinite where a number is not finite."""
    mine, other = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    if not (np.isfinite(mine).all() and np.isfinite(other).all()):
        return float("inf")
    gap, scale = np.max(np.abs(mine - other)), np.max(np.abs(other))
    if gap == 0:
        return 0.0
    return float(gap / scale) if scale > 0 else float("inf")


def peers(rows: Iterable[Comparison]) -> list[str]:
    """Name every peer with its losses, to be seen at one glance."""
    losses: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        losses[row.peer].add(row.loss.partition(" (")[0])
    return [
        f"{peer}: {len(found)} losses: {', '.join(sorted(found))}"
        for peer, found in sorted(losses.items())
    ]


def table(rows: Iterable[Comparison]) -> list[str]:
    """One line for every loss, peer, dtype and quantity: cases, worst error, tolerance."""
    groups: dict[tuple[str, str, str, str], list[Comparison]] = defaultdict(list)
    for row in rows:
        groups[row.loss, row.peer, row.dtype, row.what].append(row)
    heads = ("loss", "peer", "dtype", "compared", "cases", "worst error", "tolerance")
    lines = [heads, *(_summary(key, group) for key, group in sorted(groups.items()))]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def _summary(key: tuple[str, ...], group: list[Comparison]) -> tuple[str, ...]:
    """Fold comparisons of one kind into the cells of a line."""
    worst, allowed = (max(getattr(row, name) for row in group) for name in ("error", "tolerance"))
    return (*key, str(len(group)), f"{worst:.1e}", f"{allowed:.0e}")
