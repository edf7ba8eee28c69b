"""Fit a recommended loss to what was measured: its options, and what its inputs must become.

Where the labels or the shape of an input are not what the loss reads, a preparation says what to
save instead; what it cannot read at all is named.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lossctl.core.domain import Interval
from lossctl.core.loss import Array, Input, Loss
from lossctl.core.options import OPTIONS
from lossctl.core.spec import spec
from lossctl.core.spelling import option
from lossctl.losses.catalogue import CATALOGUE, get
from lossctl.recommender.data_summary import IGNORED, PLAIN, Measurements
from lossctl.recommender.decision_tree import Leaf, Tree
from lossctl.recommender.question import Keyword

SIGNS = [-1.0, 1.0]


@dataclass(frozen=True)
class Preparation:
    """An input that must become another array before the loss reads it.

    Attributes
    ----------
    input
        Its name.
    because
        Why, in words.
    shape
        The shape it must have, or None.
    labels
        Two labels that must become 0 and 1, or None.
    from_one
        Whether its labels count from 1 and must count from 0.
    codes
        The labels of classes that are numbered otherwise, in order, or none.
    ignored
        The label that stays as it is, or None.
    axis
        The axis of the scores of two classes that must become one score, or None.
    logits
        Whether these scores are logits.
    voids
        Further labels without a class, which must become the ignored one.
    """

    input: str
    because: str
    shape: tuple[int, ...] | None = None
    labels: tuple[float, float] | None = None
    from_one: bool = False
    codes: tuple[float, ...] = ()
    ignored: float | None = None
    axis: int | None = None
    logits: bool = False
    voids: tuple[float, ...] = ()

    @property
    def file(self) -> str:
        """The file to save it as."""
        if self.axis is not None:
            return f"{self.input}_as_one_score.npy"
        if self.labels:
            return f"{self.input}_as_0_and_1.npy"
        if self.from_one or self.codes:
            return f"{self.input}_from_0.npy"
        if self.voids:
            return f"{self.input}_of_one_mark.npy"
        return f"{self.input}_of_shape_{'x'.join(map(str, self.shape or ()))}.npy"

    @property
    def expression(self) -> str:
        """What to save, as Python writes it."""
        text = self.input
        if self.shape:
            text = f"{text}.reshape({', '.join(map(str, self.shape))})"
        if self.axis is not None:
            places = (":, " * self.axis if self.axis < 3 else "..., ") + "{}"
            first, second = (f"{text}[{places.format(at)}]" for at in (0, 1))
            return f"{second} - {first}" if self.logits else second
        changed = text
        if self.labels:
            changed = f"{text} == {self.labels[1]:g}"
        elif self.codes:
            changed = f"np.searchsorted([{', '.join(f'{code:g}' for code in self.codes)}], {text})"
        elif self.from_one:
            changed = f"{text} - 1"
        if (changed == text and not self.voids) or self.ignored is None:
            return changed
        marked = f"{text} == {self.ignored:g}"
        if self.voids:
            marks = ", ".join(f"{mark:g}" for mark in (self.ignored, *self.voids))
            marked = f"np.isin({text}, [{marks}])"
        return f"np.where({marked}, {self.ignored:g}, {changed})"

    def apply(self, array: Array) -> Array:
        """Return the array as the loss reads it; NaN and what is ignored stay."""
        read = array if self.shape is None else array.reshape(self.shape)
        if self.axis is not None:
            second = np.take(read, 1, self.axis)
            return second - np.take(read, 0, self.axis) if self.logits else second
        if self.voids:
            read = np.where(np.isin(read, self.voids), np.asarray(self.ignored), read)
        if self.labels:
            low, high = self.labels
            read = np.where(read == high, 1, np.where(read == low, 0, read))
        elif self.codes:
            left_out = (read == self.ignored) | ~np.isfinite(read)
            read = np.where(left_out, read, np.searchsorted(self.codes, read))
        elif self.from_one:
            read = np.where(read == self.ignored, read, read - 1)
        return read.astype(array.dtype)

    def to_dict(self) -> dict[str, str]:
        """Return it as data."""
        return {"input": self.input, "file": self.file, "what": self.expression}


def preparations(loss: str, measured: Measurements) -> list[Preparation]:
    """Return what must become of the inputs that were measured before a loss reads them."""
    needed = []
    for entry in get(loss).inputs if loss in CATALOGUE else ():
        shape = measured.shapes.get(entry.name)
        because, more = f"{entry.name} must be of shape {shape}", _change(loss, entry, measured)
        if shape or more:
            needed.append(Preparation(entry.name, **{"because": because, **more}, shape=shape))
    return needed


def _change(loss: str, entry: Input, measured: Measurements) -> dict[str, Any]:
    """Return how the numbers of an input must change, as fields of a preparation."""
    if entry.name == "targets":
        return _change_of_labels(loss, entry, measured.facts)
    if entry.name != "predictions" or measured.facts.get("classes_scored") != 2:
        return {}
    if "item class" in get(loss).form_axes:
        return {}
    why = f"{loss} reads one score per item for two classes"
    logits = measured.facts.get("predictions") == "logits"
    return {"because": why, "axis": measured.class_axis, "logits": logits}


def _change_of_labels(loss: str, entry: Input, facts: Mapping[str, Any]) -> dict[str, Any]:
    kept = {
        "ignored": facts.get("ignored_label", IGNORED) if "ignored" in facts else None,
        "voids": tuple(facts.get("further_ignored", ())),
    }
    if "labels" in facts and not (entry.kind == "sign" and facts["labels"] == SIGNS):
        low, high = facts["labels"]
        why = f"labels are {low:g} and {high:g}, {loss} reads 0 and 1"
        return {"because": why, "labels": (low, high), **kept}
    if "codes" in facts:
        why = f"labels are codes, {loss} reads classes from 0"
        return {"because": why, "codes": tuple(facts["codes"]), **kept}
    if "first_label" in facts:
        why = f"labels start at 1, {loss} reads them from 0"
        return {"because": why, "from_one": True, **kept}
    if not kept["voids"]:
        return {}
    marks = ", ".join(f"{mark:g}" for mark in facts["further_ignored"])
    why = f"targets {marks} have no class either, but only one label can be ignored"
    return {"because": why, **kept}


def unreadable(loss: str, measured: Measurements) -> dict[str, str]:
    """Return the inputs that were measured and that a loss cannot read, and why."""
    reasons = dict(measured.unreadable_inputs)
    if loss not in CATALOGUE:
        return reasons
    declared, facts = get(loss), measured.facts
    if facts.get("predictions") == "labels" and declared.kinds and "labels" not in declared.kinds:
        reasons["predictions"] = f"the predictions look like labels: {loss} reads scores"
    several = facts.get("classes_scored", 0) > (1 if "class_axis" in facts else 2)
    if several and "item class" not in declared.form_axes:
        reasons |= dict.fromkeys(
            ("predictions", "targets"),
            f"{loss} reads one mask: save the mask of each class separately",
        )
    if _reads_more_scores(loss, measured):
        reasons["predictions"] = f"{loss} reads one score per class: save both"
    of_rows = any(entry.axes == "item label" for entry in declared.inputs)
    if of_rows and "ignored" in facts:
        reasons["targets"] = f"{loss} reads complete rows of labels: give ignored labels a value"
    if declared.grouped == "grid" and "ignored" in facts:
        reasons["targets"] = f"{loss} reads complete masks: give ignored pixels a label"
    return reasons | _outside_domains(declared, measured)


def _outside_domains(loss: Loss, measured: Measurements) -> dict[str, str]:
    """Return the inputs with values that a loss does not read, and such a value."""
    reasons = {}
    low, _ = measured.ranges.get("predictions", (math.nan, math.nan))
    if loss.id == "poisson_nll" and measured.facts.get("predictions") == PLAIN and low < 0:
        reasons["predictions"] = (
            "poisson_nll reads rates, or their logarithms, but the predictions are values such as "
            f"{low:.4g}: train with a log link, or save rates above 0"
        )
    for entry in loss.inputs if not loss.has_classes else ():
        low, high = measured.ranges.get(entry.name, (math.nan, math.nan))
        if isinstance(entry.domain, Interval):
            extent = (value for value in (low, high) if math.isfinite(value))
            outside = [value for value in extent if value not in entry.domain]
            if outside:
                reasons[entry.name] = (
                    f"{loss.id} reads {entry.name} in {entry.domain.describe()}, but there are "
                    f"values such as {outside[0]:.4g}"
                )
    return reasons


def readable_leaf(tree: Tree, leaf: Leaf, measured: Measurements) -> tuple[Leaf, list[str]]:
    """Return the leaf of a loss that reads what was measured, and why others do not read targets.

    What a loss reads of the targets is its nature; that a model gives one score is the user's, and
    the alternatives of the other leaf say what two scores would get.
    """
    refusals = []
    while leaf.otherwise:
        refusal = unreadable(leaf.loss, measured).get("targets")
        if not (refusal or _reads_more_scores(leaf.loss, measured)):
            break
        if refusal:
            refusals.append(f"{refusal}: {tree.leaves[leaf.otherwise].loss} reads them")
        leaf = tree.leaves[leaf.otherwise]
    return leaf, refusals


def _reads_more_scores(loss: str, measured: Measurements) -> bool:
    """Whether a loss reads a score of each class, and the predictions hold one for both."""
    one = measured.forced.get("classes") == "binary"
    return one and loss in CATALOGUE and "item" not in get(loss).form_axes


@dataclass(frozen=True)
class LossChoice:
    """A loss with its parameters and the options of `compute` that go with it."""

    loss: str
    params: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def spec(self) -> str:
        """The loss as the command line reads it."""
        return spec(self.loss, self.params)

    def to_dict(self) -> dict[str, Any]:
        """Return it as data."""
        return {
            "loss": self.loss,
            "params": dict(self.params),
            "options": dict(self.options),
            "spec": self.spec,
        }

    def __str__(self) -> str:
        options = (f" {Keyword(name).option} {value}" for name, value in self.options.items())
        return self.spec + "".join(options)


def fit(choice: LossChoice, facts: Mapping[str, Any]) -> LossChoice:
    """Return the loss with the options that the measured predictions and labels need."""
    if choice.loss not in CATALOGUE:
        return choice
    if len(facts.get("class_counts", (1, 1))) < 2:  # weights need items of every class
        choice = _without_weights(choice)
    probabilities = facts.get("predictions") == "probabilities"
    signs = facts.get("labels") == SIGNS
    options = dict(choice.options)
    if signs and choice.loss == "bce_with_logits" and not probabilities:
        choice, options = _loss_of_signs(choice)
    if probabilities and choice.loss == "bce_with_logits" and not choice.params:
        choice = LossChoice("bce")  # which has no place for weights or smoothing
    if probabilities and "probabilities" in get(choice.loss).kinds:
        options["input"] = "probabilities"
    if (
        "ignored_label" in facts
        and OPTIONS["ignore_index"].takes(get(choice.loss))
        and get(choice.loss).grouped != "grid"  # distances need every pixel
    ):
        options["ignore_index"] = facts["ignored_label"]
    declared = get(choice.loss)
    if "positive" in facts and OPTIONS["positive"].takes(declared) and "item" in declared.form_axes:
        options["positive"] = facts["positive"]
    return replace(choice, options=options | _reading_of_classes(declared, facts))


def _without_weights(choice: LossChoice) -> LossChoice:
    params = {name: value for name, value in choice.params.items() if name != "pos_weight"}
    options = {name: value for name, value in choice.options.items() if name != "class_weights"}
    return replace(choice, params=params, options=options)


def _reading_of_classes(loss: Loss, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options by which a loss reads one-hot targets shaped like the predictions."""
    both = {"item", "item class"} <= set(loss.form_axes)
    options = {}
    if both and "task" in facts:
        options["task"] = facts["task"]
    if "item class" in loss.form_axes and "class_axis" in facts:
        options["class_axis"] = facts["class_axis"]
    elif both and "rows_of_classes" in facts and not options:
        options["class_axis"] = facts["rows_of_classes"]
    return options


