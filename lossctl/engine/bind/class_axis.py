"""Whether targets shaped like the predictions hold classes, and along which axis.

One-hot (or soft) classes and labels by themselves have the same shape and other values: scores of
classes go through a softmax, those of labels through a sigmoid each. What the user says decides.
Where nothing is said and every pixel sums to one along some axis, the two readings are an error.
"""

from collections.abc import Iterator
from math import prod
from typing import TypeAlias

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array, Loss
from lossctl.core.options import Options
from lossctl.core.spelling import item_at, option
from lossctl.engine.sources import Source, View
from lossctl.kernels.numeric.rows import mass_tolerance

PIECE = 65_536  # entries that are looked at together
STRIP = 4_096  # pixels that are looked at together where an axis is longer than a piece
FIRST = 64  # pixels of the first look, which mostly settles it
BY_CHANCE = 16  # fewer pixels may sum to one along the first axis, which mostly is that of items
COLOURS = 4  # channels of ordinary images, at most
UNIT_SLACK = 1e-3  # how far outside [0, 1] rounding may take a probability of any dtype
# Where a piece lies in the flattened array, and its shape: before, along and after the axis.
Piece: TypeAlias = tuple[int, int, tuple[int, int, int]]


def class_axis_of(axis: int, shape: tuple[int, ...]) -> int:
    """Return the number of an axis of the predictions that is said to hold classes."""
    if not -len(shape) <= axis < len(shape):
        raise UsageError(
            f"{option('class_axis')} {axis} is not an axis of predictions with shape {shape}"
        )
    return axis % len(shape)


def may_be_channels_last(shape: tuple[int, ...]) -> bool:
    """Whether the last axis of images looks like channels, the two before it like an image.

    It is as short as colours are beside two longer ones, or the two are equal and it is not.
    """
    if len(shape) < 3:
        return False
    height, width, last = shape[-3:]
    if min(height, width) <= COLOURS:
        return False
    return last <= COLOURS or (len(shape) > 3 and height == width != last)


def holds_classes(
    loss: Loss, predictions: Source, targets: Source, options: Options, weights: Source | None
) -> bool:
    """Whether targets shaped like the predictions are classes, where no option says so.

    Rows (N, C) that sum to one are where they hold fractions, or the predictions are such rows too;
    targets whose sums differ from one are not. Sums over elements and over classes of probabilities
    are the same, and nothing is asked.

    Raises
    ------
    DataError
        When the targets sum to one along an axis in every pixel; it names both readings.
    """
    axis = one_hot_axis(targets, options.ignore_index, weights)
    if axis is None:
        return False
    shape = targets.shape
    rows = len(shape) == 2 and axis == 1
    if rows and (_has_fractions(targets) or sums_to_one(predictions, axis)):
        return True
    if _makes_no_difference(loss, predictions, options):
        return False
    raise DataError(
        f"{loss.id}: targets {shape} sum to 1 along axis {axis}, as one-hot classes do: use "
        f"{option('class_axis', axis)} for classes (softmax), or {option('task', 'multilabel')} "
        f"and {option('class_axis', axis)} for labels (sigmoid)"
    )


def one_hot_axis(
    targets: Source, ignored: float | None, weights: Source | None = None
) -> int | None:
    """Return the first axis along which the targets sum to one in every pixel that counts."""
    if weights is not None:
        weights = _of_entries(weights, targets.shape)
    likely = _likely(targets.shape)
    return next((axis for axis in likely if sums_to_one(targets, axis, ignored, weights)), None)


def _makes_no_difference(loss: Loss, predictions: Source, options: Options) -> bool:
    """Whether a loss is a function of sums over everything, of predictions that are not logits."""
    if (
        loss.is_metric
        or not loss.hard_masks
        or options.average != "micro"
        or not options.background
    ):
        return False
    if options.input != "auto":
        return options.input in {"probabilities", "labels"}
    return not any(
        ((piece < -UNIT_SLACK) | (piece > 1.0 + UNIT_SLACK)).any() for piece in _pieces(predictions)
    )


@np.errstate(invalid="ignore")  # of infinity, which is no whole number and no fraction
def _has_fractions(source: Source) -> bool:
    """Whether some entry is no whole number: then it is no chance that rows sum to one."""
    return source.dtype.kind == "f" and any((piece % 1.0 > 0.0).any() for piece in _pieces(source))


