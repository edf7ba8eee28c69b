"""--gradient-summary: what the gradient in memory says, in one pass, whatever the threads."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import lossctl
from lossctl.core.errors import UsageError
from lossctl.core.gradient_summary import GradientSummary
from lossctl.engine.gradient_sums import GradientSums, summary_of
from lossctl.engine.sources import ArraySource
from lossctl.report.schema import schema
from tests.cli.run import SAMPLES, Answer

CANCER = SAMPLES / "breast_cancer"


def summary(array: Any) -> GradientSummary:
    array = np.asarray(array)
    return summary_of(array, "predictions", ArraySource(np.zeros(array.shape), "predictions"))


def test_numbers_by_hand() -> None:
    found = summary([[0.0, 3.0, -4.0], [1e-7, math.nan, -math.inf]])
    assert found.norm == pytest.approx(5.0, rel=1e-15)
    assert (found.greatest, found.index) == (4.0, (0, 2))
    assert found.where == "item [0, 2]"
    assert (found.zero, found.nan, found.infinite) == (1, 1, 1)
    assert (found.vanishing, found.saturated) == (0.5, 0.25)  # 0 and 1e-7; 4 of four finite ones


def test_what_is_all_zero_has_no_greatest() -> None:
    found = summary(np.zeros(5))
    assert (found.norm, found.greatest, found.index, found.where) == (0.0, 0.0, None, None)
    assert (found.vanishing, found.saturated, found.zero) == (1.0, 0.0, 5)
    assert summary(np.full(3, math.nan)).nan == 3


@pytest.mark.parametrize("size", [1e-320, 5e-324, 1e-200, 1.0, 1e200, 1.7e308])
def test_norms_neither_underflow_nor_overflow(size: float) -> None:
    found = summary(np.full(4, size))
    assert found.norm == (2.0 * size if size < 1e308 else math.inf)
    assert found.saturated == 1.0


def test_shares_beside_a_count() -> None:
    """Bins are 0.4 percent wide: what lies within that of a threshold may count or not."""
    rng = np.random.default_rng(5)
    array = np.exp(rng.uniform(-30, 0, size=200_000)) * rng.choice([-1, 1], size=200_000)
    array[rng.random(len(array)) < 0.1] = 0.0
    found, size = summary(array), np.abs(array)
    low, high = (np.mean(size < 1e-6 * size.max() * edge) for edge in (0.996, 1.004))
    assert low <= found.vanishing <= high
    low, high = (np.mean(size >= 0.99 * size.max() * edge) for edge in (1.0, 0.995))
    assert low <= found.saturated <= high
    assert found.norm == pytest.approx(math.sqrt(math.fsum(array**2)), rel=1e-15)
    assert found.index == (int(size.argmax()),)


CASES: dict[str, Callable[[np.random.Generator], dict[str, Any]]] = {
    "mse": lambda rng: {"predictions": rng.normal(size=200_003), "targets": np.zeros(200_003)},
    "cross_entropy": lambda rng: {
        "predictions": rng.normal(size=(60_000, 5)).astype(np.float32),
        "targets": rng.integers(0, 5, size=60_000),
    },
    "rmse_like": lambda rng: {
        "predictions": rng.normal(size=9_000) ** 2,
        "targets": np.ones(9_000),
    },
    "dice": lambda rng: {
        "predictions": rng.random((6, 1, 90, 90)),
        "targets": (rng.random((6, 1, 90, 90)) > 0.5).astype(float),
    },
    "triplet": lambda rng: {
        name: rng.normal(size=(900, 8)) for name in ("anchor", "positive", "negative")
    },
    "listnet": lambda rng: {
        "predictions": rng.normal(size=(40, 9)),
        "targets": rng.random((40, 9)),
    },
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_the_gradient_that_python_returns(name: str) -> None:
    """Beside NumPy's norm of the array; the same to the bit for any threads."""
    inputs = CASES[name](np.random.default_rng(11))
    loss = "msle" if name == "rmse_like" else name
    slopes = lossctl.gradient(loss, **inputs)
    answers = [
        lossctl.compute(loss, **inputs, gradient_summary=True, threads=threads).gradients
        for threads in (1, 3)
    ]
    assert answers[0] == answers[1]
    assert [one.input for one in answers[0]] == list(slopes)
    for one in answers[0]:
        array = slopes[one.input].astype(np.float64)
        assert one.elements == array.size
        assert one.norm == pytest.approx(np.linalg.norm(array.ravel()), rel=1e-12)
        assert one.greatest == np.abs(array).max()
        assert one.index == np.unravel_index(np.abs(array).argmax(), array.shape)
        assert one.zero == np.count_nonzero(array == 0.0)


