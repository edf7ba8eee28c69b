"""What comparisons of segmentation losses share: parameters, kinds and drawn classes."""

import numpy as np
import pytest

from tests.peers._inputs import normal, simplex

KINDS = ["logits", "probabilities"]
POOLINGS = ["batch", "sample"]
Array = np.ndarray
each_kind = pytest.mark.parametrize("kind", KINDS)
each_pooling = pytest.mark.parametrize("pooling", POOLINGS)

OFF_DEFAULT: dict[str, dict[str, float]] = {
    "jaccard": {"smooth": 0.3},
    "focal_tversky": {"gamma": 0.6, "alpha": 0.2, "beta": 0.9, "smooth": 0.1},
    "generalized_dice": {"smooth": 0.25},
    "dice_cross_entropy": {"dice_weight": 0.7, "cross_entropy_weight": 0.2, "smooth": 0.4},
}
POOLED = sorted(OFF_DEFAULT)


def class_scores(rng: np.random.Generator, kind: str, dtype: str = "float64") -> Array:
    """Draw three samples of four classes and five items, the class axis second."""
    if kind == "logits":
        return normal(rng, (3, 4, 5), dtype)
    return simplex(rng, 15, 4, dtype).reshape(3, 5, 4).transpose(0, 2, 1).copy()
