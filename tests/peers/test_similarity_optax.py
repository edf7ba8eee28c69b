"""Losses of embeddings beside optax, in float32."""

from typing import Any

import numpy as np
import pytest

import lossctl

optax = pytest.importorskip("optax")
jax = pytest.importorskip("jax")

pytestmark = pytest.mark.peers

Array = np.ndarray


def agree(loss: str, inputs: tuple[Array, ...], theirs: Any, **params: Any) -> None:
    """Hold the mean and the gradients against optax and jax.grad."""
    value = lossctl.compute(loss, *inputs, **params).value
    places = tuple(range(len(inputs)))
    wanted, grads = jax.value_and_grad(theirs, argnums=places)(*inputs)
    assert value == pytest.approx(float(wanted), rel=2e-5)
    ours = lossctl.gradient(loss, *inputs, **params)
    for mine, other in zip(ours.values(), grads, strict=True):
        size = np.abs(other).max()
        np.testing.assert_allclose(mine, other, atol=2e-5 * size, rtol=0)


@pytest.fixture(params=range(5))
def vectors(request: pytest.FixtureRequest) -> list[Array]:
    rng = np.random.default_rng(request.param)
    return [rng.normal(size=(20 + request.param, 8)).astype(np.float32) for _ in range(3)]


def test_cosine_distance(vectors: list[Array]) -> None:
    agree("cosine_distance", tuple(vectors[:2]), lambda a, b: optax.cosine_distance(a, b).mean())


def test_triplet(vectors: list[Array]) -> None:
    def theirs(a: Any, b: Any, c: Any) -> Any:
        return optax.losses.triplet_margin_loss(a, b, c, margin=2.0, eps=0.0).mean()

    agree("triplet", tuple(vectors), theirs, margin=2.0)


def test_nt_xent(vectors: list[Array]) -> None:
    labels = np.tile(np.arange(len(vectors[0])), 2)

    def theirs(a: Any, b: Any) -> Any:
        return optax.losses.ntxent(jax.numpy.concatenate([a, b]), labels, temperature=0.5)

    agree("nt_xent", tuple(vectors[:2]), theirs, temperature=0.5)
