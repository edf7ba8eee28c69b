"""Workers that are processes of this machine, started here and reached by pipes.

They need no Dask, and no port through which others could reach them. Each is told of shares by its
standard input, answers by its standard output, and ends when the pipe does.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, NamedTuple

from lossctl.cluster.programs import Program
from lossctl.cluster.sessions import Parts, evaluate_share
from lossctl.cluster.workers import NextPass, Take
from lossctl.core.errors import UsageError
from lossctl.core.spelling import option

START = (
    "import sys; sys.path[:] = {path!r}; "
    "from lossctl.cluster.processes import work; work({threads})"
)
ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")  # cores are shared out
READY = -1  # the number of what a worker says first
LOOK = 1.0  # seconds between looks at interrupts, which wake no thread that waits on Windows
TRIES = 3  # processes that may die at one share, and before they can work


class Order(NamedTuple):
    """What a worker is asked for.

    Attributes
    ----------
    number
        Tells it from others.
    program, at, first, last
        The blocks of a pass of a program, which is the one `at` so many before it.
    known
        The answers of earlier passes that this worker was not sent before.
    """

    number: int
    program: Program
    at: int
    first: int
    last: int
    known: Sequence[Parts]


class _Process:
    """One of them, by number from 1."""

    def __init__(self, number: int, threads: int, heard: "SimpleQueue[Any]") -> None:
        """Start it."""
        self.number, self.is_ready = number, False
        self.known = 0  # passes whose answers it has
        self._pipe = subprocess.Popen(  # noqa: S603 - this Python, and what is written above
            [sys.executable, "-c", START.format(path=sys.path, threads=threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # the process that asks warns of the same
            env=os.environ | dict.fromkeys(ONE_THREAD, "1"),
        )
        self.name = f"{number} (process {self._pipe.pid})"
        Thread(target=self._listen, args=(heard,), name="lossctl", daemon=True).start()

    def _listen(self, heard: "SimpleQueue[Any]") -> None:
        """Pass on what it says, and nothing when it has ended."""
        assert self._pipe.stdout is not None  # noqa: S101 - a pipe
        with suppress(Exception):  # whatever it says that cannot be read is an end, too
            while True:
                heard.put((self, pickle.load(self._pipe.stdout)))  # noqa: S301 - by ours
        heard.put((self, None))

    def send(self, order: Order) -> None:
        """Say what is asked; of one that has ended there is an answer already."""
        assert self._pipe.stdin is not None  # noqa: S101 - a pipe
        with suppress(OSError):
            pickle.dump(order, self._pipe.stdin, protocol=5)
            self._pipe.stdin.flush()

    def end(self) -> int:
        """End it, whatever it does; return its exit status."""
        self._pipe.kill()
        status = self._pipe.wait()
        for pipe in (self._pipe.stdin, self._pipe.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        return status


class ProcessPool:
    """So many processes, each of which evaluates as many shares at once as it has threads."""

    def __init__(self, count: int, threads: int) -> None:
        """Start them; the first that is there is asked first."""
        self._each = threads
        self._heard: SimpleQueue[Any] = SimpleQueue()
        self._numbers = READY
        self._orders: dict[int, tuple[_Process, int]] = {}  # by number: who evaluates which share
        self._processes: list[_Process] = []
        self._stillborn = 0
        try:
            for number in range(1, count + 1):
                self._processes.append(_Process(number, threads, self._heard))
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise _nobody_started(str(error)) from None
            raise

    @property
    def threads(self) -> int:
        """How many shares are evaluated at once."""
        return self._each * len(self._processes)

    def evaluate(self, asked: NextPass, take: Take) -> None:
        """Have shares evaluated, as `Pool` says."""
        waiting, deaths = list(asked.ranges), Counter[int]()
        self._orders.clear()  # of a pass that failed; what comes of it is not heard
        while waiting or self._orders:
            while order := self._next_order(asked, waiting):
                process, at = self._orders[order.number]
                waiting.remove(at)
                process.send(order)
            process, said = self._next_said()
            if said is None:
                lost = [(n, at) for n, (who, at) in self._orders.items() if who is process]
                self._replace(process)
                for number, at in lost:
                    del self._orders[number]
                    deaths[at] += 1
                    waiting.insert(0, at)
                if deaths and max(deaths.values()) >= TRIES:
                    raise died_again()
                continue
            number, answer = said
            process.is_ready = True
            if number in self._orders:
                _, at = self._orders.pop(number)
                if isinstance(answer, BaseException):
                    raise answer
                take(at, answer._replace(worker=process.name))

    def _next_order(self, asked: NextPass, waiting: Sequence[int]) -> Order | None:
        """Return the next order to somebody who has a thread for it, if there is one."""
        program, passes, ranges, places = asked
        busy = Counter(process.number for process, _ in self._orders.values())
        free = [p for p in self._processes if p.is_ready and busy[p.number] < self._each]
        if not free or not waiting:
            return None
        process = min(free, key=lambda one: busy[one.number])
        taken = {one.name for one in self._processes}
        at = min(
            waiting,
            key=lambda at: (
                places.get(at) != process.name,  # it has read those rows
                places.get(at) in taken,
            ),
        )
        self._numbers += 1
        self._orders[self._numbers] = process, at
        known, process.known = passes[process.known :], len(passes)
        first, last = ranges[at]
        return Order(self._numbers, program, len(passes), first, last, known)

    def _next_said(self) -> tuple[_Process, Any]:
        while True:
            with suppress(Empty):
                process, said = self._heard.get(timeout=LOOK)
                return process, said

    def _replace(self, process: _Process) -> None:
        """Start another in the place of one that has ended.

        Raises
        ------
        UsageError
            Where several ended before they could work.
        """
        status = process.end()
        self._stillborn += not process.is_ready
        if self._stillborn >= TRIES:
            raise _nobody_started(f"exit status {status}")
        at = self._processes.index(process)
        try:
            self._processes[at] = _Process(process.number, self._each, self._heard)
        except OSError as error:
            raise _nobody_started(str(error)) from None

    def close(self, key: str = "") -> None:
        """End all of them, and what they evaluate."""
        del key
        for process in self._processes:
            process.end()


def _nobody_started(reason: str) -> UsageError:
    return UsageError(f"{option('cluster')}: no worker started ({reason})")


def died_again() -> UsageError:
    """Return the error where every worker dies that evaluates a share."""
    return UsageError(
        f"{option('cluster')}: workers died again and again at one share, mostly for want of "
        "memory; take fewer workers"
    )


# In the worker


def work(threads: int) -> None:
    """Evaluate what is asked for on standard input, until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is for the process that asks
    asked, said = _own_pipes()
    orders: SimpleQueue[Order] = SimpleQueue()
    known: list[Parts] = []
    lock = Lock()

    def say(number: int, answer: Any) -> None:
        try:
            packed = pickle.dumps((number, answer), protocol=5)
            if isinstance(answer, BaseException):
                pickle.loads(packed)  # noqa: S301 - ours; some errors can be written and not read
        except Exception:  # noqa: BLE001 - an error of a plugin that cannot be sent
            packed = pickle.dumps((number, RuntimeError(f"{type(answer).__name__}: {answer}")))
        with lock:
            said.write(packed)
            said.flush()

    def evaluate() -> None:
        while True:
            order = orders.get()
            try:
                asked_for = order.program, order.at, order.first, order.last
                answer: Any = evaluate_share(*asked_for, known)
            except BaseException as error:  # noqa: BLE001 - raised where the share was asked for
                answer = error
            say(order.number, answer)

    for _ in range(threads):
        Thread(target=evaluate, name="lossctl", daemon=True).start()
    with suppress(EOFError, OSError):  # of who asked
        say(READY, None)
        while True:
            order = pickle.load(asked)  # noqa: S301 - by who started this process
            known += order.known
            orders.put(order)
    os._exit(0)  # threads that still evaluate are not waited for


def _own_pipes() -> tuple[Any, Any]:
    """Return standard input and output; what else reads or prints here has none."""
    pipes = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return pipes
