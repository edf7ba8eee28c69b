"""The options every loss shares, checked once."""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from lossctl.core.domain import NONNEGATIVE, Choice, Domain
from lossctl.core.errors import UsageError
from lossctl.core.lazy import lazy
from lossctl.core.loss import Loss
from lossctl.core.spelling import did_you_mean

REDUCTIONS = ("mean", "sum", "none")
INPUT_KINDS = ("auto", "logits", "probabilities", "log_probabilities", "labels")
TASKS = ("auto", "binary", "multilabel", "multiclass")
NAN_POLICIES = ("raise", "omit", "propagate")
PRECISIONS = ("auto", "double")
POOLINGS = ("batch", "sample")
AVERAGES = ("micro", "macro", "weighted")
CHOICES = {  # by the name of the option
    "reduction": Choice(REDUCTIONS),
    "input": Choice(INPUT_KINDS),
    "task": Choice(TASKS),
    "nan": Choice(NAN_POLICIES),
    "precision": Choice(PRECISIONS),
    "pooling": Choice(POOLINGS),
}
AVERAGE = Choice(AVERAGES)


@dataclass(frozen=True)
class Options:
    """How inputs are read and item losses combined.

    Attributes
    ----------
    reduction
        mean (weighted), sum, or none (one value an item).
    input
        What the predictions are; ``auto`` decides from the loss and the data, and says so.
    task
        Reading of labels, where a loss has several: binary, multilabel or multiclass.
    class_axis
        The axis of the predictions that holds classes (or labels); found from shapes when None.
    class_weights
        One weight a class; (negative, positive) for binary labels; or measured from the targets:
        ``balanced`` (n / (C·n_c)) or ``effective:β`` ((1−β) / (1−β^n_c)).
    ignore_index
        Target label of items to leave out; None to leave out nothing.
    nan
        raise an error, omit the items that hold a NaN, or propagate it into the value.
    precision
        auto keeps float32 items in float32; double computes everything in float64.
    pooling
        batch: one overlap over everything; sample: one for each entry of the first axis, averaged.
    average
        Overlap losses over classes: micro adds up all classes before the loss is taken, macro
        averages the losses of the classes, weighted by their share of the targets; a class index
        takes that class alone.
    background
        Whether class 0 counts in an average over classes.
    class_names
        Names of the classes, for the result.
    batch_size
        Items of one group, for losses whose items are each other's context; all of them when None.
    axes
        The axes of inputs by name, in words (``{"predictions": "time item class"}``), where their
        shapes leave a choice.
    context
        Whether to measure what a mean is to be compared with.
    threads
        Worker threads; as many as there are cores when None. Never changes the value.
    """

    reduction: str = "mean"
    input: str = "auto"
    task: str = "auto"
    class_axis: int | None = None
    class_weights: Sequence[float] | str | None = None
    ignore_index: int | None = -100
    nan: str = "raise"
    precision: str = "auto"
    pooling: str = "batch"
    average: str | int = "micro"
    background: bool = True
    class_names: Sequence[str] | None = None
    batch_size: int | None = None
    axes: Mapping[str, str] | None = None
    context: bool = False
    threads: int | None = None

    def __post_init__(self) -> None:
        for name, domain in CHOICES.items():
            _accept(name, domain, getattr(self, name))
        if self.threads is not None and (not _is_int(self.threads) or self.threads < 1):
            raise UsageError(f"threads must be a whole number of at least 1, got {self.threads!r}")
        if self.batch_size is not None and (not _is_int(self.batch_size) or self.batch_size < 1):
            raise UsageError(
                f"batch_size must be a whole number of at least 1, got {self.batch_size!r}"
            )
        if not _is_int(self.average):
            _accept("average", AVERAGE, self.average)
        for name in ("class_axis", "ignore_index"):
            entry = getattr(self, name)
            if entry is not None and not _is_int(entry):
                raise UsageError(f"{name} must be a whole number, got {entry!r}")
        if self.class_weights is not None and not isinstance(self.class_weights, str):
            object.__setattr__(self, "class_weights", _weights(self.class_weights))

    @lazy
    def changed(self) -> tuple[str, ...]:
        """The names of the options that are not at their defaults."""
        return tuple(name for name, entry in DEFAULTS if getattr(self, name) != entry)


LABEL_OPTIONS = ("input", "task", "class_axis", "class_weights")  # of losses on labels
POOLED_OPTIONS = (
    "pooling",
    "average",
    "background",
    "class_names",
)  # of losses that are functions of sums


IGNORABLE = ("label", "sign", "class")  # kinds of inputs of records that may hold a label to ignore
MEANT_FOR = {  # options that mean nothing to some losses, and the losses they are for
    **dict.fromkeys(LABEL_OPTIONS, "losses on labels"),
    **dict.fromkeys(POOLED_OPTIONS, "losses of sums over masks"),
    "ignore_index": "losses with labels",
    "batch_size": "losses of groups",
    "axes": "losses whose inputs have axes in words",
}


def takes(loss: Loss, option: str) -> bool:
    """Whether an option means something to a loss."""
    alone = not (loss.pooled or loss.grouped)
    meant = {
        "pooling": loss.pooled or loss.grouped == "set",
        "average": loss.pooled and not loss.joint_classes,
        "background": loss.pooled,
        "class_names": loss.pooled,
        "class_weights": loss.has_classes and alone,
        "task": loss.has_classes,
        "class_axis": loss.has_classes,
        "input": loss.has_classes or (loss.is_record and len(loss.forms) > 1),
        "batch_size": loss.grouped in {"batch", "lists"},
        "axes": loss.is_record,
        "ignore_index": any(e.kind in IGNORABLE for e in loss.inputs),
    }
    return meant.get(option, True)


def options_for(loss: Loss, options: Options) -> Options:
    """Return the options with those that mean nothing to the loss at their defaults."""
    foreign = [name for name in options.changed if name in MEANT_FOR and not takes(loss, name)]
    return replace(options, **{n: getattr(Options, n) for n in foreign}) if foreign else options


def require_use(losses: Sequence[Loss], options: Options) -> None:
    """Refuse an option that none of the losses takes.

    Raises
    ------
    UsageError
        Naming the option and the losses.
    """
    for name in options.changed:
        if name in MEANT_FOR and not any(takes(loss, name) for loss in losses):
            names = ", ".join(loss.id for loss in losses)
            raise UsageError(f"{name}: {names} takes none; it is for {MEANT_FOR[name]}")


DEFAULTS = [(entry.name, entry.default) for entry in fields(Options)]
OPTION_NAMES = tuple(name for name, _ in DEFAULTS)


def _accept(name: str, domain: Domain, value: Any) -> None:
    try:
        domain.accept(value)
    except ValueError as error:
        hint = did_you_mean(str(value), domain.inside())
        raise UsageError(f"{name} {error}{hint}") from None


def _is_int(value: Any) -> bool:
    """Whether a value is a whole number, Python's or NumPy's."""
    try:
        operator.index(value)
    except TypeError:
        return False
    return not isinstance(value, bool)


def _weights(given: Any) -> tuple[float, ...]:
    entries = given.tolist() if hasattr(given, "tolist") else given
    if not isinstance(entries, list | tuple) or not entries:
        raise UsageError(f"class_weights must be a list of numbers, one a class, got {given!r}")
    try:
        weights = tuple(NONNEGATIVE.accept(entry) for entry in entries)
    except ValueError as error:
        raise UsageError(f"class_weights: each {error}") from None
    if not any(weights):
        raise UsageError("class_weights are all 0: nothing would count")
    return weights
