"""Laws of inputs: wrong shapes are refused, and how arrays are stored or served changes no bit.

Neither the layout of memory nor the type of labels, neither threads nor the source; inputs are
never written to, and a streamed gradient is the whole one.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import LABEL_KINDS, Array
from lossctl.engine.bind.layout import BLOCK_ELEMENTS, LIST_ITEMS
from lossctl.engine.given import as_source
from lossctl.engine.gradient import gradient as differentiate
from lossctl.engine.sources import ArraySink
from lossctl.testing.cases import Case
from lossctl.testing.draws import before_items, draw, given_class_weights, weight_shape
from lossctl.testing.running import bound, equal, near, refusal, require, run, slopes

ITEMS = 12
LABEL_TYPES = ("int8", "int16", "int64", "float16", "float32", "float64", ">i4")
UNSIGNED = ("uint8", "uint64")


def strided(array: Array) -> Array:
    """Every other element of a larger array."""
    room = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    room[..., ::2] = array
    return room[..., ::2]


def unaligned(array: Array) -> Array:
    """An array that starts at an odd address."""
    data = b"x" + array.tobytes()
    return np.frombuffer(data, array.dtype, offset=1).reshape(array.shape)


def read_only(array: Array) -> Array:
    """An array that cannot be written to."""
    copy = array.copy()
    copy.flags.writeable = False
    return copy


LAYOUTS: dict[str, Callable[[Array], Any]] = {
    "read-only": read_only,
    "strided": strided,
    "negative strides": lambda array: array[::-1].copy()[::-1],
    "Fortran": np.asfortranarray,
    "big-endian": lambda array: array.astype(array.dtype.newbyteorder(">")),
    "unaligned": unaligned,
    "lists": lambda array: array.tolist(),
    "matrix of a larger one": lambda array: np.pad(array, 1)[(slice(1, -1),) * array.ndim],
}


def inputs_are_never_written_to(case: Case) -> None:
    """With weights and NaN too, where the loss takes them."""
    arrays = draw(case, ITEMS)
    options: dict[str, Any] = {}
    if not case.loss.grouped:
        shape = weight_shape(case, arrays)
        options["weights"] = np.linspace(0.0, 2.0, int(np.prod(shape))).reshape(shape)
    _keep(case, arrays, {})
    if case.sort != "grid":
        arrays[0].flat[-1] = np.nan
    for policy in ("omit", "propagate"):
        _keep(case, arrays, {"nan": policy, **options})


def _keep(case: Case, arrays: Sequence[Array], options: Mapping[str, Any]) -> None:
    """Evaluate and differentiate; require every input to keep its bytes."""
    watched = [*arrays, *(entry for entry in options.values() if isinstance(entry, np.ndarray))]
    before = [array.tobytes() for array in watched]
    run(case, arrays, **options)
    slopes(case, arrays, **options)
    require([array.tobytes() for array in watched] == before, "an input was written to")


def every_layout_of_memory_agrees(case: Case) -> None:
    """Strides, byte order and alignment are nothing to a value."""
    arrays = draw(case, ITEMS)
    value, wanted = run(case, arrays).value, slopes(case, arrays)
    for layout, turn in LAYOUTS.items():
        converted = [turn(array) for array in arrays]
        equal(run(case, converted).value, value, f"{layout}: value")
        for name, gradient in slopes(case, converted).items():
            equal(gradient, wanted[name], f"{layout}: gradient of {name}")


def narrow_floats_agree_with_their_float64(case: Case) -> None:
    """The same rounded inputs in float64 give the same number to float32 precision."""
    for dtype in ("float32", "float16"):
        arrays = [a.astype(dtype) if a.dtype.kind == "f" else a for a in draw(case, ITEMS)]
        wide = [a.astype(np.float64) if a.dtype.kind == "f" else a for a in arrays]
        value, exact = run(case, arrays).value, run(case, wide).value
        near(value, exact, f"{dtype}: value", rtol=2e-6, atol=1e-7)
        wanted = slopes(case, wide)
        for name, found in slopes(case, arrays).items():
            require(found.dtype == np.float32, f"the gradient of {name} is {found.dtype}")
            slack = 3e-6 * np.abs(wanted[name]).max()
            near(found, wanted[name], f"{dtype}: gradient of {name}", rtol=3e-5, atol=slack)
        double = run(case, arrays, precision="double").value
        near(double, exact, f"{dtype} in double", rtol=1e-15, atol=0.0)
        for name, found in slopes(case, arrays, precision="double").items():
            require(found.dtype == np.float64, f"the gradient of {name} is {found.dtype}")


def labels_of_every_type_agree(case: Case) -> None:
    """Integers, floats and (for 0 and 1) booleans, where targets are whole numbers."""
    if case.encoding not in {"signs", "labels", "index", "one_hot"}:
        return
    arrays, place = draw(case, ITEMS), case.place_of_targets
    value, wanted = run(case, arrays).value, slopes(case, arrays)
    types = LABEL_TYPES if case.encoding == "signs" else (*LABEL_TYPES, *UNSIGNED)
    if case.encoding in {"labels", "one_hot"}:
        types = (*types, "bool")
    for dtype in types:
        converted = list(arrays)
        converted[place] = arrays[place].astype(dtype)
        equal(run(case, converted).value, value, f"{dtype}: value")
        for name, gradient in slopes(case, converted).items():
            equal(gradient, wanted[name], f"{dtype}: gradient of {name}")


def wrong_shapes_are_refused(case: Case) -> None:
    """Nothing is broadcast; the error names both shapes."""
    arrays = draw(case, ITEMS)
    if len(arrays) == 1:
        return
    predictions, targets = arrays[0], arrays[-1]
    wrong = [targets[:-1], targets[:, None], targets[None], np.concatenate([targets, targets])]
    if targets.ndim > 1:
        wrong += [targets[:, :-1], targets.swapaxes(0, -1)]
    for other in wrong:
        message = refusal(
            DataError,
            f"targets {other.shape}",
            partial(run, case, [*arrays[:-1], other]),
        )
        for shape in (predictions.shape, other.shape):
            require(str(shape) in message, f"{message!r} does not name {shape}")


def items_of_every_input_must_be_as_many(case: Case) -> None:
    """One item less of any input of a record is an error that names both shapes."""
    arrays = draw(case, ITEMS)
    for place in range(len(arrays)) if len(arrays) > 1 else ():
        cut = [array[:-1] if number == place else array for number, array in enumerate(arrays)]
        message = refusal(DataError, f"{case.inputs[place].name} cut", partial(run, case, cut))
        require(str(cut[place].shape) in message, message)


def other_inputs_must_have_the_shape_of_the_predictions(case: Case) -> None:
    """Inputs between predictions and targets too."""
    for place in range(1, len(case.inputs) - 1):
        arrays = draw(case, ITEMS)
        arrays[place] = arrays[place][:-1]
        refusal(DataError, f"{case.inputs[place].name} too short", partial(run, case, arrays))


def no_items_are_an_error(case: Case) -> None:
    """An empty evaluation has no value."""
    empty = [array[:0] for array in draw(case, ITEMS)]
    for call in (run, slopes):
        message = refusal(DataError, "an empty array", partial(call, case, empty))
        require("no items" in message, message)


def number_of_inputs_is_checked(case: Case) -> None:
    """Too few and too many."""
    arrays = draw(case, ITEMS)
    for given in ([], arrays[:1] * (len(case.loss.inputs) + 1)):
        message = refusal(UsageError, f"{len(given)} inputs", partial(run, case, given))
        require(f"{case.loss.id} takes {case.inputs[0].name}" in message, message)


def domains_of_inputs_are_checked(case: Case) -> None:
    """What an input declares outside its domain is refused, with its name and range."""
    params = {param.name: param.default for param in case.loss.params} | dict(case.params)
    for place, entry in enumerate(case.inputs):
        domain = entry.domain_with(params)
        if domain is None or entry.kind in LABEL_KINDS:
            continue
        for wrong in domain.outside():
            if isinstance(wrong, float) and np.isfinite(wrong):
                arrays = draw(case, ITEMS)
                arrays[place].flat[3] = wrong
                what = f"{entry.name} {wrong}"
                message = refusal(DataError, what, partial(run, case, arrays))
                require(entry.name in message, message)
                require(domain.describe() in message, message)


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
    if case.form.axes == "item class" and case.encoding in {"index", "values"}:
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
    result, sinks = differentiate(request, {}, served, chosen, PieceSink)
    value = run(case, arrays, weights=weights, **options).value
    require(float(result.value) == value, f"the value is {result.value}, in memory {value}")
    for name, whole in slopes(case, arrays, weights=weights, **options).items():
        streamed = sinks[name].joined()  # type: ignore[attr-defined]
        require(streamed.tobytes() == whole.tobytes(), f"bits of the gradient of {name} differ")
