"""A configuration or a recipe as the shell and Python ask for it.

A configuration is read, evaluated, and answered with gradients and tables of weights; a recipe is
evaluated straight on arrays, as a loss is.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lossctl.core.domain import defaults_of
from lossctl.core.errors import LossctlError, PlacedError, SeveralError, UsageError, together
from lossctl.core.loss import Array
from lossctl.core.options import OPTIONS, Options
from lossctl.core.result import Part, Reading, Result
from lossctl.core.spelling import in_config, option
from lossctl.core.threads import writes_results
from lossctl.core.urls import is_url
from lossctl.elsewhere import elsewhere
from lossctl.engine.arrays import require_one_order
from lossctl.engine.given import as_source
from lossctl.engine.sources import Source
from lossctl.io.input_files import split_selector
from lossctl.io.multi_file import files_of
from lossctl.io.output_places import require_free
from lossctl.io.write import NpySum, check_array_path, real_path
from lossctl.objective.checkpoints import (
    NO_INTERVAL,
    checkpoints,
    evaluate_config,
    evaluate_series,
    refuse_schedules,
)
from lossctl.objective.config import Config
from lossctl.objective.config_files import load, load_mapping, merged, read_config
from lossctl.objective.objective_result import ObjectiveResult
from lossctl.objective.recipe import Recipe, require_axes
from lossctl.objective.total_gradient import ArraySum, GradientSum, NoSum
from lossctl.objective.weight_tables import over_grid, parse_grid
from lossctl.objective.weight_tables import sensitivity as sensitivity_of
from lossctl.objective.yaml_nodes import Place, YamlMapping

DEFAULTS = Options()
UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)  # what a name of data loses as the name of a file


@in_config()
def run(
    configuration: str | Path | Mapping[str, Any],
    *,
    sets: Sequence[str] = (),
    data: Mapping[str, Any] | None = None,
    threads: int | None = None,
    gradient: str | Path | None = None,
    weights_grid: Sequence[str] = (),
    sensitivity: bool = False,
    interval: bool = False,
    confidence: float = DEFAULTS.confidence,
    written: Mapping[str, Sequence[Path]] | None = None,
    cluster: Any = None,
    insecure_cluster: bool = False,
) -> list[ObjectiveResult]:
    """Evaluate the objectives of a configuration, as ``lossctl run`` does.

    Parameters
    ----------
    configuration
        A file, or what it would hold as a dict; under ``data`` there may be arrays instead of
        files.
    sets
        ``key.path=value`` entries that replace those of the configuration.
    data
        Files or arrays that replace named data.
    threads
        Worker threads; never changes a value.
    gradient
        A folder to write the gradient of the total with respect to each named array to,
        ``NAME.npy``.
    weights_grid
        ``name=w,w,…`` entries: totals over a grid of weights, in ``.extras``.
    sensitivity
        Whether ``.extras`` holds how the total changes with each weight.
    interval, confidence
        Whether the total and its components have confidence intervals, and how often those hold
        the value of the population.
    written
        Files that the caller is going to write, by the name of an option: none may be an input.
    cluster, insecure_cluster
        Workers of Dask that read the data, as for :func:`lossctl.compute`.

    Returns
    -------
    list of ObjectiveResult
        One per document: ``.total``, ``.components``, ``.to_dict()``, ``.to_frame()``.
        :func:`lossctl.judge` checks the gates of the configuration.

    Raises
    ------
    UsageError, DataError
        With every mistake in the configuration: its file, line and column, or the path of its key.
    """
    if cluster is not None:
        named: dict[str, Any] = {
            "sets": sets,
            "data": data,
            "threads": threads,
            "gradient": gradient,
            "weights_grid": weights_grid,
        }
        named |= {"sensitivity": sensitivity, "interval": interval, "confidence": confidence}
        on_cluster = elsewhere(run, cluster, insecure=insecure_cluster)
        return on_cluster(configuration, written=written, **named)
    configs, arrays = _configs(configuration, sets, data)
    if written:
        require_free(written, _files_read(configuration, configs))
    if gradient is not None and len(configs) > 1:
        raise UsageError(f"{option('gradient')}: is for a configuration with one document")
    # a level is checked as that of any other interval
    level = Options(confidence=confidence).confidence if interval else None
    tables = partial(_with_tables, grid=weights_grid, sensitivity=sensitivity)
    results = []
    for config in configs:
        if gradient is None:
            result = tables(evaluate_series(config, threads, arrays, level))
        else:
            evaluate = partial(evaluate_config, config, arrays, threads=threads, confidence=level)
            result = _with_gradients(config, Path(gradient), evaluate, tables)
        results.append(replace(result, gates=config.gates))
    return results


def _configs(
    configuration: Any,
    sets: Sequence[str],
    data: Mapping[str, Any] | None,
) -> tuple[list[Config], dict[str, Source]]:
    """Read the documents; return them with the arrays that were given in memory."""
    files = {
        name: str(value) for name, value in (data or {}).items() if isinstance(value, str | Path)
    }
    arrays = {name: value for name, value in (data or {}).items() if name not in files}
    if not isinstance(configuration, Mapping | str | Path):
        kind = type(configuration).__name__
        raise UsageError(f"the configuration must be a file or a dict, got {kind}")
    if isinstance(configuration, Mapping):
        config, arrays_in_mapping = load_mapping(configuration, sets, files)
        configs, arrays = [config], arrays_in_mapping | arrays
    else:
        configs = load(Path(configuration), sets, files)
    require_one_order(arrays)
    return configs, {name: as_source(array, name) for name, array in arrays.items()}


def _files_read(configuration: Any, configs: Sequence[Config]) -> dict[Path, str]:
    """Return the files that are read, each with what it is."""
    files = {path: "input" for config in configs for path in _inputs(config)}
    if isinstance(configuration, str | Path):
        files[real_path(Path(configuration))] = "configuration"
    return files


def _inputs(config: Config) -> set[Path]:
    """Return the files that a document reads."""
    return {
        real_path(path)
        for entry in config.data.values()
        if not is_url(entry.file)
        for path in files_of(str(entry.file.place.folder / split_selector(entry.file)[0]))
    }


def _with_tables(
    result: ObjectiveResult, grid: Sequence[str], *, sensitivity: bool
) -> ObjectiveResult:
    """Add the tables that were asked for beside the components."""
    extras: dict[str, Any] = {"sensitivity": sensitivity_of(result)} if sensitivity else {}
    if grid:
        points = parse_grid(grid, [component.name for component in result.components])
        extras |= over_grid(result, points)
    return replace(result, extras=extras)


def _with_gradients(
    config: Config,
    folder: Path,
    evaluate: Callable[..., ObjectiveResult],
    tables: Callable[[ObjectiveResult], ObjectiveResult],
) -> ObjectiveResult:
    """Evaluate, write the gradient of the total by every array, add tables; all files or none."""
    if checkpoints(config):
        raise UsageError(
            f"{option('gradient')}: is for a single set of files, not for a series of checkpoints"
        )
    refuse_schedules(config)
    sums: dict[str, GradientSum] = {}
    inputs = _inputs(config)

    def make(name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> GradientSum:
        path = folder / f"{UNSAFE.sub('_', name)}.npy"
        if real_path(path) in inputs:
            raise UsageError(
                f"{option('gradient')}: {folder} would overwrite {path}, which is an input"
            )
        if not writes_results():
            return NoSum()
        return NpySum(check_array_path(path), shape, dtype)

    with _made(folder):
        try:
            result = tables(evaluate(make=make, sums=sums))
        except BaseException as error:
            for gradient_sum in sums.values():
                if isinstance(gradient_sum, NpySum):
                    gradient_sum.abandon(error)
            raise
        for gradient_sum in sums.values():
            if isinstance(gradient_sum, NpySum):
                gradient_sum.finish()
    return result


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder for what the block writes; take it away again if that comes to nothing."""
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "it is a file, not a folder" if folder.is_file() else error.strerror
        raise UsageError(f"{option('gradient')}: cannot write into {folder}: {reason}") from None
    try:
        yield
    except BaseException:
        if is_new:
            with suppress(OSError):  # somebody else may have put something there
                folder.rmdir()
        raise


