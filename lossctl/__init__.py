"""Compute, choose and combine loss functions on saved predictions."""

from __future__ import annotations  # typing would take longer to load than all that is here

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_HOMES = {  # where each public name is defined; nothing is loaded before it is used
    "compute": "lossctl.api",
    "evaluate": "lossctl.api",
    "metric": "lossctl.api",
    "gradient": "lossctl.api",
    "value_and_gradient": "lossctl.api",
    "bind": "lossctl.api",
    "run": "lossctl.objective.run",
    "calibrate": "lossctl.calibrating",
    "calibrate_forecast": "lossctl.forecasts",
    "check": "lossctl.checking",
    "compare": "lossctl.comparing",
    "read": "lossctl.array_reading",
    "plot": "lossctl.report.pictures.drawing",
    "race": "lossctl.racing.race",
    "recommend": "lossctl.recommender.recommend",
    "judge": "lossctl.gates.judge",
    "catalogue": "lossctl.report.listing",
    "show": "lossctl.report.page",
    "schema": "lossctl.report.schema",
    "init": "lossctl.objective.config_files",
    "load_plugin": "lossctl.loss_specs",
    "loss": "lossctl.losses.own",
    "Loss": "lossctl.core.loss",
    "Result": "lossctl.core.result",
    "BoundLoss": "lossctl.bound_loss",
    "Comparisons": "lossctl.comparison_result",
    "Race": "lossctl.racing.race_result",
    "Recommendation": "lossctl.recommender.recommendation",
    "__version__": "lossctl.version",
    "LossctlError": "lossctl.core.errors",
    "DataError": "lossctl.core.errors",
    "UsageError": "lossctl.core.errors",
}

__all__ = ["losses", *_HOMES]  # noqa: PLE0604 - names of the table above


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that `import lossctl` and `lossctl --help` stay light."""
    from importlib import import_module  # noqa: PLC0415 - see above

    if name in _HOMES:
        globals()[name] = getattr(import_module(_HOMES[name]), name)
        return globals()[name]  # from now on it is there without asking here
    if name == "losses":
        return import_module("lossctl.losses")
    raise AttributeError(f"module 'lossctl' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Name what there is for those who complete names, without loading it."""
    return sorted(__all__)
