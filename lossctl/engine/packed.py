"""Items of different lengths laid end to end, seen as padded rows."""

from math import prod
from typing import Any

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.engine.sources import Source

PAD = -1


class Padded:
    """Packed whole numbers as rows of equal length, padded with −1; held in memory."""

    def __init__(self, base: Source, lengths: Source) -> None:
        """Cut the packed numbers by the length of each item."""
        self.base = base
        self.label = base.label
        sizes = np.asarray(lengths.read(0, prod(lengths.shape)))
        total = prod(base.shape)
        whole = sizes.astype(np.int64)
        if (sizes != whole).any() or (whole < 0).any() or int(whole.sum()) != total:
            raise DataError(
                f"{base.label}: holds {total} entries, but the lengths ({lengths.label}) sum to "
                f"{float(sizes.sum()):g}"
            )
        packed = np.asarray(base.read(0, total))
        self._rows = np.full((len(whole), max(int(whole.max(initial=0)), 1)), PAD, np.int64)
        if packed.dtype.kind == "f" and (np.floor(packed) != packed).any():
            raise DataError(f"{base.label}: must hold whole numbers")
        self._rows[np.arange(self._rows.shape[1]) < whole[:, None]] = packed
        self.shape = self._rows.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of its elements."""
        return self._rows.dtype

    def read(self, start: int, stop: int) -> Array:
        """Return elements of the flattened rows."""
        return self._rows.reshape(-1)[start:stop]

    def where(self, index: tuple[int, ...]) -> str:
        """Name the item."""
        return f"item {index[0]}"
