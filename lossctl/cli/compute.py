"""`lossctl compute`: losses on saved predictions and targets."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from lossctl.cli import shell_options as cli
from lossctl.cli.data_options import data_of, read_slices, with_data_options
from lossctl.cli.help import OUTPUT
from lossctl.core.errors import OK, AmbiguousNameError, UsageError
from lossctl.core.spec import labels, parse_spec

if TYPE_CHECKING:  # `--help` reads this module: it must not wait for NumPy
    from lossctl.core.gate import Gate
    from lossctl.core.options import Options
    from lossctl.core.outcome import Summary
    from lossctl.core.result import Result
    from lossctl.data_places import Data
    from lossctl.gates.judge import Verdict
    from lossctl.gates.limits import Known
    from lossctl.loss_specs import Spec
    from lossctl.report.ci.reports import Report
    from lossctl.report.html.section import Section

TITLE = "lossctl compute"
WORST_ON_PAGES = 10
EXAMPLES = """\b
  lossctl compute preds.npy targets.npy --loss focal
  lossctl compute scores.csv::p_* scores.csv::label --loss cross_entropy
  lossctl compute preds.npy targets.npy -l mse -l huber:delta=0.5 -f json
  lossctl compute probs.npy labels.npy -l bce --metric accuracy,f1
  lossctl compute p.npy t.npy -l mse --shard 3/16 --save-totals s3.json
