"""Cases generated from a declaration: every form of a loss, with several parameter sets.

A case is a form (layout and kind of predictions), an encoding of the targets and a set of
parameters.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from lossctl.core.domain import Domain, Interval, Nullable, Param, ScalarOrList
from lossctl.core.loss import Form, Input, Loss

CLASSES = 4
LABELS = 3

Sort = Literal["items", "pooled", "set", "grid", "record", "batch", "lists"]
RECORDS: tuple[Sort, ...] = ("record", "batch", "lists")


@dataclass(frozen=True)
class Case:
    """A loss, one of its forms, an encoding of its targets and parameters.

    `columns` is the number of classes of a row, of labels of an element, or 0. `encoding` is
    values, absent (a constant), signs (−1 and +1), labels (0 and 1), soft, index or one_hot; of
    records: given (every input) or absent (those that may be left out).
    """

    loss: Loss
    form: Form
    columns: int
    encoding: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name the case in a test id or a message."""
        shape = f"{self.form.axes}{self.columns or ''}"
        if self.form.axes == "any":
            shape = f"{shape}-{self.loss.inputs[0].name}"
        params = ",".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.loss.id}-{shape}-{self.form.kind}-{self.encoding}-{params or 'default'}"

    @property
    def options(self) -> dict[str, Any]:
        """Say explicitly how the inputs are to be read; nothing is left to guess."""
        if self.form.axes == "any":
            kind = {} if self.form.kind == "values" else {"input": self.form.kind}
            ways = {e.name: item_first(e) for e in self.inputs if "|" in e.axes}
            return {**kind, "axes": ways} if ways else kind
        if self.form.kind == "values":
            return {}
        if reads_label_rows(self.loss):
            return {"input": self.form.kind}
        if self.form.axes == "item class":
            return {"input": self.form.kind, "task": "multiclass"}
        return {"input": self.form.kind, "task": "multilabel" if self.columns else "binary"}

    @property
    def sort(self) -> Sort:
        """What is added up: items, statistics of a pool, or the losses of sets, grids or groups."""
        if self.form.axes == "any":
            return "record" if self.loss.grouped is None else self.loss.grouped
        return self.loss.grouped or ("pooled" if self.loss.pooled else "items")

    @property
    def is_default(self) -> bool:
        """Whether every parameter is at its default, but for those that must be given."""
        return self.params == required(self.loss)

    @property
    def has_labels(self) -> bool:
        """Whether elements have label columns of their own."""
        return self.form.axes == "item" and self.columns > 0

    @property
    def inputs(self) -> list[Input]:
        """The inputs it gives: all, or those that must be given."""
        if self.encoding != "absent":
            return list(self.loss.inputs)
        return [entry for entry in self.loss.inputs if entry.required]

    @property
    def place_of_targets(self) -> int:
        """Where the targets stand among the inputs."""
        return [entry.name for entry in self.inputs].index("targets")


def item_first(entry: Input) -> str:
    """Return the axes of an input of records in which items come first."""
    ways = [" ".join(text.split()) for text in entry.axes.split("|")]
    return next(way for way in ways if way.startswith("item"))


def reads_label_rows(loss: Loss) -> bool:
    """Whether the targets are rows of labels that may be true at once."""
    return any(entry.name == "targets" and "label" in entry.axes for entry in loss.inputs)


def required(loss: Loss) -> dict[str, Any]:
    """Return a value for every parameter that must be given."""
    return {p.name: next(iter(p.domain.inside())) for p in loss.params if p.required}


def needed(loss: Loss, form: Form, columns: int) -> dict[str, Any]:
    """Return what a form needs: required parameters, and lists where values have columns."""
    lists = {}
    if form.axes == "item class" and not loss.has_classes:
        found = {param.name: list_of(param.domain, columns) for param in loss.params}
        lists = {name: entries for name, entries in found.items() if entries is not None}
    return required(loss) | lists


def values_of(domain: Domain) -> list[Any]:
    """Values a domain declares to be inside, and one near the low end where formulas break."""
    if isinstance(domain, Nullable):
        return [None, *values_of(domain.domain)]
    if isinstance(domain, ScalarOrList):
        return values_of(domain.domain)
    values = list(domain.inside())
    if isinstance(domain, Interval) and np.isfinite(domain.low):
        values.append(domain.low + 0.125 * (min(domain.high, domain.low + 4.0) - domain.low))
    return values


