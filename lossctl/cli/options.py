"""The options of the command line, declared once and shared by the commands that take them."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lossctl.cli import completion
from lossctl.io.registry import (
    PACKED_SUFFIXES,
    listed,
    names,
    stream_formats,
    written_suffixes,
)

WRITTEN = listed(written_suffixes(), "or")


def one_of(choices: str, text: str, *flags: str, metavar: str | None = None) -> Any:
    """Declare an option that takes one of ``a|b|c``, which the shell completes."""
    complete = completion.choices(*choices.split("|"))
    return typer.Option(*flags, metavar=metavar or choices, autocompletion=complete, help=text)


Files = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PREDICTIONS TARGETS",
        help="Input files in the order the loss declares: "
        f"{listed(names(), 'or')} (FILE::COLUMN, FILE::p_*, FILE::p_0:p_9, FILE::NAME in npz); "
        f"{listed(names(lambda form: form.packed))} also {listed(PACKED_SUFFIXES, 'or')}; "
        f"'part-*.npy' or a folder of {listed(names(lambda form: form.folders), 'or')} files is "
        "one data set; - is standard input.",
        show_default=False,
    ),
]
Losses = Annotated[
    list[str] | None,
    typer.Option(
        "--loss",
        "-l",
        metavar="SPEC",
        autocompletion=completion.specs,
        help="Loss to compute: name or name:key=value,key=value. Repeat for several.",
    ),
]

Plugin = Annotated[
    list[str] | None,
    typer.Option(metavar="FILE", help="Python file that defines further losses; it is run."),
]

# Where the inputs are

Table = Annotated[
    str | None, typer.Option(metavar="FILE", help="Table that holds every input; see --column.")
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        metavar="INPUT=COLUMNS",
        help="Columns of an input in --table: predictions=p_*, targets=label, weights=w.",
    ),
]
NamedInputs = Annotated[
    list[str] | None,
    typer.Option(
        "--in",
        metavar="INPUT=FILE",
        help="File of an input by its name: anchor=a.npy, targets=scores.csv::y. Repeat for "
        "several; lossctl show LOSS names them.",
    ),
]
IdColumn = Annotated[
    str | None,
    typer.Option("--id", metavar="COLUMN", help="Align the rows of several tables by a column."),
]
NoHeader = Annotated[
    bool, typer.Option("--no-header", help="Tables have no header; columns are 0, 1, 2, …")
]
Delimiter = Annotated[
    str | None, typer.Option(metavar="CHAR", help="Delimiter of tables; found from the header.")
]
StdinFormat = Annotated[
    str | None,
    one_of("|".join(stream_formats()), "Format of standard input; found from its first bytes."),
]
Weights = Annotated[
    str | None, typer.Option(metavar="FILE", help="Weight of each item, or of each sample.")
]

# How the inputs are read

InputKind = Annotated[
    str,
    one_of(
        "auto|logits|probabilities|log_probabilities|labels",
        "What predictions are: auto, logits, probabilities, log_probabilities or labels.",
        "--input",
        metavar="KIND",
    ),
]
Task = Annotated[
    str,
    one_of(
        "auto|binary|multilabel|multiclass",
        "How labels are read by a loss with several readings: auto, binary, multilabel or "
        "multiclass.",
        metavar="TASK",
    ),
]
ClassAxis = Annotated[
    str | None,
    typer.Option(metavar="AXIS", help="Axis of the predictions that holds classes or labels."),
]
ClassWeights = Annotated[
    str | None,
    typer.Option(
        metavar="W,W,…",
        help="Weight of each class (negative,positive for binary labels); or balanced, or "
        "effective:0.999.",
    ),
]
IgnoreIndex = Annotated[
    str, typer.Option(metavar="LABEL", help="Target label of items to leave out.")
]
Nan = Annotated[
    str,
    one_of("raise|omit|propagate", "What to do with NaN in the inputs."),
]

# How the value is made

Reduction = Annotated[
    str,
    one_of("mean|sum|none", "Weighted mean over items, sum, or one value an item."),
]
Pooling = Annotated[
    str,
    one_of("batch|sample", "Overlap losses: over everything, or each sample averaged."),
]
Average = Annotated[
    str,
    one_of(
        "micro|macro|weighted",
        "Overlap losses over classes: added up first, averaged, by share of the targets, or "
        "one class alone.",
        metavar="micro|macro|weighted|CLASS",
    ),
]
NoBackground = Annotated[
    bool, typer.Option("--no-background", help="Leave class 0 out of averages over classes.")
]
Group = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|COLUMN",
        help="Number of each item's group, for losses whose items are each other's context "
        "(query, batch); a column of --table, or a file.",
    ),
]
BatchSize = Annotated[
    str | None, typer.Option(metavar="N", help="Items of one group, in the order of the files.")
]
Axes = Annotated[
    list[str] | None,
    typer.Option(
        metavar="INPUT=WORDS",
        help='Axes of an input whose shape leaves a choice: predictions="item time class".',
    ),
]
ClassNames = Annotated[
    str | None, typer.Option(metavar="A,B,…", help="Names of the classes, for the result.")
]
Precision = Annotated[
    str,
    one_of("auto|double", "double computes float32 data in float64."),
]
Threads = Annotated[
    str | None, typer.Option(metavar="N", help="Worker threads; never changes the value.")
]

NoProgress = Annotated[
    bool, typer.Option("--no-progress", help="No progress bar, even on a terminal.")
]

# What is written

Format = Annotated[
    str | None,
    one_of(
        "table|plain|json|jsonl|csv|markdown",
        "table, plain, json, jsonl, csv or markdown.",
        "--format",
        "-f",
        metavar="FORMAT",
    ),
]
ValueOnly = Annotated[
    bool, typer.Option("--value-only", help="Print the bare number, exactly, for $(…).")
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write the answer to a file."),
]
PerItem = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help=f"Write each item's loss ({WRITTEN}; {{loss}} stands for its name)."
    ),
]
Gradient = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help=f"Write the gradient of the value ({WRITTEN}; "
        "{loss} and {input} stand for names).",
    ),
]

# Gates

FailOver = Annotated[
    list[str] | None,
    typer.Option(metavar="[LOSS=]LIMIT", help="Exit 1 when the value is not at most this."),
]
Baseline = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="JSON of an earlier run: exit 1 when a value got worse."),
]
Tolerance = Annotated[
    str | None,
    typer.Option(metavar="2%", help="By how much a value may exceed its baseline (0)."),
]
