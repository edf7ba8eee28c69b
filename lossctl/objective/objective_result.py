"""The result of a run: the total, its components, metrics beside them, at every checkpoint."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lossctl.core.result import Result, ValueInterval, changed, finite_or_none
from lossctl.core.spelling import number
from lossctl.version import __version__

SCHEMA_VERSION = 1
TERM_KINDS = ("supervised", "rule", "constraint")


@dataclass(frozen=True)
class ViolationCount:
    """How many of the items that count are violated."""

    violated: int
    items: int

    @property
    def rate(self) -> float:
        """Share of the items."""
        return self.violated / self.items

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the rate."""
        from lossctl.uncertainty.shares import wilson_limits  # noqa: PLC0415 - of rules only

        return wilson_limits(self.rate, self.items)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "violated": self.violated,
            "items": self.items,
            "rate": self.rate,
            "interval": list(self.interval),
        }


@dataclass(frozen=True)
class WorstItem:
    """One of the worst items: its position, its truth or constraint value, and its loss."""

    where: str
    index: tuple[int, ...]
    value: float
    loss: float

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "where": self.where,
            "index": list(self.index),
            "value": finite_or_none(self.value),
            "loss": finite_or_none(self.loss),
        }


@dataclass(frozen=True)
class Component:
    """One term of the total.

    Attributes
    ----------
    raw
        Value of its loss.
    scale
        What it is divided by before it is weighted; 1 unless scales are normalized.
    satisfaction
        Of a rule: its mean truth, or that of its quantifier.
    antecedent
        Of a rule ``a -> b``: mean truth of a, and the share of rows where it is over ½.
    interval
        Of `raw`, where that was asked for.
    data
        Number of rows, and of a supervised loss a digest of each array that it is no gradient of.
    context
        Of a supervised loss, what its value can be compared with, as results of compute have it.
    """

    name: str
    kind: str
    loss: str
    params: Mapping[str, Any]
    raw: float
    weight: float
    items: int
    ignored: int = 0
    omitted: int = 0
    scale: float = 1.0
    details: Mapping[str, Any] = field(default_factory=dict)
    satisfaction: float | None = None
    violations: ViolationCount | None = None
    antecedent: tuple[float, float] | None = None
    groups: int | None = None
    worst: Sequence[WorstItem] = ()
    notes: Sequence[str] = ()
    reading: Mapping[str, Any] = field(default_factory=dict)
    signature: str = ""
    data: Mapping[str, int | str | None] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, float] = field(default_factory=dict)
    interval: tuple[float, float] | None = None

    @property
    def changed(self) -> dict[str, Any]:
        """The parameters that are not at their defaults."""
        return changed(self.params, self.defaults)

    @property
    def weighted(self) -> float:
        """What it adds to the total."""
        return 0.0 if self.weight == 0.0 else self.weight * (self.raw / self.scale)

    def to_dict(self, total: float) -> dict[str, Any]:
        """Return it as strict JSON data."""
        share = self.weighted / total if total and math.isfinite(total) else math.nan
        data: dict[str, Any] = {
            "name": self.name,
            "kind": self.kind,
            "loss": self.loss,
            "params": {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in self.params.items()
            },
            "raw": finite_or_none(self.raw),
            "weight": self.weight,
            "weighted": finite_or_none(self.weighted),
            "share": finite_or_none(share),
            "items": self.items,
            "ignored": self.ignored,
            "omitted": self.omitted,
        }
        if self.scale != 1.0:
            data["scale"] = self.scale
        if self.interval is not None:
            data["interval"] = [finite_or_none(limit) for limit in self.interval]
        if self.reading:
            data["input"] = dict(self.reading)
        data |= self.details
        if self.satisfaction is not None:
            data["satisfaction"] = finite_or_none(self.satisfaction)
        if self.groups is not None:
            data["groups"] = self.groups
        if self.violations is not None:
            data["violations"] = self.violations.to_dict()
        if self.antecedent is not None:
            data["antecedent"] = {"truth": self.antecedent[0], "rate": self.antecedent[1]}
        if self.kind != "supervised":
            data["worst"] = [item.to_dict() for item in self.worst]
        data["notes"] = list(self.notes)
        if self.signature:
            data["signature"] = self.signature
            data["data"] = dict(self.data)
        return data


