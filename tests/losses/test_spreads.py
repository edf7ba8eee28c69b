"""What the variance input of gaussian_nll holds: one density from variances, logs, deviations."""

from pathlib import Path

import numpy as np
import pytest

import lossctl
from tests.cli.run import lossctl as shell

RNG = np.random.default_rng(5)
P, T, LOG = RNG.normal(size=50), RNG.normal(size=50), RNG.normal(size=50)
GIVEN = {"variance": np.exp(LOG), "log_variance": LOG, "deviation": np.exp(LOG / 2.0)}
ITEMS = 0.5 * (LOG + (P - T) ** 2 * np.exp(-LOG))
CURVED = 1.0 - (P - T) ** 2 * np.exp(-LOG)
SLOPES = {
    "variance": CURVED / 2.0 * np.exp(-LOG),
    "log_variance": CURVED / 2.0,
    "deviation": CURVED * np.exp(-LOG / 2.0),
}


@pytest.mark.parametrize("spread", GIVEN)
def test_every_spread_gives_the_density(spread: str) -> None:
    options = {"spread": spread, "reduction": "none"}
    found = lossctl.compute("gaussian_nll", P, GIVEN[spread], T, **options).value
    np.testing.assert_allclose(found, ITEMS, rtol=1e-13)
    slopes = lossctl.gradient("gaussian_nll", P, GIVEN[spread], T, spread=spread, reduction="sum")
    np.testing.assert_allclose(slopes["variance"], SLOPES[spread], rtol=1e-11)
    np.testing.assert_allclose(slopes["predictions"], (P - T) * np.exp(-LOG), rtol=1e-13)


@pytest.mark.parametrize("spread", GIVEN)
def test_the_best_constant_is_the_same(spread: str) -> None:
    result = lossctl.compute("gaussian_nll", P, GIVEN[spread], T, spread=spread, context=True)
    assert result.context["constant"] == pytest.approx((np.log(T.var()) + 1.0) / 2.0, rel=1e-12)


@pytest.mark.parametrize("spread", GIVEN)
def test_epsilon_is_a_variance(spread: str) -> None:
    held = np.maximum(np.exp(LOG), 0.5)
    wanted = (0.5 * (np.log(held) + (P - T) ** 2 / held)).mean()
    given = GIVEN[spread]
    found = lossctl.compute("gaussian_nll", P, given, T, spread=spread, epsilon=0.5).value
    assert found == pytest.approx(wanted, rel=1e-13)


def test_variances_beyond_the_floats_are_read_from_their_logarithms() -> None:
    """e^−1500 is no float; residuals of 0, and of 1e-320 whose z = 1e-320·e^725 is one."""
    found = lossctl.compute(
        "gaussian_nll", [0.0, 1e-320], [-1500.0, -1450.0], [0.0, 0.0],
        spread="log_variance", reduction="none",
    ).value  # fmt: skip
    # log z of the second: log 1e-320 + 725, where 1e-320 is the subnormal 2024·2^-1074
    square = np.exp(2.0 * (np.log(2024.0) - 1074.0 * np.log(2.0) + 725.0))
    np.testing.assert_allclose(found, [-750.0, -725.0 + square / 2.0], rtol=1e-10)


def test_negative_variances_say_how_logarithms_are_read() -> None:
    with pytest.raises(lossctl.DataError) as caught:
        lossctl.compute("gaussian_nll", P, LOG, T)
    assert "if it is a log variance, set spread=log_variance" in str(caught.value)


def test_every_door_takes_it(tmp_path: Path) -> None:
    for name, array in (("p", P), ("s", LOG), ("t", T)):
        np.save(tmp_path / f"{name}.npy", array)
    files = [str(tmp_path / f"{name}.npy") for name in "pst"]
    spec = "gaussian_nll:spread=log_variance"
    assert float(shell("compute", *files, "-l", spec, "--value-only").out) == pytest.approx(
        ITEMS.mean(), rel=1e-5
    )
    term = {"loss": "gaussian_nll", "params": {"spread": "log_variance"}}
    data = {"predictions": P, "targets": T, "variance": LOG}
    (answer,) = lossctl.run({"version": 1, "data": data, "supervised": term})
    assert answer.total == pytest.approx(ITEMS.mean(), rel=1e-12)
