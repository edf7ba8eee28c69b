"""CTC of one sample: every alignment is listed, collapsed, and counted if it reads the target."""

from collections.abc import Sequence
from itertools import groupby, product

from mpmath import exp, fsum, inf, isinf, log, mpf

from tests.oracles._numbers import Number, exact, listed, working_digits


def value(
    predictions: Sequence[Sequence[Number]],
    targets: Sequence[int],
    input_lengths: int | None = None,
    target_lengths: int | None = None,
    *,
    kind: str = "logits",
    blank: int = 0,
    zero_infinity: bool = False,
) -> mpf:
    """Return −log of the summed probability of all C^T paths that collapse to the target.

    `predictions` holds T rows of C scores, for T and C small enough to list all paths.
    """
    rows = [listed(row) for row in predictions[:input_lengths]]
    targets = targets[:target_lengths]
    finite = [score for row in rows for score in row if not isinf(score)]
    with working_digits(finite or [0.0], logits=finite):
        shares = [_shares(row, kind) for row in rows]
        paths = product(range(len(rows[0])) if rows else (), repeat=len(rows))
        whole = fsum(
            _chance(path, shares) for path in paths if collapsed(path, blank) == list(targets)
        )
        if whole == 0:
            return mpf(0) if zero_infinity else inf
        return -log(whole)


def collapsed(path: Sequence[int], blank: int) -> list[int]:
    """Merge runs of a class, then drop the blanks."""
    return [label for label, _ in groupby(path) if label != blank]


def _shares(scores: Sequence[mpf], kind: str) -> list[mpf]:
    """Turn the scores of a frame into probabilities."""
    weights = [exp(exact(score)) for score in scores]
    if kind == "log_probabilities":
        return weights
    whole = fsum(weights)
    return [weight / whole if whole else mpf(0) for weight in weights]


def _chance(path: Sequence[int], shares: Sequence[Sequence[mpf]]) -> mpf:
    """Multiply the probabilities along a path."""
    chance = mpf(1)
    for label, row in zip(path, shares, strict=True):
        chance *= row[label]
    return chance
