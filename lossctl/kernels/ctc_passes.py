"""How often each class is emitted in each frame, given that the target is what was said."""

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.ctc_lattice import Lattice, Sums


class Passes:
    """Log sums over whole alignments through each state, and their sum `reached` over all."""

    def __init__(self, lattice: Lattice, sums: Sums, reached: Array) -> None:
        self._lattice, self._sums, self._reached = lattice, sums, reached

    def emitted(self, frames: slice, weights: Array, classes: int, blank: int) -> Array:
        """Return the expected emissions of every class, times (frames, n) weights.

        The states of one frame are divided by their own sum, which is 1 but for rounding: an error
        gathered along the frames cancels. States are added one after another, in the order of the
        target, so the bits depend neither on padding nor on the other samples.
        """
        blanks = np.exp(self._sums.blanks[frames] - self._reached)
        labels = np.exp(self._sums.labels[frames] - self._reached)
        between = _added(blanks)
        mass = between + _added(labels)
        scale = np.divide(weights, mass, out=np.zeros_like(mass), where=mass != 0.0)
        count, _, samples = labels.shape
        size = samples * classes
        at = np.arange(count)[:, None, None] * size + self._lattice.places
        found = np.bincount(at.reshape(-1), labels.reshape(-1), count * size)
        found = found.astype(labels.dtype, copy=False).reshape(count, samples, classes)
        found[:, :, blank] += between
        found *= scale[:, :, None]
        return found


def _added(states: Array) -> Array:
    """Sum (frames, S, n) over S in order; ``sum`` would take another order where n is 1."""
    total = states[:, 0].copy()
    for s in range(1, states.shape[1]):
        total += states[:, s]
    return total
