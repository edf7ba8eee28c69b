"""Isotonic curves, decompositions, lines, bands: against scikit-learn, hand, model-diagnostics."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss

from lossctl.calibration.consistency import consistency, samples_for
from lossctl.calibration.decomposition import SCORES, decompose
from lossctl.calibration.isotonic import fit_isotonic, grouped, knots
from lossctl.calibration.measure import measure_class
from lossctl.calibration.nll_fits import logistic_line
from lossctl.calibration.recalibrators import log_odds

LOW = (0.05, 0.1, 0.1, 0.2, 0.25, 0.3, 0.3, 0.35, 0.4, 0.45)
TWENTY_P = np.array([*LOW, 0.5, 0.55, 0.6, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95])
TWENTY_Y = np.array([0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1.0])
# model_diagnostics 1.5.0, decompose(TWENTY_Y, TWENTY_P, SquaredError() and LogLoss())
EXPECTED = {
    "brier": (0.030333333333333296, 0.0933333333333333, 0.24749999999999997, 0.18449999999999997),
    "log_loss": (0.10909429526265979, 0.2460880981893938, 0.6881388137135884, 0.5511450107868544),
}


def model(rows: int, seed: int, sharpness: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities and labels; calibrated where the sharpness is 1."""
    rng = np.random.default_rng(seed)
    z = rng.normal(0.0, 1.5, rows)
    return 1 / (1 + np.exp(-sharpness * z)), (rng.random(rows) < 1 / (1 + np.exp(-z))) * 1.0


