"""The oracles against numbers worked out by hand, in textbooks, in papers and in manuals."""

import math

import pytest
from mpmath import inf, log, mpf

from tests.oracles import grids
from tests.oracles._derivative import derivative
from tests.oracles._reduce import mean, total
from tests.oracles.classification import bce, bce_with_logits, cross_entropy, focal
from tests.oracles.logic import constraint_violation, rule_satisfaction
from tests.oracles.regression import huber, mae, mse, smooth_l1
from tests.oracles.segmentation import dice, tversky


def near(number: float, digits: int = 12) -> object:
    """Equal to the digits that were written down."""
    return pytest.approx(number, rel=10.0**-digits, abs=0)


class TestRegression:
    """Worked examples of the regression losses."""

    def test_mse_of_residuals_of_one_half(self) -> None:
        pairs = [(1.0, 1.5), (2.0, 2.5), (3.0, 3.5), (4.0, 4.5)]
        assert mean([mse.value(p, t, kind="values") for p, t in pairs]) == 0.25

    def test_mse_and_mae_of_the_scikit_learn_manual(self) -> None:
        pairs = [(2.5, 3.0), (0.0, -0.5), (2.0, 2.0), (8.0, 7.0)]
        assert mean([mse.value(p, t, kind="values") for p, t in pairs]) == 0.375
        assert mean([mae.value(p, t, kind="values") for p, t in pairs]) == 0.5

    def test_mse_of_three_rounded_residuals(self) -> None:
        pairs = [(1.5, 1.0), (2.3, 2.0), (0.8, 1.0)]
        assert float(mean([mse.value(p, t) for p, t in pairs])) == near(0.38 / 3)

    def test_mae_of_residuals_of_one_half(self) -> None:
        pairs = [(1.0, 1.5), (2.0, 2.5), (3.0, 3.5)]
        assert mean([mae.value(p, t, kind="values") for p, t in pairs]) == 0.5

    @pytest.mark.parametrize(
        ("residual", "delta", "expected"),
        [(0.5, 1, 0.125), (-1, 1, 0.5), (2, 1, 1.5), (-3, 1, 2.5), (3, 2, 4), (3, 0.5, 1.375)],
    )
    def test_huber(self, residual: float, delta: float, expected: float) -> None:
        assert huber.value(residual + 4, 4, kind="values", delta=delta) == expected

    @pytest.mark.parametrize(
        ("residual", "beta", "expected"),
        [(0.5, 1, 0.125), (2, 1, 1.5), (0.25, 0.5, 0.0625), (2, 0.5, 1.75), (-3, 2, 2), (-3, 0, 3)],
    )
    def test_smooth_l1(self, residual: float, beta: float, expected: float) -> None:
        assert smooth_l1.value(residual, 0, kind="values", beta=beta) == expected

    def test_smooth_l1_is_huber_over_beta(self) -> None:
        for residual in (0.1, 0.7, 5.0):
            scaled = huber.value(residual, 0, delta=0.625) / mpf(0.625)
            assert abs(smooth_l1.value(residual, 0, beta=0.625) - scaled) < 1e-15

    def test_huge_and_tiny_residuals(self) -> None:
        assert float(mse.value(1e150, -1e150)) == near(4e300)
        assert float(mse.value(1e-150, 0.0)) == near(1e-300)
        assert float(huber.value(1e150, 0.0, delta=2.0)) == 2e150
        assert mae.value(5e-324, 0.0) == 5e-324