@dataclass(frozen=True)
class Step:
    """One checkpoint of a series: its files, the weights there, and what came out.

    `parameters` are those that a schedule moves, by the name of their component.
    """

    number: int
    files: Mapping[str, str]
    components: Sequence[Component]
    metrics: Mapping[str, Result] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """Weighted sum of the components."""
        return total_of(self.components)

    def to_dict(self) -> dict[str, Any]:
        """Return it as strict JSON data."""
        metrics = {name: finite_or_none(float(each)) for name, each in self.metrics.items()}
        return {
            **({"metrics": metrics} if metrics else {}),
            "step": self.number,
            "files": dict(self.files),
            "total": finite_or_none(self.total),
            "components": [
                {
                    "name": component.name,
                    "raw": finite_or_none(component.raw),
                    "weight": component.weight,
                    "weighted": finite_or_none(component.weighted),
                    **({"params": dict(moved)} if (moved := self.of(component.name)) else {}),
                }
                for component in self.components
            ],
        }

    def of(self, name: str) -> Mapping[str, float]:
        """Return the parameters of a component that a schedule moves."""
        return self.parameters.get(name, {})


@dataclass(frozen=True, repr=False)
class ObjectiveResult:
    """The result of one document.

    Attributes
    ----------
    steps
        Checkpoints in order, for a series of files; the components are those of the last.
    extras
        Tables asked for beside: the grid of weights, the sensitivity.
    gates
        Limits of the configuration, which :func:`lossctl.judge` checks.
    interval
        Of the total, where that was asked for.
    metrics
        Measures beside the total, to which they add nothing, by name.
    """

    name: str
    components: Sequence[Component]
    notes: Sequence[str] = ()
    steps: Sequence[Step] = ()
    extras: Mapping[str, Any] = field(default_factory=dict)
    normalize: str = "none"
    gates: Any = None
    interval: ValueInterval | None = None
    metrics: Mapping[str, Result] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """Weighted sum of the components."""
        return total_of(self.components)

    @property
    def status(self) -> str:
        """``ok``, or ``nonfinite`` when the total is inf or NaN."""
        return "ok" if math.isfinite(self.total) else "nonfinite"

    def __float__(self) -> float:
        """Return the total."""
        return self.total

    def __repr__(self) -> str:
        """Say in one line what the total is and what it is the sum of."""
        parts = ", ".join(
            f"{component.name} {number(component.weighted)}" for component in self.components
        )
        return f"<ObjectiveResult {self.name} {number(self.total)}: {parts}>"

    def _repr_html_(self) -> str | None:
        """Show as its page in notebooks: the total, what each component adds, notes."""
        from lossctl.core.notebook import html_page  # noqa: PLC0415 - notebooks only

        rows = [(self.name, number(self.total))]
        for part in self.components:
            product = f"{part.weight:g} · {number(part.raw / part.scale)}"
            rows.append((part.name, f"{number(part.weighted)} = {product}"))
        return html_page(self, [*rows, *(("note", text) for text in self.notes)])

    def to_frame(self) -> Any:
        """Return a pandas frame with a row for each component."""
        from lossctl.core.notebook import frame  # noqa: PLC0415 - when asked

        columns = ("name", "kind", "loss", "raw", "weight", "weighted", "items")
        rows = [[getattr(component, column) for column in columns] for component in self.components]
        return frame(columns, rows)

    def component(self, name: str) -> Component:
        """Return a component by name."""
        return next(component for component in self.components if component.name == name)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as strict JSON data."""
        data: dict[str, Any] = {
            "name": self.name,
            "total": finite_or_none(self.total),
            "status": self.status,
            "components": [component.to_dict(self.total) for component in self.components],
            "normalize": self.normalize,
            "notes": list(self.notes),
        }
        if self.metrics:
            data["metrics"] = {name: each.to_dict() for name, each in self.metrics.items()}
        if self.interval is not None:
            data["interval"] = [self.interval.low, self.interval.high]
            data["confidence"] = self.interval.confidence
            data["units"], data["unit"] = self.interval.units, self.interval.unit
        if self.steps:
            data["checkpoints"] = [step.to_dict() for step in self.steps]
        return {**data, **self.extras, "lossctl": __version__}


def total_of(components: Sequence[Component]) -> float:
    """Add up weighted components, rounding once."""
    parts = [component.weighted for component in components]
    try:
        return math.fsum(parts)  # so that the order of the terms changes no bit
    except (OverflowError, ValueError):  # fsum raises where the sum is inf or NaN
        return sum(parts)
