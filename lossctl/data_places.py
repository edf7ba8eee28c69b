"""Where the inputs of an evaluation are, and the inputs once they are open."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from lossctl.core.errors import UsageError
from lossctl.core.options import OPTIONS, Options
from lossctl.core.spelling import did_you_mean
from lossctl.engine.sources import Source

if TYPE_CHECKING:  # arrays in memory need no files
    from lossctl.io.align import Ids

Sources: TypeAlias = Mapping[str, Source]


class Data(NamedTuple):
    """Where inputs are: arrays, or places to read from (a str or a Path is always a place).

    Attributes
    ----------
    by_place, by_name
        Inputs in the order the loss declares them, and by their names.
    weights
        Non-negative weight of each item, or of each entry of the first axes.
    group
        The group of each item, for losses whose items are each other's context.
    table, column
        A table that holds every input, and the columns of each input by its name.
    id
        Name of the column of ids: they are checked, several tables are aligned by them, and they
        label rows in messages and in tables that are written.
    header
        Whether the first line of a delimited file names its columns; found from it when None.
    delimiter
        Delimiter of such files; found from the header when None.
    decimal
        What stands before the decimals of numbers in them: a point, or ``","``.
    stdin_format
        Format of standard input; found from its first bytes when None.
    by, bins
        Columns to slice the data by: names of columns of the table, or places by name. Those in
        `bins` are cut into as many quantile bins, those in `by` are categories.
    by_class
        Whether to slice by the class of the targets.
    min_size
        Rows a slice has at least.
    worst
        How many of the rows with the highest losses to name.
    """

    by_place: Sequence[Any] = ()
    by_name: Mapping[str, Any] = {}
    weights: Any = None
    group: Any = None
    table: Any = None
    column: Mapping[str, str | list[str]] | None = None
    id: str | None = None
    header: bool | None = None
    delimiter: str | None = None
    decimal: str | None = None
    stdin_format: str | None = None
    by: Any = None
    bins: Mapping[str, int] | None = None
    by_class: bool = False
    min_size: int | None = None
    worst: int = 0


COLUMN_OF = "slices by "  # begins the names of columns that data is sliced by
DATA_NAMES = Data._fields[2:]  # beside inputs by place and by name


class Opened(NamedTuple):
    """Inputs that are open: by place, by name, what stands beside them, the ids of their rows."""

    positional: Sequence[Source]
    named: Sources
    weights: Source | None = None
    group: Source | None = None
    notes: Sequence[str] = ()
    ids: "Ids | None" = None
    from_files: bool = False
    columns: Sources = MappingProxyType({})


def data_and_options(
    caller: str,
    inputs: Sequence[Any],
    keywords: Mapping[str, Any],
    names: Sequence[str],
    others: Sequence[str] = (),
) -> tuple[Data, Options]:
    """Tell where data is from how it is read, by the names of keywords in Python.

    Parameters
    ----------
    caller
        The function that they were given to, which errors name.
    inputs
        What was given by place.
    names
        Of inputs that may be given by name.
    others
        Keywords that the function has beside, for the nearest spelling.

    Raises
    ------
    UsageError
        For a keyword that is none, with the nearest one.
    """
    data: dict[str, Any] = {}
    options: dict[str, Any] = {}
    by_name: dict[str, Any] = {}
    for name, value in keywords.items():
        if name not in DATA_NAMES and name not in OPTIONS and name not in names:
            hint = did_you_mean(name, [*DATA_NAMES, *OPTIONS, *names, *others])
            raise UsageError(f"{caller} has no option {name!r}{hint}")
        kind = data if name in DATA_NAMES else options if name in OPTIONS else by_name
        kind[name] = value
    return Data(inputs, by_name, **data), Options(**options)


def in_columns(table: Any, selector: Any) -> Any:
    """Return columns of a table as the place of an input."""
    from lossctl.io.input_files import InTable  # noqa: PLC0415 - tables only

    several = isinstance(selector, list)
    return InTable(table, ",".join(map(str, selector)) if several else str(selector))


def in_table(table: Any, place: Any) -> Any:
    """Return where something is; a bare name beside a table is one of its columns."""
    is_name = isinstance(place, list) or (isinstance(place, str) and "::" not in place)
    if table is None or not is_name:
        return place
    from lossctl.core.urls import is_url  # noqa: PLC0415 - tables only

    if is_url(place) or (isinstance(place, str) and Path(place).exists()):
        return place
    return in_columns(table, place)
