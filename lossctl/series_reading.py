"""Values over time for :func:`lossctl.check`: a log of training, or a loss at every checkpoint."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lossctl.array_reading import read
from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.core.options import Options
from lossctl.core.spelling import option
from lossctl.data_places import Data
from lossctl.evaluation import evaluate
from lossctl.io.multi_file import is_pattern, matching
from lossctl.loss_specs import Spec

LEAST = 2  # values of a series


def read_log(log: Any, data: Data) -> dict[str, Array]:
    """Return the columns of a log of training by name, each (n,).

    Parameters
    ----------
    log
        ``"history.csv::loss,val_loss"``, or values by name; values that are missing are NaN.
    data
        How text is read: header, delimiter, decimal.

    Raises
    ------
    UsageError, DataError
        For a place without columns, and what cannot be read.
    """
    if isinstance(log, Mapping):
        columns = {str(name): _numbers(values, str(name)) for name, values in log.items()}
    else:
        table, _, chosen = str(log).rpartition("::")
        names = [name.strip() for name in chosen.split(",")]
        if not table or not all(names):
            raise UsageError(f"{option('log')} {str(log)!r}: expected FILE::COLUMN,COLUMN")
        how = {name: getattr(data, name) for name in ("header", "delimiter", "decimal")}
        given = {name: value for name, value in how.items() if value is not None}
        columns = {
            name: _numbers(read(f"{table}::{name}", **given), f"{table}::{name}") for name in names
        }
    for name, values in columns.items():
        if len(values) < LEAST:
            raise DataError(f"{option('log')}: {name} has {len(values)} values, too few")
    return columns


def _numbers(values: Any, label: str) -> Array:
    array = np.asarray(values)
    if array.dtype.kind not in "biuf" or array.size != max(array.shape, default=0):
        raise DataError(f"{label}: holds no numbers over time")
    return array.reshape(-1).astype(np.float64)


def evaluate_series(
    series: Any, spec: Spec | None, data: Data, options: Options
) -> tuple[dict[str, Array], Any]:
    """Return the value of a loss at every checkpoint, and the place of the last predictions.

    Parameters
    ----------
    series
        A pattern of files of predictions, or a list of places or arrays, in the order of time.
    data
        Where the targets and other inputs are; `by_place` without the predictions.

    Raises
    ------
    UsageError
        Without a loss, and for a pattern that fewer than two files match.
    """
    if spec is None:
        raise UsageError(f"{option('series')}: of which loss? give it with {option('loss')}")
    places = _places(series)
    if len(places) < LEAST:
        raise UsageError(f"{option('series')} {series}: matches fewer than {LEAST} files")
    values = [_value(spec, data, place, options) for place in places]
    return {spec.target.id: np.array(values)}, places[-1]


def _places(series: Any) -> Sequence[Any]:
    if isinstance(series, str | Path):
        text = str(series)
        return [str(path) for path in matching(text)] if is_pattern(text) else [text]
    return list(series)


def with_predictions(data: Data, place: Any) -> Data:
    """Return the data with predictions before its other inputs by place."""
    return data._replace(by_place=(place, *data.by_place))


def _value(spec: Spec, data: Data, place: Any, options: Options) -> float:
    """Return the value at one checkpoint; NaN where it is not finite or cannot be computed."""
    try:
        plain = replace(options, interval=False)
        (result,) = evaluate([spec], with_predictions(data, place), plain)
    except DataError:
        return math.nan
    return float(result.value) if isinstance(result.value, float) else math.nan
