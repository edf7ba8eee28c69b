"""Where workers are, processes started here or those of a scheduler, and calls evaluated there."""

import json
import logging
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from lossctl.cluster.processes import ProcessPool, died_again
from lossctl.cluster.programs import Program, packed
from lossctl.cluster.sessions import Parts, ShareAnswer, close_session, evaluate_share
from lossctl.cluster.workers import Answer, NextPass, Pool, Take, Workers
from lossctl.core.errors import UsageError
from lossctl.core.spelling import option, plural
from lossctl.core.threads import evaluated_by, worker_count

LOCAL = re.compile(r"local(?::([1-9][0-9]{0,3}))?")
ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9A-Fa-f:.]+\]|[\w.-]+):([0-9]{1,5})")
NEAR = re.compile(r"127(?:\.[0-9]{1,3}){3}|\[::1\]|localhost")
REACHED, ANSWERED = 3.0, 6.0  # seconds in which a scheduler is reached, and takes a client
PATIENCE, LOOK = 60.0, 5.0  # seconds without any worker, and between looks for one
MOST_A_CORE = 4  # processes of this machine for each of its cores
TRIES = 3  # of a pass whose earlier answers were lost with all workers that had them


class Cluster(NamedTuple):
    """Where blocks are evaluated.

    Attributes
    ----------
    where
        ``local`` or ``local:N`` for N processes on this machine, the address of a scheduler, a
        scheduler file of Dask, or a ``distributed.Client``.
    insecure
        Whether connections to other machines need no encryption.
    """

    where: Any
    insecure: bool = False

    @property
    def processes(self) -> int:
        """How many processes are started on this machine; 0 where a scheduler is joined."""
        local = LOCAL.fullmatch(str(self.where))
        return 0 if local is None else int(local[1] or worker_count(None))


