"""Law 8: huge and tiny magnitudes stay finite, and right, where the true answer is finite.

An answer counts as finite where every item loss is, and the differences it is made of are.
"""

import math

import numpy as np
import pytest
from mpmath import mpf

from lossctl.api import compute, gradient
from lossctl.core.loss import Array
from lossctl.testing.oracles import units
from tests.conformance._allowances import SUMS, sizes_of
from tests.conformance._exact import exact_items
from tests.conformance.cases import (
    Case,
    draw,
    each_case,
    run,
    slope,
    slopes,
    weight_shape,
    with_measured,
)

SIZES = {
    "float32": (3e38, 2e19, 1e-20, 1e-45),
    "float64": (1e308, 1e154, 1e-160, 5e-324),
}
SQUARED = {
    "mse": 1e154, "constraint_violation": 3e153, "rule_satisfaction": 1e154, "expectile": 1e154,
    "squared_hinge": 1e154, "gaussian_nll": 1e154, "custom": 1e154,
}  # fmt: skip
NEAR = {"float32": 3e-6, "float64": 1e-13}
LARGEST = mpf(float(np.finfo(np.float64).max))


def far_apart(case: Case, size: float, dtype: str) -> list[Array]:
    """Three items of one magnitude and either sign, right and wrong, one set of all three."""
    if case.form.axes == "item class":
        return [
            array if array.dtype.kind == "i" else array.astype(dtype)
            for array in _rows_far_apart(case, size)
        ]
    wanted = {
        "values": [size / 3, size / 4, 0.0],
        "labels": [1, 0, 1],
        "signs": [1, -1, 1],
        "soft": [0.5, 0.25, 1],
    }
    columns = [[size, -size, size / 2], *([1.0] * 3 for _ in case.inputs[1:])]
    if case.encoding in wanted:
        columns[-1] = wanted[case.encoding]
    for entry, column in zip(case.inputs, columns, strict=True):
        if entry.domain is not None and not all(number in entry.domain for number in column):
            least = float(np.finfo(dtype).smallest_subnormal)
            column[:] = [max(abs(number), least) for number in column]
    arrays = [np.array(column) for column in columns]
    if case.columns:
        arrays = [np.repeat(array[:, None], case.columns, axis=1) for array in arrays]
    return [array.astype(dtype) for array in arrays]


def _rows_far_apart(case: Case, size: float) -> list[Array]:
    rows = size * np.eye(case.columns)[[0, 1, 2]] - size * np.eye(case.columns)[[1, 2, 3]] / 4
    if case.form.kind == "log_probabilities":
        rows = -np.abs(rows)
    targets: Array = np.eye(case.columns)[[0, 2, 0]]
    if case.encoding == "soft":
        targets = np.full(rows.shape, 1 / case.columns)
    if case.encoding == "values":
        targets = np.array([size / 3, size / 4, 0.0])
    others = [rows[::-1] for _ in case.inputs[2:]]
    return [rows, *others, np.array([0, 2, 0]) if case.encoding == "index" else targets]


def slack_of(case: Case, arrays: list[Array]) -> float:
    """A few ulp of the sizes of the terms, where terms of both signs are added."""
    if case.loss.id not in {entry.loss for entry in SUMS}:
        return 0.0
    return float(max(sizes_of(case, item) for item, _ in units(case, arrays))) * 1e-15


def exact_values(case: Case, arrays: list[Array]) -> list[mpf]:
    """Return the exact value of every item."""
    wide = [a.astype(np.int64 if a.dtype.kind == "i" else np.float64) for a in arrays]
    return exact_items(case, wide)


@each_case("items", "set", defaults=True)
def test_the_mean_is_finite_where_the_true_one_is(case: Case) -> None:
    if case.form.kind == "probabilities":
        pytest.skip("probabilities have one magnitude")
    case = with_measured(case)
    for dtype, size in ((dtype, size) for dtype, sizes in SIZES.items() for size in sizes):
        arrays = far_apart(case, size, dtype)
        items = exact_values(case, arrays)
        exact = sum(items, start=mpf(0)) / len(items)
        result = run(case, arrays)
        if max(items) > LARGEST:
            assert result.status == "nonfinite"
            continue
        smallest = max(float(np.finfo(dtype).tiny), slack_of(case, arrays))
        assert result.status == "ok", (case.name, size, float(exact), result)
        near = math.isclose(result.value, float(exact), rel_tol=NEAR[dtype], abs_tol=smallest)
        assert near, (case.name, size, float(exact), result.value)
        assert not any(np.isnan(found).any() for found in slopes(case, arrays).values())


