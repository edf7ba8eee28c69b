"""Verdicts on a difference: better, worse, equivalent or undecided, and what would decide it.

The margin is the largest difference that does not matter, in units of the loss, 0 for none. For an
interval of the difference, model − baseline (losses: lower is better):

- ``worse``: it lies entirely above +margin, and p ≤ 1 − confidence;
- ``better``: it lies entirely below −margin, and p ≤ 1 − confidence;
- ``equivalent``: it lies within ±margin, for a margin above 0; or the models are identical;
- ``undecided``: otherwise.

An interval of Student's t above 0 implies a p-value that small. Where all units differ by the same,
there is no spread: the sign test says whether they are enough. Exact and resampling tests have
p-values of their own, and no verdict may contradict the one beside it.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from lossctl.uncertainty.distributions import t_quantile
from lossctl.uncertainty.intervals import Limits
from lossctl.uncertainty.paired import Difference, PairCounts

Verdict: TypeAlias = Literal["better", "worse", "equivalent", "undecided"]
Gate: TypeAlias = Literal["worse", "not worse", "undecided"]
MIRRORED: dict[Verdict, Verdict] = {  # of scores, of which more is better
    "better": "worse",
    "worse": "better",
    "equivalent": "equivalent",
    "undecided": "undecided",
}
POWER = 0.8  # with which `detectable` would be found
MOST_ROWS = 10**15  # beyond it, no number of rows is said to decide


@dataclass(frozen=True)
class Comparison:
    """A model against a baseline by one loss, as it is shown and written.

    Attributes
    ----------
    loss
        Id of the loss.
    baseline, model
        Names of the two models.
    baseline_value, value
        Their losses.
    difference
        value − baseline_value.
    relative
        difference / |baseline_value|; None where that is 0.
    interval
        Two-sided, of the difference, at `confidence`.
    confidence
        Such as 0.95.
    p_value
        Two-sided, of no difference; None of identical models and where the data say nothing.
    p_adjusted
        After Holm's correction for all comparisons of the request; None where p_value is.
    method
        ``t``, ``delta``, ``welch``, ``cluster``, ``serial``, ``bootstrap``, ``permutation`` or
        ``mcnemar``.
    n
        Number of items.
    wins, ties, losses
        Items on which the model's loss is lower, the same, higher; None where items have no loss
        of their own or are not paired.
    detectable
        The true difference that so many rows would find with a power of 80 %.
    rows_needed
        Rows at which the observed difference would be decided; None if never.
    verdict
        ``better``, ``worse``, ``equivalent`` or ``undecided``.
    higher_is_better
        Whether higher values are better, as of scores: then a win is an item with a higher one.
    margin
        The largest difference that does not matter.
    """

    loss: str
    baseline: str
    model: str
    baseline_value: float
    value: float
    difference: float
    relative: float | None
    interval: Limits
    confidence: float
    p_value: float | None
    p_adjusted: float | None
    method: str
    n: int
    wins: int | None
    ties: int | None
    losses: int | None
    detectable: float | None
    rows_needed: int | None
    verdict: Verdict
    higher_is_better: bool = False
    margin: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name; the interval is a list of two numbers."""
        return asdict(self) | {"interval": list(self.interval)}


def compared(
    difference: Difference,
    *,
    loss: str,
    names: tuple[str, str],
    confidence: float = 0.95,
    margin: float = 0.0,
    counts: PairCounts | None = None,
    higher_is_better: bool = False,
) -> Comparison:
    """Return the comparison that a difference gives, before any correction for several.

    Parameters
    ----------
    difference
        By any method.
    loss
        Id of the loss.
    names
        Of the baseline and of the model.
    confidence
        Of the interval; verdicts are tests at 1 − confidence.
    margin
        The largest difference that does not matter, in units of the loss. For a relative one,
        multiply by the absolute value of the baseline.
    counts
        Wins, ties and losses, where items have losses: a win is an item with a lower one.
    higher_is_better
        Whether higher values are better, as of scores.
    """
    baseline = abs(difference.baseline)
    wins, ties, losses = (None, None, None) if counts is None else counts
    said = verdict(difference, confidence, margin)
    if higher_is_better:
        wins, losses, said = losses, wins, MIRRORED[said]
    return Comparison(
        loss=loss,
        baseline=names[0],
        model=names[1],
        baseline_value=difference.baseline,
        value=difference.model,
        difference=difference.value,
        relative=difference.value / baseline if baseline > 0.0 else None,
        interval=difference.limits(confidence),
        confidence=confidence,
        p_value=difference.p_value,
        p_adjusted=difference.p_value,
        method=difference.method,
        n=difference.n,
        wins=wins,
        ties=ties,
        losses=losses,
        detectable=detectable_difference(difference, confidence, margin),
        rows_needed=rows_needed(difference, confidence, margin),
        verdict=said,
        higher_is_better=higher_is_better,
        margin=margin,
    )


