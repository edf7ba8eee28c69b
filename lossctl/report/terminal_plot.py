"""A small curve in braille dots, with its axes."""

from collections.abc import Callable, Sequence

WIDTH, HEIGHT = 52, 9  # in characters; each is two dots wide and four high
# a braille letter has a bit for each dot: the left column from the top, then the right
DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
BLANK = 0x2800


def sketch(curve: Callable[[float], float], low: float, high: float, label: str) -> str:
    """Draw `curve` between `low` and `high`.

    Parameters
    ----------
    curve
        Finite function of one number.
    low, high
        Ends of the horizontal axis.
    label
        What the horizontal axis shows.
    """
    columns = 2 * WIDTH
    points = [low + (high - low) * at / (columns - 1) for at in range(columns)]
    values = [curve(point) for point in points]
    bottom, top = min(0.0, *values), max(values)  # 0 is shown: a loss is read from there
    levels = 4 * HEIGHT - 1
    heights = [round((value - bottom) / ((top - bottom) or 1.0) * levels) for value in values]
    lines = ["".join(map(chr, row)) for row in _dots(heights)]
    margin = max(len(f"{top:.3g}"), len(f"{bottom:.3g}"))
    names = [f"{top:.3g}", *[""] * (HEIGHT - 2), f"{bottom:.3g}"]
    drawn = [f"{name:>{margin}} ┤{line}" for name, line in zip(names, lines, strict=True)]
    ends = f"{low:g}".ljust(WIDTH - len(f"{high:g}")) + f"{high:g}"
    drawn += [
        " " * (margin + 1) + "└" + "─" * WIDTH,
        " " * (margin + 2) + ends,
        " " * (margin + 2) + label,
    ]
    return "\n".join(line.rstrip() for line in drawn)


def _dots(heights: Sequence[int]) -> list[list[int]]:
    """Set one dot a column, and the dots between it and its left neighbour."""
    cells = [[BLANK] * WIDTH for _ in range(HEIGHT)]
    before = heights[0]
    for column, height in enumerate(heights):
        low, high = sorted((before, height))
        for level in range(low + (low != high and height > before), high + 1 - (height < before)):
            _set(cells, column, level)
        _set(cells, column, height)
        before = height
    return cells


def _set(cells: list[list[int]], column: int, level: int) -> None:
    row, dot = divmod(4 * HEIGHT - 1 - level, 4)
    cells[row][column // 2] |= DOTS[column % 2][dot]
