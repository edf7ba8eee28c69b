"""Colours that are told apart with any colour vision: those of Okabe and Ito (2008)."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

Theme: TypeAlias = Literal["light", "dark"]
TERMINAL: Sequence[str] = ("34", "33", "32", "35", "36", "31")  # colours of a terminal


class Palette(NamedTuple):
    """The colours of a theme: of the page, of text, of lines that help, of traces in order.

    `surface` is the name of a colour map of Matplotlib; `shades` are colours of shares, from none
    to all.
    """

    background: str
    text: str
    grid: str
    traces: Sequence[str]
    surface: str
    shades: Sequence[str]


PALETTES: Mapping[Theme, Palette] = {
    "light": Palette(
        "#ffffff",
        "#1a1a1a",
        "#c8c8c8",
        ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#7f6f00"),
        "cividis",
        ("#ffffff", "#4a9ccb", "#00466e"),
    ),
    "dark": Palette(
        "#14171c",
        "#e8e8e8",
        "#4a4f57",
        ("#56b4e9", "#e69f00", "#2fc29a", "#e79ac4", "#f0e442", "#ff8a3d", "#ffffff", "#8fb8ff"),
        "cividis",
        ("#14171c", "#1f6f9f", "#a9dcff"),
    ),
}


def mixed(colour: str, background: str, share: float) -> str:
    """Return a colour mixed with that of the page, as if it shone through.

    Examples
    --------
    >>> mixed("#0072b2", "#ffffff", 0.5)
    '#80b8d8'
    """
    pairs = [(int(colour[at : at + 2], 16), int(background[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(share * top + (1.0 - share) * low):02x}" for top, low in pairs)