def test_labels_that_are_ignored_change_the_slope_and_not_the_counts() -> None:
    """The slope that was taken to be known is wrong then, and all is summed again."""
    scores = np.random.default_rng(2).normal(size=(1000, 4))
    targets = np.arange(1000) % 4
    targets[-1] = -100
    (found,) = lossctl.compute("cross_entropy", scores, targets, gradient_summary=True).gradients
    slope = lossctl.gradient("cross_entropy", scores, targets)["predictions"]
    assert found.norm == pytest.approx(np.linalg.norm(slope), rel=1e-13)
    assert (found.elements, found.zero) == (4000, 4)


def test_a_file_and_a_summary_in_one_pass(tmp_path: Path, answer: Answer) -> None:
    files = ("compute", CANCER / "preds.npy", CANCER / "targets.npy", "-l", "bce")
    done = answer(*map(str, files), "--gradient-summary", "--gradient", "g.npy", "-f", "json")
    document = json.loads(done.out)
    jsonschema.validate(document, schema("result"))
    (found,) = document["results"][0]["gradients"]
    slope = np.load(tmp_path / "g.npy")
    assert found["norm"] == pytest.approx(np.linalg.norm(slope), rel=1e-13)
    assert found["greatest"] == np.abs(slope).max()
    assert found["where"] == f"item {np.abs(slope).argmax()}"
    alone = answer(*map(str, files), "--gradient-summary", "-f", "json")
    assert alone.out == done.out


def test_the_table(answer: Answer) -> None:
    files = (str(CANCER / "scores.csv::logit"), str(CANCER / "scores.csv::target"))
    done = answer("compute", *files, "-l", "mae", "-l", "hinge", "--gradient-summary")
    lines = done.out.splitlines()
    header = next(line for line in lines if line.startswith("gradient "))
    assert header.split() == ["gradient", "norm", "greatest", "where", "vanishing", "saturated"]
    (mae,) = (line for line in lines if line.startswith("mae ") and line.endswith("100 %"))
    assert f"{1 / 569:.6g}" in mae
    assert "data row 1" in mae


def test_recipes_have_gradients_too() -> None:
    rng = np.random.default_rng(4)
    p, t = rng.normal(size=(2, 3, 9, 8)), rng.integers(0, 3, size=(2, 9, 8))
    found = lossctl.compute("segmentation", p, t, gradient_summary=True).gradients
    slope = lossctl.gradient("segmentation", p, t)["predictions"]
    assert found[0].elements == slope.size
    assert found[0].norm == pytest.approx(np.linalg.norm(slope), rel=1e-15)


def test_label_maps_have_none() -> None:
    maps = np.arange(24).reshape(2, 3, 4) % 3
    with pytest.raises(UsageError, match="has no gradient"):
        lossctl.compute("dice", maps, maps, input="labels", gradient_summary=True)


def test_blocks_in_any_order_give_the_same_bits() -> None:
    rng = np.random.default_rng(8)
    array = rng.normal(size=1000) * 10.0 ** rng.integers(-12, 12, size=1000)
    pieces = [(at, array[at : at + 37]) for at in range(0, 1000, 37)]
    answers = []
    for order in (pieces, pieces[::-1], pieces[::2] + pieces[1::2]):
        sums = GradientSums((1000,), array.dtype)
        for at, values in order:
            sums.write(at, values)
        answers.append(sums.summary("predictions", ArraySource(array, "predictions")))
    assert answers[0] == answers[1] == answers[2]
