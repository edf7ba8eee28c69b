"""Who is told how far the work is: nobody, unless a command asks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

Begin: TypeAlias = Callable[[str, int], Callable[[int], None]]


def _silent(_amount: int) -> None:
    pass


def _nobody(_unit: str, _total: int) -> Callable[[int], None]:
    return _silent


_watchers: list[Begin] = [_nobody]


@contextmanager
def watched_by(watcher: Begin) -> Iterator[None]:
    """Tell `watcher` of the work inside the block.

    The watcher is called with a unit (``items``, ``bytes``) and the total of each piece of work,
    and returns what takes every advance, from any thread.
    """
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.pop()


def begin(unit: str, total: int) -> Callable[[int], None]:
    """Announce work of `total` units (0 when unknown); call the answer with each advance."""
    return _watchers[-1](unit, total)
