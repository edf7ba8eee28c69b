"""Every loss, one file each; ``lossctl.losses.huber(p, t, delta=2.0)`` is a float."""

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    """Return the loss of that name as a plain function (see ``lossctl.api.function``).

    The folders of the families keep their names; a recipe of such a name is `lossctl.compute`'s.
    """
    if name.startswith("_"):
        raise AttributeError(name)
    catalogue = import_module("lossctl.losses.catalogue")
    if name in catalogue.FAMILIES.keys() - {"plugin"}:
        return import_module(f"lossctl.losses.{name}")
    from lossctl import api  # noqa: PLC0415 - upwards on purpose, see the import contracts

    function = api.function(name)
    if name in catalogue.names():
        globals()[name] = function  # from now on it is there without asking here
    return function


def __dir__() -> list[str]:
    """Name every loss for those who complete names."""
    return sorted(import_module("lossctl.losses.catalogue").names())
