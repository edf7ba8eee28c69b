"""ListNet on one list (Cao et al. 2007, equation 4 for the top one)."""

from collections.abc import Sequence

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, listed, working_digits


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    distribution: str = "softmax",
) -> mpf:
    """Minus the sum of P_y(i) log P_s(i); 0 where relevance is to be shared and there is none."""
    with working_digits(predictions, targets, logits=listed(predictions)):
        true = [exp(y) if distribution == "softmax" else y for y in listed(targets)]
        chances = [exp(s) for s in listed(predictions)]
        if sum(true) == 0:
            return mpf(0)
        whole = 1 if distribution == "relevance" else sum(true)
        pairs = zip(true, chances, strict=True)
        return -sum(y / whole * log(s / sum(chances)) for y, s in pairs)
