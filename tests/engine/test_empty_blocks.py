"""Blocks in which nothing counts: the value is that of the other blocks, with its notes."""

from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import DataError
from lossctl.engine.bind import layout
from lossctl.losses.catalogue import every_loss, get
from lossctl.testing.cases import cases_of
from tests.conformance.cases import Case, draw, each_case, run, slopes

NEAR = {"rtol": 1e-12, "atol": 1e-14}
ITEMS, BLOCKS = 24, 6


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one item fill a block."""
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", 1)


@each_case("record", defaults=True)
def test_items_of_weight_zero_fill_blocks(case: Case) -> None:
    arrays = draw(case, ITEMS)
    for kept in (slice(0, 8), slice(8, 16), slice(16, ITEMS)):
        weights = np.zeros(ITEMS)
        weights[kept] = 1.0
        result = run(case, arrays, weights=weights)
        alone = run(case, [array[kept] for array in arrays])
        np.testing.assert_allclose(result.value, alone.value, **NEAR)
        assert result.items == alone.items
        gradients = slopes(case, arrays, weights=weights)
        for name, gradient in slopes(case, [array[kept] for array in arrays]).items():
            np.testing.assert_allclose(gradients[name][kept], gradient, **NEAR)
            assert np.count_nonzero(gradients[name]) == np.count_nonzero(gradients[name][kept])


@each_case("lists", "batch", defaults=True)
def test_groups_of_nan_fill_blocks(case: Case) -> None:
    arrays = [np.asarray(array) for array in draw(case, (BLOCKS, 8))]
    spoilt = next(n for n, array in enumerate(arrays) if array.dtype.kind == "f")
    holed = [array.copy() for array in arrays]
    holed[spoilt][[0, 3, 5]] = np.nan
    result = run(case, holed, nan="omit")
    alone = run(case, [array[[1, 2, 4]] for array in arrays])
    np.testing.assert_allclose(result.value, alone.value, **NEAR)
    assert result.omitted == 24


def test_the_examples_of_the_kind() -> None:
    images = np.random.default_rng(0).random((2, 600, 600))
    others = np.random.default_rng(1).random((2, 600, 600))
    value = float(lossctl.compute("ssim", images, others, weights=[1.0, 0.0]))
    assert value == float(lossctl.compute("ssim", images[:1], others[:1]))
    scores = np.random.default_rng(2).normal(size=(7, 10))
    scores[5:] = np.nan
    relevance = np.random.default_rng(3).random((7, 10))
    listed = lossctl.compute("listnet", scores, relevance, nan="omit")
    assert float(listed) == float(lossctl.compute("listnet", scores[:5], relevance[:5]))


@pytest.mark.parametrize("name", ["content", "gram_style", "total_variation"])
def test_integers_that_float64_cannot_tell_apart_are_refused(name: str) -> None:
    far: Any = np.full((2, 4, 4), 2**53, np.int64) + np.arange(4)
    inputs = [far] if name == "total_variation" else [far, far - 2]
    with pytest.raises(lossctl.DataError, match=r"integers beyond 2\^53"):
        lossctl.compute(name, *inputs)


@pytest.mark.parametrize("loss", [e.id for e in every_loss() if e.grouped in {"batch", "lists"}])
def test_groups_of_one_have_a_gradient_or_the_error_of_the_value(loss: str) -> None:
    case = next(iter(cases_of(get(loss), defaults=True)))
    arrays = draw(case, 4)
    try:
        value = run(case, arrays, batch_size=1).value
    except DataError:
        with pytest.raises(DataError, match="no item of any group counts"):
            slopes(case, arrays, batch_size=1)
    else:
        assert np.isfinite(value)
        gradients = slopes(case, arrays, batch_size=1).values()
        assert all(np.isfinite(gradient).all() for gradient in gradients)


@pytest.mark.parametrize("loss", ["forall_rule", "exists_rule", "log_product_rule"])
def test_squares_of_huge_sums_are_infinite(loss: str) -> None:
    assert lossctl.compute(loss, [0.1, 0.9], [1e300, 1.0]).value == np.inf
