"""Scores of probabilities, and their parts: miscalibration, discrimination, uncertainty."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.core.result import finite_or_none

ScoringRule = Callable[[Array, Array], Array]


class Decomposition(NamedTuple):
    """A mean score = miscalibration − discrimination + uncertainty.

    Attributes
    ----------
    value
        The mean score of the probabilities.
    miscalibration
        What it is above that of the same probabilities recalibrated; 0 is best.
    discrimination
        What the recalibrated ones gain over the share of positives for all.
    uncertainty
        The mean score of the share of positives for all.
    """

    value: float
    miscalibration: float
    discrimination: float
    uncertainty: float

    def to_dict(self) -> dict[str, Any]:
        """Return it as strict JSON data."""
        return {name: finite_or_none(number) for name, number in self._asdict().items()}


def brier(p: Array, truth: Array) -> Array:
    """Return the squared error of each probability; of soft labels the expected one."""
    return np.asarray(truth * (1.0 - p) ** 2 + (1.0 - truth) * p**2)


def log_loss(p: Array, truth: Array) -> Array:
    """Return −log of the probability of each label; infinite where that is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ones = np.where(truth > 0.0, -truth * np.log(p), 0.0)
        zeros = np.where(truth < 1.0, -(1.0 - truth) * np.log1p(-p), 0.0)
    return np.asarray(ones + zeros)


SCORES: Mapping[str, ScoringRule] = {"brier": brier, "log_loss": log_loss}


def decompose(
    rule: ScoringRule, p: Array, calibrated: Array, truth: Array, weight: Array
) -> Decomposition:
    """Split the mean score of probabilities (n,), given the calibrated ones of each row."""
    base = np.full(len(p), np.average(truth, weights=weight))
    value, best, constant = (
        float(np.average(rule(each, truth), weights=weight)) for each in (p, calibrated, base)
    )
    return Decomposition(value, value - best, constant - best, constant)


def total(parts: "list[Decomposition]") -> Decomposition:
    """Add decompositions of classes."""
    return Decomposition(*(float(sum(column)) for column in zip(*parts, strict=True)))
