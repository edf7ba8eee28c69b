"""The worst items of a term, collected while it is folded."""

import threading
from math import prod

import numpy as np

from lossctl.core.loss import Array

SHOWN = 5


MANY = 1024  # items at or over the bar that are looked at one by one


def _greatest(values: Array, start: int, count: int) -> dict[int, float]:
    """Return the greatest values of a block; of equal ones the first."""
    most = min(count, len(values))
    least = np.partition(values, len(values) - most)[len(values) - most]
    above = np.flatnonzero(values > least)
    level = np.flatnonzero(values == least)[: most - len(above)]
    return {start + int(at): float(values[at]) for at in (*above, *level)}


class Worst:
    """Keeps the items with the greatest loss; ties go to the first, so threads change nothing."""

    def __init__(self, shape: tuple[int, ...], count: int = SHOWN) -> None:
        """Keep at most `count` of the items of an array."""
        self.count = min(count, prod(shape))
        self._kept: dict[int, float] = {}
        self._bar = (-np.inf, 0)  # the least loss kept, and the last item that has it
        self._lock = threading.Lock()

    def write(self, start: int, values: Array) -> None:
        """Look at a block."""
        bar, last = self._bar
        top = values.max()
        if not top >= bar or (top == bar and start > last):  # equal ones earlier in the file win
            return
        near = np.flatnonzero(values >= bar) if np.isfinite(bar) else None
        if near is None or len(near) > MANY:
            found = _greatest(values, start, self.count)
        else:
            found = {start + int(at): float(values[at]) for at in near}
        with self._lock:
            merged = sorted((self._kept | found).items(), key=lambda one: (-one[1], one[0]))
            self._kept = dict(merged[: self.count])
            if len(self._kept) == self.count:
                least = min(self._kept.values())
                self._bar = (least, max(at for at, loss in self._kept.items() if loss == least))

    def items(self) -> list[tuple[int, float]]:
        """Return the items, the worst first: index into the flattened array, and loss above 0."""
        return [(at, loss) for at, loss in self._kept.items() if loss > 0.0]


class Moments:
    """Sums item losses and their squares, for their standard deviation."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._parts: dict[int, tuple[float, float, int]] = {}

    def write(self, start: int, values: Array) -> None:
        """Add a block; evaluating a block again replaces it."""
        exact = values.astype(np.float64)
        self._parts[start] = (float(exact.sum()), float((exact * exact).sum()), len(exact))

    def deviation(self) -> float:
        """Standard deviation of the items seen."""
        parts = [self._parts[start] for start in sorted(self._parts)]
        count = sum(part[2] for part in parts)
        mean = sum(part[0] for part in parts) / count
        return float(np.sqrt(max(sum(part[1] for part in parts) / count - mean * mean, 0.0)))


class Both:
    """Hands every block to several sinks."""

    def __init__(self, *sinks: Worst | Moments) -> None:
        """Keep the sinks."""
        self.sinks = sinks

    def write(self, start: int, values: Array) -> None:
        """Write to each."""
        for sink in self.sinks:
            sink.write(start, values)
