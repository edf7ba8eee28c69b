"""Ids of rows: checked, used to align tables (only another order is repaired), and as labels."""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from math import prod
from typing import NamedTuple

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.core.spelling import option, some_of, visible, without_apostrophe
from lossctl.engine.sources import ArraySource, Source, View, names_of
from lossctl.engine.text_labels import over_codes
from lossctl.io.id_differences import IdDifference, IdError
from lossctl.io.opening import ColumnFile, RowOrder
from lossctl.io.table_columns import SAVED_INDEX, Header, choose

ID_NAME = re.compile(
    r"(.*[_ -])?(id|idx|uid|uuid|guid)|qid|key|index|unnamed: 0|(?-i:.*[a-z]I[Dd])", re.IGNORECASE
)
MAY_BE_ID = re.compile(  # files and names, which are other things in other tables
    r"(.*[_ -])?(name|file|file_?name|file_?path|path|image|img|url|key|index|no|nr|number)",
    re.IGNORECASE,
)
MOST_IDS = 3  # columns watched in each table
MOST_EXAMPLES = 3  # ids that an error names
WRAP = 1 << 64


class Ids(NamedTuple):
    """The ids of the rows of every input, as text, and the column they stand in."""

    column: str
    values: Array


class Identified(View):
    """A source whose rows have ids, by which messages name them."""

    def __init__(self, source: Source, ids: Ids) -> None:
        """Read from `source`."""
        super().__init__(source)
        self._ids = ids

    def where(self, index: tuple[int, ...]) -> str:
        """Name an element by its place in the file and the id of its row."""
        place, (column, values) = self.base.where(index), self._ids
        return f"{place} ({column} {str(values[index[0]])!r})" if index else place


class Reordered(ArraySource):
    """The rows of a source in another order, held in memory."""

    def __init__(self, source: Source, order: Array) -> None:
        """Read the whole source."""
        rows = source.read(0, prod(source.shape)).reshape(source.shape)
        super().__init__(rows[order], source.label, names_of(source))
        self._source, self._order = source, order
        lengths = getattr(source, "lengths", None)
        self.lengths = None if lengths is None else lengths[order]
        self.nan_message = getattr(source, "nan_message", None)

    def where(self, index: tuple[int, ...]) -> str:
        """Name an element by the row it has in its file."""
        return self._source.where((int(self._order[index[0]]), *index[1:]))


def orders_of(chosen: Iterable[tuple[ColumnFile, list[str]]]) -> dict[int, dict[str, RowOrder]]:
    """Return what watches the order of the ids that several tables share, by their identity.

    Ids are known by their names, an index saved with a table by its place; the first column may
    be one whatever it is called.
    """
    tables: dict[int, ColumnFile] = {}
    taken: set[str] = set()
    for table, columns in chosen:
        tables[id(table)] = table
        taken.update(columns)
    if len(tables) < 2:
        return {}
    first, *others = tables.values()
    index = {*Header.of(first).saved_index(), *first.names[:1]}
    shared = [
        name
        for name in first.names
        if (ID_NAME.fullmatch(name) or MAY_BE_ID.fullmatch(name) or name in index)
        and name not in taken
        and all(table.names.count(name) == 1 for table in (first, *others))
    ]
    shared.sort(key=lambda name: (name.casefold() != "id", not ID_NAME.fullmatch(name)))
    return {
        key: {column: RowOrder(table.label, column) for column in shared[:MOST_IDS]}
        for key, table in tables.items()
    }


def require_one_order(
    orders: Mapping[int, Mapping[str, RowOrder]], *, paired: bool = True
) -> list[str]:
    """Refuse tables whose rows have the same ids in different orders; note other differences.

    Where the tables need not belong together, not `paired`, nothing is refused.
    """
    notes: list[str] = []
    by_column = zip(*(each.values() for each in orders.values()), strict=True)
    for first, other in ((one[0], other) for one in by_column for other in one[1:]):
        if other.rows != first.rows or other.in_order % WRAP == first.in_order % WRAP:
            continue
        name = other.column
        same = other.in_any_order % WRAP == first.in_any_order % WRAP
        differ = "are in another order than" if same else "are not"
        text = f"{other.label}: the ids in {visible(name or 'the first column')} {differ} those of "
        text += first.label
        if same and paired and not first.repeats:
            is_index = not name or SAVED_INDEX.fullmatch(name)
            others = "save both without it to match rows by position" if is_index else "sort both"
            difference = IdDifference(name, (first.rows, other.rows), reordered=True)
            raise IdError(
                f"{text}; align the rows with {option('id', name)}, or {others}", difference
            )
        if ID_NAME.fullmatch(name) or (same and not first.repeats):
            notes.append(f"{text}; rows are matched by position")
    return notes


