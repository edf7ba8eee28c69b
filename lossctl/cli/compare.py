"""`lossctl compare`: whether a model is better than the baseline, and the difference real."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lossctl.cli import shell_options as cli
from lossctl.cli.compute import read_measures
from lossctl.cli.data_options import read_pairs, read_places, read_slices, with_data_options
from lossctl.cli.help import COMPARISON, GATES, INPUTS
from lossctl.core.spec import parse_whole

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

Models = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="BASELINE OTHER",
        help="Predictions of the baseline and of one or more other models: any file that compute "
        "reads.",
        rich_help_panel=INPUTS,
        show_default=False,
    ),
]
Targets = Annotated[
    list[str] | None,
    cli.option(
        INPUTS,
        "Targets, the same for all models; with --unpaired one file each.",
        metavar="FILE",
    ),
]
Names = Annotated[
    str | None,
    cli.option(INPUTS, "Names of the models; found from their files or columns.", metavar="A,B,…"),
]
Items = Annotated[
    bool,
    cli.option(
        INPUTS,
        "The files hold one score per row, which another tool computed; no targets.",
        "--items",
    ),
]
Higher = Annotated[
    bool, cli.option(INPUTS, "With --items: scores, of which more is better.", "--higher-is-better")
]
Method = Annotated[
    str,
    cli.one_of(
        COMPARISON,
        "auto|t|delta|bootstrap|permutation|mcnemar",
        "Test and interval: auto is the paired t test for means, and the delta method for "
        "functions of sums.",
        metavar="METHOD",
    ),
]
Margin = Annotated[
    str,
    cli.option(
        COMPARISON,
        "Largest difference that does not matter: a share of the baseline, or a number.",
        metavar="0.5%",
    ),
]
ClusterBy = Annotated[
    str | None,
    cli.option(
        COMPARISON,
        "Cluster of each row (patient, document, user), for rows that depend on each other.",
        metavar="FILE|COLUMN",
    ),
]
Serial = Annotated[
    bool,
    cli.option(
        COMPARISON, "Rows are in the order of time, each correlated with those before.", "--serial"
    ),
]
Unpaired = Annotated[
    bool, cli.option(COMPARISON, "The models were evaluated on different rows.", "--unpaired")
]
Seed = Annotated[str, cli.option(COMPARISON, "Seed of bootstrap and permutation.", metavar="N")]
Replicates = Annotated[
    str | None,
    cli.option(
        COMPARISON,
        "Replicates of the bootstrap (1000) and of the permutation test (10000).",
        metavar="N",
    ),
]
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


@with_data_options(after="plugin")
def compare(
    context: typer.Context,
    *,
    models: Models = None,
    targets: Targets = None,
    loss: cli.Losses = None,
    metric: cli.Metrics = None,
    threshold: cli.Threshold = None,
    names: Names = None,
    method: Method = "auto",
    margin: Margin = "0",
    fail_if_worse: FailIfWorse = False,
    undecided: Undecided = "pass",
    cluster_by: ClusterBy = None,
    serial: Serial = False,
    unpaired: Unpaired = False,
    items: Items = False,
    higher_is_better: Higher = False,
    seed: Seed = "0",
    replicates: Replicates = None,
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
    from lossctl.comparing import compare as compare_models
    from lossctl.comparing import spec_of_scores
    from lossctl.core.options import Options
    from lossctl.gates.comparisons import limits_of_comparisons
    from lossctl.gates.judge import judge, require_undecided
    from lossctl.gates.limits import known_before
    from lossctl.report.comparisons import notes_of, render

    cli.load_plugins(plugin)
    evaluate = cli.elsewhere(compare_models, cluster, insecure=insecure_cluster)
    require_undecided(undecided)
    reports = read_reports(report)
    form = choose_format(form, output)
    slices = read_slices(texts)
    places = read_places(texts)
    inputs = read_pairs("--in", places.pop("inputs_by_name"), "NAME=PLACE")
    column = read_pairs("--column", places.pop("column"), "NAME=PLACE")
    with reported(reports, TITLE):
        specs = [] if items else read_measures(loss, metric, threshold, texts, context)
        # before anything is read: a mistake in a limit must not cost a pass over the data
        known = known_before(specs or [spec_of_scores(higher_is_better=higher_is_better)])
        limits = limits_of_comparisons(fail_over, fail_under, known)
        answer = evaluate(
            *(models or []),
            targets=_one_or_several(targets),
            loss=specs or loss or metric or [],
            names=None if names is None else names.split(","),
            method=method,
            margin=margin,
            serial=serial,
            unpaired=unpaired,
            items=items,
            higher_is_better=higher_is_better,
            seed=parse_whole("--seed", seed),
            replicates=None if replicates is None else parse_whole("--replicates", replicates),
            cluster_by=cluster_by,
            column=column,
            options=Options(**cli.read_shared(texts)),
            written={"output": [output] if output else [], "report": files_of(reports)},
            **places,
            **slices,
            **inputs,
        )
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


def _one_or_several(files: Sequence[str] | None) -> Any:
    if not files:
        return None
    return files[0] if len(files) == 1 else list(files)
