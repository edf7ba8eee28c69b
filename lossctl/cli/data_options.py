"""The options that say where data is and how it is sliced, of all commands that compute losses."""

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, get_args

from lossctl.cli.help import INPUTS, SLICES
from lossctl.cli.shell_options import (
    Command,
    Decimal,
    one_of,
    option,
    shared_options,
    with_parameters,
)
from lossctl.core.errors import UsageError
from lossctl.core.options import WEIGHTS
from lossctl.core.spec import parse_whole
from lossctl.core.spelling import did_you_mean
from lossctl.io.file_formats import stream_form, stream_formats

if TYPE_CHECKING:  # `--help` reads this module: it must not wait for NumPy
    from lossctl.data_places import Data
    from lossctl.loss_specs import Spec

Table = Annotated[
    str | None, option(INPUTS, "Table that holds every input; see --column.", metavar="FILE")
]
Columns = Annotated[
    list[str] | None,
    option(
        INPUTS,
        "Columns of an input in --table: predictions=p_*, targets=label, weights=w.",
        metavar="INPUT=COLUMNS",
    ),
]
NamedInputs = Annotated[
    list[str] | None,
    option(
        INPUTS,
        "File of an input by its name: anchor=a.npy, targets=scores.csv::y. Repeat for several; "
        "lossctl show LOSS names them.",
        "--in",
        metavar="INPUT=FILE",
    ),
]
IdColumn = Annotated[
    str | None,
    option(
        INPUTS,
        "Column of ids: several tables are aligned by it, and it labels rows in messages and in "
        "csv files that are written.",
        "--id",
        metavar="COLUMN",
    ),
]
Header = Annotated[
    bool | None,
    option(
        INPUTS,
        "Whether tables begin with names of columns; found from the first line. Without, columns "
        "are 0, 1, 2, …",
        "--header/--no-header",
        show_default=False,
    ),
]
Delimiter = Annotated[
    str | None, option(INPUTS, "Delimiter of tables; found from the header.", metavar="CHAR")
]
StdinFormat = Annotated[
    str | None,
    one_of(
        INPUTS,
        "|".join(stream_formats()),
        "Format of standard input; found from its first bytes.",
    ),
]
Weights = Annotated[
    str | None, option(WEIGHTS, "Weight of each item, or of each sample.", metavar="FILE")
]
Group = Annotated[
    str | None,
    option(
        WEIGHTS,
        "Group of each item as a number, for losses that compare the items of a query or a batch: "
        "a column of --table, or a file.",
        metavar="FILE|COLUMN",
    ),
]
By = Annotated[
    list[str] | None,
    option(
        SLICES,
        "Slice by a column of --table or of the file of the targets, or the combinations of "
        "several; COLUMN=FILE for another place. Repeat for several ways.",
        metavar="COLUMN[,COLUMN]",
    ),
]
Bins = Annotated[
    list[str] | None,
    option(SLICES, "Slice by N quantile bins of a column of numbers.", metavar="COLUMN=N"),
]
ByClass = Annotated[bool, option(SLICES, "Slice by the class of the targets.", "--by-class")]
MinSize = Annotated[str | None, option(SLICES, "Rows a slice has at least (10).", metavar="N")]

DATA = {
    "table": Table,
    "column": Columns,
    "inputs_by_name": NamedInputs,
    "id_column": IdColumn,
    "header": Header,
    "delimiter": Delimiter,
    "decimal": Decimal,
    "stdin_format": StdinFormat,
    "weights": Weights,
    "group": Group,
}
SLICES_OF_DATA = {"by": By, "bins": Bins, "by_class": ByClass, "min_size": MinSize}


def with_data_options(
    after: str, before: Sequence[inspect.Parameter] = (), without: Collection[str] = ()
) -> Callable[[Command], Command]:
    """Give a command that takes ``**texts`` these options and the shared ones.

    They stand after the parameter `after`; options of its own, `before`, stand before them. Those
    that the command has no use for, `without`, are left out.
    :func:`data_of` and :func:`read_slices` take their texts out of those that the command gets;
    ``read_shared`` reads what is left.
    """
    own = [_parameter(name, each) for name, each in {**DATA, **SLICES_OF_DATA}.items()]
    known = [each for each in (*own, *shared_options()) if each.name not in without]
    return with_parameters([*before, *known], after)


