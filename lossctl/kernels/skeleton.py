"""The soft skeleton of an image, by least and greatest neighbours, and its pullback.

Eroding takes the least of a pixel and its four neighbours, dilating the greatest of the 3 × 3 block
around it; pixels beyond the edge do not count. What an erosion followed by a dilation loses of each
erosion I_j is rest_j = max(0, I_j − opened I_j); the skeleton is 1 − Π(1 − rest_j).
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from lossctl.core.loss import Array
from lossctl.kernels.piecewise_linear import relu

Offsets: TypeAlias = Sequence[tuple[int, int]]
SQUARE: Offsets = [(i, j) for i in (0, 1, 2) for j in (0, 1, 2)]
CROSS: Offsets = [(i, j) for i, j in SQUARE if 1 in {i, j}]


class Level(NamedTuple):
    """One erosion: what opening lost of it, and which neighbours were chosen."""

    rest: Array
    least: Array
    greatest: Array


def greatest(image: Array, offsets: Offsets) -> tuple[Array, Array]:
    """Return the greatest of each pixel's neighbours, and which it was (the first of equals)."""
    rows, columns = image.shape
    padded = np.pad(image, 1, constant_values=-np.inf)
    near = np.stack([padded[i : i + rows, j : j + columns] for i, j in offsets])
    return near.max(axis=0), near.argmax(axis=0)


def pull_greatest(slope: Array, chosen: Array, offsets: Offsets) -> Array:
    """Carry the slope of every pixel back to the neighbour it was taken from."""
    rows, columns = slope.shape
    spread = np.zeros((rows + 2, columns + 2), slope.dtype)
    for number, (i, j) in enumerate(offsets):
        spread[i : i + rows, j : j + columns] += np.where(chosen == number, slope, 0.0)
    return spread[1:-1, 1:-1]


def skeleton(image: Array, iterations: int) -> tuple[Array, list[Level]]:
    """Return the soft skeleton of an image (H, W), and what its pullback needs."""
    levels = []
    left = np.ones_like(image)
    for _ in range(iterations + 1):
        depth, least = greatest(-image, CROSS)
        opened, most = greatest(-depth, SQUARE)
        levels.append(Level(relu(image - opened), least, most))
        left = left * (1.0 - levels[-1].rest)
        image = -depth
    return 1.0 - left, levels


def skeleton_vjp(slope: Array, levels: Sequence[Level]) -> Array:
    """Carry slopes with respect to the skeleton back to the image; 0 where nothing was lost."""
    before = [np.ones_like(slope)]  # Π(1 − rest) of the levels above
    for level in levels[:-1]:
        before.append(before[-1] * (1.0 - level.rest))
    after, eroded = np.ones_like(slope), np.zeros_like(slope)
    for level, above in zip(reversed(levels), reversed(before), strict=True):
        lost = np.where(level.rest > 0.0, slope * above * after, 0.0)
        eroded = eroded + pull_greatest(-lost, level.greatest, SQUARE)
        eroded = lost + pull_greatest(eroded, level.least, CROSS)
        after = after * (1.0 - level.rest)
    return eroded
