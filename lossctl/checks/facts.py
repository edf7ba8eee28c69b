"""What rules are asked about: statistics of the data, a sample, the loss and its value."""

from collections.abc import Callable, Mapping
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

from lossctl.checks.block_statistics import InputStatistics, PairStatistics, RowStatistics
from lossctl.checks.repair import Repair
from lossctl.checks.row_hashes import RowHashes
from lossctl.checks.sample import Sample
from lossctl.core.lazy import record
from lossctl.core.loss import Array, FormAxes, Loss
from lossctl.core.options import Options
from lossctl.core.spelling import item_at
from lossctl.engine.sources import Source

if TYPE_CHECKING:  # arrays have no ids
    from lossctl.io.id_differences import IdDifference

Form: TypeAlias = Literal["rows", "items", "values", "other"]

NEEDS: Mapping[str, str] = {
    "pairs": "predictions and targets of which each belongs to one of the other",
    "labels": "targets that are labels",
    "classes": "targets that are classes",
    "rows": "a score of each of several exclusive classes",
    "items": "labels 0 and 1, with one score each",
    "values": "targets that are numbers",
    "sample": "rows to compare with each other",
    "whole rows": "rows that are small enough to be looked at whole",
    "loss": "a loss",
    "value": "the value of a loss",
    "ids": "two tables with a column of ids",
    "hashes": "rows that lie along one axis",
    "series": "values over time",
}


def row_of(sources: Mapping[str, Source], row: int, name: str = "") -> str:
    """Name a row of the first input, or of one by its name, as other messages name it.

    Rows may be finer than the first axis of an array.
    """
    source = sources.get(name) or next(iter(sources.values()), None)
    if source is None or row >= (*source.shape, 1)[0]:
        return item_at((row,))
    return source.where((row,))


class Value(NamedTuple):
    """The value of the loss.

    Attributes
    ----------
    value
        As ``compute`` gives it.
    error
        Its standard error; NaN where there is none.
    read_as
        The kind of the predictions that was evaluated: probabilities, logits, …
    context
        What it is compared with: ``chance``, ``constant``, ``target_variance``, … as in results.
    items
        Items that count.
    """

    value: float
    error: float
    read_as: str
    context: Mapping[str, float]
    items: int


@record(eq=False)
class Facts:
    """What is known of predictions, targets and a loss.

    Attributes
    ----------
    form
        ``rows`` (scores of exclusive classes), ``items`` (labels with one score each; with an axis
        of labels too), ``values`` (numbers), or ``other``: only `inputs` and the value are known.
    task
        binary, multilabel, multiclass, segmentation, regression, or another task of a loss.
    encoding
        How targets are encoded: index, one_hot, labels, signs, values, …
    looks
        What the predictions look like: probabilities, logits, log_probabilities, labels, values;
        of several numbers for each target bounds, quantiles, falling quantiles or members (of an
        ensemble).
    axes
        The reading of the axes, as forms of losses declare it.
    inputs
        Statistics of every input by its name.
    labels
        Counts by label, without those that are ignored; empty where targets are no labels.
    ignored, weightless
        Items with the label to ignore, and items of weight 0.
    items
        Items there are.
    classes
        Classes with scores; 2 for `items`, 0 for others.
    item_shape
        The shape of the items.
    class_axis
        The axis of the predictions that holds classes or labels, None without one.
    rows, target_rows, pairs, sample, hashes, ids
        Further statistics, None where they do not apply; `target_rows` of soft or one-hot targets.
    foreground
        Targets that are not 0 by mask, (N,), of a loss pooled over masks.
    impossible, first_impossible
        Rows in which what is true has probability exactly 0, and the first, -1 for none.
    loss, params, given
        The loss, its parameters, and the names of those that were given.
    options
        As for ``compute``.
    value
        The value of the loss, None where it has none; then `refusal` says why.
    swapped
        Whether predictions and targets fit each other only the other way round; then statistics
        are of the inputs as they fit.
    repair
        Writes commands.
    series
        Values over time by name, each with its labels.
    where
        Names a row, by its number from 0, as messages do: ``data row 4`` of a table. Of the first
        input, or that whose name stands behind.
    """

    form: Form = "other"
    task: str = ""
    encoding: str = "values"
    looks: str = "values"
    axes: FormAxes = "any"
    inputs: Mapping[str, InputStatistics] = field(default_factory=dict)
    labels: Mapping[float, int] = field(default_factory=dict)
    ignored: int = 0
    weightless: int = 0
    items: int = 0
    classes: int = 0
    item_shape: tuple[int, ...] = ()
    class_axis: int | None = None
    rows: RowStatistics | None = None
    target_rows: RowStatistics | None = None
    foreground: Array | None = None
    impossible: int = 0
    first_impossible: int = -1
    pairs: PairStatistics | None = None
    sample: Sample | None = None
    hashes: RowHashes | None = None
    ids: "IdDifference | None" = None
    loss: Loss | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    options: Options = field(default_factory=Options)
    value: Value | None = None
    refusal: str = ""
    swapped: bool = False
    repair: Repair = field(default_factory=Repair)
    series: Mapping[str, Array] = field(default_factory=dict)
    where: Callable[..., str] = field(default_factory=lambda: partial(row_of, {}))

    @property
    def predictions(self) -> InputStatistics:
        """Statistics of the predictions."""
        return self.inputs["predictions"]

    @property
    def targets(self) -> InputStatistics:
        """Statistics of the targets."""
        return self.inputs["targets"]

    @property
    def read_as(self) -> str:
        """How the loss reads the predictions: as evaluated, as asked, or as it alone can."""
        if self.value is not None:
            return self.value.read_as
        if self.options.input != "auto":
            return self.options.input
        kinds = () if self.loss is None or self.form == "other" else self.loss.kinds_in(self.axes)
        return kinds[0] if len(kinds) == 1 else ""

    def reads(self, kind: str) -> bool:
        """Whether the loss has functions for a kind of predictions here."""
        return self.loss is not None and kind in self.loss.kinds_in(self.axes)

    def has(self, need: str) -> bool:
        """Whether what a rule needs is known."""
        known = {
            "pairs": self.form != "other",
            "labels": self.form in {"rows", "items"},
            "classes": self.form in {"rows", "items"} or bool(self.labels),
            "whole rows": self.sample is not None and self.sample.has_whole_rows,
            "loss": self.loss is not None,
            "series": bool(self.series),
        }
        if need in known:
            return known[need]
        if need in {"rows", "items", "values"}:
            return self.form == need
        return getattr(self, need) is not None


def class_counts(facts: Facts) -> Array:
    """Return how often each class, from 0 on, is a target; (C,), zeros where targets are others."""
    counts = np.zeros(max(facts.classes, 1), dtype=np.int64)
    for label, count in facts.labels.items():
        if 0 <= label < len(counts) and label == int(label):
            counts[int(label)] = count
    return counts
