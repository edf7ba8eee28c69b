"""A variance of 0: a density only where `epsilon` clips it, and refused elsewhere."""

from pathlib import Path

import numpy as np
import pytest
from mpmath import log, mpf, pi

import lossctl
from tests.cli.run import lossctl as shell

MEANS, VARIANCES, TARGETS = [1.0, 2.0], [0.0, 1.0], [0.0, 2.0]


def wanted(epsilon: float, *, full: bool) -> float:
    """½(log v + (p − t)²/v) of both items, by hand: residuals of 1 and 0, variances of ε and 1."""
    least = mpf(epsilon)
    total = (log(least) + 1 / least) / 2 + 0
    return float(total / 2 + (log(2 * pi) / 2 if full else 0))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("epsilon", [1e-6, 1e-50, 0.5])
def test_epsilon_reads_variances_of_zero(dtype: str, epsilon: float, *, full: bool) -> None:
    arrays = [np.array(each, dtype) for each in (MEANS, VARIANCES, TARGETS)]
    result = lossctl.compute("gaussian_nll", *arrays, epsilon=epsilon, full=full)
    near = 1e-6 if dtype == "float32" and epsilon != 1e-50 else 1e-14
    assert result.value == pytest.approx(wanted(epsilon, full=full), rel=near)


def test_the_number_itself() -> None:
    result = lossctl.compute("gaussian_nll", MEANS, VARIANCES, TARGETS, epsilon=1e-6)
    assert result.value == pytest.approx(249996.54612236, rel=1e-12)
    slopes = lossctl.gradient("gaussian_nll", MEANS, VARIANCES, TARGETS, epsilon=1e-6)
    np.testing.assert_allclose(slopes["predictions"], [0.5e6, 0.0], rtol=1e-12)
    np.testing.assert_allclose(slopes["variance"], [0.0, 0.25], rtol=1e-12)


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_without_epsilon_the_first_is_named_and_epsilon_advised(zero: float) -> None:
    message = r"variance must lie in \(0, inf\), got -?0 at item 1; or set epsilon.*2 items"
    for call in (lossctl.compute, lossctl.gradient):
        with pytest.raises(lossctl.DataError, match=message):
            call("gaussian_nll", [1.0, 2.0, 3.0], [1.0, zero, zero], [0.0, 2.0, 3.0])


@pytest.mark.parametrize("epsilon", [0.0, 1e-6])
def test_a_negative_variance_is_none(epsilon: float) -> None:
    with pytest.raises(lossctl.DataError, match=r"variance must lie in .*, got -1"):
        lossctl.compute("gaussian_nll", MEANS, [1.0, -1.0], TARGETS, epsilon=epsilon)


def test_the_shell_and_run_read_them(tmp_path: Path) -> None:
    data = {"p": MEANS, "v": VARIANCES, "t": TARGETS}
    for name, numbers in data.items():
        np.save(tmp_path / f"{name}.npy", np.array(numbers))
    files = ["compute", "p.npy", "v.npy", "t.npy", "--value-only", "-l"]
    done = shell(*files, "gaussian_nll:epsilon=1e-6", cwd=tmp_path)
    assert float(done.out) == pytest.approx(wanted(1e-6, full=False), rel=1e-12)
    refused = shell(*files, "gaussian_nll", cwd=tmp_path)
    assert (refused.code, "set epsilon" in refused.err) == (3, True)
    term = {"loss": "gaussian_nll", "params": {"epsilon": 1e-6}}
    inputs = {"predictions": "p", "variance": "v", "targets": "t"}
    (ran,) = lossctl.run({"version": 1, "data": data, "supervised": [{**term, "inputs": inputs}]})
    assert ran.total == pytest.approx(wanted(1e-6, full=False), rel=1e-12)
