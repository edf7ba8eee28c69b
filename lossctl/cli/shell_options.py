"""The options of the command line, declared once and shared by the commands that take them."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from lossctl.cli.declaring import (
    NoPager,
    Plugin,
    completed,
    completes,
    load_plugins,
    one_of,
    option,
)
from lossctl.cli.help import GATES, INPUTS, OUTPUT, SLICES
from lossctl.core.domain import Choice, Domain, Flag, Nullable
from lossctl.core.errors import UsageError
from lossctl.core.option_domains import (
    AxesInWords,
    ChoiceOrIndex,
    ClassWeights,
    Integer,
    Label,
    Names,
)
from lossctl.core.options import OPTIONS, OTHER, READING, WHAT, Option
from lossctl.core.spec import parse_value, parse_weights, parse_whole
from lossctl.core.spelling import listed
from lossctl.io.file_formats import PACKED_SUFFIXES, names, written_suffixes

__all__ = ["NoPager", "Plugin", "completed", "completes", "load_plugins", "one_of", "option"]

WRITTEN = listed(written_suffixes(), "or")


Files = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PREDICTIONS TARGETS",
        help="Input files in the order the loss declares: "
        f"{listed(names(), 'or')} (FILE::COLUMN, FILE::p_*, FILE::p_0:p_9, FILE::NAME in npz); "
        f"{listed(names(lambda form: form.packed))} also {listed(PACKED_SUFFIXES, 'or')}; "
        f"'part-*.npy' or a folder of {listed(names(lambda form: form.folders), 'or')} files is "
        "one data set; URLs (https://, s3://, …) are read too; - is standard input.",
        rich_help_panel=INPUTS,
        show_default=False,
    ),
]
Losses = Annotated[
    list[str] | None,
    option(
        WHAT,
        "Loss to compute: NAME or NAME:key=value,key=value. Repeat for several.",
        "--loss",
        "-l",
        metavar="SPEC",
        autocompletion=completed("specs"),
    ),
]

Metrics = Annotated[
    list[str] | None,
    option(
        WHAT,
        "Metrics to compute, beside the losses or alone: accuracy,f1,mae; NAME:key=value sets "
        "parameters. lossctl list --metrics names them.",
        "--metric",
        metavar="NAME,NAME",
        autocompletion=completed("metrics"),
    ),
]
Threshold = Annotated[
    str | None,
    option(
        READING,
        "For metrics: probability over which one item is the positive label; 0.5 when not given.",
        metavar="P",
    ),
]

Decimal = Annotated[
    str | None,
    option(
        INPUTS,
        "Decimal separator of numbers in tables: a comma for 0,5. Usually a point.",
        metavar="CHAR",
    ),
]

# How the inputs are read and the value is made: the shared table of options

Command = TypeVar("Command", bound=Callable[..., None])


def shared_options() -> list[inspect.Parameter]:
    """Return an option of the shell for each entry of the table.

    A command gets the texts of the shell; :func:`read_shared` makes values of them.
    """
    return [_parameter(option) for option in OPTIONS.values() if option.flag]


def with_parameters(
    parameters: Sequence[inspect.Parameter], after: str | None = None
) -> Callable[[Command], Command]:
    """Give a command parameters in the place of its last, ``**texts``, which typer cannot read.

    They stand after the parameter `after`, or before all others.
    """

    def decorate(command: Command) -> Command:
        # typer makes options of the signature it is shown, not of what the function takes
        signature = inspect.signature(command, eval_str=True)
        declared = list(signature.parameters.values())[:-1]
        at = next((n + 1 for n, entry in enumerate(declared) if entry.name == after), 0)
        merged = signature.replace(parameters=[*declared[:at], *parameters, *declared[at:]])
        command.__signature__ = merged  # type: ignore[attr-defined]
        return command

    return decorate


def _parameter(option: Option) -> inspect.Parameter:
    """Return the parameter of a command from which typer makes an option of the shell."""
    default: Any = None if option.default is None else str(option.default)
    annotation: Any = str if default is not None else str | None
    if isinstance(option.domain, Flag):
        annotation, default = bool, option.default
    elif isinstance(_inner(option), AxesInWords):
        annotation = list[str] | None
    return inspect.Parameter(
        option.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[annotation, _declared(option)],
    )


def _declared(entry: Option) -> Any:
    """Return what typer is to know of an entry."""
    more: dict[str, Any] = {"metavar": entry.metavar}
    if isinstance(entry.domain, Choice | ChoiceOrIndex):
        names = [name for name in entry.domain.inside() if isinstance(name, str)]
        more["autocompletion"] = completes(*names)
        more["metavar"] = entry.metavar or "|".join(names)
    return typer.Option(entry.flag, help=_help(entry), rich_help_panel=entry.group, **more)


def _help(entry: Option) -> str:
    """Name the choices where the metavar does not."""
    if entry.metavar and isinstance(entry.domain, Choice):
        *names, last = entry.domain.options
        return f"{entry.help[:-1]}: {', '.join(names)} or {last}."
    return entry.help


def _inner(entry: Option) -> Domain:
    return entry.domain.domain if isinstance(entry.domain, Nullable) else entry.domain


def read_shared(texts: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the texts of shared options into their values, which :class:`Options` then checks."""
    return {name: _read(OPTIONS[name], text) for name, text in texts.items()}