def compute_recipe(
    recipe: Recipe,
    params: Mapping[str, Any],
    sources: Mapping[str, Source],
    options: Options,
    weights: Source | None = None,
) -> Result:
    """Evaluate a recipe on named sources."""
    if weights is not None:
        raise UsageError(
            f"{option('weights')}: {recipe.id} is a recipe; give weights of its items in a file "
            "for `run`"
        )
    bound = recipe.bind(params)
    config = _recipe_config(recipe, bound, list(sources), options)
    require_axes(recipe, sources)
    result = _evaluate_recipe(config, sources, options, None)
    return _recipe_result(recipe, bound, result, _signed_options(recipe, sources, options))


def recipe_gradient(
    recipe: Recipe, params: Mapping[str, Any], sources: Mapping[str, Source], options: Options
) -> dict[str, Array]:
    """Return the gradient of the total by every input that a part is differentiated by."""
    config = _recipe_config(recipe, recipe.bind(params), list(sources), options)
    require_axes(recipe, sources)
    sums: dict[str, GradientSum] = {}
    _evaluate_recipe(config, sources, options, sums)
    return {
        name: gradient_sum.array
        for name, gradient_sum in sums.items()
        if isinstance(gradient_sum, ArraySum)
    }


def _evaluate_recipe(
    config: Config,
    sources: Mapping[str, Source],
    options: Options,
    sums: dict[str, GradientSum] | None,
) -> ObjectiveResult:
    make = None if sums is None else lambda _name, shape, dtype: ArraySum(shape, dtype)
    try:
        return evaluate_config(
            config,
            sources,
            options.threads,
            make=make,
            sums=sums,
            digests=options.context,
            confidence=options.confidence if options.interval else None,
        )
    except LossctlError as error:
        raise _without_place(error, config.place) from None