def _pieces(source: Source) -> Iterator[Array]:
    """Read all entries, a piece after the other."""
    size = prod(source.shape)
    for at in range(0, size, PIECE):
        yield source.read(at, min(at + PIECE, size))


def _of_entries(weights: Source, shape: tuple[int, ...]) -> Source | None:
    """Return a weight for each entry of the targets, None where they are weights of pixels."""
    if weights.shape != shape[: len(weights.shape)]:
        return None
    from lossctl.engine.bind.views import SpreadWeights  # noqa: PLC0415 - rare

    return weights if weights.shape == shape else SpreadWeights(weights, shape)


def _likely(shape: tuple[int, ...]) -> Iterator[int]:
    """Yield the axes that may hold classes, the usual ones first."""
    last = len(shape) - 1
    for axis in dict.fromkeys((1, last, *range(last))):
        pixels = prod(shape) // shape[axis]
        if shape[axis] > 1 and (axis > 0 or pixels >= max(BY_CHANCE, shape[0])):
            yield axis


@np.errstate(over="ignore", invalid="ignore")  # sums of huge and infinite entries
def sums_to_one(
    source: Source, axis: int, ignored: float | None = None, weights: Source | None = None
) -> bool:
    """Whether no entry is below 0 and those along an axis sum to one, in every pixel that counts.

    A pixel that holds NaN or the label to ignore, or whose entries all weigh nothing, is no
    evidence; without any other there is none.
    """
    tolerance = mass_tolerance(source.dtype)
    seen = False
    for pieces in _strips(source.shape, axis):
        sums = least = void = weight = 0.0
        for start, stop, cube in pieces:
            entries = source.read(start, stop).reshape(cube)
            sums = sums + entries.sum(axis=1, dtype=np.float64)
            least = np.minimum(least, entries.min(axis=1))
            void = np.maximum(void, (entries == ignored).any(axis=1))
            if weights is not None:
                weight = np.maximum(weight, weights.read(start, stop).reshape(cube).max(axis=1))
        counts = (void == 0.0) & ~np.isnan(least)
        if weights is not None:
            counts &= weight != 0.0
        if (counts & ((least < 0.0) | (np.abs(sums - 1.0) > tolerance))).any():
            return False
        seen = seen or bool(counts.any())
    return seen


def _strips(shape: tuple[int, ...], axis: int) -> Iterator[Iterator[Piece]]:
    """Yield pixels, a strip of them after the other, as the pieces that hold all their entries."""
    before, length, inner = prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :])
    whole = length * inner
    if whole > PIECE:
        for number in range(before):
            at = 0
            while at < inner:
                stop = min(at + (STRIP if at else FIRST), inner)
                yield _along(number * whole, length, inner, at, stop)
                at = stop
        return
    at = 0
    while at < before:
        some = PIECE // whole if at else -(-FIRST // inner)
        stop = min(at + max(some, 1), before)
        yield iter([(at * whole, stop * whole, (stop - at, length, inner))])
        at = stop


def _along(begin: int, length: int, inner: int, first: int, last: int) -> Iterator[Piece]:
    """Yield the pieces of the pixels `first` to `last`, of an axis longer than a piece."""
    rows = max(PIECE // inner, 1) if (first, last) == (0, inner) else 1
    for row in range(0, length, rows):
        some = min(rows, length - row)
        start = begin + row * inner + first
        yield start, start + (some - 1) * inner + last - first, (1, some, last - first)


class ClassIndex(View):
    """One-hot targets seen as the index of the class, NaN or the label to ignore kept."""

    def __init__(self, base: Source, axis: int, ignored: float) -> None:
        """Look along an axis that is not the first."""
        self.axis, self.ignored = axis, ignored
        super().__init__(base, base.shape[:axis] + base.shape[axis + 1 :], np.dtype(np.float64))

    def read(self, start: int, stop: int) -> Array:
        """Return elements of the flattened indices; whole entries of the first axis are read."""
        width, wide = prod(self.shape[1:]), prod(self.base.shape[1:])
        first, last = start // width, -(-stop // width)
        entries = self.base.read(first * wide, last * wide).reshape(-1, *self.base.shape[1:])
        index = entries.argmax(axis=self.axis).astype(np.float64)
        index[(entries == self.ignored).any(axis=self.axis)] = self.ignored
        index[np.isnan(entries).any(axis=self.axis)] = np.nan
        flat: Array = index.reshape(-1)[start - first * width : stop - first * width]
        return flat

    def where(self, index: tuple[int, ...]) -> str:
        """Name the pixel."""
        return item_at(index)
