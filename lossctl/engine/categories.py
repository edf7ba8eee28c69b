"""Which category each unit belongs to: values of a column, text or numbers, and bins of numbers.

The numbers of categories are not kept where a source can be read again: each block finds its own
in a table of the values there are, which a pass over the column collects before.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import prod
from typing import Any, NamedTuple, Protocol, overload

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.core.spelling import plural
from lossctl.core.threads import run_blocks
from lossctl.engine.sources import Source
from lossctl.engine.text_labels import as_codes, recoded, text_of

AT_ONCE = 1 << 18  # values of a column that are looked at together
MOST_DIGITS = 1e20  # of whole numbers that are written out
WIDEST_TABLE = 1 << 22  # whole numbers between the least and the greatest, to be a table's places


class Codes(Protocol):
    """The number of the category of each unit, read block by block: an array is one."""

    def __len__(self) -> int:
        """Return how many units there are."""
        ...

    def __getitem__(self, units: slice, /) -> Array:
        """Return the numbers of consecutive units."""
        ...


class Categories(NamedTuple):
    """The category of each unit.

    Attributes
    ----------
    codes
        (units,) number of the category of each.
    names
        What each category is called, by number.
    """

    codes: Codes
    names: Sequence[str]

    def array(self) -> Array:
        """Return the numbers of all units in memory."""
        return self.codes[0 : len(self.codes)]


class CodesOf:
    """Numbers of categories that are found anew in each block of a column."""

    def __init__(self, source: Source, units: int, find: Callable[[Array], Array]) -> None:
        """Read a source of one value per unit; `find` gives the numbers of values."""
        self._source, self._units, self._find = source, units, find

    def __len__(self) -> int:
        """Return how many units there are."""
        return self._units

    def __getitem__(self, units: slice, /) -> Array:
        """Return the numbers of consecutive units."""
        start, stop, _ = units.indices(self._units)
        return self._find(np.asarray(self._source.read(start, stop)))


class NumberNames(Sequence[str]):
    """Numbers as names of categories, written when they are asked for."""

    def __init__(self, numbers: Array) -> None:
        """Take the numbers."""
        self._numbers = numbers

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._numbers)

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> list[str]: ...

    def __getitem__(self, at: Any) -> Any:
        """Return a name, or several."""
        found = self._numbers[at]
        return [_name(one) for one in found] if isinstance(at, slice) else _name(found)


def categories_of(
    source: Source, units: int, what: str, threads: int | None = None, *, named_before: bool = False
) -> Categories:
    """Return the categories of a column: its texts, or its different numbers.

    Parameters
    ----------
    source
        One value per unit.
    units
        How many units there are.
    what
        What messages call the column.
    threads
        That read it.
    named_before
        Whether numbers of one byte are all named without reading the column, though some may be
        of no unit.

    Raises
    ------
    DataError
        When the column does not have one value per unit.
    """
    require_one_each(source, units, what)
    text = text_of(source)
    if text is None:
        every = _all_numbers(source.dtype) if named_before else None
        distinct = _distinct(source, units, threads) if every is None else every
        return Categories(CodesOf(source, units, _finder(distinct)), NumberNames(distinct))
    numbers = {word: float(number) for number, word in enumerate(text.words)}
    column, missing = recoded(source, numbers), len(text.words)

    def codes_of(values: Array) -> Array:
        found = as_codes(values)
        return np.where(found < 0, missing, found)

    present = np.zeros(missing + 1, np.bool_)
    for values in _blocks(column, units):
        present[codes_of(values)] = True
    places = np.cumsum(present) - 1
    names = [*text.words, "(missing)"]
    kept = [name for name, seen in zip(names, present, strict=True) if seen]
    return Categories(CodesOf(column, units, lambda values: places[codes_of(values)]), kept)


def _blocks(source: Source, units: int) -> Iterator[Array]:
    for start in range(0, units, AT_ONCE):
        yield np.asarray(source.read(start, min(start + AT_ONCE, units)))


def _all_numbers(dtype: np.dtype[Any]) -> Array | None:
    """Return every number that one byte can hold, None for wider numbers."""
    if dtype.itemsize > 1 or dtype.kind not in "biu":
        return None
    if dtype.kind == "b":
        return np.array([False, True])
    limits = np.iinfo(dtype)
    return np.arange(limits.min, limits.max + 1, dtype=dtype)


def _distinct(source: Source, units: int, threads: int | None) -> Array:
    """Return the different numbers of a column in order, NaN last."""
    grid = [(start, min(start + AT_ONCE, units)) for start in range(0, units, AT_ONCE)]

    def look(start: int, stop: int) -> Array:
        return _distinct_of(np.asarray(source.read(start, stop)))

    parts = run_blocks(grid, look, threads)
    found = parts[0]
    for at in range(1, len(parts), 64):
        found = np.unique(np.concatenate([found, *parts[at : at + 64]]))
    return found


def _distinct_of(values: Array) -> Array:
    """Return the different numbers of a block; whole ones are marked in a table, not sorted."""
    whole = _as_whole(values)
    if whole is not None and len(whole):
        least, greatest = int(whole.min()), int(whole.max())
        if greatest - least < WIDEST_TABLE:
            counts = np.bincount(_places(whole, least), minlength=1)
            return (np.flatnonzero(counts) + least).astype(values.dtype)
    return np.unique(values)


def _as_whole(values: Array) -> Array | None:
    """Return numbers as integers, None where some are none."""
    if values.dtype.kind != "f":
        return values
    with np.errstate(invalid="ignore"):
        whole = values.astype(np.int64)
    return whole if bool((whole == values).all()) else None


def _integers(values: Array) -> Array:
    return values.astype(np.int64) if values.dtype.kind == "f" else values


def _places(values: Array, least: int) -> Array:
    """Return whole numbers less the least of them, as places of a table."""
    if values.dtype == np.uint64:  # which may be beyond int64
        return (values - np.uint64(least)).astype(np.intp)
    places = values.astype(np.intp)
    if least:
        places -= least
    return places


def _finder(distinct: Array) -> Callable[[Array], Array]:
    """Return what finds the places of values among different numbers in order."""
    whole = _as_whole(distinct)
    if whole is None or not len(whole) or int(whole[-1]) - int(whole[0]) >= WIDEST_TABLE:
        return lambda values: np.searchsorted(distinct, values)
    least = int(whole[0])
    if len(whole) == int(whole[-1]) - least + 1:  # none is missing between them
        if least == 0 and distinct.dtype == np.uint8:
            return lambda values: values
        return lambda values: _places(_integers(values), least)
    table = np.zeros(int(whole[-1]) - least + 1, np.intp)
    table[_places(whole, least)] = np.arange(len(whole))

    def find(values: Array) -> Array:
        return table[_places(_integers(values), least)]

    return find


def require_one_each(source: Source, units: int, what: str) -> None:
    """Refuse a column that does not have one value per unit."""
    if prod(source.shape) != units:
        raise DataError(
            f"{source.label}: {what} has {plural(prod(source.shape), 'value')} for "
            f"{plural(units, 'row')}; give one per row"
        )


def binned(source: Source, units: int, bins: int, what: str) -> Categories:
    """Return quantile bins of a column of numbers, as equal in size as its ties allow.

    Raises
    ------
    UsageError
        When the column is text.
    """
    require_one_each(source, units, what)
    text = text_of(source)
    if text is not None and text.numbers() is None:
        raise UsageError(f"{source.label}: {what} is text, which has no quantiles; slice by it")
    values = np.asarray(source.read(0, units), np.float64)
    missing = np.isnan(values)
    inner = np.quantile(values[~missing], np.linspace(0.0, 1.0, bins + 1)[1:-1])
    edges = np.unique(inner)
    codes = np.searchsorted(edges, values, side="left")  # a value on an edge is in the lower bin
    ends = [_number(edge) for edge in edges]
    names = [f"≤ {ends[0]}"] if ends else ["all"]
    names += [f"{low} to {high}" for low, high in pairwise(ends)]
    names += [f"> {ends[-1]}"] if ends else []
    return _present(np.where(missing, len(names), codes), [*names, "(missing)"])


def crossed(parts: Sequence[Categories]) -> Categories:
    """Return the combinations of several columns that occur."""
    codes = np.zeros(len(parts[0].codes), np.int64)
    for part in parts:
        codes = codes * len(part.names) + part.array()
    distinct, places = np.unique(codes, return_inverse=True)
    names = []
    for code in distinct.tolist():
        words, rest = [], code
        for part in reversed(parts):
            rest, number = divmod(rest, len(part.names))
            words.append(part.names[number])
        names.append(", ".join(reversed(words)))
    return Categories(places.reshape(-1).astype(np.int32), names)


def _present(codes: Array, names: Sequence[str]) -> Categories:
    """Leave out categories that no unit has."""
    counts = np.bincount(codes, minlength=len(names))
    places = np.cumsum(counts > 0) - 1
    kept = [name for name, count in zip(names, counts, strict=True) if count]
    return Categories(places[codes].astype(np.int32), kept)


def _number(value: float) -> str:
    return f"{float(value):.6g}"


def _name(value: Any) -> str:
    """Write a number of a column: a whole one with all digits, which may be a name."""
    return (
        str(int(value)) if value == np.floor(value) and abs(value) < MOST_DIGITS else _number(value)
    )
