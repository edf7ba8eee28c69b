"""LambdaRank on one list: pairs weighed by |ΔNDCG| (Wang et al. 2018, section 4.1)."""

from collections.abc import Sequence

from mpmath import log, mpf

from tests.oracles._numbers import Number, exact, listed, working_digits
from tests.oracles.ranking._lists import ordered_pairs, pair_cost


def worth(relevance: Number, gain: str) -> mpf:
    """2**y - 1, or y."""
    return 2 ** exact(relevance) - 1 if gain == "exponential" else exact(relevance)


def discount(place: int, k: int | None) -> mpf:
    """1 / log2(1 + place), place 1 the top; 0 after place k."""
    return mpf(0) if k is not None and place > k else log(2) / log(1 + mpf(place))


def places(scores: Sequence[Number]) -> list[int]:
    """The place of every item: 1 and the number of items before it."""
    return [
        1 + sum(1 for j, s in enumerate(scores) if s > score or (s == score and j < i))
        for i, score in enumerate(scores)
    ]


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    sigma: Number = 1.0,
    k: int | None = None,
    gain: str = "exponential",
) -> mpf:
    """Sum over the pairs of the change in NDCG if the two traded places, times their cost."""
    gaps = [2 * sigma * score for score in listed(predictions)]
    with working_digits(predictions, targets, sigma, logits=gaps):
        best = sorted((worth(y, gain) for y in targets), reverse=True)
        ideal = sum(g * discount(n, k) for n, g in enumerate(best, start=1))
        place, total = places(predictions), mpf(0)
        for i, j in ordered_pairs(targets):
            gains = worth(targets[i], gain) - worth(targets[j], gain)
            moved = discount(place[i], k) - discount(place[j], k)
            total += abs(gains * moved) / ideal * pair_cost(predictions, i, j, sigma)
        return total
