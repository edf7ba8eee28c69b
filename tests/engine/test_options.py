"""Options: checked once, with what is allowed and the nearest spelling."""

from typing import Any

import numpy as np
import pytest

from lossctl import evaluate
from lossctl.api import compute, function, losses
from lossctl.core.errors import UsageError
from lossctl.core.options import OPTIONS, Options
from lossctl.engine.reduce.statistics import exact_sum
from lossctl.losses.catalogue import CATALOGUE


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"reduction": "avg"}, "reduction must be one of mean, sum, none"),
        ({"reduction": "means"}, "did you mean mean"),
        ({"nan": "drop"}, "nan must be one of raise, omit, propagate"),
        ({"precision": "half"}, "precision must be one of auto, double"),
        ({"pooling": "image"}, "pooling must be one of batch, sample"),
        ({"task": "multi-class"}, "did you mean multiclass"),
        ({"input": "probs"}, "input must be one of auto, logits"),
        ({"average": "mean"}, "average must be one of micro, macro, weighted, or the index"),
        (
            {"class_names": ["ox", "cat", "ox"]},
            "must be different names, got 'ox' twice",
        ),
        ({"threads": 0}, "threads must be a whole number of at least 1, got 0"),
        ({"threads": 1.5}, "threads must be a whole number"),
        ({"threads": True}, "threads must be a whole number"),
        ({"class_axis": 1.0}, "class_axis must be a whole number"),
        ({"ignore_index": "x"}, "ignore_index must be a whole number"),
        ({"class_weights": 2.0}, "class_weights must be a list"),
        ({"class_weights": []}, "class_weights must be a list"),
        (
            {"class_weights": [1.0, -1.0]},
            r"each must lie in \[0, inf\)",
        ),
        ({"class_weights": [1.0, np.nan]}, "class_weights must hold numbers: each"),
        ({"class_weights": [0.0, 0.0]}, "class_weights must not all be 0"),
    ],
)
def test_what_is_not_allowed(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Options(**given)
    with pytest.raises(UsageError, match=message):
        compute("bce", [0.5], [1.0], **given)


@pytest.mark.parametrize("name", ["threads", "class_axis", "ignore_index"])
def test_whole_numbers_of_numpy_are_whole_numbers(name: str) -> None:
    """`ignore_index=labels.max()` is the natural spelling and gives an np.int64."""
    assert getattr(Options(**{name: np.int64(1)}), name) == 1


def test_an_unknown_option_gets_the_nearest() -> None:
    with pytest.raises(
        UsageError, match="no parameter or option 'reducton'; did you mean reduction"
    ):
        compute("mse", [0.5], [1.0], reducton="sum")
    with pytest.raises(UsageError, match="did you mean gamma"):
        compute("focal", [0.5], [1.0], gama=1.0)
    with pytest.raises(UsageError, match="options are"):
        compute("mse", [0.5], [1.0], zzz=1)


def test_options_off_their_defaults_are_told() -> None:
    plain = compute("bce", [0.5, 0.25], [1.0, 0.0])
    assert plain.options == {}
    told = compute(
        "bce", [0.5, 0.25], [1.0, 0.0], weights=[1.0, 2.0], class_weights=[1.0, 3.0], nan="omit",
        ignore_index=5, precision="double", threads=1,
    )  # fmt: skip
    assert told.options == {
        "class_weights": (1.0, 3.0), "ignore_index": 5, "nan": "omit", "precision": "double",
        "weights": "given",
    }  # fmt: skip
    assert "class_weights:[1,3]" in told.signature
    assert set(told.options) - {"weights"} <= set(OPTIONS)


def test_functions_of_the_losses_namespace() -> None:
    import lossctl

    assert losses() == list(CATALOGUE)
    assert lossctl.losses.huber([3.0], [0.0], delta=2.0) == 4.0
    assert function("l1")([3.0], [1.0]) == 2.0
    with pytest.raises(AttributeError, match="unknown loss 'nothing'"):
        _ = lossctl.losses.nothing
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = lossctl.nothing


def test_several_losses_must_agree_on_their_inputs() -> None:
    with pytest.raises(UsageError, match="no loss was asked for"):
        evaluate([], [1.0], [1.0])
    with pytest.raises(UsageError, match="mse takes predictions and targets; 1 given"):
        evaluate(["rule_satisfaction", "mse"], [0.5])
    results = evaluate(["mse", ("huber", {"delta": 0.5}), "mse"], [3.0], [0.0])
    assert [result.value for result in results] == [9.0, 1.375, 9.0]


def test_a_sum_is_rounded_once() -> None:
    assert exact_sum([1e100, 1.0, -1e100]) == 1.0
    assert exact_sum([np.inf, 1.0]) == np.inf
    assert exact_sum([1e308, 1e308]) == np.inf
    assert np.isnan(exact_sum([np.inf, -np.inf]))
    assert np.isnan(exact_sum([np.inf, np.nan]))
    assert exact_sum([]) == 0.0
