"""The numbers beside axes of figures: plain ones, in a power of ten where they are long."""

import math
from typing import Any

from lossctl.core.spelling import shortened, visible

LEAST, MOST = 1e-3, 1e5  # numbers that are read as they are
LONGEST = 60  # letters of a label
FEW = {8: 4, 11: 3}  # steps of an axis whose numbers have that many letters
STEPS = (1, 2, 5, 10)
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power_of(low: float, high: float) -> int:
    """Return the power of ten, a multiple of three, in which numbers up to these are read.

    Examples
    --------
    >>> power_of(0.0, 9170.0), power_of(-2.1e6, 5e5), power_of(0.0, 4.8e-12)
    (0, 6, -12)
    """
    size = max(abs(low), abs(high))
    if size == 0.0 or LEAST <= size < MOST:
        return 0
    return 3 * math.floor(math.log10(size) / 3.0)


def with_power(label: str, power: int, most: int = LONGEST) -> str:
    """Return a label, harmless, that says in which power of ten its numbers are."""
    unit = f", in 10{str(power).translate(SUPERSCRIPTS)}" if power else ""
    return shortened(visible(label), most - len(unit)) + unit


def set_numbers(
    axis: Any, limits: tuple[float, float], label: str, steps: int = 7, most: int = LONGEST
) -> None:
    """Put round numbers between `limits` beside an axis, and name it in at most so many letters."""
    power = power_of(*limits)
    places, texts = numbers_between(*limits, steps)
    few = min((count for length, count in FEW.items() if max(map(len, texts)) >= length), default=0)
    if few and few < steps:
        places, texts = numbers_between(*limits, few)
    axis.set_ticks(places, texts)
    axis.set_label_text(with_power(label, power, most))


def numbers_between(low: float, high: float, steps: int) -> tuple[list[float], list[str]]:
    """Return round numbers and their texts, with as many decimals as tell them apart."""
    from matplotlib.ticker import MaxNLocator

    room = 1e-9 * (high - low)
    found = MaxNLocator(steps, steps=STEPS).tick_values(low, high)
    places = [float(place) for place in found if low - room <= place <= high + room]
    unit = 10.0 ** power_of(low, high)
    step = float(found[1] - found[0]) / unit
    decimals = max(-math.floor(math.log10(step) + 1e-9), 0)
    texts = [f"{place / unit + 0.0:.{decimals}f}".replace("-", "−") for place in places]
    return places, [text.removeprefix("−") if not float(text[1:] or 1) else text for text in texts]
