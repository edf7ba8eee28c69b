"""PyTorch: its own function where it has one, otherwise the definition in tensor operations."""

import os
from collections.abc import Callable
from typing import Any

# idle OpenMP threads would otherwise spin on a core while another library is measured
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from torch.nn import functional


def _focal(z: Any, t: Any) -> Any:
    surprise = functional.binary_cross_entropy_with_logits(z, t, reduction="none")
    p = torch.sigmoid(z)
    truth = p * t + (1 - p) * (1 - t)
    return ((0.25 * t + 0.75 * (1 - t)) * (1 - truth) ** 2 * surprise).mean()


def _dice(z: Any, t: Any) -> Any:
    p = torch.sigmoid(z)
    return 1 - (2 * (p * t).sum() + 1e-6) / (p.sum() + t.sum() + 1e-6)


def _jaccard(z: Any, t: Any) -> Any:
    p = torch.sigmoid(z)
    shared = (p * t).sum()
    return 1 - (shared + 1e-6) / (p.sum() + t.sum() - shared + 1e-6)


def _tversky(z: Any, t: Any) -> Any:
    p = torch.sigmoid(z)
    shared = (p * t).sum()
    apart = 0.3 * (p * (1 - t)).sum() + 0.7 * ((1 - p) * t).sum()
    return 1 - (shared + 1e-6) / (shared + apart + 1e-6)


def _log_cosh(p: Any, t: Any) -> Any:
    e = p - t
    return (e + functional.softplus(-2 * e) - 0.6931471805599453).mean()


def _poly1(z: Any, y: Any) -> Any:
    surprise = functional.cross_entropy(z, y, reduction="none")
    return (surprise + (1 - torch.exp(-surprise))).mean()


LOSSES: dict[str, Callable[..., Any]] = {
    "mse": functional.mse_loss,
    "mae": functional.l1_loss,
    "huber": functional.huber_loss,
    "smooth_l1": functional.smooth_l1_loss,
    "quantile": lambda p, t: torch.maximum(0.9 * (t - p), -0.1 * (t - p)).mean(),
    "log_cosh": _log_cosh,
    "mape": lambda p, t: torch.abs((t - p) / t).mean(),
    "msle": lambda p, t: functional.mse_loss(torch.log1p(p), torch.log1p(t)),
    "poisson_nll": functional.poisson_nll_loss,
    "gaussian_nll": lambda p, v, t: functional.gaussian_nll_loss(p, t, v),
    "poisson_deviance": lambda p, t: (2 * (torch.xlogy(t, t / p) - t + p)).mean(),
    "gamma_deviance": lambda p, t: (2 * (torch.log(p / t) + t / p - 1)).mean(),
    "tweedie_deviance": lambda p, t: (
        2 * (t**0.5 / -0.25 + t * p**-0.5 / 0.5 + p**0.5 / 0.5)
    ).mean(),
    "bce": functional.binary_cross_entropy,
    "bce_with_logits": functional.binary_cross_entropy_with_logits,
    "focal": _focal,
    "brier": functional.mse_loss,
    "hinge": lambda z, t: torch.relu(1 - z * t).mean(),
    "squared_hinge": lambda z, t: (torch.relu(1 - z * t) ** 2).mean(),
    "soft_margin": functional.soft_margin_loss,
    "dice": _dice,
    "jaccard": _jaccard,
    "tversky": _tversky,
    "cross_entropy": functional.cross_entropy,
    "log_loss": lambda p, y: functional.nll_loss(torch.log(p), y),
    "nll": functional.nll_loss,
    "kl_divergence": lambda z, t: functional.kl_div(z, t, reduction="batchmean"),
    "poly1": _poly1,
    "multi_margin": functional.multi_margin_loss,
    "multilabel_soft_margin": functional.multilabel_soft_margin_loss,
    "margin_ranking": functional.margin_ranking_loss,
    "hinge_embedding": functional.hinge_embedding_loss,
    "triplet": functional.triplet_margin_loss,
    "cosine_embedding": functional.cosine_embedding_loss,
    "cosine_distance": lambda a, b: (1 - functional.cosine_similarity(a, b)).mean(),
}


def use_threads(count: int) -> None:
    """Let PyTorch use so many threads."""
    torch.set_num_threads(count)


def call(
    name: str, arrays: tuple[Any, ...], leaves: tuple[int, ...], *, compiled: bool
) -> Callable[[], float] | None:
    """Return the call to time; None without a peer.

    It is the value, or forward and backward if there are `leaves`: places of arrays whose gradient
    is wanted.
    """
    if name not in LOSSES:
        return None
    function = torch.compile(LOSSES[name], dynamic=False) if compiled else LOSSES[name]
    tensors = [torch.from_numpy(array) for array in arrays]
    for place in leaves:
        tensors[place] = tensors[place].clone().requires_grad_()

    def value() -> float:
        with torch.no_grad():
            return float(function(*tensors))

    def backward() -> float:
        for place in leaves:
            tensors[place].grad = None
        loss = function(*tensors)
        loss.backward()
        return float(loss.detach())

    return backward if leaves else value


def forget() -> None:
    """Drop what was compiled, so that memory does not grow over the cases."""
    torch.compiler.reset()
