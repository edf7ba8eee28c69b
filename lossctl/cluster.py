"""Values from workers of Dask: each evaluates a shard, and their totals are merged here.

What travels to a worker are names of losses, parameters, options and places of data; what comes
back are totals. Workers open the files themselves.
"""

import logging
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from lossctl.core.errors import DataError, LossctlError, UsageError
from lossctl.core.options import Options
from lossctl.core.result import Result
from lossctl.core.spelling import at_door, in_shell, option
from lossctl.core.threads import begin, worker_count
from lossctl.data_places import Data
from lossctl.engine.shards import Shard
from lossctl.loss_specs import Spec
from lossctl.shard_files import (
    loss_named,
    merge_documents,
    name_of,
    require_shards,
    totals_document,
)

LOCAL = re.compile(r"local(?::([1-9][0-9]{0,3}))?")
NEAR = re.compile(r"tcp://(127(?:\.[0-9]{1,3}){3}|\[::1\]|localhost):[0-9]{1,5}")
PATIENCE, LOOK = 60.0, 5.0  # seconds without any worker, and between looks for one
OF_DATA = ("data", "usage")  # the kinds of errors that workers give back


class Task(NamedTuple):
    """What every worker is told: losses by name, where data is, options, and who reads messages."""

    losses: Sequence[tuple[Sequence[Any], dict[str, Any], Any]]
    data: Data
    options: Options
    shell: bool
    folder: str


def evaluate_on_cluster(
    specs: Sequence[Spec], data: Data, options: Options, where: str
) -> list[Result]:
    """Evaluate losses on a cluster of Dask, a shard for each worker.

    Parameters
    ----------
    specs, data, options
        As of an evaluation here; every input is a file.
    where
        ``local`` or ``local:N`` for N processes on this machine, or the address of a scheduler
        that runs on it.

    Returns
    -------
    list of Result
        Those of an evaluation here, to the last bit.

    Raises
    ------
    UsageError, DataError
        As for an evaluation here, for what cannot be evaluated in parts, and for a cluster that
        is not there or lost its workers.
    """
    _require_files(data)
    require_shards([spec.target for spec in specs], data)
    with _quiet(), _client(where) as client:
        count = _workers(client, where)
        if options.threads is None:
            options = replace(options, threads=max(worker_count(None) // count, 1))
        losses = [
            (name_of(each.target, each.target), dict(each.params), each.preset) for each in specs
        ]
        task = Task(losses, data, options, in_shell(), str(Path.cwd()))
        shards = [Shard(number, count) for number in range(1, count + 1)]
        answers = _answers(client, task, shards)
    return merge_documents({f"shard {shard}": answers[shard] for shard in shards})


def _require_files(data: Data) -> None:
    """Refuse inputs that workers cannot open."""
    places = [*data.by_place, *data.by_name.values(), data.weights, data.group, data.table]
    for place in places:
        if place is not None and (not isinstance(place, str | os.PathLike) or str(place) == "-"):
            raise UsageError(f"{option('cluster')}: workers open files; save every input as one")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Dask logs off standard error: lost workers and schedulers are said by ourselves."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _dask() -> Any:
    """Return the library, which takes a second to load."""
    return import_module("distributed")


@contextmanager
def _client(where: str) -> Iterator[Any]:
    """Start workers on this machine, or join a scheduler that runs on it.

    Raises
    ------
    UsageError
        For what is neither, where Dask is not installed, and where nobody answers.
    """
    local = LOCAL.fullmatch(where)
    if local is None and NEAR.fullmatch(where) is None:
        raise UsageError(
            f"{option('cluster', where)}: expected local, local:N or the address of a scheduler "
            "on this machine, such as tcp://127.0.0.1:8786; connections to others are not "
            "encrypted"
        )
    try:
        distributed = _dask()
    except ImportError:
        raise UsageError(f"{option('cluster')} needs Dask: pip install 'lossctl[dask]'") from None
    try:
        if local is None:
            with distributed.Client(where, timeout="60s") as client:
                yield client
            return
        with (
            distributed.LocalCluster(
                n_workers=int(local[1] or worker_count(None)),
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                silence_logs="CRITICAL",
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            client.wait_for_workers(len(cluster.workers))
            yield client
    except OSError as error:  # a TimeoutError is one
        raise UsageError(f"{option('cluster', where)}: nobody answers there ({error})") from None


def _workers(client: Any, where: str) -> int:
    """Return how many workers there are, once there is one."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        raise UsageError(f"{option('cluster', where)}: has no workers") from None
    return len(client.nthreads())


def _answers(client: Any, task: Task, shards: Sequence[Shard]) -> dict[Shard, Any]:
    """Return the totals of every shard; a worker that dies is replaced by another."""
    dask = _dask()
    waiting = {client.submit(evaluate_shard, task, *shard, pure=False): shard for shard in shards}
    answers, advance = {}, begin("shards", len(shards))
    try:
        while waiting:
            for future in _finished(client, waiting):
                kind, answer = future.result()
                if kind in OF_DATA:
                    raise (DataError if kind == "data" else UsageError)(answer)
                answers[waiting.pop(future)] = answer
                advance(1)
    except dask.KilledWorker:
        raise UsageError(
            f"{option('cluster')}: workers died again and again at one shard, mostly for want of "
            "memory; take fewer workers"
        ) from None
    except (dask.CancelledError, OSError):
        raise UsageError(f"{option('cluster')}: the scheduler is gone; start it again") from None
    finally:
        client.cancel(list(waiting))
    return answers


def _finished(client: Any, waiting: Mapping[Any, Shard]) -> Sequence[Any]:
    """Return the futures that are done, at least one.

    Raises
    ------
    UsageError
        Where no worker was there for a minute.
    """
    dask, until = _dask(), time.monotonic() + PATIENCE
    while True:
        try:
            return list(dask.wait(list(waiting), timeout=LOOK, return_when="FIRST_COMPLETED").done)
        except TimeoutError:
            if client.nthreads():
                until = time.monotonic() + PATIENCE
            elif time.monotonic() > until:
                raise UsageError(
                    f"{option('cluster')}: all workers are gone; start them again"
                ) from None


def evaluate_shard(task: Task, number: int, shards: int) -> tuple[str, Any]:
    """Evaluate one shard in a worker: its totals, or what kind of error there was, and which."""
    if str(Path.cwd()) != task.folder:  # of a scheduler that ran before
        os.chdir(task.folder)
    specs = [Spec(loss_named(name), params, preset) for name, params, preset in task.losses]
    with at_door("shell" if task.shell else "python"):
        try:
            return "totals", totals_document(specs, task.data, task.options, Shard(number, shards))[
                0
            ]
        except LossctlError as error:
            return "data" if isinstance(error, DataError) else "usage", str(error)
