"""Losses from elsewhere: a user's Python file, or an installed package.

A package offers a loss by an entry point of the group ``lossctl.losses`` whose name is the loss's
id. A file is only loaded when it is named on the command line or in Python, since loading runs it.
"""

import importlib.util
from functools import cache
from pathlib import Path

from lossctl.core.errors import LossctlError, UsageError
from lossctl.core.loss import Loss

GROUP = "lossctl.losses"
_from_files: dict[str, Loss] = {}


def load_file(path: Path, taken: frozenset[str]) -> list[str]:
    """Run a Python file and register every loss it defines.

    Parameters
    ----------
    path
        The file.
    taken
        Ids and aliases it may not use.

    Returns
    -------
    list of str
        The ids of its losses.

    Raises
    ------
    UsageError
        When the file cannot be run, defines no loss, or one under a name that is taken.
    """
    found = [entry for entry in vars(_run(path)).values() if isinstance(entry, Loss)]
    if not found:
        raise UsageError(f"{path}: defines no loss (an instance of lossctl.core.loss.Loss)")
    for loss in found:
        if loss.id in taken:
            raise UsageError(f"{path}: there is a loss {loss.id} already; give yours another id")
        _from_files[loss.id] = loss
    return [loss.id for loss in found]


def _run(path: Path) -> object:
    spec = importlib.util.spec_from_file_location(f"lossctl_plugin_{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise UsageError(f"{path}: no Python file to take losses from")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except LossctlError:
        raise
    except (Exception, SystemExit) as error:
        place = _last_line(error, path)
        raise UsageError(f"{path}{place}: {type(error).__name__}: {error}") from error
    return module


def _last_line(error: BaseException, path: Path) -> str:
    trace, line = error.__traceback__, 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f":{line}" if line else ""


@cache
def installed() -> dict[str, Loss]:
    """Return the losses that installed packages offer, by id."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow to import, seldom needed

    found: dict[str, Loss] = {}
    for point in entry_points(group=GROUP):
        loss = point.load()
        if not isinstance(loss, Loss) or loss.id != point.name:
            kind = type(loss).__name__
            raise UsageError(
                f"entry point {point.name} of {GROUP} ({point.value}) is a {kind}, "
                f"not a Loss with the id {point.name}"
            )
        found[loss.id] = loss
    return found


def from_elsewhere() -> dict[str, Loss]:
    """Return every loss that does not ship with lossctl, by id; files come before packages."""
    return installed() | _from_files
