"""Connectionist temporal classification: −log of the probability of a target over all alignments.

Scores are (T, N, C): frames, samples, classes. Everything is computed in log space: states of one
frame may lie any distance apart, so a rescaled linear recurrence would lose the state that alone
survives later. Samples are taken in chunks that bound the memory; no number depends on them.
Padding, be it of targets or of frames, may hold anything.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.primitives import exp
from lossctl.kernels.probability.softmax import negative_log_softmax
from lossctl.kernels.sequence.ctc_lattice import (
    Lattice,
    Occupancy,
    Sums,
    add_backward,
    forward,
    lattice_of,
)

WORK_BYTES = 48 * 2**20
"""Bytes of log probabilities and sums held at a time, unless one sample needs more."""

BLOCK_ELEMENTS = 2**16
"""Elements worked on at a time where frames are independent: they fit a cache."""


class Batch(NamedTuple):
    """What the scores are held against; made by `ctc_targets.batch`, which checks it."""

    targets: Array
    """(N, S) classes, padded."""
    input_lengths: Array
    """(N,) frames of each sample that count."""
    target_lengths: Array
    """(N,) labels of each sample that count."""
    blank: int = 0
    """The class that stands for no label."""


class Losses(NamedTuple):
    """The loss of each sample."""

    values: Array
    """(N,) −log p, in nats, of the dtype of the scores."""
    infeasible: Array
    """(N,) whether no alignment has a positive probability; the value is then inf, or 0."""
    gradient: Array | None = None
    """Laid out like the scores; 0 where a sample is infeasible and in frames that do not count."""


def losses(
    scores: Array, batch: Batch, *, kind: str = "logits", zero_infinity: bool = False
) -> Losses:
    """Return the loss of each sample.

    Parameters
    ----------
    scores
        (T, N, C) float32 or float64, in any memory layout; −inf is a class that cannot occur.
    batch
        Targets and lengths, already checked.
    kind
        ``"logits"``, or ``"log_probabilities"``, which are taken as they are, normalised or not.
    zero_infinity
        Whether a target that no alignment fits costs 0 instead of inf.

    References
    ----------
    Graves et al. 2006, doi:10.1145/1143844.1143891
    """
    values = np.empty(scores.shape[1], scores.dtype)
    for part, lattice, _ in _lattices(scores, batch, kind):
        values[part] = _negative(forward(lattice, Sums.empty(lattice, 2)))
    return _marked(values, zero_infinity=zero_infinity)


def losses_and_gradient(
    scores: Array,
    batch: Batch,
    *,
    kind: str = "logits",
    zero_infinity: bool = False,
    slopes: Array | None = None,
) -> Losses:
    """Return the loss of each sample and the gradient of Σ slopes · loss, slopes (N,) or all 1.

    With respect to log probabilities the gradient is −occupancy, the expected number of times a
    class is emitted in a frame given the target; with respect to logits it is softmax − occupancy.
    Parameters are those of `losses`.
    """
    values = np.empty(scores.shape[1], scores.dtype)
    gradient = np.zeros_like(scores, subok=False)
    for part, lattice, log_probabilities in _lattices(scores, batch, kind):
        sums = Sums.empty(lattice, len(lattice.labels))
        reached = forward(lattice, sums)
        add_backward(lattice, sums)
        values[part] = _negative(reached)
        possible = ~np.isneginf(reached)
        item_slopes = possible if slopes is None else np.where(possible, slopes[part], 0.0)
        occupancy = Occupancy(lattice, sums, np.where(possible, reached, reached.dtype.type(0.0)))
        for frames in _frame_blocks(log_probabilities.shape):
            counted = _counted(lattice.input_lengths, frames) * item_slopes.astype(scores.dtype)
            block = occupancy.emitted(frames, counted, log_probabilities.shape[2], batch.blank)
            if kind == "logits":
                block = exp(log_probabilities[frames]) * counted[:, :, None] - block
            else:
                np.negative(block, out=block)
            gradient[frames, part] = block
    return _marked(values, zero_infinity=zero_infinity, gradient=gradient)


def _lattices(scores: Array, batch: Batch, kind: str) -> Iterator[tuple[slice, Lattice, Array]]:
    """Cut the samples into parts; give each with its lattice and its log probabilities."""
    frames = int(batch.input_lengths.max(initial=0))
    width = max(1, int(batch.target_lengths.max(initial=0)))
    size = _samples_at_once(frames, width, scores)
    for start in range(0, scores.shape[1], size):
        part = slice(start, start + size)
        lengths = batch.input_lengths[part], batch.target_lengths[part]
        log_probabilities = _log_probabilities(scores[:frames, part], lengths[0], kind)
        targets = np.full((len(lengths[0]), width), batch.blank, np.intp)
        labels = batch.targets[part, :width]
        np.copyto(
            targets[:, : labels.shape[1]],
            labels,
            where=np.arange(labels.shape[1]) < lengths[1][:, None],
            casting="unsafe",
        )
        yield part, lattice_of(log_probabilities, targets, lengths, batch.blank), log_probabilities


def _samples_at_once(frames: int, width: int, scores: Array) -> int:
    """Return how many samples fit `WORK_BYTES`: log probabilities, labels and sums."""
    numbers = frames * (scores.shape[2] + 3 * width + 2)
    return max(1, WORK_BYTES // max(1, numbers * scores.itemsize))


def _frame_blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Cut the frames into runs of about `BLOCK_ELEMENTS` scores."""
    frames, samples, classes = shape
    run = max(1, BLOCK_ELEMENTS // (samples * classes))
    return (slice(start, min(start + run, frames)) for start in range(0, frames, run))


def _counted(input_lengths: Array, frames: slice) -> Array:
    """Return (frames, n): whether a frame is one of a sample's own."""
    return np.arange(frames.start, frames.stop)[:, None] < input_lengths


def _log_probabilities(scores: Array, input_lengths: Array, kind: str) -> Array:
    """Return a copy in (T, n, C) order; frames that do not count hold numbers of no meaning."""
    log_probabilities = np.empty(scores.shape, scores.dtype)
    short = bool((input_lengths < len(scores)).any())
    for frames in _frame_blocks(scores.shape):
        block = log_probabilities[frames]
        block[...] = scores[frames]
        if short:
            block[~_counted(input_lengths, frames)] = 0.0
        if kind == "logits":
            rows = block.reshape(-1, block.shape[2])
            impossible = np.isneginf(rows.max(axis=1))
            rows[impossible] = 0.0
            np.negative(negative_log_softmax(rows), out=rows)
            rows[impossible] = -np.inf  # no class can occur, so no alignment can
    return log_probabilities


def _negative(log_probability: Array) -> Array:
    """Return −log p, with 0 for log 1 rather than −0."""
    return 0.0 - log_probability


def _marked(values: Array, *, zero_infinity: bool, gradient: Array | None = None) -> Losses:
    """Mark what is infeasible, and let it cost nothing if so asked."""
    infeasible = np.isposinf(values)
    if zero_infinity:
        values[infeasible] = 0.0
    return Losses(values, infeasible, gradient)


def batch_of(
    scores: Array,
    targets: Array,
    input_lengths: Array | None,
    target_lengths: Array | None,
    blank: int,
) -> Batch:
    """Return targets and lengths, already checked by :func:`faults`.

    `scores` are (N, T, C), `targets` (N, S), padded with anything where lengths say so. Without
    lengths every frame counts, and every target up to the first negative one.
    """
    samples, frames, _ = scores.shape
    if input_lengths is None:
        input_lengths = np.full(samples, frames)
    counted = counted_targets(targets, target_lengths)
    return Batch(
        np.where(counted, targets, blank).astype(np.intp),
        input_lengths.astype(np.intp),
        counted.sum(axis=1),
        blank,
    )


def per_label(target_lengths: Array) -> Array:
    """Return what PyTorch's mean divides each loss by before it averages: labels, at least 1."""
    return np.maximum(target_lengths, 1)


def counted_targets(targets: Array, target_lengths: Array | None) -> Array:
    """Mark the targets that count."""
    if target_lengths is None:
        return np.logical_and.accumulate(targets >= 0, axis=1)
    return np.arange(targets.shape[1]) < target_lengths[:, None]
