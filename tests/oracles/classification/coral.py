"""The loss of CORAL (Cao et al. 2019, equation 6): one binary problem a threshold."""

from collections.abc import Sequence

from mpmath import exp, log, mpf

from tests.oracles._numbers import Number, listed, working_digits


def value(predictions: Sequence[Number], targets: Number, *, kind: str = "values") -> mpf:
    """Sum of log(1 + exp(-z)) of the thresholds below the class, log(1 + exp(z)) of the others."""
    logits = listed(predictions)
    with working_digits(logits, logits=[mpf(0), *logits, *(-z for z in logits)]):
        signs = [-1 if k < targets else 1 for k in range(len(logits))]
        return sum((log(1 + exp(s * z)) for s, z in zip(signs, logits, strict=True)), mpf(0))
