"""Text as a source: each distinct text once, and the number of its word for every element.

Text is never read as numbers by accident: reading such a source is an error that names the first
word that is no number, unless all of them are. What takes labels asks for their words and says
which number each stands for (``bind.class_names``).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from math import prod
from typing import Any

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.core.spelling import option, visible
from lossctl.engine.arrays import is_missing
from lossctl.engine.sources import EXACT_INTEGERS, ArraySource, Source, View

MISSING = frozenset({"", "nan", "NaN", "NAN", "-nan"})  # cells without a value; NA is text
NOT_THERE = frozenset(  # how a missing value is spelled elsewhere; here these are text
    ["na", "n/a", "#n/a", "<na>", "null", "none", "missing", "-", "?", "."]
)
TRUTHS = {"True": 1.0, "TRUE": 1.0, "true": 1.0, "False": 0.0, "FALSE": 0.0, "false": 0.0}
MOST_WORDS = 1 << 20
STEP = 1 << 18  # elements coded or looked at together
NOTHING = -1  # the code of a missing text
SHORTENED = re.compile(r"\s*\[.*\.\.\.", re.DOTALL)
BOTH = re.compile(r"\s*[+-]?\d{1,3},\d{3}\s*")
THOUSANDS = re.compile(
    r"\s*[+-]?(\d{1,3}(,\d{3})+(\.\d*)?|\d{1,3}(\.\d{3})+,\d*|\d{1,3}(\.\d{3}){2,}"
    r"|\d{1,3}([ '’_\u00a0\u2009\u202f]\d{3})+([.,]\d*)?)\s*"
)


class Coder(dict[str, int]):
    """Numbers words as they come: the number of a word, by the word."""

    def __init__(self, label: str) -> None:
        """Begin without words; `label` is what messages call their array."""
        super().__init__(dict.fromkeys(MISSING, NOTHING))
        self.label, self.some_missing = label, False

    def __missing__(self, word: str) -> int:
        """Give a new word the next number."""
        self[word] = number = len(self) - len(MISSING)
        return number

    @property
    def words(self) -> list[str]:
        """The words so far, by their numbers."""
        return list(self)[len(MISSING) :]

    def add(self, cells: Sequence[str]) -> Array:
        """Return the numbers of these texts, −1 for what is missing.

        Raises
        ------
        DataError
            When there are too many words for labels or groups.
        """
        codes = np.fromiter(map(self.__getitem__, cells), np.int32, len(cells))
        if len(self) > MOST_WORDS:
            raise DataError(
                f"{self.label}: holds more than {MOST_WORDS} different texts, too many for labels "
                "or groups; give numbers"
            )
        self.some_missing = self.some_missing or bool((codes == NOTHING).any())
        return codes


class Text(View):
    """Texts, over a source of the numbers of their words; −1 and NaN stand for missing ones."""

    def __init__(
        self,
        codes: Source,
        words: Sequence[str],
        *,
        some_missing: bool,
        column: str = "",
        decimal: str | None = None,
    ) -> None:
        """Take the codes, the words by number, and how messages call the column they come from.

        `decimal` is what stands before the decimals of numbers in a table of text.
        """
        super().__init__(codes)
        self.words, self.some_missing, self.column = tuple(words), some_missing, column
        self.decimal = decimal

    def over(self, codes: Source) -> "Text":
        """Return the texts whose codes stand in another source."""
        return Text(
            codes,
            self.words,
            some_missing=self.some_missing,
            column=self.column,
            decimal=self.decimal,
        )

    def _is_number(self, word: str) -> bool:
        return is_number(word, self.decimal or ".")

    @property
    def is_text(self) -> bool:
        """It is text."""
        return True

    def numbers(self) -> Mapping[str, float] | None:
        """Return the number that each word spells, or None where some word spells none."""
        if self.words and all(word in TRUTHS for word in self.words):
            return {word: TRUTHS[word] for word in self.words}
        if not all(map(self._is_number, self.words)):
            return None
        return {word: float(word.replace(self.decimal or ".", ".")) for word in self.words}

    def read(self, start: int, stop: int) -> Array:
        """Return the numbers that the texts spell.

        Raises
        ------
        DataError
            Naming the first that spells none.
        """
        numbers = self.numbers()
        if numbers is None:
            raise self.no_numbers()
        return recoded(self, numbers).read(start, stop)

    def no_numbers(self, view: Source | None = None) -> DataError:
        """Return the error about the first word that is no number, as a view of the text has it."""
        place, word = self.first(lambda word: not self._is_number(word), view)
        return not_a_number(self.label, place, word, self.decimal)

    def first(self, wanted: Callable[[str], bool], view: Source | None = None) -> tuple[str, str]:
        """Return the place of the first wanted word in a view of the text, and the word."""
        source = self if view is None else view
        marks = np.array([*map(wanted, self.words), False])
        for at, codes in self._blocks(source):
            found = np.flatnonzero(marks[codes])
            if len(found):
                word = self.words[codes[found[0]]]
                return self._place(source, at + int(found[0])), word
        return self._place(source, 0), next(filter(wanted, self.words), "")

    def words_in(self, view: Source) -> list[str]:
        """Return the words that stand in a view of the text, sorted."""
        if view.shape == self.shape:
            return sorted(self.words)
        codes = [np.unique(codes) for _, codes in self._blocks(view)]
        return sorted(self.words[code] for code in np.unique(np.concatenate(codes)) if code >= 0)

    def _blocks(self, view: Source) -> Iterator[tuple[int, Array]]:
        """Yield the codes of a view with the place of their first."""
        coded = recoded(view, {word: float(number) for number, word in enumerate(self.words)})
        for at in range(0, prod(view.shape), STEP):
            yield at, as_codes(coded.read(at, min(at + STEP, prod(view.shape))))

    def _place(self, source: Source, at: int) -> str:
        """Say where an element stands."""
        where = source.where(tuple(int(part) for part in np.unravel_index(at, source.shape)))
        return f"{where}, {self.column}" if self.column and self.column not in where else where


class Recoded(View):
    """Texts as the numbers that their words stand for; NaN where they are missing."""

    def __init__(self, text: Text, numbers: Mapping[str, float]) -> None:
        """Take the number of each word that is read; whole ones are integers if none is missing."""
        table = np.array([*(numbers.get(word, NOTHING) for word in text.words), np.nan])
        given = table[:-1]
        whole = bool((given == np.floor(given)).all() and (np.abs(given) <= EXACT_INTEGERS).all())
        if whole and not text.some_missing:
            table = np.append(table[:-1], NOTHING).astype(np.int64)
        super().__init__(text.base, dtype=table.dtype)
        self._table = table

    def read(self, start: int, stop: int) -> Array:
        """Return the numbers."""
        numbers: Array = self._table[as_codes(self.base.read(start, stop))]
        return numbers


def as_codes(codes: Array) -> Array:
    """Return codes as integers, NaN as −1."""
    if codes.dtype.kind == "f":
        codes = np.nan_to_num(codes, nan=NOTHING)
    return codes.astype(np.intp)


def text_of(source: Any) -> Text | None:
    """Return the text that a source is a view of, or None for numbers."""
    while isinstance(source, View):
        if isinstance(source, Text):
            return source
        source = source.base
    return None


def recoded(source: Source, numbers: Mapping[str, float]) -> Source:
    """Return text, or a view of it, as the numbers that its words stand for."""
    if isinstance(source, Text):
        return Recoded(source, numbers)
    if not isinstance(source, View):
        return source
    base = recoded(source.base, numbers)
    view = source.over(base) if hasattr(source, "over") else copy(source)
    view.base, view.dtype = base, base.dtype
    return view


def in_order(text: Text) -> dict[str, float]:
    """Number the words of a text in alphabetical order: the same in whatever file they stand."""
    return {word: float(number) for number, word in enumerate(sorted(text.words))}


def text_source(array: Array, label: str) -> Text:
    """Return an array of text in memory as a source; it is coded block by block."""
    coder, flat = Coder(label), array.reshape(-1)
    codes = np.empty(flat.size, np.int32)
    for at in range(0, flat.size, STEP):
        cells = flat[at : at + STEP]
        codes[at : at + STEP] = coder.add(as_texts(cells))
    source = ArraySource(codes.reshape(array.shape), label)
    return Text(source, coder.words, some_missing=coder.some_missing)


def as_texts(cells: Array) -> list[str]:
    """Return the elements of an array as text, empty where they are missing."""
    if cells.dtype.kind == "S":
        return [cell.decode("utf-8", "backslashreplace") for cell in cells.tolist()]
    if cells.dtype.kind == "U":
        texts: list[str] = cells.tolist()
        return texts
    return [as_text(cell) for cell in cells.tolist()]


def as_text(cell: Any) -> str:
    """Return one object as text."""
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "backslashreplace")
    return "" if is_missing(cell) else str(cell)


def with_common_codes(parts: Sequence[Source]) -> tuple[list[Source], Coder]:
    """Return the texts that parts of one array are with common codes, and their words.

    Raises
    ------
    DataError
        When some parts are text and others numbers.
    """
    texts = [text_of(part) for part in parts]
    coder = Coder(parts[0].label)
    coded = []
    for part, text in zip(parts, texts, strict=True):
        if text is None:
            raise next(one for one in texts if one is not None).no_numbers()
        coded.append(recoded(part, {word: float(coder[word]) for word in text.words}))
        coder.some_missing = coder.some_missing or text.some_missing
    return coded, coder


def over_codes(view: Source, arrange: Callable[[Source], Source]) -> Source:
    """Return a view of text arranged otherwise, by what arranges the source of its codes."""
    text = text_of(view)
    if text is None:
        return arrange(view)
    codes = recoded(view, {word: float(number) for number, word in enumerate(text.words)})
    return text.over(arrange(codes))


def is_number(text: str, decimal: str = ".") -> bool:
    """Whether a cell is a number as tables write them; Python's ``1_0`` is none."""
    if decimal != ".":
        text = "_" if "." in text else text.replace(decimal, ".")
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def not_a_number(label: str, place: str, text: str, decimal: str | None = None) -> DataError:
    """Return the error about a text where a number should be."""
    if decimal is None:
        has_comma = is_number(text, ",") or is_number(text.replace(",", ""))
        hint = "a decimal comma? write a decimal point" if has_comma else ""
    else:
        hint = _looks_like(text, decimal)
    more = f" ({hint})" if hint else ""
    return DataError(f"{label}: {place}: {visible(repr(text))} is not a number{more}")


def _looks_like(text: str, decimal: str) -> str:
    """Return what a cell of a table that is no number looks like, and what reads it."""
    is_point, comma = decimal == ".", option("decimal", ",")
    looks = {
        "a comment line? such lines are allowed only before the header": text.startswith("#")
        and text.casefold() not in NOT_THERE,
        "a list that was shortened when it was written; save all its numbers": SHORTENED.match(
            text
        ),
        f"a thousands separator, or a decimal comma? {comma} reads the latter": is_point
        and BOTH.fullmatch(text),
        "a thousands separator? save the numbers without": THOUSANDS.fullmatch(text),
        "a percentage? save p / 100": is_number(text.rstrip("% "), decimal) and "%" in text,
        "an exponent after D? write 1e-3 for 1D-3": is_number(text.upper().replace("D", "E"))
        and "D" in text.upper(),
        "a missing value? leave the cell empty": text.strip().casefold() in NOT_THERE,
        f"a decimal comma? {comma} reads it": is_point and is_number(text, ","),
        f"a decimal point, but the decimal separator given is {decimal!r}": is_number(text),
    }
    return next((words for words, fits in looks.items() if fits), "")