@each_case("items", defaults=True)
def test_a_sum_that_overflows_has_a_finite_mean(case: Case) -> None:
    """Item losses near the largest float64: their sum is infinite, their mean is not."""
    if case.form.kind == "probabilities":
        pytest.skip("losses of probabilities are small")
    case = with_measured(case)
    arrays = far_apart(case, SQUARED.get(case.loss.id, 1.0e308), "float64")
    many = [
        np.concatenate([array[:1]] * 2 + [array[1:2]] * 3 + [array[2:]] * 99) for array in arrays
    ]
    items = exact_values(case, arrays)[:: max(case.columns, 1)]
    if case.form.axes == "item class":
        items = exact_values(case, arrays)
    if max(items) > LARGEST:
        pytest.skip("an item is infinite")
    shares = [2, 3, 99]
    exact = sum((s * x for s, x in zip(shares, items, strict=True)), start=mpf(0)) / sum(shares)
    result = run(case, many)
    np.testing.assert_allclose(result.value, float(exact), rtol=1e-13)
    assert result.status == "ok"
    assert all(np.isfinite(found).all() for found in slopes(case, many).values())


@pytest.mark.parametrize("size", [1e308, 1e303])
def test_a_sum_that_overflows_across_blocks_has_a_finite_mean(size: float) -> None:
    """In each block, and only across several: no warning, a finite mean, an infinite sum."""
    arrays = np.full(600_000, size), np.zeros(600_000)
    assert compute("mae", *arrays).value == pytest.approx(size, rel=1e-14)
    total = compute("mae", *arrays, reduction="sum")
    assert (total.value, total.status) == (math.inf, "nonfinite")
    items_of = compute("mae", *arrays, reduction="none").value
    assert (items_of == size).all()


@each_case("pooled", defaults=True)
def test_a_pool_of_huge_weights_is_not_perfect(case: Case) -> None:
    """Masses beyond float64 are said to be that; they never make a loss of 0."""
    arrays = draw(case, 40)
    weights = np.full(40, 1e308)
    result = run(case, arrays, weights=weights)
    near = run(case, arrays, weights=weights / 1e300).value
    assert result.status == "nonfinite" or result.value == pytest.approx(near, rel=1e-6)


@each_case("items", brief=True)
@pytest.mark.parametrize("size", [1e307, 1e200, 1e-200, 1e-290])
def test_the_magnitude_of_weights_cancels(case: Case, size: float) -> None:
    """The mean divides by the sum of weights, even where that sum is beyond float64."""
    arrays = draw(case, 40)
    weights = np.random.default_rng(0).uniform(0.5, 1.5, size=weight_shape(case, arrays))
    value = run(case, arrays, weights=weights).value
    result = run(case, arrays, weights=weights * size)
    np.testing.assert_allclose(result.value, value, rtol=1e-12)
    found = slope(case, arrays, weights=weights * size)
    np.testing.assert_allclose(found, slope(case, arrays, weights=weights), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("size", [1e308, 1e-310, 5e-324])
def test_the_magnitude_of_extreme_weights_cancels(size: float) -> None:
    result = compute("mae", [0.25] * 40, [0.0] * 40, weights=[size] * 40)
    assert result.value == pytest.approx(0.25, rel=1e-15)
    found = gradient("mae", [0.25] * 40, [0.0] * 40, weights=[size] * 40)["predictions"]
    np.testing.assert_allclose(found, np.full(40, 1 / 40), rtol=1e-15)


@pytest.mark.parametrize("size", [1e307, 1e308, 1e-320])
def test_the_magnitude_of_class_weights_cancels(size: float) -> None:
    result = compute("bce", [0.3] * 40, [0.0, 1.0] * 20, class_weights=[size, size])
    assert result.value == pytest.approx(-(math.log(0.7) + math.log(0.3)) / 2, rel=1e-14)


@each_case("items", defaults=True)
def test_items_that_overflow_float32_are_reported_in_float64(case: Case) -> None:
    """An item loss beyond float32 is finite in every reduction or said to be infinite in all."""
    if case.form.kind == "probabilities":
        pytest.skip("losses of probabilities are small")
    arrays = far_apart(case, 1e30, "float32")
    if max(exact_values(case, arrays)) > LARGEST:
        pytest.skip("an item is infinite")
    mean, items = run(case, arrays), run(case, arrays, reduction="none")
    assert mean.status == items.status == "ok"
    np.testing.assert_allclose(np.mean(items.value, dtype=np.float64), mean.value, rtol=1e-5)
    assert all(np.isfinite(found).all() for found in slopes(case, arrays).values())


@pytest.mark.parametrize("logit", [-705.0, -720.0, -740.0])
def test_a_slope_below_the_smallest_normal_number_is_kept(logit: float) -> None:
    """The slope of a sure and right logit is e^z, a subnormal number below z = −708.4."""
    for loss in ("bce", "bce_with_logits"):
        found = gradient(loss, [logit], [0.0], input="logits", reduction="sum")["predictions"][0]
        assert found == pytest.approx(math.exp(logit), rel=1e-12, abs=5e-324)


@pytest.mark.parametrize(("loss", "logit"), [("dice", -720.0), ("tversky", -720.0)])
def test_a_faint_false_alarm_on_an_empty_mask_is_no_agreement(loss: str, logit: float) -> None:
    """Any mass on an empty mask without smoothing is total disagreement."""
    assert compute(loss, [logit], [0.0], smooth=0.0, input="logits").value == 1.0
