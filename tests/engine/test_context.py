"""What a value is compared with: chance, the best constant prediction, perplexity, variance.

Right values are by hand, or SciPy's minimum of a formula written here.
"""

from collections.abc import Callable
from math import exp, lgamma, log, pi
from typing import Any, TypeAlias

import numpy as np
import pytest
from scipy.optimize import minimize, minimize_scalar

import lossctl

LOGITS = np.array([[2.0, -1.0], [0.5, 0.25], [-0.5, 1.5], [0.0, -3.0]])
CLASSES = [0, 0, 0, 1]  # shares ¾ and ¼
ENTROPY = -(0.75 * log(0.75) + 0.25 * log(0.25))
SCORES = [2.0, -1.0, 0.5, -0.25]
LABELS = [1.0, 0.0, 0.0, 0.0]


def context(loss: str, *arrays: Any, **given: Any) -> tuple[float, dict[str, float]]:
    result = lossctl.compute(loss, *arrays, context=True, **given)
    return float(result.value), dict(result.context)


def log_softmax(logits: np.ndarray) -> np.ndarray:
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


@pytest.mark.parametrize(
    ("loss", "scores", "given"),
    [
        ("cross_entropy", LOGITS, {}),
        ("cross_entropy", np.exp(log_softmax(LOGITS)), {"input": "probabilities"}),
        ("nll", log_softmax(LOGITS), {}),
        ("focal", LOGITS, {"gamma": 0.0, "alpha": None, "input": "logits"}),
        ("poly1", LOGITS, {"epsilon": 0.0}),
    ],
)
def test_a_plain_surprise_has_perplexity_and_bits(loss: str, scores: Any, given: Any) -> None:
    value, found = context(loss, scores, CLASSES, **given)
    assert found == pytest.approx(
        {
            "chance": log(2),
            "constant": ENTROPY,
            "bits": value / log(2),
            "perplexity": exp(value),
        },
        rel=1e-12,
    )


def test_ignored_tokens_do_not_count() -> None:
    tokens = np.array([[0, 0, -100], [0, 1, -100]])
    logits = np.zeros((2, 3, 2))
    logits[0, 0, 0] = -1.0
    assert context("cross_entropy", logits, tokens, class_axis=-1)[1]["constant"] == pytest.approx(
        ENTROPY, rel=1e-12
    )


def entropy(*masses: float) -> float:
    """−Σ m·log(m / Σ m): the least a sum of masses times −log p can be."""
    return -sum(m * log(m / sum(masses)) for m in masses if m)


@pytest.mark.parametrize(
    ("loss", "given", "chance", "constant"),
    [
        # smoothed shares are 0.8·¾ + 0.1 and 0.8·¼ + 0.1
        ("cross_entropy", {"label_smoothing": 0.2}, log(2), entropy(0.7, 0.3)),
        ("cross_entropy", {"class_weights": [1.0, 3.0]}, log(2), log(2)),  # shares become even
        ("nll", {"class_weights": [1.0, 3.0]}, log(2), log(2)),
        (
            "cross_entropy",
            {"class_weights": [1.0, 5.0], "label_smoothing": 0.2},
            log(2) * (0.7 + 5 * 0.3) / (0.75 + 5 * 0.25),
            entropy(0.7, 5 * 0.3) / (0.75 + 5 * 0.25),
        ),
    ],
)
def test_log_losses_are_held_against_what_they_reward(
    loss: str, given: Any, chance: float, constant: float
) -> None:
    """No perplexity: the mean is not the negative log-likelihood of the labels."""
    scores = log_softmax(LOGITS) if loss == "nll" else LOGITS
    found = context(loss, scores, CLASSES, **given)[1]
    wanted = {"chance": chance, "constant": constant}
    assert {n: found[n] for n in wanted} == pytest.approx(wanted, rel=1e-12)
    assert "shares" not in found
    assert "perplexity" not in found


def test_soft_rows_weighed_class_by_class() -> None:
    """Cross-entropy weighs −log p of each class, not the row: masses are w_c·t_c."""
    rows = np.array([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7], [1.0, 0.0]])  # means 0.7 and 0.3
    found = context("cross_entropy", LOGITS, rows, class_weights=[1.0, 5.0])[1]
    wanted = {"chance": log(2), "constant": entropy(0.7, 1.5) / 2.2}
    assert found == pytest.approx(wanted, rel=1e-12)


ABSENT = [0, 0, 1, 1]  # of three classes the last never occurs


