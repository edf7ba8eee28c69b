"""The lattice of CTC: sums over all alignments of a target with the frames, in log space.

Between, before and after its S labels an alignment may pass S + 1 blanks. Log sums of blanks stand
in (S + 1, N) arrays and those of labels in (S, N) arrays, the sample last: then every neighbour in
time or along the target is one contiguous block, and a step over time is a few NumPy calls on whole
blocks. Writing u[s] for what may arrive at the blank before label s,

    u[s] = blank[s] ⊕ label[s−1],   blank'[s] = u[s] + log p(blank),
    label'[s] = label[s] ⊕ u[s] + log p(label s),

with ⊕ the log of the sum of exponentials; between equal labels a blank must stand, so there
blank[s] takes the place of u[s]. One exponential and one logarithm a state replace the usual
three and one.
"""

from typing import NamedTuple

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.numeric.primitives import exp, log1p


class Lattice(NamedTuple):
    """Log probabilities along the targets of some samples."""

    blank: Array
    """(T, n) of the blank."""
    labels: Array
    """(T, S, n) of each label; beyond a target that of any class."""
    places: Array
    """(S, n) where each label stands in a frame of (n, C) scores, flattened."""
    repeats: Array
    """Places in (S, n), flattened, of labels equal to the one before."""
    input_lengths: Array
    """(n,) frames of each sample, at most T."""
    target_lengths: Array
    """(n,) labels of each sample, at most S."""

    @property
    def endings(self) -> dict[int, Array]:
        """The samples whose last frame is t, for every such t."""
        lengths = self.input_lengths
        return {int(n) - 1: np.flatnonzero(lengths == n) for n in np.unique(lengths)}


class Sums(NamedTuple):
    """Log sums over partial alignments: (frames, S + 1, n) in blanks, (frames, S, n) in labels."""

    blanks: Array
    labels: Array

    @classmethod
    def empty(cls, lattice: Lattice, frames: int) -> "Sums":
        """Room for some frames, unset."""
        _, states, samples = lattice.labels.shape
        dtype = lattice.labels.dtype
        return cls(
            np.empty((frames, states + 1, samples), dtype),
            np.empty((frames, states, samples), dtype),
        )


class PairSum:
    """log(e^a + e^b), which is −inf if both are, on buffers that are used again.

    The greater of the two plus log1p(e^−gap): a sum near 0 keeps its relative precision. A step
    over time works on some thousand numbers only, so fresh arrays would cost as much as the
    arithmetic, and ``np.logaddexp`` is not vectorised (20 ns an element).
    """

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype) -> None:
        self._gap = np.empty(shape, dtype)
        self._finite = np.empty(shape, dtype)
        self._lowest = np.array(np.finfo(dtype).min, dtype)

    def __call__(self, first: Array, second: Array, out: Array) -> None:
        """Write the sum to `out`, which may be one of the two."""
        gap, finite = self._gap, self._finite
        np.minimum(first, second, out=gap)
        np.maximum(first, second, out=out)
        np.maximum(out, self._lowest, out=finite)  # −inf − (−inf) would be NaN
        np.subtract(gap, finite, out=gap)
        exp(gap, out=gap)
        log1p(gap, out=gap)
        np.add(out, gap, out=out)


def lattice_of(
    log_probabilities: Array, targets: Array, lengths: tuple[Array, Array], blank: int
) -> Lattice:
    """Gather (T, n, C) log probabilities along (n, S) targets; S ≥ 1, padding is a valid class."""
    frames, samples, classes = log_probabilities.shape
    along = targets.T  # (S, n)
    at = np.arange(samples) * classes + along
    flat = log_probabilities.reshape(frames, samples * classes)
    labels = np.take(flat, at.reshape(-1), axis=1).reshape(frames, *along.shape)
    repeated = np.flatnonzero(along[1:] == along[:-1]) + samples
    blanks = np.ascontiguousarray(log_probabilities[:, :, blank])
    return Lattice(blanks, labels, at, repeated, *lengths)