"""

ShardOf = Annotated[
    str | None,
    cli.option(
        OUTPUT,
        "Evaluate one of N shards of the data and print nothing: 3/16; see --save-totals.",
        "--shard",
        metavar="K/N",
    ),
]
SaveTotals = Annotated[
    Path | None,
    cli.option(
        OUTPUT,
        "File for the totals of a shard; lossctl merge makes the result of those of all shards.",
        "--save-totals",
        metavar="FILE",
    ),
]
SecondRound = Annotated[
    Path | None,
    cli.option(
        OUTPUT,
        "File that lossctl merge --second-round wrote of all shards: by it this shard makes what "
        "intervals of functions of sums take.",
        "--second-round",
        metavar="FILE",
    ),
]


@with_data_options(after="plugin")
def compute(
    context: typer.Context,
    *,
    files: cli.Files = None,
    loss: cli.Losses = None,
    metric: cli.Metrics = None,
    threshold: cli.Threshold = None,
    plugin: cli.Plugin = None,
    worst: cli.Worst = None,
    no_progress: cli.NoProgress = False,
    form: cli.Format = None,
    digits: cli.Digits = None,
    value_only: cli.ValueOnly = False,
    output: cli.Output = None,
    per_item: cli.PerItem = None,
    per_item_format: cli.PerItemFormat = None,
    gradient: cli.Gradient = None,
    gradient_summary: cli.GradientSummary = False,
    fail_over: cli.FailOver = None,
    fail_under: cli.FailUnder = None,
    baseline: cli.Baseline = None,
    tolerance: cli.Tolerance = None,
    undecided: cli.Undecided = None,
    report: cli.Reports = None,
    shard: ShardOf = None,
    save_totals: SaveTotals = None,
    second_round: SecondRound = None,
    cluster: cli.Cluster = None,
    insecure_cluster: cli.InsecureCluster = False,
    **texts: Any,
) -> None:
    """Compute losses on saved predictions and targets."""
    from lossctl.cli.output import choose_format, files_of, read_digits, read_reports, reported
    from lossctl.elsewhere import elsewhere
    from lossctl.evaluation import Outputs
    from lossctl.evaluation import evaluate as evaluate_here

    cli.load_plugins(plugin)
    specs = read_measures(loss, metric, threshold, texts, context)
    evaluate = elsewhere(evaluate_here, cluster, insecure=insecure_cluster)
    if not (shard is None and save_totals is None and second_round is None):
        from lossctl.cli.shards import read_shard, require_no_result, save_shard

        require_no_result(context)
        part = read_shard(shard, save_totals, second_round)
        data = data_of(specs, files, texts, read_slices(texts, worst))
        with _progress(wanted=not no_progress):
            save_shard(specs, data, options_of(texts, {}), part)
        return
    reports = read_reports(report)
    with reported(reports, TITLE):
        # before anything is read: a mistake in a limit must not cost a pass over the data
        limits = {"fail_over": fail_over, "fail_under": fail_under}
        gates = read_gates(specs, limits, baseline, tolerance, undecided)
        kept = _items_to_print(per_item, form, output, value_only=value_only)
        form = choose_format(form, output)
        shown_digits = read_digits(digits, form, value_only=value_only)
        shown = Shown(TITLE, form, shown_digits, output, value_only, reports)
        data = data_of(specs, files, texts, read_slices(texts, worst))
        options = options_of(texts, gates)
        shown = shown._replace(find_worst=partial(_find_worst, specs, data, options))
        with kept as items:
            places = Outputs(items or per_item, per_item_format, gradient_summary, gradient, output)
            with _progress(wanted=not no_progress):
                places = places._replace(reports=files_of(reports))
                results = evaluate(specs, data, options, places)
            if cluster is not None:
                _say_parts(specs, places)
            code = finish(results, gates, shown._replace(items=items))
    raise typer.Exit(code)


# What the shell says of the inputs and the gates


def read_measures(
    losses: Sequence[str] | None,
    metrics: Sequence[str] | None,
    threshold: str | None,
    texts: dict[str, Any],
    context: typer.Context,
) -> "list[Spec]":
    """Read every ``--loss`` and every ``--metric``; none at all is an error."""
    if not metrics and threshold is None:
        return read_specs(losses)
    from lossctl.cli.metric_options import read_metrics

    specs = read_specs(losses, needed=not metrics)
    return [*specs, *read_metrics(metrics, threshold, specs, texts, context)]


def read_specs(texts: Sequence[str] | None, *, needed: bool = True) -> "list[Spec]":
    """Read every ``--loss``; none at all is an error where one is needed."""
    from lossctl.loss_specs import spec_of

    if not texts and needed:
        raise UsageError("say which loss with --loss (lossctl list shows them all)")
    specs = []
    for text in texts or []:
        try:
            name, params = parse_spec(text)
        except UsageError as error:
            raise UsageError(f"--loss {error}") from None
        if "," in name:
            one_by_one = " ".join(f"-l {part.strip()}" for part in name.split(","))
            raise UsageError(f"--loss {text!r}: takes one loss; several are {one_by_one}")
        try:
            specs.append(spec_of(name, params))
        except AmbiguousNameError as error:
            raise UsageError(error.said("--loss ")) from None
    return specs


def read_gates(
    specs: "Sequence[Spec]",
    limits: Mapping[str, Any],
    baseline: Any = None,
    tolerance: Any = None,
    undecided: str | None = None,
    *,
    known: "Known | None" = None,
) -> dict[str, Any]:
    """Read limits and the baseline before anything is computed; nothing where none is asked.

    `known` is what limits may name, where results are there already.
    """
    nothing = baseline is None and tolerance is None and undecided is None
    if nothing and not any(limits.values()):
        return {}
    from lossctl.gates.baseline import read_baseline
    from lossctl.gates.judge import require_undecided
    from lossctl.gates.limits import known_before, read_limits

    require_undecided(undecided)
    known = known_before(specs) if known is None else known
    return {
        "fail_over": read_limits(limits["fail_over"], known),
        "fail_under": read_limits(limits["fail_under"], known, least=True),
        "baseline": read_baseline(baseline, tolerance),
        "undecided": undecided,
    }


def options_of(texts: dict[str, Any], gates: Mapping[str, Any]) -> "Options":
    """Return the options; gates that look at intervals ask for them."""
    from lossctl.core.options import Options

    read = cli.read_shared(texts)
    read["interval"] = read["interval"] or gates.get("undecided") is not None
    return Options(**read, context=True)


# What is shown and printed


def _progress(*, wanted: bool) -> AbstractContextManager[None]:
    from lossctl.cli.output import is_terminal

    if not wanted or not is_terminal(sys.stderr):
        return nullcontext()
    from lossctl.cli.progress_bar import shown

    return shown()


def finish(results: "Sequence[Result]", gates: Mapping[str, Any], shown: "Shown") -> int:
    """Judge the results and print them; return the exit code."""
    from lossctl.cli.output import complain, note, publish

    passed = not gates and all(result.status == "ok" for result in results)
    if passed and not shown.reports:
        _print(results, (), shown)
        return OK
    from lossctl.gates.judge import judge

    verdict = judge(results, **gates)
    _print(verdict.results, verdict.gates, shown)
    for line in verdict.notes if shown.gates_need_notes else ():
        note(line)
    for line in verdict.failures:
        complain(line)
    publish(shown.reports, partial(_summary, verdict, shown))
    return verdict.exit_code


def _summary(verdict: "Verdict", shown: "Shown") -> "Summary":
    """Return what reports say: the outcomes of gates, and the answer in Markdown."""
    from lossctl.core.outcome import Summary
    from lossctl.report.formats import PLAIN
    from lossctl.report.results import as_markdown

    details = as_markdown(verdict.results, PLAIN)
    return Summary(shown.title, verdict.outcomes, details, partial(_sections, verdict, shown))


def _sections(verdict: "Verdict", shown: "Shown") -> "list[Section]":
    """Return the sections of an HTML report, if one is asked for; of a failed one with rows."""
    from lossctl.report.html.contents import of_results

    results: Sequence[Result] = verdict.results
    failed = verdict.exit_code != OK and not any(result.worst for result in results)
    if failed and shown.find_worst is not None:
        results = shown.find_worst(results)
    return of_results(results, verdict.gates)


def _find_worst(
    specs: "Sequence[Spec]", data: "Data", options: "Options", results: "Sequence[Result]"
) -> "Sequence[Result]":
    """Add the worst rows to results, which takes another pass; as they are where there are none."""
    from dataclasses import replace

    from lossctl.core.errors import LossctlError
    from lossctl.evaluation import evaluate

    if "-" in map(str, (*data.by_place, *data.by_name.values(), data.table)):
        return results  # standard input is read once
    try:
        again = evaluate(specs, data._replace(worst=WORST_ON_PAGES), options)
    except LossctlError:
        return results
    return [replace(one, worst=seen.worst) for one, seen in zip(results, again, strict=True)]


def _say_parts(specs: "Sequence[Spec]", outputs: Any) -> None:
    """Say on standard error where the arrays are that were asked for as one file each."""
    from lossctl.cli.output import note
    from lossctl.io.output_places import manifests

    targets = [spec.target for spec in specs]
    for path, manifest in manifests(targets, outputs.items, outputs.gradient).items():
        note(f"{path} is in part files; {manifest} names them, and is read as one array")


def _items_to_print(
    per_item: str | None, form: str | None, output: Path | None, *, value_only: bool
) -> AbstractContextManager[IO[bytes] | None]:
    """Return what keeps values per item until they are printed, where that is asked for."""
    if per_item != "-":
        return nullcontext()
    if output is None and (form is not None or value_only):
        raise UsageError(
            "--per-item -: standard output has the values per item; write the result to a file "
            "with -o FILE"
        )
    import tempfile

    return tempfile.TemporaryFile(prefix="lossctl-")


class Shown(NamedTuple):
    """How the results of a command are to be printed, and where.

    `items` holds values per item, which standard output then has in place of the results;
    `find_worst` adds the worst rows to results, for a page of what failed.
    """

    title: str
    form: str
    digits: int | None
    output: Path | None
    value_only: bool
    reports: "Sequence[Report]" = ()
    items: IO[bytes] | None = None
    find_worst: "Callable[[Sequence[Result]], Sequence[Result]] | None" = None

    @property
    def separate_notes(self) -> bool:
        """Whether notes go to standard error: JSON carries its own."""
        return self.value_only or self.form not in {"json", "jsonl"}

    @property
    def gates_need_notes(self) -> bool:
        """Whether standard output does not say what gates come to, so that notes must."""
        elsewhere = self.value_only or self.output is not None or self.items is not None
        return self.separate_notes and elsewhere


def _print(results: "Sequence[Result]", gates: "Sequence[Sequence[Gate]]", shown: Shown) -> None:
    """Print the results or write them to a file; then the notes."""
    from lossctl.cli.output import deliver, display_of, note, say_bytes
    from lossctl.report.formats import TABLES
    from lossctl.report.results import as_values, readings, render, value_in_words

    if shown.value_only:
        text = as_values(results)
    else:
        text = render(results, shown.form, display_of(shown.output, shown.digits, gates))
    if shown.items is None or shown.output is not None:
        deliver(text, shown.output)
    if shown.items is not None:
        say_bytes(shown.items)
        for label, result in zip(labels(results), results, strict=True):
            note(f"{label}: {value_in_words(result, shown.digits)}")
    if shown.form in TABLES and not shown.value_only:
        for line in readings(results):
            note(line)
    for line in _notes(results) if shown.separate_notes else ():
        note(line)


def _notes(results: "Sequence[Result]") -> list[str]:
    """Return the notes with the loss they are of; what all results say stands once."""
    shared = [line for line in results[0].notes if all(line in each.notes for each in results)]
    if len(results) == 1:
        shared = []
    others = [
        f"{label}: {line}"
        for label, result in zip(labels(results), results, strict=True)
        for line in result.notes
        if line not in shared
    ]
    return [*dict.fromkeys(shared), *dict.fromkeys(others)]
