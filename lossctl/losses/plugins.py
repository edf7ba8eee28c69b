"""Losses from elsewhere: a user's Python file, an installed package, or a function.

A package offers a loss by an entry point of the group ``lossctl.losses`` whose name is the loss's
id. A file is only loaded when it is named on the command line or in Python, since loading runs it.
"""

import importlib.util
import inspect
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from lossctl.core.errors import UsageError, file_line, place_of
from lossctl.core.loss import Loss

GROUP = "lossctl.losses"


class _Loaded(NamedTuple):
    path: Path
    loss: Loss


_from_files: dict[str, _Loaded] = {}
_modules: set[str] = set()  # outermost names of the modules whose errors are those of a plugin


def as_loss(declared: object) -> Loss:
    """Return the loss that an object is or declares.

    Parameters
    ----------
    declared
        A :class:`Loss`, a function decorated with ``lossctl.loss``, or any function of arrays.

    Raises
    ------
    UsageError
        When it is none of them, or the function is no loss of each element.
    """
    if isinstance(declared, Loss):
        return declared
    if not callable(declared):
        raise UsageError(
            f"a loss is a name, a Loss or a function of arrays, not {type(declared).__name__}"
        )
    from lossctl.losses.own import loss_of  # noqa: PLC0415 - seldom needed

    return loss_of(declared)


def load_file(
    path: Path,
    taken: frozenset[str],
    is_shipped: Callable[[Loss], bool],
    register_others: Callable[[ModuleType], list[str]] | None = None,
) -> list[str]:
    """Run a Python file and register every loss it defines.

    Parameters
    ----------
    path
        The file.
    taken
        Ids and aliases it may not use.
    is_shipped
        Whether a loss is one of lossctl that the file merely imports.
    register_others
        Registers what else the file may define, and returns the names of that; a file that has
        some needs no loss.

    Returns
    -------
    list of str
        The ids of its losses, and those names.

    Raises
    ------
    UsageError
        When the file cannot be run, defines no loss, or one under a name that is taken.
    """
    module = _run(path)
    others = [] if register_others is None else register_others(module)
    losses = [
        loss for loss in _losses_in(module, path, may_be_none=bool(others)) if not is_shipped(loss)
    ]
    for loss in losses:
        earlier = _from_files.get(loss.id)
        if loss.id in taken or [other.id for other in losses].count(loss.id) > 1:
            raise UsageError(f"{path}: there is already a loss {loss.id}; give yours another id")
        if earlier is not None and earlier.path.resolve() != path.resolve():
            raise UsageError(f"{path}: {earlier.path} already defines {loss.id}; rename one")
    _from_files.update({loss.id: _Loaded(path, loss) for loss in losses})
    return [*(loss.id for loss in losses), *others]


def _losses_in(module: ModuleType, path: Path, *, may_be_none: bool) -> list[Loss]:
    """Return the losses of a file.

    They are its ``Loss`` objects and its decorated functions. Where there are none, they are the
    public functions written in it whose first arguments are named predictions and targets.
    """
    from lossctl.losses.own import PREDICTIONS, TARGETS, is_marked, looks_like_loss  # noqa: PLC0415

    values = {id(value): value for value in vars(module).values()}.values()
    losses = [value for value in values if isinstance(value, Loss) or is_marked(value)]
    public = [
        value
        for value in values
        if inspect.isfunction(value)
        and value.__module__ == module.__name__
        and value.__name__[0] != "_"
    ]
    if may_be_none:
        return [as_loss(value) for value in losses]
    losses = losses or [value for value in public if looks_like_loss(value)]
    if not losses:
        there = ", ".join(f"{value.__name__}{inspect.signature(value)}" for value in public)
        raise UsageError(
            f"{path}: defines no loss: a function whose first arguments are predictions and "
            f"targets ({', '.join(PREDICTIONS[1:])}; {', '.join(TARGETS[1:])}), or one decorated "
            f"with @lossctl.loss{'; there is ' if there else ''}{there}"
        )
    return [as_loss(value) for value in losses]


def _run(path: Path) -> ModuleType:
    if not path.is_file():
        what = "is a folder, not a Python file" if path.is_dir() else "there is no such file"
        raise UsageError(f"{path}: {what} to load losses from")
    name = "lossctl_plugin_" + re.sub(r"\W", "_", path.stem)
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    if spec is None or spec.loader is None:
        raise UsageError(f"{path}: is not a Python file (.py) to load losses from")
    module = importlib.util.module_from_spec(spec)
    _modules.add(name)
    sys.modules[name] = module  # dataclasses and pickles look their module up
    if (folder := str(path.parent.resolve())) not in sys.path:
        sys.path.append(folder)  # it may import what stands beside it
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        kind = "" if isinstance(error, UsageError) else f"{type(error).__name__}: "
        raise UsageError(f"{_place_in(path, error)}: {kind}{_message(error)}") from error
    return module


def _place_in(path: Path, error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.filename == str(path.resolve()):
        return file_line(error.filename, error.lineno)
    return place_in_plugin(error) or str(path)


def _message(error: BaseException) -> str:
    return error.msg if isinstance(error, SyntaxError) else str(error)


def place_in_plugin(error: BaseException) -> str:
    """Return ``file:line`` of the plugin's code an error was raised in; empty if in none."""
    return place_of(
        error, lambda frame: str(frame.f_globals.get("__name__")).partition(".")[0] in _modules
    )


@cache
def installed() -> dict[str, Loss]:
    """Return the losses that installed packages offer, by id."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow to import, seldom needed

    losses: dict[str, Loss] = {}
    for point in entry_points(group=GROUP):
        _modules.add(point.value.partition(":")[0].partition(".")[0])
        loss = _loaded(point)
        if loss.id != point.name:
            raise UsageError(
                f"entry point {point.name} of {GROUP} ({point.value}) has the id {loss.id}; name "
                "both alike"
            )
        losses[loss.id] = loss
    return losses


def _loaded(point: Any) -> Loss:
    """Load an entry point; a mistake in it names the package."""
    try:
        return as_loss(point.load())
    except Exception as error:
        place = place_in_plugin(error)
        raise UsageError(
            f"entry point {point.name} of {GROUP} ({point.value}): {place}{': ' if place else ''}"
            f"{error}"
        ) from error


def from_elsewhere() -> dict[str, Loss]:
    """Return every loss that does not ship with lossctl, by id; files come before packages."""
    return installed() | {loss_id: loaded.loss for loss_id, loaded in _from_files.items()}
