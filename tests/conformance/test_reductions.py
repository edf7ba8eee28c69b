"""How mean, sum and none relate, on inputs of several sizes."""

import math
from typing import Any

import numpy as np
import pytest

from lossctl.core.loss import Array
from tests.conformance.cases import (
    Case,
    class_weights,
    draw,
    each_case,
    given_class_weights,
    run,
    several,
    slopes,
    weight_shape,
    with_measured,
)

SIZES = pytest.mark.parametrize(("items", "seed"), [(1, 0), (2, 77), (13, 401), (40, 5)])


def some_weights(case: Case, arrays: list[Array], seed: int) -> Array:
    rng = np.random.default_rng(seed)
    return rng.uniform(0.1, 2.0, size=weight_shape(case, arrays))


def count_of(case: Case, items: int) -> int:
    """How many values a number of drawn items has."""
    return items * (case.columns if case.has_labels else 1)


@each_case("items", "set", "grid", defaults=True)
@SIZES
def test_the_sum_is_the_sum_of_the_items_and_the_mean_their_share(
    case: Case, items: int, seed: int
) -> None:
    arrays, options = several(case, items, seed)
    values = run(case, arrays, reduction="none", **options).value
    total, mean = (run(case, arrays, reduction=name, **options) for name in ("sum", "mean"))
    assert values.size == count_of(case, items)
    if case.sort == "items":
        assert total.items == mean.items == values.size
    assert total.value == pytest.approx(math.fsum(values.ravel()), rel=1e-14)
    assert mean.value * values.size == pytest.approx(total.value, rel=1e-14)


@each_case("items", brief=True)
@SIZES
def test_the_weighted_mean_divides_by_the_weights(case: Case, items: int, seed: int) -> None:
    arrays = draw(case, items, seed)
    weights = some_weights(case, arrays, seed)
    plain = run(case, arrays, reduction="none").value
    weighed = run(case, arrays, reduction="none", weights=weights).value
    np.testing.assert_allclose(weighed, weights * plain, rtol=1e-14)
    total = run(case, arrays, reduction="sum", weights=weights).value
    mean = run(case, arrays, weights=weights).value
    assert total == pytest.approx(math.fsum(weighed.ravel()), rel=1e-14)
    assert mean == pytest.approx(total / math.fsum(weights.ravel()), rel=1e-14)


@each_case(defaults=True)
@pytest.mark.parametrize(("items", "seed"), [(2, 77), (23, 401)])
def test_the_order_of_items_does_not_matter(case: Case, items: int, seed: int) -> None:
    arrays = draw(case, items, seed)
    order = np.random.default_rng(seed).permutation(items)
    options: dict[str, Any] = given_class_weights(case)
    again = dict(options)
    if not case.loss.grouped:
        options["weights"] = some_weights(case, arrays, seed)
        again["weights"] = options["weights"][order]
    turned = [array[order] for array in arrays]
    value = run(case, arrays, **options).value
    assert run(case, turned, **again).value == pytest.approx(value, rel=1e-12)
    wanted = slopes(case, arrays, **options)
    for name, found in slopes(case, turned, **again).items():
        np.testing.assert_allclose(found, wanted[name][order], rtol=1e-12, atol=1e-15)


@each_case(defaults=True)
@pytest.mark.parametrize(("items", "seed"), [(1, 3), (13, 401)])
def test_the_gradient_of_the_mean_is_a_share_of_that_of_the_sum(
    case: Case, items: int, seed: int
) -> None:
    arrays, options = several(case, items, seed)
    mean, total = (slopes(case, arrays, reduction=name, **options) for name in ("mean", "sum"))
    values = [run(case, arrays, reduction=name, **options).value for name in ("mean", "sum")]
    if case.loss.pooled:  # one pool: mean and sum are the same
        assert values[0] == values[1]
        for name, gradient in mean.items():
            np.testing.assert_array_equal(gradient, total[name])
        return
    share = count_of(case, items)
    assert values[0] * share == pytest.approx(values[1], rel=1e-13)
    for name, gradient in mean.items():
        np.testing.assert_allclose(gradient * share, total[name], rtol=1e-13, atol=1e-18)


@each_case("pooled", "set", defaults=True)
@pytest.mark.parametrize(("samples", "items", "seed"), [(1, 5, 3), (6, 1, 44), (4, 9, 101)])
def test_samples_are_pools_of_their_own(case: Case, samples: int, items: int, seed: int) -> None:
    case = with_measured(case)
    arrays = draw(case, (samples, items), seed)
    options: dict[str, Any] = {"class_axis": 2} if case.columns else {}
    alone = [run(case, [array[at] for array in arrays]).value for at in range(samples)]
    by_sample = {"pooling": "sample", **options}
    found = run(case, arrays, reduction="none", **by_sample).value
    np.testing.assert_allclose(found, alone, rtol=1e-13)
    mean, total = (run(case, arrays, reduction=r, **by_sample).value for r in ("mean", "sum"))
    assert mean == pytest.approx(math.fsum(alone) / samples, rel=1e-13)
    assert total == pytest.approx(math.fsum(alone), rel=1e-13)


@each_case("grid", defaults=True)
def test_images_are_groups_of_their_own(case: Case) -> None:
    """However many axes stand before height and width."""
    arrays = draw(case, (2, 3))
    alone = [run(case, [array[at] for array in arrays]).value for at in np.ndindex(2, 3)]
    found = run(case, arrays, reduction="none").value
    np.testing.assert_array_equal(found, alone)
    assert run(case, arrays).value == pytest.approx(math.fsum(alone) / 6, rel=1e-14)


@each_case("items", defaults=True)
def test_class_weights_of_one_change_nothing(case: Case) -> None:
    if class_weights(case) is None:
        pytest.skip("there are no classes")
    arrays = draw(case, 17, 9)
    ones = [1.0] * (case.columns or 2)
    value = run(case, arrays).value
    assert run(case, arrays, class_weights=ones).value == pytest.approx(value, rel=1e-14)
    sevens = [7.0] * len(ones)
    assert run(case, arrays, class_weights=sevens).value == pytest.approx(value, rel=1e-14)
