"""Lists item by item."""

from collections.abc import Callable, Iterator, Sequence

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


def combined(
    relevance: Sequence[Number], cost: Callable[[int, int], mpf], pairs: str, pair_weights: str
) -> mpf:
    """Mean or sum of the weighted costs of all pairs; 0 without any."""
    power = {"equal": 0, "relevance": 1, "squared_relevance": 2}[pair_weights]
    costs = [
        cost(i, j) * abs(exact(relevance[i]) ** power - exact(relevance[j]) ** power)
        if power
        else cost(i, j)
        for i, j in ordered_pairs(relevance)
    ]
    total = sum(costs, mpf(0))
    return total / max(len(costs), 1) if pairs != "sum" else total
