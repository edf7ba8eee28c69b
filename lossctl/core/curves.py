"""The old place of :class:`lossctl.core.loss.Curve`, for plugins written when it stood here."""

import warnings
from typing import Any

from lossctl.core import loss


def __getattr__(name: str) -> Any:
    """Return the class by its old place, with a note of the new one."""
    if name != "Curve":
        raise AttributeError(name)
    warnings.warn("Curve stands in lossctl.core.loss now", DeprecationWarning, stacklevel=2)
    return loss.Curve
