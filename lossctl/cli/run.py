"""`lossctl run`: a weighted objective of losses, rules and constraints from one file."""

from pathlib import Path
from typing import Annotated

import typer

from lossctl.cli import options as cli

EXAMPLES = """\b
  lossctl run objective.yaml
  lossctl run objective.yaml --data predictions=new.npy --set weights.rule=2
  lossctl run objective.yaml --gradient slopes/ -f json -o result.json

lossctl init writes a file to start from; lossctl schema config prints what a file may hold.
"""

ConfigFile = Annotated[
    Path, typer.Argument(metavar="CONFIG.yaml", help="The objective.", show_default=False)
]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY.PATH=VALUE", help="Set an entry of the file."),
]
Data = Annotated[
    list[str] | None,
    typer.Option("--data", metavar="NAME=FILE", help="Take another file for named data."),
]
GradientFolder = Annotated[
    Path | None,
    typer.Option(
        "--gradient",
        metavar="FOLDER",
        help="Write the gradient of the total by each named array: FOLDER/NAME.npy.",
    ),
]
Grid = Annotated[
    list[str] | None,
    typer.Option(
        "--weights-grid",
        metavar="NAME=W,W,…",
        help="Totals over a grid of weights, and the Pareto front of the checkpoints.",
    ),
]
Sensitivity = Annotated[
    bool, typer.Option("--sensitivity", help="How the total moves with each weight.")
]
TotalOver = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-over",
        metavar="[NAME=]LIMIT",
        help="Exit 1 when the total (or a component) is not at most this.",
    ),
]


def run(
    *,
    config: ConfigFile,
    sets: Sets = None,
    data: Data = None,
    plugin: cli.Plugin = None,
    gradient: GradientFolder = None,
    weights_grid: Grid = None,
    sensitivity: Sensitivity = False,
    fail_over: TotalOver = None,
    threads: cli.Threads = None,
    form: cli.Format = None,
    value_only: cli.ValueOnly = False,
    output: cli.Output = None,
) -> None:
    """Evaluate a weighted objective from a file."""
    from lossctl.cli import answer, inputs, objective
    from lossctl.core.spec import parse_whole
    from lossctl.gates.judge import judge
    from lossctl.objective.run import run as run_configuration

    inputs.load_plugins(plugin)
    form = answer.choose_format(form, output)
    objective.require_shown(
        form, weights_grid or [], sensitivity=sensitivity, value_only=value_only
    )
    answers = run_configuration(
        config,
        sets=sets or [],
        data=objective.files_of(data or []),
        threads=parse_whole("--threads", threads),
        gradient=gradient,
        weights_grid=weights_grid or [],
        sensitivity=sensitivity,
        output=output,
    )
    verdict = judge(answers, fail_over=fail_over)
    objective.give(answers, form, output, value_only=value_only)
    answer.complain_of(verdict.failures)
    raise typer.Exit(verdict.exit_code)