class TestBinary:
    """Worked examples of binary cross-entropy."""

    def test_four_confident_probabilities(self) -> None:
        pairs = [(0.9, 1), (0.2, 0), (0.8, 1), (0.1, 0)]
        values = [bce.value(p, t, kind="probabilities", epsilon=1e-10) for p, t in pairs]
        assert float(mean(values)) == near(0.164252033486018)

    def test_four_logits(self) -> None:
        pairs = [(2.0, 1), (-1.0, 0), (1.5, 1), (-2.0, 0)]
        values = [bce_with_logits.value(z, t, kind="logits") for z, t in pairs]
        assert float(mean(values)) == near(0.192132747, digits=8)
        assert [float(bce.value(z, t, kind="logits")) for z, t in pairs] == [
            float(x) for x in values
        ]

    def test_an_even_chance_costs_log_two(self) -> None:
        for target in (0, 0.25, 1):
            assert float(bce.value(0.5, target, kind="probabilities")) == math.log(2)
            assert float(bce_with_logits.value(0.0, target, kind="logits")) == math.log(2)

    def test_clipping(self) -> None:
        assert float(bce.value(0.0, 1, epsilon=1e-10)) == near(23.02585092994046)
        assert float(bce.value(1.0, 0, epsilon=1e-10)) == near(23.02585092994046)
        assert bce.value(0.0, 1, epsilon=0) == inf
        assert bce.value(1.0, 0, epsilon=0) == inf
        assert bce.value(0.0, 0, epsilon=0) == 0
        assert bce.value(1.0, 1, epsilon=0) == 0

    def test_saturated_logits_keep_their_digits(self) -> None:
        assert float(bce_with_logits.value(50.0, 1)) == near(1.9287498479639178e-22)
        assert float(bce_with_logits.value(700.0, 1)) == near(9.85967654375977e-305)
        assert bce_with_logits.value(1e4, 0) == 10_000
        assert bce_with_logits.value(-1e150, 1) == 1e150
        assert float(bce_with_logits.value(-1e150, 0)) == 0

    def test_tiny_probabilities_keep_their_digits(self) -> None:
        assert float(bce.value(1e-300, 0)) == near(1e-300)
        assert float(bce.value(1 - 2.0**-53, 1)) == near(2.0**-53)

    def test_positive_weight(self) -> None:
        positive = bce_with_logits.value(-1.0, 1, kind="logits", pos_weight=3)
        assert float(positive) == near(3 * 1.313261687518223)
        negative = bce_with_logits.value(-1.0, 0, kind="logits")
        assert bce_with_logits.value(-1.0, 0, kind="logits", pos_weight=3) == negative

    def test_label_smoothing_moves_a_target_to_its_middle(self) -> None:
        smoothed = bce_with_logits.value(1.25, 1, label_smoothing=0.5)
        assert smoothed == bce_with_logits.value(1.25, 0.75)
        by_hand = 0.75 * math.log1p(math.exp(-1.25)) + 0.25 * math.log1p(math.exp(1.25))
        assert float(smoothed) == near(by_hand)


