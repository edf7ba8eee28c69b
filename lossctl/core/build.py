"""The old place of builders of losses, for plugins that were written when they stood here."""

import warnings
from importlib import import_module
from typing import Any

MOVED = {
    "elementwise": "elementwise",
    "binary_form": "elementwise",
    "row_form": "class_rows",
}


def __getattr__(name: str) -> Any:
    """Return a builder by its old place, with a note of the new one."""
    if name not in MOVED:
        raise AttributeError(name)
    module = f"lossctl.losses.builders.{MOVED[name]}"
    warnings.warn(f"{name} stands in {module} now", DeprecationWarning, stacklevel=2)
    return getattr(import_module(module), name)
