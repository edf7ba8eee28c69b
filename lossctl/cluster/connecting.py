"""Where workers are: processes that are started here, or a scheduler that runs."""

import json
import logging
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from lossctl.core.errors import UsageError
from lossctl.core.spelling import option, plural
from lossctl.core.threads import worker_count

LOCAL = re.compile(r"local(?::([1-9][0-9]{0,3}))?")
ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9A-Fa-f:.]+\]|[\w.-]+):([0-9]{1,5})")
NEAR = re.compile(r"127(?:\.[0-9]{1,3}){3}|\[::1\]|localhost")
REACHED, ANSWERED = 3.0, 6.0  # seconds in which a scheduler is reached, and takes a client
PATIENCE = 60.0  # seconds for a worker to come
MOST_A_CORE = 4  # processes of this machine for each of its cores
PER_THREAD, MOST = 8, 4096  # shares for each thread of the workers, and of all


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


@contextmanager
def connected(cluster: Cluster) -> Iterator[Any]:
    """Start workers on this machine, or join a scheduler that runs; yield a client.

    Raises
    ------
    UsageError
        Where Dask is not installed, nobody answers, or there is no worker.
    """
    with ExitStack() as stack:
        client = cluster.where  # of who called
        if not _is_client(client):
            stack.enter_context(_quiet())
            client = _entered(stack, cluster)
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise UsageError(f"{option('cluster')}: the scheduler has no workers") from None
        yield client


def require_place(cluster: Cluster) -> None:
    """Refuse what says no place of workers, and connections that are not encrypted."""
    if not _is_client(cluster.where):
        _address(cluster)


def _is_client(where: Any) -> bool:
    return hasattr(where, "submit")


def _entered(stack: ExitStack, cluster: Cluster) -> Any:
    """Return a client of workers, which are left with the stack."""
    where, address = str(cluster.where), _address(cluster)
    try:
        dask = import_module("distributed")
    except ImportError:
        raise UsageError(f"{option('cluster')} needs Dask: pip install 'lossctl[dask]'") from None
    try:
        if address:
            return stack.enter_context(_joined(dask, address))
        count = int(where.partition(":")[2] or worker_count(None))
        processes = dask.LocalCluster(
            n_workers=count,
            threads_per_worker=max(worker_count(None) // count, 1),
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs="CRITICAL",
        )
        client = dask.Client(stack.enter_context(processes), set_as_default=False)
        stack.enter_context(client).wait_for_workers(count)
    except RuntimeError as error:  # of a process that died before it could work
        raise UsageError(f"{option('cluster', where)}: no worker started ({error})") from None
    except OSError as error:  # a TimeoutError is one
        raise UsageError(f"{option('cluster', where)}: nobody answers there ({error})") from None
    return client


def _address(cluster: Cluster) -> str:
    """Return the address of a scheduler, which a scheduler file may hold; nothing for processes."""
    address = where = str(cluster.where)
    if local := LOCAL.fullmatch(where):
        _require_cores(where, int(local[1] or 1))
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


def _joined(dask: Any, address: str) -> Any:
    """Return a client of a scheduler; certificates are those of Dask's own configuration."""
    security = dask.Security().get_connection_args("client")
    if address.startswith("tls") and security["ssl_context"] is None:
        raise UsageError(
            f"{option('cluster', address)}: Dask has no certificates; name their files in its "
            "configuration, under distributed.comm.tls"
        )
    _require_scheduler(address, security["ssl_context"])
    return dask.Client(address, timeout=f"{ANSWERED:.0f}s", set_as_default=False)


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


def shares_for(client: Any) -> int:
    """Return how many shares the blocks of a pass are cut into: several for each thread."""
    threads = sum(client.nthreads().values())
    return max(min(PER_THREAD * threads, MOST), threads, 1)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Dask logs off standard error: lost workers and schedulers are said by ourselves."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
