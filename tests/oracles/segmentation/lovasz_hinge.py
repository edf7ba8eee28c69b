"""Lovász hinge of one group (Berman, Rannen Triki & Blaschko 2018, 1705.08790)."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, listed, working_digits
from tests.oracles.segmentation._lovasz import extension


def value(predictions: Sequence[Number], targets: Sequence[Number], *, kind: str = "logits") -> mpf:
    """Extend the Jaccard loss to the hinge errors max(0, 1 - z s); labels 0/1 or -1/+1."""
    assert kind == "logits"
    with working_digits(predictions):
        signs = [1 if target > 0 else -1 for target in targets]
        errors = [max(mpf(0), 1 - z * s) for z, s in zip(listed(predictions), signs, strict=True)]
        return extension(errors, {item for item, sign in enumerate(signs) if sign > 0})
