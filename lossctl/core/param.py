"""The old place of parameters, for plugins that were written when they stood here."""

import warnings
from typing import Any

from lossctl.core import domain


def __getattr__(name: str) -> Any:
    """Return what stood here, with a note of the new place."""
    if name not in {"Param", "bind_params"}:
        raise AttributeError(name)
    warnings.warn(f"{name} moved to lossctl.core.domain", DeprecationWarning, stacklevel=2)
    return getattr(domain, name)
