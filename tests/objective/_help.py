"""Evaluate configurations given as text, on arrays in memory."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lossctl.engine.sources import ArraySource
from lossctl.objective.checkpoints import evaluate_config
from lossctl.objective.config import Config
from lossctl.objective.config_files import extended, read_config
from lossctl.objective.objective_result import ObjectiveResult
from lossctl.objective.total_gradient import ArraySum
from lossctl.objective.yaml_nodes import parse_documents

HEAD = "version: 1\ndata: {}\n"
STEP = 1e-6


def config_of(text: str) -> Config:
    """Read a configuration; ``version`` and ``data`` are supplied."""
    path = Path("test.yaml")
    (node,) = parse_documents(HEAD + text, path)
    return read_config(extended(node, (path.resolve(),)))


def sources(arrays: Mapping[str, Any]) -> dict[str, ArraySource]:
    """Name arrays as sources."""
    return {name: ArraySource(np.asarray(array), name) for name, array in arrays.items()}


def answer_of(text: str, arrays: Mapping[str, Any], threads: int | None = 1) -> ObjectiveResult:
    """Evaluate a configuration on arrays."""
    return evaluate_config(config_of(text), sources(arrays), threads)


def gradients_of(
    text: str, arrays: Mapping[str, Any], threads: int | None = 1
) -> dict[str, np.ndarray]:
    """Return the gradient of the total by each array."""
    sums: dict[str, Any] = {}
    make = lambda _name, shape, dtype: ArraySum(shape, dtype)  # noqa: E731
    evaluate_config(config_of(text), sources(arrays), threads, make=make, sums=sums)
    return {name: one.array for name, one in sums.items()}


def numeric_gradient(text: str, arrays: Mapping[str, Any], name: str) -> np.ndarray:
    """Central differences of the total by every element of one array."""
    found = np.zeros_like(arrays[name])
    for at in np.ndindex(found.shape):
        totals = []
        for sign in (1.0, -1.0):
            moved = {key: np.array(value) for key, value in arrays.items()}
            moved[name][at] += sign * STEP
            totals.append(answer_of(text, moved).total)
        found[at] = (totals[0] - totals[1]) / (2.0 * STEP)
    return found
