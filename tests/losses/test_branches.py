"""Branches of single losses that no case of the laws takes, each against plain arithmetic."""

import math

import numpy as np
import pytest

from lossctl.api import compute, gradient
from lossctl.core.errors import DataError

COUNTS = [0.0, 1.0, 3.0, 0.5, 170.0]


def test_the_exact_factorial_of_a_count() -> None:
    """Rate 1 less target times 0, and log t!."""
    full = compute("poisson_nll", [0.0] * 5, COUNTS, full=True, reduction="none").value
    wanted = [1.0 + math.lgamma(count + 1.0) for count in COUNTS]
    np.testing.assert_allclose(full, wanted, rtol=1e-15)


def test_the_slope_of_isotropic_total_variation() -> None:
    """Steps of (3, 4), (0, 0) below, (4, 0) beside: each size's slope is the step over its size."""
    image = np.array([[[0.0, 4.0], [3.0, 7.0]]])
    found = gradient("total_variation", image, mode="isotropic", reduction="sum")["images"]
    # steps down, across: (3, 4), (3, 0), (0, 4), (0, 0); sizes 5, 3, 4, 0
    wanted = [[-3 / 5 - 4 / 5, 4 / 5 - 1.0], [3 / 5 - 1.0, 1.0 + 1.0]]
    np.testing.assert_allclose(found[0], wanted, rtol=1e-15)
    assert compute("total_variation", image, mode="isotropic").value == 12.0


def test_a_flat_image_has_no_slope() -> None:
    flat = np.full((1, 3, 3), 2.0)
    assert not gradient("total_variation", flat, mode="isotropic")["images"].any()


def test_slopes_of_probabilities_given_to_a_loss_of_logits() -> None:
    """(1−t)/(1−p) − w·t/p."""
    p, t, weight = np.array([0.2, 0.7, 0.9]), np.array([1.0, 0.0, 0.25]), 3.0
    found = gradient(
        "bce_with_logits", p, t, pos_weight=weight, input="probabilities", reduction="sum"
    )
    wanted = (1.0 - t) / (1.0 - p) - weight * t / p
    np.testing.assert_allclose(found["predictions"], wanted, rtol=1e-14)


