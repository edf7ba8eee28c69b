"""Student's t beside SciPy's, for all degrees of freedom and far out."""

import math
import subprocess
import sys

import pytest
from scipy import special, stats

from lossctl.uncertainty.distributions import t_quantile, t_tail

DEGREES = (1.0, 1.5, 2.0, 5.0, 9.7, 99.0, 199.0, 201.0, 999.0, 1e3, 1e4, 1e6, 1e8, 1e12)
PROBABILITIES = (0.5, 0.51, 0.6, 0.8, 0.9, 0.975, 0.995, 0.9995, 1 - 2.0**-40, 0.025, 1e-5, 1e-20)


@pytest.mark.parametrize("df", DEGREES)
@pytest.mark.parametrize("statistic", [0.0, 1e-12, 0.1, 1.0, 1.96, 6.0, 20.0, 100.0, 1e20])
def test_tails_are_those_of_scipy(statistic: float, df: float) -> None:
    for signed in (statistic, -statistic):
        expected = float(stats.t.sf(signed, df))
        if expected > 1e-290:
            assert t_tail(signed, df) == pytest.approx(expected, rel=2e-12)


@pytest.mark.parametrize("df", DEGREES)
@pytest.mark.parametrize("probability", PROBABILITIES)
def test_quantiles_are_those_of_scipy(probability: float, df: float) -> None:
    expected = float(stats.t.ppf(probability, df))
    assert t_quantile(probability, df) == pytest.approx(expected, rel=1e-11)


def test_without_end_of_freedom_t_is_normal() -> None:
    assert t_quantile(0.975, math.inf) == pytest.approx(special.ndtri(0.975), rel=1e-13)
    assert t_tail(3.0, math.inf) == pytest.approx(special.ndtr(-3.0), rel=1e-13)


def test_ends_of_the_range() -> None:
    assert t_quantile(0.0, 5.0) == -math.inf
    assert t_quantile(1.0, 5.0) == math.inf
    assert t_tail(math.inf, 5.0) == 0.0
    assert t_tail(-math.inf, 5.0) == 1.0
    assert t_tail(1e200, 1.0) == pytest.approx(1e-200 / math.pi, rel=1e-12)  # of Cauchy's
    assert t_quantile(1e-200, 1.0) == pytest.approx(-1e200 / math.pi, rel=1e-11)


def test_what_is_no_distribution_has_no_numbers() -> None:
    answers = [t_quantile(0.5, 0.0), t_quantile(1.5, 5.0), t_tail(1.0, 0.0), t_tail(math.nan, 5.0)]
    assert all(map(math.isnan, answers))


def test_an_interval_loads_no_scipy() -> None:
    code = (
        "import sys, lossctl; lossctl.compute('mse', [1.0, 2.0, 4.0], [0.0] * 3, interval=True)\n"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'scipy']"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
