"""`lossctl slices`: for whom a loss is worse."""

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lossctl.cli import shell_options as cli
from lossctl.cli.compute import Shown, finish, options_of, read_gates, read_measures
from lossctl.cli.data_options import data_of, read_slices, with_data_options
from lossctl.cli.help import SLICES
from lossctl.core.errors import UsageError
from lossctl.core.spec import parse_whole

if TYPE_CHECKING:  # `--help` reads this module: it must not wait for NumPy
    from lossctl.core.outcome import Summary
    from lossctl.slice_search import WorstSlices

EXAMPLES = """\b
  lossctl slices --table t.csv --column predictions=p --column targets=y \\
      -l bce --by region
  lossctl slices --table t.csv --column predictions=p --column targets=y \\
      -l bce --find
  lossctl slices preds.npy targets.npy --loss cross_entropy --by-class
"""

Find = Annotated[
    bool,
    cli.option(
        SLICES,
        "Search the other columns of --table (or of --features) for the groups that are worse "
        "than the rest.",
        "--find",
    ),
]
Features = Annotated[
    str | None, cli.option(SLICES, "Table of columns to search, a row for each.", metavar="FILE")
]
Most = Annotated[
    str | None, cli.option(SLICES, "Slices that --find reports at most (5).", metavar="N")
]


@with_data_options(after="plugin")
def slices(
    context: typer.Context,
    *,
    files: cli.Files = None,
    loss: cli.Losses = None,
    metric: cli.Metrics = None,
    threshold: cli.Threshold = None,
    find: Find = False,
    features: Features = None,
    most: Most = None,
    plugin: cli.Plugin = None,
    form: cli.Format = None,
    digits: cli.Digits = None,
    output: cli.Output = None,
    fail_over: cli.FailOver = None,
    fail_under: cli.FailUnder = None,
    undecided: cli.Undecided = None,
    report: cli.Reports = None,
    **texts: Any,
) -> None:
    """Say for whom a loss is worse: in given slices, or in those that a search finds."""
    from lossctl.cli.output import (
        choose_format,
        deliver,
        display_of,
        files_of,
        publish,
        read_digits,
        read_reports,
        reported,
    )

    cli.load_plugins(plugin)
    specs = read_measures(loss, metric, threshold, texts, context)
    sliced = read_slices(texts)
    named = bool(sliced["by"] or sliced["bins"] or sliced["by_class"])
    if not named and not find:
        raise UsageError("say which slices with --by, --bins or --by-class, or search with --find")
    if named and find:
        raise UsageError(
            "--find looks for slices itself; leave out --by, --bins and --by-class, or --find"
        )
    if not find and (features or most):
        raise UsageError("--features and --most are for --find")
    limits = {"fail_over": fail_over, "fail_under": fail_under}
    if find and (any(limits.values()) or undecided):
        raise UsageError("--find looks for slices; gates are for slices that are named")
    gates = read_gates(specs, limits, undecided=undecided)
    reports = read_reports(report)
    form = choose_format(form, output)
    shown = Shown("lossctl slices", form, read_digits(digits, form), output, False, reports)
    data = data_of(specs, files, texts, sliced)
    options = options_of(texts, gates)
    if not find:
        from lossctl.evaluation import Outputs, evaluate

        outputs = Outputs(output=output, reports=files_of(reports))
        with reported(reports, shown.title):
            code = finish(evaluate(specs, data, options, outputs), gates, shown)
        raise typer.Exit(code)
    from lossctl.report.slice_search import render
    from lossctl.slice_search import MOST_FOUND, SearchSize, find_slices
    from lossctl.slicing import least_of

    if len(specs) > 1:
        raise UsageError("--find searches the slices of one loss")
    count = None if most is None else parse_whole("--most", most)
    wanted = SearchSize(count or MOST_FOUND, least_of(data))
    with reported(reports, shown.title):
        written = {"output": [output] if output else [], "report": files_of(reports)}
        found = find_slices(specs[0], data, options, wanted, features, written=written)
        deliver(render(found, form, display_of(output, shown.digits)), output)
    publish(reports, partial(_summary, found))


def _summary(found: "WorstSlices") -> "Summary":
    """Return what reports say of a search, which has no gates."""
    from lossctl.core.outcome import Summary
    from lossctl.report.formats import PLAIN
    from lossctl.report.html.contents import of_worst_slices
    from lossctl.report.slice_search import as_markdown

    sections = partial(of_worst_slices, found)
    return Summary("lossctl slices", (), as_markdown(found, PLAIN), sections)
