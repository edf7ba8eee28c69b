"""Folds of a race: which rows each candidate is trained on, and which it is judged by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.core.spelling import option
from lossctl.recommender.post_hoc import fold_numbers

FOLDS = 5
MOST_FOLDS = 50
NEVER = -1  # the fold of rows that are trained on, and never judged


@dataclass(frozen=True)
class Drawing:
    """One division of the rows into folds.

    Attributes
    ----------
    numbers
        (n,), the fold that judges each row, −1 of rows that none does.
    serial
        Whether rows are in the order of time: a fold is trained on the rows of earlier folds.
    """

    numbers: Array
    serial: bool = False

    @property
    def folds(self) -> list[int]:
        """The folds, in order."""
        return [int(fold) for fold in np.unique(self.numbers) if fold != NEVER]

    @property
    def judged(self) -> Array:
        """Which rows any fold judges, (n,)."""
        return self.numbers != NEVER

    def judges(self, fold: int) -> Array:
        """Return the rows that a fold judges."""
        return np.flatnonzero(self.numbers == fold)

    def trains(self, fold: int) -> Array:
        """Return the rows that are trained on for a fold."""
        return np.flatnonzero(self.numbers < fold if self.serial else self.numbers != fold)

    @property
    def share(self) -> float:
        """Rows judged over rows trained on, the mean over folds."""
        return float(
            np.mean([self.judges(fold).size / self.trains(fold).size for fold in self.folds])
        )


def drawn(
    count: int,
    repeats: int,
    *,
    labels: Array | None = None,
    groups: Array | None = None,
    serial: bool = False,
    folds: int = FOLDS,
    seed: int = 0,
) -> list[Drawing]:
    """Draw folds so many times; rows in the order of time are divided once.

    Parameters
    ----------
    count
        Number of rows.
    repeats
        How often to draw.
    labels
        Classes (n,), to be spread evenly, or None.
    groups
        The group (n,) of each row; groups stay whole.
    serial
        Whether rows are in the order of time: of K + 1 blocks the first is only trained on.
    folds
        K.
    seed
        Of the generator.

    Raises
    ------
    UsageError, DataError
        For fewer than two folds, or fewer rows or groups than folds.
    """
    if not 2 <= folds <= MOST_FOLDS:
        raise UsageError(f"{option('folds')}: must be from 2 to {MOST_FOLDS}, got {folds}")
    units = count if groups is None else len(np.unique(groups))
    if units < folds + serial:
        what = "rows" if groups is None else "groups"
        raise DataError(f"targets: {units} {what} are too few for {folds} folds")
    if serial:
        return [Drawing(_blocks(count, groups, folds), serial=True)]
    return [
        Drawing(fold_numbers(count, np.random.default_rng(seed + at), groups, labels, of=folds))
        for at in range(repeats)
    ]


def _blocks(count: int, groups: Array | None, folds: int) -> Array:
    """Divide rows in the order of time; a group begins where its first row is, and stays whole."""
    if groups is None:
        return np.arange(count) * (folds + 1) // count - 1
    _, first, of_row = np.unique(groups, return_index=True, return_inverse=True)
    order = np.empty(len(first), dtype=np.int64)
    order[np.argsort(first)] = np.arange(len(first))
    return np.asarray(order * (folds + 1) // len(first) - 1)[of_row]


def given(numbers: Any, count: int, *, serial: bool = False) -> Drawing:
    """Read the fold of each row, −1 of rows that none judges.

    Raises
    ------
    DataError
        For what is no whole number per row, or too few or too many folds.
    """
    values = np.asarray(numbers)
    if values.shape != (count,):
        raise DataError(f"folds: has shape {values.shape}, but there are {count} rows")
    whole = values.dtype.kind in "iufb" and bool(np.all(np.abs(values.astype(np.float64)) < 2**31))
    if not whole or not np.all(values == np.rint(values)):
        raise DataError("folds: must be whole numbers, the fold of each row; −1 is none")
    drawing = Drawing(values.astype(np.int64), serial)
    if np.any(drawing.numbers < NEVER):
        raise DataError(
            f"folds: holds {int(drawing.numbers.min())}; folds count from 0, −1 is none"
        )
    folds = drawing.folds
    if not 2 <= len(folds) <= MOST_FOLDS:
        raise DataError(f"folds: holds {len(folds)} folds; a race needs from 2 to {MOST_FOLDS}")
    if empty := [fold for fold in folds if not drawing.trains(fold).size]:
        raise DataError(
            f"folds: no row comes before fold {empty[0]}; mark rows only trained on as −1"
        )
    return drawing


@dataclass(frozen=True)
class HeldOut:
    """Predictions of each candidate for the rows that folds judge, with the folds they are of."""

    drawing: Drawing
    predictions: Mapping[str, Array]


def pairs(held: list[HeldOut]) -> Iterator[tuple[HeldOut, int]]:
    """Yield every fold of every drawing."""
    for each in held:
        for fold in each.drawing.folds:
            yield each, fold
