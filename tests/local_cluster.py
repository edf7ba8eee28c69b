"""A scheduler and workers in processes of their own, for `test_cluster.py`.

Blocks are as small in them as the first two arguments say, numbers and items of lists; the third
says how many workers there are. It prints the address of the scheduler. A line with seconds kills
a worker so long after one has begun to evaluate something, `workers N` leaves or adds so many,
`environment` starts one that computes by NumPy alone; each is answered by a line. The end of the
input ends all of them.
"""

import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # an extra: tests without it read this file too
    from distributed import Client, LocalCluster

PATIENCE = 30.0


def kill_after(cluster: "LocalCluster", client: "Client", delay: float) -> str:
    """Wait for a worker that evaluates something, and kill it."""
    until = time.monotonic() + PATIENCE
    while not any(client.processing().values()) and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(delay)
    alive = {worker.worker_address: worker.pid for worker in cluster.workers.values()}
    busy = [address for address, tasks in client.processing().items() if tasks]
    places = [address for address in [*busy, *alive] if alive.get(address)]
    if not places:
        return "none"
    os.kill(alive[places[0]], signal.SIGKILL)
    return "killed"


def with_workers(cluster: "LocalCluster", client: "Client", count: int) -> str:
    """Leave or add workers until there are so many."""
    cluster.scale(count)
    until = time.monotonic() + PATIENCE
    while len(client.nthreads()) != count and time.monotonic() < until:
        time.sleep(0.05)
    return f"{len(client.nthreads())}"


def main() -> None:
    """Start them, and do what every line says."""
    from distributed import Client, LocalCluster, WorkerPlugin

    elements, items, count = map(int, sys.argv[1:])

    class SmallBlocks(WorkerPlugin):  # of workers that take the place of others, too
        def setup(self, worker: Any) -> None:
            from lossctl.engine.bind import layout

            layout.BLOCK_ELEMENTS, layout.LIST_ITEMS = elements, items

    with (
        LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs="CRITICAL",
        ) as cluster,
        Client(cluster) as client,
    ):
        client.register_plugin(SmallBlocks())
        print(cluster.scheduler_address, flush=True)
        for line in sys.stdin:
            words = line.split()
            if words[0] == "workers":
                print(with_workers(cluster, client, int(words[1])), flush=True)
            else:
                print(kill_after(cluster, client, float(words[0])), flush=True)


if __name__ == "__main__":
    main()
