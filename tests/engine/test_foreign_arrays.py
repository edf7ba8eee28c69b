"""Arrays of other libraries, and what is no array of numbers."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lossctl.api import compute
from lossctl.core.errors import DataError
from lossctl.engine.sources import ArraySource

HALF = [1.0, 2.5, -3.0]


class Tensor:
    """As much of a tensor of PyTorch as is asked of one; tests/peers gives real ones."""

    __module__ = "torch"

    def __init__(self, array: np.ndarray, layout: str = "torch.strided") -> None:
        self.array, self.layout = array, layout

    def is_floating_point(self) -> bool:
        return self.array.dtype.kind == "f"

    def element_size(self) -> int:
        return self.array.itemsize

    def float(self) -> "Tensor":
        return Tensor(self.array.astype(np.float32), self.layout)

    def to_dense(self) -> "Tensor":
        return Tensor(self.array)

    def numpy(self) -> np.ndarray:
        assert (self.layout, self.array.itemsize >= 4) == ("torch.strided", True)
        return self.array

    def same(self) -> "Tensor":
        return self

    detach = cpu = resolve_conj = resolve_neg = same


class Exchanged:
    """An array of a library that exchanges memory by DLPack and knows nothing of NumPy."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array

    def __dlpack__(self, **options: Any) -> Any:
        return self._array.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self._array.__dlpack_device__()


@pytest.mark.parametrize(
    "given",
    [
        Tensor(np.array(HALF)),
        Tensor(np.array(HALF, np.float16)),
        Tensor(np.array(HALF, np.float32), "torch.sparse_coo"),
        Exchanged(np.array(HALF)),
    ],
    ids=["double", "half", "sparse", "dlpack"],
)
def test_arrays_of_other_libraries(given: Any) -> None:
    assert compute("mse", given, [0.0, 0.5, 0.0]).value == pytest.approx((1 + 4 + 9) / 3)


class Broken:
    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        raise TypeError("no memory of my own")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "predictions: None"),
        (SimpleNamespace(), "a SimpleNamespace"),
        ([1.0, "x", 2.0], "item 1: 'x'"),
        ([1.0, 2.0, SimpleNamespace()], "SimpleNamespace at item 2"),
        ([1.0, 2j, 3.0], "complex"),
        ([[1.0], [2.0, 3.0]], "different lengths"),
        (Broken(), "no memory of my own"),
    ],
)
def test_what_is_no_array_of_numbers(given: Any, words: str) -> None:
    with pytest.raises(DataError, match=r"^predictions") as caught:
        compute("mse", given, [1.0, 2.0, 3.0])
    assert words in str(caught.value)


def test_plain_arrays_of_objects_hold_numbers() -> None:
    """Also where a source is made of one directly; what is missing is NaN."""
    source = ArraySource(np.array([1, 2.5, None], dtype=object), "x")
    assert source.dtype == np.float64
    np.testing.assert_array_equal(source.read(0, 3), [1.0, 2.5, np.nan])
