"""The common entry point: losses and recipes, by name or as objects, on whatever their inputs are.

The Python API, the command line and the laws evaluate through :func:`evaluate` and
:func:`differentiate`; neither knows whether an input is an array or a file, nor whether what is
evaluated is a loss or a recipe.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.loss import Array, Loss
from lossctl.core.options import Options
from lossctl.core.result import Result
from lossctl.core.spelling import listed, option
from lossctl.engine.bind.inputs import bind_all, input_names, place_names
from lossctl.engine.evaluate import Request
from lossctl.engine.evaluate import evaluate as evaluate_requests
from lossctl.engine.plan import GROUP, WEIGHTS
from lossctl.engine.sources import ArraySink, Source, numbers_in_memory
from lossctl.losses.catalogue import RECIPES, called, get, is_recipe
from lossctl.losses.catalogue import load_plugin as load_losses

if TYPE_CHECKING:  # arrays in memory need no files
    from lossctl.io.align import Ids
    from lossctl.losses.framework_names import Preset

PLACES = (str, Path)
FILE_NAMES = ("id", "delimiter", "decimal", "stdin_format")  # what says how files are read


class Spec(NamedTuple):
    """A loss or a recipe, the parameters it is given, and what the name it was called by sets."""

    target: Any  # Loss | Recipe; recipes are imported only when one is asked for
    params: Mapping[str, Any]
    preset: "Preset | None" = None


class Data(NamedTuple):
    """Where inputs are: arrays, or places to read from (a str or a Path is always a place).

    Attributes
    ----------
    by_place, by_name
        Inputs in the order the loss declares them, and by their names.
    weights
        Non-negative weight of each item, or of each entry of the first axes.
    group
        The group of each item, for losses whose items are each other's context.
    table, column
        A table that holds every input, and the columns of each input by its name.
    id
        Name of the column of ids: they are checked, several tables are aligned by them, and they
        label rows in messages and in tables that are written.
    header
        Whether the first line of a delimited file names its columns; found from it when None.
    delimiter
        Delimiter of such files; found from the header when None.
    decimal
        What stands before the decimals of numbers in them: a point, or ``","``.
    stdin_format
        Format of standard input; found from its first bytes when None.
    """

    by_place: Sequence[Any] = ()
    by_name: Mapping[str, Any] = {}
    weights: Any = None
    group: Any = None
    table: Any = None
    column: Mapping[str, str | list[str]] | None = None
    id: str | None = None
    header: bool | None = None
    delimiter: str | None = None
    decimal: str | None = None
    stdin_format: str | None = None


class Outputs(NamedTuple):
    """Files that are written: values per item, gradients; `output` is only kept from clashes."""

    per_item: str | Path | None = None
    gradient: str | None = None
    output: Path | None = None


DATA_NAMES = tuple(name for name in Data._fields if not name.startswith("by_"))
NOTHING = Outputs()
Sources: TypeAlias = Mapping[str, Source]


class Opened(NamedTuple):
    """Inputs that are open: by place, by name, what stands beside them, the ids of their rows."""

    positional: Sequence[Source]
    named: Sources
    weights: Source | None = None
    group: Source | None = None
    notes: Sequence[str] = ()
    ids: "Ids | None" = None
    from_files: bool = False


def resolve(name: Any) -> Any:
    """Return the loss or recipe of a name; a declaration, or a function made one, is itself.

    A function of ``lossctl.losses`` stands for its loss.

    Raises
    ------
    UsageError
        For a name that is neither, with the nearest one, and for what is no name.
    """
    if isinstance(name, str):
        if not is_recipe(name):
            return get(name)
        from lossctl.objective.recipe import get_recipe  # noqa: PLC0415 - reads YAML

        return get_recipe(name)
    if isinstance(name, Loss) or callable(name):
        from lossctl.losses.plugins import as_loss  # noqa: PLC0415 - most losses have a name

        return getattr(name, "__wrapped_loss__", None) or as_loss(name)
    raise UsageError(
        "the loss comes first, as a name, a Loss or a function: "
        f"compute('mse', predictions, targets); got {type(name).__name__}"
    )


def spec_of(name: Any, params: Mapping[str, Any]) -> Spec:
    """Return the spec of a loss or recipe by name; options among the parameters are its own.

    Raises
    ------
    UsageError
        As for :func:`resolve`, and for parameters of another library that have no counterpart.
    """
    if not isinstance(name, str) or is_recipe(name):
        return Spec(resolve(name), params)
    target, given, preset = called(name, params)
    if preset is not None:
        given, preset = preset.with_options(given)
    return Spec(target, given, preset)


def load_plugin(path: str | Path) -> list[str]:
    """Run a Python file and register the losses it defines; return their ids.

    Raises
    ------
    UsageError
        With file and line, when it cannot be run, defines no loss, or one that is there already.
    """
    if not isinstance(path, str | Path):
        raise UsageError(f"load_plugin takes the name of a file, got {type(path).__name__}")
    return load_losses(Path(path), taken=RECIPES)


def params_of(target: Any) -> list[str]:
    """Return the names of the parameters of a loss, with those of its variants, or a recipe."""
    return list(
        dict.fromkeys(param.name for one in (target, *target.variants) for param in one.params)
    )


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
    places = places_of(data, targets)
    if outputs != NOTHING:
        from lossctl.io.outputs import check_outputs  # noqa: PLC0415 - files only

        check_outputs(places, targets, outputs.output, outputs.per_item, outputs.gradient)
    with opened(data, places, options) as inputs:
        options = _with_context(options, inputs)
        bound = bind_all(targets, inputs.positional, inputs.named, options.axes)
        losses = [
            _request(spec, target, sources, inputs)
            for spec, (target, sources) in zip(specs, bound, strict=True)
            if isinstance(target, Loss)
        ]
        results = iter(_losses(losses, inputs, options, outputs) if losses else ())
        answers = [
            next(results)
            if isinstance(target, Loss)
            else _recipe(spec, sources, inputs, options, outputs)
            for spec, (target, sources) in zip(specs, bound, strict=True)
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
        options = _with_context(options, inputs)
        ((target, sources),) = bind_all(
            [spec.target], inputs.positional, inputs.named, options.axes
        )
        if not isinstance(target, Loss):
            from lossctl.objective import run  # noqa: PLC0415 - reads YAML

            result = _recipe(spec, sources, inputs, options, NOTHING)
            slopes = run.recipe_gradient(target, spec.params, sources, options)
        else:
            from lossctl.engine.gradient import gradient  # noqa: PLC0415 - gradients only

            request = _request(spec, target, sources, inputs)
            result, sinks = gradient(request, {}, inputs.weights, options)
            slopes = {n: sink.array for n, sink in sinks.items() if isinstance(sink, ArraySink)}
    for name, source in sources.items():
        if name in slopes and hasattr(source, "as_given"):
            slopes[name] = source.as_given(slopes[name])
    return _noted(result, spec, inputs), slopes


def _with_context(options: Options, inputs: Opened) -> Options:
    """Measure the context of what is read from files: beside reading it takes little time."""
    return replace(options, context=True) if inputs.from_files else options


def _request(spec: Spec, target: Loss, sources: dict[str, Source], inputs: Opened) -> Request:
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


def _losses(
    requests: Sequence[Request], inputs: Opened, options: Options, outputs: Outputs
) -> list[Result]:
    """Evaluate losses; write values and gradients in the same pass where that is possible."""
    per_item, gradient, weights = outputs.per_item, outputs.gradient, inputs.weights
    if per_item is None and gradient is None:
        return evaluate_requests(requests, {}, weights, options)
    from lossctl.io.outputs import write_losses  # noqa: PLC0415 - files only

    return write_losses(requests, per_item, gradient, weights, options, ids=inputs.ids)


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
    return run.compute_recipe(recipe, spec.params, sources, options, inputs.weights)


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
        named[name] = _in_table(data.table, selector)
    names = place_names(targets[0], len(data.by_place), named)
    places = dict(zip(names, data.by_place, strict=True)) | named
    if data.weights is not None:
        places[WEIGHTS] = data.weights
    if data.group is not None:
        places[GROUP] = _group_place(data)
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


def _in_table(table: Any, selector: Any) -> Any:
    from lossctl.io.input_files import InTable  # noqa: PLC0415 - tables only

    several = isinstance(selector, list)
    return InTable(table, ",".join(map(str, selector)) if several else str(selector))


def _group_place(data: Data) -> Any:
    """Return where groups are; a bare name beside a table is one of its columns."""
    group = data.group
    is_name = isinstance(group, str) and "::" not in group
    if data.table is not None and is_name and not Path(group).exists():
        return _in_table(data.table, group)
    return group


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
    return nullcontext(_arranged(sources, by_place, ()))


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
    tables = TableOptions(data.header, data.delimiter, data.id, options.threads, data.decimal)
    by_element = options.input == "labels"
    with Inputs(places, tables, data.stdin_format, by_element=by_element) as inputs:
        arranged = _arranged(inputs.sources, by_place, inputs.notes)
        yield arranged._replace(ids=inputs.ids, from_files=True)


def _arranged(sources: Sources, by_place: Sequence[str], notes: Sequence[str]) -> Opened:
    beside = {WEIGHTS, GROUP}
    of_frames = [note for one in sources.values() if (note := getattr(one, "note", None))]
    return Opened(
        positional=[sources[name] for name in by_place],
        named={n: s for n, s in sources.items() if n not in beside and n not in by_place},
        weights=sources.get(WEIGHTS),
        group=sources.get(GROUP),
        notes=[*notes, *of_frames],
    )
