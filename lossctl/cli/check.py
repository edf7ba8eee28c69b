"""`lossctl check`: look for mistakes in predictions, targets and a loss."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lossctl.cli import shell_options as cli
from lossctl.cli.data_options import data_of, read_slices, with_data_options
from lossctl.cli.help import GATES, WHAT_TO_CHECK
from lossctl.core.errors import GATE_FAILED, OK, UsageError
from lossctl.core.spelling import did_you_mean

if TYPE_CHECKING:  # `--help` reads this module: it must not wait for NumPy
    from lossctl.checks.finding import Report
    from lossctl.checks.repair import Repair
    from lossctl.core.outcome import Summary
    from lossctl.data_places import Data

EXAMPLES = """\b
  lossctl check preds.npy targets.npy
  lossctl check scores.csv::p_* scores.csv::label --loss cross_entropy
  lossctl check preds.npy y.npy -l focal:alpha=0.9 --fail-on warning
  lossctl check targets.npy --series 'runs/*/preds.npy' -l mse
  lossctl check --log history.csv::loss,val_loss
  lossctl explain LC101
"""
FAIL_ON = ("error", "warning", "never")

LossSpec = Annotated[
    str | None,
    cli.option(
        WHAT_TO_CHECK,
        "Loss to check the data with: NAME or NAME:key=value,key=value. Without one the data alone "
        "is checked, and losses that fit are named.",
        "--loss",
        "-l",
        metavar="SPEC",
        autocompletion=cli.completed("specs"),
    ),
]
Select = Annotated[
    list[str] | None,
    cli.option(
        WHAT_TO_CHECK,
        "Ask these rules alone: codes, their beginnings (LC1), or names.",
        metavar="CODE,…",
    ),
]
Ignore = Annotated[
    list[str] | None,
    cli.option(WHAT_TO_CHECK, "Do not ask these rules.", metavar="CODE,…"),
]
Series = Annotated[
    str | None,
    cli.option(
        WHAT_TO_CHECK,
        "Predictions at every checkpoint, a pattern: 'runs/*/preds.npy'. The loss of each is "
        "looked at over time; the file of the targets is then the only argument.",
        metavar="PATTERN",
    ),
]
Log = Annotated[
    str | None,
    cli.option(
        WHAT_TO_CHECK,
        "Log of training to look at over time; needs no other data.",
        metavar="FILE::COLUMN,…",
    ),
]
FailOn = Annotated[
    str,
    cli.one_of(GATES, "error|warning|never", "Exit 1 for findings of this severity or a greater."),
]


@with_data_options(after="plugin")
def check(
    *,
    files: cli.Files = None,
    loss: LossSpec = None,
    select: Select = None,
    ignore: Ignore = None,
    series: Series = None,
    log: Log = None,
    fail_on: FailOn = "error",
    plugin: cli.Plugin = None,
    form: cli.Format = None,
    output: cli.Output = None,
    reports: cli.Reports = None,
    cluster: cli.Cluster = None,
    insecure_cluster: cli.InsecureCluster = False,
    **texts: Any,
) -> None:
    """Look for mistakes in predictions, targets and a loss."""
    from lossctl.checking import CheckRequest, check_data, gather
    from lossctl.checks.registry import chosen
    from lossctl.cli.compute import read_specs
    from lossctl.cli.output import (
        choose_format,
        deliver,
        display_of,
        files_of,
        publish,
        read_reports,
    )
    from lossctl.core.options import Options
    from lossctl.elsewhere import elsewhere
    from lossctl.loss_specs import Spec
    from lossctl.losses.catalogue import get
    from lossctl.report.findings import render

    cli.load_plugins(plugin)
    if fail_on not in FAIL_ON:
        hint = did_you_mean(fail_on, FAIL_ON)
        raise UsageError(f"--fail-on must be one of {', '.join(FAIL_ON)}, got {fail_on!r}{hint}")
    form = choose_format(form, output)
    rules = chosen(_codes(select), _codes(ignore))
    spec = None if loss is None else read_specs([loss])[0]
    slices = read_slices(texts)
    if any(value for value in slices.values()):
        raise UsageError("check looks at all rows together; slices are for compute and slices")
    data = data_of([spec or Spec(get("mse"), {})], files, texts, slices)
    options = Options(**cli.read_shared(texts))
    published = read_reports(reports)
    repair = _repair(data, loss, options, of_series=series is not None)
    written = {"output": [output] if output else [], "report": files_of(published)}
    request = CheckRequest(data, spec, options, rules, repair, series, log, written)
    report = check_data(request, elsewhere(gather, cluster, insecure=insecure_cluster))
    deliver(render(report, form, display_of(output)), output)
    publish(published, partial(_summary, report, repair.places))
    raise typer.Exit(exit_code(report, fail_on))


def _summary(report: "Report", places: Mapping[str, str]) -> "Summary":
    """Return what reports say: an outcome for each rule, and everything for a page."""
    from lossctl.report.findings import summary_of
    from lossctl.report.html.contents import of_findings

    return summary_of(report, places)._replace(sections=partial(of_findings, report))


def exit_code(report: "Report", fail_on: str) -> int:
    """Return 1 where there is a finding of this severity or a greater one."""
    if fail_on == "never" or report.worst is None:
        return OK
    fails = report.worst == "error" or (fail_on == "warning" and report.worst == "warning")
    return GATE_FAILED if fails else OK


def _codes(texts: Sequence[str] | None) -> list[str] | None:
    if texts is None:
        return None
    return [word for text in texts for word in text.split(",")]


def _repair(data: "Data", loss: str | None, options: Any, *, of_series: bool) -> "Repair":
    """Return what writes commands on the same files; those of a series come later."""
    from lossctl.checking import given_options
    from lossctl.checks.repair import Repair
    from lossctl.core.urls import without_secrets

    given = given_options(options)
    names: tuple[str, ...] = ("predictions", "targets")
    if of_series and len(data.by_place) == 1:
        names = ("targets",)
    places = dict(zip(names, map(str, data.by_place), strict=False)) | {
        name: str(place) for name, place in data.by_name.items()
    }
    for name, columns in (data.column or {}).items():
        places[name] = f"{data.table}::{columns}"
    beside = {
        name: place for name in ("weights", "group") if (place := places.pop(name, None))
    } | _beside(data)
    reading = {
        name: value
        for name in ("id", "header", "delimiter", "decimal", "stdin_format")
        if (value := getattr(data, name)) is not None
    }
    shown = [
        {name: without_secrets(str(place)) for name, place in part.items()}
        for part in (places, beside)
    ]
    return Repair(shown[0], reading, loss or "", given, shown[1])


def _beside(data: "Data") -> dict[str, str]:
    """Return where weights and groups are."""
    from lossctl.core.urls import is_url

    beside = {}
    for name in ("weights", "group"):
        place = getattr(data, name)
        if place is not None:
            is_column = data.table is not None and "::" not in str(place)
            bare = is_column and not is_url(str(place)) and not Path(str(place)).exists()
            beside[name] = f"{data.table}::{place}" if bare else str(place)
    return beside
