"""The result of an evaluation: the value and everything needed to verify it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lossctl.core.errors import UsageError
from lossctl.core.lazy import record
from lossctl.core.options import DecidedBy, Status, Targets
from lossctl.core.spelling import number

if TYPE_CHECKING:  # most results have none
    from lossctl.core.gradient_summary import GradientSummary
    from lossctl.core.inner_values import Inner

SCHEMA_VERSION = 1


@record(frozen=True)
class Reading:
    """How the inputs were read.

    Attributes
    ----------
    kind
        What the predictions hold: values, probabilities, logits, log_probabilities or labels.
    decided_by
        ``declared`` (the loss takes nothing else), ``option`` (set by the caller) or ``data``.
    evidence
        The reason in the data, the declaration or the options, in words.
    task
        regression, binary, multilabel, multiclass, segmentation, logic, or another task of a loss.
    targets
        How the targets are encoded: values, labels, signs, index, one_hot (also soft rows),
        label_rows (rows whose labels are evaluated together) or constant (none are given).
    """

    kind: str
    decided_by: DecidedBy
    evidence: str
    task: str
    targets: Targets


@record(frozen=True)
class ClassValue:
    """The loss of one class: its index, name, value, and the sum of its targets."""

    index: int
    name: str | None
    value: float
    mass: float


@record(frozen=True)
class Part:
    """One part of a composed loss: its loss, its value, and what it adds to the total."""

    name: str
    loss: str
    value: float
    weight: float
    weighted: float


class ValueInterval(NamedTuple):
    """A confidence interval of a value.

    Attributes
    ----------
    low, high
        The limits.
    confidence
        How often such intervals hold the value of the population: 0.95.
    method
        ``t`` (of a mean), ``wilson`` (of a share), ``delta`` (of a function of sums), ``delong``
        (of ROC AUC), ``cluster`` or ``bootstrap``.
    units
        How many independent observations it is from.
    unit
        What one is: item, row, sample, sequence, list, image, batch.
    """

    low: float
    high: float
    confidence: float
    method: str
    units: int
    unit: str


class SliceValue(NamedTuple):
    """The value of a loss in one slice of the data.

    Attributes
    ----------
    by, name
        The column, or several, and the category.
    n
        Units that count.
    value
        The loss of the slice alone.
    interval
        Of the value; None where there is none.
    share
        Its share of the sum of losses; None of functions of sums.
    difference
        Its value less that of all others; None where there is none.
    p_value, p_adjusted
        Two-sided, of no difference from the others; after Holm's correction for all slices.
    confidence
        Of the interval.
    alike
        How many units there are, where all are alike, so that their spread says nothing and there
        is no interval; else 0.
    """

    by: str
    name: str
    n: int
    value: float
    interval: tuple[float, float] | None
    share: float | None
    difference: float | None
    p_value: float | None
    p_adjusted: float | None
    confidence: float = 0.95
    alike: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return it as strict JSON data."""
        data = self._asdict()
        low, high = self.interval or (math.nan, math.nan)
        numbers = {
            name: None if data[name] is None else finite_or_none(float(data[name]))
            for name in ("value", "share", "difference", "p_value", "p_adjusted")
        }
        limits = None if math.isnan(low) else [finite_or_none(low), finite_or_none(high)]
        return {"by": self.by, "slice": self.name, "n": self.n, **numbers, "interval": limits}


@record(frozen=True)
class WorstUnit:
    """One of the units with the highest losses.

    Attributes
    ----------
    index
        Its number among all, from 0.
    where
        Its place in the file, in words.
    id
        Its id, where rows have ids.
    value
        Its loss.
    prediction, target
        What was predicted and what is true; None where that is more than a few numbers.
    """

    index: int
    where: str
    id: str | None
    value: float
    prediction: Any
    target: Any