def id_column(table: ColumnFile, selector: str) -> str:
    """Return the one column that a selector stands for."""
    names = choose(table, selector).names
    if len(names) > 1:
        raise UsageError(
            f"{table.label}: {selector!r} are {len(names)} columns ({some_of(names, 8)}); ids must "
            "be one column"
        )
    return names[0]


def align(
    sources: dict[str, Source], tables: Mapping[str, ColumnFile], selector: str
) -> tuple[Ids, list[str]]:
    """Put the rows of every table into the order of the first one's ids, and label them.

    Parameters
    ----------
    sources
        The inputs by name; those of tables are replaced.
    tables
        The table of each input that comes from one.
    selector
        The column of ids, the same in every table.

    Returns
    -------
    tuple
        The ids in the order of the rows, and what was done, for the notes of the result.

    Raises
    ------
    DataError
        When ids are missing, repeated or found in one table only, with counts and the first.
    """
    first = next(iter(tables.values()))
    ids = Ids(id_column(first, selector), _ids(first, selector))
    orders: dict[int, Array | None] = {id(first): None}
    notes = []
    for name, table in tables.items():
        if id(table) not in orders:
            others = _ids(table, selector)
            _require_same(first.label, ids, table.label, others)
            moved = int(np.count_nonzero(others != ids.values))
            orders[id(table)] = _order(others, ids.values) if moved else None
            if moved:
                notes.append(
                    f"{table.label}: {moved} of {len(others)} rows were in another order; "
                    f"aligned by {ids.column or 'the first column'}"
                )
        order = orders[id(table)]
        source = sources[name]
        if order is not None:
            source = over_codes(source, partial(Reordered, order=order))
        sources[name] = Identified(source, ids)
    return ids, notes


def _order(ids: Array, first: Array) -> Array:
    """Return the row of `ids` that holds each id of `first`; both hold the same ids."""
    # argsort twice gives ranks: the id of rank r is found where rank r stands among `ids`
    order: Array = np.argsort(ids)[np.argsort(np.argsort(first))]
    return order


def _ids(table: ColumnFile, selector: str) -> Array:
    """Return the ids of a table as text; an empty or repeated one is an error."""
    column = id_column(table, selector)
    ids = table.text(column)
    if any(str(one).startswith("'") for one in ids):  # as we write what looks like a formula
        ids = np.array([without_apostrophe(str(one)) for one in ids])
    empty = np.flatnonzero(ids == "")
    if len(empty):
        raise DataError(
            f"{table.label}: {len(empty)} rows have no {column}, the first is data row "
            f"{empty[0] + 1}"
        )
    values, counts = np.unique(ids, return_counts=True)
    if len(values) < len(ids):
        again = values[counts > 1]
        stand = "id is" if len(again) == 1 else "ids are"
        examples = tuple(map(str, again[:MOST_EXAMPLES]))
        raise IdError(
            f"{table.label}: {len(again)} {stand} in several rows, such as "
            f"{visible(repr(str(again[0])))}; is {column} the id column?",
            IdDifference(column, (len(ids), 0), doubled=len(again), examples=examples),
        )
    return ids


def _require_same(first_label: str, first: Ids, label: str, others: Array) -> None:
    ids = first.values
    only_first, only_others = np.setdiff1d(ids, others), np.setdiff1d(others, ids)
    if len(only_first) or len(only_others):
        example = only_first[0] if len(only_first) else only_others[0]
        missing = len(only_first) + len(only_others)
        examples = tuple(map(str, [*only_first[:MOST_EXAMPLES], *only_others][:MOST_EXAMPLES]))
        raise IdError(
            f"ids differ: {len(only_first)} only in {first_label}, {len(only_others)} only in "
            f"{label} (for example {str(example)!r}); rows must match one to one",
            IdDifference(first.column, (len(ids), len(others)), missing, examples=examples),
        )
