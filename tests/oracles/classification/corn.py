"""The loss of CORN (Shi et al. 2021, equation 7) of one item."""

from collections.abc import Sequence

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, listed, working_digits


def value(predictions: Sequence[Number], targets: Number, *, kind: str = "values") -> mpf:
    """Sum of the binary losses of the tasks whose condition, class >= k, the item fulfils."""
    logits = listed(predictions)
    with working_digits(logits, logits=[mpf(0), *logits, *(-z for z in logits)]):
        tasks = [(-1 if k < targets else 1, z) for k, z in enumerate(logits) if k <= targets]
        return sum((log(1 + exp(sign * z)) for sign, z in tasks), mpf(0))
