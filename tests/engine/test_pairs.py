"""Two models by every method, on units of every kind; expected numbers are NumPy's and SciPy's."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

import lossctl
from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array

RNG = np.random.default_rng(29)
TARGETS = RNG.normal(size=12)
OLD = TARGETS + RNG.normal(size=12)
NEW = TARGETS + 0.8 * RNG.normal(size=12) + 0.1
WEIGHTS = 1.0 + 0.25 * np.arange(12)
CLUSTERS = np.repeat(np.arange(6), [1, 3, 2, 2, 1, 3])


def compared(old: Any, new: Any, targets: Any, loss: Any = "mse", **more: Any) -> Any:
    """Return the one comparison of two models."""
    (found,) = lossctl.compare(old, new, targets=targets, loss=loss, **more).comparisons
    return found


def squares(model: Array, targets: Array = TARGETS) -> Array:
    return (model - targets) ** 2


DIFFERENCES = squares(NEW) - squares(OLD)


def exact_p_value(values: Any, observed: float) -> float:
    """Return the share of swaps that are as extreme as what was observed."""
    return float(np.mean(np.abs(values) >= abs(observed) * (1 - 1e-12)))


def test_all_swaps_of_a_mean() -> None:
    found = compared(OLD, NEW, TARGETS, method="permutation")
    signs = np.array(list(product([1, -1], repeat=12)))
    wanted = exact_p_value(signs @ DIFFERENCES, DIFFERENCES.sum())
    assert found.p_value == pytest.approx(wanted, rel=1e-12)
    assert found.difference == pytest.approx(DIFFERENCES.mean(), rel=1e-12)


def test_all_swaps_of_a_weighted_mean() -> None:
    found = compared(OLD, NEW, TARGETS, method="permutation", weights=WEIGHTS)
    signs = np.array(list(product([1, -1], repeat=12)))
    weighted = WEIGHTS * DIFFERENCES
    wanted = exact_p_value(signs @ weighted, weighted.sum())
    assert found.p_value == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_all_swaps_of_whole_clusters(weighted: bool) -> None:
    """Six clusters have 64 swaps; the interval holds the shifts that are not rejected."""
    weights = WEIGHTS if weighted else np.ones(12)
    more = {"weights": weights} if weighted else {}
    found = compared(OLD, NEW, TARGETS, method="permutation", cluster_by=CLUSTERS, **more)
    sums = np.bincount(CLUSTERS, weights * DIFFERENCES)
    sizes = np.bincount(CLUSTERS, weights)
    signs = np.array(list(product([1, -1], repeat=6)))
    assert found.p_value == pytest.approx(exact_p_value(signs @ sums, sums.sum()), rel=1e-12)
    for limit, inside in zip(found.interval, (1, -1), strict=True):
        for step, rejected in ((1e-6, False), (-1e-6, True)):
            shifted = sums - (limit + inside * step) * sizes
            p = exact_p_value(signs @ shifted, shifted.sum())
            assert (p <= 0.05 + 1e-9) is rejected


LABELS = (RNG.random(12) < 0.5).astype(float)
FIRST = np.clip(0.6 * LABELS + 0.2 + 0.2 * RNG.normal(size=12), 0.02, 0.98)
SECOND = np.clip(0.5 * LABELS + 0.2 + 0.2 * RNG.normal(size=12), 0.02, 0.98)


def soft_dice(scores: Array, labels: Array) -> Any:
    """Return the Dice loss with its smoothing of 1e-6, along the last axis."""
    overlap = 2 * (scores * labels).sum(-1) + 1e-6
    return 1 - overlap / (scores.sum(-1) + labels.sum(-1) + 1e-6)


def contributions(scores: Array, labels: Array) -> Array:
    """Return what each item adds to the Dice loss: the derivative by its sums, times them."""
    above, below = 2 * (scores * labels).sum() + 1e-6, scores.sum() + labels.sum() + 1e-6
    own, size = 2 * scores * labels, scores + labels
    parts = -own / below + above / below**2 * size
    return parts - parts.mean()


def test_all_swaps_of_a_function_of_sums() -> None:
    """A swap exchanges the sums of whole items."""
    found = compared(FIRST, SECOND, LABELS, "dice", method="permutation")
    swaps = np.array(list(product([False, True], repeat=12)))
    values = soft_dice(np.where(swaps, FIRST, SECOND), LABELS) - soft_dice(
        np.where(swaps, SECOND, FIRST), LABELS
    )
    observed = soft_dice(SECOND, LABELS) - soft_dice(FIRST, LABELS)
    assert found.difference == pytest.approx(observed, rel=1e-12)
    assert found.p_value == pytest.approx(exact_p_value(values, observed), rel=1e-12)
    alone = [soft_dice(model[:, None], LABELS[:, None]) for model in (FIRST, SECOND)]
    better = (alone[1] < alone[0]).sum(), (alone[1] == alone[0]).sum()
    assert (found.wins, found.ties) == better


@pytest.mark.parametrize("loss", ["mse", "dice"])
@pytest.mark.parametrize("clusters", [None, "pairs"])
@pytest.mark.parametrize("method", ["bootstrap", "permutation"])
def test_resampling_of_many_rows_is_near_the_delta_method(
    loss: str, clusters: str | None, method: str
) -> None:
    rng = np.random.default_rng(3)
    targets = (rng.random(400) < 0.4).astype(float)
    old = np.clip(0.5 * targets + rng.uniform(0.0, 0.5, size=400), 0.0, 1.0)
    new = np.clip(old + rng.normal(scale=0.1, size=400), 0.0, 1.0)
    more: dict[str, Any] = {"cluster_by": np.arange(400) // 2} if clusters else {}
    smooth = compared(old, new, targets, loss, **more)
    drawn = compared(old, new, targets, loss, method=method, replicates=2000, seed=4, **more)
    assert drawn.difference == smooth.difference
    width, wanted = np.diff(drawn.interval)[0], np.diff(smooth.interval)[0]
    assert width == pytest.approx(wanted, rel=0.1)
    assert drawn.p_value == pytest.approx(smooth.p_value, abs=0.05)
    again = compared(old, new, targets, loss, method=method, replicates=2000, seed=5, **more)
    assert again.p_value != drawn.p_value or again.interval != drawn.interval


def test_clusters_of_a_function_of_sums() -> None:
    """The error of a Dice loss, from what each cluster contributes to it."""
    found = compared(FIRST, SECOND, LABELS, "dice", cluster_by=CLUSTERS)
    parts = contributions(SECOND, LABELS) - contributions(FIRST, LABELS)
    by_cluster = np.bincount(CLUSTERS, parts)
    error = np.sqrt(6 / 5 * (by_cluster**2).sum())
    difference = soft_dice(SECOND, LABELS) - soft_dice(FIRST, LABELS)
    half = stats.t.ppf(0.975, 5) * error
    np.testing.assert_allclose(found.interval, [difference - half, difference + half], rtol=1e-6)


def newey_west(influence: Array) -> float:
    """Return the error of a sum of 12 contributions by Bartlett weights up to lag 4."""
    total = influence @ influence
    for step in range(1, 5):
        total += 2 * (1 - step / 5) * (influence[step:] @ influence[:-step])
    return float(np.sqrt(total * 12 / 11))


@pytest.mark.parametrize("options", [{}, {"reduction": "sum"}, {"weights": WEIGHTS}], ids=str)
def test_rows_in_the_order_of_time(options: dict[str, Any]) -> None:
    """The interval is the difference ± t(3.6) Newey-West errors."""
    found = compared(OLD, NEW, TARGETS, serial=True, **options)
    weights = options.get("weights", np.ones(12))
    divisor = 1.0 if "reduction" in options else weights.sum()
    difference = (weights * DIFFERENCES).sum() / divisor
    center = difference if "weights" in options else DIFFERENCES.mean()
    half = stats.t.ppf(0.975, 1.5 * 12 / 5) * newey_west(weights * (DIFFERENCES - center) / divisor)
    np.testing.assert_allclose(found.interval, [difference - half, difference + half], rtol=1e-9)
    of_sums = compared(FIRST, SECOND, LABELS, "dice", serial=True)
    error = newey_west(contributions(SECOND, LABELS) - contributions(FIRST, LABELS))
    half = stats.t.ppf(0.975, 1.5 * 12 / 5) * error
    assert np.diff(of_sums.interval)[0] == pytest.approx(2 * half, rel=1e-6)


@pytest.mark.parametrize("mean_by", ["weights", "items"])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_means_and_sums_by_weights_and_items(mean_by: str, reduction: str) -> None:
    """A weighted mean divides by weights, that of items by their number, a sum by nothing."""
    if reduction == "sum" and mean_by == "items":
        pytest.skip("a sum divides by nothing")
    options = {"weights": WEIGHTS, "mean_by": mean_by, "reduction": reduction}
    divisor = {"weights": WEIGHTS.sum(), "items": 12.0}[mean_by] if reduction == "mean" else 1.0
    found = compared(OLD, NEW, TARGETS, **options)
    weighted = WEIGHTS * DIFFERENCES
    difference = weighted.sum() / divisor
    assert found.difference == pytest.approx(difference, rel=1e-12)
    assert found.baseline_value == pytest.approx((WEIGHTS * squares(OLD)).sum() / divisor)
    if (mean_by, reduction) == ("weights", "mean"):
        influence = WEIGHTS * (DIFFERENCES - difference) / divisor
    else:
        influence = (weighted - weighted.mean()) / divisor
    error = np.sqrt(12 / 11 * (influence**2).sum())
    half = stats.t.ppf(0.975, 11) * error
    np.testing.assert_allclose(found.interval, [difference - half, difference + half], rtol=1e-9)
    unpaired = compared(OLD, NEW, [TARGETS] * 2, unpaired=True, mean_by=mean_by,
                        reduction=reduction)  # fmt: skip
    if reduction == "mean":
        wanted = stats.ttest_ind(squares(NEW), squares(OLD), equal_var=False)
        assert unpaired.p_value == pytest.approx(wanted.pvalue, rel=1e-9)


def test_functions_of_other_rows_are_compared_by_welch() -> None:
    """Of 12 items and of 9: the error of each Dice loss, and Satterthwaite's freedom."""
    found = compared(FIRST, SECOND[:9], [LABELS, LABELS[:9]], "dice", unpaired=True)
    values, variances = [], []
    for model in (FIRST, SECOND[:9]):
        n = len(model)
        values.append(soft_dice(model, LABELS[:n]))
        variances.append(n / (n - 1) * (contributions(model, LABELS[:n]) ** 2).sum())
    df = sum(variances) ** 2 / (variances[0] ** 2 / 11 + variances[1] ** 2 / 8)
    statistic = (values[1] - values[0]) / np.sqrt(sum(variances))
    assert found.difference == pytest.approx(values[1] - values[0], rel=1e-12)
    assert found.p_value == pytest.approx(2 * special.stdtr(df, -abs(statistic)), rel=1e-6)
    assert found.wins is None


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"unpaired": True, "method": "bootstrap"}, "is Welch's t test"),
        ({"unpaired": True, "cluster_by": CLUSTERS}, "is Welch's t test"),
        ({"serial": True, "method": "permutation"}, "is Newey and West's method"),
        ({"serial": True, "cluster_by": CLUSTERS}, "is Newey and West's method"),
        ({"loss": "dice", "method": "t"}, "dice is a function of sums and no mean"),
        ({"reduction": "none"}, "nothing to compare: every item has a value of its own"),
    ],
)
def test_what_does_not_suit_is_refused(more: dict[str, Any], message: str) -> None:
    targets = [TARGETS] * 2 if "unpaired" in more else TARGETS
    with pytest.raises(UsageError, match=message):
        compared(OLD, NEW, targets, **more)


