"""Compute, choose and combine loss functions on saved predictions."""

from typing import Any

from lossctl.version import __version__

__all__ = [
    "__version__",
    "compute",
    "evaluate",
    "gradient",
    "load_plugin",
    "loss",
    "run",
    "value_and_gradient",
]

_API = ("compute", "evaluate", "gradient", "run", "value_and_gradient")
_ELSEWHERE = {"load_plugin": "lossctl.evaluation", "loss": "lossctl.losses.own"}


def __getattr__(name: str) -> Any:
    """Load the API on first use, so that `import lossctl` and `lossctl --help` stay light."""
    if name in _API:
        from lossctl import api  # noqa: PLC0415

        globals()[name] = getattr(api, name)  # from now on it is found without asking here
        return globals()[name]
    if name in _ELSEWHERE:
        from importlib import import_module  # noqa: PLC0415

        globals()[name] = getattr(import_module(_ELSEWHERE[name]), name)
        return globals()[name]
    if name == "losses":
        from importlib import import_module  # noqa: PLC0415

        return import_module("lossctl.losses")
    raise AttributeError(f"module 'lossctl' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Name what there is for those who complete names, without loading it."""
    return sorted([*__all__, "losses"])
