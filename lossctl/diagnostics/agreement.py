"""How well predictions agree with their targets, and with those of other rows.

The mean agreement over all n! pairings of rows and its variance are known exactly (Hoeffding,
1951, doi:10.1214/aoms/1177729541), so nothing is drawn at random: with dᵢⱼ the agreement of row i
with target j less its means, the variance of the sum is Σ dᵢⱼ² / (n − 1).
"""

import math
from dataclasses import replace

import numpy as np

from lossctl.core.lazy import record
from lossctl.core.loss import Array
from lossctl.diagnostics.agreement_scores import column_ranks, spread

LEAST_ROWS = 8
WOULD_BE_SEEN = 6.0  # standard deviations of the permutations
IS_SEEN = 3.0
FEW_COLUMNS = 4
MOST_STRUCTURED = 192  # rows such as images and sequences, all pairs of which are looked at


@record(frozen=True)
class Pairs:
    """Rows of a sample whose pairing can be changed.

    Attributes
    ----------
    scores
        (n, …, C) log-probabilities, (n, …) logits or ranks.
    targets
        Class indices (n, …), −1 where ignored, or numbers shaped like the scores.
    rows
        (n,) numbers of the rows, ascending.
    expected
        How far the mean agreement would lie above that of all pairings, were the predictions
        right; None where they do not say.
    of_ranks
        Whether these are ranks, whose agreement is minus half their squared difference.
    """

    scores: Array
    targets: Array
    rows: Array
    expected: float | None = None
    of_ranks: bool = False

    @property
    def n(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    @property
    def are_classes(self) -> bool:
        """Whether targets are class indices."""
        return self.scores.ndim == self.targets.ndim + 1

    def agreements(self, predictions: Array, targets: Array) -> Array:
        """Return the agreement of the predictions of some rows with the targets of others, (m,)."""
        labels = self.targets[targets]
        if self.are_classes and labels.ndim == 1:
            return np.asarray(self.scores[predictions, labels])
        scores = self.scores[predictions]
        if self.of_ranks:
            return np.asarray(-0.5 * _flat((scores - labels) ** 2).sum(axis=1))
        if not self.are_classes:
            return np.einsum("ij,ij->i", _flat(scores), _flat(labels))
        picked = np.take_along_axis(scores, np.maximum(labels, 0)[..., None], axis=-1)[..., 0]
        return np.asarray(_flat(np.where(labels >= 0, picked, 0.0)).sum(axis=1))

    def as_paired(self) -> Array:
        """Return the agreement of each row with its own target, (n,)."""
        every = np.arange(self.n)
        return self.agreements(every, every)

    def permuted(self) -> tuple[float, float]:
        """Return the mean and the standard deviation of the mean agreement over all pairings."""
        if self.n < 2:
            return math.nan, math.nan
        if self.are_classes and self.targets.ndim == 1:
            return _permuted_classes(self.scores, self.targets)
        if not self.are_classes and _flat(self.scores).shape[1] <= self.n:
            mean, deviation = _permuted_numbers(_flat(self.scores), _flat(self.targets))
            squares = (self.scores**2).sum() + (self.targets**2).sum() if self.of_ranks else 0.0
            return float(mean - 0.5 * squares / self.n), deviation
        matrix = self._all_pairs()
        centred = matrix - matrix.mean(axis=0) - matrix.mean(axis=1, keepdims=True) + matrix.mean()
        return float(matrix.mean()), _deviation(float((centred**2).sum()), self.n)

    def _all_pairs(self) -> Array:
        """Return the agreement of each row with the target of each, (n, n)."""
        if not self.are_classes:  # the sums are those of one thread, whatever the machine
            matrix = np.einsum("ik,jk->ij", _flat(self.scores), _flat(self.targets))
            if self.of_ranks:
                squares = [(_flat(part) ** 2).sum(axis=1) for part in (self.scores, self.targets)]
                matrix = matrix - 0.5 * (squares[0][:, None] + squares[1])
            return matrix
        every = np.arange(self.n)
        return np.stack([self.agreements(np.full(self.n, row), every) for row in every])

    def take(self, places: Array) -> "Pairs":
        """Return some of the rows."""
        scores, targets, rows = (part[places] for part in (self.scores, self.targets, self.rows))
        return replace(self, scores=scores, targets=targets, rows=rows)

    def expecting(self, probabilities: Array | None) -> "Pairs":
        """Expect targets to be drawn from probabilities shaped like the scores, or nothing."""
        if not self.n or probabilities is None:
            return replace(self, expected=None)
        joint = (probabilities * self.scores).sum() / self.n
        independent = (probabilities.mean(axis=0) * self.scores.mean(axis=0)).sum()
        return replace(self, expected=float(joint - independent))


@record(frozen=True)
class Relation:
    """How far the agreement lies above that of all pairings, in their standard deviations.

    Attributes
    ----------
    seen, expected
        As the rows are paired, and were the predictions right (None where they do not say).
    rows
        How many rows were looked at.
    """

    seen: float
    expected: float | None
    rows: int

    @property
    def is_missing(self) -> bool:
        """Whether a relation would be seen, were there one, and is not."""
        if self.expected is None:
            return False
        return self.expected >= WOULD_BE_SEEN and -WOULD_BE_SEEN < self.seen < IS_SEEN


def relation(pairs: Pairs) -> Relation:
    """Compare the agreement of the rows as they are paired with that of all pairings."""
    mean, deviation = pairs.permuted() if pairs.n >= LEAST_ROWS else (math.nan, math.nan)
    if not deviation > 0.0:
        return Relation(math.nan, None, pairs.n)
    seen = (float(pairs.as_paired().mean()) - mean) / deviation
    if pairs.expected is None:
        return Relation(seen, None, pairs.n)
    return Relation(seen, pairs.expected / deviation, pairs.n)


def class_pairs(scores: Array, labels: Array, rows: Array | None = None) -> Pairs:
    """Pair log-probabilities (n, …, C) with class indices (n, …), or with rows of shares."""
    if labels.ndim == scores.ndim - 1:
        labels = np.asarray(labels, np.int64)
    pairs = _finite(Pairs(scores, labels, _rows(scores, rows)))
    counted = (pairs.targets >= 0)[..., None] if pairs.are_classes else True
    return pairs.expecting(np.where(counted, np.exp(pairs.scores), 0.0))


def label_pairs(scores: Array, labels: Array, rows: Array | None = None) -> Pairs:
    """Pair logits (n, …) with labels 0 and 1, or soft ones, of the same shape; NaN is ignored."""
    labels = np.asarray(labels, np.float64)
    ignored = np.isnan(labels)
    pairs = _finite(Pairs(np.where(ignored, 0.0, scores), labels, _rows(scores, rows)))
    ignored = np.isnan(pairs.targets)
    pairs = replace(pairs, targets=np.where(ignored, 0.0, pairs.targets))
    return pairs.expecting(np.where(ignored, 0.0, 1.0 / (1.0 + np.exp(-pairs.scores))))


def value_pairs(predictions: Array, targets: Array, rows: Array | None = None) -> Pairs:
    """Pair values with values of the same shape, by their ranks.

    Were E[y | p] = p, the correlation would be sd(p)/sd(y).
    """
    good = _finite_rows(predictions) & _finite_rows(targets)
    predictions, targets = predictions[good], targets[good]
    rows = _rows(good, rows)[good]
    if not len(predictions):
        return Pairs(predictions, targets, rows)
    width = spread(targets)
    correlation = min(spread(predictions) / width, 1.0) if width > 0.0 else 0.0
    ranked = column_ranks(predictions), column_ranks(targets)
    pairs = _thinned(Pairs(*ranked, rows, of_ranks=True))
    size = float(np.sqrt((pairs.scores**2).mean() * (pairs.targets**2).mean()))
    return replace(pairs, expected=correlation * size * _flat(pairs.scores).shape[1])


def _rows(like: Array, rows: Array | None) -> Array:
    return np.arange(len(like)) if rows is None else np.asarray(rows)


def _flat(values: Array) -> Array:
    return values.reshape(len(values), -1) if len(values) else values.reshape(0, 1)


def _finite_rows(values: Array) -> Array:
    return np.asarray(np.isfinite(_flat(np.asarray(values, np.float64))).all(axis=1))


def _finite(pairs: Pairs) -> Pairs:
    """Leave out rows that are not finite, and single labels without a class."""
    good = _finite_rows(pairs.scores)
    if pairs.are_classes:
        good &= _flat(pairs.targets < pairs.scores.shape[-1]).all(axis=1)
        good &= _flat(pairs.targets >= 0).any(axis=1)
    return _thinned(pairs if good.all() else pairs.take(np.flatnonzero(good)))


def _thinned(pairs: Pairs) -> Pairs:
    """Keep the first rows, where all pairs of rows have to be looked at."""
    wide = not pairs.are_classes and _flat(pairs.scores).shape[1] > max(pairs.n, 1)
    if pairs.n <= MOST_STRUCTURED or not (wide or (pairs.are_classes and pairs.targets.ndim > 1)):
        return pairs
    return pairs.take(np.arange(MOST_STRUCTURED))


def _deviation(squares: float, n: int) -> float:
    return math.sqrt(max(squares, 0.0) / (n - 1)) / n


def _permuted_classes(scores: Array, labels: Array) -> tuple[float, float]:
    """Of one class per row: dᵢⱼ depends on the class of j alone."""
    n, classes = scores.shape
    counts = np.bincount(labels, minlength=classes).astype(np.float64)
    mixed = scores @ (counts / n)
    centred = scores - mixed[:, None]
    centred = centred - centred.mean(axis=0)
    return float(mixed.mean()), _deviation(float(((centred**2) @ counts).sum()), n)


def _permuted_numbers(scores: Array, targets: Array) -> tuple[float, float]:
    """Of numbers: Σ dᵢⱼ² is the inner product of the two matrices of scatter."""
    n = len(scores)
    mean = float(scores.mean(axis=0) @ targets.mean(axis=0))
    scores, targets = scores - scores.mean(axis=0), targets - targets.mean(axis=0)
    squares = [_scatter(part) for part in (scores, targets)]
    return mean, _deviation(float((squares[0] * squares[1]).sum()), n)


def _scatter(values: Array) -> Array:
    """Return the sums of squares and products of columns (n, k), (k, k).

    Of few columns without BLAS, whose threads take longer to begin than the sums.
    """
    if values.shape[1] <= FEW_COLUMNS:
        return np.einsum("ij,ik->jk", values, values)
    return np.asarray(values.T @ values)
