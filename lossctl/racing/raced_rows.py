"""The rows of a race: targets, folds, groups and features, read and checked against each other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from lossctl.array_reading import as_array
from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.core.options import Options
from lossctl.core.spelling import some_of
from lossctl.core.urls import url_path
from lossctl.data_places import COLUMN_OF, Data
from lossctl.evaluation import opened
from lossctl.racing.drawings import Drawing, drawn, given
from lossctl.racing.judging import Judge
from lossctl.recommender.data_summary import require_measurable
from lossctl.slice_search import feature_places

REPEATED = 5000  # rows above which folds are drawn once


NameRow: TypeAlias = Callable[[tuple[int, ...]], str]


@dataclass(frozen=True)
class Read:
    """What was read: arrays by name, what names their rows, columns of features, notes of files."""

    arrays: Mapping[str, Array]
    where: Mapping[str, NameRow]
    columns: Sequence[tuple[str, Array]]
    notes: tuple[str, ...]


def read_places(
    places: Mapping[str, Any],
    features: Any,
    decimal: str | None,
    written: Mapping[str, Sequence[Path]] | None,
) -> Read:
    """Read every place once."""
    places = {name: place for name, place in places.items() if place is not None}
    whole = _is_matrix(features)
    if features is not None and whole:
        places["features"] = features
    data = Data((), {}, decimal=decimal)
    columns = {} if features is None or whole else feature_places(data, features)
    taken = {COLUMN_OF + name for name in _columns_of(features, places)}
    if written:
        from lossctl.io.output_places import input_places, require_free  # noqa: PLC0415 - files

        require_free(written, input_places({**places, **columns}))
    with opened(data, {**places, **columns}, Options()) as inputs:
        arrays = {name: as_array(inputs.named[name]) for name in places}
        where = {name: inputs.named[name].where for name in places}
        table = [
            (name.removeprefix(COLUMN_OF), as_array(source))
            for name, source in inputs.columns.items()
            if name not in taken
        ]
        notes = tuple(inputs.notes)
    if whole and features is not None:
        matrix = arrays.pop("features")
        matrix = matrix.reshape(len(matrix), -1)
        names = str(features).rpartition("::")[2].split(",") if _is_place(features) else []
        named = len(names) == matrix.shape[1] and "::" in str(features)
        table = [(names[at] if named else str(at), column) for at, column in enumerate(matrix.T)]
    return Read(arrays, where, table, notes)


def _columns_of(table: Any, places: Mapping[str, Any]) -> set[str]:
    """Return the columns of a table that hold targets, groups or folds, which are no features."""
    found = set()
    for place in places.values():
        if isinstance(place, str) and isinstance(table, str | Path):
            file, colons, column = place.rpartition("::")
            if colons and Path(file) == Path(table):
                found |= set(column.split(","))
    return found


def _is_place(features: Any) -> bool:
    return isinstance(features, str | Path)


def _is_matrix(features: Any) -> bool:
    """Whether features are an array, in memory or of one file, and no table of named columns."""
    if _is_place(features):
        return url_path(str(features)).endswith((".npy", ".npz")) or "::" in str(features)
    return features is not None and not hasattr(features, "columns")


@dataclass(frozen=True)
class Rows:
    """The targets as they are judged, and what stands beside them.

    Attributes
    ----------
    targets
        (n,…): classes from 0, or values.
    classes
        How many, 0 of values.
    given
        The targets as they were read.
    """

    targets: Array
    classes: int
    given: Array
    groups: Array | None
    folds: Array | None
    columns: Sequence[tuple[str, Array]]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, read: Read, judge: Judge) -> "Rows":
        """Number classes from 0, and check that everything has as many rows."""
        targets = read.arrays["targets"]
        targets = targets[:, 0] if targets.ndim == 2 and targets.shape[1] == 1 else targets
        if not targets.ndim or not len(targets):
            raise DataError("targets: holds no rows")
        for name, array in {**read.arrays, **dict(read.columns)}.items():
            if not array.ndim or len(array) != len(targets):
                raise DataError(
                    f"{name}: has shape {array.shape}, but there are {len(targets)} rows"
                )
        numbered, classes, notes = targets, 0, list(read.notes)
        if judge.of_classes and targets.ndim == 1:
            numbered, classes, note = _numbered(targets)
            notes += note
        else:
            _require_numbers(targets, judge)
        if len(np.unique(numbered)) < 2:
            raise DataError("targets: are all the same; there is nothing to race for")
        groups = read.arrays.get("group_by")
        fold = read.arrays.get("folds")
        return cls(numbered, classes, targets, groups, fold, read.columns, tuple(notes))

    def drawings(self, repeats: int, *, folds: int, serial: bool, seed: int) -> list[Drawing]:
        """Return the folds that were given, or draw them."""
        if self.folds is not None:
            return [given(self.folds, len(self.targets), serial=serial)]
        return drawn(
            len(self.targets),
            repeats if len(self.targets) <= REPEATED else 1,
            labels=self.targets if self.classes else None,
            groups=self.groups,
            serial=serial,
            folds=folds,
            seed=seed,
        )


def _numbered(targets: Array) -> tuple[Array, int, list[str]]:
    """Return classes from 0, how many there are, and their order where they are others."""
    if targets.dtype.kind == "f" and np.isnan(targets).any():
        raise DataError("targets: NaN is no class; leave its rows out")
    names, numbered = np.unique(targets, return_inverse=True)
    known = list(names) == list(range(len(names)))
    note = [] if known else [f"classes in the order of scores: {some_of(names.tolist())}"]
    return numbered, len(names), note


def _require_numbers(targets: Array, judge: Judge) -> None:
    """Refuse targets that are no finite numbers."""
    if targets.dtype.kind not in "biuf":
        raise DataError(f"targets: are text; {judge.name} is of numbers")
    if not np.isfinite(targets).all():
        raise DataError("targets: hold numbers that are not finite; leave their rows out")
    require_measurable(targets, "targets")


def one_score(array: Array, read_as: str = "auto") -> Array:
    """Return one score of two classes: the probability of the second, or its logit.

    What lies in [0, 1] and sums to 1 are probabilities, unless they are known to be something else.
    """
    if array.ndim != 2 or array.shape[1] not in {1, 2}:
        return array
    if array.shape[1] == 1:
        return array[:, 0]
    inside = array.min() >= 0 and array.max() <= 1 and np.allclose(array.sum(axis=1), 1, atol=1e-3)
    if read_as != "auto" and inside != (read_as == "probabilities"):
        if read_as != "logits":
            return array  # the metric says what is wrong with it
        inside = False
    with np.errstate(invalid="ignore"):  # of infinities, which are no numbers for the metric
        return array[:, 1] if inside else array[:, 1] - array[:, 0]
