"""`check_loss` passes a sound plugin and names the law, the case and the numbers otherwise."""

import importlib.metadata
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import log, mpf

from lossctl.api import compute
from lossctl.core.domain import Interval
from lossctl.core.errors import UsageError
from lossctl.core.loss import Array, Loss
from lossctl.losses import catalogue, plugins
from lossctl.testing import check_loss
from lossctl.testing.cases import cases_of
from lossctl.testing.gradients import gradient_matches_differences
from tests.exhaustive import rest
from tests.testing.log_ratio import LOG_RATIO

PLUGIN = Path(__file__).with_name("log_ratio.py")


def oracle(predictions: float, targets: float, *, kind: str, scale: float = 1.0) -> Any:
    """The definition, in mpmath."""
    assert kind == "values"
    return scale * log(mpf(predictions) / mpf(targets)) ** 2


def with_form(**functions: Any) -> Loss:
    """Change the functions of the only form."""
    (form,) = LOG_RATIO.forms
    return replace(LOG_RATIO, forms=(replace(form, **functions),))


def with_page(**entries: Any) -> Loss:
    """Change entries of the page."""
    return replace(LOG_RATIO, page=replace(LOG_RATIO.page, **entries))


def broken(loss: Loss, **given: Any) -> str:
    """Require a law to be broken; return the message."""
    with pytest.raises(AssertionError) as caught:
        check_loss(loss, **given)
    return str(caught.value)


def test_a_sound_loss_passes() -> None:
    check_loss(LOG_RATIO)
    check_loss(LOG_RATIO, oracle=oracle)


@pytest.mark.parametrize(
    "loss_id",
    [
        "gaussian_nll",
        "hinge",
        "tversky",
        rest("ldam"),
        rest("lovasz_hinge"),
    ],
)
def test_losses_of_every_sort_pass(loss_id: str) -> None:
    check_loss(catalogue.get(loss_id))


def test_a_value_that_is_not_the_oracle_s_is_caught() -> None:
    message = broken(LOG_RATIO, oracle=lambda *item, **given: 1.01 * oracle(*item, **given))
    assert message.startswith("log_ratio-item-values-values-default: the law that agrees with")
    assert "the oracle says" in message


@pytest.mark.parametrize("factor", [1.0001, -1.0, 0.0])
def test_a_corrupted_gradient_is_caught(factor: float) -> None:
    def vjp(*arrays: Array, **given: Any) -> dict[str, Array]:
        true = LOG_RATIO.forms[0].vjp(*arrays, **given)
        return {name: factor * gradient for name, gradient in true.items()}

    message = broken(with_form(vjp=vjp))
    assert "gradient matches differences" in message
    assert "log_ratio-item-values" in message
    assert "of the predictions the gradient is " in message
    assert "finite differences give" in message


def test_an_input_written_to_is_caught() -> None:
    def terms(predictions: Array, targets: Array, **given: Any) -> Any:
        if predictions.flags.writeable and predictions.size > 9:
            predictions[0] = 1.0
        return LOG_RATIO.forms[0].terms(predictions, targets, **given)

    message = broken(with_form(terms=terms))
    assert "inputs are never written to is broken: an input was written to" in message


def test_a_value_that_depends_on_its_block_is_caught() -> None:
    def terms(predictions: Array, targets: Array, **given: Any) -> Any:
        found = dict(LOG_RATIO.forms[0].terms(predictions, targets, **given))
        return {**found, "loss": found["loss"] - found["loss"].mean() + 1.0}

    message = broken(with_form(terms=terms))
    assert "is worth what was worked out is broken" in message
    case = next(cases_of(with_form(terms=terms)))
    with pytest.raises(AssertionError, match="differences give"):
        gradient_matches_differences(case)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ({"summary": "Two\nlines"}, "summary 'Two\\nlines' is not one line"),
        ({"also_called": ("log loss", " ")}, "also_called has an empty name"),
        ({"use_when": ()}, "use_when is empty"),
        ({"expected": {"bad": "> 1"}}, "does not say what is perfect"),
        ({"references": ()}, "there are no references"),
        ({"examples": ()}, "there are no examples"),
        (
            {"examples": (replace(LOG_RATIO.page.examples[0], value=0.25),)},
            "is worth 0.0, the page says 0.25",
        ),
        ({"curve": replace(LOG_RATIO.page.curve, low=-1.0)}, "curve can be drawn"),
    ],
)
def test_a_wrong_page_is_caught(page: dict[str, Any], words: str) -> None:
    message = broken(with_page(**page))
    assert words in message
    assert message.startswith("log_ratio: the law that")