@record(frozen=True, repr=False, eq=False)
class Result:
    """The value of one loss on one set of inputs.

    `value` is a float, or an array shaped like the items for ``reduction="none"``. `data`
    identifies the inputs: the number of ``rows`` and a digest of every input without a gradient, of
    weights and of groups, None where no digest was computed (see the option ``context``).
    `baseline` is the comparison with an earlier result, where there was one
    (:func:`lossctl.judge`), and `interval`, `slices`, `worst` and `gradients` what the options ask
    for. `alike` is the number of units where an interval was asked for and all of them are alike,
    so that there is none. `defaults` are those of the parameters that need not be given. `kind` is
    ``loss`` or ``metric``; of a metric `loss` is the id too.
    """

    loss: str
    params: Mapping[str, Any]
    value: float | NDArray[Any]
    reduction: str
    items: int
    ignored: int
    omitted: int
    input: Reading
    notes: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    classes: tuple[ClassValue, ...] = ()
    context: Mapping[str, float] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    data: Mapping[str, int | str | None] = field(default_factory=dict)
    baseline: Mapping[str, Any] = field(default_factory=dict)
    interval: ValueInterval | None = None
    slices: tuple[SliceValue, ...] = ()
    worst: tuple[WorstUnit, ...] = ()
    gradients: "tuple[GradientSummary, ...]" = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    kind: str = "loss"
    higher_is_better: bool = False
    alike: int = 0

    @property
    def direction(self) -> str:
        """Whether ``lower`` or ``higher`` values are better."""
        return "higher" if self.higher_is_better else "lower"

    @property
    def changed(self) -> dict[str, Any]:
        """The parameters that are not at their defaults."""
        return changed(self.params, self.defaults)

    @property
    def status(self) -> Status:
        """``ok``, or ``nonfinite`` when the value (or one of its items) is inf or NaN."""
        return "ok" if np.all(np.isfinite(self.value)) else "nonfinite"

    def __eq__(self, other: object) -> bool:
        """Whether every field of the two is the same, every value of an item too."""
        if not isinstance(other, Result):
            return NotImplemented
        same_values = np.array_equal(self.value, other.value, equal_nan=True)
        return same_values and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __float__(self) -> float:
        """Return the value, where it is one number."""
        if np.ndim(self.value):
            raise UsageError(f"{self.loss}: has one value per item, in `.value`")
        return float(self.value)

    def __format__(self, spec: str) -> str:
        """Format the value as a number where a format is given, else as printed."""
        return format(float(self), spec) if spec else repr(self)

    def __repr__(self) -> str:
        """Describe in one line the value and what it is over."""
        how = "one per item" if self.reduction == "none" else f"{self.reduction} over"
        kind = self.input.kind
        return f"<Result {self.loss} {self._shown()}: {how} {self.items} items of {kind}>"

    def _shown(self) -> str:
        if isinstance(self.value, np.ndarray):
            return f"array of {self.value.shape}"
        return number(self.value)

    def _repr_html_(self) -> str | None:
        """Show as its page in notebooks; a value per item as a table."""
        from lossctl.core.notebook import html_page, html_table  # noqa: PLC0415 - notebooks only
        from lossctl.core.spec import spec  # noqa: PLC0415

        rows = [(spec(self.loss, self.changed), self._shown())]
        rows += [(each.name, number(each.value)) for each in self.inner_values()]
        rows += [("items", f"{self.items} ({self.reduction})")]
        rows += [("read as", f"{self.input.kind}: {self.input.evidence}")]
        rows += [(name.replace("_", " "), number(value)) for name, value in self.context.items()]
        rows += [("note", text) for text in self.notes]
        rows += [("signature", self.signature)]
        return html_table(rows) if np.ndim(self.value) else html_page(self, rows)

    def to_frame(self) -> Any:
        """Return a pandas frame: one row with the value, or one row per item.

        Classes and parts follow in rows of their own; see :meth:`inner_values`.
        """
        from lossctl.core.notebook import frame, frame_of_items  # noqa: PLC0415 - when asked

        if isinstance(self.value, np.ndarray):
            return frame_of_items(self.loss, self.value)
        rows = [(self.loss, float(self), self.reduction, self.items, self.signature)]
        rows += [(each.name, each.value, "", self.items, "") for each in self.inner_values()]
        return frame(("loss", "value", "reduction", "items", "signature"), rows)

    def inner_values(self, label: str | None = None, *, slices: bool = True) -> "list[Inner]":
        """Return the values of classes, LABEL.class.NAME, and of parts, LABEL.PART.

        Those of slices are LABEL.COLUMN=CATEGORY, where they are asked for too.

        The label is the id of the loss where none is given; a class without a name of its own is
        called by its index.
        """
        if not (self.classes or self.slices or self.parts):
            return []
        from lossctl.core.inner_values import inner_values  # noqa: PLC0415 - a value alone has none

        label = self.loss if label is None else label
        return inner_values(label, self.classes, self.slices if slices else (), self.parts)

    def with_notes(self, notes: Sequence[str]) -> "Result":
        """Return the result with further notes before its own."""
        return replace(self, notes=(*notes, *self.notes))

    @property
    def signature(self) -> str:
        """One line that, with the data, reproduces the number."""
        from lossctl.core.spec import param  # noqa: PLC0415 - a value alone needs none
        from lossctl.version import __version__  # noqa: PLC0415

        parts = [self.loss]
        parts += [f"{name}:{param(value)}" for name, value in self.params.items()]
        parts.append(f"input:{self.input.kind}")
        parts.append(f"reduction:{self.reduction}")
        parts += [f"{name}:{param(value)}" for name, value in self.options.items()]
        parts += [f"n:{self.items}", f"lossctl:{__version__}"]
        return "|".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as strict JSON data: non-finite numbers are None."""
        per_item = isinstance(self.value, np.ndarray)
        data: dict[str, Any] = {
            self.kind: self.loss,
            "kind": self.kind,
            "direction": self.direction,
            "params": {name: _jsonable(value) for name, value in self.params.items()},
            "value": None if per_item else finite_or_none(float(self.value)),
            "status": self.status,
            "reduction": self.reduction,
            "items": self.items,
            "ignored": self.ignored,
            "omitted": self.omitted,
            "input": vars(self.input) | {},
            "options": {name: _jsonable(value) for name, value in self.options.items()},
            "notes": list(self.notes),
            "signature": self.signature,
            "data": dict(self.data),
        }
        if self.interval is not None:
            data["interval"] = [self.interval.low, self.interval.high]
            data["confidence"] = self.interval.confidence
            data["interval_method"] = self.interval.method
            data["units"], data["unit"] = self.interval.units, self.interval.unit
        if self.slices:
            data["slices"] = [one.to_dict() for one in self.slices]
        if self.worst:
            data["worst"] = [vars(one) | {"value": finite_or_none(one.value)} for one in self.worst]
        if self.gradients:
            data["gradients"] = [one.to_dict() for one in self.gradients]
        if self.context:
            data["context"] = {n: finite_or_none(entry) for n, entry in self.context.items()}
        if self.classes:
            data["classes"] = [_class_data(one) for one in self.classes]
        if self.parts:
            data["parts"] = [_part_data(one) for one in self.parts]
        if self.baseline:
            data["baseline"] = dict(self.baseline)
        if isinstance(self.value, np.ndarray):
            data["values"] = strict(self.value.tolist())
        return data


def changed(params: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that have no default, or another value than it."""
    return {
        name: value
        for name, value in params.items()
        if name not in defaults or defaults[name] != value
    }


def _class_data(one: ClassValue) -> dict[str, Any]:
    return {
        "index": one.index,
        "name": one.name,
        "value": finite_or_none(one.value),
        "target_mass": one.mass,
    }


def _part_data(one: Part) -> dict[str, Any]:
    return {
        "name": one.name,
        "loss": one.loss,
        "value": finite_or_none(one.value),
        "weight": one.weight,
        "weighted": finite_or_none(one.weighted),
    }


def finite_or_none(value: float) -> float | None:
    """Return a finite number as it is, anything else as None, the null of strict JSON."""
    return value if math.isfinite(value) else None


def strict(data: Any) -> Any:
    """Return data for strict JSON, with None in place of numbers that are not finite."""
    if isinstance(data, dict):
        return {name: strict(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [strict(value) for value in data]
    return finite_or_none(data) if isinstance(data, float) else data


def _jsonable(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
