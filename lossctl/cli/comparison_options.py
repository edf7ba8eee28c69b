"""The options that say which models are compared and how, and the comparison they ask for."""

import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lossctl.cli import shell_options as cli
from lossctl.cli.compute import read_measures
from lossctl.cli.data_options import read_pairs, read_places, read_slices, taken
from lossctl.cli.help import COMPARISON, INPUTS
from lossctl.core.spec import parse_whole

if TYPE_CHECKING:  # `--help` reads this module: it must not wait for NumPy
    from pathlib import Path

    from lossctl.comparison_result import Comparisons
    from lossctl.loss_specs import Spec

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
OPTIONS: Mapping[str, tuple[Any, Any]] = {
    "models": (Models, None),
    "targets": (Targets, None),
    "loss": (cli.Losses, None),
    "metric": (cli.Metrics, None),
    "threshold": (cli.Threshold, None),
    "names": (Names, None),
    "method": (Method, "auto"),
    "margin": (Margin, "0"),
    "cluster_by": (ClusterBy, None),
    "serial": (Serial, False),
    "unpaired": (Unpaired, False),
    "items": (Items, False),
    "higher_is_better": (Higher, False),
    "seed": (Seed, "0"),
    "replicates": (Replicates, None),
}


def comparison_parameters() -> list[inspect.Parameter]:
    """Return the parameters of a command that compares models, for ``with_data_options``."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter(name, keyword, default=default, annotation=annotation)
        for name, (annotation, default) in OPTIONS.items()
    ]


class Comparison:
    """The models and measures that the shell asks to compare; reading it reads no data."""

    def __init__(self, context: typer.Context, texts: dict[str, Any]) -> None:
        """Take the options out of the texts of the shell and read the measures."""
        self._given = taken(texts, OPTIONS)
        self._slices = read_slices(texts)
        self._places = read_places(texts)
        self._texts = texts
        loss, metric, threshold = (self._given[n] for n in ("loss", "metric", "threshold"))
        self.specs: list[Spec] = []
        if not self._given["items"]:
            self.specs = read_measures(loss, metric, threshold, texts, context)

    @property
    def measures(self) -> "list[Spec]":
        """The losses and metrics, or what takes scores as they are."""
        from lossctl.comparing import spec_of_scores

        higher = self._given["higher_is_better"]
        return self.specs or [spec_of_scores(higher_is_better=higher)]

    def compare(
        self,
        written: "Mapping[str, Sequence[Path]]",
        cluster: str | None = None,
        *,
        insecure: bool = False,
    ) -> "Comparisons":
        """Compare, here or on a cluster; no file that is going to be written may be an input."""
        from lossctl.comparing import compare
        from lossctl.core.options import Options
        from lossctl.elsewhere import elsewhere

        given, places = dict(self._given), dict(self._places)
        inputs: dict[str, Any] = read_pairs("--in", places.pop("inputs_by_name"), "NAME=PLACE")
        places["column"] = read_pairs("--column", places["column"], "NAME=PLACE")
        for name in ("metric", "threshold"):
            del given[name]
        given["loss"] = self.specs or self._given["loss"] or self._given["metric"] or []
        names, replicates = given["names"], given["replicates"]
        given |= {
            "targets": _one_or_several(given["targets"]),
            "names": None if names is None else names.split(","),
            "seed": parse_whole("--seed", given["seed"]),
            "replicates": None if replicates is None else parse_whole("--replicates", replicates),
        }
        answer: Comparisons = elsewhere(compare, cluster, insecure=insecure)(
            *(given.pop("models") or []),
            options=Options(**cli.read_shared(self._texts)),
            written=written,
            **given,
            **places,
            **self._slices,
            **inputs,
        )
        return answer


def _one_or_several(files: Sequence[str] | None) -> Any:
    if not files:
        return None
    return files[0] if len(files) == 1 else list(files)
