"""Spelling in messages: the nearest known name, plurals, control characters."""

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``'; did you mean focal?'``, or an empty string when nothing is near."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    near = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean {by_lower[near[0]]}?" if near else ""


def plural(count: int, noun: str) -> str:
    """Return ``1 item`` or ``3 items``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def visible(text: str) -> str:
    """Escape control characters, so that text from files cannot steer a terminal."""
    return "".join(
        letter if unicodedata.category(letter)[0] != "C" else _escaped(letter) for letter in text
    )


def _escaped(letter: str) -> str:
    return (
        letter.encode("unicode_escape").decode("ascii")
        if ord(letter) >= 32
        else f"\\x{ord(letter):02x}"
    )


def listed(words: Iterable[str], last: str = "and") -> str:
    """Join words as a sentence does: ``npy, csv and tsv``."""
    *some, final = words
    return f"{', '.join(some)} {last} {final}" if some else final


def seen_as(value: float) -> str:
    """Return a number in six digits; in all of them where six would make a whole number of it.

    Examples
    --------
    >>> seen_as(1.5), seen_as(1 / 3), seen_as(2.0), seen_as(1.0000001)
    ('1.5', '0.333333', '2', '1.0000001')
    """
    short = f"{value:.6g}"
    hidden = abs(value) < 1e6 and float(short).is_integer() and float(short) != value
    return repr(float(value)) if hidden else short
