"""What the data sets share: files with their contents and texts, and rounding."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Table = dict[str, Array]
"""Named columns: the columns of a .csv file or the members of an .npz file."""

HERE = Path(__file__).resolve().parent
SEED = 20240501
DECIMALS = 6


@dataclass(frozen=True)
class Entry:
    """One file: its path in this folder, what goes into it, and what that is."""

    path: str
    data: Array | Table
    text: str


@dataclass(frozen=True)
class Dataset:
    """One folder: its files, how they were made, and whose data is under them."""

    title: str
    made: str
    source: str
    entries: tuple[Entry, ...]


def rounded(values: Array) -> NDArray[np.float64]:
    """Round to six decimals: the float64 nearest to a short decimal, and never minus zero."""
    return np.round(values, DECIMALS) + 0.0
