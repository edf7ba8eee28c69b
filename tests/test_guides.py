"""The worked examples of the guides, with the numbers that plain arithmetic gives."""

import math

import numpy as np
import pytest

from lossctl.api import compute, gradient

LOGITS = [[2.0, 1.0, 0.1], [0.1, 3.0, 0.2], [0.5, 0.3, 2.5]]


def surprise(row: list[float], place: int) -> float:
    """−log softmax of one entry."""
    return math.log(sum(math.exp(entry) for entry in row)) - row[place]


EACH = [surprise(row, place) for place, row in enumerate(LOGITS)]


class TestCriterionClasses:
    """Neurenix: predictions and targets as its pages print them."""

    def test_mse(self) -> None:
        inputs = [[1.0, 2.0], [3.0, 4.0]], [[1.5, 2.5], [3.5, 4.5]]
        assert compute("mse", *inputs).value == 0.25
        items = compute("mse", *inputs, reduction="none").value
        assert items.shape == (2, 2)
        assert (items == 0.25).all()

    def test_l1(self) -> None:
        assert compute("l1", [1.0, 2.0, 3.0], [1.5, 2.5, 3.5]).value == 0.5

    def test_cross_entropy(self) -> None:
        value = compute("cross_entropy", LOGITS, [0, 1, 2]).value
        assert value == pytest.approx(sum(EACH) / 3, rel=1e-14)

    def test_cross_entropy_with_class_weights(self) -> None:
        weights = [1.0, 2.0, 3.0]
        value = compute("cross_entropy", LOGITS, [0, 1, 2], class_weights=weights).value
        wanted = sum(w * one for w, one in zip(weights, EACH, strict=True)) / 6
        assert value == pytest.approx(wanted, rel=1e-14)

    def test_cross_entropy_ignores_a_label(self) -> None:
        result = compute("cross_entropy", LOGITS, [0, 1, 2], ignore_index=0)
        assert result.value == pytest.approx((EACH[1] + EACH[2]) / 2, rel=1e-14)
        assert (result.items, result.ignored) == (2, 1)

    def test_bce(self) -> None:
        value = compute("bce", [0.9, 0.2, 0.8, 0.1], [1.0, 0.0, 1.0, 0.0]).value
        wanted = -(2 * math.log(0.9) + 2 * math.log(0.8)) / 4
        assert value == pytest.approx(wanted, rel=1e-14)

    @pytest.mark.parametrize("weight", [1.0, 3.0])
    def test_bce_with_logits(self, weight: float) -> None:
        logits, targets = [2.0, -1.0, 1.5, -2.0], [1.0, 0.0, 1.0, 0.0]
        value = compute("bce_with_logits", logits, targets, pos_weight=weight).value
        soft = [math.log1p(math.exp(-2.0)), math.log1p(math.exp(-1.0))]
        soft += [math.log1p(math.exp(-1.5)), math.log1p(math.exp(-2.0))]
        wanted = (weight * (soft[0] + soft[2]) + soft[1] + soft[3]) / 4
        assert value == pytest.approx(wanted, rel=1e-14)

    def test_custom(self) -> None:
        """0.7 of the squared and 0.3 of the absolute error."""
        formula = "0.7*mse + 0.3*mae"
        value = compute("custom", [1.0, 2.0, 4.0], [1.5, 2.5, 3.0], formula=formula).value
        assert value == pytest.approx(0.7 * (0.25 + 0.25 + 1) / 3 + 0.3 * 2 / 3, rel=1e-14)


class TestForwardAndBackward:
    """scirs2-neural: its arrays of three and of two rows."""

    def test_mean_squared_error(self) -> None:
        inputs = [1.5, 2.3, 0.8], [1.0, 2.0, 1.0]
        assert compute("mse", *inputs).value == pytest.approx((0.25 + 0.09 + 0.04) / 3, rel=1e-13)
        slope = gradient("mse", *inputs)["predictions"]
        np.testing.assert_allclose(slope, [1 / 3, 0.2, -0.4 / 3], rtol=1e-13)

    def test_cross_entropy(self) -> None:
        logits, one_hot = [[1.0, 2.0, 0.5], [0.8, 0.2, 1.5]], [[0, 1, 0], [0, 0, 1]]
        value = compute("cross_entropy", logits, one_hot).value
        wanted = (surprise(logits[0], 1) + surprise(logits[1], 2)) / 2
        assert value == pytest.approx(wanted, rel=1e-14)

    def test_focal(self) -> None:
        rows, one_hot = [[0.9, 0.1], [0.6, 0.4]], [[1, 0], [1, 0]]
        result = compute("focal", rows, one_hot, gamma=2.0, alpha=0.25, reduction="none")
        wanted = [-0.25 * 0.1**2 * math.log(0.9), -0.25 * 0.4**2 * math.log(0.6)]
        np.testing.assert_allclose(result.value, wanted, rtol=1e-13)
        assert result.value[1] > result.value[0]

    @pytest.mark.parametrize(("margin", "wanted"), [(1.0, 0.0), (2.0, 2 + 0.02**0.5 - 2**0.5)])
    def test_triplet(self, margin: float, wanted: float) -> None:
        """Anchor, positive and negative as the three rows of one array."""
        rows = [[1.0, 0.0, 0.0], [0.9, 0.1, 0.0], [0.0, 0.0, 1.0]]
        assert compute("triplet", rows, margin=margin).value == pytest.approx(wanted, rel=1e-13)
