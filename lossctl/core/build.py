"""The old place of builders of losses, for plugins that were written when they stood here."""

import warnings
from importlib import import_module
from typing import Any

MOVED = {
    "elementwise": "elementwise",
    "binary_form": "elementwise",
    "binary_weight": "elementwise",
    "times": "elementwise",
    "Function": "elementwise",
    "row_form": "class_rows",
    "row_weight": "class_rows",
    "per_row": "class_rows",
}


def __getattr__(name: str) -> Any:
    """Return a builder by its old place, with a note of the new one."""
    if name not in MOVED:
        raise AttributeError(name)
    module = f"lossctl.losses.builders.{MOVED[name]}"
    warnings.warn(f"{name} moved to {module}", DeprecationWarning, stacklevel=2)
    builder = getattr(import_module(module), name)
    return _old_row_form(builder) if name == "row_form" else builder


def _old_row_form(row_form: Any) -> Any:
    """Let `sums_only` say the order of rows."""

    def build(*arguments: Any, sums_only: bool = False, **named: Any) -> Any:
        return row_form(*arguments, **{"order": "memory" if sums_only else "class", **named})

    return build
