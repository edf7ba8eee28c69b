"""Tables and paragraphs that fit the width of a terminal; without a width nothing is changed."""

from collections.abc import Callable, Iterable, Sequence
from textwrap import wrap
from typing import TypeAlias

from lossctl.report.text import columns

Table: TypeAlias = tuple[tuple[str, ...], Sequence[Sequence[str]]]
DIGITS = (10, 6, 4)  # significant digits shown, as many as fit; other formats have all


def fitted(
    make: Callable[[int], Table], width: int | None, droppable: Sequence[str] = ()
) -> list[str]:
    """Return the lines of a table that fit.

    Numbers first lose digits and the droppable columns go one by one, the first first; what still
    does not fit becomes a paragraph a row.

    Parameters
    ----------
    make
        Header and rows with numbers of so many significant digits.
    """
    if width is None:
        return columns(*make(DIGITS[0])).splitlines()
    for digits in DIGITS:
        for count in range(len(droppable) + 1):
            lines = columns(*_without(make(digits), droppable[:count])).splitlines()
            if max(map(len, lines)) <= width:
                return lines
    header, rows = make(DIGITS[1])
    return [line for row in rows for line in _paragraph(header, row, width)]


def _without(table: Table, dropped: Sequence[str]) -> Table:
    header, rows = table
    kept = [at for at, name in enumerate(header) if name not in dropped]
    return tuple(header[at] for at in kept), [[row[at] for at in kept] for row in rows]


def _paragraph(header: Sequence[str], row: Sequence[str], width: int) -> list[str]:
    """Say each cell that holds something, after the name of the component or the step."""
    said = [f"{name} {cell}" for name, cell in zip(header, row, strict=True) if cell]
    if header[0] not in {"component", "step"}:
        return folded(", ".join(said), width)
    first = said[0].removeprefix("component ")
    return folded(f"{first}: {', '.join(said[1:])}", width)


def folded(text: str, width: int | None, indent: str = "  ") -> list[str]:
    """Break a line between words; what follows the first is indented."""
    if width is None or len(text) <= width:
        return [text]
    return wrap(text, max(width, 20), subsequent_indent=indent, break_on_hyphens=False)


def all_folded(lines: Iterable[str], width: int | None) -> list[str]:
    """Break every line."""
    return [part for line in lines for part in folded(line, width)]