def verdict(difference: Difference, confidence: float = 0.95, margin: float = 0.0) -> Verdict:
    """Return the verdict of the two-sided interval, as the head of this module defines it."""
    if difference.identical:
        return "equivalent"
    low, high = difference.limits(confidence)
    significant = is_significant(difference.p_value, confidence)
    if low > margin and significant:
        return "worse"
    if high < -margin and significant:
        return "better"
    is_sure = significant or difference.standard_error != 0.0
    if margin > 0.0 and -margin <= low and high <= margin and is_sure:
        return "equivalent"
    return "undecided"


def is_significant(p_value: float | None, confidence: float) -> bool:
    """Return whether p ≤ 1 − confidence; without a test, it is not."""
    return p_value is not None and p_value <= 1.0 - confidence


def one_sided_gate(
    difference: Difference,
    confidence: float = 0.95,
    margin: float = 0.0,
    *,
    higher_is_better: bool = False,
) -> Gate:
    """Return whether a model is worse by more than the margin, tested one-sided at 1 − confidence.

    ``worse``: the lower confidence bound of the difference lies above the margin. ``not worse``:
    the upper one lies at or below it, or the models are identical. A model that is exactly
    `margin` worse is called worse in at most 1 − confidence of all samples, an equal one where
    the margin is 0.

    Parameters
    ----------
    difference
        By any method.
    confidence
        Of each bound, above 0.5.
    margin
        The largest difference that does not matter, in units of the loss.
    """
    if difference.identical:
        return "not worse"
    if difference.standard_error == 0.0 and 2.0 ** -(difference.df + 1.0) > 1.0 - confidence:
        return "undecided"  # a few units that all differ by the same, by the sign test
    low, high = difference.limits(2.0 * confidence - 1.0)
    if higher_is_better:
        low, high = -high, -low
    if low > margin:
        return "worse"
    return "not worse" if high <= margin else "undecided"


def detectable_difference(
    difference: Difference, confidence: float = 0.95, margin: float = 0.0
) -> float | None:
    """Return the true difference that as many rows would find with a power of 80 %, by t.

    margin + (t₁₋α⸝₂ + t₀.₈)·standard error; None where the standard error is not known.
    """
    df = difference.df
    factor = t_quantile(0.5 + confidence / 2.0, df) + t_quantile(POWER, df)
    detectable = margin + factor * difference.standard_error
    return detectable if math.isfinite(detectable) else None


def rows_needed(
    difference: Difference, confidence: float = 0.95, margin: float = 0.0
) -> int | None:
    """Return the rows at which the observed difference would be decided, None if never.

    The fewest rows n' at which an interval around the same difference, by t with a standard error
    that falls as √(n/n') and degrees of freedom that grow in proportion, reaches neither margin.
    A difference that equals the margin is never decided, with margin 0 nor is one of 0.
    """
    error, n = difference.standard_error, difference.n
    distance = abs(abs(difference.value) - margin)
    if difference.identical:
        return n
    if error == 0.0:
        return max(n, math.ceil(1.0 - math.log2(1.0 - confidence)))
    if not (math.isfinite(error) and distance > 0.0):
        return None

    def decided(rows: int) -> bool:
        df = min((difference.df + 1.0) * (rows / n) - 1.0, 1e12)
        if df < 1.0:
            return False
        return t_quantile(0.5 + confidence / 2.0, df) * error * math.sqrt(n / rows) < distance

    few, many = 1, 2
    while not decided(many):
        few, many = many, 2 * many
        if many > MOST_ROWS:
            return None
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if decided(middle) else (middle, many)
    return many
