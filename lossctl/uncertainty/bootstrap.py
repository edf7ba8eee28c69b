"""Poisson bootstrap of sums: each item counts a random number of times, Poisson with mean 1.

Unlike resampling n of n items, no item needs to know of the others, so one pass over the data in
flat memory sums all replicates (Chamandy et al., Estimating Uncertainty for Massive Data Streams,
Google, 2012; Hanley and MacGibbon, Comput. Methods Programs Biomed. 2006, 83, 57–62). Sums are
resampled, values are made of them afterwards. The total number of items then varies, so sums are
scaled to n items; values such as means, which have no size, are not changed by it.

Multiplicities come from 16 random bits, with probabilities to the nearest 2⁻¹⁶: their mean is
exactly 1, their variance 0.99997. Sums are made without BLAS, whose threads may change last bits.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lossctl.core.loss import Array
from lossctl.uncertainty.intervals import Interval, Limits
from lossctl.uncertainty.paired import Contrast, Difference
from lossctl.uncertainty.random_words import PIECE, group_words

REPLICATES = 1000
GROUP = 64  # replicates that share a key
COUNTERS = GROUP * 16 // 256
# P(N ≤ j) in units of 2⁻¹⁶: a word counts as often as it reaches one of them.
THRESHOLDS = tuple(
    round(2**16 * math.exp(-1.0) * math.fsum(1.0 / math.factorial(i) for i in range(j + 1)))
    for j in range(8)
)


@dataclass(frozen=True, eq=False)
class Replicates:
    """Sums of resampled items.

    Attributes
    ----------
    sums
        (B, k) sums of the statistics.
    counts
        (B,) numbers of items, each counted as often as it was drawn.
    n
        Number of items that may be drawn.
    """

    sums: Array
    counts: Array
    n: int

    def scaled(self) -> Array:
        """Return (B', k) sums scaled to n items, of the replicates that drew any."""
        drew = self.counts > 0.0
        return self.sums[drew] * (self.n / self.counts[drew, None])


def multiplicities(words: Array) -> Array:
    """Return (rows, 64) uint8, how often each row counts, for words (rows, 16)."""
    draws = words.view("<u2")
    reached = np.empty(draws.shape, np.bool_)
    counts = np.greater_equal(draws, np.uint16(THRESHOLDS[0])).view(np.uint8)
    for threshold in THRESHOLDS[1:]:
        np.greater_equal(draws, np.uint16(threshold), out=reached)
        counts += reached.view(np.uint8)
    return counts


def block_replicates(
    columns: Sequence[Array],
    first_row: int,
    *,
    seed: int = 0,
    replicates: int = REPLICATES,
    counted: Array | None = None,
) -> Replicates:
    """Return the replicates of one block; blocks of a fixed grid give the same bits.

    Parameters
    ----------
    columns
        k arrays (m,), one a statistic; of the paired columns for a comparison.
    first_row
        The number of the block's first row among all of the data. To resample clusters, rows are
        clusters and columns their sums, of which a mean needs the number of items as weights.
    seed
        Below 2⁶⁴.
    replicates
        B.
    counted
        (m,) bool, which rows count, None for all; the statistics of the others must be 0.
    """
    values = [np.asarray(column, dtype=np.float64) for column in columns]
    m = len(values[0])
    values.append(np.ones(m) if counted is None else np.asarray(counted, dtype=np.float64))
    totals = np.zeros((-(-replicates // GROUP), len(values), GROUP))
    weights = np.empty((min(PIECE, m), GROUP))
    for group, total in enumerate(totals):
        for start, stop, words in group_words((seed, group), (first_row, first_row + m), COUNTERS):
            part = weights[: stop - start]
            np.copyto(part, multiplicities(words))
            for at, column in enumerate(values):
                total[at] += np.einsum("rb,r->b", part, column[start:stop])
    sums = totals.transpose(0, 2, 1).reshape(-1, len(values))[:replicates]
    return Replicates(sums[:, :-1], sums[:, -1], int(values[-1].sum()))


def merge_replicates(blocks: Iterable[Replicates]) -> Replicates:
    """Add the replicates of blocks in grid order, which decides the last bits."""
    sums: Array | float = 0.0
    counts: Array | float = 0.0
    n = 0
    for block in blocks:
        sums, counts, n = sums + block.sums, counts + block.counts, n + block.n
    return Replicates(np.asarray(sums), np.asarray(counts), n)


def bootstrap_interval(
    replicates: Replicates,
    value: float,
    value_of: Callable[[Array], Array],
    confidence: float = 0.95,
) -> Interval:
    """Return the percentile interval of a function of sums (Efron, Ann. Stat. 1979, 7, 1–26).

    Parameters
    ----------
    replicates
        Of the whole data.
    value
        The function at the sums of the data.
    value_of
        ``value_of(sums)`` for sums (B, k) gives (B,).
    """
    values = _finite(value_of(replicates.scaled()))
    low, high = percentile_limits(values, confidence)
    error, n = _spread(values), replicates.n
    return Interval(value, low, high, confidence, error, math.inf, n, "bootstrap")


def bootstrap_difference(
    paired: Difference, contrast: Contrast, replicates: Replicates
) -> Difference:
    """Compare by the bootstrap: percentile interval, p-value by shifting to no difference.

    p = (1 + #{|δ_b − mean δ| ≥ |δ|})/(B + 1): the replicates, moved to where there is no
    difference, show how often chance alone gives as much (Noreen, Computer-Intensive Methods for
    Testing Hypotheses, 1989; Riezler and Maxwell, ACL Workshop on Evaluation Measures, 2005).

    Parameters
    ----------
    paired
        The same comparison by t or the delta method.
    contrast
        At the sums of the data.
    replicates
        Of the paired columns.
    """
    values = _finite(contrast.of_sums(replicates.scaled()))
    if paired.identical or len(values) < 2:
        return replace(paired, method="bootstrap")
    shifted = np.abs(values - values.mean())
    beyond = int(np.count_nonzero(shifted >= abs(contrast.difference)))
    return replace(
        paired,
        standard_error=_spread(values),
        df=math.inf,
        p_value=(beyond + 1) / (len(values) + 1),
        limits=lambda confidence: percentile_limits(values, confidence),
        method="bootstrap",
    )


def percentile_limits(values: Array, confidence: float) -> Limits:
    """Return the quantiles (1 ∓ confidence)/2 of replicates, at places q·(B + 1) of their order."""
    if len(values) < 2:
        return -math.inf, math.inf
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(values, [tail, 1.0 - tail], method="weibull").tolist()
    return low, high


def _finite(values: Array) -> Array:
    """Return the replicates that have a value: few items may give a sum of weights of 0."""
    return values[np.isfinite(values)]


def _spread(values: Array) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else math.nan
