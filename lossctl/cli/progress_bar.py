"""A progress bar: on a terminal only, and only for work that takes longer than a second."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE = 1.0  # seconds before a bar appears


@contextmanager
def shown() -> Iterator[None]:
    """Show how far the work inside the block is; the bar is gone when the block ends."""
    from lossctl.core.threads import watched_by

    bar = Bar()
    with watched_by(bar.begin):
        try:
            yield
        finally:
            bar.stop()


class Bar:
    """Draws the piece of work that was announced last; which any thread may advance."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._lock = threading.Lock()
        self._progress: Any = None
        self._task: Any = None
        self._work = ("", 0)

    def begin(self, unit: str, total: int) -> Callable[[int], None]:
        """Take up a new piece of work."""
        done, begun = 0, time.monotonic()
        work = (unit, total)
        with self._lock:
            self._work = work
            self._drop_task()

        def advance(amount: int) -> None:
            nonlocal done
            with self._lock:
                done += amount
                # threads of earlier work may still report: only the work begun last is drawn
                if self._work is work and time.monotonic() - self._since >= PATIENCE:
                    self._draw(done, done / max(time.monotonic() - begun, 1e-9))

        return advance

    def _draw(self, done: int, speed: float) -> None:
        unit, total = self._work
        shown = rate(speed, unit)
        if self._progress is None:
            self._progress = _make_progress()
            self._progress.start()
        if self._task is None:
            word = "reading" if unit == "bytes" else "evaluating"
            self._task = self._progress.add_task(
                word, total=total or None, completed=done, rate=shown
            )
        self._progress.update(self._task, completed=done, rate=shown)

    def _drop_task(self) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None

    def stop(self) -> None:
        """Take the bar away."""
        with self._lock:
            self._work = ("", -1)
            if self._progress is not None:
                self._drop_task()
                self._progress.stop()


def _make_progress() -> Any:
    """Return rich's bar with the rate in the unit of the work and the time left."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def rate(speed: float, unit: str) -> str:
    """Write a speed in thousands, millions or billions of a unit a second.

    Examples
    --------
    >>> rate(12_345_678.0, "items"), rate(999.0, "bytes")
    ('12.3 M items/s', '999 bytes/s')
    """
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if speed >= size:
            return f"{speed / size:.3g}{letter} {unit}/s"
    return f"{speed:.0f} {unit}/s"
