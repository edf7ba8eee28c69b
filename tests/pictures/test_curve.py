"""Curves of losses: values and derivatives by hand, axes, sweeps, what is refused."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lossctl.core.errors import UsageError
from lossctl.core.spec import parse_spec
from lossctl.loss_specs import spec_of
from lossctl.losses.catalogue import CATALOGUE
from lossctl.pictures.curve import MOST_CURVES, POINTS, curve
from lossctl.pictures.picture import Picture


def drawn(*losses: str, **more: Any) -> Picture:
    return curve([spec_of(*parse_spec(loss)) for loss in losses], **more)


def table(picture: Picture, loss: str) -> np.ndarray:
    """Return x, value and derivative of one loss, (points, 3)."""
    return np.array([row[1:] for row in picture.rows() if row[0] == loss])


BY_HAND: dict[tuple[str, str], tuple[Callable[[float], float], Callable[[float], float]]] = {
    ("mse", "residual"): (lambda e: e * e, lambda e: 2 * e),
    ("huber", "residual"): (
        lambda e: 0.5 * e * e if abs(e) <= 1 else abs(e) - 0.5,
        lambda e: max(-1.0, min(1.0, e)),
    ),
    ("bce", "probability"): (lambda p: -math.log(p), lambda p: -1 / p),
    ("bce_with_logits", "probability"): (lambda p: -math.log(p), lambda p: -1 / p),
    ("cross_entropy", "probability"): (lambda p: -math.log(p), lambda p: -1 / p),
    ("brier", "probability"): (lambda p: (1 - p) ** 2, lambda p: -2 * (1 - p)),
    ("bce_with_logits", "logit"): (
        lambda z: math.log1p(math.exp(-z)),
        lambda z: -1 / (1 + math.exp(z)),
    ),
    ("cross_entropy", "logit"): (
        lambda z: math.log1p(math.exp(-z)),
        lambda z: -1 / (1 + math.exp(z)),
    ),
    ("hinge", "logit"): (lambda z: max(0.0, 1 - z), lambda z: -1.0 * (z < 1)),
    # of two pixels, one on the mask: Dice is 2p/(p + 1 - p + 1) = p
    ("dice", "overlap"): (lambda p: 1 - p, lambda p: -1.0),
}


@pytest.mark.parametrize(("loss", "over"), BY_HAND)
def test_values_and_derivatives_by_hand(loss: str, over: str) -> None:
    value, slope = BY_HAND[loss, over]
    params = ":smooth=0" if loss == "dice" else ""
    picture = drawn(loss + params, over=over)
    assert len(picture.rows()) == POINTS
    label = picture.columns["loss"][0]
    for x, found, derivative in table(picture, label):
        assert found == pytest.approx(value(x), rel=1e-6, abs=1e-6), x
        if not (loss == "hinge" and abs(x - 1) < 1e-9):
            assert derivative == pytest.approx(slope(x), rel=1e-6, abs=2e-6), x


@pytest.mark.parametrize(
    "loss", [name for name in CATALOGUE if CATALOGUE[name].family != "logic"][::9]
)
def test_derivatives_are_those_of_the_values(loss: str) -> None:
    """By differences of neighbours, but for kinks: half of the points at least."""
    picture = drawn(loss)
    x, value, derivative = table(picture, picture.columns["loss"][0]).T
    numeric = np.gradient(value, x)
    scale = max(float(np.nanmax(np.abs(derivative))), 1e-9)
    assert float(np.nanmedian(np.abs(numeric - derivative))) <= 2e-3 * scale


def test_sweeps_draw_each_value_and_share_colours_in_order() -> None:
    picture = drawn("mse", "huber", over="residual", sweeps={"delta": [0.5, 2.0]})
    assert picture.facts["losses"] == ["mse", "huber:delta=0.5", "huber:delta=2"]
    at_three = {loss: table(picture, loss)[-1, 1] for loss in picture.facts["losses"]}
    assert at_three == {"mse": 9.0, "huber:delta=0.5": 1.375, "huber:delta=2": 4.0}
    assert [trace.name for trace in picture.panels[0].traces] == picture.facts["losses"]


def test_the_ends_of_the_axis() -> None:
    picture = drawn("mse", limits=(-1.0, 0.5))
    assert (picture.columns["x"][0], picture.columns["x"][-1]) == (-1.0, 0.5)
    assert picture.panels[0].range_of("x") == (-1.0, 0.5)


@pytest.mark.parametrize(
    ("losses", "more", "said"),
    [
        (["mse"], {"over": "probability"}, "cannot be drawn over"),
        (["mse", "bce"], {}, "say one axis with"),
        (["mse"], {"over": "residuum"}, "did you mean residual"),
        (["huber"], {"sweeps": {"delt": [1.0]}}, "did you mean delta"),
        (["huber"], {"sweeps": {"delta": [0.1 * n for n in range(1, MOST_CURVES + 2)]}}, "at most"),
        (["focal:gamma=-1"], {"over": "probability"}, "gamma must lie in"),
        (["mse"], {"limits": (1.0, 1.0)}, "begin below its end"),
        (["bce"], {"over": "probability", "limits": (-1.0, None)}, "from 0 to 1"),
        (["vae"], {}, "has no curve"),
        ([], {}, "no loss was asked for"),
    ],
)
def test_what_cannot_be_drawn(losses: list[str], more: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        drawn(*losses, **more)
