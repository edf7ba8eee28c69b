"""One minus the mean structural similarity (Wang et al. 2004, equation 13), window by window."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product

from mpmath import exp, mp, mpf

from tests.oracles._numbers import Number, exact, working_digits
from tests.oracles.generative._arrays import every

Image = Sequence[Sequence[Number]]
Weighted = list[tuple[mpf, mpf, mpf]]


@cache
def bell(size: int, sigma: mpf, _digits: int) -> dict[tuple[int, int], mpf]:
    """The weight of every place of a window, of sum 1."""
    middle, places = size // 2, list(product(range(size), repeat=2))
    raw = {
        (i, j): exp(-((i - middle) ** 2 + (j - middle) ** 2) / (2 * sigma**2)) for i, j in places
    }
    total = sum(raw.values())
    return {place: weight / total for place, weight in raw.items()}


def windows(one: Image, other: Image, size: int, sigma: mpf) -> Iterator[Weighted]:
    """The weight and both pixels of every place of every window inside the images."""
    weights = bell(size, sigma, mp.dps)
    for top, left in product(range(len(one) - size + 1), range(len(one[0]) - size + 1)):
        yield [
            (weight, exact(one[top + i][left + j]), exact(other[top + i][left + j]))
            for (i, j), weight in weights.items()
        ]


def similarity(window: Weighted, c1: mpf, c2: mpf) -> mpf:
    """Luminance times contrast and structure; 1 for a quotient of zeros."""
    mean, other = sum(w * x for w, x, _ in window), sum(w * y for w, _, y in window)
    spread = sum(w * (x - mean) ** 2 for w, x, _ in window)
    other_spread = sum(w * (y - other) ** 2 for w, _, y in window)
    shared = sum(w * (x - mean) * (y - other) for w, x, y in window)
    light, shape = mean**2 + other**2 + c1, spread + other_spread + c2
    return ((2 * mean * other + c1) / light if light else mpf(1)) * (
        (2 * shared + c2) / shape if shape else mpf(1)
    )


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
) -> mpf:
    """1 - the mean over all windows."""
    with working_digits(every(predictions, targets)):
        c1, c2 = ((exact(k) * exact(data_range)) ** 2 for k in (k1, k2))
        found = [similarity(w, c1, c2) for w in windows(predictions, targets, window, exact(sigma))]
        return 1 - sum(found) / len(found)
