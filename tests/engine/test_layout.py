"""Layouts: the grid covers every row once, and `parts` undoes `read_rows`."""

from dataclasses import replace
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossctl.core.loss import Array
from lossctl.engine.bind import layout as module
from lossctl.engine.bind.layout import (
    BLOCK_ELEMENTS,
    Layout,
    class_layout,
    item_layout,
    read_rows,
)
from lossctl.engine.sources import ArraySource

SHAPES = st.lists(st.integers(1, 6), min_size=1, max_size=4).map(tuple)
LARGE = [
    ((200_000,), None),
    ((70_001, 3), 1),
    ((2, 4, 26_000), 1),
    ((3, 2, 300, 150), 1),
    ((5, 40_000, 3), 2),
    ((2, 70_000, 2), 2),
    ((300, 700), 1),
    ((4, 70_000), 1),
    ((2, 300, 500), 1),
    ((1, 3, 65_537), 1),
    ((100_000, 2, 3), 1),
    ((1, 2), 1),
]


def layouts(shape: tuple[int, ...], axis: int | None) -> list[Layout]:
    of_items = items(shape, axis)
    return [of_items] if axis is None else [of_items, classes(shape, axis)]


def items(shape: tuple[int, ...], axis: int | None = None, samples: int = 1) -> Layout:
    return item_layout(("predictions",), shape, axis, samples)


def classes(shape: tuple[int, ...], axis: int, samples: int = 1) -> Layout:
    return class_layout({"predictions": (shape[axis],)}, shape, axis, samples)


def check_grid(layout: Layout) -> None:
    """Blocks follow each other, hold whole leads or parts of one, and are not too large."""
    grid = layout.grid()
    assert grid[0][0] == 0
    assert grid[-1][1] == layout.rows
    assert [stop for _, stop in grid[:-1]] == [start for start, _ in grid[1:]]
    most = max(layout.least_rows, module.BLOCK_ELEMENTS // max(layout.columns, 1))
    for start, stop in grid:
        assert 0 < stop - start <= most
        if layout.columns and layout.inner > 1:
            whole = start % layout.inner == 0 and stop % layout.inner == 0
            assert whole or start // layout.inner == (stop - 1) // layout.inner


def check_reading(layout: Layout, array: Array, axis: int | None) -> None:
    """Every block holds the rows NumPy finds, and its parts fill the array again."""
    rows = (
        array.ravel() if axis is None else np.moveaxis(array, axis, -1).reshape(-1, layout.columns)
    )
    again = np.full(array.size, -1.0)
    source = ArraySource(array, "predictions")
    for start, stop in layout.grid():
        block = read_rows(source, layout.lies["predictions"], start, stop, "class")
        np.testing.assert_array_equal(block, rows[start:stop])
        for at, part in layout.parts(start, block):
            assert (again[at : at + len(part)] == -1.0).all()
            again[at : at + len(part)] = part
    np.testing.assert_array_equal(again.reshape(array.shape), array)


@pytest.mark.parametrize(("shape", "axis"), LARGE)
def test_large_arrays_are_read_and_written_back(shape: tuple[int, ...], axis: int | None) -> None:
    array = np.arange(prod(shape), dtype=np.float64).reshape(shape)
    for layout in layouts(shape, axis):
        assert layout.rows * max(layout.columns, 1) == array.size
        check_grid(layout)
        check_reading(layout, array, axis)
    check_reading(layouts(shape, axis)[0], np.asfortranarray(array), axis)


@pytest.mark.parametrize("elements", [1, 2, 7, 12, 64])
@pytest.mark.parametrize("least", [1, 4])
def test_small_grids(elements: int, least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_ELEMENTS", elements)

    @given(shape=SHAPES, data=st.data())
    def check(shape: tuple[int, ...], data: st.DataObject) -> None:
        axis = data.draw(st.none() | st.integers(0, len(shape) - 1))
        array = np.arange(prod(shape), dtype=np.float64).reshape(shape)
        for usual in layouts(shape, axis):
            layout = replace(usual, least_rows=least)
            check_grid(layout)
            check_reading(layout, array, axis)

    check()


@given(shape=SHAPES, data=st.data())
def test_index_of_names_the_item(shape: tuple[int, ...], data: st.DataObject) -> None:
    axis = data.draw(st.integers(0, len(shape) - 1))
    array = np.arange(prod(shape)).reshape(shape)
    rows = np.moveaxis(array, axis, -1).reshape(-1, shape[axis])
    elements, of_rows = layouts(shape, axis)
    plain = items(shape)
    for row, column in np.ndindex(rows.shape):
        assert array[elements.index_of(row, column)] == rows[row, column]
        leads = np.moveaxis(array, axis, -1)[of_rows.index_of(row)]
        np.testing.assert_array_equal(leads, rows[row])
    for number in range(array.size):
        assert array[plain.index_of(number)] == array.ravel()[number]


def test_the_grid_depends_on_the_shape_alone() -> None:
    """The bits of every value follow from these boundaries: changing them changes numbers."""
    assert BLOCK_ELEMENTS == 262_144
    assert items((300_000,)).grid() == [(0, 262_144), (262_144, 300_000)]
    assert items((3, 100_000)).grid() == items((300_000,)).grid()
    assert classes((80_000, 4), 1).grid() == [(0, 65_536), (65_536, 80_000)]
    assert classes((3, 4, 24_000), 1).grid() == [(0, 48_000), (48_000, 72_000)]
    assert classes((2, 4, 80_000), 1).grid() == [
        (0, 65_536), (65_536, 80_000), (80_000, 145_536), (145_536, 160_000)
    ]  # fmt: skip


def test_samples_divide_the_rows() -> None:
    assert items((6, 5, 4), None, 6).rows_per_sample == 20
    assert classes((6, 3, 5), 1, 6).rows_per_sample == 5
    assert classes((6, 5, 3), 2, 6).item_shape == (6, 5)
    assert items(()).grid() == [(0, 1)]