def _loss_of_signs(choice: LossChoice) -> tuple[LossChoice, dict[str, Any]]:
    """Return bce_with_logits as the same loss of labels -1 and 1, where there is one."""
    options = dict(choice.options)
    if choice.params == {"pos_weight": "balanced"}:
        return LossChoice("soft_margin"), {**options, "class_weights": "balanced"}
    return (choice if choice.params else LossChoice("soft_margin")), options


def of_logits(choice: LossChoice) -> LossChoice:
    """Return the loss of logits that a model is trained by, for one of its probabilities."""
    saved = choice.loss == "bce" and choice.options.get("input") == "probabilities"
    return replace(choice, loss="bce_with_logits") if saved else choice


def remarks(choice: LossChoice, measured: Measurements) -> list[str]:
    """Say what the loss cannot read of the data as they are, and what to do."""
    facts = measured.facts
    lines = [
        f"{change.because}: save {change.expression} as {change.file} ({option('write')} does)"
        for change in preparations(choice.loss, measured)
    ]
    lines += unreadable(choice.loss, measured).values()
    if choice.loss == "soft_margin" and facts.get("labels") == SIGNS:
        lines.append("labels are -1 and 1: soft_margin is bce_with_logits for these labels")
    kinds = get(choice.loss).kinds if choice.loss in CATALOGUE else ()
    if (
        facts.get("predictions") == "probabilities"
        and "logits" in kinds
        and "probabilities" not in kinds
    ):
        lines.append(
            f"the predictions look like probabilities and {choice.loss} reads logits: "
            "save the scores before the sigmoid or softmax"
        )
    return lines