def test_one_row_cannot_be_compared() -> None:
    with pytest.raises(UsageError, match="mse: nothing to compare: there is one item"):
        compared(OLD[:1], NEW[:1], TARGETS[:1])
    scores, relevance = RNG.normal(size=(2, 4)), [2.0, 1.0, 0.0, 0.0]
    with pytest.raises(UsageError, match="of one list, whose items depend on each other"):
        compared(scores[0], scores[1], relevance, "listnet")


@pytest.mark.parametrize(("loss", "hole"), [("mse", 4), ("dice", 4), ("bce", 5), ("huber", 0)])
def test_models_that_leave_out_other_rows_are_refused(loss: str, hole: int) -> None:
    """Whether as many are left out of both or not: pairs would be of different rows."""
    first, second = FIRST.copy(), SECOND.copy()
    second[hole] = np.nan
    with pytest.raises(DataError, match=f"item {hole} counts for one of them alone; leave rows"):
        compared(first, second, LABELS, loss, nan="omit")
    first[8] = np.nan
    with pytest.raises(DataError, match=f"item {hole} counts for one of them alone; leave rows"):
        compared(first, second, LABELS, loss, nan="omit")
    second[[hole, 8]] = 0.5, np.nan
    rows = np.arange(12) != 8
    found = compared(first, second, LABELS, loss, nan="omit")
    alone = compared(first[rows], second[rows], LABELS[rows], loss)
    assert found.difference == pytest.approx(alone.difference, rel=1e-12)
    np.testing.assert_allclose(found.interval, alone.interval, rtol=1e-9)
    assert found.n == alone.n == 11


