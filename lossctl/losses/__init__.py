"""Every loss, one file each; ``lossctl.losses.huber(p, t, delta=2.0)`` is a float."""

from collections.abc import Callable
from typing import Any


def __getattr__(name: str) -> Callable[..., Any]:
    """Return the loss of that name as a plain function (see ``lossctl.api.function``)."""
    if name.startswith("_"):
        raise AttributeError(name)
    from lossctl import api  # noqa: PLC0415 - upwards on purpose, see the import contracts

    return api.function(name)
