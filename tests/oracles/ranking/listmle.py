"""ListMLE on one list (Xia et al. 2008): the Plackett-Luce likelihood of the right order."""

from collections.abc import Sequence

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, listed, working_digits


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    k: int | None = None,
) -> mpf:
    """Minus the log of the product of e**s_i over the sum of e**s_j of the items still there."""
    if len(set(listed(targets))) < 2:
        return mpf(0)
    with working_digits(predictions, logits=listed(predictions)):
        left = list(range(len(targets)))
        chance = mpf(1)
        for _ in range(len(left) if k is None else min(k, len(left))):
            best = next(i for i in left if all(targets[i] >= targets[j] for j in left))
            chance *= exp(listed(predictions)[best]) / sum(
                exp(listed(predictions)[j]) for j in left
            )
            left.remove(best)
        return -log(chance)
