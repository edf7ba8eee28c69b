"""Centreline Dice loss of one image (Shit et al. 2020, 2003.07311), pixel by pixel."""

from collections.abc import Callable

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits
from tests.oracles._probability import both_probabilities, logits_among
from tests.oracles.segmentation._overlap import one_minus_ratio
from tests.oracles.segmentation._pixels import Image

Pixels = list[list[mpf]]


def spread(image: Pixels, choose: Callable[[list[mpf]], mpf], *, corners: bool) -> Pixels:
    """Choose among each pixel and its neighbours; corners touch only where asked."""
    height, width = len(image), len(image[0])
    return [
        [
            choose(
                [
                    image[y][x]
                    for y in range(max(i - 1, 0), min(i + 2, height))
                    for x in range(max(j - 1, 0), min(j + 2, width))
                    if corners or y == i or x == j
                ]
            )
            for j in range(width)
        ]
        for i in range(height)
    ]


def soft_skeleton(image: Pixels, iterations: int) -> Pixels:
    """Algorithm 1 of the paper."""
    bones = [[mpf(0)] * len(row) for row in image]
    for _ in range(iterations + 1):
        eroded = spread(image, min, corners=False)
        opened = spread(eroded, max, corners=True)
        for i, row in enumerate(image):
            for j, pixel in enumerate(row):
                rest = max(mpf(0), pixel - opened[i][j])
                bones[i][j] += max(mpf(0), rest - bones[i][j] * rest)
        image = eroded
    return bones


def inside(bones: Pixels, mask: Pixels, smooth: Number) -> mpf:
    """Share of a centreline that lies inside a mask; all of nothing."""
    pairs = [p for rows in zip(bones, mask, strict=True) for p in zip(*rows, strict=True)]
    whole = sum((bone for bone, _ in pairs), start=exact(smooth))
    return 1 - one_minus_ratio(sum((b * m for b, m in pairs), start=exact(smooth)), whole)


def value(
    predictions: Image,
    targets: Image,
    *,
    kind: str = "probabilities",
    iterations: int = 3,
    smooth: Number = 1.0,
) -> mpf:
    """1 - 2 P S / (P + S): shares of the predicted line in the mask, of the true line in p."""
    numbers = [number for row in predictions for number in row]
    with working_digits(numbers, smooth, logits=logits_among(numbers, kind)):
        shares = [[both_probabilities(number, kind)[0] for number in row] for row in predictions]
        mask = [[exact(number) for number in row] for row in targets]
        precision = inside(soft_skeleton(shares, iterations), mask, smooth)
        sensitivity = inside(soft_skeleton(mask, iterations), shares, smooth)
        if precision + sensitivity == 0:
            return mpf(1)
        return 1 - 2 * precision * sensitivity / (precision + sensitivity)
