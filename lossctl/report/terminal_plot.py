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
    cells = canvas()
    join(cells, heights)
    return "\n".join(framed(cells, (low, high), (bottom, top), label))


def canvas() -> list[list[int]]:
    """Return cells without dots, rows from the top."""
    return [[BLANK] * WIDTH for _ in range(HEIGHT)]


def framed(
    cells: Sequence[Sequence[int]], x: tuple[float, float], y: tuple[float, float], label: str
) -> list[str]:
    """Draw the axes around cells, with the numbers at their ends and the name of the lower one."""
    (low, high), (bottom, top) = x, y
    margin = max(len(f"{top:.3g}"), len(f"{bottom:.3g}"))
    names = [f"{top:.3g}", *[""] * (len(cells) - 2), f"{bottom:.3g}"]
    drawn = [
        f"{name:>{margin}} ┤{''.join(map(chr, row))}"
        for name, row in zip(names, cells, strict=True)
    ]
    ends = f"{low:.4g}".ljust(WIDTH - len(f"{high:.4g}")) + f"{high:.4g}"
    drawn += [
        " " * (margin + 1) + "└" + "─" * WIDTH,
        " " * (margin + 2) + ends,
        " " * (margin + 2) + label,
    ]
    return [line.rstrip() for line in drawn]


def join(cells: list[list[int]], heights: Sequence[int | None], every: int = 1) -> None:
    """Set a dot in every so many columns, and the dots between it and its left neighbour.

    `heights` has the level of each column of dots, None where there is nothing to draw.
    """
    before: int | None = None
    for column, height in enumerate(heights):
        if height is not None and column % every == 0:
            known = height if before is None or every > 1 else before
            low, high = sorted((known, height))
            rises = low != high and height > known
            for level in range(low + rises, high + 1 - (height < known)):
                dot(cells, column, level)
            dot(cells, column, height)
        before = height


def dot(cells: list[list[int]], column: int, level: int) -> None:
    """Set the dot of a column, from the left, at a level from the bottom."""
    row, place = divmod(4 * len(cells) - 1 - level, 4)
    cells[row][column // 2] |= DOTS[column % 2][place]
