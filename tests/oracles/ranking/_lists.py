"""Lists item by item."""

from collections.abc import Iterator, Sequence

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, exact


def ordered_pairs(relevance: Sequence[Number]) -> Iterator[tuple[int, int]]:
    """Every (i, j) with y_i > y_j."""
    for i, better in enumerate(relevance):
        for j, worse in enumerate(relevance):
            if better > worse:
                yield i, j


def pair_cost(scores: Sequence[Number], i: int, j: int, sigma: Number) -> mpf:
    """log(1 + e**(-sigma (s_i - s_j)))."""
    return log(1 + exp(-exact(sigma) * (exact(scores[i]) - exact(scores[j]))))