def isotonic(p: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    groups = grouped(p, w)
    return fit_isotonic(groups, y, w)[groups.place]


@pytest.mark.parametrize("weighted", [False, True])
def test_the_curve_is_that_of_scikit_learn(weighted: bool) -> None:
    p, y = model(500, 1)
    p = np.round(p, 2)  # with ties
    w = np.random.default_rng(2).uniform(0.5, 2.0, 500) if weighted else np.ones(500)
    theirs = IsotonicRegression().fit(p, y, w).predict(p)
    np.testing.assert_allclose(isotonic(p, y, w), theirs, atol=1e-12)


def test_the_curve_of_four_by_hand() -> None:
    """0.2, 0.4, 0.6, 0.8 with labels 0, 1, 0, 1: the middle two violate and share one half."""
    p, y, w = np.array([0.2, 0.4, 0.6, 0.8]), np.array([0.0, 1.0, 0.0, 1.0]), np.ones(4)
    assert isotonic(p, y, w).tolist() == [0.0, 0.5, 0.5, 1.0]
    brier = decompose(SCORES["brier"], p, isotonic(p, y, w), y, w)
    # (.04 + .36 + .36 + .04)/4 = .2; calibrated (0 + .25 + .25 + 0)/4 = .125; constant .25
    assert brier.value == pytest.approx(0.2)
    assert brier.miscalibration == pytest.approx(0.075)
    assert brier.discrimination == pytest.approx(0.125)
    assert brier.uncertainty == pytest.approx(0.25)
    scores, values = knots(p, isotonic(p, y, w))
    assert (scores.tolist(), values.tolist()) == ([0.2, 0.4, 0.6, 0.8], [0.0, 0.5, 0.5, 1.0])


@pytest.mark.parametrize("score", SCORES)
def test_parts_are_those_of_model_diagnostics(score: str) -> None:
    w = np.ones(20)
    found = decompose(SCORES[score], TWENTY_P, isotonic(TWENTY_P, TWENTY_Y, w), TWENTY_Y, w)
    mcb, dsc, unc, value = EXPECTED[score]
    assert found.miscalibration == pytest.approx(mcb, rel=1e-9)
    assert found.discrimination == pytest.approx(dsc, rel=1e-9)
    assert found.uncertainty == pytest.approx(unc, rel=1e-9)
    assert found.value == pytest.approx(value, rel=1e-9)


def test_weights_are_repetitions_and_scores_are_those_of_scikit_learn() -> None:
    p, y = model(200, 3)
    w = np.random.default_rng(4).integers(1, 4, 200) * 1.0
    again = np.repeat(np.arange(200), w.astype(int))
    one = np.ones(len(again))
    for name, rule in SCORES.items():
        weighted = decompose(rule, p, isotonic(p, y, w), y, w)
        repeated = decompose(rule, p[again], isotonic(p[again], y[again], one), y[again], one)
        assert weighted == pytest.approx(repeated, rel=1e-12), name
        theirs = brier_score_loss if name == "brier" else log_loss
        assert weighted.value == pytest.approx(theirs(y, p, sample_weight=w), rel=1e-12)
        total = weighted.miscalibration - weighted.discrimination + weighted.uncertainty
        assert total == pytest.approx(weighted.value, rel=1e-12)


def test_a_certain_mistake_has_an_infinite_log_loss() -> None:
    p, y, w = np.array([0.0, 1.0]), np.array([1.0, 1.0]), np.ones(2)
    assert math.isinf(decompose(SCORES["log_loss"], p, isotonic(p, y, w), y, w).value)
    assert decompose(SCORES["brier"], p, isotonic(p, y, w), y, w).value == 0.5


def test_the_line_is_that_of_an_unpenalised_logistic_regression() -> None:
    p, y = model(800, 5, 2.0)
    w = np.random.default_rng(6).uniform(0.5, 2.0, 800)
    theirs = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(
        log_odds(p)[:, None], y, sample_weight=w
    )
    line = logistic_line(y, log_odds(p), w)
    assert line is not None
    assert line.slope == pytest.approx(theirs.coef_[0, 0], rel=1e-5)
    assert line.shift == pytest.approx(theirs.intercept_[0], abs=1e-5)


def test_the_errors_of_the_line_hold_the_truth_as_often_as_they_say() -> None:
    """Slope 1 and shift 0 lie within 1.96 errors in 95 % of 300 calibrated models."""
    inside = np.zeros(2)
    for seed in range(300):
        p, y = model(300, 1000 + seed)
        line = logistic_line(y, log_odds(p))
        assert line is not None
        inside += (
            abs(line.slope - 1.0) < 1.96 * line.slope_error,
            abs(line.shift) < 1.96 * line.shift_error,
        )
    assert (inside > 0.91 * 300).all()
    assert (inside < 0.99 * 300).all()


def test_no_line_where_a_cut_separates_or_nothing_differs() -> None:
    p = np.linspace(0.1, 0.9, 40)
    assert measure_class("x", p, (p > 0.5) * 1.0, np.ones(40), 0.95).line is None
    assert measure_class("x", np.full(40, 0.5), (p > 0.5) * 1.0, np.ones(40), 0.95).line is None
    assert measure_class("x", p, np.ones(40), np.ones(40), 0.95).line is None


def p_value(
    p: np.ndarray, y: np.ndarray, weigh: Callable[[np.ndarray], np.ndarray] = np.ones_like
) -> float:
    w = weigh(p)
    return consistency(p, y, grouped(p, w), w, 0.9).p_value


@pytest.mark.parametrize("groups", [4096, 30])
@pytest.mark.parametrize("weigh", [np.ones_like, np.cos])
def test_the_band_and_the_test_hold_their_level(
    monkeypatch: pytest.MonkeyPatch, groups: int, weigh: Callable[[np.ndarray], np.ndarray]
) -> None:
    """Of 60 calibrated models few are called miscalibrated; one much sharper always is."""
    monkeypatch.setattr("lossctl.calibration.consistency.MOST", 99)
    monkeypatch.setattr("lossctl.calibration.consistency.MOST_GROUPS", groups)
    small = [p_value(*model(120, seed), weigh) < 0.1 for seed in range(60)]
    assert 0 <= sum(small) <= 14  # 6 expected; more than 14 in one of 1,000 runs
    assert p_value(*model(400, 7, 3.0), weigh) == 1 / (1 + samples_for(400))


def test_rows_drawn_together_have_the_band_of_rows_drawn_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    p, y = model(3000, 12)
    w = np.ones(3000)
    alone = consistency(p, y, grouped(p, w), w, 0.9)
    monkeypatch.setattr("lossctl.calibration.consistency.MOST_GROUPS", 300)
    together = consistency(p, y, grouped(p, w), w, 0.9)
    for ends in ("low", "high"):
        there = np.interp(alone.scores, together.scores, getattr(together, ends))
        assert np.abs(there - getattr(alone, ends))[5:-5].max() < 0.04
    assert together.p_value == pytest.approx(alone.p_value, abs=0.08)


def test_the_band_is_the_same_in_every_run_and_holds_the_diagonal() -> None:
    p, y = model(300, 8)
    first, second = (measure_class("x", p, y, np.ones(300), 0.95) for _ in range(2))
    np.testing.assert_array_equal(first.band.low, second.band.low)
    inner = (first.band.scores > 0.1) & (first.band.scores < 0.9)
    assert (first.band.low[inner] <= first.band.scores[inner]).all()
    assert (first.band.high[inner] >= first.band.scores[inner]).all()
    assert (first.band.low <= first.band.high).all()
