"""`lossctl compute`: losses on saved predictions and targets."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lossctl.cli import completion

if TYPE_CHECKING:
    from lossctl.core.result import Result
    from lossctl.io.inputs import Inputs

READ, COUNT, ANSWER, GATES = "Reading", "Combining", "Answer", "Gates"


def compute(  # noqa: PLR0917 - one argument an option
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PREDICTIONS TARGETS",
            help="Input files in the order the loss declares: npy, npz (FILE::NAME), csv or tsv "
            "(FILE::COLUMN, FILE::p_*, FILE::p_0:p_9; also .gz); - is standard input.",
            show_default=False,
        ),
    ] = None,
    loss: Annotated[
        list[str] | None,
        typer.Option(
            "--loss", "-l", metavar="SPEC", autocompletion=completion.specs,
            help="Loss to compute: name or name:key=value,key=value. Repeat for several.",
        ),
    ] = None,
    table: Annotated[
        str | None, typer.Option(metavar="FILE", help="Table that holds every input; see --column.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="INPUT=COLUMNS",
            help="Columns of an input in --table: predictions=p, targets=y, predictions=p_*, weights=w.",
        ),
    ] = None,
    id_column: Annotated[
        str | None,
        typer.Option("--id", metavar="COLUMN", help="Align the rows of several tables by this column."),
    ] = None,
    no_header: Annotated[
        bool, typer.Option("--no-header", help="Tables have no header; columns are 0, 1, 2, …")
    ] = False,
    delimiter: Annotated[
        str | None, typer.Option(metavar="CHAR", help="Delimiter of tables; found from the header.")
    ] = None,
    stdin_format: Annotated[
        str | None,
        typer.Option(metavar="npy|npz|csv|tsv", help="Format of standard input; found from its first bytes."),
    ] = None,
    input_kind: Annotated[
        str,
        typer.Option(
            "--input", metavar="KIND", autocompletion=completion.input_kinds,
            help="What the predictions are: auto, logits, probabilities, log_probabilities, labels.",
        ),
    ] = "auto",
    task: Annotated[
        str,
        typer.Option(
            metavar="TASK", autocompletion=completion.tasks,
            help="How labels are read, for losses with several readings: auto, binary, multilabel, "
            "multiclass.",
        ),
    ] = "auto",
    class_axis: Annotated[
        int | None,
        typer.Option(metavar="AXIS", help="Axis of the predictions that holds classes or labels."),
    ] = None,
    reduction: Annotated[
        str,
        typer.Option(
            metavar="mean|sum|none", autocompletion=completion.reductions,
            help="Weighted mean over items, sum, or one value an item.",
        ),
    ] = "mean",
    pooling: Annotated[
        str,
        typer.Option(metavar="batch|sample", help="Overlap losses: over everything, or each sample averaged."),
    ] = "batch",
    weights: Annotated[
        str | None, typer.Option(metavar="FILE", help="Weight of each item, or of each sample.")
    ] = None,
    class_weights: Annotated[
        str | None,
        typer.Option(metavar="W,W,…", help="Weight of each class; negative,positive for binary labels."),
    ] = None,
    ignore_index: Annotated[
        int, typer.Option(metavar="LABEL", help="Target label of items to leave out.")
    ] = -100,
    nan: Annotated[
        str, typer.Option(metavar="raise|omit|propagate", help="What to do with NaN in the inputs.")
    ] = "raise",
    precision: Annotated[
        str, typer.Option(metavar="auto|double", help="double computes float32 data in float64.")
    ] = "auto",
    threads: Annotated[
        int | None, typer.Option(metavar="N", help="Worker threads; never changes the value.")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format", "-f", metavar="FORMAT", autocompletion=completion.formats,
            help="table, plain, json, jsonl, csv or markdown.",
        ),
    ] = None,
    value_only: Annotated[
        bool, typer.Option("--value-only", help="Print the bare number, for $(…).")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the answer to a file.")
    ] = None,
    per_item: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write each item's loss (.npy or .csv; {loss} is its name)."),
    ] = None,
    gradient: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write the gradient of the value (.npy or .csv)."),
    ] = None,
    fail_over: Annotated[
        list[str] | None,
        typer.Option(metavar="[LOSS=]LIMIT", help="Exit 1 when the value is not at most this."),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="JSON of an earlier run: exit 1 when a value got worse."),
    ] = None,
    tolerance: Annotated[
        str, typer.Option(metavar="2%", help="By how much a value may exceed its baseline.")
    ] = "0",
) -> None:
    """Compute losses on saved predictions and targets.

    Examples:

    lossctl compute preds.npy targets.npy --loss focal

    lossctl compute --table scores.csv --column predictions=p_* --column targets=label -l cross_entropy

    lossctl compute preds.npy targets.npy -l mse -l huber:delta=0.5 --format json
    """
    from lossctl.cli import gates
    from lossctl.cli.spec import parse_numbers, parse_spec
    from lossctl.core.errors import UsageError
    from lossctl.engine.options import Options

    if not loss:
        raise UsageError("say which loss with --loss (lossctl list shows them all)")
    specs = [parse_spec(text) for text in loss]
    limits = gates.parse_limits(fail_over or [], [name for name, _ in specs])
    allowance = gates.parse_tolerance(tolerance)
    form = choose_format(form, output)
    options = Options(
        reduction=reduction, input=input_kind, task=task, class_axis=class_axis, nan=nan,
        class_weights=None if class_weights is None else parse_numbers("--class-weights", class_weights),
        ignore_index=ignore_index, precision=precision, pooling=pooling, threads=threads,
    )  # fmt: skip
    opened = open_inputs(
        specs, files or [], table, column or [], weights, id_column,
        header=not no_header, delimiter=delimiter, stdin_format=stdin_format,
    )  # fmt: skip
    outputs = {"per_item": per_item, "gradient": gradient}
    with opened as inputs:
        results = evaluate(specs, inputs, options, outputs)
        notes = list(inputs.notes)
    answer(results, notes, form, output, value_only=value_only)
    raise typer.Exit(gates.judge(results, limits, baseline, allowance))


def choose_format(form: str | None, output: Path | None) -> str:
    """Return the format asked for, or the one the output file's name implies."""
    from lossctl.core.errors import UsageError
    from lossctl.core.spelling import did_you_mean
    from lossctl.report.results import FORMATS, SUFFIX_FORMATS

    if form is None:
        return SUFFIX_FORMATS.get(output.suffix, "table") if output else "table"
    if form not in FORMATS:
        raise UsageError(f"--format must be one of {', '.join(FORMATS)}, got {form!r}{did_you_mean(form, FORMATS)}")
    return form


