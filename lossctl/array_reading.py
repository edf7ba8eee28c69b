"""The Python function :func:`lossctl.read`: files as lossctl reads them, as arrays."""

from math import prod
from typing import Any

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.loss import Array
from lossctl.core.options import Options
from lossctl.data_places import DATA_NAMES, Data, in_columns
from lossctl.engine.sources import Source
from lossctl.evaluation import opened


def read(*places: Any, **keywords: Any) -> Any:
    """Read files, columns or members as arrays, as losses read them.

    Parameters
    ----------
    *places
        What to read: ``"preds.npy"``, ``"scores.csv::p_*"``, ``"part-*.npy"``, ….
    **keywords
        Places by name, in place of positional ones: ``predictions="p.npy", targets="y.npy"``; and
        ``table``, ``column``, ``id``, ``header``, ``delimiter``, ``decimal`` as for
        :func:`lossctl.compute`. Tables are aligned by their ids.

    Returns
    -------
    numpy.ndarray or tuple
        One array, or as many as there are places. Text is an array of text.

    Raises
    ------
    UsageError, DataError
        For what cannot be read.
    """
    how = {name: keywords.pop(name) for name in DATA_NAMES if name in keywords}
    by_name = {f"array {number}": place for number, place in enumerate(places, 1)} | keywords
    columns = how.pop("column", None) or {}
    by_name |= {name: in_columns(how["table"], chosen) for name, chosen in columns.items()}
    if not by_name:
        raise UsageError("read: say what to read, such as lossctl.read('preds.npy')")
    data = Data((), by_name, **how)
    with opened(data, by_name, Options()) as inputs:
        arrays = tuple(as_array(inputs.named[name]) for name in by_name)
    return arrays[0] if len(arrays) == 1 else arrays


def as_array(source: Source) -> Array:
    """Return all of a source, in its shape."""
    size = prod(source.shape)
    words, codes = getattr(source, "words", None), getattr(source, "base", None)
    if words is None or codes is None:
        return np.array(source.read(0, size)).reshape(source.shape)
    numbers = np.asarray(codes.read(0, size))
    missing = ~(numbers >= 0)
    texts = np.array([*words, ""])[np.where(missing, len(words), numbers).astype(np.intp)]
    return texts.reshape(source.shape)