@pytest.mark.parametrize("kind", ["logits", "probabilities"])
@pytest.mark.parametrize(
    ("loss", "given", "masses"),
    [
        ("cross_entropy", {}, [0.5, 0.5, 0.0]),
        ("cross_entropy", {"label_smoothing": 0.1}, [0.45 + 0.1 / 3, 0.45 + 0.1 / 3, 0.1 / 3]),
        ("focal", {"gamma": 0.0, "alpha": None}, [0.5, 0.5, 0.0]),
    ],
)
def test_a_class_that_never_occurs_makes_nothing_huge(
    loss: str, given: Any, masses: list[float], kind: str
) -> None:
    scores = np.full((4, 3), 1 / 3) if kind == "probabilities" else np.zeros((4, 3))
    found = context(loss, scores, ABSENT, input=kind, **given)[1]
    assert found["chance"] == pytest.approx(log(3), rel=1e-12)
    assert found["constant"] == pytest.approx(entropy(*masses), rel=1e-12)


@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 0.0, 5.0, 1.0, 3.0]])
@pytest.mark.parametrize("class_weights", [None, [1.0, 4.0, 2.0]])
@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize(
    "case",
    [
        ("focal", {"gamma": 2.0, "alpha": 0.25}, lambda p: 0.25 * (1 - p) ** 2 * -np.log(p)),
        ("focal", {"gamma": 0.5, "alpha": None}, lambda p: (1 - p) ** 0.5 * -np.log(p)),
        (
            "focal",
            {"gamma": 1.0, "alpha": [0.2, 0.9, 0.5]},
            lambda p: np.array([0.2, 0.9, 0.5]) * (1 - p) * -np.log(p),
        ),
        ("poly1", {"epsilon": 2.0}, lambda p: 2 * (1 - p) - np.log(p)),
        ("poly1", {"epsilon": -0.9}, lambda p: -0.9 * (1 - p) - np.log(p)),
    ],
)
def test_rows_of_classes_against_scipy(
    case: tuple[str, Any, Callable[[Any], Any]],
    soft: bool,
    class_weights: list[float] | None,
    weights: list[float] | None,
) -> None:
    """Class weights weigh a row by its class, or by their mean over a soft row."""
    loss, given, cost = case
    rows = np.eye(3)[[0, 0, 0, 1, 1, 2]]
    if soft:
        rows = 0.8 * rows + 0.2 * np.array([0.5, 0.3, 0.2])
    own = rows @ np.array(class_weights or [1.0, 1.0, 1.0])
    own = own * np.array(weights or [1.0] * 6)
    masses = (own[:, None] * rows).sum(axis=0) / own.sum()

    def mean(logits: Any) -> float:
        shares = np.exp(logits - np.max(logits))
        shares = np.clip(shares / shares.sum(), 1e-12, 1 - 1e-12)
        return float(masses @ (cost(shares) * np.ones(3)))

    starts = (np.zeros(3), np.log(masses))
    exact = {"method": "Nelder-Mead", "options": {"xatol": 1e-10, "fatol": 1e-15, "maxiter": 9999}}
    best = min(float(minimize(mean, start, **exact).fun) for start in starts)
    targets = rows if soft else rows.argmax(axis=1)
    options = {"class_weights": class_weights, "weights": weights, "task": "multiclass"}
    for kind, scores in {
        "probabilities": np.full((6, 3), 1 / 3),
        "logits": np.zeros((6, 3)),
    }.items():
        found = context(loss, scores, targets, input=kind, **options, **given)[1]
        assert found["chance"] == pytest.approx(mean(np.zeros(3)), rel=1e-12), kind
        assert found["constant"] == pytest.approx(best, rel=1e-8), kind
        assert found.get("shares", best) == pytest.approx(mean(np.log(masses)), rel=1e-5), kind


def sigmoid(z: float) -> float:
    return 1 / (1 + exp(-z))


Binary: TypeAlias = tuple[str, dict[str, Any], Callable[[float], float], Callable[[float], float]]

BINARY: list[Binary] = [
    ("focal", {}, lambda p: 0.25 * (1 - p) ** 2 * -log(p), lambda p: 0.75 * p**2 * -log(1 - p)),
    (
        "focal",
        {"gamma": 5.0, "alpha": None},
        lambda p: (1 - p) ** 5 * -log(p),
        lambda p: p**5 * -log(1 - p),
    ),
    (
        "asymmetric",
        {},
        lambda p: (1 - p) * -log(p),
        lambda p: max(p - 0.05, 0) ** 4 * -log(1 - max(p - 0.05, 0)),
    ),
    ("poly1", {"epsilon": 1.5}, lambda p: -log(p) + 1.5 * (1 - p), lambda p: -log(1 - p) + 1.5 * p),
    ("bce_with_logits", {"pos_weight": 5.0}, lambda p: -5 * log(p), lambda p: -log(1 - p)),
    (
        "bce_with_logits",
        {"label_smoothing": 0.2},
        lambda p: -0.9 * log(p) - 0.1 * log(1 - p),
        lambda p: -0.1 * log(p) - 0.9 * log(1 - p),
    ),
    ("bce", {}, lambda p: -log(p), lambda p: -log(1 - p)),
]


