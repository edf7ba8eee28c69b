"""Rows too wide to be taken whole: pieces of them show what is wrong, in bounded memory."""

import tracemalloc

import numpy as np
import pytest

import lossctl
from lossctl.checks.sample import MOST_NUMBERS, Sample, take_sample
from lossctl.engine.bind.layout import class_layout, item_layout
from lossctl.engine.sources import ArraySource
from tests.checks.models import Array

SHAPE = (40, 400, 400)


def masks(seed: int) -> tuple[Array, Array]:
    """Return probabilities in float32 and masks drawn from them; neighbours are alike."""
    rng = np.random.default_rng(seed)
    rough = rng.normal(size=(SHAPE[0], 4, 4), scale=3.0).repeat(100, axis=1).repeat(100, axis=2)
    p = (1.0 / (1.0 + np.exp(-rough))).astype(np.float32)
    return p, (rng.random(SHAPE, dtype=np.float32) < p).astype(np.uint8)


def test_memory_is_bounded() -> None:
    p, t = masks(0)
    lossctl.check(p[:2], t[:2], loss="dice")  # imports are slow while memory is traced
    tracemalloc.start()
    try:
        report = lossctl.check(p, t, loss="dice", threads=1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert report.findings == []
    (unasked,) = [each for each in report.skipped if each.code == "LC208"]
    assert unasked.why == "needs rows that are small enough to be looked at whole"
    assert peak < 40e6  # whole rows in float64 would be 51 MB of each


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("LC201", lambda t: t[np.random.default_rng(1).permutation(len(t))]),
        ("LC204", lambda t: 1 - t),
        ("LC408", lambda t: np.where(np.arange(len(t))[:, None, None] % 5, t, 0)),
        ("LC306", lambda t: 255 * t),
    ],
)
def test_mistakes_are_named(code: str, change: object) -> None:
    p, t = masks(0)
    assert callable(change)
    report = lossctl.check(p, change(t), loss="dice")
    assert report.findings[0].code == code


def sampled(shape: tuple[int, ...], classes: int = 0) -> tuple[Sample, Array]:
    values = np.random.default_rng(0).normal(size=(*shape, classes) if classes else shape)
    targets = np.arange(np.prod(shape), dtype=float).reshape(shape)
    sources = {
        name: ArraySource(array, name)
        for name, array in (("predictions", values), ("targets", targets))
    }
    if classes:
        layout = class_layout(
            {"predictions": ("class",), "targets": ()}, values.shape, -1 % (len(shape) + 1)
        )
    else:
        layout = item_layout(("predictions", "targets"), shape)
    return take_sample(sources, layout, None), targets


def test_pieces_lie_where_they_say() -> None:
    sample, targets = sampled((48, 400, 400))
    assert sample.places is not None
    assert sample.predictions.size <= MOST_NUMBERS
    wanted = targets.reshape(48, -1)[np.ix_(sample.rows, sample.places)]
    assert np.array_equal(sample.targets, wanted)


def test_rows_of_classes_too() -> None:
    sample, targets = sampled((40, 50_000), 3)
    assert sample.places is not None
    assert sample.predictions.shape == (*sample.targets.shape, 3)
    assert np.array_equal(sample.targets, targets[np.ix_(sample.rows, sample.places)])


@pytest.mark.parametrize("shape", [(50, 20, 20), (1, 9_000_000), (3, 3_000_000)])
def test_other_rows_are_whole_or_single_positions(shape: tuple[int, ...]) -> None:
    sample, _ = sampled(shape)
    assert sample.places is None
    assert sample.by_position == (len(shape) == 2)