def test_labels_of_a_row_that_are_left_out_are_the_same() -> None:
    """Rows of three labels each lack one: the same rows count, but other items."""
    labels = np.reshape(LABELS, (4, 3))
    first, second = np.reshape(FIRST, (4, 3)).copy(), np.reshape(SECOND, (4, 3)).copy()
    first[2, 0] = second[2, 1] = np.nan
    with pytest.raises(DataError, match="holds NaN at other places than the baseline"):
        compared(first, second, labels, "bce", task="multilabel", nan="omit")
    second[1, 1] = np.nan
    with pytest.raises(DataError, match=r"10 of .* count, and 11 of the baseline"):
        compared(first, second, labels, "bce", task="multilabel", nan="omit")


METHODS_OF_MEANS: list[dict[str, Any]] = [
    {},
    {"method": "bootstrap", "replicates": 50},
    {"method": "permutation", "replicates": 50},
    {"serial": True},
    {"cluster_by": CLUSTERS},
    {"cluster_by": CLUSTERS, "method": "bootstrap", "replicates": 50},
    {"cluster_by": CLUSTERS, "method": "permutation"},
    {"unpaired": True},
    {"by": {"part": np.arange(12) % 2}, "min_size": 2},
]


@pytest.mark.parametrize("more", METHODS_OF_MEANS, ids=lambda more: "-".join(map(str, more)))
@pytest.mark.parametrize("stray", [1e153, 1e160, np.inf, np.nan])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_losses_beyond_all_floats_say_nothing(
    stray: float, more: dict[str, Any], reduction: str
) -> None:
    """No warning, and no p-value of a difference that is no number."""
    model = np.where(np.arange(12) == 3, stray, NEW)
    targets: Any = [TARGETS] * 2 if "unpaired" in more else TARGETS
    found = compared(OLD, model, targets, nan="propagate", reduction=reduction, **more)
    if stray == 1e153:
        divisor = 12 if reduction == "mean" else 1
        assert found.difference == pytest.approx(1e306 / divisor, rel=1e-12)
    else:
        assert not np.isfinite(found.difference)
        assert found.p_value is None
        assert found.verdict == "undecided"