def list_of(domain: Domain, columns: int) -> list[Any] | None:
    """Return a list the domain takes for this many columns, if it takes lists at all."""
    inner = domain.domain if isinstance(domain, Nullable) else domain
    if not isinstance(inner, ScalarOrList):
        return None
    count = columns or (2 if inner.pair else 1)
    values = values_of(inner.domain)
    return [values[number % len(values)] for number in range(count)]


def is_measured(param: Param, value: Any) -> bool:
    """Whether a value of a parameter stands for something measured from the targets."""
    return (value is None or isinstance(value, str)) and value in param.measured


def with_measured(case: Case) -> Case:
    """Return the case with numbers in place of what would be measured from the targets."""
    fixed = {
        param.name: list_of(param.domain, case.columns)
        for param in case.loss.params
        if is_measured(param, case.params.get(param.name, param.default))
    }
    return replace(case, params={**case.params, **fixed}) if fixed else case


def parameter_sets(
    loss: Loss, form: Form, columns: int, turns: Iterable[int]
) -> Iterator[dict[str, Any]]:
    """Yield the defaults, then for each turn a set in which every parameter takes another value.

    The values rotate against each other, so no set is symmetric by accident. Over all the turns
    every parameter takes each of its values.
    """
    first = needed(loss, form, columns)
    yield first
    if first != required(loss):
        return
    values = [values_of(param.domain) for param in loss.params]
    for turn in turns:
        chosen = {
            param.name: choices[(turn + shift) % len(choices)]
            for shift, (param, choices) in enumerate(zip(loss.params, values, strict=True))
        }
        if chosen != first:
            yield chosen
    for param in loss.params:
        if (entries := list_of(param.domain, columns)) is not None:
            yield {**first, param.name: entries}


def turns_of(loss: Loss) -> int:
    """Return the number of turns after which every parameter has taken each of its values."""
    return max((len(values_of(param.domain)) for param in loss.params), default=0)


def encodings_of(loss: Loss, form: Form) -> tuple[str, ...]:
    """Return the encodings of the targets that a form reads."""
    if form.axes == "any":
        more = not all(entry.required for entry in loss.inputs)
        return ("given", "absent") if more else ("given",)
    if not loss.has_classes:
        constant = any(entry.default is not None for entry in loss.inputs)
        return ("values", "absent") if constant else ("values",)
    if any(entry.kind == "sign" for entry in loss.inputs):
        return ("signs", "labels")
    if loss.grouped == "grid":
        return ("labels",)
    if form.axes == "item class" and not reads_label_rows(loss):
        every = ("index", "one_hot", "soft")
        return every[: 1 if loss.of_sequences else 2 if loss.grouped else 3]
    return ("labels", "soft")


def shapes_of(loss: Loss) -> Iterator[tuple[Form, int, str]]:
    """Yield every form of a loss with numbers of columns and encodings of targets it reads.

    The first form of a layout gets them all, the others the first and the last.
    """
    seen: set[str] = set()
    for form in loss.forms:
        alone = not loss.has_classes or loss.pooled or loss.grouped
        columns = (CLASSES,) if form.axes == "item class" else (0,) if alone else (0, LABELS)
        found = [(form, n, encoding) for n in columns for encoding in encodings_of(loss, form)]
        yield from found if form.axes not in seen or len(found) < 3 else (found[0], found[-1])
        seen.add(form.axes)


def cases_of(loss: Loss, *, defaults: bool = False, brief: bool = False) -> Iterator[Case]:
    """Yield the cases of a loss.

    Parameters
    ----------
    defaults
        Only those with default parameters.
    brief
        Only one for each form, with default parameters; the encodings take turns.
    """
    shapes = list(shapes_of(loss))
    for variant in loss.variants:
        yield from cases_of(variant, defaults=defaults, brief=brief)
    if brief:
        for number, form in enumerate(loss.forms):
            mine = [shape for shape in shapes if shape[0] is form]
            shape = mine[number % len(mine)]
            yield Case(loss, *shape, needed(loss, *shape[:2]))
        return
    for number, (form, columns, encoding) in enumerate(shapes):
        turns = turns_of(loss)
        some = range(turns) if number == 0 else range(number % max(turns, 1), turns, turns or 1)
        given = [needed(loss, form, columns)]
        for params in given if defaults else parameter_sets(loss, form, columns, some):
            yield Case(loss, form, columns, encoding, params)