@np.errstate(over="ignore")  # sums of the most negative floats become −inf, as they should
def forward(lattice: Lattice, sums: Sums) -> Array:
    """Return the log probability of every target, (n,), and leave the sums on the way in `sums`.

    `sums` has room for all frames, or for two that are used in turn where only the value is wanted.
    The sum of a frame contains the frame itself.
    """
    total = np.where(lattice.target_lengths == 0, 0.0, -np.inf).astype(lattice.labels.dtype)
    endings, depth = lattice.endings, len(sums.blanks)
    _, states, samples = lattice.labels.shape
    arriving = np.empty((states + 1, samples), lattice.labels.dtype)
    add_pairs = PairSum((states, samples), lattice.labels.dtype)
    blanks, labels = arriving, arriving[1:]
    for t, emitted in enumerate(lattice.labels):
        past_blanks, past_labels = blanks, labels
        # With room for two frames the sums of frame t overwrite those of t − 2: without a gradient
        # the memory does not grow with time.
        blanks, labels = sums.blanks[t % depth], sums.labels[t % depth]
        if t == 0:
            blanks.fill(-np.inf)
            labels.fill(-np.inf)
            blanks[0], labels[0] = lattice.blank[0], emitted[0]
        else:
            arriving[0] = past_blanks[0]
            add_pairs(past_blanks[1:], past_labels, out=arriving[1:])
            np.add(arriving, lattice.blank[t], out=blanks)
            # A label equal to the one before is reached from the blank between them only: without
            # a blank the two would be read as one.
            arriving.reshape(-1)[lattice.repeats] = past_blanks.reshape(-1)[lattice.repeats]
            add_pairs(past_labels, arriving[:-1], out=labels)
            np.add(labels, emitted, out=labels)
        if t in endings:
            at = endings[t]
            total[at] = _arrived(blanks, labels, at, lattice.target_lengths[at])
    return total


def _arrived(blanks: Array, labels: Array, samples: Array, lengths: Array) -> Array:
    """Return the log sum over both states an alignment may end in: label S and blank S + 1."""
    last_label = np.where(lengths > 0, labels[lengths - 1, samples], -np.inf)
    total = np.empty(len(samples), labels.dtype)
    PairSum(total.shape, total.dtype)(blanks[lengths, samples], last_label, out=total)
    return total


@np.errstate(over="ignore")
def add_backward(lattice: Lattice, sums: Sums) -> None:
    """Add to the forward `sums` the log sums over what may follow each state, in place.

    Afterwards a state holds the log sum over the whole alignments that pass through it; frames
    beyond a sample's last hold −inf. The sum of what follows a frame leaves the frame itself out.
    """
    frames, states, samples = lattice.labels.shape
    dtype, endings = lattice.labels.dtype, lattice.endings
    add_pairs = PairSum((states, samples), dtype)
    blanks = np.full((states + 1, samples), -np.inf, dtype)
    labels = np.full((states, samples), -np.inf, dtype)
    # The same step backwards: `leaving` is what may follow each blank, less the labels that may not
    # follow an equal label without it.
    next_blanks, next_labels, leaving = np.empty_like(blanks), np.empty_like(labels), blanks.copy()
    for t in reversed(range(frames)):
        if t + 1 < frames:
            np.add(blanks, lattice.blank[t + 1], out=next_blanks)
            np.add(labels, lattice.labels[t + 1], out=next_labels)
            blanks[-1] = next_blanks[-1]
            add_pairs(next_blanks[:-1], next_labels, out=blanks[:-1])
            np.copyto(leaving, blanks)
            leaving.reshape(-1)[lattice.repeats] = next_blanks.reshape(-1)[lattice.repeats]
            add_pairs(next_labels, leaving[1:], out=labels)
        if t in endings:
            at = endings[t]
            lengths = lattice.target_lengths[at]
            blanks[lengths, at] = 0.0
            labels[lengths[lengths > 0] - 1, at[lengths > 0]] = 0.0
        sums.blanks[t] += blanks
        sums.labels[t] += labels


class Occupancy:
    """How often each class is expected in each frame, given the target.

    Made of log sums over the whole alignments through each state, and of those over all alignments.
    """

    def __init__(self, lattice: Lattice, sums: Sums, log_probability: Array) -> None:
        self._lattice, self._sums, self._log_probability = lattice, sums, log_probability

    def emitted(self, frames: slice, weights: Array, classes: int, blank: int) -> Array:
        """Return the expected emissions of every class, times (frames, n) weights."""
        # The states of one frame are divided by their sum, which is 1 but for rounding: an error
        # gathered along the frames cancels. States are added one after another, in the order of
        # the target, so the bits depend neither on padding nor on the other samples.
        blanks = exp(self._sums.blanks[frames] - self._log_probability)
        labels = exp(self._sums.labels[frames] - self._log_probability)
        blank_mass = _added(blanks)
        mass = blank_mass + _added(labels)
        scale = np.divide(weights, mass, out=np.zeros_like(mass), where=mass != 0.0)
        count, _, samples = labels.shape
        size = samples * classes
        at = np.arange(count)[:, None, None] * size + self._lattice.places
        total = np.bincount(at.reshape(-1), labels.reshape(-1), count * size)
        total = total.astype(labels.dtype, copy=False).reshape(count, samples, classes)
        total[:, :, blank] += blank_mass
        total *= scale[:, :, None]
        return total


def _added(states: Array) -> Array:
    """Sum (frames, S, n) over S in order; ``sum`` would take another order where n is 1."""
    total = states[:, 0].copy()
    for s in range(1, states.shape[1]):
        total += states[:, s]
    return total
