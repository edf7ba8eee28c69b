"""How mean, sum and none relate, on generated inputs."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lossctl.core.loss import Array
from tests.conformance.cases import Case, class_weights, draw, each_case, run, slope, weight_shape

SMALL = settings(
    derandomize=True,
    deadline=None,
    max_examples=5,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
ITEMS = st.integers(1, 40)
SEEDS = st.integers(0, 2**16)


def some_weights(case: Case, arrays: list[Array], seed: int) -> Array:
    rng = np.random.default_rng(seed)
    return rng.uniform(0.1, 2.0, size=weight_shape(case, arrays))


@each_case(defaults=True, pooled=False)
@given(items=ITEMS, seed=SEEDS)
@SMALL
def test_the_sum_is_the_sum_of_the_items_and_the_mean_their_share(
    case: Case, items: int, seed: int
) -> None:
    arrays = draw(case, items, seed)
    values = run(case, arrays, reduction="none").value
    total, mean = (run(case, arrays, reduction=name) for name in ("sum", "mean"))
    count = items * (case.columns if case.form.layout == "element" and case.columns else 1)
    assert values.size == total.items == mean.items == count
    assert total.value == pytest.approx(math.fsum(values.ravel()), rel=1e-14)
    assert mean.value * count == pytest.approx(total.value, rel=1e-14)


@each_case(defaults=True, pooled=False)
@given(items=ITEMS, seed=SEEDS)
@SMALL
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
@given(items=ITEMS, seed=SEEDS)
@SMALL
def test_the_order_of_items_does_not_matter(case: Case, items: int, seed: int) -> None:
    arrays = draw(case, items, seed)
    weights = some_weights(case, arrays, seed)
    order = np.random.default_rng(seed).permutation(items)
    options: dict[str, Any] = {}
    if (classes := class_weights(case)) is not None:
        options["class_weights"] = classes
    value = run(case, arrays, weights=weights, **options).value
    turned = [array[order] for array in arrays]
    assert run(case, turned, weights=weights[order], **options).value == pytest.approx(
        value, rel=1e-12
    )
    found = slope(case, turned, weights=weights[order], **options)
    wanted = slope(case, arrays, weights=weights, **options)[order]
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-15)


@each_case(defaults=True)
@given(items=ITEMS, seed=SEEDS)
@SMALL
def test_the_gradient_of_the_mean_is_a_share_of_that_of_the_sum(
    case: Case, items: int, seed: int
) -> None:
    arrays = draw(case, items, seed)
    mean, total = (slope(case, arrays, reduction=name) for name in ("mean", "sum"))
    values = [run(case, arrays, reduction=name).value for name in ("mean", "sum")]
    if case.loss.pooled:  # one pool: mean and sum are the same
        assert values[0] == values[1]
        np.testing.assert_array_equal(mean, total)
        return
    count = run(case, arrays).items
    np.testing.assert_allclose(mean * count, total, rtol=1e-13, atol=1e-18)


@each_case(pooled=True, defaults=True)
@given(samples=st.integers(1, 6), items=st.integers(1, 9), seed=SEEDS)
@SMALL
def test_samples_are_pools_of_their_own(case: Case, samples: int, items: int, seed: int) -> None:
    arrays = draw(case, (samples, items), seed)
    options: dict[str, Any] = {"class_axis": 2} if case.columns else {}
    alone = [run(case, [array[at] for array in arrays]).value for at in range(samples)]
    by_sample = {"pooling": "sample", **options}
    found = run(case, arrays, reduction="none", **by_sample).value
    np.testing.assert_allclose(found, alone, rtol=1e-13)
    mean, total = (run(case, arrays, reduction=r, **by_sample).value for r in ("mean", "sum"))
    assert mean == pytest.approx(math.fsum(alone) / samples, rel=1e-13)
    assert total == pytest.approx(math.fsum(alone), rel=1e-13)


@each_case(defaults=True)
@given(items=st.integers(2, 30), seed=SEEDS)
@SMALL
def test_class_weights_of_one_change_nothing(case: Case, items: int, seed: int) -> None:
    if class_weights(case) is None:
        return
    arrays = draw(case, items, seed)
    ones = [1.0] * (case.columns or 2)
    value = run(case, arrays).value
    assert run(case, arrays, class_weights=ones).value == pytest.approx(value, rel=1e-14)
    sevens = [7.0] * len(ones)
    assert run(case, arrays, class_weights=sevens).value == pytest.approx(value, rel=1e-14)
