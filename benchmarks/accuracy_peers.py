"""The same losses in PyTorch, SciPy and scikit-learn, one value a unit, in float64."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import special, stats
from scipy.spatial import distance
from sklearn import metrics
from torch.nn import functional

from benchmarks.accuracy_points import Batch
from lossctl.testing.cases import Case

Array = NDArray[Any]
Params = Mapping[str, Any]

torch.set_num_threads(1)


@dataclass(frozen=True)
class Peer:
    """A loss of another package.

    Attributes
    ----------
    function
        ``function(*inputs, params)`` gives the value of each unit; tensors for PyTorch.
    kinds
        The kinds of predictions it reads.
    encodings
        The encodings of targets it reads; empty for all.
    where
        ``where(*inputs, params)``: units at which it means the same number as lossctl.
    suits
        Parameters it can express.
    axes
        The axes of the predictions it reads; empty for all.
    """

    name: str
    function: Callable[..., Any]
    kinds: tuple[str, ...] = ("values",)
    encodings: tuple[str, ...] = ()
    where: Callable[..., Array] | None = None
    suits: Callable[[Params], bool] = lambda _: True
    axes: str = ""

    def applies(self, case: Case) -> bool:
        """Whether it has the form, the encoding and the parameters of a case."""
        read = case.form.kind in self.kinds and self.axes in {"", case.form.axes}
        known = not self.encodings or case.encoding in self.encodings
        return read and known and self.suits(params_of(case))

    def means_the_same(self, batch: Batch) -> Array:
        """Mark the units at which the definitions agree."""
        if self.where is None:
            return np.ones(len(batch), bool)
        return self.where(*batch.arrays, params_of(batch.case))

    def values(self, batch: Batch) -> Array:
        """Return one value a unit."""
        with np.errstate(all="ignore"):
            params = params_of(batch.case)
            if self.name != "PyTorch":
                return np.asarray(self.function(*batch.arrays, params))
            with torch.no_grad():
                return self.function(*map(torch.tensor, batch.arrays), params).numpy()  # type: ignore[no-any-return]

    def slopes(self, batch: Batch) -> Array:
        """Return autograd's gradient of the sum with respect to the predictions."""
        first, *others = map(torch.tensor, batch.arrays)
        first.requires_grad_()
        self.function(first, *others, params_of(batch.case)).sum().backward()
        return first.grad.numpy()  # type: ignore[no-any-return]


def params_of(case: Case) -> Params:
    """Return every parameter, defaults included."""
    return {param.name: param.default for param in case.loss.params} | dict(case.params)


def peers_of(loss_id: str) -> tuple[Peer, ...]:
    """Return the peers of a loss."""
    return PEERS.get(loss_id, ())


def _torch(name: str, **renamed: str) -> Callable[..., Any]:
    """Call a function of torch.nn.functional with parameters under its own names."""

    def call(p: Any, t: Any, params: Params) -> Any:
        given = {theirs: params[ours] for theirs, ours in renamed.items()}
        return getattr(functional, name)(p, t, reduction="none", **given)

    return call


def _each(function: Callable[..., float]) -> Callable[..., Array]:
    """Call a metric on one unit after the other; NaN where it refuses."""

    def call(p: Array, t: Array, params: Params) -> Array:
        return np.array([_try(function, p[n : n + 1], t[n : n + 1], params) for n in range(len(p))])

    return call


def _try(function: Callable[..., float], p: Array, t: Array, params: Params) -> float:
    try:
        return float(function(p, t, params))
    except ValueError:
        return np.nan


def _outputs(metric: Callable[..., Array], **renamed: str) -> Callable[..., Array]:
    """Call a metric once, each unit as an output of its own."""

    def call(p: Array, t: Array, params: Params) -> Array:
        given = {theirs: params[ours] for theirs, ours in renamed.items()}
        return metric(t[None], p[None], multioutput="raw_values", **given)

    return call


