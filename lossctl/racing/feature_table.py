"""Features as numbers: columns of text one-hot, gaps filled and marked, all standardised."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.core.spelling import some_of

MOST_LEVELS = 20  # different texts of a column that become columns; others are left out
LARGEST = 1e90


class Columns:
    """Features before they are standardised.

    Attributes
    ----------
    matrix
        (n, p), NaN where a number is missing.
    notes
        Which columns were left out, and why; which have gaps that are filled.
    """

    def __init__(self, columns: Sequence[tuple[str, Array]]) -> None:
        """Turn columns, numbers (n,) or texts (n,), into numbers.

        Raises
        ------
        DataError
            When no column can be used.
        """
        parts, left_out, filled = list[Array](), list[str](), list[str]()
        for name, values in columns:
            found = _as_numbers(values)
            if isinstance(found, str):
                left_out.append(f"{name} ({found})")
            else:
                parts += found
                gaps = sum(int(np.count_nonzero(np.isnan(part))) for part in found)
                filled += [f"{name} ({gaps} of {len(values)} rows)"] if gaps else []
        if not parts:
            raise DataError(f"features: no column can be used: {some_of(left_out)}")
        self.matrix = np.column_stack(parts)
        self.notes = [f"features left out: {some_of(left_out)}"] if left_out else []
        if filled:
            how = "filled with the mean of the rows trained on, and marked in columns of their own"
            self.notes.append(f"features with gaps, {how}: {some_of(filled)}")

    def standardised(self, rows: Array) -> Array:
        """Return (n, p) in units of the given rows' standard deviation; gaps are their mean.

        Beside a column with gaps another says where they are. Columns that are constant on the rows
        are left out.
        """
        chosen = self.matrix[rows]
        gaps = np.isnan(self.matrix)
        used = ~gaps[rows]
        counts = np.maximum(used.sum(axis=0), 1)
        means = np.where(used, chosen, 0.0).sum(axis=0) / counts
        filled = np.where(gaps, means, self.matrix)
        holed = gaps.any(axis=0)
        whole = np.column_stack([filled, gaps[:, holed].astype(np.float64)])
        spread = whole[rows].std(axis=0)
        varied = spread > 1e-12 * np.maximum(np.abs(whole[rows]).max(axis=0, initial=0.0), 1e-300)
        if not varied.any():
            return np.zeros((len(whole), 1))
        kept = whole[:, varied]
        return np.asarray((kept - kept[rows].mean(axis=0)) / spread[varied])


def _as_numbers(values: Any) -> list[Array] | str:
    """Return the columns that one column becomes, or why it is left out."""
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        levels = np.unique(array)
        if len(levels) > MOST_LEVELS:
            return f"{len(levels)} different texts"
        return [(array == level).astype(np.float64) for level in levels[1:]] or "one value"
    numbers = array.astype(np.float64)
    known = numbers[~np.isnan(numbers)]
    if np.abs(known).max(initial=0.0) > LARGEST:
        return "holds infinities"
    if len(np.unique(known)) < 2 and len(known) in {0, len(numbers)}:
        return "one value"
    if len(numbers) > 2 and np.all(np.diff(numbers) == 1):
        return "the number of the row"
    return [numbers]
