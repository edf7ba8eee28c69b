"""Write per-item losses and gradients to files, streaming npy and never leaving half a file."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.loss import Loss
from lossctl.core.options import Options
from lossctl.core.result import Result
from lossctl.core.spelling import option
from lossctl.engine.details import Details
from lossctl.engine.evaluate import Request, evaluate
from lossctl.engine.gradient import gradient
from lossctl.engine.plan import GROUP
from lossctl.engine.sources import ArraySink, Sink, Source, WideSink
from lossctl.io.align import Ids
from lossctl.io.file_formats import by_suffix
from lossctl.io.input_files import InTable, split_selector
from lossctl.io.multi_file import files_of
from lossctl.io.write import NpySink, check_array_path, check_folder, real_path, write_array


def paths_for(template: str | Path, name: str, losses: Sequence[str]) -> list[Path]:
    """Return the file of each loss id; several losses need ``{loss}`` in the name."""
    if not isinstance(template, str | Path):
        raise UsageError(f"{option(name)}: must be the name of a file, got {template!r}")
    template = str(template)
    if not template:
        raise UsageError(f"{option(name)}: the name of the file is empty")
    paths = [Path(template.replace("{loss}", loss_id)) for loss_id in losses]
    if len(set(losses)) < len(losses):
        twice = next(loss_id for loss_id in losses if losses.count(loss_id) > 1)
        raise UsageError(
            f"{option(name)}: {twice} is requested twice and both would write the same file; "
            "compute them separately"
        )
    if len(set(paths)) < len(paths):
        raise UsageError(
            f"{option(name)}: several losses would write {paths[0]}; include {{loss}} in the name"
        )
    return paths


def check_outputs(
    places: Mapping[str, Any],
    targets: Sequence[Any],
    texts: Mapping[str, Sequence[Path]],
    per_item: str | Path | None = None,
    gradient: str | None = None,
) -> None:
    """Refuse output files that cannot be written, coincide, or are inputs, before any work.

    `places` says where each input is, `targets` are the losses and recipes, and `texts` the files
    of text that the caller writes, by the name of their option.
    """
    ids = [target.id for target in targets]
    written: dict[str, Sequence[Path]] = {name: paths for name, paths in texts.items() if paths}
    if per_item is not None:
        written["per_item"] = paths_for(per_item, "per_item", ids)
    if gradient is not None:
        losses = [target for target in targets if isinstance(target, Loss)]
        written["gradient"] = [p for paths in gradient_paths(gradient, losses) for p in paths]
    for name in written.keys() - texts.keys():
        written[name] = [check_array_path(path) for path in written[name]]
    require_free(written, input_places(places) if written else {})


def require_free(written: Mapping[str, Sequence[Path]], inputs: Mapping[Path, str]) -> None:
    """Refuse files, by the option that names them, that are inputs, or the same file twice."""
    seen: dict[Path, str] = {}
    for name, paths in written.items():
        for path in paths:
            place = real_path(check_folder(path))
            if place in inputs:
                raise UsageError(f"{option(name)}: {path} would overwrite the {inputs[place]}")
            if place in seen:
                raise UsageError(f"{option(name)}: {path} would also be written by {seen[place]}")
            seen[place] = option(name)


def input_places(places: Mapping[str, Any]) -> dict[Path, str]:
    """Return the files that inputs are read from, each with the name of its input."""
    files: dict[Path, str] = {}
    for name, place in places.items():
        where = place.table if isinstance(place, InTable) else place
        if isinstance(where, str | Path):
            text = str(where) if isinstance(place, InTable) else split_selector(str(where))[0]
            files |= {real_path(path): name for path in files_of(text)}
    return files


def open_sink(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> WideSink:
    """Open where an array goes: straight into an npy file, or to memory for other formats."""
    return NpySink(path, shape, dtype) if path.suffix == ".npy" else ArraySink(shape, dtype)


def close_sink(path: Path, sink: Sink, ids: Ids | None) -> list[str]:
    """Put the file in place, with the ids of its rows; note when it cannot hold them."""
    if isinstance(sink, NpySink):
        sink.finish()
    elif isinstance(sink, ArraySink):
        write_array(path, sink.array, ids)
    form = by_suffix(path.suffix)
    if ids is None or (form is not None and form.is_table):
        return []
    return [f"{path} cannot hold ids, which need named columns; name it .csv to keep {ids.column}"]


def ids_of_items(
    ids: Ids | None, request: Request, sink: Sink, options: Options
) -> tuple[Ids | None, list[str]]:
    """Return the ids where entry i of the item values is that of row i, or a note why it is not.

    It is not where values are those of named groups or of a few samples, and where items lie along
    another axis than the rows of the tables.
    """
    if ids is None:
        return None, []
    sources = request.sources or {}
    axes = (options.axes or {}).values()
    ranks = {len(source.shape) for source in sources.values()}
    fits = (
        _length(sink) == len(ids.values)
        and not (request.loss.per_group and GROUP in sources)
        and options.class_axis not in {0, *(-rank for rank in ranks)}
        and all(words.split()[0] == "item" for words in axes)
    )
    if fits:
        return ids, []
    return None, [
        f"values per item do not belong to the rows of the tables, so {ids.column} is not written"
    ]


def _length(sink: Sink) -> int:
    """Return the length of the first axis of what was written; 1 for a single number."""
    shape = sink.array.shape if isinstance(sink, ArraySink) else getattr(sink, "shape", ())
    return shape[0] if shape else 1


class Writing(NamedTuple):
    """A file that is being written: what takes its values, and the ids of its rows."""

    path: Path
    sink: Sink
    ids: Ids | None


Written: TypeAlias = tuple[Result, list[Writing]]


def _items(
    template: str | Path,
    requests: Sequence[Request],
    weights: Source | None,
    options: Options,
    *,
    ids: Ids | None,
    sinks: list[Sink],
    details: Details | None,
) -> list[Written]:
    """Evaluate the losses into files of the loss of each item, behind the ids of rows.

    What a file cannot hold is a note of its result; the files are added to `sinks`.
    """
    paths = paths_for(template, "per_item", [request.loss.id for request in requests])
    before = len(sinks)

    def make_sink(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Sink:
        in_memory = options.reduction == "none"
        sinks.append(ArraySink(shape, dtype) if in_memory else open_sink(path, shape, dtype))
        return sinks[-1]

    writing = [
        request._replace(make_sink=partial(make_sink, path))
        for request, path in zip(requests, paths, strict=True)
    ]
    results = evaluate(writing, {}, weights, options, details)
    written = []
    for path, sink, request, result in zip(paths, sinks[before:], requests, results, strict=True):
        item_ids, notes = ids_of_items(ids, request, sink, options)
        written.append((result.with_notes(notes), [Writing(path, sink, item_ids)]))
    return written


def gradient_paths(template: str | Path, losses: Sequence[Loss]) -> list[list[Path]]:
    """Return the files of each loss, one for each input it has a gradient of.

    Several losses need ``{loss}`` in the name, several inputs ``{input}``.
    """
    paths = []
    for base, loss in zip(
        paths_for(template, "gradient", [loss.id for loss in losses]), losses, strict=True
    ):
        names = differentiable(loss)
        files = [Path(str(base).replace("{input}", name)) for name in names]
        if len(set(files)) < len(files):
            raise UsageError(
                f"{option('gradient')}: {loss.id} has gradients of {', '.join(names)}; "
                "include {input} in the name of the file"
            )
        paths.append(files)
    return paths


def differentiable(loss: Loss) -> list[str]:
    """Return the names of the inputs a loss has gradients of."""
    return [entry.name for entry in loss.inputs if entry.differentiable]


def _gradients(
    template: str | Path,
    requests: Sequence[Request],
    weights: Source | None,
    options: Options,
    *,
    ids: Ids | None,
    sinks: list[Sink],
) -> list[Written]:
    """Evaluate each loss into a file of its gradient by each of its inputs.

    Rows of inputs have the ids of their tables; the files are added to `sinks`.
    """
    every = gradient_paths(template, [request.loss for request in requests])
    written = []
    for paths, request in zip(every, requests, strict=True):
        names = differentiable(request.loss)
        wanted = [
            path for path, name in zip(paths, names, strict=True) if name in (request.sources or {})
        ]
        before = len(sinks)

        def make_sink(
            shape: tuple[int, ...],
            dtype: np.dtype[Any],
            wanted: Sequence[Path] = wanted,
            before: int = before,
        ) -> WideSink:
            sink = open_sink(wanted[len(sinks) - before], shape, dtype)
            sinks.append(sink)
            return sink

        result, _ = gradient(request, {}, weights, options, make_sink)
        files = [Writing(p, s, ids) for p, s in zip(wanted, sinks[before:], strict=True)]
        written.append((result, files))
    return written


def write_losses(
    requests: Sequence[Request],
    per_item: str | Path | None,
    gradient: str | None,
    weights: Source | None,
    options: Options,
    *,
    ids: Ids | None = None,
    details: Details | None = None,
) -> list[Result]:
    """Evaluate the losses and write values and gradients, in one pass where that is possible.

    No file is put in place before all are complete; what a file cannot hold is a note.
    """
    sinks: list[Sink] = []
    try:
        written: list[Written] = []
        if per_item is not None:
            written = _items(
                per_item, requests, weights, options, ids=ids, sinks=sinks, details=details
            )
        elif gradient is None or options.reduction == "none" or options.interval or details:
            results = evaluate(requests, {}, weights, options, details)
            written = [(result, []) for result in results]
        if gradient is not None:
            slopes = _gradients(gradient, requests, weights, options, ids=ids, sinks=sinks)
            written = _both(written, slopes) if written else slopes
    except BaseException as error:
        abandon(sinks, error)
        raise
    return [
        result.with_notes([note for file in files for note in close_sink(*file)])
        for result, files in written
    ]


def _both(values: Sequence[Written], slopes: Sequence[Written]) -> list[Written]:
    """Return the results of values, with what is noted of their gradients, and all files."""
    return [
        (
            result.with_notes([note for note in other.notes if note not in result.notes]),
            [*files, *more],
        )
        for (result, files), (other, more) in zip(values, slopes, strict=True)
    ]


def abandon(sinks: Sequence[Sink], error: BaseException) -> None:
    """Remove what was written so far."""
    for sink in sinks:
        if isinstance(sink, NpySink):
            sink.abandon(error)