def _parameter(name: str, annotation: Any) -> inspect.Parameter:
    """Return the parameter of a command; a flag is False where it is not given, all else None."""
    default = False if get_args(annotation)[0] is bool else None
    keyword = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, keyword, default=default, annotation=annotation)


def taken(texts: dict[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    """Take the texts of some options out of those of a command; None where it has no such."""
    return {name: texts.pop(name, None) for name in names}


def read_places(texts: dict[str, Any]) -> dict[str, Any]:
    """Take where data is out of the texts of the shell; the pairs of names stay texts."""
    given = taken(texts, DATA)
    given["id"] = given.pop("id_column")
    given["delimiter"] = _read_delimiter(given["delimiter"])
    given["stdin_format"] = _read_stdin_format(given["stdin_format"])
    return given


def data_of(
    specs: "Sequence[Spec]",
    files: Sequence[str] | None,
    texts: dict[str, Any],
    slices: Mapping[str, Any] | None = None,
) -> "Data":
    """Return where the shell says that the inputs of losses are, and how they are sliced."""
    from lossctl.data_places import Data
    from lossctl.engine.bind.inputs import input_names
    from lossctl.engine.plan import GROUP, WEIGHTS

    given = read_places(texts)
    inputs = list(dict.fromkeys(name for spec in specs for name in input_names(spec.target)))
    by_name = read_pairs("--in", given.pop("inputs_by_name"), "INPUT=FILE", inputs)
    known = [*inputs, WEIGHTS, GROUP]
    given["column"] = read_pairs("--column", given["column"], "INPUT=COLUMNS", known)
    return Data(files or [], by_name, **given, **(slices or {}))


def read_slices(texts: dict[str, Any], worst: str | None = None) -> dict[str, Any]:
    """Take what says how the data is sliced out of the texts of the shell; read it for Data."""
    given = taken(texts, SLICES_OF_DATA)
    min_size = given["min_size"]
    places: dict[str, str] = {}
    for text in given["by"] or []:
        name, equals, file = text.partition("=")
        places[name] = file if equals else name
    counts: dict[str, int | None] = {}
    for text in given["bins"] or []:
        name, _, count = text.rpartition("=")
        if not name:
            raise UsageError(f"--bins {text!r}: expected COLUMN=N, such as age=4")
        counts[name] = parse_whole(f"--bins {name}", count)
    return {
        "by": places or None,
        "bins": counts or None,
        "by_class": given["by_class"],
        "min_size": None if min_size is None else parse_whole("--min-size", min_size),
        "worst": 0 if worst is None else parse_whole("--worst", worst),
    }


def read_pairs(
    option: str, texts: Sequence[str] | None, example: str, known: Sequence[str] | None = None
) -> dict[str, str]:
    """Read the pairs NAME=PLACE of an option in their order; each name, one of `known`, once."""
    pairs: dict[str, str] = {}
    for text in texts or []:
        name, equals, place = text.partition("=")
        if not equals or not place or not (name or known):
            raise UsageError(f"{option} {text!r}: expected {example}")
        if known is not None and name not in known:
            hint = did_you_mean(name, known)
            raise UsageError(f"{option} {text!r}: inputs are {', '.join(known)}{hint}")
        if name in pairs:
            raise UsageError(f"{option} names {name} twice")
        pairs[name] = place
    return pairs


def _read_delimiter(text: str | None) -> str | None:
    """Read one character, or a backslash and a t for a tab."""
    if text is not None and len(text := text.replace("\\t", "\t")) != 1:
        raise UsageError(f"--delimiter must be one character, got {text!r}")
    return text


def _read_stdin_format(name: str | None) -> str | None:
    """Return the format of standard input, if it is one."""
    try:
        return name if name is None else stream_form(name).name
    except UsageError as error:
        raise UsageError(f"--stdin-format {error}") from None
