"""A scheduler and three workers in processes of their own, for `test_cluster.py`.

It prints the address of the scheduler. A line with seconds kills a worker so long after one has
begun to evaluate a shard, and is answered by a line. The end of the input ends all of them.
"""

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # an extra: tests without it read this file too
    from distributed import Client, LocalCluster

WORKERS, PATIENCE = 3, 30.0


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


def main() -> None:
    """Start them, and kill one for every line."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=WORKERS,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs="CRITICAL",
        ) as cluster,
        Client(cluster) as client,
    ):
        print(cluster.scheduler_address, flush=True)
        for line in sys.stdin:
            print(kill_after(cluster, client, float(line)), flush=True)


if __name__ == "__main__":
    main()
