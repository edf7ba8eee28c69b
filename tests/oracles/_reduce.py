"""Sums and means of item values, in arbitrary precision."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, listed, working_digits


def total(values: Sequence[Number], weights: Sequence[Number] | None = None) -> mpf:
    """Sum of weight * value; an item of weight 0 is absent, even where its value is infinite."""
    items = listed(values)
    shares = listed([1.0] * len(items) if weights is None else weights)
    with working_digits(items, shares):
        pairs = zip(items, shares, strict=True)
        return sum((share * item for item, share in pairs if share != 0), start=mpf(0))


def mean(values: Sequence[Number], weights: Sequence[Number] | None = None) -> mpf:
    """Sum of weight * value over the sum of the weights."""
    shares = [1.0] * len(values) if weights is None else weights
    with working_digits(values, shares):
        return total(values, shares) / total(shares)
