"""JAX with optax: compiled by `jax.jit`, with optax's function where it has one."""

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import optax
from jax import numpy as jnp

jax.config.update("jax_enable_x64", val=True)


def _dice(z: Any, t: Any) -> Any:
    p = jax.nn.sigmoid(z)
    return 1 - (2 * (p * t).sum() + 1e-6) / (p.sum() + t.sum() + 1e-6)


def _jaccard(z: Any, t: Any) -> Any:
    p = jax.nn.sigmoid(z)
    shared = (p * t).sum()
    return 1 - (shared + 1e-6) / (p.sum() + t.sum() - shared + 1e-6)


def _tversky(z: Any, t: Any) -> Any:
    p = jax.nn.sigmoid(z)
    shared = (p * t).sum()
    apart = 0.3 * (p * (1 - t)).sum() + 0.7 * ((1 - p) * t).sum()
    return 1 - (shared + 1e-6) / (shared + apart + 1e-6)


def _own(z: Any, y: Any) -> Any:
    return jnp.take_along_axis(z, y[:, None], axis=1)[:, 0]


LOSSES: dict[str, Callable[..., Any]] = {
    "mse": lambda p, t: optax.squared_error(p, t).mean(),
    "mae": lambda p, t: jnp.abs(p - t).mean(),
    "huber": lambda p, t: optax.huber_loss(p, t).mean(),
    "smooth_l1": lambda p, t: optax.huber_loss(p, t).mean(),
    "quantile": lambda p, t: jnp.maximum(0.9 * (t - p), -0.1 * (t - p)).mean(),
    "log_cosh": lambda p, t: optax.log_cosh(p, t).mean(),
    "mape": lambda p, t: jnp.abs((t - p) / t).mean(),
    "msle": lambda p, t: ((jnp.log1p(p) - jnp.log1p(t)) ** 2).mean(),
    "poisson_nll": lambda p, t: (jnp.exp(p) - t * p).mean(),
    "gaussian_nll": lambda p, v, t: (0.5 * (jnp.log(v) + (p - t) ** 2 / v)).mean(),
    "poisson_deviance": lambda p, t: (2 * (t * jnp.log(t / p) - t + p)).mean(),
    "gamma_deviance": lambda p, t: (2 * (jnp.log(p / t) + t / p - 1)).mean(),
    "tweedie_deviance": lambda p, t: (
        2 * (t**0.5 / -0.25 + t * p**-0.5 / 0.5 + p**0.5 / 0.5)
    ).mean(),
    "bce": lambda p, t: -(t * jnp.log(p) + (1 - t) * jnp.log1p(-p)).mean(),
    "bce_with_logits": lambda z, t: optax.sigmoid_binary_cross_entropy(z, t).mean(),
    "focal": lambda z, t: optax.sigmoid_focal_loss(z, t, alpha=0.25).mean(),
    "brier": lambda p, t: optax.squared_error(p, t).mean(),
    "hinge": lambda z, t: optax.hinge_loss(z, t).mean(),
    "squared_hinge": lambda z, t: (optax.hinge_loss(z, t) ** 2).mean(),
    "soft_margin": lambda z, t: jax.nn.softplus(-z * t).mean(),
    "dice": _dice,
    "jaccard": _jaccard,
    "tversky": _tversky,
    "cross_entropy": lambda z, y: optax.softmax_cross_entropy_with_integer_labels(z, y).mean(),
    "log_loss": lambda p, y: -jnp.log(_own(p, y)).mean(),
    "nll": lambda z, y: -_own(z, y).mean(),
    "kl_divergence": lambda z, t: optax.kl_divergence(z, t).mean(),
    "cosine_distance": lambda a, b: optax.cosine_distance(a, b).mean(),
}


def call(name: str, arrays: tuple[Any, ...], leaves: tuple[int, ...]) -> Callable[[], float] | None:
    """Return the call to time; None without a peer.

    It is the value, or the value and its gradient if there are `leaves`: places of arrays whose
    gradient is wanted.
    """
    if name not in LOSSES:
        return None
    held = [jnp.asarray(array) for array in arrays]
    if not leaves:
        value = jax.jit(LOSSES[name])
        return lambda: float(value(*held))
    both = jax.jit(jax.value_and_grad(LOSSES[name], argnums=leaves))

    def backward() -> float:
        loss, slopes = both(*held)
        jax.block_until_ready(slopes)
        return float(loss)

    return backward


def forget() -> None:
    """Drop what was compiled."""
    jax.clear_caches()