def _without_place(error: LossctlError, place: Place) -> LossctlError:
    """Drop the place in the recipe's own file, which the caller did not write."""
    if isinstance(error, SeveralError):
        return together(_without_place(each, place) for each in error.errors)
    head, _, rest = str(error).partition(": ")
    if isinstance(error, PlacedError) or not head.startswith(place.label):
        return error
    return type(error)(f"{place.label.removeprefix('recipe ')}: {rest}")


def _recipe_config(
    recipe: Recipe, params: Mapping[str, Any], inputs: Sequence[str], options: Options
) -> Config:
    _refuse_options(recipe, options)
    place = recipe.body.place
    data = YamlMapping({"data": YamlMapping({}, {}, place)}, {"data": place}, place)
    try:
        config = read_config(merged(recipe.filled(params, inputs), data))
    except LossctlError as error:
        raise _without_place(error, place) from None
    reading = options.signed
    supervised = [
        term.model_copy(update={"reading": {**reading, **term.reading}})
        for term in config.supervised
    ]
    if (nan := reading.get("nan")) is not None:
        rules = [term.model_copy(update={"nan": nan}) for term in config.rules]
        constraints = [term.model_copy(update={"nan": nan}) for term in config.constraints]
        config = config.model_copy(update={"rules": rules, "constraints": constraints})
    return config.model_copy(update={"supervised": supervised})


def _refuse_options(recipe: Recipe, options: Options) -> None:
    for name in options.changed:
        if OPTIONS[name].in_recipes:
            continue
        advice = "set it for one part in a file for `lossctl run`"
        if name in {param.name for param in recipe.params}:
            advice = f"it is a parameter: {recipe.id}:{name}={getattr(options, name)}"
        raise UsageError(
            f"{option(name)}: {recipe.id} is a recipe, whose parts may be read differently; "
            f"{advice}"
        )


def _signed_options(recipe: Recipe, inputs: Collection[str], options: Options) -> dict[str, Any]:
    """Return what decides the value beside parameters: options, and inputs that may be left out."""
    read = [entry.name for entry in recipe.inputs if entry.name in inputs]
    optional = any(not entry.required for entry in recipe.inputs)
    return {**({"inputs": "+".join(read)} if optional else {}), **options.signed}


def _recipe_result(
    recipe: Recipe, params: Mapping[str, Any], result: ObjectiveResult, signed: Mapping[str, Any]
) -> Result:
    parts = tuple(
        Part(component.name, component.loss, component.raw, component.weight, component.weighted)
        for component in result.components
    )
    first = result.components[0]
    notes = [
        f"{component.name}: {text}" for component in result.components for text in component.notes
    ]
    notes += [text for text in result.notes if text.startswith(NO_INTERVAL)]
    names = " + ".join(part.name for part in parts)
    return Result(
        loss=recipe.id,
        params=params,
        defaults=defaults_of(recipe.params),
        value=result.total,
        reduction="mean",
        items=first.items,
        ignored=first.ignored,
        omitted=first.omitted,
        input=Reading("values", "declared", f"a composition: {names}", recipe.tasks[0], "values"),
        notes=tuple(notes),
        options=signed,
        parts=parts,
        interval=result.interval,
        data={"rows": first.data["rows"], **_digests(result)},
    )


def _digests(result: ObjectiveResult) -> dict[str, int | str | None]:
    """Return the digests of the arrays that some part is held against."""
    digests = {name: digest for part in result.components for name, digest in part.data.items()}
    return {name: digest for name, digest in digests.items() if name != "rows"}
