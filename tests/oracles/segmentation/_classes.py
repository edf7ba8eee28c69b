"""Rows of classes as one column of shares and one of targets for each class."""

from collections.abc import Sequence
from typing import Any

from mpmath import mpf

from tests.oracles._numbers import Number, listed
from tests.oracles._probability import both_probabilities, class_probabilities

Columns = list[list[mpf]]


def is_rows(predictions: Sequence[Any]) -> bool:
    """Whether every item is a row of class scores rather than one number."""
    return hasattr(predictions[0], "__len__")


def flat(predictions: Sequence[Any]) -> list[Number]:
    """Every number of the predictions."""
    return [x for row in predictions for x in row] if is_rows(predictions) else list(predictions)


def columns(
    predictions: Sequence[Any], targets: Sequence[Any], kind: str
) -> tuple[Columns, Columns]:
    """Shares and targets by class; a single mask has two classes, background and foreground."""
    if not is_rows(predictions):
        pairs = [both_probabilities(one, kind) for one in predictions]
        wanted = listed(targets)
        shares = [[beside for _, beside in pairs], [inside for inside, _ in pairs]]
        return shares, [[1 - t for t in wanted], wanted]
    rows = [class_probabilities(row, kind) for row in predictions]
    goals = [
        listed(target)
        if hasattr(target, "__len__")
        else [mpf(c == target) for c in range(len(row))]
        for row, target in zip(rows, targets, strict=True)
    ]
    return [list(c) for c in zip(*rows, strict=True)], [list(c) for c in zip(*goals, strict=True)]
