"""Cases generated from the declarations: every form of every loss, with several parameter sets.

A case is a form (layout and kind of predictions), an encoding of the targets and a set of
parameters. A loss added to the catalogue is covered without touching the tests.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from lossctl.api import name_inputs
from lossctl.core.domain import Domain, Interval, Nullable, ScalarOrList
from lossctl.core.loss import Array, Form, Input, Loss
from lossctl.core.result import Result
from lossctl.engine.evaluate import Request, evaluate
from lossctl.engine.gradient import gradient
from lossctl.engine.options import Options
from lossctl.engine.sources import as_source
from lossctl.losses.catalogue import every_loss

CLASSES = 4
LABELS = 3
ENCODINGS = {"row": ("index", "one_hot", "soft"), "element": ("labels", "soft")}


@dataclass(frozen=True)
class Case:
    """A loss, one of its forms, an encoding of its targets and parameters.

    `columns` is the number of classes of a row, of labels of an element, or 0.
    """

    loss: Loss
    form: Form
    columns: int
    encoding: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name the case in a test id."""
        shape = f"{self.form.layout}{self.columns or ''}"
        params = ",".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.loss.id}-{shape}-{self.form.kind}-{self.encoding}-{params or 'default'}"

    @property
    def options(self) -> dict[str, Any]:
        """Say explicitly how the inputs are to be read; nothing is left to guess."""
        if self.form.kind == "values":
            return {}
        if self.form.layout == "row":
            return {"input": self.form.kind, "task": "multiclass"}
        return {"input": self.form.kind, "task": "multilabel" if self.columns else "binary"}

    @property
    def is_default(self) -> bool:
        """Whether every parameter is at its default."""
        return not self.params


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


def parameter_sets(loss: Loss, columns: int, *, thorough: bool) -> Iterator[dict[str, Any]]:
    """Yield the defaults, then sets in which every parameter takes each of its values once.

    The values rotate against each other, so no set is symmetric by accident. Forms that share
    their formulas with a thorough one get every third set.
    """
    yield {}
    values = [values_of(param.domain) for param in loss.params]
    for turn in range(0, max(map(len, values), default=0), 1 if thorough else 3):
        yield {
            param.name: choices[(turn + shift) % len(choices)]
            for shift, (param, choices) in enumerate(zip(loss.params, values, strict=True))
        }
    for param in loss.params:
        if (entries := list_of(param.domain, columns)) is not None:
            yield {param.name: entries}


def is_thorough(loss: Loss, form: Form, columns: int, encoding: str) -> bool:
    """Whether a form is tried with every set: plain values, hard labels, indices of rows."""
    if form.layout == "row":
        return encoding == "index" and "element" not in loss.layouts
    return encoding == "values" or (encoding == "labels" and not columns)


def shapes_of(loss: Loss) -> Iterator[tuple[Form, int, str]]:
    """Yield every form of a loss with each number of columns and encoding of targets it reads."""
    for form in loss.forms:
        if not loss.has_classes:
            yield form, 0, "values"
            if any(entry.default is not None for entry in loss.inputs):
                yield form, 0, "absent"
            continue
        columns = (0,) if loss.pooled else (0, LABELS)
        for count in (CLASSES,) if form.layout == "row" else columns:
            for encoding in ENCODINGS[form.layout]:
                yield form, count, encoding


def cases(losses: Sequence[Loss] | None = None, *, defaults: bool = False) -> list[Case]:
    """Return every case; with `defaults`, those with default parameters only."""
    return [
        Case(loss, form, columns, encoding, params)
        for loss in (every_loss() if losses is None else losses)
        for form, columns, encoding in shapes_of(loss)
        for params in (
            [{}]
            if defaults
            else parameter_sets(loss, columns, thorough=is_thorough(loss, form, columns, encoding))
        )
    ]


def each_case(*, defaults: bool = False, pooled: bool | None = None) -> pytest.MarkDecorator:
    """Parametrise a test over the cases; `pooled` keeps one sort of loss."""
    chosen = [case for case in cases(defaults=defaults) if pooled in (None, case.loss.pooled)]
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in chosen])


