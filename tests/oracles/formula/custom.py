"""The formulas that the declaration of `custom` gives as examples, each written out by hand."""

from collections.abc import Callable

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits

TENTHS = {tenths: exact(tenths / 10) for tenths in (1, 3, 7, 9)}
"""0.1, 0.3, … as float64 holds them, which is what a formula means by them."""


def blend(p: mpf, t: mpf) -> mpf:
    """Seven parts of squared error, three of absolute error."""
    return TENTHS[7] * (p - t) ** 2 + TENTHS[3] * abs(p - t)


def relative(p: mpf, t: mpf) -> mpf:
    """A power between absolute and squared error, relative to the size of the target."""
    return abs(p - t) * abs(p - t) ** mpf("0.5") / (1 + abs(t))


def pinball(p: mpf, t: mpf) -> mpf:
    """Too low costs nine times as much as too high."""
    return TENTHS[9] * (t - p) if p < t else TENTHS[1] * (p - t)


def tolerant(p: mpf, t: mpf) -> mpf:
    """A quarter of the target is the least an item costs, before half of a Huber loss."""
    size = abs(p - t)
    huber = size**2 / 2 if size <= 0.5 else size / 2 - mpf(1) / 8
    return (size if 4 * size > t else t / 4) + huber / 2


FORMULAS: dict[str, Callable[[mpf, mpf], mpf]] = {
    "0.7*mse + 0.3*mae": blend,
    "abs(p - t)^1.5 / (1 + abs(t))": relative,
    "where(t > p, 0.9, 0.1) * abs(t - p)": pinball,
    "max(abs(p - t), 0.25*t) + 0.5*huber(delta=0.5)": tolerant,
}


def value(predictions: Number, targets: Number, *, kind: str = "values", formula: str) -> mpf:
    """Look the formula up: nothing here reads its text."""
    with working_digits(predictions, targets):
        return FORMULAS[formula](exact(predictions), exact(targets))
