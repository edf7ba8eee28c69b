"""The executor that asks workers, of Dask or of this machine, for the answers of blocks."""

import pickle
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol, TypeVar

from lossctl.cluster.programs import Program, output_name, program_of
from lossctl.cluster.sessions import Parts, ShareAnswer
from lossctl.core.errors import DataError, UsageError
from lossctl.core.spelling import option
from lossctl.core.threads import Grid, begin, evaluated_by, run_blocks

PER_THREAD, MOST = 8, 4096  # shares for each thread of the workers, and of all

Answer = TypeVar("Answer")
Take = Callable[[int, ShareAnswer], None]


class NextPass(NamedTuple):
    """The next pass of a program, as workers are asked for it.

    Attributes
    ----------
    program, passes
        What is run, and the answers of the passes before this one.
    ranges
        The first block of each share, by number, and the one after its last.
    places
        The worker that should have a share where it is there, by the number of the share.
    """

    program: Program
    passes: Sequence[Parts]
    ranges: Mapping[int, Sequence[int]]
    places: Mapping[int, str]


class Pool(Protocol):
    """Workers that evaluate shares."""

    @property
    def threads(self) -> int:
        """How many shares are evaluated at once."""
        ...

    def evaluate(self, asked: NextPass, take: Take) -> None:
        """Have the shares of a pass evaluated.

        Parameters
        ----------
        asked
            The pass.
        take
            Called here with the number of a share and its answer, as soon as it has come.

        Raises
        ------
        UsageError
            Where there are no workers any more.
        """
        ...

    def close(self, key: str) -> None:
        """Let workers drop a program, if they can be reached."""
        ...


class Workers:
    """Evaluates the passes of one program.

    A share of the blocks, by number, goes to the worker that evaluated the same share of an
    earlier pass, as long as it lives: that one has read those rows.
    """

    def __init__(self, join: Callable[[], Pool], call: bytes) -> None:
        """Ask the workers that `join` returns, once there is something to ask."""
        self._join, self._call = join, call
        self._passes: list[Parts] = []  # the answers of each
        self._places: dict[int, str] = {}  # the worker of each share
        self._outputs = 0
        self.asks = True

    @cached_property
    def pool(self) -> Pool:
        """The workers: mistakes that show before the data is read cost no connection."""
        return self._join()

    @cached_property
    def program(self) -> Program:
        """What workers are given."""
        threads = self.pool.threads
        return program_of(self._call, max(min(PER_THREAD * threads, MOST), threads, 1))

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
        self.pool.close(self.program.key)

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

        self.pool.evaluate(NextPass(self.program, self._passes, ranges, self._places), take)
        return tuple(found[at] for at in ranges)

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
