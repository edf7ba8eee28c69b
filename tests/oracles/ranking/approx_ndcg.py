"""ApproxNDCG on one list (Qin, Liu and Li 2010, equations 19 to 21)."""

from collections.abc import Sequence

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, exact, listed, working_digits
from tests.oracles.ranking.lambda_rank import discount, worth


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    temperature: Number = 0.1,
    gain: str = "exponential",
) -> mpf:
    """1 - the NDCG of ranks 1 + sum of 1 / (1 + exp((s_i - s_j) / T)); 0 without relevance."""
    gaps = [2 * score / exact(temperature) for score in listed(predictions)]
    with working_digits(predictions, targets, temperature, logits=gaps):
        scores, width = listed(predictions), exact(temperature)
        best = sorted((worth(y, gain) for y in targets), reverse=True)
        ideal = sum(g * discount(n, None) for n, g in enumerate(best, start=1))
        if ideal == 0:
            return mpf(0)
        total = mpf(0)
        for i, y in enumerate(targets):
            others = (scores[i] - s for j, s in enumerate(scores) if j != i)
            rank = 1 + sum((1 / (1 + exp(gap / width)) for gap in others), mpf(0))
            total += worth(y, gain) * log(2) / log(1 + rank)
        return 1 - total / ideal