def test_a_parameter_whose_domain_lies_is_caught() -> None:
    (scale,) = LOG_RATIO.params
    default = replace(scale, default=-1.0)
    assert "defaults lie inside" in broken(replace(LOG_RATIO, params=(default,)))
    silent = replace(scale, help="")
    assert "is no sentence" in broken(replace(LOG_RATIO, params=(silent,)))
    wide = replace(scale, domain=Interval(-3.0, 3.0))

    def terms(*arrays: Array, scale: float) -> Any:
        return LOG_RATIO.forms[0].terms(*arrays, scale=np.sqrt(scale))

    loss = replace(with_form(terms=terms), params=(wide,))
    assert "values inside are accepted" in broken(loss)


def test_a_file_named_on_the_command_line(tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", np.array([1.0, np.e]))
    np.save(tmp_path / "t.npy", np.array([1.0, 1.0]))
    command = [
        *(sys.executable, "-m", "lossctl", "compute", "p.npy", "t.npy"),
        *("--plugin", str(PLUGIN), "-l", "log_ratio", "-f", "json"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["results"][0]["value"] == pytest.approx(0.5, rel=1e-15)


class Point:
    """An entry point of an installed package."""

    name, value = "log_ratio", "some_package:LOG_RATIO"

    def __init__(self, found: Any) -> None:
        """Hold what it loads."""
        self.found = found

    def load(self) -> Any:
        return self.found


@pytest.fixture
def _fresh() -> Iterator[None]:
    """Look for installed losses anew, before and after."""
    plugins.installed.cache_clear()
    yield
    plugins.installed.cache_clear()


def offer(monkeypatch: pytest.MonkeyPatch, found: Any) -> None:
    def entry_points(*, group: str) -> list[Point]:
        assert group == "lossctl.losses"
        return [Point(found)]

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)


@pytest.mark.usefixtures("_fresh")
def test_an_entry_point_of_an_installed_package(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, LOG_RATIO)
    assert compute("log-ratio", [np.e], [1.0], scale=2.0).value == pytest.approx(2.0, rel=1e-15)
    assert catalogue.get("log_ratio") is LOG_RATIO
    check_loss(catalogue.get("log_ratio"))


@pytest.mark.usefixtures("_fresh")
@pytest.mark.parametrize("found", ["no loss", replace(LOG_RATIO, id="other")])
def test_an_entry_point_that_is_no_loss(monkeypatch: pytest.MonkeyPatch, found: Any) -> None:
    offer(monkeypatch, found)
    with pytest.raises(UsageError, match=r"entry point log_ratio of lossctl\.losses"):
        compute("log_ratio", [1.0], [1.0])


@pytest.mark.usefixtures("_fresh")
def test_an_entry_point_may_be_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    def log_ratio(predictions: Any, targets: Any, *, scale: float = 1.0) -> Any:
        return scale * np.log(predictions / targets) ** 2

    offer(monkeypatch, log_ratio)
    assert compute("log-ratio:scale=2", [np.e], [1.0]).value == pytest.approx(2.0, rel=1e-15)


@pytest.mark.usefixtures("_fresh")
def test_an_entry_point_that_cannot_be_loaded_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Any) -> Any:
        raise ImportError("no module")

    monkeypatch.setattr(Point, "load", broken)
    offer(monkeypatch, None)
    with pytest.raises(UsageError, match=r"log_ratio of lossctl\.losses .*: no module"):
        compute("log_ratio", [1.0], [1.0])
