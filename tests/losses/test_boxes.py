"""Boxes: what is no box, boxes that coincide, touch or miss."""

import json
from pathlib import Path

import numpy as np
import pytest

from lossctl.api import compute, gradient
from lossctl.core.errors import DataError
from tests.cli.run import lossctl as shell

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


PAIRS = np.array(
    [
        [[0.0, 0.0, 2.0, 1.0], [1.0, 0.5, 2.5, 3.0]],
        [[0.0, 0.0, 1.0, 1.0], [3.0, 5.0, 4.0, 6.5]],
        [[0.0, 0.0, 4.0, 4.0], [1.0, 1.0, 2.0, 3.0]],
        [[-1.0, 2.0, 0.5, 2.25], [-1.0, 2.0, 0.5, 2.5]],
    ]
)  # overlapping, far from each other, one inside the other, of one width


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    ("dtype", "exponents"),
    [
        ("float64", (-1000, -532, -451, -450, 449, 450, 532, 1000)),
        ("float32", (-120, -64, 64, 120)),
    ],
)
def test_no_scale_changes_a_value(loss: str, dtype: str, exponents: tuple[int, ...]) -> None:
    """Scales of a power of two change no digit of a box, so none of the loss; slopes fall by it."""
    one, other = PAIRS[:, 0].astype(dtype), PAIRS[:, 1].astype(dtype)
    values = compute(loss, one, other, reduction="none").value
    slopes = gradient(loss, one, other, reduction="sum")["predictions"]
    for exponent in exponents:
        pair = np.ldexp(one, exponent), np.ldexp(other, exponent)
        found = compute(loss, *pair, reduction="none")
        np.testing.assert_array_equal(found.value, values)
        assert not found.notes
        found_slopes = gradient(loss, *pair, reduction="sum")["predictions"]
        np.testing.assert_allclose(
            np.ldexp(found_slopes, exponent), slopes, rtol=1e-6 if dtype == "float32" else 1e-13
        )


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e160, 1e300])
def test_scales_beside_each_other_keep_their_values(loss: str, scale: float) -> None:
    one, other = PAIRS[:, 0], PAIRS[:, 1]
    values = compute(loss, one, other, reduction="none").value
    mixed = [np.concatenate([side, scale * side]) for side in (one, other)]
    found = compute(loss, *mixed, reduction="none").value
    np.testing.assert_array_equal(found[: len(one)], values)
    np.testing.assert_allclose(found[len(one) :], values, rtol=1e-12)


@pytest.mark.parametrize("scale", [1e-160, 1e160])
def test_boxes_long_one_way_by_hand(scale: float) -> None:
    """Width s, height 1/s, one beside the other, half of which they share: IoU is 1/3."""
    one, other = [[0.0, 0.0, scale, 1 / scale]], [[scale / 2, 0.0, 1.5 * scale, 1 / scale]]
    assert compute("box_iou", one, other).value == pytest.approx(2 / 3, rel=1e-12)
    assert compute("giou", one, other).value == pytest.approx(2 / 3, rel=1e-12)
    apart = 1 / 9 if scale > 1 else 0.0  # ρ²/c² = (s/2)²/((3s/2)² + 1/s²)
    assert compute("diou", one, other).value == pytest.approx(2 / 3 + apart, rel=1e-12)


def test_small_boxes_far_from_each_other_have_no_overlap() -> None:
    one, other = [[0.0, 0.0, 1e-170, 1e-170]], [[1.0, 1.0, 2.0, 2.0]]
    tiny = [[1.0, 1.0, 1.0 + 2.0**-52, 1.0 + 2.0**-52]]
    for there in (other, tiny):
        assert compute("box_iou", one, there).value == 1.0
        assert 1.0 <= compute("giou", one, there).value <= 2.0
    assert compute("box_iou", one, [[1e-165, 0.0, 2e-165, 1e-170]]).value == 1.0


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("box_format", ["xywh", "cxcywh"])
def test_slopes_of_other_formats_are_those_of_corners_carried_on(
    loss: str, box_format: str
) -> None:
    """A corner follows where a box stands and how long its sides are: the chain rule."""
    rng = np.random.default_rng(5)
    low, sides = rng.uniform(0.0, 2.0, (2, 6, 2)), rng.uniform(1.0, 3.0, (2, 6, 2))
    corners = np.concatenate([low, low + sides], axis=2)
    base = low if box_format == "xywh" else low + 0.5 * sides
    boxes = np.concatenate([base, sides], axis=2)
    of_corners = gradient(loss, *corners, reduction="sum")["predictions"]
    found = gradient(loss, *boxes, box_format=box_format, reduction="sum")["predictions"]
    first, second = of_corners[:, :2], of_corners[:, 2:]
    of_sides = second if box_format == "xywh" else 0.5 * (second - first)
    np.testing.assert_allclose(found, np.hstack([first + second, of_sides]), rtol=1e-10, atol=1e-12)


def test_boxes_of_coco_and_yolo_files_are_read(tmp_path: Path) -> None:
    """Two squares that share half: 200 of 600 pixels, and the box around both has no more."""
    coco = compute("giou", [[10, 10, 20, 20]], [[20, 10, 20, 20]], box_format="xywh")
    assert coco.value == pytest.approx(1.0 - 1.0 / 3.0)
    for name, left in (("predictions", 0.4), ("targets", 0.5)):  # a class, then the box
        (tmp_path / f"{name}.txt").write_text(f"0 {left} 0.5 0.2 0.2\n1 0.25 0.25 0.1 0.1\n")
    files = [f"{tmp_path / name}.txt::1:4" for name in ("predictions", "targets")]
    done = shell("compute", *files, "-l", "giou:box_format=cxcywh", "-f", "json")
    (result,) = json.loads(done.out)["results"]
    assert result["value"] == pytest.approx((2.0 / 3.0 + 0.0) / 2.0)