def open_inputs(
    specs: list[tuple[str, dict[str, Any]]],
    files: list[str],
    table: str | None,
    columns: list[str],
    weights: str | None,
    id_column: str | None,
    *,
    header: bool,
    delimiter: str | None,
    stdin_format: str | None,
) -> "Inputs":
    """Name the inputs by the declaration of the first loss and by --column."""
    from lossctl.core.errors import UsageError
    from lossctl.core.spelling import did_you_mean
    from lossctl.io.inputs import STDIN_FORMATS, Inputs, TableOptions
    from lossctl.losses.catalogue import get

    if stdin_format is not None and stdin_format not in STDIN_FORMATS:
        raise UsageError(f"--stdin-format must be one of {', '.join(STDIN_FORMATS)}, got {stdin_format!r}")
    if delimiter is not None and len(delimiter := delimiter.replace("\\t", "\t")) != 1:
        raise UsageError(f"--delimiter must be one character, got {delimiter!r}")
    declared = [entry.name for entry in get(specs[0][0]).inputs]
    if len(files) > len(declared):
        raise UsageError(f"{specs[0][0]} takes {' and '.join(declared)}; {len(files)} files given")
    named = dict(zip(declared, files, strict=False))
    for text in columns:
        name, equals, selector = text.partition("=")
        if not equals or not selector:
            raise UsageError(f"--column {text!r}: expected INPUT=COLUMNS, for example predictions=p")
        if table is None:
            raise UsageError("--column names columns of --table FILE; which file?")
        if name not in (*declared, "weights"):
            known = (*declared, "weights")
            raise UsageError(f"--column {text!r}: inputs are {', '.join(known)}{did_you_mean(name, known)}")
        named[name] = f"{table}::{selector}"
    if table is not None and not columns:
        raise UsageError("--table needs --column predictions=… and --column targets=…")
    if weights is not None:
        named["weights"] = weights
    return Inputs(named, TableOptions(header, delimiter, id_column), stdin_format)


def evaluate(
    specs: list[tuple[str, dict[str, Any]]], inputs: "Inputs", options: Any, outputs: dict[str, str | None]
) -> "list[Result]":
    """Evaluate every loss, and write per-item values and gradients where asked."""
    from lossctl.cli.arrays import write_gradients, write_items
    from lossctl.core.errors import UsageError
    from lossctl.engine.evaluate import Request
    from lossctl.engine.evaluate import evaluate as run
    from lossctl.losses.catalogue import get

    sources = dict(inputs.sources)
    weights = sources.pop("weights", None)
    requests = [Request(get(name), params) for name, params in specs]
    for request in requests:
        needed = [entry.name for entry in request.loss.inputs if entry.default is None]
        missing = [name for name in needed if name not in sources]
        if missing:
            raise UsageError(
                f"{request.loss.id} needs {' and '.join(missing)}: give the file, or --table and --column"
            )
    written: list[Result] | None = None
    if outputs["per_item"] is not None:
        written = write_items(outputs["per_item"], requests, sources, weights, options)
    if outputs["gradient"] is not None:
        write_gradients(outputs["gradient"], requests, sources, weights, options)
    return written if written is not None else run(requests, sources, weights, options)


def answer(
    results: "list[Result]", notes: list[str], form: str, output: Path | None, *, value_only: bool
) -> None:
    """Print the answer or write it to a file; notes go to standard error."""
    from lossctl.cli.terminal import is_terminal, note, say
    from lossctl.io.write import write_text
    from lossctl.report.results import as_values, render

    if value_only:
        text = as_values(results)
    else:
        text = render(results, form, colour=output is None and is_terminal())
    if output is None:
        say(text)
    else:
        write_text(output, text if text.endswith("\n") else text + "\n")
    for line in notes:
        note(line)
    if form not in {"json", "jsonl"} or value_only:
        for one in results:
            for line in one.notes:
                note(f"{one.loss}: {line}")
