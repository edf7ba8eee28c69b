"""Boxes: what is no box, boxes that coincide, touch or miss."""

import numpy as np
import pytest

from lossctl.api import compute, gradient
from lossctl.core.errors import DataError

LOSSES = ("box_iou", "giou", "diou", "ciou")
BOX = [[0.0, 0.0, 2.0, 1.0]]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("place", [0, 1])
def test_an_empty_box_is_an_error_that_names_it(loss: str, place: int) -> None:
    boxes = [np.array(BOX * 3), np.array(BOX * 3)]
    boxes[place][1] = [1.0, 2.0, 1.0, 3.0]
    name = ("predictions", "targets")[place]
    with pytest.raises(DataError, match=rf"{name}: the box at item 1 is empty: xyxy needs x2 > x1"):
        compute(loss, *boxes)
    boxes[place][1] = [1.0, 2.0, 3.0, -1.0]
    with pytest.raises(DataError, match=r"item 1 is empty: cxcywh needs w > 0 and h > 0"):
        compute(loss, *boxes, box_format="cxcywh")


@pytest.mark.parametrize("loss", LOSSES)
def test_equal_boxes_are_perfect_and_at_rest(loss: str) -> None:
    assert compute(loss, BOX, BOX).value == 0.0
    np.testing.assert_allclose(gradient(loss, BOX, BOX)["predictions"], 0.0, atol=1e-15)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_scale_and_origin_do_not_matter(loss: str, scale: float) -> None:
    one, other = np.array([[0.0, 0.0, 2.0, 1.0]]), np.array([[1.0, 0.5, 2.5, 3.0]])
    value = compute(loss, one, other).value
    moved = compute(loss, scale * one + 3 * scale, scale * other + 3 * scale).value
    assert moved == pytest.approx(value, rel=1e-9)


def test_boxes_that_miss_or_touch_have_no_slope_of_iou() -> None:
    for left in (2.0, 5.0):
        there = [[left, 0.0, left + 2.0, 1.0]]
        assert compute("box_iou", BOX, there).value == 1.0
        np.testing.assert_array_equal(gradient("box_iou", BOX, there)["predictions"], 0.0)
        assert (gradient("giou", BOX, there)["predictions"] != 0.0).any()


@pytest.mark.parametrize("loss", LOSSES)
def test_nearly_equal_boxes_keep_their_digits(loss: str) -> None:
    """A box of width 2 that is 2e-12 too wide: 1 − 2/(2 + 2e-12) is 1e-12 to first order."""
    wide = [[0.0, 0.0, 2.0 + 2.0**-39, 1.0]]
    exact = 2.0**-39 / (2.0 + 2.0**-39)
    assert compute(loss, wide, BOX).value == pytest.approx(exact, rel=1e-11)
