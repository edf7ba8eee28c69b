"""Text helpers every renderer shares."""

import math
from collections.abc import Sequence
from textwrap import fill


def number(value: float, digits: int = 10) -> str:
    """Write a number for reading: ten significant digits; ``nan`` and ``inf`` as words."""
    return f"{value:.{digits}g}" if math.isfinite(value) else str(value)


def exact(value: float) -> str:
    """Write a number that reads back as the very same float."""
    return repr(float(value))


def columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Align columns with two spaces between; nothing is cut."""
    table = [header, *rows]
    widths = [max(len(row[at]) for row in table) for at in range(len(header))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in table
    )
    return "\n".join(line.rstrip() for line in lines)


def bold(text: str, *, colour: bool) -> str:
    """Return `text` in bold for a terminal, as it is elsewhere."""
    return f"\x1b[1m{text}\x1b[0m" if colour else text


def wrapped(text: str, indent: str = "  ", first: str | None = None, width: int = 78) -> str:
    """Wrap a paragraph."""
    return fill(
        text, width, initial_indent=indent if first is None else first, subsequent_indent=indent
    )


def bullets(lines: Sequence[str]) -> str:
    """Write a paragraph a line, each behind a dash."""
    return "\n".join(wrapped(line, "    ", "  - ") for line in lines)


def text_page(
    heading: str, summary: str, sections: Sequence[tuple[str, str]], *, colour: bool
) -> str:
    """Write a page for a terminal: heading and summary, then each section under its title."""
    head = f"{bold(heading, colour=colour)}\n{wrapped(summary, '')}"
    return "\n\n".join(
        [head, *(f"{bold(title, colour=colour)}\n{text}" for title, text in sections)]
    )
