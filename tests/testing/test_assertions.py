"""Assertions on losses, and the plugin that makes fixtures of them."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from lossctl import testing
from lossctl.core.errors import UsageError

PREDICTIONS, TARGETS = np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 2.0])  # errors 0, 1, 2


def test_a_loss_within_its_limit() -> None:
    result = testing.assert_loss("mae", PREDICTIONS, TARGETS, fail_over=1.0)
    assert result.value == 1.0
    assert testing.assert_loss("mae", PREDICTIONS, TARGETS, baseline=result).value == 1.0


def test_a_loss_over_its_limit() -> None:
    with pytest.raises(AssertionError, match=r"^gate failed: mae is 1, over the limit 0\.5$"):
        testing.assert_loss("mae", PREDICTIONS, TARGETS, fail_over={"mae": 0.5})
    with pytest.raises(AssertionError, match="the value is not finite"):
        testing.assert_loss("mae", [np.nan, 1.0], [1.0, 1.0], nan="propagate")
    with pytest.raises(UsageError, match="no parameter or option 'fail_ovr'"):
        testing.assert_loss("mae", PREDICTIONS, TARGETS, fail_ovr=1)


def test_a_metric_under_its_limit() -> None:
    labels = [0, 1, 1, 1], [0, 1, 1, 0]  # three of four are right
    testing.assert_metric("accuracy", *labels, fail_under=0.75)
    with pytest.raises(AssertionError, match=r"^gate failed: accuracy is 0\.75, under the limit"):
        testing.assert_metric("accuracy", *labels, fail_under=0.8)


def test_a_model_that_is_worse() -> None:
    targets = np.zeros(500)
    errors = np.random.default_rng(3).normal(size=500)
    worse = errors + np.where(errors < 0, -0.5, 0.5)  # each error grows by 0.5
    testing.assert_not_worse(worse, errors, targets=targets, loss="mae")
    with pytest.raises(AssertionError, match=r"^gate failed: mae of model .* worse than baseline"):
        testing.assert_not_worse(errors, worse, targets=targets, loss="mae")
    testing.assert_not_worse(errors, worse, targets=targets, loss="mae", margin=0.6)


def test_too_few_rows_to_tell() -> None:
    rows = {"targets": [0.0, 0.0, 0.0], "loss": "mae"}
    models = [1.0, 1.0, 1.0], [0.5, 1.0, 2.0]
    testing.assert_not_worse(*models, **rows)
    with pytest.raises(AssertionError, match=r"^gate undecided: .*: undecided\)$"):
        testing.assert_not_worse(*models, **rows, undecided="fail")


def test_loading_the_plugin_loads_nothing_else() -> None:
    code = "import sys, lossctl.testing.pytest_plugin; print('numpy' in sys.modules, *sorted("
    code += "name for name in sys.modules if name.startswith('lossctl')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [
        "False", "lossctl", "lossctl.testing", "lossctl.testing.pytest_plugin",
    ]  # fmt: skip


def test_the_fixtures_in_a_run_of_pytest(tmp_path: Path) -> None:
    (tmp_path / "test_model.py").write_text(
        "def test_good(assert_loss):\n"
        "    assert_loss('mae', [1.0], [1.5], fail_over=1)\n"
        "def test_bad(assert_loss):\n"
        "    assert_loss('mae', [1.0], [1.5], fail_over=0.1)\n"
        "def test_metric(assert_metric):\n"
        "    assert_metric('accuracy', [0, 1], [0, 0], fail_under=0.4)\n"
        "def test_same(assert_not_worse):\n"
        "    assert_not_worse([1.0, 2.0], [1.0, 2.0], targets=[0.0, 0.0], loss='mse')\n"
    )
    args = ["-q", "-p", "lossctl.testing.pytest_plugin", "--junit-xml", "junit.xml"]
    args += ["-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *args],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    assert "3 passed" in done.stdout
    assert "E           AssertionError: gate failed: mae is 0.5, over the limit 0.1" in (
        done.stdout.replace("E       ", "E           ")
    )
    root = ET.parse(tmp_path / "junit.xml")  # noqa: S314 - written just now
    said = [one.get("value") for one in root.iter("property") if one.get("name") == "lossctl"]
    assert said[:2] == ["mae is 0.5, within the limit 1", "mae is 0.5, over the limit 0.1"]
    assert said[2] == "accuracy is 0.5, within the limit 0.4"
    assert "mse of model 2.5 is equal to baseline 2.5" in str(said[3])
