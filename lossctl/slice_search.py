"""Search the columns beside the data for groups in which a loss is worse than elsewhere."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.errors import LossctlError, UsageError
from lossctl.core.loss import Array, Loss
from lossctl.core.options import Options, require_use
from lossctl.core.result import SCHEMA_VERSION, Result
from lossctl.core.spelling import option, some_of
from lossctl.core.urls import without_secrets
from lossctl.data_places import COLUMN_OF, Data, Opened
from lossctl.engine.bind.inputs import bind
from lossctl.engine.categories import Categories, binned, categories_of
from lossctl.engine.details import LEAST
from lossctl.engine.estimates import Function, contributions, why_no_interval
from lossctl.engine.evaluate import finish, first_plan
from lossctl.engine.observe import Watch, observe, observe_again
from lossctl.engine.pair_columns import losses_of_units
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.units import UnitBlock, kind_of, units_of
from lossctl.engine.resolve import Resolved
from lossctl.engine.sources import Source
from lossctl.evaluation import opened, places_of, request_of
from lossctl.io.file_places import file_place
from lossctl.io.input_files import split_selector
from lossctl.io.opening import ColumnFile, TableOptions, open_file
from lossctl.io.spill import Store
from lossctl.loss_specs import Spec
from lossctl.uncertainty.worst_slices import Feature, Search, WorstSlice, find_worst_slices

MOST_DISTINCT = 20  # numbers of a column that are categories; others are cut into bins
MOST_TEXTS = 100  # a column with more different texts is a name or an id
BINS = 4
MOST_FOUND = 5


@dataclass(frozen=True)
class WorstSlices:
    """What a search found.

    Attributes
    ----------
    result
        The loss over all of the data.
    slices
        The slices that are worse than the rest, the most unlikely first; empty where none is.
    tried
        How many slices were compared with the rest.
    features, left_out
        Names of the columns that were searched, and of those that were not, each with the reason.
    least, confidence
        Rows a slice has at least, and one less the chance to find anything where there is nothing.
    """

    result: Result
    slices: tuple[WorstSlice, ...]
    tried: int
    features: tuple[str, ...]
    left_out: Mapping[str, str]
    least: int
    confidence: float

    def _repr_html_(self) -> str | None:
        """Show as its page in notebooks."""
        from lossctl.core.notebook import html_page  # noqa: PLC0415 - notebooks only

        return html_page(self)

    def to_dict(self) -> dict[str, Any]:
        """Return it as strict JSON data."""
        return {
            "schema_version": SCHEMA_VERSION,
            "result": self.result.to_dict(),
            "slices": [_slice_data(one) for one in self.slices],
            "tried": self.tried,
            "features": list(self.features),
            "left_out": dict(self.left_out),
            "min_size": self.least,
            "confidence": self.confidence,
        }


def _slice_data(one: WorstSlice) -> dict[str, Any]:
    return {
        "conditions": [{"column": name, "value": value} for name, value in one.conditions],
        "n": one.n,
        "value": one.mean,
        "rest": one.rest,
        "p_adjusted": one.p_adjusted,
    }


class SearchSize(NamedTuple):
    """What is searched for: how many slices, of how many rows at least, at which confidence."""

    most: int = MOST_FOUND
    least: int = LEAST


def find_slices(
    spec: Spec,
    data: Data,
    options: Options,
    wanted: SearchSize,
    features: Any = None,
    *,
    written: Mapping[str, Sequence[Path]] | None = None,
) -> WorstSlices:
    """Search columns for slices in which a loss is worse than elsewhere.

    Parameters
    ----------
    spec
        The loss.
    data
        Where the inputs are.
    options
        How they are read; `confidence` is that of the search.
    wanted
        How much is searched for.
    features
        A table of further columns, a row each; the other columns of ``data.table`` if None.
    written
        Files that the answer goes to, by option, which must be none of the inputs.

    Raises
    ------
    UsageError, DataError
        When there are no columns to search, or a loss has no rows of its own.
    """
    if not isinstance(spec.target, Loss):
        raise UsageError(f"{spec.target.id} is a recipe; search the slices of one of its losses")
    require_use([spec.target], options)
    places = places_of(data, [spec.target])
    columns = feature_places(data, features)
    if not columns:
        raise UsageError(
            f"{option('find')}: there is no column to search; give {option('table')} with further "
            f"columns, or {option('features', 'FILE')}"
        )
    if written:
        from lossctl.io.output_places import input_places, require_free  # noqa: PLC0415

        require_free(written, input_places({**places, **columns}))
    with opened(data, {**places, **columns}, options) as inputs:
        return _search(spec, inputs, options, wanted)


def feature_places(data: Data, features: Any) -> dict[str, Any]:
    """Return where the columns to search are: all of a table but those the loss reads."""
    from lossctl.io.input_files import InTable  # noqa: PLC0415 - as inputs are opened

    table = data.table if features is None else features
    if table is None:
        return {}
    used: set[str] = {data.id or ""}
    if features is None:
        used |= {str(c) for c in (data.column or {}).values() if isinstance(c, str)}
        used |= {str(one) for c in (data.column or {}).values() if isinstance(c, list) for one in c}
    return {
        COLUMN_OF + name: InTable(table, name)
        for name in _names(table, data)
        if name not in used and name.strip()
    }


def _names(table: Any, data: Data) -> Sequence[str]:
    """Return the names of the columns of a table."""
    if hasattr(table, "columns"):
        return [str(name) for name in table.columns]
    text, _ = split_selector(str(table))
    tables = TableOptions(data.header, data.delimiter, data.id, None, data.decimal)
    store = Store()
    try:
        file = open_file(file_place(text), None, "table", options=tables, store=lambda: store)
        if not isinstance(file, ColumnFile):
            raise UsageError(f"{without_secrets(text)}: has no named columns to search")
        with suppress(LossctlError):  # it is read again, and complained of then
            file.close()
        return file.names
    finally:
        store.close()


def _search(spec: Spec, inputs: Opened, options: Options, wanted: SearchSize) -> WorstSlices:
    plan = _plan(spec, inputs, options)
    if reason := why_no_interval(plan):
        raise UsageError(f"{plan.loss.id}: has no slices: {reason}")
    if plan.loss.needs_rows:
        raise UsageError(
            f"{option('find')}: {plan.loss.id} is of all rows together; search by a loss, and give "
            f"the slices that are found with {option('by')}"
        )
    seen = _Losses(plan)
    (resolved,) = observe([plan], [None], [Watch((0,), seen)])
    losses, places = seen.losses, seen.places
    if kind_of(resolved.plan) == "function":
        losses = _contributions(resolved)
    features, left_out = _features(inputs, units_of(plan).count, places)
    if resolved.plan.loss.higher_is_better:
        losses = -losses
    found: Search = find_worst_slices(
        losses, features, least=wanted.least, confidence=options.confidence, most=wanted.most
    )
    return WorstSlices(
        finish(resolved, None),
        tuple(found.slices),
        found.tried,
        tuple(feature.name for feature in features),
        left_out,
        wanted.least,
        options.confidence,
    )


def _plan(spec: Spec, inputs: Opened, options: Options) -> Plan:
    target, sources = bind(spec.target, inputs.positional, inputs.named, options.axes)
    request = request_of(spec, target, sources, inputs)
    return first_plan(request, {}, inputs.weights, options)


class _Losses:
    """The loss of each unit that counts, and which units those are."""

    losses: Array
    places: Array

    def __init__(self, plan: Plan) -> None:
        """Collect the units of a plan."""
        self.plan = plan

    def see(self, blocks: Sequence[UnitBlock]) -> tuple[Array, Array]:
        """Return the losses of one block."""
        (block,) = blocks
        values, places = losses_of_units(self.plan, block)
        return np.array(values), places  # of the block nothing else is kept

    def merge(self, seen: Sequence[tuple[Array, Array]]) -> None:
        """Put those of all blocks behind each other."""
        self.losses = np.concatenate([part[0] for part in seen])
        self.places = np.concatenate([part[1] for part in seen])


def _contributions(resolved: Resolved) -> Array:
    """Return what each unit contributes to a function of sums, times the number of units."""
    gradient = [Function.of(resolved).gradient()]
    parts: list[Array] = []

    class Collect:
        def see(self, blocks: Sequence[UnitBlock]) -> Array:
            values, weight = contributions(blocks, gradient), blocks[0].weight
            return values if weight is None else values[weight > 0.0]

        def merge(self, seen: Sequence[Array]) -> None:
            parts.extend(seen)

    observe_again([resolved], [Watch((0,), Collect())])
    every = np.concatenate(parts)
    return every * len(every)


def _features(inputs: Opened, units: int, places: Array) -> tuple[list[Feature], dict[str, str]]:
    """Return the columns as features of the units that count, and those that are none, with why."""
    features, left_out = [], {}
    for name, source in inputs.columns.items():
        column = name.removeprefix(COLUMN_OF)
        found = _categories(source, units, column)
        if isinstance(found, str):
            left_out[column] = found
            continue
        codes = found.array()[places]
        if len(np.unique(codes)) < 2:
            left_out[column] = "one value"
            continue
        features.append(Feature(column, codes, found.names))
    if not features:
        shown = some_of([f"{name} ({why})" for name, why in left_out.items()])
        raise UsageError(f"{option('find')}: no column can be sliced by: {shown}")
    return features, left_out


def _categories(source: Source, units: int, column: str) -> Categories | str:
    """Return the categories of a column, texts, numbers or bins of them, or why it has none."""
    what = f"the column {column}"
    if getattr(source, "is_text", False):
        found = categories_of(source, units, what)
        if len(found.names) > MOST_TEXTS:
            return f"{len(found.names)} different texts"
        return found
    values = np.asarray(source.read(0, units), np.float64)
    distinct = np.unique(values[~np.isnan(values)])
    if len(distinct) <= MOST_DISTINCT and not np.isnan(values).any():
        return categories_of(source, units, what)
    whole = bool((distinct == np.floor(distinct)).all())
    if len(distinct) == units and whole:
        return "a different number in every row"
    return binned(source, units, BINS, what)
