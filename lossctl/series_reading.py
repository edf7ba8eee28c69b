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
from lossctl.core.spec import spec as spec_text
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
    series: Any, specs: Sequence[Spec], data: Data, options: Options
) -> tuple[dict[str, Array], Sequence[Any]]:
    """Return the value of each loss at every checkpoint by its spec, and where the predictions are.

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
    if not specs:
        raise UsageError(f"{option('series')}: of which loss? give it with {option('loss')}")
    places = _places(series)
    if len(places) < LEAST:
        raise UsageError(f"{option('series')} {series}: matches fewer than {LEAST} files")
    plain = replace(options, interval=False)
    rows = [_values(specs, with_predictions(data, place), plain) for place in places]
    columns = np.array(rows).T
    labels = [spec_text(spec.target.id, spec.params) for spec in specs]
    return dict(zip(labels, columns, strict=True)), places


def _places(series: Any) -> Sequence[Any]:
    if isinstance(series, str | Path):
        text = str(series)
        return [str(path) for path in matching(text)] if is_pattern(text) else [text]
    return list(series)


def with_predictions(data: Data, place: Any) -> Data:
    """Return the data with predictions before its other inputs by place."""
    return data._replace(by_place=(place, *data.by_place))


def _values(specs: Sequence[Spec], data: Data, options: Options) -> list[float]:
    """Return the values at one checkpoint; NaN where one is not finite or cannot be computed."""
    try:
        results = evaluate(specs, data, options)
    except DataError:
        if len(specs) == 1:
            return [math.nan]
        return [value for spec in specs for value in _values([spec], data, options)]
    return [one.value if isinstance(one.value, float) else math.nan for one in results]