@contextmanager
def connected(cluster: Cluster) -> Iterator[Pool]:
    """Start workers on this machine, or join a scheduler that runs; yield them.

    Raises
    ------
    UsageError
        Where Dask is not installed, nobody answers, or there is no worker.
    """
    with ExitStack() as stack:
        if count := cluster.processes:
            yield stack.enter_context(
                closing(ProcessPool(count, max(worker_count(None) // count, 1)))
            )
            return
        client = cluster.where  # of who called
        if not _is_client(client):
            stack.enter_context(_quiet())
            client = stack.enter_context(_joined(cluster))
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise UsageError(f"{option('cluster')}: the scheduler has no workers") from None
        with client.as_current():
            yield DaskPool(client)


def require_place(cluster: Cluster) -> None:
    """Refuse what says no place of workers, and connections that are not encrypted."""
    if not _is_client(cluster.where):
        _address(cluster)


def _is_client(where: Any) -> bool:
    return hasattr(where, "submit")


def _address(cluster: Cluster) -> str:
    """Return the address of a scheduler, which a scheduler file may hold; nothing for processes."""
    address = where = str(cluster.where)
    if cluster.processes:
        _require_cores(where, cluster.processes)
        return ""
    if where.endswith(".json"):
        try:
            address = str(json.loads(Path(where).read_text(encoding="utf-8"))["address"])
        except (OSError, ValueError, TypeError, LookupError):
            raise UsageError(
                f"{option('cluster', where)}: cannot be read as a scheduler file of Dask"
            ) from None
    parts = ADDRESS.fullmatch(address)
    if parts is None:
        raise UsageError(
            f"{option('cluster', where)}: expected local, local:N, the address of a scheduler "
            "(tcp://127.0.0.1:8786, tls://HOST:8786) or a scheduler file, FILE.json"
        )
    if parts[1] == "tcp" and not cluster.insecure and NEAR.fullmatch(parts[2]) is None:
        raise UsageError(
            f"{option('cluster', where)}: connections to {address} would not be encrypted; take "
            f"tls://, or say {option('insecure_cluster')} in a network of your own"
        )
    return address


def _require_cores(where: str, count: int) -> None:
    """Refuse many more processes than this machine has cores."""
    cores = worker_count(None)
    if count > (most := MOST_A_CORE * cores):
        raise UsageError(
            f"{option('cluster', where)}: this process may use {plural(cores, 'core')}, and starts "
            f"{most} workers at most; local takes as many as there are cores"
        )


def _joined(cluster: Cluster) -> Any:
    """Return a client of a scheduler; certificates are those of Dask's own configuration."""
    where, address = str(cluster.where), _address(cluster)
    try:
        dask = import_module("distributed")
    except ImportError:
        raise UsageError(
            f"{option('cluster', where)} needs Dask: pip install 'lossctl[dask]'"
        ) from None
    security = dask.Security().get_connection_args("client")
    if address.startswith("tls") and security["ssl_context"] is None:
        raise UsageError(
            f"{option('cluster', address)}: Dask has no certificates; name their files in its "
            "configuration, under distributed.comm.tls"
        )
    try:
        _require_scheduler(address, security["ssl_context"])
        return dask.Client(address, timeout=f"{ANSWERED:.0f}s", set_as_default=False)
    except OSError as error:  # a TimeoutError is one
        raise UsageError(f"{option('cluster', where)}: nobody answers there ({error})") from None


def _require_scheduler(address: str, encryption: Any) -> None:
    """Raise an OSError where nobody greets, as schedulers do who are connected to.

    Dask would try again where nobody listens, and wait for ever for who accepts and says nothing.
    """
    parts = ADDRESS.fullmatch(address)
    assert parts is not None  # noqa: S101 - checked
    place = parts[2].strip("[]"), int(parts[3])
    with socket.create_connection(place, timeout=REACHED) as plain:
        greeted = plain if parts[1] == "tcp" else encryption.wrap_socket(plain)
        with greeted:
            if not greeted.recv(1):
                raise ConnectionError("the connection was closed")


class DaskPool:
    """The workers of a client of Dask."""

    def __init__(self, client: Any) -> None:
        """Ask them for shares."""
        self.client = client
        self._sent: list[Any] = []  # the answers of passes, as futures of what workers have

    @property
    def threads(self) -> int:
        """How many shares are evaluated at once."""
        return sum(self.client.nthreads().values())

    def evaluate(self, asked: NextPass, take: Take) -> None:
        """Have shares evaluated, as `Pool` says."""
        dask, waiting = import_module("distributed"), dict(asked.ranges)

        def taken(at: int, one: ShareAnswer) -> None:
            take(at, one)
            del waiting[at]

        for attempt in range(TRIES):
            try:
                self._gather(asked._replace(ranges=dict(waiting)), taken)
                break
            except dask.KilledWorker:
                raise died_again() from None
            except (dask.CancelledError, OSError):
                self._sent.clear()
                if self.client.status != "running" or attempt + 1 == TRIES:
                    raise UsageError(
                        f"{option('cluster')}: the scheduler is gone; start it again"
                    ) from None

    def close(self, key: str) -> None:
        """Let workers drop a program, if they can be reached."""
        if self.client.status == "running":
            with suppress(Exception):
                self.client.run(close_session, key, on_error="ignore")

    def _gather(self, asked: NextPass, take: Take) -> None:
        """Have shares evaluated; hand over each as soon as it is there."""
        program, passes, ranges, places = asked
        for parts in passes[len(self._sent) :]:
            self._sent += self.client.scatter([parts], broadcast=True, hash=False)
        waiting = {
            self.client.submit(
                _evaluate_in_dask,
                program,
                len(passes),
                first,
                last,
                self._sent,
                pure=False,
                workers=[places[at]] if at in places else None,
                allow_other_workers=at in places,
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


def _evaluate_in_dask(
    program: Program, number: int, first: int, last: int, known: Sequence[Parts]
) -> ShareAnswer:
    """Evaluate blocks in a worker of Dask, whose name is its address."""
    address: str = import_module("distributed").get_worker().address
    return evaluate_share(program, number, first, last, known)._replace(worker=address)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Dask logs off standard error: lost workers and schedulers are said by ourselves."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def evaluate_on(
    cluster: Cluster, function: Callable[..., Answer], /, *args: Any, **keywords: Any
) -> Answer:
    """Call a function here, and let workers evaluate the blocks it asks for.

    Parameters
    ----------
    cluster
        Where the workers are.
    function
        A function of lossctl, by whose arguments every input is a file.
    *args, **keywords
        What it is called with.

    Returns
    -------
    object
        What the function returns without a cluster, to the last bit.

    Raises
    ------
    UsageError, DataError
        As the function does, for inputs that are no files, and for a cluster that is not there,
        has lost its workers, or whose workers compute other bits.
    """
    require_place(cluster)
    call = packed(function, args, keywords)
    with ExitStack() as stack:

        def join() -> Pool:
            pool = stack.enter_context(connected(cluster))
            stack.callback(workers.close)
            return pool

        workers = Workers(join, call)
        if cluster.processes:  # which start while files are opened here
            _ = workers.pool
        with evaluated_by(workers):
            return function(*args, **keywords)
