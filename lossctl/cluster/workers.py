"""The executor that asks workers of Dask for the answers of blocks."""

import pickle
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from importlib import import_module
from typing import Any

from lossctl.cluster.connecting import shares_for
from lossctl.cluster.programs import Program, output_name, program_of
from lossctl.cluster.sessions import Parts, ShareAnswer, close_session, evaluate_share
from lossctl.core.errors import DataError, UsageError
from lossctl.core.spelling import option
from lossctl.core.threads import Grid, begin, evaluated_by, run_blocks

PATIENCE, LOOK = 60.0, 5.0  # seconds without any worker, and between looks for one
TRIES = 3  # of a pass whose earlier answers were lost with all workers that had them


class Workers:
    """Evaluates the passes of one program.

    A share of the blocks, by number, goes to the worker that evaluated the same share of an
    earlier pass, as long as it lives: that one has read those rows.
    """

    def __init__(self, join: Callable[[], Any], call: bytes) -> None:
        """Ask the workers of the client that `join` returns, once there is something to ask."""
        self._join, self._call = join, call
        self._passes: list[Parts] = []  # the answers of each
        self._sent: list[Any] = []  # the same, as futures of what workers have
        self._places: dict[int, str] = {}  # the worker of each share
        self._outputs = 0
        self.asks = True

    @cached_property
    def client(self) -> Any:
        """The client: mistakes that show before the data is read cost no connection."""
        return self._join()

    @cached_property
    def program(self) -> Program:
        """What workers are given."""
        return program_of(self._call, shares_for(self.client))

    @property
    def shares(self) -> int:
        """How many shares the data is cut into at most."""
        return self.program.shares

    def run(
        self, grid: Grid, work: Callable[[int, int], Any], threads: int | None, *, writes: bool
    ) -> list[Any]:
        """Return what `work` returns for every block; what writes is called here."""
        if writes or not grid:
            with evaluated_by(None):
                parts: Parts = (pickle.dumps(run_blocks(grid, work, threads)),)
        else:
            parts = self._evaluated(grid)
        self._passes.append(parts)
        return [answer for part in parts for answer in pickle.loads(part)]  # noqa: S301 - by ours

    def name_output(self, flush: Callable[[], None]) -> str:
        """Return the name of what is written next; what is written here needs no flush."""
        del flush
        self._outputs += 1
        return output_name(self.program, self._outputs)

    def close(self) -> None:
        """Let workers drop the program, if they can be reached."""
        if self.client.status == "running":
            with suppress(Exception):
                self.client.run(close_session, self.program.key, on_error="ignore")

    def _evaluated(self, grid: Grid) -> Parts:
        """Return the answers of all blocks, those of each share packed."""
        cuts = [len(grid) * at // self.shares for at in range(self.shares + 1)]
        ranges = {at: cuts[at : at + 2] for at in range(self.shares) if cuts[at] < cuts[at + 1]}
        found: dict[int, bytes] = {}
        advance = begin("items", grid[-1][1])

        def take(at: int, one: ShareAnswer) -> None:
            self._require_right(one, (len(grid), grid[-1][1]))
            found[at], self._places[at] = one.content, one.worker
            first, last = ranges[at]
            advance(grid[last - 1][1] - grid[first][0])

        dask = import_module("distributed")
        for attempt in range(TRIES):
            try:
                self._gather({at: ends for at, ends in ranges.items() if at not in found}, take)
                break
            except dask.KilledWorker:
                raise UsageError(
                    f"{option('cluster')}: workers died again and again at one share, mostly for "
                    "want of memory; take fewer workers"
                ) from None
            except (dask.CancelledError, OSError):
                self._sent.clear()
                if self.client.status != "running" or attempt + 1 == TRIES:
                    raise UsageError(
                        f"{option('cluster')}: the scheduler is gone; start it again"
                    ) from None
        return tuple(found[at] for at in ranges)

    def _gather(
        self, ranges: Mapping[int, Sequence[int]], take: Callable[[int, ShareAnswer], None]
    ) -> None:
        """Have shares evaluated; hand over each as soon as it is there."""
        number = len(self._passes)
        for parts in self._passes[len(self._sent) :]:
            self._sent += self.client.scatter([parts], broadcast=True, hash=False)
        waiting = {
            self.client.submit(
                evaluate_share,
                self.program,
                number,
                first,
                last,
                self._sent,
                pure=False,
                workers=[self._places[at]] if at in self._places else None,
                allow_other_workers=at in self._places,
            ): at
            for at, (first, last) in ranges.items()
        }
        try:
            while waiting:
                done = self._finished(waiting)
                with suppress(TimeoutError):  # lost since with who had them: others evaluate them
                    for future, one in zip(done, self._fetched(done), strict=True):
                        take(waiting.pop(future), one)
        finally:
            with suppress(Exception):
                self.client.cancel(list(waiting))

    def _fetched(self, done: Sequence[Any]) -> Sequence[ShareAnswer]:
        """Return the results of futures.

        Raises
        ------
        TimeoutError
            Where they do not come.
        """

        async def fetch() -> Any:
            return await self.client.gather(done, asynchronous=True)

        found: Sequence[ShareAnswer] = self.client.sync(fetch, callback_timeout=PATIENCE)
        return found

    def _finished(self, waiting: Mapping[Any, int]) -> list[Any]:
        """Return the futures that are done, at least one.

        Raises
        ------
        UsageError
            Where no worker was there for a minute.
        """
        dask, until = import_module("distributed"), time.monotonic() + PATIENCE
        while True:
            try:
                done = dask.wait(list(waiting), timeout=LOOK, return_when="FIRST_COMPLETED").done
                return list(done)
            except TimeoutError:
                if self.client.nthreads():
                    until = time.monotonic() + PATIENCE
                elif time.monotonic() > until:
                    raise UsageError(
                        f"{option('cluster')}: all workers are gone; start them again"
                    ) from None

    def _require_right(self, found: ShareAnswer, grid: tuple[int, int]) -> None:
        """Raise what a worker says is wrong."""
        if found.kind == "worker":
            raise UsageError(f"{option('cluster')}: worker {found.worker}: {found.content}")
        if found.kind in {"data", "usage"}:
            words = found.content
            if found.grid == (0, 0):  # here the same files could be opened
                words = f"{option('cluster')}: worker {found.worker}: {words}"
            raise (DataError if found.kind == "data" else UsageError)(words)
        if found.grid != grid:
            raise DataError(
                f"{option('cluster')}: worker {found.worker}: its files have other shapes than "
                "those here; the same names must be the same files for all workers"
            )