def test_soft_rows_name_no_class_of_their_own() -> None:
    with pytest.raises(DataError, match="needs one true class per item: targets hold soft rows"):
        compute("lovasz_softmax", [[0.5, 0.25, 0.25]] * 2, [[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])


def test_empty_masks_have_a_centreline_of_nothing() -> None:
    """Without smoothing 0/0 is taken as 1: nothing lies wholly inside nothing."""
    empty = np.zeros((1, 8, 8))
    assert compute("cldice", empty, empty, smooth=0.0, input="probabilities").value == 0.0


def test_the_asymmetric_loss_of_logits_without_a_shift() -> None:
    """Slopes with clip = 0, where 1 − p needs no share of its own: focal terms of two sides."""
    z, t = np.array([-2.0, 0.5, 3.0]), np.array([0.0, 1.0, 0.0])
    given = {"clip": 0.0, "gamma_neg": 2.0, "gamma_pos": 1.0, "input": "logits"}
    found = gradient("asymmetric", z, t, reduction="sum", **given)["predictions"]

    def value(logits: np.ndarray) -> np.ndarray:
        p = 1.0 / (1.0 + np.exp(-logits))
        return -(t * (1.0 - p) * np.log(p) + (1.0 - t) * p**2 * np.log1p(-p))

    np.testing.assert_allclose(found, (value(z + 1e-6) - value(z - 1e-6)) / 2e-6, rtol=1e-8)
    np.testing.assert_allclose(
        compute("asymmetric", z, t, reduction="none", **given).value, value(z), rtol=1e-14
    )


def test_weights_of_the_circle_loss() -> None:
    """[s + m]₊ is 0 for a negative beyond −m, which then adds e⁰ = 1 and has no slope.

    Anchors 0 and 1 are orthogonal to each other, and 2 is opposite to both in part.
    """
    gamma, margin = 8.0, 0.25
    vectors = np.array([[1.0, 0.0], [0.0, 1.0], [-0.6, -0.8]])
    cosines = vectors @ vectors.T
    near = math.exp(-gamma * (1.25 - cosines[0, 1]) * (cosines[0, 1] - 0.75))
    found = compute("circle", vectors, [1, 1, 2], gamma=gamma, margin=margin, reduction="none")
    # both negatives (−0.6 and −0.8) lie beyond −0.25: e⁰ each
    assert found.value[:2].tolist() == pytest.approx([math.log(1.0 + near)] * 2, rel=1e-14)
    slopes = gradient("circle", vectors, [1, 1, 2], gamma=gamma, margin=margin)
    assert not slopes["embeddings"][2].any()


def test_the_weight_of_a_positive_that_is_reached() -> None:
    """[1 + m − s]₊ is 0 at s = 1 and m = 0: the exponent is −γ·0·(s − 1)."""
    vectors = [[1.0, 0.0], [2.0, 0.0], [0.6, 0.8]]
    found = compute("circle", vectors, [1, 1, 2], gamma=4.0, margin=0.0, reduction="none").value
    assert found[:2].tolist() == pytest.approx([math.log1p(math.exp(4.0 * 0.36))] * 2, rel=1e-13)


def test_stirlings_factorial_of_a_count() -> None:
    """That is t·log t − t + ½·log 2πt above 1, else 0, as PyTorch has it; the rate is 1."""
    given = {"full": True, "factorial": "stirling", "reduction": "none"}
    full = compute("poisson_nll", [0.0] * 5, COUNTS, **given).value
    large = [t * math.log(t) - t + 0.5 * math.log(2.0 * math.pi * t) for t in (3.0, 170.0)]
    np.testing.assert_allclose(full, [1.0, 1.0, 1.0 + large[0], 1.0, 1.0 + large[1]], rtol=1e-14)


def test_the_slope_of_squared_total_variation() -> None:
    """Twice each step, taken from one pixel and given to the next."""
    image = np.array([[[0.0, 4.0], [3.0, 7.0]]])
    found = gradient("total_variation", image, mode="squared", reduction="sum")["images"]
    assert found[0].tolist() == [[-14.0, 2.0], [-2.0, 14.0]]
    mean = gradient("total_variation", image, mode="squared", normalization="mean")["images"]
    assert mean[0].tolist() == [[-3.5, 0.5], [-0.5, 3.5]]


def test_a_weight_of_positives_from_the_labels() -> None:
    """Three negatives and one positive: its −log σ(z) counts three times."""
    z, t = np.array([0.5, -1.0, 2.0, 0.25]), [1.0, 0.0, 0.0, 0.0]
    found = compute("bce_with_logits", z, t, pos_weight="balanced", reduction="none").value
    softplus = np.log1p(np.exp([-0.5, -1.0, 2.0, 0.25]))
    np.testing.assert_allclose(found, [3.0, 1.0, 1.0, 1.0] * softplus, rtol=1e-14)


@pytest.mark.parametrize("rows", [1, 2])
def test_views_of_one_or_two_rows(rows: int) -> None:
    """A variance divides by n − 1, and by 1 where there is one row: deviations √2 and 0."""
    views = np.array([[[0.0], [2.0]], [[5.0], [3.0]]])[:, :rows]
    deviation = math.sqrt(2.0) if rows == 2 else 0.0
    given = {"invariance_weight": 0.0, "variance_weight": 2.0, "gamma": 3.0, "epsilon": 0.0}
    found = compute("vicreg", *views, **given).value
    assert found == pytest.approx(2.0 * (3.0 - deviation), rel=1e-14)


@pytest.mark.parametrize("epsilon", [0.0, 0.5])
def test_the_slope_of_a_rate(epsilon: float) -> None:
    """1 − t/(r + ε), with respect to a rate r."""
    rates, counts = np.array([0.25, 2.0, 7.0]), np.array([1.0, 0.0, 9.0])
    given = {"log_input": False, "epsilon": epsilon, "reduction": "sum"}
    found = gradient("poisson_nll", rates, counts, **given)["predictions"]
    np.testing.assert_allclose(found, 1.0 - counts / (rates + epsilon), rtol=1e-14)


def test_rows_of_labels_have_one_shape() -> None:
    with pytest.raises(DataError, match=r"\(2, 3\).*\(2, 4\)"):
        compute("multilabel_margin", np.zeros((2, 3)), np.eye(4)[:2])
    with pytest.raises(DataError, match=r"reads rows of labels, \(N, L\)"):
        compute("multilabel_margin", np.zeros(3), [1.0, 0.0, 1.0])


@pytest.mark.parametrize(("policy", "omitted"), [("omit", 1), ("propagate", 0)])
def test_only_what_is_omitted_is_counted_as_such(policy: str, omitted: int) -> None:
    result = compute("mae", [math.nan, 1.0, 3.0], [0.0] * 3, nan=policy)
    assert result.omitted == omitted
    assert result.value == 2.0 if omitted else math.isnan(result.value)


def test_packed_targets_are_whole() -> None:
    frames = np.log(np.full((2, 5, 4), 0.25))
    whole = compute("ctc", frames, [1.0, 2.0, 3.0], [5, 4], [2, 1]).value
    assert whole == compute("ctc", frames, [1, 2, 3], [5, 4], [2, 1]).value
    with pytest.raises(DataError, match="must hold whole numbers"):
        compute("ctc", frames, [1.0, 2.5, 3.0], [5, 4], [2, 1])
