"""What the rules on losses and their parameters measure (LC4xx), and where they are silent."""

import numpy as np
import pytest

import lossctl
from lossctl.checks.finding import Finding
from tests.checks.models import labels, regression, sigmoid
from tests.checks.planted_pairs import discs


def findings(code: str, *inputs: object, **options: object) -> list[Finding]:
    return list(lossctl.check(*inputs, select=code, **options).findings)


@pytest.mark.parametrize("loss", ["dice", "jaccard", "tversky:alpha=0.3,beta=0.7"])
def test_empty_masks_with_both_poolings(loss: str) -> None:
    rng = np.random.default_rng(1)
    depth = discs(rng, 40, 16)
    depth[[3, 8, 21]] = -2.0
    p, t = sigmoid(2.0 * depth), (depth > 0).astype(np.uint8)
    (found,) = findings("LC408", p, t, loss=loss)
    assert (found.evidence["empty"], found.rows) == (3, [3, 8, 21])
    for pooling in ("batch", "sample"):
        value = lossctl.compute(loss, p, t, pooling=pooling).value
        assert found.evidence[pooling] == pytest.approx(value, rel=1e-6)
    assert findings("LC408", p[depth.max(axis=(1, 2)) > 0], t[t.any(axis=(1, 2))], loss=loss) == []


def test_weights_on_the_right_side_are_fine() -> None:
    model = labels(np.random.default_rng(1), (3000,), 2.0, -3.5)
    for loss in ("bce_with_logits:pos_weight=9", "bce_with_logits:pos_weight=balanced"):
        assert findings("LC402", model.logits, model.labels, loss=loss) == []
    for loss in ("focal:alpha=0.9", "focal:alpha=none"):
        assert findings("LC401", model.probabilities, model.labels, loss=loss) == []
    (found,) = findings("LC401", model.probabilities, model.labels, loss="focal:gamma=2,alpha=0.25")
    assert found.severity == "info"  # as published


def test_counts_and_ratings_are_no_labels() -> None:
    rng = np.random.default_rng(2)
    counts = rng.poisson(3.0, 2000)
    assert findings("LC406", counts + rng.normal(size=2000), counts, loss="mse") == []
    ratings = rng.integers(1, 6, 2000)
    assert findings("LC406", ratings + rng.normal(size=2000), ratings, loss="mse") == []


@pytest.mark.parametrize("tails", ["normal", "laplace", "student"])
@pytest.mark.parametrize("seed", range(5))
def test_tails_without_outliers_do_not_dominate(tails: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    noise = {
        "normal": rng.normal(size=5000),
        "laplace": rng.laplace(size=5000),
        "student": rng.standard_t(5, size=5000),
    }[tails]
    assert findings("LC405", np.zeros(5000), noise, loss="mse") == []


def test_targets_far_from_zero_are_fine() -> None:
    rng = np.random.default_rng(3)
    targets = rng.gamma(5.0, 20.0, 1000) + 1.0
    assert findings("LC404", targets * np.exp(rng.normal(size=1000)), targets, loss="mape") == []
    predictions, targets = regression(rng, (1000,), 0.5)
    assert findings("LC404", predictions, targets, loss="mse") == []
