"""A run as the shell and Python ask for it: documents, gradients, grids of weights, sensitivity."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.engine.arrays import require_one_order
from lossctl.engine.sources import Source, as_source
from lossctl.io.input_files import split_selector
from lossctl.io.write import NpySum, check_array_path, check_folder
from lossctl.objective import weight_search
from lossctl.objective.answer import Answer
from lossctl.objective.checkpoints import checkpoints, evaluate_series
from lossctl.objective.columns import NamedColumns
from lossctl.objective.documents import load, load_mapping
from lossctl.objective.gradient import Sum
from lossctl.objective.model import Config
from lossctl.objective.run import evaluate

UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)  # what a name of data loses as the name of a file


def run(
    configuration: str | Path | Mapping[str, Any],
    *,
    sets: Sequence[str] = (),
    data: Mapping[str, Any] | None = None,
    threads: int | None = None,
    gradient: str | Path | None = None,
    weights_grid: Sequence[str] = (),
    sensitivity: bool = False,
    output: Path | None = None,
) -> list[Answer]:
    """Evaluate every document of a configuration; see :func:`lossctl.run`.

    `output` is a file the caller is going to write: it may be no input.
    """
    configs, given = _configs(configuration, sets, data)
    if output is not None:
        _require_free(output, configuration, configs)
    if gradient is not None and len(configs) > 1:
        raise UsageError("gradient: is for a configuration with one document")
    answers = []
    for config in configs:
        if gradient is None:
            answer = evaluate_series(config, threads, given)
        else:
            answer = _with_gradients(config, Path(gradient), threads, given)
        extras = _extras(answer, weights_grid, sensitivity=sensitivity)
        answers.append(replace(answer, extras=extras, gates=config.gates))
    return answers


def _configs(
    configuration: Any,
    sets: Sequence[str],
    data: Mapping[str, Any] | None,
) -> tuple[list[Config], dict[str, Source]]:
    """Read the documents; return them with the arrays that were given in memory."""
    files = {name: str(one) for name, one in (data or {}).items() if isinstance(one, str | Path)}
    arrays = {name: one for name, one in (data or {}).items() if name not in files}
    if not isinstance(configuration, Mapping | str | Path):
        kind = type(configuration).__name__
        raise UsageError(f"the configuration must be a file or a dict, got {kind}")
    if isinstance(configuration, Mapping):
        config, inside = load_mapping(configuration, sets, files)
        configs, arrays = [config], inside | arrays
    else:
        configs = load(Path(configuration), sets, files)
    require_one_order(arrays)
    return configs, {name: _source_of(array, name) for name, array in arrays.items()}


def _source_of(array: Any, name: str) -> Source:
    """Return an array in memory as a source; that of a frame knows the names of its columns."""
    names = getattr(array, "column_names", getattr(array, "columns", None))
    if names is None or isinstance(array, Source):
        return as_source(array, name)
    return NamedColumns(array, name, [str(one) for one in names])


def _require_free(output: Path, configuration: Any, configs: Sequence[Config]) -> None:
    place = check_folder(output).resolve()
    if isinstance(configuration, str | Path) and place == Path(configuration).resolve():
        raise UsageError(f"output: {output} would overwrite the configuration")
    if place in {path for config in configs for path in _inputs(config)}:
        raise UsageError(f"output: {output} would overwrite an input")


def _inputs(config: Config) -> set[Path]:
    """Return the files that a document reads."""
    return {
        Path(entry.file.place.folder / split_selector(entry.file)[0]).resolve()
        for entry in config.data.values()
    }


def _extras(answer: Answer, grid: Sequence[str], *, sensitivity: bool) -> dict[str, Any]:
    """Return the tables that were asked for beside the components."""
    extras: dict[str, Any] = (
        {"sensitivity": weight_search.sensitivity(answer)} if sensitivity else {}
    )
    if grid:
        points = weight_search.parse_grid(grid, [one.name for one in answer.components])
        extras |= weight_search.over_grid(answer, points)
    return extras


def _with_gradients(
    config: Config, folder: Path, threads: int | None, given: Mapping[str, Source]
) -> Answer:
    """Evaluate and write the gradient of the total by every array; all files or none."""
    if checkpoints(config):
        raise UsageError("gradient: is for one set of files, not for a series of checkpoints")
    sums: dict[str, Sum] = {}
    inputs = _inputs(config)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "it is a file, not a folder" if folder.is_file() else error.strerror
        raise UsageError(f"gradient: cannot write into {folder}: {reason}") from None

    def make(name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Sum:
        path = folder / f"{UNSAFE.sub('_', name)}.npy"
        if path.resolve() in inputs:
            raise UsageError(f"gradient: {folder} would overwrite {path}, which is an input")
        return NpySum(check_array_path(path), shape, dtype)

    try:
        answer = evaluate(config, given, threads=threads, make=make, sums=sums)
    except BaseException as error:
        for one in sums.values():
            if isinstance(one, NpySum):
                one.abandon(error)
        raise
    for one in sums.values():
        if isinstance(one, NpySum):
            one.finish()
    return answer
