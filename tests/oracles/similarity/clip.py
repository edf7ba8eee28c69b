"""CLIP loss of one batch: both directions of a matrix of cosines."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact
from tests.oracles.similarity._vectors import Vector, cosine, digits, surprise


def value(
    first: Sequence[Vector],
    second: Sequence[Vector],
    *,
    kind: str = "values",
    temperature: Number = 0.07,
) -> list[mpf]:
    """For each pair the mean surprise of its row and of its column."""
    with digits():
        rows = [[cosine(a, b) / exact(temperature) for b in second] for a in first]
        columns = [list(column) for column in zip(*rows, strict=True)]
        return [(surprise(rows[i], i) + surprise(columns[i], i)) / 2 for i in range(len(rows))]
