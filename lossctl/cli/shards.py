"""What the shell says of a shard: which one it is, and where its totals are written."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from lossctl.core.errors import UsageError
from lossctl.core.spelling import plural

if TYPE_CHECKING:  # `--help` of commands that read this must not wait for NumPy
    from collections.abc import Sequence

    from lossctl.core.options import Options
    from lossctl.data_places import Data
    from lossctl.engine.shards import Shard
    from lossctl.loss_specs import Spec

WRITTEN = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")
MOST = 100_000  # shards
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


class Part(NamedTuple):
    """Which shard is evaluated, the file for its totals, and what a second round reads."""

    shard: "Shard"
    path: Path
    second_round: Path | None = None


def require_no_result(context: typer.Context) -> None:
    """Refuse options of a result, which a shard has none of."""
    if flag := _given(context, (*OF_RESULTS, "cluster")):
        raise UsageError(
            f"{flag}: a shard has no result of its own; say it to lossctl merge, or evaluate the "
            "data as a whole"
        )


def _given(context: typer.Context, names: "Sequence[str]") -> str:
    """Return how the first of these options that was given is spelled; nothing where none was."""
    flags = {entry.name: entry.opts[0] for entry in context.command.params}
    given = [name for name in names if context.params.get(name) not in (None, False, [], ())]
    return flags[given[0]] if given else ""


def read_shard(text: str | None, path: Path | None, second_round: Path | None) -> Part:
    """Read K/N and where its totals are written; all of the data where no shard is named."""
    from lossctl.engine.shards import Shard

    if path is None:
        flag = "--second-round" if text is None else "--shard"
        raise UsageError(f"{flag}: say where its totals are written with --save-totals FILE")
    found = WRITTEN.fullmatch(text or "1/1")
    number, count = map(int, found.groups()) if found else (0, 0)
    if not 1 <= number <= count <= MOST:
        raise UsageError(
            f"--shard {text!r}: expected K/N, such as 3/16, with K from 1 to N and N up to {MOST}"
        )
    return Part(Shard(number, count), path, second_round)


def save_shard(specs: "Sequence[Spec]", data: "Data", options: "Options", part: Part) -> None:
    """Evaluate a shard, write its totals, and say on standard error what it was."""
    from lossctl.cli.output import note
    from lossctl.engine.estimates import takes_two_passes
    from lossctl.shard_files import save_totals

    again = part.second_round
    for totals in save_totals(specs, data, options, part.shard, part.path, second_round=again):
        count, plan = len(totals.totals), totals.plan
        note(f"{plan.loss.id}: shard {part.shard}, {count} of {plural(totals.blocks, 'block')}")
        if again is None and plan.options.interval and takes_two_passes(plan):
            note(f"{plan.loss.id}: its interval takes a second round; see --second-round of merge")
