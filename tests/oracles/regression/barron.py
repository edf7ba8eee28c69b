"""The general robust loss (Barron 2019, 1701.03077), equation (8)."""

from mpmath import log, mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    predictions: Number,
    targets: Number,
    *,
    kind: str = "values",
    alpha: Number = 1.0,
    scale: Number = 1.0,
) -> mpf:
    """Give the five cases of the paper, but for alpha = -inf."""
    with working_digits(predictions, targets, alpha, scale):
        shape = exact(alpha)
        square = ((exact(predictions) - exact(targets)) / exact(scale)) ** 2
        if shape == 2:
            return square / 2
        if shape == 0:
            return log(square / 2 + 1)
        bend = abs(shape - 2)
        return bend / shape * ((square / bend + 1) ** (shape / 2) - 1)
