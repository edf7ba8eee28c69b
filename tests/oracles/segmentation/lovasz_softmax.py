"""Lovász-softmax of one group (Berman, Rannen Triki & Blaschko 2018, 1705.08790)."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, working_digits
from tests.oracles._probability import class_probabilities, logits_among
from tests.oracles.segmentation._lovasz import extension


def value(
    predictions: Sequence[Sequence[Number]],
    targets: Sequence[int],
    *,
    kind: str = "probabilities",
    classes: str | Sequence[int] = "present",
) -> mpf:
    """Average over the classes the Jaccard loss extended to the errors |t - p|."""
    numbers = [number for row in predictions for number in row]
    with working_digits(numbers, logits=logits_among(numbers, kind)):
        rows = [class_probabilities(row, kind) for row in predictions]
        losses = []
        for column in range(len(rows[0])):
            inside = {item for item, target in enumerate(targets) if target == column}
            if classes == "all" or (inside if classes == "present" else column in classes):
                errors = [abs((i in inside) - row[column]) for i, row in enumerate(rows)]
                losses.append(extension(errors, inside))
        return sum(losses, start=mpf(0)) / len(losses)
