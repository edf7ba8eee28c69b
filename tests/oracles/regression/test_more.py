"""The oracles of the other regression losses against numbers worked out by hand."""

import math

import pytest

from tests.oracles.regression import (
    barron,
    cauchy,
    crps_gaussian,
    expectile,
    gamma_deviance,
    gaussian_nll,
    log_cosh,
    mape,
    msle,
    poisson_deviance,
    poisson_nll,
    pseudo_huber,
    quantile,
    smape,
    student_t_nll,
    tweedie_deviance,
)

LOG_2 = math.log(2.0)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (pseudo_huber.value(0.75, 0.0), 0.25),
        (pseudo_huber.value(3.0, 0.0, delta=4.0), 4.0),
        (log_cosh.value(LOG_2, 0.0), math.log(1.25)),
        (quantile.value(1.0, 3.0, q=0.75), 1.5),
        (quantile.value(3.0, 1.0, q=0.75), 0.5),
        (expectile.value(1.0, 3.0, tau=0.75), 3.0),
        (expectile.value(3.0, 1.0, tau=0.75), 1.0),
        (mape.value(3.0, -4.0), 1.75),
        (mape.value(3.0, 0.0, epsilon=0.5, percent=True), 600.0),
        (smape.value(3.0, 5.0), 0.5),
        (smape.value(0.0, 0.0), 0.0),
        (smape.value(1.0, -1.0, percent=True), 200.0),
        (msle.value(1.0, 0.0), LOG_2**2),
        (cauchy.value(6.0, 0.0, scale=2.0), 2 * math.log(10.0)),
        (barron.value(2.0, 0.0, alpha=-2.0), 1.0),
        (barron.value(2.0, 0.0, alpha=0.0), math.log(3.0)),
        (barron.value(0.75, 0.0, alpha=1.0), 0.25),
        (barron.value(6.0, 0.0, alpha=2.0, scale=2.0), 4.5),
        (student_t_nll.value(1.0, 0.0, df=1.0), math.log(2 * math.pi)),
        (poisson_nll.value(0.0, 3.0), 1.0),
        (poisson_nll.value(1.0, 3.0, log_input=False, full=True, epsilon=0.0), 1 + math.log(6)),
        (poisson_deviance.value(1.0, 2.0), 4 * LOG_2 - 2),
        (poisson_deviance.value(3.0, 0.0), 6.0),
        (gamma_deviance.value(2.0, 1.0), 2 * LOG_2 - 1),
        (tweedie_deviance.value(1.0, 4.0), 4.0),
        (tweedie_deviance.value(4.0, 0.0), 8.0),
        (tweedie_deviance.value(2.0, 1.0, power=3.0), 0.25),
        (gaussian_nll.value(3.0, 4.0, 1.0), LOG_2 + 0.5),
        (gaussian_nll.value(1.0, 0.25, 0.0, epsilon=1.0), 0.5),
        (crps_gaussian.value(0.0, 2.0, 0.0), 2 * (math.sqrt(2) - 1) / math.sqrt(math.pi)),
    ],
)
def test_numbers_worked_out_by_hand(found: object, expected: float) -> None:
    assert float(found) == pytest.approx(expected, rel=1e-15, abs=1e-300)
