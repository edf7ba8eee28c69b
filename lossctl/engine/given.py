"""What is given as a source: arrays, lists, frames and series, of numbers or of text."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array
from lossctl.core.spelling import first_and_last
from lossctl.engine.arrays import as_array, is_missing, item_of, numbers_of_objects
from lossctl.engine.sources import ArraySource, Source, numbers_in_memory


def as_source(given: Any, label: str) -> Source:
    """Return a source as it is, anything else as an array in memory: numbers, or text."""
    numbers = numbers_in_memory(given, label)
    return other_source(given, label) if numbers is None else numbers


def other_source(given: Any, label: str) -> Source:
    """Return as a source what is no plain array of numbers."""
    return given if isinstance(given, Source) else array_source(given, label)


class FrameSource(ArraySource):
    """A data frame passed whole: an array whose columns have names.

    Attributes
    ----------
    order
        The place in the frame of each column, where columns were put into another order.
    note
        What is said about that.
    """

    def __init__(self, array: Any, label: str, names: Sequence[str]) -> None:
        """Order numbered columns that stand in the order of text, p_0, p_1, p_10, p_2."""
        self.note: str | None = None
        self.order = _number_order(names)
        if self.order is not None:
            names = [names[at] for at in self.order]
            array = as_array(array, label)[:, self.order]
            self.note = f"{label}: columns are ordered by their numbers: {first_and_last(names)}"
        super().__init__(array, label, names)

    def as_given(self, columns: Array) -> Array:
        """Put columns back into the order that the frame has."""
        return columns if self.order is None else columns[:, np.argsort(self.order)]


def array_source(value: Any, label: str) -> Source:
    """Return anything array-like as a source: numbers, or text where it holds text.

    Raises
    ------
    DataError
        For what is neither, or text among numbers.
    """
    array = as_array(value, label)
    if array.dtype == object and array.size and _holds_text(array):
        _require_no_numbers(array, label)
    elif array.dtype.kind not in "UST":
        names = getattr(value, "column_names", getattr(value, "columns", None))
        if array.dtype == object:
            array = numbers_of_objects(value, array, label)
        if names is None or callable(names) or array.ndim != 2:
            return ArraySource(array, label)
        return FrameSource(array, label, list(map(str, names)))
    from lossctl.engine.text_labels import text_source  # noqa: PLC0415 - few arrays hold text

    return text_source(array, label)


def _number_order(names: Sequence[str]) -> Array | None:
    """Return the order of columns by number, where text in its order separates such; else None."""
    import re  # noqa: PLC0415 - frames only

    parts = [re.fullmatch(r"(.*?)(\d{1,18})", name, re.DOTALL) for name in names]
    stems = {part[1] for part in parts if part}
    if not all(parts) or len(stems) != 1 or list(names) != sorted(names):
        return None
    numbers = [int(part[2]) for part in parts if part]
    return None if numbers == sorted(numbers) else np.argsort(numbers, kind="stable")


def _holds_text(array: Array) -> bool:
    """Whether the first object that is there is a text."""
    return isinstance(next((one for one in array.flat if not is_missing(one)), None), str | bytes)


def _require_no_numbers(array: Array, label: str) -> None:
    """Refuse numbers and other things among texts."""
    for at, one in enumerate(array.flat):
        if not isinstance(one, str | bytes) and not is_missing(one):
            text = next(one for one in array.flat if isinstance(one, str | bytes))
            raise DataError(
                f"{label}: holds texts, such as {text!r}, and other types ({type(one).__name__} at "
                f"{item_of(array, at)}); give one type, for texts [str(one) for one in {label}]"
            )
