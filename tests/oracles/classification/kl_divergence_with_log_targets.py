"""Kullback-Leibler divergence of two rows of logits."""

from collections.abc import Sequence

from mpmath import exp, fsum, log, mpf

from tests.oracles._numbers import Number, listed, working_digits


def value(predictions: Sequence[Number], targets: Sequence[Number], *, kind: str = "values") -> mpf:
    """Sum of t (log t - log p), t and p of the exponentials over their sums."""
    both = [*listed(predictions), *listed(targets)]
    with working_digits(predictions, targets, logits=both):
        mine, theirs = listed(predictions), listed(targets)
        of_mine, of_theirs = (log(fsum(exp(z) for z in row)) for row in (mine, theirs))
        return fsum(
            exp(u - of_theirs) * ((u - of_theirs) - (z - of_mine))
            for z, u in zip(mine, theirs, strict=True)
        )
