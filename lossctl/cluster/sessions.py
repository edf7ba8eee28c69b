"""In a worker: a program that was begun, waits at a pass over the data, and evaluates shares of it.

The program runs in a thread of its own up to its next pass, and goes on when the answers of all
blocks have come. A worker that joins late, or in the place of one that died, begins it anew and
takes the answers of earlier passes as they are given to it.
"""

import os
import pickle
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import Context, copy_context
from pathlib import Path
from threading import Condition, Lock, Thread
from typing import Any, NamedTuple

from lossctl.cluster.programs import Program, difference, numerics, output_name
from lossctl.core.errors import DataError, LossctlError
from lossctl.core.spelling import at_door
from lossctl.core.threads import Grid, evaluated_by, run_blocks

Parts = tuple[bytes, ...]  # the answers of all blocks of a pass, those of each share packed


class ShareAnswer(NamedTuple):
    """What a worker says of a share.

    Attributes
    ----------
    kind
        ``answers``, or what is wrong: with the ``data``, the ``usage`` or this ``worker``.
    content
        Packed answers, or words.
    worker
        The name of who evaluated it, by who asked.
    grid
        How many blocks the pass has, and where the last ends.
    """

    kind: str
    content: Any
    worker: str
    grid: tuple[int, int] = (0, 0)


class _Pass(NamedTuple):
    """One pass of a program, and the context that its blocks are evaluated in."""

    grid: Grid
    work: Callable[[int, int], Any]
    threads: int
    context: Context


class _ClosedError(BaseException):
    """The program is no longer wanted: nothing on its way may keep it."""


class Session:
    """A program of another process that this one runs as far as it is asked."""

    def __init__(self, program: Program) -> None:
        """Begin it."""
        self.program, self.shares, self.asks = program, program.shares, False
        self._flushes: list[Callable[[], None]] = []  # of what is written
        self.is_closed = False
        self.error: ShareAnswer | BaseException | None = None
        self._turn = Condition()
        self._passes: list[_Pass] = []
        self._answers: list[Parts] = []
        self.running = 0  # shares that are being evaluated
        self.thread = Thread(target=self._run, name="lossctl", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        error: ShareAnswer | BaseException | None = None
        try:
            function, args, keywords = pickle.loads(self.program.call)  # noqa: S301 - by the client
            with at_door("shell" if self.program.shell else "python"), evaluated_by(self):
                function(*args, **keywords)
        except LossctlError as caught:
            error = ShareAnswer(
                "data" if isinstance(caught, DataError) else "usage", str(caught), ""
            )
        except _ClosedError:
            error = _ClosedError()
        except BaseException as caught:  # noqa: BLE001 - raised where a share is asked for
            error = caught
        with self._turn:
            self.error = error or ShareAnswer("worker", "came to an end before others did", "")
            self._turn.notify_all()

    def run(
        self, grid: Grid, work: Callable[[int, int], Any], threads: int | None, *, writes: bool
    ) -> list[Any]:
        """Offer a pass to whoever asks for shares of it; return the answers of all blocks."""
        del writes  # then nobody asks
        with self._turn:
            number = len(self._passes)
            self._passes.append(_Pass(grid, work, threads or 1, copy_context()))
            self._turn.notify_all()
            self._turn.wait_for(lambda: self.is_closed or len(self._answers) > number)
            if self.is_closed:
                raise _ClosedError
            parts = self._answers[number]
        return [answer for part in parts for answer in pickle.loads(part)]  # noqa: S301

    def name_output(self, flush: Callable[[], None]) -> str:
        """Return the name of what is written next."""
        self._flushes.append(flush)
        return output_name(self.program, len(self._flushes))

    def evaluate(self, number: int, known: Sequence[Parts], first: int, last: int) -> ShareAnswer:
        """Evaluate blocks of a pass; `known` are the answers of all passes before it."""
        with self._turn:
            self._answers += known[len(self._answers) :]
            self._turn.notify_all()
            self._turn.wait_for(lambda: self.error is not None or len(self._passes) > number)
            if len(self._passes) <= number:
                if isinstance(self.error, ShareAnswer):
                    return self.error
                assert self.error is not None  # noqa: S101 - waited for
                raise self.error
            asked = self._passes[number]
        grid = (len(asked.grid), asked.grid[-1][1])
        if last > len(asked.grid):
            return ShareAnswer("answers", b"", "", grid)

        def work(start: int, stop: int) -> Any:
            if self.is_closed:
                raise _ClosedError
            return asked.work(start, stop)

        def here() -> list[Any]:
            with evaluated_by(None):
                return run_blocks(asked.grid[first:last], work, asked.threads)

        try:
            answers = asked.context.copy().run(here)
            for flush in tuple(self._flushes):
                flush()
        except LossctlError as error:
            return ShareAnswer(
                "data" if isinstance(error, DataError) else "usage", str(error), "", grid
            )
        return ShareAnswer("answers", pickle.dumps(answers, protocol=5), "", grid)

    def close(self) -> None:
        """Let the program go."""
        with self._turn:
            self.is_closed = True
            self._turn.notify_all()
        self.thread.join(timeout=1.0)


_SESSIONS: dict[str, Session] = {}
_LOCK = Lock()


def _session(program: Program) -> Session | ShareAnswer:
    """Return the session of a program, for one share more, or why this worker has none."""
    with _LOCK:
        if program.key in _SESSIONS:
            _SESSIONS[program.key].running += 1
            return _SESSIONS[program.key]
        if reason := difference(numerics(), program.numerics):
            return ShareAnswer(
                "worker", f"{reason}; the bits of a result are those of one version", ""
            )
        for key in [key for key, session in _SESSIONS.items() if not session.running]:
            _SESSIONS.pop(key).close()  # its client is gone, or it is begun anew when asked
        if str(Path.cwd()) != program.folder:
            if _SESSIONS:
                return ShareAnswer("worker", "is at work for a process in another folder", "")
            try:
                os.chdir(program.folder)
            except OSError as error:
                return ShareAnswer(
                    "worker", f"has no folder {program.folder}: {error.strerror}", ""
                )
        session = _SESSIONS[program.key] = Session(program)
        session.running += 1
        return session


def evaluate_share(
    program: Program, number: int, first: int, last: int, known: Sequence[Parts]
) -> ShareAnswer:
    """Evaluate blocks of a pass of a program in this worker."""
    session = _session(program)
    if isinstance(session, ShareAnswer):
        return session
    try:
        return session.evaluate(number, known, first, last)
    finally:
        with _LOCK:
            session.running -= 1


def close_session(key: str) -> None:
    """End a program in this worker, and what is being evaluated of it."""
    with _LOCK, suppress(KeyError):
        _SESSIONS.pop(key).close()