class TestCrossEntropy:
    """Worked examples of categorical cross-entropy."""

    ROWS = ((2.0, 1.0, 0.1), (0.1, 3.0, 0.2), (0.5, 0.3, 2.5))
    VALUES = (0.417030016277834, 0.109601464521, 0.220049523021)

    @pytest.mark.parametrize("number", range(3))
    def test_logits(self, number: int) -> None:
        row = list(self.ROWS[number])
        by_hand = math.log(sum(math.exp(z) for z in row)) - row[number]
        found = float(cross_entropy.value(row, number, kind="logits"))
        assert found == near(by_hand)
        assert found == near(self.VALUES[number], digits=9)

    def test_log_loss_of_the_scikit_learn_manual(self) -> None:
        rows = [[0.1, 0.9], [0.9, 0.1], [0.8, 0.2], [0.35, 0.65]]
        values = [
            cross_entropy.value(row, target, kind="probabilities")
            for row, target in zip(rows, [1, 0, 0, 1], strict=True)
        ]
        assert float(mean(values)) == near(0.21616, digits=4)

    @pytest.mark.parametrize("classes", [2, 3, 10])
    @pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
    def test_chance_level_is_log_of_the_classes(self, classes: int, smoothing: float) -> None:
        for level in (0.0, 1e4):
            found = cross_entropy.value([level] * classes, 1, label_smoothing=smoothing)
            assert float(found) == near(math.log(classes))

    def test_a_confident_row_keeps_its_digits(self) -> None:
        assert float(cross_entropy.value([50.0, 0.0], 0)) == near(1.9287498479639178e-22)
        assert float(cross_entropy.value([200.0, 0, 0], 0)) == near(2 * 1.3838965267367376e-87)
        assert float(cross_entropy.value([200.0, 0], 1)) == 200

    def test_soft_targets(self) -> None:
        found = cross_entropy.value([0.5, 0.25, 0.25], [0.5, 0.25, 0.25], kind="probabilities")
        assert float(found) == near(1.5 * math.log(2))

    def test_label_smoothing_mixes_in_the_uniform_target(self) -> None:
        row, smoothing = [2.0, 1.0, 0.1], 0.25
        uniform = cross_entropy.value(row, [1.0, 1.0, 1.0]) / 3
        expected = 0.75 * cross_entropy.value(row, 0) + 0.25 * uniform
        assert abs(cross_entropy.value(row, 0, label_smoothing=smoothing) - expected) < 1e-15

    def test_class_weights(self) -> None:
        row = [0.5, 0.25, 0.25]
        weighted = cross_entropy.value(row, 1, kind="probabilities", class_weights=[1, 3, 5])
        assert float(weighted) == near(6 * math.log(2))
        soft = cross_entropy.value(
            row, [0.5, 0.5, 0], kind="probabilities", class_weights=[1, 3, 5]
        )
        assert float(soft) == near(0.5 * math.log(2) + 3 * math.log(2))

    def test_impossible_events(self) -> None:
        assert cross_entropy.value([0.0, 1.0], 0, kind="probabilities", epsilon=0) == inf
        assert cross_entropy.value([0.0, 1.0], 1, kind="probabilities", epsilon=0) == 0
        clipped = cross_entropy.value([0.0, 1.0], 0, kind="probabilities", epsilon=1e-10)
        assert float(clipped) == near(23.02585092994046)


class TestFocal:
    """Worked examples of focal loss."""

    @pytest.mark.parametrize(("probability", "ratio"), [(0.9, 100), (0.96875, 1024), (0.5, 4)])
    def test_easy_examples_cost_as_much_less_as_the_paper_says(
        self, probability: float, ratio: float
    ) -> None:
        down = focal.value(probability, 1, kind="probabilities", gamma=2, alpha=None)
        assert float(bce.value(probability, 1) / down) == near(ratio)

    def test_without_focus_it_is_cross_entropy(self) -> None:
        for target in (0, 0.3, 1):
            plain = focal.value(0.7, target, gamma=0, alpha=None)
            assert plain == bce.value(0.7, target)
        row = [2.0, 1.0, 0.1]
        assert focal.value(row, 2, kind="logits", gamma=0, alpha=None) == cross_entropy.value(
            row, 2
        )

    def test_categorical_rows(self) -> None:
        easy = focal.value([0.9, 0.1], [1, 0], gamma=2, alpha=0.25)
        hard = focal.value([0.6, 0.4], [1, 0], gamma=2, alpha=0.25)
        assert float(easy) == near(2.634012891445657e-4)
        assert float(hard) == near(0.0204330249506396)

    def test_alpha_belongs_to_the_positive_side(self) -> None:
        assert float(focal.value(0.5, 1, gamma=2, alpha=0.25)) == near(math.log(2) / 16)
        assert float(focal.value(0.5, 0, gamma=2, alpha=0.25)) == near(3 * math.log(2) / 16)

    def test_one_vs_rest_sums_the_classes(self) -> None:
        found = focal.value([0.5, 0.5], 0, gamma=2, alpha=0.25, classes="one_vs_rest")
        assert float(found) == near(math.log(2) / 4)
        found = focal.value([0.0, 0.0], 0, kind="logits", alpha=[0.25, 0.75], classes="one_vs_rest")
        assert float(found) == near(math.log(2) / 8)

    def test_alpha_of_each_class(self) -> None:
        found = focal.value([0.5, 0.5], 1, gamma=1, alpha=[0.25, 0.75])
        assert float(found) == near(0.75 * 0.5 * math.log(2))

    def test_certain_and_right_costs_nothing(self) -> None:
        assert focal.value(1.0, 1, gamma=0.5, epsilon=0) == 0
        assert focal.value([1.0, 0.0], 0, gamma=0.5, epsilon=0) == 0
        assert focal.value([1.0, 0.0], 1, gamma=0.5, epsilon=0) == inf

    def test_unknown_readings_are_refused(self) -> None:
        with pytest.raises(ValueError, match="one_vs_rest"):
            focal.value([0.5, 0.5], 0, classes="pairs")
        with pytest.raises(ValueError, match="probabilities"):
            focal.value(0.5, 0, kind="labels")


