"""Losses made of functions: what is read off them, their slopes, and what is refused."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pytest

import lossctl
from lossctl.core.domain import POSITIVE, REAL, Choice, Flag, Interval, Nullable
from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Input
from lossctl.core.option_domains import Integer
from lossctl.losses.builders.elementwise import REGRESSION
from lossctl.losses.plugins import as_loss
from lossctl.testing import check_loss
from tests.exhaustive import rest

AMOUNTS = {"predictions": "(0, inf)", "targets": "(0, inf)"}


def squared(predictions: Any, targets: Any, *, scale: float = 1.0) -> Any:
    """Squared error, scaled."""
    return scale * (predictions - targets) ** 2


@lossctl.loss
def absolute(y_true: Any, y_pred: Any, power: float = 1.0) -> Any:
    """Absolute error.

    Parameters
    ----------
    y_true, y_pred
        Arrays.
    power : float
        Exponent of the
        error
    """
    return np.abs(y_pred - 2.0 * y_true) ** power


@lossctl.loss(domains={**AMOUNTS, "scale": POSITIVE})
def ratio(predictions: Any, targets: Any, *, scale: float = 1.0) -> Any:
    return scale * np.log(predictions / targets) ** 2


@lossctl.loss(
    name="gauss",
    summary="A summary.",
    domains={"sigma": "(0, inf)"},
    inputs=(
        *REGRESSION,
        Input("sigma", "item", "value", "standard deviation", differentiable=True),
    ),
)
def gauss_of_three(predictions: Any, targets: Any, sigma: Any) -> Any:
    return 0.5 * ((predictions - targets) / sigma) ** 2 + np.log(sigma)


@lossctl.loss(
    domains={"kind": "plain | double"}, slope=lambda p, t, *, kind: 2.0 * (p - t) + 0.0 * len(kind)
)
def with_slope(p: Any, t: Any, *, kind: str = "plain") -> Any:
    return (p - t) ** 2


@pytest.mark.parametrize(
    "function", [absolute, gauss_of_three, *map(rest, (squared, ratio, with_slope))]
)
def test_every_law_holds(function: Callable[..., Any]) -> None:
    check_loss(function)


def test_an_oracle_catches_a_wrong_value() -> None:
    check_loss(squared, oracle=lambda p, t, *, kind, scale=1.0: scale * (p - t) ** 2)
    with pytest.raises(AssertionError, match="the oracle says"):
        check_loss(squared, oracle=lambda p, t, *, kind, scale=1.0: scale * (p - t) ** 2 + 1e-9)


def test_functions_are_computed_like_losses_and_stay_callable() -> None:
    p, t = [1.0, 2.0, 4.0], [1.0, 0.0, 0.0]
    assert lossctl.compute(squared, p, t, scale=3.0).value == 20.0
    assert lossctl.compute(squared, p, t, weights=[0.0, 1.0, 1.0]).value == 10.0
    assert lossctl.compute(lambda predictions, t: predictions - t, p, t).value == 2.0
    assert [one.loss for one in lossctl.evaluate([squared, "mse"], p, t)] == ["squared", "mse"]
    np.testing.assert_array_equal(absolute(np.array([1.0]), np.array([5.0])), [3.0])
    assert lossctl.compute(absolute, [5.0], [1.0]).value == 3.0  # predictions come first here
    assert lossctl.compute(gauss_of_three, [3.0], [1.0], [2.0]).value == 0.5 + np.log(2.0)
    assert lossctl.compute(squared, np.float32(p), np.float32(t), reduction="none").value.dtype == (
        np.float32
    )


def test_what_is_read_off_a_function() -> None:
    made = as_loss(absolute)
    assert (made.id, made.page.summary) == ("absolute", "Absolute error.")
    assert made.page.formula == "np.abs(y_pred - 2.0 * y_true) ** power"
    assert [entry.name for entry in made.inputs] == ["predictions", "targets"]
    assert [(p.name, p.default, p.help) for p in made.params] == [
        ("power", 1.0, "Exponent of the error.")
    ]
    gauss = as_loss(gauss_of_three)
    assert (gauss.id, gauss.page.summary) == ("gauss", "A summary.")
    assert gauss.inputs[2].domain == POSITIVE
    assert as_loss(gauss_of_three) is gauss
    nothing = dict.fromkeys(("name", "summary", "domains", "inputs", "slope"))
    assert as_loss(lossctl.loss(**nothing)(lambda p, t: p - t)).id == "lambda"


def test_domains_come_from_annotations_defaults_and_texts() -> None:
    def every(
        predictions: Any,
        targets: Any,
        *,
        number: Any = 2,
        flag: Any = False,
        whole: int = 2,
        maybe: float | None = None,
        mode: Literal["soft", "hard"] = "soft",
        share: Any = 0.5,
        none: Any = None,
        must: Any,
    ) -> Any:
        """Return zeros.

        Args:
            number (float): The number
                of it.
        """
        return 0.0 * predictions + must

    every = lossctl.loss(domains={"share": "[0, 1)", "none": "a | b"})(every)
    made = as_loss(every)
    domains = {param.name: param.domain for param in made.params}
    assert domains == {
        "number": REAL,
        "flag": Flag(),
        "whole": Integer(),
        "maybe": Nullable(REAL),
        "mode": Choice(("soft", "hard")),
        "share": Interval(0.0, 1.0, "left"),
        "none": Nullable(Choice(("a", "b"))),
        "must": REAL,
    }
    assert made.params[0].help == "The number of it."
    with pytest.raises(UsageError, match=r"every: share must lie in \[0, 1\), got 1"):
        lossctl.compute(every, [1.0], [1.0], share=1.0, must=1.0)
    with pytest.raises(UsageError, match="every needs must"):
        lossctl.compute(every, [1.0], [1.0])


def note_of(function: Any, *inputs: Any) -> str:
    result, _ = lossctl.value_and_gradient(function, *inputs)
    (note,) = result.notes
    assert note in as_loss(function).page.notes
    return note


def test_a_gradient_says_how_the_slope_was_found() -> None:
    assert "complex step" in note_of(squared, [1.0, 2.0], [0.5, 0.5])
    assert "complex step" in note_of(ratio, [1.0, 2.0], [0.5, 0.5])
    assert note_of(absolute, [1.0, 2.0], [0.5, 0.5]).startswith("slope by central difference")
    assert lossctl.value_and_gradient(with_slope, [1.0], [0.0])[0].notes == ()
    assert lossctl.compute(squared, [1.0], [0.0]).notes == ()


@pytest.mark.parametrize(
    "function",
    [
        lambda p, t: np.abs(p - t),
        lambda p, t: np.maximum(np.abs(p - t) - 1.0, 0.0),
        lambda p, t: np.where(p > t, np.abs(p - t), (p - t) ** 2),
        lambda p, t: np.real(p) ** 2 - t,
        lambda p, t: np.asarray(p, dtype=float) * t,
        lambda p, t: np.hypot(p, t) + 0.0,
    ],
    ids=["abs", "max", "where", "real", "cast", "no-complex"],
)
def test_what_breaks_complex_steps_is_differentiated_by_differences(function: Any) -> None:
    p, t = np.array([3.5, 0.5, -7.0]), np.array([1.0, 2.0, 0.25])
    assert note_of(function, p, t).startswith("slope by central difference")
    slope = lossctl.gradient(function, p, t, reduction="sum")["predictions"]
    step = 1e-5
    wanted = (function(p + step, t) - function(p - step, t)) / (2.0 * step)
    np.testing.assert_allclose(slope, wanted, rtol=1e-8, atol=1e-9)


def test_complex_steps_are_right_to_the_last_digits() -> None:
    p, t = np.array([1.25, 3.0]), np.array([0.5, 7.0])
    slope = lossctl.gradient(ratio, p, t, reduction="sum")["predictions"]
    np.testing.assert_allclose(slope, 2.0 * np.log(p / t) / p, rtol=4e-16)


def writes(predictions: Any, targets: Any) -> Any:
    predictions -= targets
    return predictions


def returns(answer: Any) -> Any:
    return lambda predictions, targets: answer(predictions)


def with_domain(**domains: str) -> Any:
    return lossctl.loss(domains=domains)(lambda p, t, *, scale=1.0: scale * (p - t))


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (returns(np.mean), "returns a single number"),
        (returns(lambda _: 3.0), "returns a single number"),
        (returns(lambda _: None), "returns nothing"),
        (returns(lambda p: p[:-1]), "returns an array (31,) for inputs (32,)"),
        (returns(lambda p: p[:, None]), "returns an array (32, 1) for inputs (32,)"),
        (returns(lambda p: p.astype(str)), "return an array of numbers"),
        (returns(lambda p: p + 1j), "returns complex numbers"),
        (returns(lambda p: p - p.mean()), "another loss when the other elements change"),
        (returns(lambda p: np.random.default_rng().normal(size=p.shape)), "not be random"),
        (lambda predictions, targets, *more: predictions, "*args"),
        (lambda predictions, targets, **more: predictions, "**kwargs"),
        (lambda *, scale=1.0: scale, "takes no arrays"),
        (lambda p, t, *, weights=1.0: p, "an option of every loss; rename it"),
        (lambda p, t, *, mode="soft": p, "say what mode may be"),
        (with_domain(scal="(0, 1)"), "has no argument scal"),
        (with_domain(scale="0..1"), "write an interval"),
        (with_domain(scale="(low, 1)"), "write an interval"),
        (with_domain(scale="a | "), "write an interval"),
        (with_domain(scale="(2, 3)"), "must lie in"),
        (with_domain(p="a | b"), "has no argument p"),
        (with_domain(predictions="a | b"), "must be an interval"),
        (lossctl.loss(inputs=REGRESSION[:1])(lambda p, t: p - t), "inputs= declares"),
        (lossctl.loss(slope={})(lambda p, t: p - t), "every differentiable input"),
        (lossctl.loss(name="?")(lambda p, t: p - t), "give a name"),
        (returns(lambda p: undefined_name), "NameError: name 'undefined_name'"),  # noqa: F821
        (np.subtract, "not a Python function"),
        (3.5, "got float"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_their_place(function: Any, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        lossctl.compute(function, [1.0, 2.0], [0.0, 0.0])
    assert words in str(caught.value)
    if function is not np.subtract and function != 3.5:
        assert "test_own.py:" in str(caught.value)


def test_inputs_cannot_be_written_to() -> None:
    p = np.array([1.0, 2.0])
    with pytest.raises(ValueError, match="read-only"):
        lossctl.compute(writes, p, [1.0, 1.0])
    np.testing.assert_array_equal(p, [1.0, 2.0])


def test_a_function_refuses_data_by_an_error_of_its_own() -> None:
    def picky(predictions: Any, targets: Any) -> Any:
        if (predictions < 0.0).any():
            raise DataError("amounts are never negative")
        return predictions - targets

    assert lossctl.compute(picky, [1.0], [0.5]).value == 0.5
    with pytest.raises(DataError, match="never negative"):
        lossctl.compute(picky, [-1.0], [0.5])


def test_inputs_between_two_bounds() -> None:
    """A domain as an object and as text; the trial of the function keeps within both."""
    domains = {"predictions": Interval(0.0, 1.0, "neither"), "targets": "[0, 1]"}

    @lossctl.loss(domains=domains)
    def log_loss(predictions: Any, targets: Any) -> Any:
        assert ((predictions > 0.0) & (predictions < 1.0)).all()
        return -targets * np.log(predictions) - (1.0 - targets) * np.log1p(-predictions)

    p, t = np.array([0.25, 0.8]), np.array([0.0, 1.0])
    result, slopes = lossctl.value_and_gradient(log_loss, p, t)
    assert result.value == pytest.approx(-(np.log(0.75) + np.log(0.8)) / 2, rel=1e-14)
    np.testing.assert_allclose(slopes["predictions"], [0.5 / 0.75, -0.5 / 0.8], rtol=1e-9)
    with pytest.raises(DataError, match=r"predictions must lie in \(0, 1\), got 1 at item 1"):
        lossctl.compute(log_loss, [0.5, 1.0], t)


def test_functions_without_source_or_with_unknown_types() -> None:
    """What was made by exec has no text to show; a type that does not exist says nothing."""
    made: dict[str, Any] = {}
    text = "def doubled(predictions, targets, *, scale: 'Missing' = 2.0):\n"
    exec(text + "    return scale * abs(predictions - targets)\n", made)  # noqa: S102
    loss = as_loss(made["doubled"])
    assert loss.page.formula == "doubled(predictions, targets, *, scale: 'Missing' = 2.0)"
    assert (loss.params[0].domain, loss.params[0].default) == (REAL, 2.0)
    assert lossctl.compute(made["doubled"], [1.0, 4.0], [0.0, 0.0], scale=3.0).value == 7.5
