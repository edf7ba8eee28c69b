"""One minus multi-scale SSIM (Wang et al. 2003, equation 7), window by window at every scale."""

from collections.abc import Sequence

from mpmath import mpf

from tests.oracles._numbers import Number, exact, working_digits
from tests.oracles.generative._arrays import every
from tests.oracles.generative.ssim import Image, similarity, windows

POWERS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def smaller(image: Image) -> list[list[mpf]]:
    """The mean of every 2 by 2 pixels; beyond an odd edge stands its mirror image."""
    height, width = len(image), len(image[0])
    down, across = range(0, height, 2), range(0, width, 2)
    return [
        [
            sum(
                exact(image[min(i + a, height - 1)][min(j + b, width - 1)])
                for a in (0, 1)
                for b in (0, 1)
            )
            / 4
            for j in across
        ]
        for i in down
    ]


def chosen(image: Image, window: int) -> list[mpf]:
    """The powers of all scales that a window fits into."""
    powers, side = [], min(len(image), len(image[0]))
    for power in POWERS:
        if powers and side < window:
            break
        powers.append(exact(power))
        side = (side + 1) // 2
    return [exact(p) for p in POWERS] if len(powers) == 5 else [p / sum(powers) for p in powers]


def value(
    predictions: Image,
    targets: Image,
    *,
    kind: str = "values",
    data_range: Number = 1.0,
    window: int = 11,
    sigma: Number = 1.5,
    k1: Number = 0.01,
    k2: Number = 0.03,
    scale_weights: Sequence[Number] | None = None,
) -> mpf:
    """1 - the product over scales of mean similarities to their powers; 1 where one is below 0."""
    with working_digits(every(predictions, targets)):
        c1, c2 = ((exact(k) * exact(data_range)) ** 2 for k in (k1, k2))
        powers = chosen(predictions, window) if scale_weights is None else scale_weights
        one, other, product = predictions, targets, mpf(1)
        for number, power in enumerate(powers, start=1):
            seen = list(windows(one, other, window, exact(sigma)))
            if number == len(powers):
                parts = [similarity(w, c1, c2) for w in seen]
            else:
                parts = [similarity(centred(w), c1, c2) for w in seen]
            mean = sum(parts) / len(parts)
            if mean <= 0:
                return mpf(1)
            product *= mean ** exact(power)
            one, other = smaller(one), smaller(other)
        return 1 - product


def centred(window: list[tuple[mpf, mpf, mpf]]) -> list[tuple[mpf, mpf, mpf]]:
    """A window whose two means are 0: its similarity has no luminance."""
    mean, other = sum(w * x for w, x, _ in window), sum(w * y for w, _, y in window)
    return [(w, x - mean, y - other) for w, x, y in window]
