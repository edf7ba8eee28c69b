"""`lossctl merge`: the result of all data from the totals of its shards."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from lossctl.cli import shell_options as cli
from lossctl.cli.help import INPUTS
from lossctl.core.errors import UsageError
from lossctl.core.spelling import plural

if TYPE_CHECKING:  # `--help` reads this module: it must not wait for NumPy
    from collections.abc import Sequence

    from lossctl.core.options import Options
    from lossctl.data_places import Data
    from lossctl.engine.shards import Shard
    from lossctl.loss_specs import Spec

TITLE = "lossctl merge"
EXAMPLES = """\b
  lossctl compute p.npy t.npy -l mse --shard 1/2 --save-totals s1.json
  lossctl compute p.npy t.npy -l mse --shard 2/2 --save-totals s2.json
  lossctl merge s1.json s2.json
  lossctl merge s*.json -f json -o result.json
"""
# options of compute that are of its result, which a shard has none of
OF_RESULTS = (
    "form",
    "digits",
    "value_only",
    "output",
    "per_item",
    "per_item_format",
    "gradient",
    "gradient_summary",
    "fail_over",
    "fail_under",
    "baseline",
    "tolerance",
    "undecided",
    "report",
)

Totals = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FILES",
        help="The files of all shards, in any order.",
        rich_help_panel=INPUTS,
        show_default=False,
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
    fail_over: cli.FailOver = None,
    fail_under: cli.FailUnder = None,
    baseline: cli.Baseline = None,
    tolerance: cli.Tolerance = None,
    undecided: cli.Undecided = None,
    report: cli.Reports = None,
) -> None:
    """Print the result of all data from the totals of its shards, as compute would."""
    from lossctl.cli.compute import Shown, finish, read_gates
    from lossctl.cli.output import choose_format, files_of, read_digits, read_reports, reported
    from lossctl.io.output_places import require_free
    from lossctl.io.write import real_path
    from lossctl.shard_files import merge_totals

    cli.load_plugins(plugin)
    reports = read_reports(report)
    with reported(reports, TITLE):
        limits = {"fail_over": fail_over, "fail_under": fail_under}
        gates = read_gates([], limits, baseline, tolerance, undecided)
        form = choose_format(form, output)
        shown_digits = read_digits(digits, form, value_only=value_only)
        shown = Shown(TITLE, form, shown_digits, output, value_only, reports)
        written = {"output": [output] if output else [], "report": files_of(reports)}
        require_free(written, {real_path(path): "totals of a shard" for path in files or []})
        code = finish(merge_totals(files or []), gates, shown)
    raise typer.Exit(code)


class Part(NamedTuple):
    """Which shard is evaluated, and the file for its totals."""

    shard: "Shard"
    path: Path


def require_no_result(context: typer.Context) -> None:
    """Refuse options of a result, which a shard has none of."""
    flags = {entry.name: entry.opts[0] for entry in context.command.params}
    for name in OF_RESULTS:
        if context.params.get(name) not in (None, False, [], ()):
            raise UsageError(
                f"{flags[name]}: a shard has no result of its own; say it to lossctl merge, or "
                "evaluate the data as a whole"
            )


def read_shard(text: str | None, path: Path | None) -> Part:
    """Read K/N and where its totals are written; all of the data where no shard is named."""
    from lossctl.engine.shards import Shard

    if path is None:
        raise UsageError("--shard: say where its totals are written with --save-totals FILE")
    number, slash, count = (text or "1/1").partition("/")
    if not (slash and number.isascii() and count.isascii()):
        raise UsageError(_expected(text))
    if not (number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count) <= MOST):
        raise UsageError(_expected(text))
    return Part(Shard(int(number), int(count)), path)


MOST = 100_000  # shards


def _expected(text: str | None) -> str:
    return f"--shard {text!r}: expected K/N, such as 3/16, with K from 1 to N and N up to {MOST}"


def save_shard(specs: "Sequence[Spec]", data: "Data", options: "Options", part: Part) -> None:
    """Evaluate a shard, write its totals, and say on standard error what it was."""
    from lossctl.cli.output import note
    from lossctl.shard_files import save_totals

    for totals in save_totals(specs, data, options, part.shard, part.path):
        count, loss = len(totals.totals), totals.plan.loss.id
        note(f"{loss}: shard {part.shard}, {count} of {plural(totals.blocks, 'block')}")
