"""Which category each unit belongs to: values of a column, text or numbers, and bins of numbers."""

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from typing import NamedTuple

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.core.spelling import plural
from lossctl.engine.sources import Source
from lossctl.engine.text_labels import as_codes, recoded, text_of

MOST_CATEGORIES = 100_000


class Categories(NamedTuple):
    """The category of each unit.

    Attributes
    ----------
    codes
        (units,) number of the category of each.
    names
        What each category is called, by number.
    """

    codes: Array
    names: Sequence[str]


def categories_of(source: Source, units: int, what: str) -> Categories:
    """Return the categories of a column: its texts, or its different numbers.

    Parameters
    ----------
    source
        One value a unit.
    units
        How many units there are.
    what
        What messages call the column.

    Raises
    ------
    DataError
        When the column does not have one value a unit.
    """
    require_one_each(source, units, what)
    text = text_of(source)
    if text is not None:
        numbers = {word: float(number) for number, word in enumerate(text.words)}
        found = as_codes(recoded(source, numbers).read(0, units))
        names = [*text.words, "(missing)"]
        return _present(np.where(found < 0, len(text.words), found), names)
    values = np.asarray(source.read(0, units))
    distinct, codes = np.unique(values, return_inverse=True)
    if len(distinct) > MOST_CATEGORIES:
        raise DataError(
            f"{source.label}: {what} has more than {MOST_CATEGORIES} different numbers; "
            "cut them into bins first"
        )
    return Categories(codes.reshape(-1).astype(np.int32), [_number(one) for one in distinct])


def require_one_each(source: Source, units: int, what: str) -> None:
    """Refuse a column that does not have one value a unit."""
    if prod(source.shape) != units:
        raise DataError(
            f"{source.label}: {what} has {plural(prod(source.shape), 'value')} for "
            f"{plural(units, 'row')}; give one a row"
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
        codes = codes * len(part.names) + part.codes
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
