"""Arrays large enough to span several blocks, and sources that serve them in odd ways."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine.layout import BLOCK_ELEMENTS
from tests.conformance.cases import Case, draw, weight_shape

SEVERAL_BLOCKS = 3 * BLOCK_ELEMENTS + 3_391


class Served:
    """A source that holds its elements in C order and serves them in its own way.

    `chunk` is how many elements it fetches at a time (0 for all at once); `stride` spaces the
    elements of what it returns.
    """

    def __init__(self, array: Array, chunk: int = 0, stride: int = 1) -> None:
        """Copy the array."""
        self.label, self.shape, self.dtype = "served", array.shape, array.dtype
        self._flat, self._chunk, self._stride = array.ravel().copy(), chunk, stride
        self.reads = 0

    def read(self, start: int, stop: int) -> Array:
        """Return elements `start` to `stop`, read-only."""
        self.reads += 1
        step = self._chunk or stop - start
        room = np.empty((stop - start) * self._stride, self.dtype)[:: self._stride]
        for at in range(start, stop, step):
            end = min(at + step, stop)
            room[at - start : end - start] = self._flat[at:end]
        room.flags.writeable = False
        return room

    def where(self, index: tuple[int, ...]) -> str:
        """Name an element by its index."""
        return f"element {index}"


def large(case: Case, seed: int = 0) -> tuple[list[Array], dict[str, Any]]:
    """Draw inputs of several blocks, and the options that read them.

    Rows lie along the last axis for index targets, and before an axis longer than a block for
    other targets, as images have them.
    """
    if case.form.layout == "element" and not case.columns:
        return draw(case, (7, SEVERAL_BLOCKS // 7), seed), {}
    if case.form.layout == "row" and case.encoding == "index":
        return draw(case, (SEVERAL_BLOCKS // case.columns,), seed), {}
    items = (3, SEVERAL_BLOCKS // (3 * case.columns))
    arrays = [np.moveaxis(array, -1, 1).copy() for array in draw(case, items, seed)]
    return arrays, {"class_axis": 1}


def item_weights(case: Case, arrays: Sequence[Array], options: dict[str, Any]) -> Array:
    """Draw weights for items: in the shape of the predictions without their class axis."""
    shape = weight_shape(case, arrays)
    if case.form.layout == "row" and "class_axis" in options:
        shape = (arrays[0].shape[0], *arrays[0].shape[2:])
    return np.random.default_rng(9).uniform(0.0, 2.0, size=shape)


def save(folder: Path, arrays: dict[str, Array]) -> dict[str, str]:
    """Save arrays as npy files; return what names them to the inputs."""
    named = {}
    for name, array in arrays.items():
        path = folder / f"{name}.npy"
        np.save(path, array)
        named[name] = str(path)
    return named