def _rows(targets: Any, scores: Any) -> Any:
    """Return targets as rows."""
    one_hot = functional.one_hot
    return targets if targets.ndim == 2 else one_hot(targets, scores.shape[1]).to(scores.dtype)


def _torch_kl(p: Any, t: Any, logs: Any) -> Any:
    return functional.kl_div(logs, _rows(t, p), reduction="none").sum(dim=1)


def _eye(t: Array, p: Array) -> Array:
    return t if t.ndim == 2 else np.eye(p.shape[1])[t]


def _true_lists(t: Any) -> Any:
    """Return the indices of the true labels of each row, closed by −1."""
    lists = torch.full(t.shape, -1, dtype=torch.int64)
    for row, labels in zip(lists, t, strict=True):
        true = torch.nonzero(labels)[:, 0]
        row[: len(true)] = true
    return lists


def _student(p: Any, t: Any, params: Params) -> Any:
    numbers = (torch.tensor(params[name], dtype=p.dtype) for name in ("df", "scale"))
    free, scale = numbers
    return -torch.distributions.StudentT(free, t, scale, validate_args=False).log_prob(p)


def _unclipped(p: Array, t: Array, params: Params) -> Array:  # noqa: ARG001
    """Where neither side clips: PyTorch holds log p at −100, scikit-learn p at 2⁻⁵²."""
    least = max(params["epsilon"], 2.0**-51)
    return (p >= least) & (1.0 - p >= least)


def _rows_unclipped(p: Array, t: Array, params: Params) -> Array:
    return p[np.arange(len(p)), t] >= max(params["epsilon"], 2.0**-51)


def _margin_1(params: Params) -> bool:
    return params["margin"] == 1.0


def _log_loss(p: Array, t: Array, _: Params) -> float:
    labels = [0, 1] if p.ndim == 1 else list(range(p.shape[1]))
    return metrics.log_loss(t, p, labels=labels)


def _hinge(p: Array, t: Array, _: Params) -> float:
    """Give scores company of the other label that costs nothing: one label alone is refused."""
    if p.ndim == 2:
        return metrics.hinge_loss(t, p, labels=list(range(p.shape[1])))
    return 2.0 * metrics.hinge_loss([*t, *-t], [*p, *-2.0 * t])


LOGITS, SHARES = ("logits",), ("probabilities",)
TORCH, SCIPY, SKLEARN = "PyTorch", "SciPy", "scikit-learn"

REGRESSION: dict[str, tuple[Peer, ...]] = {
    "mse": (Peer(TORCH, _torch("mse_loss")),),
    "mae": (Peer(TORCH, _torch("l1_loss")),),
    "huber": (
        Peer(TORCH, _torch("huber_loss", delta="delta")),
        Peer(SCIPY, lambda p, t, given: special.huber(given["delta"], p - t)),
    ),
    "smooth_l1": (Peer(TORCH, _torch("smooth_l1_loss", beta="beta")),),
    "pseudo_huber": (
        Peer(SCIPY, lambda p, t, given: special.pseudo_huber(given["delta"], p - t)),
    ),
    "quantile": (Peer(SKLEARN, _outputs(metrics.mean_pinball_loss, alpha="q")),),
    "mape": (
        Peer(
            SKLEARN, _outputs(metrics.mean_absolute_percentage_error),
            suits=lambda given: not given["percent"] and given["epsilon"] == 2.0**-52,
        ),
    ),
    "msle": (
        Peer(
            SKLEARN, _outputs(metrics.mean_squared_log_error),
            where=lambda p, t, _: (p >= 0.0) & (t >= 0.0),
        ),
    ),
    "poisson_nll": (
        Peer(
            TORCH,
            _torch("poisson_nll_loss", log_input="log_input", full="full", eps="epsilon"),
            suits=lambda given: given["factorial"] == "stirling" or not given["full"],
        ),
    ),
    "gaussian_nll": (
        Peer(
            TORCH,
            lambda p, v, t, given: functional.gaussian_nll_loss(
                p, t, v, full=given["full"], eps=given["epsilon"] or 5e-324, reduction="none"
            ),
        ),
    ),
    "student_t_nll": (
        Peer(TORCH, _student),
        Peer(SCIPY, lambda p, t, given: -stats.t.logpdf(p, given["df"], t, given["scale"])),
    ),
    "poisson_deviance": (
        Peer(SCIPY, lambda p, t, _: 2.0 * special.kl_div(t, p)),
        Peer(SKLEARN, _each(lambda p, t, _: metrics.mean_poisson_deviance(t, p))),
    ),
    "gamma_deviance": (Peer(SKLEARN, _each(lambda p, t, _: metrics.mean_gamma_deviance(t, p))),),
    "tweedie_deviance": (
        Peer(
            SKLEARN,
            _each(lambda p, t, given: metrics.mean_tweedie_deviance(t, p, power=given["power"])),
        ),
    ),
}  # fmt: skip

