"""scikit-learn's metrics, which have values only."""

from collections.abc import Callable
from typing import Any

from sklearn import metrics

LOSSES: dict[str, Callable[..., Any]] = {
    "mse": lambda p, t: metrics.mean_squared_error(t, p),
    "mae": lambda p, t: metrics.mean_absolute_error(t, p),
    "quantile": lambda p, t: metrics.mean_pinball_loss(t, p, alpha=0.9),
    "mape": lambda p, t: metrics.mean_absolute_percentage_error(t, p),
    "msle": lambda p, t: metrics.mean_squared_log_error(t, p),
    "poisson_deviance": lambda p, t: metrics.mean_poisson_deviance(t, p),
    "gamma_deviance": lambda p, t: metrics.mean_gamma_deviance(t, p),
    "tweedie_deviance": lambda p, t: metrics.mean_tweedie_deviance(t, p, power=1.5),
    "bce": lambda p, t: metrics.log_loss(t, p),
    "brier": lambda p, t: metrics.brier_score_loss(t, p),
    "hinge": lambda z, t: metrics.hinge_loss(t, z),
    "log_loss": lambda p, y: metrics.log_loss(y, p),
}


def call(name: str, arrays: tuple[Any, ...]) -> Callable[[], float] | None:
    """Return the call to time, or None without a peer."""
    if name not in LOSSES:
        return None
    return lambda: float(LOSSES[name](*arrays))
