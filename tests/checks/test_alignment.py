"""Data that only look as if rows did not belong together: LC2xx says nothing."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lossctl
from tests.checks.models import classes, labels, regression

Random = np.random.Generator
Pair = tuple[Any, Any]


def weak(rng: Random) -> Pair:
    model = labels(rng, (400,), 0.2, 0.0)
    return model.probabilities, model.labels


def hard_and_weak(rng: Random) -> Pair:
    model = labels(rng, (400,), 0.2, 0.0)
    return (model.probabilities > 0.5).astype(int), model.labels


def sorted_by_label(rng: Random) -> Pair:
    model = classes(rng, (900,), 4, 2.0)
    order = np.argsort(model.labels, kind="stable")
    return model.logits[order], model.labels[order]


def series_in_time(rng: Random) -> Pair:
    walk = np.cumsum(rng.normal(size=1000))
    return walk + rng.normal(size=1000), walk


def two_digits(rng: Random) -> Pair:
    model = labels(rng, (3000,), 2.0, 0.0)
    return np.round(model.probabilities, 2), model.labels


def leaves(rng: Random) -> Pair:
    leaf = rng.integers(0, 40, 3000)
    p = rng.random(40)[leaf]
    return p, (rng.random(3000) < p).astype(int)


def leaves_of_classes(rng: Random) -> Pair:
    table = classes(rng, (30,), 4, 1.5).probabilities
    leaf = rng.integers(0, 30, 2000)
    cumulated = table[leaf].cumsum(axis=1)
    return table[leaf], (rng.random((2000, 1)) > cumulated).sum(axis=1).clip(max=3)


def other_shares(rng: Random) -> Pair:
    model = labels(rng, (2000,), 1.0, -3.0)
    return model.logits + 3.0, model.labels


def rarely_right(rng: Random) -> Pair:
    model = classes(rng, (400,), 50, 0.7)
    return model.probabilities, model.labels


def always_one_class(rng: Random) -> Pair:
    model = classes(rng, (800,), 3, 1.0)
    return model.logits + np.array([3.0, 0.0, 0.0]), model.labels


def few_rows(rng: Random) -> Pair:
    model = classes(rng, (12,), 3, 3.0)
    return model.logits, model.labels


def little_known(rng: Random) -> Pair:
    predictions, targets = regression(rng, (1500,), 8.0)
    return predictions, targets


def whole_predictions(rng: Random) -> Pair:
    predictions, targets = regression(rng, (1500,), 0.3)
    scale = targets.std()
    return np.round(10.0 * predictions / scale), 10.0 * targets / scale


def square_maps(rng: Random) -> Pair:
    model = classes(rng, (20, 8, 8), 8, 2.0)
    return np.moveaxis(model.logits, -1, 1), model.labels


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "draw",
    [
        weak,
        hard_and_weak,
        sorted_by_label,
        series_in_time,
        two_digits,
        leaves,
        leaves_of_classes,
        other_shares,
        rarely_right,
        always_one_class,
        few_rows,
        little_known,
        whole_predictions,
        square_maps,
    ],
)
def test_pairs_that_belong_together(draw: Callable[[Random], Pair], seed: int) -> None:
    predictions, targets = draw(np.random.default_rng(seed))
    options = {"class_axis": 1} if predictions.ndim == 4 else {}
    report = lossctl.check(predictions, targets, select="LC2", **options)
    assert report.findings == []


def test_the_answer_is_the_same_each_time() -> None:
    model = classes(np.random.default_rng(1), (30_000,), 4, 2.0)
    rolled = np.roll(model.logits, 2, axis=0)
    reports = [lossctl.check(rolled, model.labels, select="LC2", threads=n) for n in (1, 2)]
    (found,), (again,) = (report.findings for report in reports)
    assert (found.message, found.evidence) == (again.message, again.evidence)
    assert (found.code, found.evidence["lag"]) == ("LC202", -2)


def test_forecasts_that_follow_the_last_value_are_named_so() -> None:
    targets = np.cumsum(np.random.default_rng(6).normal(size=500))
    (found,) = lossctl.check(targets[:-1], targets[1:], select="LC2").findings
    assert (found.code, found.severity, found.evidence["lag"]) == ("LC202", "info", -1)
    (found,) = lossctl.check(targets[1:], targets[:-1], select="LC2").findings
    assert (found.code, found.severity, found.evidence["lag"]) == ("LC202", "error", 1)
