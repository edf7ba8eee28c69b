"""Losses that are declared proper have their least expected value at true probabilities."""

from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.losses.catalogue import CATALOGUE, get

TRUE = 0.3
GRID = np.linspace(0.02, 0.98, 97)
DECLARED = [
    (name, params, axes, kind)
    for name, params in (
        *((name, {}) for name in sorted(CATALOGUE)),
        ("focal", {"gamma": 0.0, "alpha": None}),
        ("bce_with_logits", {"pos_weight": 2.0}),
        ("bce_with_logits", {"label_smoothing": 0.1}),
        ("cross_entropy", {"label_smoothing": 0.1}),
        ("poly1", {"epsilon": 0.0}),
        ("asymmetric", {"gamma_neg": 0.0, "gamma_pos": 0.0, "clip": 0.0}),
    )
    if get(name).proper is not None
    for axes in get(name).form_axes
    for kind in get(name).kinds_in(axes)
    if kind in {"logits", "probabilities"}
]


def expected_losses(name: str, params: dict[str, Any], axes: str, kind: str) -> np.ndarray:
    """Expected loss of each probability on the grid, for labels that are 1 with probability .3."""
    columns = np.stack([1.0 - GRID, GRID], axis=1)
    losses = []
    for label in (0, 1):
        if axes == "item":
            p: Any = GRID if kind == "probabilities" else np.log(GRID / (1.0 - GRID))
            targets: Any = np.full(len(GRID), label)
        else:
            p = columns if kind == "probabilities" else np.log(columns)
            targets = np.full(len(GRID), label)
            if get(name).tasks == ("multilabel",):
                p, targets = p[:, 1:] - p[:, :1], targets[:, None]
        found = lossctl.compute(
            name, p, targets, reduction="none", input=_input(name, axes, kind), **params
        )
        losses.append(np.ravel(found.value))
    return (1.0 - TRUE) * losses[0] + TRUE * losses[1]


def _input(name: str, axes: str, kind: str) -> str:
    return kind if len(get(name).kinds_in(axes)) > 1 else "auto"


@pytest.mark.parametrize(("name", "params", "axes", "kind"), DECLARED)
def test_proper_losses_are_least_at_true_probabilities(
    name: str, params: dict[str, Any], axes: str, kind: str
) -> None:
    loss = get(name)
    best = GRID[np.argmin(expected_losses(name, params, axes, kind))]
    is_least_there = bool(np.isclose(best, TRUE, atol=0.011))
    assert is_least_there == loss.is_proper({**loss.defaults, **params})


def test_parameters_that_are_measured_can_be_judged() -> None:
    """``pos_weight=balanced`` is text until the labels are counted."""
    judged = [
        loss.is_proper({**loss.defaults, param.name: text})
        for loss in map(get, CATALOGUE)
        if loss.proper is not None
        for param in loss.params
        for text in param.measured
    ]
    assert False in judged