class TestOverlap:
    """Worked examples of the overlap losses."""

    def test_half_an_overlap(self) -> None:
        masks = [1, 1, 0, 0], [1, 0, 1, 0]
        assert dice.value(*masks, kind="probabilities", smooth=0) == 0.5
        assert float(tversky.value(*masks, kind="probabilities", smooth=0)) == near(0.5)

    def test_soft_predictions(self) -> None:
        shares, mask = [0.5, 0.5, 0.0], [1, 0, 0]
        assert dice.value(shares, mask, smooth=0) == 0.5
        assert float(dice.value(shares, mask, smooth=1)) == near(1 / 3)
        assert float(dice.value(shares, mask, smooth=0, squared=True)) == near(1 / 3)

    def test_logits_of_zero_are_even_chances(self) -> None:
        assert dice.value([0, 0], [1, 0], kind="logits", smooth=0) == 0.5

    def test_false_alarms_and_misses_have_their_own_price(self) -> None:
        masks = [1, 1, 1, 0], [1, 0, 0, 1]
        found = tversky.value(*masks, alpha=0.3, beta=0.7, smooth=0)
        assert float(found) == near(1 - 1 / 2.3)
        assert float(tversky.value(*masks, alpha=1, beta=1, smooth=0)) == 0.75

    def test_even_prices_are_dice_with_twice_the_smoothing(self) -> None:
        shares, mask = [0.9, 0.4, 0.2, 0.6], [1, 1, 0, 0.5]
        even = tversky.value(shares, mask, alpha=0.5, beta=0.5, smooth=0.25)
        assert abs(even - dice.value(shares, mask, smooth=0.5)) < 1e-15

    def test_two_empty_masks_agree(self) -> None:
        for smooth in (0, 1e-6):
            assert dice.value([0, 0], [0, 0], smooth=smooth) == 0
            assert tversky.value([0, 0], [0, 0], smooth=smooth) == 0


class TestLogic:
    """Worked examples of the logic losses."""

    def test_rule_satisfaction(self) -> None:
        assert rule_satisfaction.value(0.75, 1, kind="values", temperature=1) == 0.0625
        assert rule_satisfaction.value(0.75, 1, kind="values", temperature=0.5) == 0.25
        assert rule_satisfaction.value(1.5, 1, kind="values", temperature=2) == 0.0625

    def test_constraint_violation(self) -> None:
        assert constraint_violation.value(0.5, 0, kind="values", penalty_weight=10) == 2.5
        assert constraint_violation.value(-0.5, 0, kind="values", penalty_weight=10) == 0
        assert constraint_violation.value(3, 2.5, kind="values", penalty_weight=4) == 1


class TestReductions:
    """Weighted sums and means."""

    def test_weighted_mean_divides_by_the_weights(self) -> None:
        assert mean([1, 3]) == 2
        assert mean([1, 3], [3, 1]) == 1.5
        assert total([1, 3], [3, 1]) == 6

    def test_an_item_without_weight_is_absent(self) -> None:
        assert mean([1, inf], [2, 0]) == 1

    def test_equal_weights_change_nothing(self) -> None:
        assert mean([0.1] * 7, [0.3] * 7) == mean([0.1] * 7)


