"""Law: neither threads nor the source change a bit, and a streamed gradient is the whole one."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine.bind.layout import BLOCK_ELEMENTS, LIST_ITEMS
from lossctl.engine.gradient import gradient
from lossctl.engine.sources import ArraySink, as_source
from lossctl.testing.cases import Case
from lossctl.testing.checks import require
from lossctl.testing.draws import before_items, draw, given_class_weights, weight_shape
from lossctl.testing.running import bound, run, slopes

SEVERAL_BLOCKS = 3 * BLOCK_ELEMENTS + 3_391
SEVERAL_GRIDS = 12

SERVINGS: tuple[dict[str, int], ...] = (
    {"threads": 5, "chunk": 1_000},
    {"threads": 2, "chunk": 65_537, "stride": 2},
)


class Served:
    """A source that holds its elements in C order and serves them in its own way.

    `chunk` is how many elements it fetches at a time (0 for all at once); `stride` spaces the
    elements of what it returns.
    """

    def __init__(self, array: Array, chunk: int = 0, stride: int = 1) -> None:
        """Copy the array."""
        self.label, self.shape, self.dtype = "served", array.shape, array.dtype
        self._flat, self._chunk, self._stride = array.ravel().copy(), chunk, stride

    def read(self, start: int, stop: int) -> Array:
        """Return elements `start` to `stop`, read-only."""
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


class PieceSink(ArraySink):
    """Keeps a gradient as the pieces it comes in, and joins them when asked."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        """Start with no pieces."""
        super().__init__(shape, dtype)
        self.pieces: dict[int, Array] = {}

    def write(self, start: int, values: Array) -> None:
        """WideSink a piece; a second one for the same place is a mistake."""
        require(start not in self.pieces, f"element {start} of the gradient is written twice")
        self.pieces[start] = values.astype(self.array.dtype)

    def joined(self) -> Array:
        """Return the whole."""
        flat = np.concatenate([self.pieces[start] for start in sorted(self.pieces)])
        return flat.reshape(self.array.shape)


def large(case: Case, seed: int = 0) -> tuple[list[Array], dict[str, Any]]:
    """Draw inputs of several blocks (or many grids), and the options that read them.

    Rows lie along the last axis for index targets, and before an axis longer than a block for
    other targets, as images have them.
    """
    if case.sort == "grid":
        return draw(case, SEVERAL_GRIDS, seed), {}
    if case.sort == "record":
        width = sum(array.size for array in draw(case, 1))
        return draw(case, SEVERAL_BLOCKS // width, seed), {}
    if case.sort in {"batch", "lists"}:
        return draw(case, (6, 16) if case.sort == "batch" else (3 * LIST_ITEMS // 8, 8), seed), {}
    if case.form.axes == "item" and not case.columns:
        return draw(case, (7, SEVERAL_BLOCKS // 7), seed), {}
    if case.form.axes == "item class" and case.encoding == "index":
        return draw(case, (SEVERAL_BLOCKS // case.columns,), seed), {}
    items = (3, SEVERAL_BLOCKS // (3 * case.columns))
    return [a.copy() for a in before_items(draw(case, items, seed), 2)], {"class_axis": 1}


def item_weights(case: Case, arrays: Sequence[Array], options: dict[str, Any]) -> Array | None:
    """Draw weights for items, in the shape of the predictions without their class axis."""
    if case.loss.grouped:
        return None
    shape = weight_shape(case, arrays)
    if case.form.axes == "item class" and "class_axis" in options:
        shape = (arrays[0].shape[0], *arrays[0].shape[2:])
    return np.random.default_rng(9).uniform(0.0, 2.0, size=shape)


def bits(case: Case, inputs: list[Any], **options: Any) -> tuple[str, bytes]:
    """Return the value and the gradients as bits."""
    value = run(case, inputs, **options).value
    gradients = slopes(case, inputs, **options)
    return float(value).hex(), b"".join(array.tobytes() for array in gradients.values())


def threads_and_sources_change_no_bit(case: Case) -> None:
    """One thread or five, an array or a source that serves it in its own way."""
    arrays, options = large(case)
    once = bits(case, arrays, threads=1, **options)
    require(np.isfinite(float.fromhex(once[0])), f"the value is {float.fromhex(once[0])}")
    for serving in SERVINGS:
        how = {name: number for name, number in serving.items() if name != "threads"}
        inputs = [Served(array, **how) for array in arrays]
        again = bits(case, inputs, threads=serving["threads"], **options)
        require(
            again[0] == once[0], f"{serving}: the value is {again[0]}, with one thread {once[0]}"
        )
        require(again == once, f"{serving}: bits of the gradient differ")


def item_values_have_the_same_bits(case: Case) -> None:
    """Values of items, however the inputs are served."""
    arrays, options = large(case, seed=3)
    once = run(case, arrays, reduction="none", threads=1, **options).value
    inputs = [Served(array, chunk=777, stride=3) for array in arrays]
    again = run(case, inputs, reduction="none", threads=5, **options).value
    require(np.asarray(again).tobytes() == np.asarray(once).tobytes(), "bits of the items differ")


def streamed_gradient_is_the_whole_one(case: Case) -> None:
    """From sources to sinks in pieces, with all weights: the bits of the one in memory."""
    arrays, options = large(case, seed=7)
    options |= given_class_weights(case)
    weights = item_weights(case, arrays, options)
    request, chosen = bound(case, [Served(array, chunk=1_000) for array in arrays], options)
    served = None if weights is None else as_source(Served(weights), "weights")
    result, sinks = gradient(request, {}, served, chosen, PieceSink)
    value = run(case, arrays, weights=weights, **options).value
    require(float(result.value) == value, f"the value is {result.value}, in memory {value}")
    for name, whole in slopes(case, arrays, weights=weights, **options).items():
        streamed = sinks[name].joined()  # type: ignore[attr-defined]
        require(streamed.tobytes() == whole.tobytes(), f"bits of the gradient of {name} differ")
