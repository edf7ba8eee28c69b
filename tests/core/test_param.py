"""Parameters: bound by name, in declared order, with errors that name what is wrong."""

import pytest

from lossctl.core.domain import POSITIVE, UNIT, Choice, Nullable, Param, bind_params
from lossctl.core.errors import DataError, LossctlError, UsageError
from lossctl.core.spelling import did_you_mean

PARAMS = (
    Param("gamma", 2.0, POSITIVE, "Focus."),
    Param("alpha", None, Nullable(UNIT), "Weight."),
    Param("mode", "mean", Choice(("mean", "median")), "Mode."),
)


def test_defaults_are_filled_in_declared_order() -> None:
    bound = bind_params("focal", PARAMS, {"mode": "median", "gamma": 1})
    assert list(bound.items()) == [("gamma", 1.0), ("alpha", None), ("mode", "median")]
    assert bind_params("focal", PARAMS, {}) == {"gamma": 2.0, "alpha": None, "mode": "mean"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"gamma": 0.0}, r"focal: gamma must lie in \(0, inf\), got 0\.0"),
        ({"alpha": 2}, r"focal: alpha must lie in \[0, 1\], got 2"),
        ({"mode": "max"}, "focal: mode must be one of mean, median, got 'max'"),
        ({"gama": 1.0}, "focal has no parameter 'gama'.*did you mean gamma"),
        ({"zz": 1.0}, "focal has no parameter 'zz'; it takes gamma, alpha, mode$"),
    ],
)
def test_errors_name_loss_parameter_and_range(given: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        bind_params("focal", PARAMS, given)


def test_a_loss_without_parameters_says_so() -> None:
    assert bind_params("mse", (), {}) == {}
    with pytest.raises(UsageError, match="mse has no parameter 'delta'; it takes no parameters"):
        bind_params("mse", (), {"delta": 1.0})


def test_errors_have_exit_codes_and_are_value_errors() -> None:
    assert (UsageError.exit_code, DataError.exit_code) == (2, 3)
    for error in (UsageError, DataError):
        assert issubclass(error, LossctlError)
        assert issubclass(error, ValueError)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("hubber", "huber"), ("HUBER", "huber"), ("dise", "Dice"), ("mse_loss", None), ("", None)],
)
def test_the_nearest_spelling(name: str, nearest: str | None) -> None:
    found = did_you_mean(name, ["huber", "Dice", "cross_entropy"])
    assert found == (f"; did you mean {nearest}?" if nearest else "")


def test_nothing_is_near_when_nothing_is_known() -> None:
    assert did_you_mean("huber", []) == ""
