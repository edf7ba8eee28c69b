"""Arrays without an entry of an axis, read and written in any pieces: against slices of NumPy."""

from itertools import pairwise

import numpy as np
import pytest

from lossctl.engine.bind.views import Cut
from lossctl.engine.sources import ArraySink, ArraySource

SHAPES = [((40, 5), 1), ((6, 7, 3), 1), ((9, 2, 4), 0), ((900, 3), 1)]
STEPS = (1, 3, 7, 11, 50, 501, 1000)


@pytest.mark.parametrize("skipped", [0, 1])
@pytest.mark.parametrize(("shape", "axis"), SHAPES)
def test_pieces_are_those_of_a_slice(shape: tuple[int, ...], axis: int, skipped: int) -> None:
    array = np.arange(np.prod(shape), dtype=float).reshape(shape)
    kept = slice(1, None) if skipped else slice(None, -1)
    wanted = array[(slice(None),) * axis + (kept,)]
    cut = Cut(ArraySource(array, "a"), axis, skipped)
    assert cut.shape == wanted.shape
    flat = wanted.reshape(-1)
    for step in STEPS:
        for start in range(0, flat.size, step):
            stop = min(start + step, flat.size)
            assert cut.read(start, stop).tolist() == flat[start:stop].tolist()


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("skipped", [0, 1])
@pytest.mark.parametrize(("shape", "axis"), SHAPES)
def test_what_is_left_out_is_written_as_nothing(
    shape: tuple[int, ...], axis: int, skipped: int, step: int
) -> None:
    """Into room that held other numbers: every place is written."""
    cut = Cut(ArraySource(np.zeros(shape), "a"), axis, skipped)
    values = 1.0 + np.arange(np.prod(cut.shape))
    sink = ArraySink(shape, np.dtype(float))
    sink.array[...] = -1.0
    behind = cut.behind(sink)
    for start, stop in pairwise([*range(0, values.size, step), values.size]):
        behind.write(start, values[start:stop])
    wanted = np.zeros(shape)
    kept = slice(1, None) if skipped else slice(None, -1)
    wanted[(slice(None),) * axis + (kept,)] = values.reshape(cut.shape)
    np.testing.assert_array_equal(sink.array, wanted)
