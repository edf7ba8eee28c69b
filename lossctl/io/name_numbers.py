"""Names of columns that differ in numbers, and what the wildcards of a pattern stand for."""

import fnmatch
import re
from collections.abc import Sequence

HANDFUL = 6  # columns that need no echo when a pattern takes them
WILD = re.compile(r"(\*|\?|\[!?\]?[^\]]*\])")
# runs of digits and points: 7 and 7.0 are whole numbers, 0.05 and 1.2.3 are text
RUN = re.compile(r"(\d+(?:\.\d+)*)", re.ASCII)
SIGNED_RUN = re.compile(r"(-?\d+(?:\.\d+)*)", re.ASCII)
WHOLE = re.compile(r"(-?)(\d{1,18})(\.0+)?", re.ASCII)


def numbers_in(
    name: str, run: re.Pattern[str] = RUN
) -> tuple[tuple[str | None, ...], tuple[int, ...]]:
    """Return the text of a name, with None where whole numbers stand, and those numbers."""
    parts = run.split(name)
    found = [WHOLE.fullmatch(part) if n % 2 else None for n, part in enumerate(parts)]
    stem = tuple(None if whole else part for part, whole in zip(parts, found, strict=True))
    return stem, tuple(int(whole[1] + whole[2]) for whole in found if whole)


def with_numbers(name: str, numbers: Sequence[int], run: re.Pattern[str]) -> str:
    """Return a name with other numbers, padded as those it has."""
    parts, values = run.split(name), iter(numbers)
    for n in range(1, len(parts), 2):
        if whole := WHOLE.fullmatch(parts[n]):
            parts[n] = f"{next(values):0{len(whole[2])}d}{whole[3] or ''}"
    return "".join(parts)


def by_number(names: list[str], pattern: str) -> list[str]:
    """Order names whose wildcards stand for whole numbers by these.

    Names that differ in text keep their places; those alike but for numbers change places among
    themselves. Numbers beside text under a wildcard (``p*``) count when none is missing.
    """
    wild = [wild_text(pattern, name) for name in names]
    values = [text for texts in wild for text in texts if WHOLE.fullmatch(text)]
    signs = {text.startswith("-") for text in values}  # all with one: it is a separator
    run = SIGNED_RUN if len(signs) > 1 else RUN
    split = [numbers_in(name, run) for name in names]
    alike: dict[tuple[str | None, ...], list[int]] = {}
    for place, (stem, _) in enumerate(split):
        alike.setdefault(stem, []).append(place)
    ordered = list(names)
    for places in alike.values():
        bare = all(wild[at] and all(map(_is_bare, wild[at])) for at in places)
        if bare or _gapless([split[at][1] for at in places]):
            by_value = sorted(places, key=lambda at: split[at][1])
            for place, at in zip(places, by_value, strict=True):
                ordered[place] = names[at]
    return ordered


def _is_bare(text: str) -> bool:
    """Whether what a wildcard stands for is a whole number, or has no digit."""
    return WHOLE.fullmatch(text) is not None or RUN.search(text) is None


def _gapless(numbers: Sequence[tuple[int, ...]]) -> bool:
    """Whether numbers count from 0 or 1 at each place where they differ."""
    for column in map(set, zip(*numbers, strict=True)):
        if len(column) > 1 and (
            min(column) not in {0, 1} or len(column) <= max(column) - min(column)
        ):
            return False
    return len(set(numbers)) == len(numbers)


def is_unexpected(names: Sequence[str]) -> bool:
    """Whether names are many and no plain count, or numbered ones among others."""
    split = [numbers_in(name) for name in names]
    stems = [stem for stem, _ in split]
    if len(set(stems)) == 1:
        return len(names) > HANDFUL and not _gapless([numbers for _, numbers in split])
    return len(names) > HANDFUL or len(set(stems)) < len(stems)


def wild_text(pattern: str, name: str) -> tuple[str, ...]:
    """Return what the wildcards of a pattern stand for in a name; empty where it does not fit."""
    tokens = WILD.split(pattern)
    regex = [f"({_wild(t)})" if n % 2 else re.escape(t) for n, t in enumerate(tokens)]
    matched = re.fullmatch("".join(regex), name, re.DOTALL)
    return matched.groups() if matched and fnmatch.fnmatchcase(name, pattern) else ()


def _wild(letter: str) -> str:
    # which letters a bracket allows is fnmatch's business; it stands for one
    return ".*" if letter == "*" else "."