CLASSIFICATION: dict[str, tuple[Peer, ...]] = {
    "bce": (
        Peer(TORCH, _torch("binary_cross_entropy"), SHARES, where=_unclipped),
        Peer(SKLEARN, _each(_log_loss), SHARES, ("labels",), where=_unclipped),
    ),
    "bce_with_logits": (
        Peer(
            TORCH,
            lambda z, t, given: functional.binary_cross_entropy_with_logits(
                z, t, pos_weight=torch.tensor(given["pos_weight"], dtype=z.dtype), reduction="none"
            ),
            LOGITS, suits=lambda given: given["label_smoothing"] == 0.0,
        ),
    ),
    "cross_entropy": (
        Peer(TORCH, _torch("cross_entropy", label_smoothing="label_smoothing"), LOGITS),
        Peer(
            SKLEARN, _each(_log_loss), SHARES, ("index",), where=_rows_unclipped,
            suits=lambda given: given["label_smoothing"] == 0.0,
        ),
    ),
    "hinge": (Peer(SKLEARN, _each(_hinge), LOGITS, suits=_margin_1),),
    "soft_margin": (Peer(TORCH, _torch("soft_margin_loss"), LOGITS),),
    "brier": (
        Peer(
            SKLEARN, _each(lambda p, t, _: metrics.brier_score_loss(t, p, labels=[0, 1])),
            SHARES, ("labels",), axes="item",
        ),
    ),
    "multilabel_soft_margin": (Peer(TORCH, _torch("multilabel_soft_margin_loss"), LOGITS),),
    "multilabel_margin": (
        Peer(
            TORCH,
            lambda z, t, _: functional.multilabel_margin_loss(z, _true_lists(t), reduction="none"),
            LOGITS, ("labels",), suits=_margin_1,
        ),
    ),
    "nll": (Peer(TORCH, _torch("nll_loss"), ("log_probabilities",), ("index",)),),
    "kl_divergence": (
        Peer(TORCH, lambda z, t, _: _torch_kl(z, t, z.log_softmax(dim=1)), LOGITS),
        Peer(TORCH, lambda p, t, _: _torch_kl(p, t, p.log()), SHARES),
        Peer(SCIPY, lambda p, t, _: special.rel_entr(_eye(t, p), p).sum(axis=1), SHARES),
    ),
    "js_divergence": (
        Peer(SCIPY, lambda p, t, _: distance.jensenshannon(_eye(t, p), p, axis=1) ** 2, SHARES),
    ),
    "multi_margin": (
        Peer(
            TORCH,
            lambda z, t, given: functional.multi_margin_loss(
                z, t, p=int(given["p"]), margin=given["margin"], reduction="none"
            ),
            LOGITS, ("index",), suits=lambda given: given["p"] in {1.0, 2.0},
        ),
    ),
    "multiclass_hinge": (Peer(SKLEARN, _each(_hinge), LOGITS, ("index",), suits=_margin_1),),
}  # fmt: skip

PEERS = REGRESSION | CLASSIFICATION
