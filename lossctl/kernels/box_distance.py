"""The penalty on the distance of the centres of two boxes."""

from lossctl.core.loss import Array
from lossctl.kernels.boxes import Slopes, Span


def distance(x: Span, y: Span) -> Array:
    """Return ρ² / c²: squared distance of the centres over the squared diagonal around both."""
    return (x.shift * x.shift + y.shift * y.shift) / squared_diagonal(x, y)


def squared_diagonal(x: Span, y: Span) -> Array:
    """Return the squared diagonal of the box around both."""
    return x.whole * x.whole + y.whole * y.whole


def with_distance(slopes: tuple[Slopes, Slopes], x: Span, y: Span) -> tuple[Slopes, Slopes]:
    """Add the slopes of :func:`distance`."""
    diagonal, penalty = squared_diagonal(x, y), distance(x, y)
    found = []
    for own, along in zip(slopes, (x, y), strict=True):
        longer = -2.0 * penalty * along.whole / diagonal
        shift = own.shift + 2.0 * along.shift / diagonal
        found.append(Slopes(own.size + longer, own.overlap - longer, shift))
    return found[0], found[1]
