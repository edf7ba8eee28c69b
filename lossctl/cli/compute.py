"""`lossctl compute`: losses on saved predictions and targets."""

from typing import Any

import typer

from lossctl.cli import options as cli

EXAMPLES = """\b
  lossctl compute preds.npy targets.npy --loss focal
  lossctl compute scores.csv::p_* scores.csv::label --loss cross_entropy
  lossctl compute preds.npy targets.npy -l mse -l huber:delta=0.5 -f json
"""


@cli.with_shared_options(after="group")
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
    group: cli.Group = None,
    no_progress: cli.NoProgress = False,
    form: cli.Format = None,
    value_only: cli.ValueOnly = False,
    output: cli.Output = None,
    per_item: cli.PerItem = None,
    gradient: cli.Gradient = None,
    fail_over: cli.FailOver = None,
    baseline: cli.Baseline = None,
    tolerance: cli.Tolerance = None,
    **shared: Any,
) -> None:
    """Compute losses on saved predictions and targets."""
    from lossctl.cli import answer, inputs, progress
    from lossctl.core.options import Options
    from lossctl.evaluation import Data, Outputs, evaluate
    from lossctl.gates.baseline import read_baseline
    from lossctl.gates.judge import judge
    from lossctl.gates.limits import known_before, read_limits

    inputs.load_plugins(plugin)
    specs = inputs.read_specs(loss)
    limits = read_limits(fail_over, known_before(specs))
    earlier = read_baseline(baseline, tolerance)
    form = answer.choose_format(form, output)
    options = Options(**cli.read_shared(shared), context=True)
    data = Data(
        by_place=files or [],
        by_name=inputs.read_pairs("--in", inputs_by_name, "INPUT=FILE", specs),
        weights=weights,
        group=group,
        table=table,
        column=inputs.read_pairs("--column", column, "INPUT=COLUMNS", specs),
        id=id_column,
        header=not no_header,
        delimiter=inputs.read_delimiter(delimiter),
        stdin_format=inputs.read_stdin_format(stdin_format),
    )
    with progress.shown(wanted=not no_progress):
        results = evaluate(specs, data, options, Outputs(per_item, gradient, output))
    verdict = judge(results, fail_over=limits, baseline=earlier)
    answer.give(verdict.results, form, output, value_only=value_only)
    answer.give_verdict(verdict, form, value_only=value_only)
    raise typer.Exit(verdict.exit_code)
