"""`lossctl compare`: whether a model is better than the baseline, and the difference real."""

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lossctl.cli import shell_options as cli
from lossctl.cli.comparison_options import Comparison, comparison_parameters
from lossctl.cli.data_options import with_data_options
from lossctl.cli.help import GATES

if TYPE_CHECKING:  # `--help` reads this module: it must not wait for NumPy
    from lossctl.core.outcome import Summary
    from lossctl.gates.judge import Verdict
    from lossctl.report.html.section import Section

TITLE = "lossctl compare"
EXAMPLES = """\b
  lossctl compare old.csv::p new.csv::p --targets new.csv::label --loss bce
  lossctl compare old.npy new.npy --targets y.npy -l mse --fail-if-worse
  lossctl compare --items a.jsonl::score b.jsonl::score --id sample_id
"""

FailIfWorse = Annotated[
    bool,
    cli.option(
        GATES,
        "Exit 1 where a model is worse by more than the margin, by a one-sided test.",
        "--fail-if-worse",
    ),
]
Undecided = Annotated[
    str,
    cli.one_of(
        GATES,
        "pass|fail",
        "Whether a gate passes where the rows are too few to tell, or exits 4.",
    ),
]


@with_data_options(after="plugin", before=comparison_parameters())
def compare(
    context: typer.Context,
    *,
    fail_if_worse: FailIfWorse = False,
    undecided: Undecided = "pass",
    plugin: cli.Plugin = None,
    form: cli.Format = None,
    digits: cli.Digits = None,
    output: cli.Output = None,
    fail_over: cli.FailOver = None,
    fail_under: cli.FailUnder = None,
    report: cli.Reports = None,
    cluster: cli.Cluster = None,
    insecure_cluster: cli.InsecureCluster = False,
    **texts: Any,
) -> None:
    """Compare models with a baseline: which is better, and is the difference real."""
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
    from lossctl.gates.comparisons import limits_of_comparisons
    from lossctl.gates.judge import judge, require_undecided
    from lossctl.gates.limits import known_before
    from lossctl.report.comparisons import notes_of, render

    cli.load_plugins(plugin)
    require_undecided(undecided)
    reports = read_reports(report)
    form = choose_format(form, output)
    with reported(reports, TITLE):
        asked = Comparison(context, texts)
        # before anything is read: a mistake in a limit must not cost a pass over the data
        limits = limits_of_comparisons(fail_over, fail_under, known_before(asked.measures))
        written = {"output": [output] if output else [], "report": files_of(reports)}
        answer = asked.compare(written, cluster, insecure=insecure_cluster)
        verdict = judge(
            answer,
            fail_over=limits,
            undecided=undecided,
            fail_if_worse=fail_if_worse,
        )
    shown = display_of(output, read_digits(digits, form), verdict.gates)
    deliver(render(answer, form, shown), output)
    for line in [*notes_of(answer), *answer.notes] if form not in {"json", "jsonl"} else ():
        note(line)
    for line in verdict.failures:
        complain(line)
    publish(reports, partial(_summary, verdict))
    raise typer.Exit(verdict.exit_code)


def _summary(verdict: "Verdict") -> "Summary":
    """Return what reports say: the outcomes of gates, and the answer in Markdown."""
    from lossctl.core.outcome import Summary
    from lossctl.report.comparisons import as_markdown
    from lossctl.report.formats import PLAIN

    (answer,) = verdict.results
    details = as_markdown(answer, PLAIN)
    return Summary(TITLE, verdict.outcomes, details, partial(_sections, verdict))


def _sections(verdict: "Verdict") -> "list[Section]":
    """Return the sections of an HTML report, if one is asked for."""
    from lossctl.report.html.contents import of_comparisons

    (answer,) = verdict.results
    return of_comparisons(answer, verdict.gates)
