"""ListMLE on one list (Xia et al. 2008): the Plackett-Luce likelihood of the right order."""

from collections.abc import Sequence

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, listed, working_digits

WEIGHTS = {
    "none": lambda place, length: mpf(1),
    "logarithmic": lambda place, length: log(2) / log(1 + place),
    "exponential": lambda place, length: (2 ** (length - place) - 1) / (mpf(2) ** (length - 1) - 1),
}


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    k: int | None = None,
    discount: str = "none",
) -> mpf:
    """Sum over the places of minus the log of e**s_i over the sum of e**s_j of what is left."""
    if len(set(listed(targets))) < 2:
        return mpf(0)
    with working_digits(predictions, logits=listed(predictions)):
        left, total = list(range(len(targets))), mpf(0)
        for place in range(1, len(left) + 1 if k is None else min(k, len(left)) + 1):
            best = next(i for i in left if all(targets[i] >= targets[j] for j in left))
            chance = exp(listed(predictions)[best]) / sum(exp(listed(predictions)[j]) for j in left)
            total -= WEIGHTS[discount](mpf(place), len(targets)) * log(chance)
            left.remove(best)
        return total
