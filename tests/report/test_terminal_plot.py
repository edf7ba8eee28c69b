"""The small curve: its frame, its labels, where its dots are."""

import math

import pytest

from lossctl.report.terminal_plot import BLANK, DOTS, HEIGHT, WIDTH, sketch


def dots(text: str) -> list[list[bool]]:
    """Return the dots of a sketch, rows from the top."""
    grid = []
    for line in text.splitlines()[:HEIGHT]:
        cells = [ord(letter) - BLANK for letter in line.partition("┤")[2].ljust(WIDTH, chr(BLANK))]
        grid += [
            [bool(cell & DOTS[side][level]) for cell in cells for side in (0, 1)]
            for level in range(4)
        ]
    return grid


def heights(text: str) -> list[int]:
    """Return how high the highest dot of each column is."""
    grid = dots(text)
    return [
        max(len(grid) - 1 - row for row in range(len(grid)) if grid[row][at])
        for at in range(2 * WIDTH)
    ]


def test_frame() -> None:
    lines = sketch(lambda x: x * x, -2, 2, "e = p − t").splitlines()
    assert len(lines) == HEIGHT + 3
    assert lines[0].startswith("4 ┤")
    assert lines[HEIGHT - 1].startswith("0 ┤")
    assert lines[HEIGHT].strip() == "└" + "─" * WIDTH
    assert lines[HEIGHT + 1].split() == ["-2", "2"]
    assert lines[-1].strip() == "e = p − t"
    assert all(line == line.rstrip() for line in lines)
    assert all(line.index("┤") == lines[0].index("┤") for line in lines[:HEIGHT])


@pytest.mark.parametrize("curve", [
    lambda x: x * x, abs, math.exp, lambda x: -math.log(0.5 + x / 5), lambda x: 0.0 * x,
    lambda _: 3.0, lambda x: -x, lambda x: float(x > 0),
])  # fmt: skip
def test_dots_follow_the_curve(curve: object) -> None:
    low, high = -2.0, 2.0
    values = [curve(low + (high - low) * at / (2 * WIDTH - 1)) for at in range(2 * WIDTH)]  # type: ignore[operator]
    bottom, top = min(0.0, *values), max(values)
    levels = 4 * HEIGHT - 1
    grid = dots(sketch(curve, low, high, "x"))  # type: ignore[arg-type]
    for at, value in enumerate(values):
        level = round((value - bottom) / ((top - bottom) or 1.0) * levels)
        assert grid[levels - level][at], (at, value)


def test_lines_have_no_gaps() -> None:
    grid = dots(sketch(lambda x: 100.0 * float(x > 0.3), 0, 1, "x"))
    filled = {row for row in range(len(grid)) if any(grid[row])}
    assert filled == set(range(len(grid)))


def test_a_constant_does_not_divide_by_zero() -> None:
    assert set(heights(sketch(lambda _: 0.0, 0, 1, "x"))) == {0}


def test_the_same_curve_gives_the_same_text() -> None:
    assert sketch(math.sin, -3, 3, "x") == sketch(math.sin, -3, 3, "x")
