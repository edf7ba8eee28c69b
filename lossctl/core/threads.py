"""How many threads a piece of work may use, and numbered pieces of work shared among them.

The number is said once, by whoever orders the work; what runs inside a piece, such as a kernel
that cuts its matrix into lanes, may use the share of its piece and no more.
"""

import itertools
import os
from collections.abc import Callable
from contextvars import ContextVar
from threading import Thread

import numpy as np

_SHARE: ContextVar[int | None] = ContextVar("_SHARE", default=None)


def worker_count(threads: int | None) -> int:
    """Return the number of threads: as said, else the share of the piece this runs in.

    Outside of any piece these are the cores that this process may use.
    """
    if threads is not None:
        return threads
    if (share := _SHARE.get()) is not None:
        return share
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_pieces(count: int, work: Callable[[int], None], threads: int | None = None) -> None:
    """Call ``work(number)`` for every number below `count`, in any order.

    The caller's thread is one of those that work. The first error is raised here, when the pieces
    that were begun have ended.
    """
    if count == 1 and threads is None:  # nothing to share, and small calls are counted in µs
        with np.errstate(all="ignore"):
            work(0)
        return
    total = worker_count(threads)
    workers = max(min(total, count), 1)
    numbers = itertools.count()
    failures: list[BaseException] = []

    def drain() -> None:
        share = _SHARE.set(total // workers)
        try:
            with np.errstate(all="ignore"):
                while (number := next(numbers)) < count:
                    work(number)
        finally:
            _SHARE.reset(share)

    def help_out() -> None:
        nonlocal numbers
        try:
            drain()
        except BaseException as failure:  # noqa: BLE001 - raised again where the work was ordered
            failures.append(failure)
            numbers = itertools.count(count)  # the others stop at their next piece

    # threading, since concurrent.futures takes as long to import as half of our own modules
    helpers = [Thread(target=help_out) for _ in range(workers - 1)]
    for helper in helpers:
        helper.start()
    try:
        drain()
    finally:
        numbers = itertools.count(count)
        for helper in helpers:
            helper.join()
    if failures:
        raise failures[0]
