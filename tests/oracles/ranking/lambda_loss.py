"""LambdaLoss on one list: NDCG-Loss2 and NDCG-Loss2++ (Wang et al. 2018, section 4.3)."""

from collections.abc import Sequence

from mpmath import log as natural
from mpmath import mpf

from tests.oracles._numbers import Number, exact, listed, working_digits
from tests.oracles.ranking._lists import ordered_pairs, pair_cost
from tests.oracles.ranking.lambda_rank import discount, places, worth


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    sigma: Number = 1.0,
    scheme: str = "ndcg_loss2++",
    mu: Number = 10.0,
    k: int | None = None,
    gain: str = "exponential",
    log: str = "binary",
) -> mpf:
    """Sum over the pairs of weight times log(1 + e**(-sigma (s_i - s_j)))."""
    gaps = [2 * sigma * score for score in listed(predictions)]
    with working_digits(predictions, targets, sigma, logits=gaps):
        best = sorted((worth(y, gain) for y in targets), reverse=True)
        ideal = sum(g * discount(n, k) for n, g in enumerate(best, start=1))
        place, total = places(predictions), mpf(0)
        for i, j in ordered_pairs(targets):
            apart, lower = abs(place[i] - place[j]), max(place[i], place[j])
            weight = discount(apart, None) - discount(apart + 1, None)
            if k is not None and lower > k:
                weight /= 1 - discount(lower, None)
            if scheme == "ndcg_loss2++":
                moved = abs(discount(place[i], k) - discount(place[j], k))
                weight = exact(mu) * weight + moved
            gained = (worth(targets[i], gain) - worth(targets[j], gain)) / ideal
            total += gained * weight * pair_cost(predictions, i, j, sigma)
        return total / (natural(2) if log == "binary" else 1)
