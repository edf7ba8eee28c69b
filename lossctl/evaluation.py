"""The common entry point: losses and recipes, by name or as objects, on whatever their inputs are.

The Python API, the command line and the laws evaluate through :func:`evaluate` and
:func:`differentiate`; neither knows whether an input is an array or a file, nor whether what is
evaluated is a loss or a recipe.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.loss import Array, Loss
from lossctl.core.options import Options
from lossctl.core.result import Result
from lossctl.core.spelling import listed, option
from lossctl.core.threads import require_files
from lossctl.data_places import COLUMN_OF, Data, Opened, Sources, in_columns, in_table
from lossctl.engine.bind.inputs import bind_all, input_names, place_names
from lossctl.engine.evaluate import Request
from lossctl.engine.evaluate import evaluate as evaluate_requests
from lossctl.engine.plan import GROUP, WEIGHTS
from lossctl.engine.sources import ArraySink, Source, numbers_in_memory
from lossctl.loss_specs import Spec

if TYPE_CHECKING:  # arrays in memory need no files
    from lossctl.engine.details import Details
    from lossctl.io.output_places import PerItem

PLACES = (str, Path)
LEAST_CHECKED = 64  # items; of fewer nothing is sure
FILE_NAMES = ("id", "delimiter", "decimal", "stdin_format")  # what says how files are read


class Outputs(NamedTuple):
    """Files that are written.

    Attributes
    ----------
    per_item, per_item_format
        File or binary stream for the loss of each item, and the format where no suffix says it.
    gradient_summary
        Whether results say what the gradients are like.
    gradient
        File for the gradient.
    output, reports
        Files that the caller writes, which are only kept from clashes.
    """

    per_item: Any = None
    per_item_format: str | None = None
    gradient_summary: bool = False
    gradient: str | None = None
    output: Path | None = None
    reports: Sequence[Path] = ()

    @property
    def items(self) -> "PerItem | None":
        """Where values per item go."""
        if self.per_item is None:
            if self.per_item_format is not None:
                raise UsageError(f"{option('per_item_format')}: is said of {option('per_item')}")
            return None
        from lossctl.io.output_places import PerItem  # noqa: PLC0415 - files only

        return PerItem(self.per_item, self.per_item_format)


NOTHING = Outputs()


def evaluate(
    specs: Sequence[Spec], data: Data, options: Options, outputs: Outputs = NOTHING
) -> list[Result]:
    """Evaluate losses and recipes on the same data, the losses in one pass over it.

    Parameters
    ----------
    specs
        What to evaluate; at least one.
    data
        Where the inputs are.
    options
        How they are read and combined.
    outputs
        Files to write values and gradients to.

    Returns
    -------
    list of Result
        One for each spec, in the same order.

    Raises
    ------
    UsageError, DataError
        For names, parameters, options, files, shapes or values that cannot be evaluated.
    """
    if not specs:
        raise UsageError("no loss was asked for")
    targets = [spec.target for spec in specs]
    _require_gradients(targets, outputs)
    places = places_of(data, targets)
    if outputs != NOTHING:
        from lossctl.io.output_places import check_outputs  # noqa: PLC0415 - files only

        written = {"output": [outputs.output] if outputs.output else [], "report": outputs.reports}
        check_outputs(places, targets, written, outputs.items, outputs.gradient)
    with opened(data, places, options) as inputs:
        options = with_context(options, inputs)
        bound = bind_all(targets, inputs.positional, inputs.named, options.axes)
        losses = [
            request_of(spec, target, sources, inputs)
            for spec, (target, sources) in zip(specs, bound, strict=True)
            if isinstance(target, Loss)
        ]
        details = _details(data, inputs, options)
        results = iter(_losses(losses, inputs, options, outputs, details) if losses else ())
        answers = [
            next(results)
            if isinstance(target, Loss)
            else _recipe(spec, sources, inputs, options, outputs)
            for spec, (target, sources) in zip(specs, bound, strict=True)
        ]
        if inputs.from_files:
            answers = [
                _checked(result, request_of(spec, target, sources, inputs), inputs, options)
                if isinstance(target, Loss) and result.items >= LEAST_CHECKED
                else result
                for result, spec, (target, sources) in zip(answers, specs, bound, strict=True)
            ]
    return [_noted(result, spec, inputs) for spec, result in zip(specs, answers, strict=True)]


def differentiate(spec: Spec, data: Data, options: Options) -> tuple[Result, dict[str, Array]]:
    """Evaluate a loss or a recipe and its gradient with respect to its differentiable inputs.

    Returns
    -------
    tuple
        The result, and one array for each differentiable input, shaped like it. For
        ``reduction="none"`` both are those of the sum.
    """
    places = places_of(data, [spec.target])
    with opened(data, places, options) as inputs:
        options = with_context(options, inputs)
        ((target, sources),) = bind_all(
            [spec.target], inputs.positional, inputs.named, options.axes
        )
        if not isinstance(target, Loss):
            from lossctl.objective import run  # noqa: PLC0415 - reads YAML

            result = _recipe(spec, sources, inputs, options, NOTHING)
            slopes = run.recipe_gradient(target, spec.params, sources, options)
        else:
            from lossctl.engine.gradient import gradient  # noqa: PLC0415 - gradients only

            request = request_of(spec, target, sources, inputs)
            result, sinks = gradient(request, {}, inputs.weights, options)
            slopes = {n: sink.array for n, sink in sinks.items() if isinstance(sink, ArraySink)}
    for name, source in sources.items():
        if name in slopes and hasattr(source, "as_given"):
            slopes[name] = source.as_given(slopes[name])
    return _noted(result, spec, inputs), slopes


def with_context(options: Options, inputs: Opened) -> Options:
    """Measure the context of what is read from files: beside reading it takes little time."""
    return replace(options, context=True) if inputs.from_files else options


def request_of(spec: Spec, target: Loss, sources: dict[str, Source], inputs: Opened) -> Request:
    """Return the request of a loss on its inputs, with what its name sets where nothing is said."""
    if inputs.group is not None:
        sources = {**sources, GROUP: inputs.group}
    if spec.preset is None:
        return Request(target, spec.params, None, sources)
    params = {**spec.preset.params_of(target), **spec.params}
    return Request(target, params, None, sources, spec.preset.options)


def _noted(result: Result, spec: Spec, inputs: Opened) -> Result:
    notes = inputs.notes if spec.preset is None else [spec.preset.note, *inputs.notes]
    return result.with_notes(notes) if notes else result


def _checked(result: Result, request: Request, inputs: Opened, options: Options) -> Result:
    """Add notes on what is gravely wrong with the data, from a sample of it."""
    from lossctl.checks.screening import may_be_wrong  # noqa: PLC0415 - files only

    if request.sources is None or not may_be_wrong(result, request.sources):
        return result
    from lossctl.checks.grave_notes import notes_on  # noqa: PLC0415 - files only

    notes = notes_on(request, inputs.weights, request.with_own(options), result)
    return result.with_notes(notes) if notes else result


def _require_gradients(targets: Sequence[Any], outputs: Outputs) -> None:
    """Refuse a gradient, or a summary of one, of what has none."""
    asked = {"gradient": outputs.gradient is not None, "gradient_summary": outputs.gradient_summary}
    if any(getattr(one, "is_metric", False) for one in targets):
        for name in (name for name, is_asked in asked.items() if is_asked):
            raise UsageError(f"{option(name)}: metrics have no gradient; ask for losses alone")


def _details(data: Data, inputs: Opened, options: Options) -> "Details | None":
    """Return what is asked for beside the values, if anything is."""
    if not (inputs.columns or data.by_class or data.worst or data.min_size is not None):
        return None
    from lossctl.slicing import details_of  # noqa: PLC0415 - slices and worst items only

    return details_of(data, inputs, options)


def _losses(
    requests: Sequence[Request],
    inputs: Opened,
    options: Options,
    outputs: Outputs,
    details: "Details | None",
) -> list[Result]:
    """Evaluate losses; write values and gradients in the same pass where that is possible."""
    per_item, gradient, weights = outputs.items, outputs.gradient, inputs.weights
    if per_item is None and gradient is None and not outputs.gradient_summary:
        return evaluate_requests(requests, {}, weights, options, details)
    from lossctl.io.outputs import write_losses  # noqa: PLC0415 - files only

    return write_losses(
        requests,
        per_item,
        gradient,
        weights,
        options,
        ids=inputs.ids,
        details=details,
        summarized=outputs.gradient_summary,
    )


def _recipe(
    spec: Spec, sources: Sources, inputs: Opened, options: Options, outputs: Outputs
) -> Result:
    from lossctl.objective import run  # noqa: PLC0415 - reads YAML

    recipe = spec.target
    if inputs.group is not None:
        raise UsageError(
            f"{option('group')}: {recipe.id} is a recipe; set it for one part in a file"
        )
    for name in ("per_item", "gradient"):
        if getattr(outputs, name) is not None:
            raise UsageError(
                f"{option(name)}: {recipe.id} is a recipe, whose parts have different items; write "
                f"it as a file for `lossctl run`, which has {option('gradient')} for a folder"
            )
    if not outputs.gradient_summary:
        return run.compute_recipe(recipe, spec.params, sources, options, inputs.weights)
    from lossctl.engine.gradient_sums import summary_of  # noqa: PLC0415 - if asked for

    result = run.compute_recipe(recipe, spec.params, sources, options, inputs.weights)
    slopes = run.recipe_gradient(recipe, spec.params, sources, options)
    found = [summary_of(slope, name, sources[name]) for name, slope in slopes.items()]
    return replace(result, gradients=tuple(found))


def places_of(data: Data, targets: Sequence[Any]) -> dict[str, Any]:
    """Name every input: those given by place after the first loss, the others as they are named.

    Raises
    ------
    UsageError
        For a name that is no input, and for columns without a table.
    """
    named = dict(data.by_name)
    _require_kinds(data)
    if data.table is not None and not data.column:
        raise UsageError(
            f"{option('column')}: names the columns of the table: "
            f"{listed(f'{name}=…' for name in input_names(targets[0]))}"
        )
    if data.column and data.table is None:
        raise UsageError(f"{option('column')}: names columns of a table, but no table is given")
    for name, selector in (data.column or {}).items():
        known = dict.fromkeys(known for one in targets for known in input_names(one))
        if name not in {*known, WEIGHTS, GROUP}:
            from lossctl.core.spelling import did_you_mean  # noqa: PLC0415 - errors only

            hint = did_you_mean(name, known)
            raise UsageError(
                f"{option('column')}: inputs are {', '.join(known)}, not {name!r}{hint}"
            )
        named[name] = in_columns(data.table, selector)
    names = place_names(targets[0], len(data.by_place), named)
    places = dict(zip(names, data.by_place, strict=True)) | named
    if data.weights is not None:
        places[WEIGHTS] = data.weights
    if data.group is not None:
        places[GROUP] = in_table(data.table, data.group)
    if data.by is not None or data.bins:
        from lossctl.slicing import column_places  # noqa: PLC0415 - slices only

        places |= column_places(data, places.get("targets"))
    return places


def _require_kinds(data: Data) -> None:
    """Check what says how places are read, which the shell gives as text and Python as anything."""
    for name in FILE_NAMES:
        value = getattr(data, name)
        if value is not None and not isinstance(value, str):
            raise UsageError(f"{option(name)}: must be text, got {value!r}")
    if data.header is not None and not isinstance(data.header, bool):
        raise UsageError(f"{option('header')}: must be true or false, got {data.header!r}")
    if data.column is not None and not isinstance(data.column, Mapping):
        raise UsageError(
            f"{option('column')}: must be columns by the name of an input, such as "
            f"{{'predictions': 'p_*'}}, got {data.column!r}"
        )


def opened(
    data: Data, places: Mapping[str, Any], options: Options
) -> AbstractContextManager[Opened]:
    """Open the inputs; leaving closes files and complains of files that changed meanwhile."""
    by_place = list(places)[: len(data.by_place)]
    if not all(type(place) is np.ndarray for place in places.values()):  # most calls are of arrays
        if any(hasattr(place, "iloc") for place in places.values()):
            from lossctl.engine.arrays import require_one_order  # noqa: PLC0415 - frames

            require_one_order(places)
        if data.table is not None or any(isinstance(place, PLACES) for place in places.values()):
            return _opened_files(data, places, by_place, options)
    for name in FILE_NAMES:
        if getattr(data, name) is not None:
            raise UsageError(f"{option(name)}: is for files, but every input is an array in memory")
    sources = {name: _as_source(place, name) for name, place in places.items()}
    return nullcontext(arranged(sources, by_place))


def _as_source(given: Any, name: str) -> Source:
    numbers = numbers_in_memory(given, name)
    if numbers is not None:
        return numbers
    from lossctl.engine.given import other_source  # noqa: PLC0415 - no plain array of numbers

    return other_source(given, name)


@contextmanager
def _opened_files(
    data: Data, places: Mapping[str, Any], by_place: Sequence[str], options: Options
) -> Iterator[Opened]:
    from lossctl.io.input_files import Inputs  # noqa: PLC0415 - files only
    from lossctl.io.opening import TableOptions, require_decimal  # noqa: PLC0415

    require_decimal(data.decimal)
    require_files([*places.values(), data.table])
    tables = TableOptions(data.header, data.delimiter, data.id, options.threads, data.decimal)
    by_element = options.input == "labels"
    with Inputs(places, tables, data.stdin_format, by_element=by_element) as inputs:
        opened = arranged(inputs.sources, by_place, inputs.notes)
        yield opened._replace(ids=inputs.ids, from_files=True)


def arranged(sources: Sources, by_place: Sequence[str], notes: Sequence[str] = ()) -> Opened:
    """Tell inputs from what stands beside them; the first were given by place."""
    beside = {WEIGHTS, GROUP}
    of_frames = [note for one in sources.values() if (note := getattr(one, "note", None))]
    columns = {n: s for n, s in sources.items() if n.startswith(COLUMN_OF)}
    beside |= columns.keys()
    return Opened(
        positional=[sources[name] for name in by_place],
        named={n: s for n, s in sources.items() if n not in beside and n not in by_place},
        columns=columns,
        weights=sources.get(WEIGHTS),
        group=sources.get(GROUP),
        notes=[*notes, *of_frames],
    )
