"""`lossctl merge`: the result of all data from the totals of its shards."""

from pathlib import Path
from typing import Annotated

import typer

from lossctl.cli import shell_options as cli
from lossctl.cli.help import INPUTS, OUTPUT
from lossctl.core.spelling import listed

TITLE = "lossctl merge"
EXAMPLES = """\b
  lossctl compute p.npy t.npy -l mse --shard 1/2 --save-totals s1.json
  lossctl compute p.npy t.npy -l mse --shard 2/2 --save-totals s2.json
  lossctl merge s1.json s2.json
  lossctl merge s*.json -f json -o result.json
"""

Totals = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILES",
        help="The files of all shards, in any order.",
        rich_help_panel=INPUTS,
        show_default=False,
    ),
]
SecondRound = Annotated[
    Path | None,
    cli.option(
        OUTPUT,
        "Print nothing and write what each shard reads in a second round (compute --second-round), "
        "which intervals of functions of sums take.",
        "--second-round",
        metavar="FILE",
    ),
]


def merge(
    *,
    files: Totals = None,
    plugin: cli.Plugin = None,
    form: cli.Format = None,
    digits: cli.Digits = None,
    value_only: cli.ValueOnly = False,
    output: cli.Output = None,
    second_round: SecondRound = None,
    fail_over: cli.FailOver = None,
    fail_under: cli.FailUnder = None,
    baseline: cli.Baseline = None,
    tolerance: cli.Tolerance = None,
    undecided: cli.Undecided = None,
    report: cli.Reports = None,
) -> None:
    """Print the result of all data from the totals of its shards, as compute would."""
    from lossctl.cli.compute import Shown, finish, read_gates
    from lossctl.cli.output import (
        choose_format,
        files_of,
        note,
        read_digits,
        read_reports,
        reported,
    )
    from lossctl.gates.limits import known_of
    from lossctl.io.output_places import require_free
    from lossctl.io.write import real_path
    from lossctl.shard_files import merge_totals, save_second_round

    cli.load_plugins(plugin)
    reports = read_reports(report)
    with reported(reports, TITLE):
        form = choose_format(form, output)
        shown_digits = read_digits(digits, form, value_only=value_only)
        shown = Shown(TITLE, form, shown_digits, output, value_only, reports)
        paths = [Path(file) for file in files or []]
        written = {
            "output": [output] if output else [],
            "report": files_of(reports),
            "second_round": [second_round] if second_round else [],
        }
        require_free(written, {real_path(path): "totals of a shard" for path in paths})
        if second_round is not None:
            need = save_second_round(paths, second_round)
            note(
                f"{second_round}: a second round, for the intervals of {listed(need)}"
                if need
                else f"{second_round}: no interval takes a second round"
            )
            return
        results = merge_totals(paths)
        limits = {"fail_over": fail_over, "fail_under": fail_under}
        known = known_of(results)
        gates = read_gates([], limits, baseline, tolerance, undecided, known=known)
        code = finish(results, gates, shown)
    raise typer.Exit(code)
