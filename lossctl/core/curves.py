"""The old place of curves, for plugins written when they stood here."""

import warnings
from importlib import import_module
from typing import Any

BUILDERS = "lossctl.losses.builders"
MOVED = {
    "Curve": ("lossctl.core.loss", "Curve"),
    "RESIDUAL": (f"{BUILDERS}.elementwise", "RESIDUAL"),
    "PROBABILITY": (f"{BUILDERS}.elementwise", "PROBABILITY"),
    "LOGIT": (f"{BUILDERS}.elementwise", "LOGIT"),
    "LEAD": (f"{BUILDERS}.class_rows", "MARGIN"),
    "OVERLAP": (f"{BUILDERS}.masks", "OVERLAP"),
    "TRUTH": (f"{BUILDERS}.logic", "TRUTH"),
    "CONSTRAINT": (f"{BUILDERS}.logic", "CONSTRAINT"),
}


def __getattr__(name: str) -> Any:
    """Return a curve by its old name and place, with a note of the new ones."""
    if name not in MOVED:
        raise AttributeError(name)
    module, new = MOVED[name]
    warnings.warn(f"{name} moved to {module}.{new}", DeprecationWarning, stacklevel=2)
    return getattr(import_module(module), new)
