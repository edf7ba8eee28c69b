"""Deterministic float64 inputs on which careless formulas lose digits, overflow or return NaN."""

import math

EPS = 2.0**-53
"""Half the distance from 1 to the next float64 above; the distance to the one below."""

TINIEST = 5e-324
SMALLEST_NORMAL = 2.0**-1022

_VALUES = [
    *(0.0, TINIEST, SMALLEST_NORMAL, 1e-300, 1e-150, 1e-20, 1e-10, 1e-8, 1e-3, 0.1, 0.25, 0.3),
    *(0.5 - EPS / 2, 0.5, 0.5 + EPS, 0.7, 1 - EPS, 1.0, 1 + 2 * EPS, 1 + 1e-10, 1.345, 1.5),
    *(2 - 2 * EPS, 2.0, 2 + 4 * EPS, 3.0, math.pi, 10.0, 100.0, 88.0, 1e4, 65504.0, 1e8),
    *(2.0**53, 2.0**53 + 2, 1e20, 1e38, 1e100, 1e150),
]

_PROBABILITIES = [
    *(0.0, -0.0, TINIEST, SMALLEST_NORMAL, 1e-300, 1e-150, 1e-45, 1e-38, 1e-20, EPS, 2.0**-40),
    *(math.nextafter(1e-10, 0), 1e-10, math.nextafter(1e-10, 1), 1e-7, 1e-3, 0.1, 0.25, 0.3),
    *(0.5 - EPS / 2, 0.5, 0.5 + EPS, 0.7, 0.9, 0.999, 1 - 1e-7, 1 - 2.0**-24, 1 - 1e-10),
    *(1 - 2.0**-40, 1 - 2 * EPS, 1 - EPS, 1.0),
]

_LOGITS = [
    *(0.0, TINIEST, 1e-300, 1e-20, EPS, 2.0**-40, 1e-10, 1e-4, 0.1, 0.5, 1 - EPS, 1.0, 2.0),
    *(5.0, 10.0, 16.6, 20.0, 36.04, 36.74, 40.0, 50.0, 88.0, 88.73, 104.0, 200.0, 350.0),
    *(700.0, 709.78, 710.0, 745.0, 746.0, 1e4, 1e5, 1e10, 1e150),
]


def _both_signs(numbers: list[float]) -> list[float]:
    """Every number and its negative, -0.0 included."""
    return [signed for number in numbers for signed in (number, -number)]


_FLOATS = {
    "values": _both_signs(_VALUES),
    "probabilities": _PROBABILITIES,
    "logits": _both_signs(_LOGITS),
}


def nasty_floats(kind: str) -> list[float]:
    """Single numbers of one kind: 'values', 'probabilities' or 'logits'."""
    return list(_FLOATS[kind])


def nasty_rows(kind: str, classes: int) -> list[list[float]]:
    """Rows of classes, at least two, of one kind: 'logits' or 'probabilities'.

    Every row of probabilities sums to 1 within 1e-12. Which class is right is the caller's choice:
    the same row is confidently right for one target and confidently wrong for another.
    """
    if classes < 2:
        msg = f"a row has at least two classes, not {classes}"
        raise ValueError(msg)
    return {"logits": _logit_rows, "probabilities": _probability_rows}[kind](classes)


def _logit_rows(classes: int) -> list[list[float]]:
    """Ties, gaps, large offsets and huge magnitudes."""
    ramp = [0.5 * number - 1 for number in range(classes)]
    gaps = [TINIEST, 1e-20, 1e-8, 1.0, 20.0, 36.8, 50.0, 88.8, 200.0, 700.0, 746.0, 1e4, 1e150]
    return [
        [0.0] * classes,
        [1e4] * classes,
        [-1e4] * classes,
        [1e150] * classes,
        ramp,
        ramp[::-1],
        *([level + step for step in ramp] for level in (1e4, -1e4, 700.0, -745.0)),
        *(_one_ahead(classes, 0, gap, 0.0) for gap in gaps),
        *(_one_ahead(classes, classes - 1, gap, 0.0) for gap in gaps),
        *(_one_ahead(classes, 0, gap, 1e4) for gap in (1.0, 50.0, 200.0)),
        *(_two_ahead(classes, gap) for gap in (1e-20, 40.0, 200.0)),
        [(-1.0) ** number * 700.0 for number in range(classes)],
        [number * 40.0 for number in range(classes)],
    ]


def _one_ahead(classes: int, leader: int, gap: float, level: float) -> list[float]:
    """All logits at `level`, one of them `gap` higher."""
    return [level + gap * (number == leader) for number in range(classes)]


def _two_ahead(classes: int, gap: float) -> list[float]:
    """Let the first two logits tie and the others lie `gap` below."""
    return [0.0 if number < 2 else -gap for number in range(classes)]


def _probability_rows(classes: int) -> list[list[float]]:
    """Uniform, certain, nearly certain, tied and with exact zeros."""
    smalls = [TINIEST, 1e-300, 1e-20, EPS, 2.0**-40, 1e-10, 1e-7, 1e-3, 0.1]
    ramp = [number + 1 for number in range(classes)]
    tied = [0.5, 0.5, *[0.0] * (classes - 2)]
    return [
        [1 / classes] * classes,
        [share / sum(ramp) for share in ramp],
        tied,
        tied[::-1],
        *(_one_ahead(classes, leader, 1.0, 0.0) for leader in range(classes)),
        *(mostly_one(classes, 0, small) for small in smalls),
        *(mostly_one(classes, classes - 1, small) for small in smalls),
    ]


def mostly_one(classes: int, leader: int, small: float) -> list[float]:
    """One class takes what `small` leaves; a neighbour takes `small`, any other class nothing."""
    row = [0.0] * classes
    row[leader] = 1 - small
    row[leader - 1] = small
    return row
