"""ListNet of the top k on one list (Cao et al. 2007, definitions 7 to 9), by permutations."""

from collections.abc import Sequence
from itertools import permutations

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, listed, working_digits


def chance(worth: Sequence[mpf], first: Sequence[int]) -> mpf:
    """Probability that these items come first, in this order."""
    left, product = set(range(len(worth))), mpf(1)
    for item in first:
        total = sum(worth[i] for i in left)
        if total == 0:  # nothing that is left is worth anything: no order of it counts
            return mpf(0)
        product *= worth[item] / total
        left.remove(item)
    return product


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    k: int = 2,
    distribution: str = "softmax",
) -> mpf:
    """Minus the sum of P_y log P_s over the ordered prefixes of k items.

    Where relevance runs out after fewer than k items, the prefixes end there.
    """
    with working_digits(predictions, targets, logits=listed(predictions)):
        true = [exp(y) if distribution == "softmax" else y for y in listed(targets)]
        seen = [exp(s) for s in listed(predictions)]
        depth = min(k, sum(y > 0 for y in true))
        tuples = permutations(range(len(true)), depth)
        pairs = ((chance(true, first), first) for first in tuples)
        return -sum((p * log(chance(seen, first)) for p, first in pairs if p), mpf(0))
