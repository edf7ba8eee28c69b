"""Totals of shards in files: each written by an evaluation of its own, and merged to results.

A file has what a result needs beside the data: how the inputs are read, what each block of the
shard adds, and, in that of the first shard, the rows that are looked at for grave mistakes.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lossctl.core.errors import DataError, LossctlError, UsageError
from lossctl.core.loss import Loss
from lossctl.core.options import Options
from lossctl.core.result import Result
from lossctl.core.spelling import option, some_of, visible
from lossctl.data_places import Data
from lossctl.engine.bind.inputs import bind_all
from lossctl.engine.evaluate import Request
from lossctl.engine.plain_data import from_plain, to_plain
from lossctl.engine.shard_data import (
    DescribedSource,
    LossTotals,
    NotHereError,
    counted,
    described,
    described_source,
    read_totals,
)
from lossctl.engine.shards import Shard, result_of_shards, second_pass_of, totals_of_shard
from lossctl.engine.sources import Source, View, is_text
from lossctl.evaluation import LEAST_CHECKED, opened, places_of, request_of, with_context
from lossctl.io.output_places import input_places, require_free
from lossctl.io.streams import MAX_JSON, read_document
from lossctl.io.write import real_path, write_text
from lossctl.loss_specs import Spec
from lossctl.metrics.declared_names import loss_named, name_of
from lossctl.slicing import details_of
from lossctl.version import __version__

FORMAT, SECOND, SCHEMA_VERSION = "lossctl totals", "lossctl second round", 1
WORDS_OF_FILES = {  # what messages call a file, what another is not, and what writes it
    FORMAT: ("file of totals", "holds no totals of a shard", "save_totals", "compute"),
    SECOND: ("file of a second round", "holds nothing of a second round", "second_round", "merge"),
}
MOST_BYTES = 1 << 30
MOST_LOOKED_AT = 1 << 20  # numbers of one input that are kept for notes
LABEL = 3  # the place of the name of a file in what is said of an input


def save_totals(
    specs: Sequence[Spec],
    data: Data,
    options: Options,
    shard: Shard,
    path: Path,
    *,
    second_round: Path | None = None,
) -> list[LossTotals]:
    """Evaluate losses on one shard of the data, and write their totals to a file.

    Parameters
    ----------
    specs, data, options
        As of an evaluation of all data.
    shard
        Which part of the blocks is evaluated.
    path
        Where the totals are written, in place of what is there.
    second_round
        What :func:`merge_totals` wrote of all shards, by which this one makes intervals.

    Returns
    -------
    list
        What was evaluated, for each loss.

    Raises
    ------
    UsageError, DataError
        As for evaluations of all data, and for what cannot be split.
    """
    document, found = totals_document(specs, data, options, shard, path, second_round)
    _write(path, document)
    return found


def _write(path: Path, document: Mapping[str, Any]) -> None:
    write_text(path, json.dumps(document, allow_nan=False) + "\n")


def totals_document(  # noqa: PLR0917 - as :func:`save_totals` has them
    specs: Sequence[Spec],
    data: Data,
    options: Options,
    shard: Shard,
    path: Path | None = None,
    second_round: Path | None = None,
) -> tuple[dict[str, Any], list[LossTotals]]:
    """Return what :func:`save_totals` writes, as data, and what was evaluated, for each loss."""
    targets = [spec.target for spec in specs]
    require_shards(targets)
    places = places_of(data, targets)
    if path is not None:
        known = {} if second_round is None else {real_path(second_round): "the second round"}
        require_free({"save_totals": [path]}, input_places(places) | known)
    names = [name_of(target, target) for target in targets]
    slopes = None if second_round is None else _read_slopes(second_round, names)
    with opened(data, places, options) as inputs:
        options = with_context(options, inputs)
        bound = bind_all(targets, inputs.positional, inputs.named, options.axes)
        requests = [
            request_of(spec, target, sources, inputs)
            for spec, (target, sources) in zip(specs, bound, strict=True)
        ]
        details = details_of(data, inputs, options)
        found = totals_of_shard(requests, inputs.weights, options, shard, details, slopes)
        losses = [
            {
                "loss": name_of(spec.target, totals.plan.loss),
                "plan": described(totals),
                "notes": [*([] if spec.preset is None else [spec.preset.note]), *inputs.notes],
                "looked_at": _looked_at(request, inputs.weights, totals)
                if shard.number == 1 and inputs.from_files
                else None,
                **counted(totals),
            }
            for spec, request, totals in zip(specs, requests, found, strict=True)
        ]
    return _document(FORMAT, {"shard": [shard.number, shard.shards], "losses": losses}), found


def _document(form: str, content: Mapping[str, Any]) -> dict[str, Any]:
    document = {
        "format": form,
        "schema_version": SCHEMA_VERSION,
        "lossctl": __version__,
        "numpy": np.__version__,
        **content,
    }
    return document | {"checksum": _checksum(document)}


def require_shards(targets: Sequence[Any]) -> None:
    """Refuse what shards have no totals of."""
    for target in targets:
        if not isinstance(target, Loss):
            raise UsageError(
                f"{target.id} is a recipe, which is not evaluated in parts; its losses are"
            )


def _checksum(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


# What notes on grave mistakes look at: a few rows of all the data


class _Noting(View):
    """A source that keeps what is read of it."""

    def __init__(self, base: Source) -> None:
        super().__init__(base)
        self.pieces: dict[tuple[int, int], Any] = {}

    def read(self, start: int, stop: int) -> Any:
        """Read elements, and keep them."""
        values = self.base.read(start, stop)
        self.pieces[start, stop] = np.array(values)
        return values


def _looked_at(
    request: Request, weights: Source | None, totals: LossTotals
) -> list[list[Any]] | None:
    """Return what notes read of each input: its name, shape, dtype, label and elements."""
    from lossctl.checks.grave_notes import facts_of  # noqa: PLC0415 - beside a pass over the data
    from lossctl.checks.screening import few_rows  # noqa: PLC0415

    sources = request.sources or {}
    if any(map(is_text, sources.values())):
        return None
    noting = {name: _Noting(source) for name, source in sources.items()}
    if set(sources) >= {"predictions", "targets"}:
        few_rows(dict(noting))
    facts_of(
        request._replace(sources=dict(noting)), weights, _measured(totals.plan), totals.plan.kind
    )
    if any(sum(map(len, one.pieces.values())) > MOST_LOOKED_AT for one in noting.values()):
        return None
    return [[*described_source(name, one), _pieces(one)] for name, one in noting.items()]


def _pieces(source: _Noting) -> Any:
    return to_plain([(*place, values) for place, values in source.pieces.items()])


def _measured(plan: Any) -> Options:
    """Return the options of a plan; class weights that were measured need not be again."""
    options: Options = plan.options
    if not isinstance(options.class_weights, str):
        return options
    return replace(options, class_weights=plan.exact_arguments["class_weights"].tolist())


def _with_grave_notes(result: Result, totals: LossTotals, looked_at: Any) -> Result:
    """Add what the rows that were looked at show."""
    from lossctl.checks.grave_notes import notes_on  # noqa: PLC0415 - few values
    from lossctl.checks.screening import may_be_wrong  # noqa: PLC0415

    sources: dict[str, Source] = {}
    for name, shape, dtype, label, pieces in looked_at:
        read = {(start, stop): values for start, stop, values in from_plain(pieces)}
        sources[name] = DescribedSource(label, tuple(shape), np.dtype(dtype), None, read)
    plan = totals.plan
    request = Request(plan.loss, plan.params, None, sources)
    try:
        if not may_be_wrong(result, sources):
            return result
        notes = notes_on(request, plan.weights, _measured(plan), result)
    except NotHereError:
        return result
    return result.with_notes(notes) if notes else result


# Merging


class _File(NamedTuple):
    """A file of totals: its name, which shard it is, and what it has of each loss."""

    name: str
    shard: Shard
    losses: list[dict[str, Any]]


def merge_totals(paths: Sequence[Path]) -> list[Result]:
    """Return the results of all data from the files of all of its shards, in any order.

    Raises
    ------
    UsageError
        For a file that cannot be read.
    DataError
        For files that are no totals, of other losses, options or data, for shards that are missing
        or there twice, and for those of a first round where an interval takes a second.
    """
    files = _files(paths)
    return [_merged(files, number) for number in range(len(files[0].losses))]


def save_second_round(paths: Sequence[Path], path: Path) -> list[str]:
    """Write what shards read in a second round, from the files of all shards of the first.

    Parameters
    ----------
    paths
        The files of all shards, in any order.
    path
        Where it is written, in place of what is there.

    Returns
    -------
    list
        The ids of the losses whose intervals take a second round.

    Raises
    ------
    UsageError
        For a file that cannot be read.
    DataError
        For files that are no totals, of other losses, options or data, and for shards that are
        missing or there twice.
    """
    files, losses = _files(paths), []
    for number, own in enumerate(files[0].losses):
        parts = list(_parts(files, number))
        _require_same_data(files, parts)
        slopes = second_pass_of(parts)
        plain = None if slopes is None else to_plain(dict(slopes))
        losses.append({"loss": own["loss"], "slopes": plain})
    _write(path, _document(SECOND, {"losses": losses}))
    return [one["loss"][1] for one in losses if one["slopes"] is not None]


def _read_slopes(path: Path, names: Sequence[Sequence[Any]]) -> list[Mapping[str, Any] | None]:
    """Return what a second round needs of each loss that is evaluated, by their names."""
    document = _read(path, SECOND)
    theirs = [one["loss"] for one in document["losses"]]
    if theirs != [list(name) for name in names]:
        ours = some_of([name[1] for name in names])
        raise DataError(
            f"{visible(str(path))}: is of {some_of([one[1] for one in theirs])}, and evaluated is "
            f"{ours}; both rounds are of the same losses"
        )
    return [
        None if one["slopes"] is None else from_plain(one["slopes"]) for one in document["losses"]
    ]


def _files(paths: Sequence[Path]) -> list[_File]:
    """Read the files of all shards of one evaluation, in their order."""
    if not paths:
        raise UsageError("say which files hold the totals of the shards")
    given = []
    for path in paths:
        document = _read(path, FORMAT)
        number, count = document["shard"]
        given.append(_File(visible(str(path)), Shard(number, count), document["losses"]))
    files = sorted(given, key=lambda file: file.shard)
    _require_all(files)
    for other in files[1:]:
        _require_alike(files[0], other)
    return files


def _read(path: Path, form: str) -> dict[str, Any]:
    name = visible(str(path))
    text = read_document(path, WORDS_OF_FILES[form][0], _most_of(path), DataError)
    try:
        return _checked(name, json.loads(text), form)
    except (ValueError, RecursionError) as error:
        if isinstance(error, LossctlError):
            raise
        raise _other_file(name, form) from None


def _other_file(name: str, form: str) -> DataError:
    _, words, flag, command = WORDS_OF_FILES[form]
    return DataError(f"{name}: {words}; {option(flag)} of {command} writes them")


def _checked(name: str, document: Any, form: str) -> dict[str, Any]:
    """Return a document of this version that nobody changed."""
    if not isinstance(document, dict) or document.get("format") != form:
        raise _other_file(name, form)
    ours = {"schema_version": SCHEMA_VERSION, "lossctl": __version__, "numpy": np.__version__}
    for key, here in ours.items():
        if (there := document.get(key)) != here:
            raise DataError(
                f"{name}: written with {key.replace('_', ' ')} {visible(str(there))}, here it is "
                f"{here}; the bits of a result are those of one version"
            )
    checksum = document.pop("checksum", "")
    if _checksum(document) != checksum:
        raise DataError(f"{name}: was changed or cut off after it was written; make it again")
    return document


def _most_of(path: Path) -> int:
    """Return how many bytes are read of a file: room is made for as many."""
    try:
        return min(max(path.stat().st_size, MAX_JSON), MOST_BYTES)
    except (OSError, ValueError):
        return MAX_JSON


def _require_all(files: Sequence[_File]) -> None:
    """Refuse shards of several divisions, that are there twice, or that are missing."""
    first = files[0]
    for one, other in pairwise(files):
        if one.shard.shards != other.shard.shards:
            raise DataError(
                f"{other.name}: is shard {other.shard}, and {one.name} shard {one.shard}: they "
                "overlap; merge the shards of one division"
            )
        if one.shard == other.shard:
            raise DataError(f"{other.name}: is shard {other.shard}, as {one.name} is")
    there = {file.shard.number for file in files}
    missing = [str(n) for n in range(1, first.shard.shards + 1) if n not in there]
    if missing:
        raise DataError(
            f"{'shard' if len(missing) == 1 else 'shards'} {some_of(missing)} of "
            f"{first.shard.shards} missing: the value is of all of them"
        )


def _require_alike(first: _File, other: _File) -> None:
    """Refuse totals of other losses, options or data."""
    if [one["loss"] for one in first.losses] != [one["loss"] for one in other.losses]:
        theirs, ours = (some_of([one["loss"][1] for one in file.losses]) for file in (other, first))
        raise DataError(f"{other.name}: has totals of {theirs}, and {first.name} of {ours}")
    for one, another in zip(first.losses, other.losses, strict=True):
        mine, theirs_of = _unlabelled(one["plan"]), _unlabelled(another["plan"])
        for key, value in mine.items():
            if theirs_of[key] != value:
                raise DataError(
                    f"{other.name}: {one['loss'][1]} was evaluated otherwise than in {first.name}: "
                    f"other {WORDS.get(key, key)}; shards are of the same data and options"
                )
        if _asked(one) != _asked(another):
            raise DataError(f"{other.name}: has other slices or worst rows than {first.name}")


def _asked(loss: Mapping[str, Any]) -> list[Any]:
    """Return what slices there are of a loss, and how many of the worst rows are named."""
    return [[way[:2] for way in loss["sliced"]], loss["least"], loss["worst"][0]]


WORDS = {
    "fit": "labels",
    "layout": "shapes",
    "inputs": "shapes or dtypes of the inputs",
    "data": "shapes or dtypes of the inputs",
    "kind": "kind of predictions",
    "arguments": "parameters, or class weights measured from the data",
    "beside": "weights or groups",
    "signed": "labels",
}


def _unlabelled(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plan without the names of files, which may be others on each machine."""
    sources = {key: [one[:LABEL] for one in plan[key]] for key in ("inputs", "data")}
    return {**plan, **sources}