class TestDerivative:
    """Derivatives known in closed form."""

    def test_regression(self) -> None:
        assert float(derivative(mse.value, 2.5, 1.0)) == near(3)
        assert float(derivative(huber.value, 9.0, 1.0, delta=2)) == near(2)
        assert float(derivative(smooth_l1.value, 1.25, 1.0, beta=0.5)) == near(0.5)
        assert float(derivative(mse.value, 0.0, 1e150)) == near(-2e150)

    def test_binary(self) -> None:
        assert float(derivative(bce.value, 0.25, 1, kind="probabilities")) == near(-4)
        tiny = derivative(bce.value, 1e-300, 1, kind="probabilities", epsilon=0)
        assert float(tiny) == near(-1e300)
        saturated = derivative(bce_with_logits.value, 700.0, 1, kind="logits")
        assert float(saturated) == near(-9.85967654375977e-305)

    @pytest.mark.parametrize(("index", "expected"), [(0, -0.75), (1, 0.25), (3, 0.25)])
    def test_rows(self, index: int, expected: float) -> None:
        slope = derivative(cross_entropy.value, [7.0] * 4, 0, index, kind="logits")
        assert float(slope) == near(expected)

    def test_confident_rows(self) -> None:
        slope = derivative(cross_entropy.value, [200.0, 0.0], 0, 1, kind="logits")
        assert float(slope) == near(1.3838965267367376e-87)

    def test_a_tiny_slope_beside_a_large_item(self) -> None:
        slope = derivative(
            focal.value, [0.0, -200.0], 0, 1, kind="logits", alpha=None, classes="one_vs_rest"
        )
        assert float(slope) == near(3 * math.exp(-600))

    def test_overlap(self) -> None:
        slope = derivative(dice.value, [0.5, 0.5], [1, 0], 0, smooth=0)
        assert float(slope) == near(-0.75)
        slope = derivative(dice.value, [0.5, 0.5], [1, 0], 1, smooth=0)
        assert float(slope) == near(0.25)

    def test_logic(self) -> None:
        assert float(derivative(rule_satisfaction.value, 0.5, 1, temperature=2)) == near(-0.25)
        assert float(derivative(constraint_violation.value, 2, 1, penalty_weight=10)) == near(20)


class TestGrids:
    """The grids hold what they promise, and the oracles answer on all of it."""

    @pytest.mark.parametrize("kind", ["values", "probabilities", "logits"])
    def test_floats_are_finite_and_reproducible(self, kind: str) -> None:
        numbers = grids.nasty_floats(kind)
        assert all(isinstance(x, float) and math.isfinite(x) for x in numbers)
        assert any(x == 0 and math.copysign(1, x) < 0 for x in numbers)
        assert numbers == grids.nasty_floats(kind)

    def test_probabilities_stay_in_their_domain(self) -> None:
        assert all(0 <= p <= 1 for p in grids.nasty_floats("probabilities"))

    @pytest.mark.parametrize("kind", ["logits", "probabilities"])
    @pytest.mark.parametrize("classes", [2, 3, 7])
    def test_rows_have_one_number_a_class(self, kind: str, classes: int) -> None:
        rows = grids.nasty_rows(kind, classes)
        assert {len(row) for row in rows} == {classes}
        assert all(math.isfinite(x) for row in rows for x in row)

    @pytest.mark.parametrize("classes", [2, 3, 7])
    def test_rows_of_probabilities_sum_to_one(self, classes: int) -> None:
        for row in grids.nasty_rows("probabilities", classes):
            assert all(0 <= p <= 1 for p in row)
            assert abs(math.fsum(row) - 1) <= 1e-12

    def test_single_class_rows_are_refused(self) -> None:
        with pytest.raises(ValueError, match="two classes"):
            grids.nasty_rows("logits", 1)

    def test_oracles_are_finite_on_every_nasty_logit(self) -> None:
        for logit in grids.nasty_floats("logits"):
            for target in (0, 0.5, 1):
                assert 0 <= float(bce_with_logits.value(logit, target)) < inf
                assert 0 <= float(focal.value(logit, target, kind="logits", gamma=0.5)) < inf

    def test_oracles_are_finite_on_every_nasty_row(self) -> None:
        for row in grids.nasty_rows("logits", 3):
            losses = [float(cross_entropy.value(row, target)) for target in range(3)]
            assert all(0 <= loss < inf for loss in losses)
            chance = float(log(3))
            assert min(losses) <= chance * (1 + 1e-15)
            assert max(losses) >= chance * (1 - 1e-15)