@pytest.mark.parametrize("kind", ["logits", "probabilities"])
@pytest.mark.parametrize("class_weights", [None, [1.0, 3.0]])
@pytest.mark.parametrize("labels", [[1.0, 0.0, 0.0, 0.0, 0.0], [0.9, 0.2, 0.4, 0.0, 0.1]])
@pytest.mark.parametrize("case", BINARY)
def test_labels_against_scipy(
    case: Binary, labels: list[float], class_weights: list[float] | None, kind: str
) -> None:
    loss, given, positive, negative = case
    targets = np.array(labels)
    low, high = class_weights or [1.0, 1.0]
    own = low + (high - low) * targets
    ones = float(own @ targets / own.sum())

    def mean(z: float) -> float:
        return ones * positive(sigmoid(z)) + (1 - ones) * negative(sigmoid(z))

    best = minimize_scalar(mean, bounds=(-20, 20), method="bounded", options={"xatol": 1e-10}).fun
    scores = np.full(5, 0.5) if kind == "probabilities" else np.zeros(5)
    options = {"input": kind, "class_weights": class_weights}
    found = context(loss, scores, targets, **options, **given)[1]
    assert found["chance"] == pytest.approx(mean(0.0), rel=1e-12)
    assert found["constant"] == pytest.approx(best, rel=1e-9)


def test_one_against_the_rest_is_a_label_for_each_class() -> None:
    """Half of the items have each of two classes, none the third, which then costs nothing."""
    given = {"classes": "one_vs_rest", "gamma": 0.0, "alpha": None}
    for kind, scores in (("logits", np.zeros((4, 3))), ("probabilities", np.full((4, 3), 1 / 3))):
        found = context("focal", scores, ABSENT, input=kind, **given)[1]
        wanted = {"chance": 3 * log(2), "constant": 2 * log(2)}
        assert found == pytest.approx(wanted, rel=1e-12)


def test_what_focal_rewards_is_not_the_truth() -> None:
    """True probabilities cost more than one half does; both are said."""
    truth = np.array([0.1] * 10)
    labels = [1.0] + [0.0] * 9
    given = {"gamma": 5.0, "alpha": 0.9, "input": "probabilities"}
    value, found = context("focal", truth, labels, **given)
    hits, misses = 0.1 * 0.9 * 0.9**5 * -log(0.1), 0.9 * 0.1 * 0.1**5 * -log(0.9)
    assert value == pytest.approx(hits + misses, rel=1e-12)
    assert found["shares"] == pytest.approx(value, rel=1e-12)
    assert found["chance"] == pytest.approx((0.1 * 0.9 + 0.9 * 0.1) * log(2) / 32, rel=1e-12)
    assert found["constant"] <= found["chance"] < found["shares"]


@pytest.mark.parametrize("loss", ["bce_with_logits", "soft_margin"])
def test_binary_labels(loss: str) -> None:
    value, found = context(loss, SCORES, LABELS)
    wanted = {"chance": log(2), "constant": ENTROPY, "bits": value / log(2)}
    assert found == pytest.approx(wanted, rel=1e-12)


def test_weights_move_the_shares() -> None:
    found = context("bce_with_logits", SCORES, LABELS, weights=[3.0, 1.0, 1.0, 1.0])[1]
    assert found["constant"] == pytest.approx(log(2), rel=1e-12)
    assert context("mse", SCORES, LABELS, weights=[1, 1, 0, 0])[1] == {"target_variance": 0.25}