def _require_same_data(files: Sequence[_File], parts: Sequence[LossTotals]) -> None:
    """Refuse shards whose inputs differ where both have read: in the beginning, and at borders."""
    for (one, mine), (other, theirs) in pairwise(zip(files, parts, strict=True)):
        for name, borders in mine.borders.items():
            beside = theirs.borders.get(name)
            if beside is None or (borders.head, borders.after) != (beside.head, beside.begin):
                raise DataError(
                    f"{other.name}: its {name} hold other numbers than those of {one.name}; the "
                    "data was changed between the shards, so evaluate all of them again"
                )


def _merged(files: Sequence[_File], number: int) -> Result:
    parts = list(_parts(files, number))
    _require_same_data(files, parts)
    result, resolved = result_of_shards(parts)
    own = files[0].losses[number]
    if own["looked_at"] is not None and result.items >= LEAST_CHECKED:
        decided = parts[0]._replace(plan=resolved.plan)
        result = _with_grave_notes(result, decided, own["looked_at"])
    return result.with_notes(own["notes"]) if own["notes"] else result


def _parts(files: Sequence[_File], number: int) -> Iterator[LossTotals]:
    for file in files:
        own = file.losses[number]
        try:
            totals = read_totals(loss_named(own["loss"]), own["plan"], own)
        except LossctlError:
            raise
        except (ValueError, TypeError, LookupError, AttributeError):
            raise DataError(f"{file.name}: cannot be read as totals of a shard") from None
        first, last = file.shard.of(totals.blocks)
        if len(totals.totals) != last - first:
            raise DataError(
                f"{file.name}: has {len(totals.totals)} blocks of {own['loss'][1]}, and shard "
                f"{file.shard} has {last - first}"
            )
        yield totals
