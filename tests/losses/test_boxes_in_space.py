"""Boxes of six numbers: values and slopes against the oracle, at any scale, and what is refused."""

from importlib import import_module
from typing import Any

import numpy as np
import pytest

from lossctl.api import compute, gradient
from lossctl.core.errors import DataError
from tests.oracles._derivative import derivative

LOSSES = ("box_iou", "giou", "diou")
PAIRS = np.array(
    [
        [[0.0, 0.0, 0.0, 2.0, 1.0, 3.0], [1.0, 0.5, -1.0, 2.5, 3.0, 2.0]],
        [[0.0, 0.0, 0.0, 1.0, 1.0, 1.0], [3.0, 5.0, 0.5, 4.0, 6.5, 2.5]],
        [[0.0, 0.0, 0.0, 4.0, 4.0, 4.0], [1.0, 1.0, 0.5, 2.0, 3.0, 3.0]],
        [[-1.0, 2.0, 0.0, 0.5, 2.25, 1.0], [-1.5, 2.125, 0.25, 0.25, 2.5, 1.5]],
        [[0.0, 0.0, 0.0, 1.0, 1.0, 1.0], [0.25, 0.5, 1.75, 1.5, 1.25, 2.0]],
        [[0.0, 0.0, 0.0, 1.0, 1.0, 1.0], [2.0, 3.0, 4.0, 3.5, 5.0, 6.0]],
        [[1e8, 1e8, 0.0, 1e8 + 1, 1e8 + 1, 1e-9], [1e8 + 0.5, 1e8, 0.0, 1e8 + 1.5, 1e8 + 2, 2e-9]],
    ]
)  # overlapping, far in two axes, inside, crossing, far in one axis, in all, long and flat


def oracle(loss: str) -> Any:
    return import_module(f"tests.oracles.detection.{loss}").value


def as_format(boxes: np.ndarray, box_format: str) -> np.ndarray:
    low, high = boxes[..., :3], boxes[..., 3:]
    if box_format == "xyxy":
        return boxes
    base = low if box_format == "xywh" else 0.5 * (low + high)
    return np.concatenate([base, high - low], axis=-1)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("box_format", ["xyxy", "xywh", "cxcywh"])
def test_values_and_slopes_are_exact(loss: str, box_format: str) -> None:
    one, other = as_format(PAIRS[:, 0], box_format), as_format(PAIRS[:, 1], box_format)
    found = compute(loss, one, other, box_format=box_format, reduction="none").value
    slopes = gradient(loss, one, other, box_format=box_format, reduction="sum")["predictions"]
    for number, (predicted, true) in enumerate(zip(one.tolist(), other.tolist(), strict=True)):
        exact = oracle(loss)(predicted, true, box_format=box_format)
        assert found[number] == pytest.approx(float(exact), rel=4e-15)
        wanted = [
            float(derivative(oracle(loss), predicted, true, at, box_format=box_format))
            for at in range(6)
        ]
        scale = max(map(abs, wanted))
        np.testing.assert_allclose(slopes[number], wanted, rtol=1e-12, atol=1e-14 * scale)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    ("dtype", "exponents"), [("float64", (-1000, -400, 400, 1000)), ("float32", (-120, 64, 120))]
)
def test_no_scale_changes_a_value(loss: str, dtype: str, exponents: tuple[int, ...]) -> None:
    one, other = PAIRS[:6, 0].astype(dtype), PAIRS[:6, 1].astype(dtype)
    values = compute(loss, one, other, reduction="none").value
    slopes = gradient(loss, one, other, reduction="sum")["predictions"]
    assert slopes.dtype == one.dtype
    for exponent in exponents:
        pair = np.ldexp(one, exponent), np.ldexp(other, exponent)
        np.testing.assert_array_equal(compute(loss, *pair, reduction="none").value, values)
        scaled = gradient(loss, *pair, reduction="sum")["predictions"]
        np.testing.assert_allclose(np.ldexp(scaled, exponent), slopes, rtol=1e-5)


@pytest.mark.parametrize("loss", LOSSES)
def test_nearly_equal_boxes_keep_their_digits(loss: str) -> None:
    box, wide = [[0.0, 0.0, 0.0, 2.0, 1.0, 3.0]], [[0.0, 0.0, 0.0, 2.0, 1.0, 3.0 + 2.0**-39]]
    exact = 2.0**-39 / (3.0 + 2.0**-39)
    assert compute(loss, wide, box).value == pytest.approx(exact, rel=1e-11)
    assert compute(loss, box, box).value == 0.0


@pytest.mark.parametrize("loss", LOSSES)
def test_a_flat_pair_is_that_of_the_plane(loss: str) -> None:
    """With one depth for both, volumes are areas times it; the diagonal is longer."""
    if loss == "diou":
        pytest.skip("the diagonal has the depth too")
    plane = PAIRS[:4][:, :, [0, 1, 3, 4]]
    deep = PAIRS[:4].copy()
    deep[:, :, 2], deep[:, :, 5] = 1.0, 4.0
    for reduction in ("mean", "none"):
        np.testing.assert_allclose(
            compute(loss, deep[:, 0], deep[:, 1], reduction=reduction).value,
            compute(loss, plane[:, 0], plane[:, 1], reduction=reduction).value,
            rtol=1e-14,
        )


def test_what_is_no_box_in_space() -> None:
    box = np.array([[0.0, 0.0, 0.0, 1.0, 1.0, 1.0]] * 2)
    flat = box.copy()
    flat[1, 5] = 0.0
    with pytest.raises(DataError, match="item 1 is empty: xyxy needs x2 > x1, y2 > y1 and z2 > z1"):
        compute("giou", flat, box)
    with pytest.raises(DataError, match="item 1 is empty: xywh needs w > 0, h > 0 and d > 0"):
        compute("giou", box + 0.5, flat, box_format="xywh")
    with pytest.raises(DataError, match="box at item 0 has 6 numbers, its target 4"):
        compute("giou", box, box[:, :4] + [0.0, 0.0, 1.0, 0.0])
    with pytest.raises(DataError, match=r"expected \(item, 4\)"):
        compute("ciou", box, box)
    with pytest.raises(DataError, match=r"expected \(item, 4\) or \(item, 6\)"):
        compute("giou", box[:, :5], box[:, :5])
