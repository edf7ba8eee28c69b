"""Rules quantified over groups of rows: one satisfaction a group, one pass, the same bits."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.engine.bind.layout import plain_grid
from lossctl.engine.sources import Source
from lossctl.engine.threads import run_blocks
from lossctl.kernels.quantifiers import Quantifier
from lossctl.objective.terms import Term

MOST_GROUPS = 5_000_000


@dataclass(frozen=True)
class Groups:
    """Totals of every group, in order of its key: only those whose weights do not sum to 0."""

    keys: Array
    power: Array
    level: Array
    weight: Array

    @property
    def mean(self) -> Array:
        """Mean of the powered shortfalls of each group."""
        return self.power / self.weight


def _grid(term: Term) -> list[tuple[int, int]]:
    return plain_grid(prod(term.sources["predictions"].shape))


def _quantifier(term: Term) -> tuple[Quantifier, float]:
    """Return the quantifier of a term, and its exponent."""
    assert term.quantifier is not None  # noqa: S101 - terms with groups have one
    return term.quantifier, term.params.get("p", 1.0)


def _read(term: Term, start: int, stop: int) -> tuple[Array, Array, Array, Array]:
    """Return keys, truths, levels and weights of a range of rows, as float64."""
    assert term.group is not None  # noqa: S101 - asked of grouped terms only
    keys = term.group.read(start, stop)
    values = term.sources["predictions"].read(start, stop).astype(np.float64)
    targets = term.sources.get("targets")
    level = np.ones(stop - start) if targets is None else targets.read(start, stop)
    weights = np.ones(stop - start) if term.weights is None else term.weights.read(start, stop)
    counts = weights > 0.0
    if term.options.nan == "omit":
        counts &= ~np.isnan(values)
    _require_keys(term.group, keys, start)
    return keys, np.where(counts, values, 1.0), level, np.where(counts, weights, 0.0)


def _require_keys(group: Source, keys: Array, start: int) -> None:
    if keys.dtype.kind == "f" and np.isnan(keys).any():
        at = start + int(np.flatnonzero(np.isnan(keys))[0])
        raise DataError(f"{group.label}: the group is NaN at {group.where((at,))}")


def fold_groups(term: Term) -> Groups:
    """Sum every group in one pass; partial sums of blocks are added in the order of the grid."""
    quantifier, p = _quantifier(term)

    def work(start: int, stop: int) -> tuple[Array, Array]:
        keys, values, level, weights = _read(term, start, stop)
        found, codes = np.unique(keys, return_inverse=True)
        power = weights * quantifier.transform(values, p)
        sums = [np.bincount(codes, part, len(found)) for part in (power, weights * level, weights)]
        return found, np.array(sums)

    parts = run_blocks(_grid(term), work, term.options.threads)
    keys = np.unique(np.concatenate([found for found, _ in parts]))
    if len(keys) > MOST_GROUPS:
        raise DataError(f"over makes {len(keys)} groups; at most {MOST_GROUPS} are kept")
    totals = np.zeros((3, len(keys)))
    for found, sums in parts:
        totals[:, np.searchsorted(keys, found)] += sums
    counts = totals[2] > 0.0
    if not counts.any():
        raise DataError("the weights of all items sum to 0; their mean has no value")
    return Groups(keys[counts], *totals[:, counts])


def satisfactions(term: Term, groups: Groups) -> Array:
    """Return the truth of the rule in each group."""
    quantifier, p = _quantifier(term)
    found: Array = quantifier.carry(groups.mean, p)
    return found


def value_of(term: Term, groups: Groups) -> float:
    """Mean over groups of ((level − satisfaction) / τ)²."""
    short = (groups.level / groups.weight - satisfactions(term, groups)) / _temperature(term)
    return float(np.mean(short**2))


def _temperature(term: Term) -> float:
    return float(term.params["temperature"])


def pull_back(term: Term, groups: Groups, write: Callable[[int, Array], Any]) -> None:
    """Write the gradient of the value with respect to each row's truth."""
    quantifier, p = _quantifier(term)
    outer = 2.0 * (satisfactions(term, groups) - groups.level / groups.weight)
    inner = quantifier.carry_slope(groups.mean, p)
    slopes = outer * inner / groups.weight / _temperature(term) ** 2 / len(groups.keys)

    def work(start: int, stop: int) -> None:
        keys, values, _, weights = _read(term, start, stop)
        at = np.minimum(np.searchsorted(groups.keys, keys), len(groups.keys) - 1)
        slope = np.where(groups.keys[at] == keys, slopes[at], 0.0)
        write(start, slope * weights * quantifier.transform_slope(values, p))

    run_blocks(_grid(term), work, term.options.threads)