def _read(option: Option, text: Any) -> Any:
    """Read the text of one option as its domain wants it; numbers and names read themselves."""
    if text is None:
        return None
    reader = READERS.get(type(_inner(option)))
    return parse_value(text) if reader is None else reader(option, text)


def _read_axes(option: Option, texts: list[str]) -> dict[str, str] | None:
    axes = {}
    for text in texts:
        name, equals, words = text.partition("=")
        if not equals or not words.strip():
            raise UsageError(
                f"{option.flag} {text!r}: expected INPUT=WORDS, such as x='item time class'"
            )
        axes[name] = words.replace(",", " ")
    return axes or None


READERS: dict[type, Callable[[Option, Any], Any]] = {
    Choice: lambda _, text: text,
    Flag: lambda _, flag: flag,
    Integer: lambda option, text: parse_whole(option.flag, text),
    ChoiceOrIndex: lambda _, text: parse_value(text),
    ClassWeights: lambda option, text: parse_weights(option.flag, text),
    Names: lambda _, text: text.split(","),
    Label: lambda _, text: text,
    AxesInWords: _read_axes,
}

Threads = Annotated[str | None, _declared(OPTIONS["threads"])]

NoProgress = Annotated[
    bool, option(OTHER, "Show no progress bar, even on a terminal.", "--no-progress")
]

Worst = Annotated[
    str | None,
    option(SLICES, "Name the N rows with the highest losses; by id with --id.", metavar="N"),
]

# What is written

Format = Annotated[
    str | None,
    one_of(
        OUTPUT,
        "table|plain|json|jsonl|csv|markdown",
        "table (the default), plain, json, jsonl, csv or markdown.",
        "--format",
        "-f",
        metavar="FORMAT",
    ),
]
Digits = Annotated[
    str | None,
    option(
        OUTPUT,
        "Significant digits of the numbers in table, plain and markdown; 6 when not given. Other "
        "formats have every digit.",
        "--digits",
        metavar="N",
    ),
]
ValueOnly = Annotated[
    bool, option(OUTPUT, "Print the bare number with every digit, for $(…).", "--value-only")
]
Output = Annotated[
    Path | None,
    option(
        OUTPUT,
        "Write the answer to a file; its suffix decides the format where -f is not given.",
        "--output",
        "-o",
        metavar="FILE",
    ),
]
PerItem = Annotated[
    str | None,
    option(
        OUTPUT,
        f"Write each item's loss, number and id to a file ({WRITTEN}; {{loss}} stands for its "
        "name), or in place of the result to standard output (-). The loss of items that do not "
        "count is 0.",
        metavar="FILE|-",
    ),
]
GradientSummary = Annotated[
    bool,
    option(
        WHAT,
        "What the gradient is like: norm, greatest entry and its place, shares of entries that "
        "vanish and of those at the greatest, NaN.",
        "--gradient-summary",
    ),
]
PerItemFormat = Annotated[
    str | None,
    one_of(
        OUTPUT,
        "|".join(names(lambda form: form.write)),
        "Format of --per-item where no suffix says it: csv for standard output.",
    ),
]
Gradient = Annotated[
    str | None,
    option(
        OUTPUT,
        f"Write the gradient of the value to a file ({WRITTEN}; {{loss}} and {{input}} stand for "
        "names).",
        metavar="FILE",
    ),
]

Cluster = Annotated[
    str | None,
    option(
        OTHER,
        "Evaluate on workers of Dask: local or local:N starts N processes on this machine, "
        "tcp://127.0.0.1:PORT, tls://HOST:PORT or a scheduler file joins a scheduler. Never "
        "changes the value.",
        "--cluster",
        metavar="WHERE",
    ),
]
InsecureCluster = Annotated[
    bool,
    option(OTHER, "Join a scheduler on another machine without encryption.", "--insecure-cluster"),
]


# Gates

FailOver = Annotated[
    list[str] | None,
    option(
        GATES,
        "Exit 1 when the value is over this limit: a number, or a share of a reference, such as "
        "90%constant. LOSS[COLUMN=CATEGORY] is a slice.",
        metavar="[LOSS=]LIMIT",
    ),
]
FailUnder = Annotated[
    list[str] | None,
    option(
        GATES,
        "Exit 1 when the value is under this limit, of metrics of which more is better.",
        metavar="[METRIC=]LIMIT",
    ),
]
Baseline = Annotated[
    Path | None,
    option(
        GATES,
        "JSON result of an earlier run; exit 1 when a value is worse than there.",
        metavar="FILE",
    ),
]
Tolerance = Annotated[
    str | None,
    option(
        GATES,
        "How far a value may be over its baseline: 2% of it, or a number; 0 when not given.",
        metavar="AMOUNT",
    ),
]
Undecided = Annotated[
    str | None,
    one_of(
        GATES,
        "pass|fail",
        "Look at the intervals of values: whether a gate passes whose limit lies inside one, or "
        "exits 4. Gates of slices always do, and pass when not given.",
    ),
]
Reports = Annotated[
    list[str] | None,
    option(
        GATES,
        "Report what gates come to: html=FILE (a page with everything), junit=FILE, gitlab=FILE "
        "(Code Quality), markdown=FILE (for a comment), sarif=FILE, or github (annotations and "
        "the summary of the job). Repeat for several.",
        "--report",
        metavar="KIND[=FILE]",
    ),
]
