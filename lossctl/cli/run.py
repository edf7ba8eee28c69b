"""`lossctl run`: a weighted objective of losses, rules and constraints from one file."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lossctl.cli import shell_options as cli
from lossctl.cli.help import GATES, INPUTS, OUTPUT
from lossctl.core.errors import UsageError
from lossctl.core.options import WHAT
from lossctl.core.spec import parse_whole
from lossctl.core.spelling import visible

if TYPE_CHECKING:  # `--help` reads this module: it must not wait for NumPy
    from lossctl.core.outcome import Summary
    from lossctl.gates.judge import Verdict
    from lossctl.objective.objective_result import ObjectiveResult
    from lossctl.report.html.section import Section

TITLE = "lossctl run"
EXAMPLES = """\b
  lossctl run objective.yaml
  lossctl run objective.yaml --data predictions=new.npy --set weights.rule=2
  lossctl run objective.yaml --gradient slopes/ -f json -o result.json

lossctl init writes a file to start from; lossctl schema config prints what a file may hold.
"""

ConfigFile = Annotated[
    Path,
    typer.Argument(
        metavar="CONFIG.yaml",
        help="File of the objective: its losses, rules, constraints and data.",
        rich_help_panel=INPUTS,
        show_default=False,
    ),
]
Sets = Annotated[
    list[str] | None,
    cli.option(
        INPUTS,
        "Replace an entry of the file: weights.rule=2. Repeat for several.",
        "--set",
        metavar="KEY.PATH=VALUE",
    ),
]
Data = Annotated[
    list[str] | None,
    cli.option(
        INPUTS,
        "Take another file for data that the objective names. Repeat for several.",
        "--data",
        metavar="NAME=FILE",
    ),
]
GradientFolder = Annotated[
    Path | None,
    cli.option(
        OUTPUT,
        "Write the gradient of the total by each named array to FOLDER/NAME.npy.",
        "--gradient",
        metavar="FOLDER",
    ),
]
Grid = Annotated[
    list[str] | None,
    cli.option(
        WHAT,
        "Totals over a grid of weights, and the Pareto front of the checkpoints.",
        "--weights-grid",
        metavar="NAME=W,W,…",
    ),
]
Sensitivity = Annotated[
    bool,
    cli.option(WHAT, "How the total changes with each weight.", "--sensitivity"),
]
Interval = Annotated[
    bool,
    cli.option(WHAT, "Confidence intervals of the total and of its components.", "--interval"),
]
Confidence = Annotated[
    str | None,
    cli.option(
        WHAT, "How often intervals hold the value of the population (0.95).", metavar="SHARE"
    ),
]
TotalOver = Annotated[
    list[str] | None,
    cli.option(
        GATES,
        "Exit 1 when the total, or a component, is over this limit: a number, or a share of a "
        "reference, such as 90%constant.",
        "--fail-over",
        metavar="[NAME=]LIMIT",
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
    interval: Interval = False,
    confidence: Confidence = None,
    fail_over: TotalOver = None,
    baseline: cli.Baseline = None,
    tolerance: cli.Tolerance = None,
    report: cli.Reports = None,
    threads: cli.Threads = None,
    cluster: cli.Cluster = None,
    insecure_cluster: cli.InsecureCluster = False,
    form: cli.Format = None,
    digits: cli.Digits = None,
    value_only: cli.ValueOnly = False,
    output: cli.Output = None,
) -> None:
    """Evaluate a weighted objective from a file."""
    from lossctl.cli.output import (
        choose_format,
        complain,
        deliver,
        display_of,
        files_of,
        note,
        publish,
        read_digits,
        read_reports,
        reported,
    )
    from lossctl.elsewhere import elsewhere
    from lossctl.gates.judge import judge
    from lossctl.objective.run import run as run_configuration
    from lossctl.report.objective import as_values, render

    cli.load_plugins(plugin)
    evaluate = elsewhere(run_configuration, cluster, insecure=insecure_cluster)
    form = choose_format(form, output)
    shown_digits = read_digits(digits, form, value_only=value_only)
    _require_shown(form, weights_grid or [], sensitivity=sensitivity, value_only=value_only)
    reports = read_reports(report)
    with reported(reports, TITLE):
        results = evaluate(
            config,
            sets=sets or [],
            data=data_files(data or []),
            threads=parse_whole("--threads", threads),
            gradient=gradient,
            weights_grid=weights_grid or [],
            sensitivity=sensitivity,
            written={"output": [output] if output else [], "report": files_of(reports)},
            interval=interval,
            **({} if confidence is None else cli.read_shared({"confidence": confidence})),
        )
        verdict = judge(results, fail_over=fail_over, baseline=baseline, tolerance=tolerance)
    display = display_of(output, shown_digits, verdict.gates)
    text = as_values(results) if value_only else render(results, form, display)
    deliver(text, output)
    if value_only or form not in {"json", "jsonl"}:  # JSON carries its notes itself
        _print_notes(results)
        for line in verdict.notes if value_only or output is not None else ():
            note(line)
    for line in verdict.failures:
        complain(line)
    publish(reports, partial(_summary, verdict))
    raise typer.Exit(verdict.exit_code)


def _summary(verdict: "Verdict") -> "Summary":
    """Return what reports say: the outcomes of gates, and the answer in Markdown."""
    from lossctl.core.outcome import Summary
    from lossctl.report.formats import PLAIN
    from lossctl.report.objective import as_markdown

    details = as_markdown(verdict.results, PLAIN)
    return Summary(TITLE, verdict.outcomes, details, partial(_sections, verdict))


def _sections(verdict: "Verdict") -> "list[Section]":
    """Return the sections of an HTML report, if one is asked for."""
    from lossctl.report.html.contents import of_objectives

    return of_objectives(verdict.results, verdict.gates)


def _require_shown(form: str, grid: Sequence[str], *, sensitivity: bool, value_only: bool) -> None:
    """Refuse tables beside the components where the output has no place for them."""
    option = "--weights-grid" if grid else "--sensitivity" if sensitivity else None
    if option is None or not (value_only or form in {"csv", "plain"}):
        return
    chosen = "--value-only" if value_only else f"-f {form}"
    raise UsageError(f"{option}: {chosen} has no place for it; use table, markdown, json or jsonl")


def data_files(texts: Sequence[str]) -> dict[str, str]:
    """Read the ``name=path`` texts of --data."""
    files = {}
    for text in texts:
        name, _, path = text.partition("=")
        if not name or not path:
            raise UsageError(f"--data {visible(text)}: expected name=path")
        files[name] = path
    return files


def _print_notes(results: "Sequence[ObjectiveResult]") -> None:
    from lossctl.cli.output import note

    for result in results:
        for line in result.notes:
            note(line)
        noted = {each.name: each.notes for each in result.components}
        noted |= {name: each.notes for name, each in result.metrics.items()}
        for name, lines in noted.items():
            for line in lines:
                note(f"{name}: {line}")
