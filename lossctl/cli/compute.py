"""`lossctl compute`: losses on saved predictions and targets."""

from typing import Any

import typer

from lossctl.cli import options as cli

HELP = """Compute losses on saved predictions and targets.

\b
  lossctl compute preds.npy targets.npy --loss focal
  lossctl compute scores.csv::p_* scores.csv::label --loss cross_entropy
  lossctl compute preds.npy targets.npy -l mse -l huber:delta=0.5 -f json
"""


def compute(
    *,
    files: cli.Files = None,
    loss: cli.Losses = None,
    plugin: cli.Plugin = None,
    table: cli.Table = None,
    column: cli.Columns = None,
    inputs_by_name: cli.NamedInputs = None,
    id_column: cli.IdColumn = None,
    no_header: cli.NoHeader = False,
    delimiter: cli.Delimiter = None,
    stdin_format: cli.StdinFormat = None,
    weights: cli.Weights = None,
    input_kind: cli.InputKind = "auto",
    task: cli.Task = "auto",
    class_axis: cli.ClassAxis = None,
    class_weights: cli.ClassWeights = None,
    ignore_index: cli.IgnoreIndex = "-100",
    nan: cli.Nan = "raise",
    reduction: cli.Reduction = "mean",
    pooling: cli.Pooling = "batch",
    average: cli.Average = "micro",
    no_background: cli.NoBackground = False,
    group: cli.Group = None,
    batch_size: cli.BatchSize = None,
    axes: cli.Axes = None,
    class_names: cli.ClassNames = None,
    precision: cli.Precision = "auto",
    threads: cli.Threads = None,
    no_progress: cli.NoProgress = False,
    form: cli.Format = None,
    value_only: cli.ValueOnly = False,
    output: cli.Output = None,
    per_item: cli.PerItem = None,
    gradient: cli.Gradient = None,
    fail_over: cli.FailOver = None,
    baseline: cli.Baseline = None,
    tolerance: cli.Tolerance = None,
) -> None:
    """Compute losses on saved predictions and targets."""
    from lossctl.cli import answer, gates, progress, request
    from lossctl.cli.spec import parse_specs, parse_value, parse_weights, parse_whole
    from lossctl.core.options import Options
    from lossctl.io.inputs import Inputs

    request.load_plugins(plugin)
    specs = parse_specs(loss)
    limits = gates.parse_limits(fail_over or [], [name for name, _ in specs])
    earlier = gates.read_baseline(baseline, tolerance)
    form = answer.choose_format(form, output)
    shared: dict[str, Any] = {
        "reduction": reduction,
        "input": input_kind,
        "task": task,
        "class_axis": parse_whole("--class-axis", class_axis),
        "class_weights": class_weights and parse_weights("--class-weights", class_weights),
        "ignore_index": parse_whole("--ignore-index", ignore_index),
        "nan": nan,
        "precision": precision,
        "pooling": pooling,
        "average": parse_value(average),
        "background": not no_background,
        "class_names": class_names and class_names.split(","),
        "batch_size": parse_whole("--batch-size", batch_size),
        "axes": request.parse_axes(axes or []),
        "context": True,
        "threads": parse_whole("--threads", threads),
    }
    options = Options(**shared)
    asked = request.Asked(files or [], table, column or [], inputs_by_name or [], weights, group)
    named = request.name_files(specs[0][0], asked)
    request.check_outputs(named, specs, output, per_item, gradient)
    tables = request.table_options(id_column, delimiter, options.threads, header=not no_header)
    stdin_format = request.check_stdin_format(stdin_format)
    with progress.shown(wanted=not no_progress), Inputs(named, tables, stdin_format) as inputs:
        results = request.evaluate(specs, inputs, options, per_item=per_item, gradient=gradient)
        notes = list(inputs.notes)
    code, failures = gates.judge(results, limits, earlier)
    answer.give(results, notes, form, output, value_only=value_only)
    gates.report(failures)
    raise typer.Exit(code)
