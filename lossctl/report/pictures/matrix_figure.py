"""Matrices of counts as figures of Matplotlib: shaded cells with their numbers."""

from typing import Any

import numpy as np

from lossctl.core.spelling import number, shortened_distinct, visible
from lossctl.pictures.picture import Matrix
from lossctl.report.pictures.palette import Palette

LONGEST = 24  # letters of a class
CELL = 0.46  # inches
LEAST = 3.4  # inches of the cells together
BESIDE, BELOW = 1.8, 0.8  # inches: of the bar and the labels of axes
LETTER = 0.075  # inches
WITH_SHARES = 10  # classes whose cells have room for a share too
BIG = 4  # classes whose numbers are larger
SHARES = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 1.0)  # beside the bar
EMPHASIS = 0.5  # power of the shares: a few percent are seen beside what is right
THOUSANDS = (("G", 1e9), ("M", 1e6), ("k", 1e3))


def size_of(matrix: Matrix) -> tuple[float, float]:
    """Return width and height in inches."""
    side = _side(matrix)
    names = LETTER * max(map(len, _names(matrix)))
    return side + BESIDE + names, side + BELOW + (0.72 * names if _slanted(matrix) else 0.0)


def _side(matrix: Matrix) -> float:
    return max(LEAST, CELL * len(matrix.rows.names))


def draw_matrix(figure: Any, matrix: Matrix, colours: Palette) -> None:
    """Draw the cells, the names of the classes, and the bar of the shades."""
    from matplotlib.colors import LinearSegmentedColormap, PowerNorm

    axes = figure.add_subplot()
    names = _names(matrix)
    count = len(names)
    shades = LinearSegmentedColormap.from_list("share", list(colours.shades))
    scale = PowerNorm(EMPHASIS, 0.0, 1.0)
    edges = np.arange(count + 1) - 0.5
    cells = axes.pcolormesh(
        edges, edges, matrix.shades, cmap=shades, norm=scale,
        edgecolors=colours.grid, linewidth=0.6,
    )  # fmt: skip
    for row, column in np.ndindex(count, count):
        _write(axes, matrix, (row, column), _ink(shades(scale(matrix.shades[row, column]))))
    axes.set_aspect("equal")
    axes.set_xlim(-0.5, count - 0.5)
    axes.set_ylim(count - 0.5, -0.5)
    slant = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if _slanted(matrix) else {}
    axes.set_xticks(range(count), names, fontsize=9, **slant)
    axes.set_yticks(range(count), names, fontsize=9)
    axes.set_xlabel(matrix.columns.label)
    axes.set_ylabel(matrix.rows.label)
    axes.grid(visible=False)
    bar = figure.colorbar(cells, ax=axes, fraction=0.05, pad=0.02)
    bar.set_ticks(SHARES, labels=[number(100.0 * share, 3) for share in SHARES])
    bar.set_label(f"{matrix.label} (%)", labelpad=8)


def _names(matrix: Matrix) -> list[str]:
    return shortened_distinct([visible(name) for name in matrix.rows.names], LONGEST)


def _slanted(matrix: Matrix) -> bool:
    names = _names(matrix)
    return LETTER * max(map(len, names)) > 0.95 * _side(matrix) / len(names)


def _write(axes: Any, matrix: Matrix, at: tuple[int, int], ink: str) -> None:
    count, share = float(matrix.counts[at]), float(matrix.shades[at])
    classes = len(matrix.rows.names)
    few = classes <= WITH_SHARES
    text = compact(count)
    if few and count:
        text += f"\n{number(100.0 * share, 2 if share < 0.995 else 3)} %"
    size = 11.0 if classes <= BIG else 8.0 if few else 7.5
    faint = 0.55 if count == 0.0 else 1.0
    axes.text(at[1], at[0], text, ha="center", va="center", color=ink, fontsize=size, alpha=faint)


def compact(count: float) -> str:
    """Write a count in at most five letters.

    Examples
    --------
    >>> compact(177.0), compact(65432.0), compact(1234567.0), compact(0.25)
    ('177', '65.4k', '1.23M', '0.25')
    """
    for letter, size in THOUSANDS:
        if count >= size * (10.0 if letter == "k" else 1.0):
            return f"{number(count / size, 3)}{letter}"
    return number(count, 4 if count == int(count) else 3)


def _ink(cell: Any) -> str:
    """Return what is read on a colour: black or white, whichever has more contrast (WCAG)."""
    red, green, blue = (_linear(part) for part in cell[:3])
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000000" if light > 0.179 else "#ffffff"


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