def each_loss() -> pytest.MarkDecorator:
    """Parametrise a test over the catalogue."""
    losses = [pytest.param(loss, id=loss.id) for loss in every_loss()]
    return pytest.mark.parametrize("loss", losses)


def draw(case: Case, items: int | tuple[int, ...], seed: int = 0) -> list[Array]:
    """Draw random inputs of ordinary size in float64, in the order the loss declares them.

    `items` is the number of items, or the shape of axes of items, before the class axis.
    """
    rng = np.random.default_rng([seed, case.columns])
    lead = (items,) if isinstance(items, int) else items
    shape = (*lead, case.columns) if case.columns else lead
    return [
        _scores(entry, case.form, shape, rng) if number == 0
        else _targets(case, lead, shape, rng) if entry.kind == "label"
        else _numbers(entry, shape, rng)
        for number, entry in enumerate(given_inputs(case))
    ]  # fmt: skip


def given_inputs(case: Case) -> list[Input]:
    """Return the inputs a case gives: all, or those that must be given."""
    inputs = case.loss.inputs
    return [entry for entry in inputs if entry.default is None or case.encoding != "absent"]


def _scores(entry: Input, form: Form, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    if form.kind == "logits":
        return rng.normal(scale=3.0, size=shape)
    if form.kind == "probabilities" and form.layout == "row":
        return _distribution(shape, rng)
    if form.kind == "probabilities":
        return rng.uniform(0.02, 0.98, size=shape)
    return _numbers(entry, shape, rng)


def _numbers(entry: Input, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    if entry.domain is None:
        return rng.normal(scale=2.0, size=shape)
    low, high = np.clip([entry.domain.low, entry.domain.high], -3.0, 3.0)
    return rng.uniform(low + 0.01 * (high - low), high - 0.01 * (high - low), size=shape)


def _targets(
    case: Case, lead: tuple[int, ...], shape: tuple[int, ...], rng: np.random.Generator
) -> Array:
    if case.encoding == "labels":
        return (rng.uniform(size=shape) < 0.4).astype(np.float64)
    if case.encoding == "soft":
        row = case.form.layout == "row"
        return _distribution(shape, rng) if row else rng.uniform(size=shape)
    index = rng.integers(case.columns, size=lead)
    return index if case.encoding == "index" else np.eye(case.columns)[index]


def _distribution(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    parts = rng.uniform(0.05, 1.0, size=shape)
    return parts / parts.sum(axis=-1, keepdims=True)


def weight_shape(case: Case, arrays: Sequence[Array]) -> tuple[int, ...]:
    """Return the shape of one weight an item."""
    shape = np.shape(arrays[0])
    return shape[:-1] if case.form.layout == "row" else shape


def class_weights(case: Case) -> list[float] | None:
    """Return unequal class weights where the case takes them."""
    if not case.loss.has_classes or case.loss.pooled:
        return None
    return [0.5 + 0.75 * number for number in range(case.columns or 2)]


def run(case: Case, arrays: Sequence[Any], *, weights: Any = None, **options: Any) -> Result:
    """Evaluate the case on arrays or sources."""
    sources = name_inputs([case.loss], arrays)
    read = None if weights is None else as_source(weights, "weights")
    chosen = Options(**{**case.options, **options})
    (result,) = evaluate([Request(case.loss, case.params)], sources, read, chosen)
    return result


def slope(case: Case, arrays: Sequence[Any], *, weights: Any = None, **options: Any) -> Array:
    """Return the gradient of the case with respect to the predictions."""
    return slopes(case, arrays, weights=weights, **options)["predictions"]


def slopes(
    case: Case, arrays: Sequence[Any], *, weights: Any = None, **options: Any
) -> dict[str, Array]:
    """Return the gradient of the case with respect to every differentiable input."""
    sources = name_inputs([case.loss], arrays)
    read = None if weights is None else as_source(weights, "weights")
    chosen = Options(**{**case.options, **options})
    _, sinks = gradient(Request(case.loss, case.params), sources, read, chosen)
    return {name: sink.array for name, sink in sinks.items()}  # type: ignore[attr-defined]