def test_variances_whose_squares_leave_the_range() -> None:
    """Welch's test does not depend on the unit of the losses."""
    first, second = np.abs(OLD), np.abs(NEW)
    wanted = stats.ttest_ind(second, first, equal_var=False).pvalue
    for unit in (1.0, 2.0**500, 2.0**-500):
        found = compared(first * unit, second * unit, [np.zeros(12)] * 2, "mae", unpaired=True)
        assert found.p_value == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("loss", ["dice", "perplexity"])
def test_samples_in_the_order_of_time(loss: str) -> None:
    """Each sample has a value of its own; those follow each other."""
    if loss == "dice":
        labels = (RNG.random((12, 2, 3)) < 0.5).astype(float)
        models = RNG.random((2, 12, 2, 3))
        overlap = 2 * (models * labels).sum((2, 3)) + 1e-6
        first, second = 1 - overlap / (models.sum((2, 3)) + labels.sum((1, 2)) + 1e-6)
    else:
        labels, models = RNG.integers(0, 3, size=(12, 4)), RNG.normal(size=(2, 12, 4, 3))
        given = np.take_along_axis(models, labels[None, ..., None], -1)[..., 0]
        first, second = np.exp((np.log(np.exp(models).sum(-1)) - given).mean(-1))
    found = compared(models[0], models[1], labels, loss, pooling="sample", serial=True)
    difference = (second - first).mean()
    half = stats.t.ppf(0.975, 1.5 * 12 / 5) * newey_west((second - first - difference) / 12)
    assert found.baseline_value == pytest.approx(first.mean(), rel=1e-12)
    assert found.difference == pytest.approx(difference, rel=1e-12)
    np.testing.assert_allclose(found.interval, [difference - half, difference + half], rtol=1e-9)