def test_several_labels_have_their_own_shares() -> None:
    """The first label is never true, so predicting that costs nothing."""
    targets = np.array([[0.0, 1.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    found = context("bce_with_logits", LOGITS, targets, task="multilabel")[1]
    assert found["chance"] == pytest.approx(log(2), rel=1e-12)
    assert found["constant"] == pytest.approx(ENTROPY / 2, rel=1e-12)


VALUES: list[tuple[str, dict[str, Any], Callable[[float, Any], Any]]] = [
    ("mae", {}, lambda c, t: np.abs(c - t)),
    ("quantile", {"q": 0.9}, lambda c, t: np.maximum(0.9 * (t - c), 0.1 * (c - t))),
    ("quantile", {"q": 1.0}, lambda c, t: np.maximum(t - c, 0)),
    ("expectile", {"tau": 0.8}, lambda c, t: np.where(t > c, 0.8, 0.2) * (t - c) ** 2),
    (
        "huber",
        {"delta": 0.5},
        lambda c, t: np.where(
            np.abs(c - t) < 0.5, 0.5 * (c - t) ** 2, 0.5 * (np.abs(c - t) - 0.25)
        ),
    ),
    (
        "smooth_l1",
        {"beta": 2.0},
        lambda c, t: np.where(np.abs(c - t) < 2, 0.25 * (c - t) ** 2, np.abs(c - t) - 1),
    ),
    ("pseudo_huber", {"delta": 1.0}, lambda c, t: np.sqrt(1 + (c - t) ** 2) - 1),
    ("log_cosh", {}, lambda c, t: np.log(np.cosh(c - t))),
    ("barron", {"alpha": 1.0}, lambda c, t: np.sqrt(1 + (c - t) ** 2) - 1),
    ("msle", {}, lambda c, t: (np.log1p(c) - np.log1p(t)) ** 2),
    ("mape", {}, lambda c, t: np.abs(c - t) / t),
    ("mape", {"percent": True}, lambda c, t: 100 * np.abs(c - t) / t),
    ("poisson_nll", {"log_input": False, "epsilon": 0.25}, lambda c, t: c - t * np.log(c + 0.25)),
    ("poisson_nll", {}, lambda c, t: c - t * np.log(c)),  # c is e^p
    (
        "poisson_nll",
        {"full": True},
        lambda c, t: c - t * np.log(c) + np.array([lgamma(each + 1) for each in t]),
    ),
    ("poisson_deviance", {}, lambda c, t: 2 * (t * np.log(t / c) - t + c)),
    ("gamma_deviance", {}, lambda c, t: 2 * (t / c - 1 - np.log(t / c))),
    ("tweedie_deviance", {}, lambda c, t: 4 * (np.sqrt(t) - np.sqrt(c)) ** 2 / np.sqrt(c)),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("loss", "given", "cost"), VALUES)
def test_values_against_scipy(
    loss: str, given: dict[str, Any], cost: Callable[[float, Any], Any], weighted: bool, dtype: str
) -> None:
    rng = np.random.default_rng(5)
    targets = rng.gamma(2.0, 2.0, 300).astype(dtype)
    weights = rng.integers(0, 4, 300).astype(float) if weighted else None
    exact = targets.astype(float)

    def mean(c: float) -> float:
        return float(np.average(cost(c, exact), weights=weights))

    corners = [mean(float(each)) for each in exact]
    smooth = minimize_scalar(
        mean, bounds=(exact.min(), exact.max()), method="bounded", options={"xatol": 1e-12}
    )
    best = min(*corners, float(smooth.fun))
    found = context(loss, np.ones_like(targets), targets, weights=weights, **given)[1]
    assert found == pytest.approx({"constant": best}, rel=1e-9)


def test_a_gaussian_forecast_of_mean_and_variance() -> None:
    targets = np.array([1.0, 3.0, 5.0, 7.0])  # variance 5
    for full, more in ((False, 0.0), (True, 0.5 * log(2 * pi))):
        found = context("gaussian_nll", targets, np.ones(4), targets, full=full)[1]
        assert found == pytest.approx({"constant": 0.5 * (log(5) + 1) + more}, rel=1e-12)
    # a variance of 0 has a density of inf: nothing to compare with
    assert context("gaussian_nll", targets, np.ones(4), np.ones(4))[1] == {}


def test_targets_far_from_0_keep_their_digits() -> None:
    """Deviances of a mean are sums over blocks, in which nothing cancels: 2·(v/2m) a block."""
    targets = 1e6 + np.tile([-1.0, 1.0], 100_000)
    found = context("poisson_deviance", targets, targets)[1]
    assert found["constant"] == pytest.approx(1e-6, rel=1e-9)


def test_a_block_in_which_nothing_counts() -> None:
    """Gamma deviances of targets 1 and 3: 2·(t/2 − 1 − log(t/2)) each, those of weight 0 apart."""
    targets = np.concatenate([np.ones(100_000), np.full(100_000, 3.0), np.ones(400_000)])
    weights = np.concatenate([np.ones(200_000), np.zeros(400_000)])
    found = context("gamma_deviance", targets, targets, weights=weights)[1]
    assert found["constant"] == pytest.approx(-log(0.5) - log(1.5), rel=1e-12)


def test_only_zeros() -> None:
    zeros = np.zeros(4)
    assert context("poisson_nll", zeros, zeros)[1]["constant"] == pytest.approx(0.0, abs=1e-300)
    assert context("poisson_deviance", zeros + 1, zeros)[1]["constant"] == pytest.approx(
        0, abs=1e-300
    )
    assert context("mae", zeros + 1, zeros)[1] == {"constant": 0.0}


@pytest.mark.parametrize(
    ("loss", "given"),
    [
        ("cauchy", {}),  # these may have several minima, or none that is known
        ("student_t_nll", {}),
        ("smape", {}),
        ("barron", {"alpha": 0.5}),
    ],
)
def test_where_no_constant_is_known_there_is_none(loss: str, given: dict[str, Any]) -> None:
    assert context(loss, [1.0, 2.0], [3.0, 5.0], **given)[1] == {}


def test_a_search_ends_where_targets_would_not_fit_in_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lossctl.engine.best_constant.KEPT_AT_MOST", 3)
    assert context("mae", [1.0] * 3, [1.0, 2.0, 3.0])[1]["constant"] == pytest.approx(2 / 3)
    assert context("mae", [1.0] * 4, [1.0, 2.0, 3.0, 4.0])[1] == {}
    assert context("mse", [1.0] * 4, [1.0, 2.0, 3.0, 4.0])[1] == {"target_variance": 1.25}


@pytest.mark.parametrize(
    "loss", ["mae", "mape", "huber", "poisson_nll", "gamma_deviance", "focal", "bce_with_logits"]
)
def test_threads_change_no_bit(loss: str) -> None:
    rng = np.random.default_rng(1)
    size = 400_000
    labels = loss in {"focal", "bce_with_logits"}
    targets = rng.integers(0, 2, size) if labels else rng.gamma(2.0, 2.0, size).astype(np.float32)
    scores = rng.normal(size=size).astype(np.float32) if labels else targets + 1
    one, four = (context(loss, scores, targets, threads=threads)[1] for threads in (1, 4))
    assert one == four


def test_no_constant_is_better_and_chance_never_is() -> None:
    """Evaluating constants of every kind: none is below the one that is said."""
    rng = np.random.default_rng(2)
    classes = rng.choice(4, 500, p=[0.6, 0.3, 0.08, 0.02])
    for loss in ("cross_entropy", "focal", "poly1"):
        given = {"input": "probabilities"}
        given |= {} if loss == "cross_entropy" else {"task": "multiclass"}
        drawn = [np.tile(rng.dirichlet(np.ones(4)), (500, 1)) for _ in range(50)]
        said = context(loss, drawn[0], classes, **given)[1]
        least = min(lossctl.compute(loss, each, classes, **given).value for each in drawn)
        assert said["constant"] <= min(least, said["chance"])


def test_losses_without_a_level_have_none() -> None:
    assert context("hinge", SCORES, LABELS)[1] == {}
    result = lossctl.compute("bce_with_logits", SCORES, LABELS, context=True, reduction="sum")
    assert result.context == {}


def test_labels_of_either_sign_are_weighed_by_class() -> None:
    """Two positives of weight 3 and three negatives: the best constant says 6/9."""
    signs = [1.0, -1.0, 1.0, -1.0, -1.0]
    said = context("soft_margin", [0.3, -1.2, 2.0, 0.1, -0.4], signs, class_weights=[1.0, 3.0])[1]
    wanted = -(2 / 3) * log(2 / 3) - (1 / 3) * log(1 / 3)
    assert said["constant"] == pytest.approx(wanted, rel=1e-12)


def test_perplexity_needs_a_mean_for_its_context() -> None:
    scores = np.log([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.2, 0.2, 0.6]])
    assert context("perplexity", scores, [0, 1, 2])[1]["chance"] == 3.0
    summed = lossctl.compute("perplexity", scores, [0, 1, 2], context=True, reduction="none")
    assert summed.context == {}


def test_the_best_shares_of_two_classes() -> None:
    """Of three rows and one: the least of ¾·f(p) + ¼·f(1 − p), f the focal loss."""

    def mean(p: float) -> float:
        return -0.75 * (1 - p) ** 2 * log(p) - 0.25 * p**2 * log(1 - p)

    said = context("focal", LOGITS, CLASSES, alpha=None, task="multiclass", input="logits")[1]
    least = minimize_scalar(
        mean, bounds=(1e-9, 1 - 1e-9), method="bounded", options={"xatol": 1e-12}
    )
    assert said["constant"] == pytest.approx(least.fun, rel=1e-9)
    assert least.fun < 0.99 * mean(0.5)
