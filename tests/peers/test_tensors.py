"""Tensors of PyTorch, JAX and polars through the front door: the bits of the same NumPy arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lossctl
from tests.test_front_door import CALLS, Call, arrays_of, by_arrays, of

pytestmark = pytest.mark.peers
torch = pytest.importorskip("torch")
IDS = [f"{number}-{call.name}" for number, call in enumerate(CALLS)]


def with_arrays(call: Call, convert: Callable[[np.ndarray], Any]) -> Any:
    arrays = {name: convert(array) for name, array in arrays_of(call).items()}
    return lossctl.compute(call.loss, **arrays, **call.params, **call.options)


@pytest.mark.parametrize("call", CALLS, ids=IDS)
def test_torch_tensors_give_the_same_bits(call: Call) -> None:
    def tensor(array: np.ndarray) -> Any:
        made = torch.tensor(array)
        return made.requires_grad_() if made.is_floating_point() else made

    assert of(with_arrays(call, tensor)) == by_arrays(call)


@pytest.mark.parametrize("call", CALLS[:8], ids=IDS[:8])
def test_jax_arrays_give_the_same_bits(call: Call) -> None:
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():
        assert of(with_arrays(call, jax.numpy.asarray)) == by_arrays(call)


@pytest.mark.parametrize("call", CALLS[:8], ids=IDS[:8])
def test_polars_series_give_the_same_bits(call: Call) -> None:
    polars = pytest.importorskip("polars")
    assert of(with_arrays(call, polars.Series)) == by_arrays(call)


def test_polars_frames_are_tables() -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"p": [0.2, 0.9], "y": [0, 1]})
    column = {"predictions": "p", "targets": "y"}
    value = float(lossctl.compute("mae", table=frame, column=column))
    assert value == pytest.approx(0.15, rel=1e-15)


def test_half_tensors_are_widened() -> None:
    half = torch.tensor([0.5, 1.5], dtype=torch.bfloat16, requires_grad=True)
    result = lossctl.compute("mae", half, torch.zeros(2))
    assert float(result) == 1.0
    sparse = torch.tensor([[0.0, 2.0], [1.0, 0.0]]).to_sparse()
    assert float(lossctl.compute("mae", sparse, np.zeros((2, 2), np.float32))) == 0.75
    jax = pytest.importorskip("jax")
    bfloat = jax.numpy.array([0.5, 1.5], dtype="bfloat16")
    assert float(lossctl.compute("mae", bfloat, [0.0, 0.0])) == 1.0


def test_tensors_without_data_are_refused() -> None:
    meta = torch.empty(3, device="meta")
    with pytest.raises(lossctl.DataError, match=r"predictions: a torch\.Tensor cannot be read"):
        lossctl.compute("mae", meta, [0.0, 0.0, 0.0])