def test_slices_of_a_function_of_sums() -> None:
    """The Dice loss of the rows of each slice, and its error by the delta method."""
    parts = np.repeat(["a", "b", "c"], [6, 5, 1])
    answer = lossctl.compare(
        FIRST, SECOND, targets=LABELS, loss="dice", by={"part": parts}, min_size=2
    )
    assert {one.name for one in answer.slices[0]} == {"a", "b"}  # one row has no spread
    for one in answer.slices[0]:
        rows = parts == one.name
        p, q, t = FIRST[rows], SECOND[rows], LABELS[rows]
        found, n = one.comparison, rows.sum()
        assert found.difference == pytest.approx(soft_dice(q, t) - soft_dice(p, t), rel=1e-9)
        spread = contributions(q, t) - contributions(p, t)
        half = stats.t.ppf(0.975, n - 1) * np.sqrt(n / (n - 1) * (spread**2).sum())
        assert np.diff(found.interval)[0] == pytest.approx(2 * half, rel=1e-5)


def test_a_function_of_the_sums_of_each_item() -> None:
    """CTC divides each sequence by its length: its items have values of their own."""
    frames = RNG.normal(size=(2, 7, 6, 4))
    symbols = RNG.integers(1, 4, (6, 2))
    alone = [
        np.array([lossctl.compute("ctc", model[:, [n]], symbols[[n]]).value for n in range(6)])
        for model in frames
    ]
    found = compared(frames[0], frames[1], symbols, "ctc")
    assert (found.wins, found.losses) == ((alone[1] < alone[0]).sum(), (alone[1] > alone[0]).sum())
    values = [lossctl.compute("ctc", model, symbols).value for model in frames]
    assert found.baseline_value == pytest.approx(values[0], rel=1e-12)
    assert found.difference == pytest.approx(values[1] - values[0], rel=1e-9)
    apart = compared(frames[0], frames[1], [symbols] * 2, "ctc", unpaired=True)
    assert apart.difference == pytest.approx(values[1] - values[0], rel=1e-9)


@pytest.mark.parametrize(
    "more", [{"by": {"side": CLUSTERS}, "min_size": 1}, {"cluster_by": CLUSTERS}]
)
def test_losses_of_other_units_have_slices_and_clusters_of_their_own(more: dict[str, Any]) -> None:
    """A row of lists (12, 2, 3) is one unit of mae and two of listnet, which a column has not."""
    models, targets = RNG.normal(size=(2, 12, 2, 3)), RNG.random((12, 2, 3))
    for loss in (["mae", "listnet"], ["listnet", "mae"]):
        with pytest.raises(DataError, match="12 values for 24 rows; give one per row"):
            lossctl.compare(*models, targets=targets, loss=loss, **more)
    flat = models.reshape(2, 12, 6)
    together = lossctl.compare(
        *flat, targets=targets.reshape(12, 6), loss=["mae", "listnet"], **more
    )
    for at, loss in enumerate(["mae", "listnet"]):
        alone = lossctl.compare(*flat, targets=targets.reshape(12, 6), loss=loss, **more)
        (found,) = alone.comparisons
        assert together.comparisons[at].interval == found.interval


@pytest.mark.parametrize("method", ["auto", "permutation"])
def test_one_model_of_probabilities_and_one_of_logits(method: str) -> None:
    """Either may be the baseline; the logits are those of the same probabilities."""
    logits = np.log(SECOND / (1 - SECOND))
    same = compared(FIRST, SECOND, LABELS, "dice_cross_entropy", method=method)
    mixed = compared(FIRST, logits, LABELS, "dice_cross_entropy", method=method)
    turned = compared(logits, FIRST, LABELS, "dice_cross_entropy", method=method)
    assert mixed.difference == pytest.approx(same.difference, rel=1e-9)
    assert turned.difference == pytest.approx(-same.difference, rel=1e-9)
    assert mixed.p_value == pytest.approx(same.p_value, rel=1e-6)
    assert turned.p_value == pytest.approx(same.p_value, rel=1e-6)
