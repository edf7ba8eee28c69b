"""A scheduler and workers in processes of their own, for `test_cluster.py`.

`python local_cluster.py WORKERS [tls://]`; certificates are those of Dask's own configuration.

It prints the address of the scheduler, does what each line of its input says and answers by a
line; the end of the input ends all of them. In the workers blocks have `BLOCK` numbers, and lists
`ITEMS` items.

=========== ====================================================================================
kill S      kills a worker, S seconds after one has begun to evaluate something
workers N   starts or ends workers until there are N
lose        ends all workers as soon as one has begun
busy        says whether anybody evaluates anything
end         kills the scheduler, which is this process, as soon as a worker has begun
=========== ====================================================================================
"""

import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # an extra: tests without it read this file too
    from distributed import Client, LocalCluster

BLOCK, ITEMS = 512, 300
PATIENCE = 30.0


class Workers:
    """What a line can ask for."""

    def __init__(self, cluster: "LocalCluster", client: "Client") -> None:
        """Take the processes."""
        self.cluster, self.client = cluster, client

    def begun(self) -> None:
        """Wait until a worker evaluates something."""
        self.until(lambda: any(self.client.processing().values()))

    def until(self, is_so: Any) -> None:
        """Wait for something, at most so long."""
        end = time.monotonic() + PATIENCE
        while not is_so() and time.monotonic() < end:
            time.sleep(0.01)

    def kill(self, delay: str) -> str:
        """Kill a worker at work."""
        self.begun()
        time.sleep(float(delay))
        alive = {worker.worker_address: worker.pid for worker in self.cluster.workers.values()}
        busy = [address for address, tasks in self.client.processing().items() if tasks]
        places = [address for address in [*busy, *alive] if alive.get(address)]
        if not places:
            return "none"
        os.kill(alive[places[0]], signal.SIGKILL)
        return "killed"

    def workers(self, count: str) -> str:
        """Start or end workers."""
        self.cluster.scale(int(count))
        self.until(lambda: len(self.client.nthreads()) == int(count))
        return str(len(self.client.nthreads()))

    def lose(self) -> str:
        """End all of them."""
        self.begun()
        return self.workers("0")

    def busy(self) -> str:
        """Say whether anybody evaluates anything."""
        return "yes" if any(self.client.processing().values()) else "no"

    def end(self) -> str:
        """Kill the scheduler."""
        self.begun()
        for worker in self.cluster.workers.values():
            os.kill(worker.pid, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)
        return "unreachable"


def main() -> None:
    """Start them, and do what every line says."""
    from distributed import Client, LocalCluster, WorkerPlugin

    block, items = BLOCK, ITEMS  # which travel with the class

    class SmallBlocks(WorkerPlugin):  # of workers that take the place of others, too
        def setup(self, worker: Any) -> None:
            del worker
            from lossctl.engine.bind import layout

            layout.BLOCK_ELEMENTS, layout.LIST_ITEMS = block, items

    with (
        LocalCluster(
            n_workers=int(sys.argv[1]),
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            protocol=(*sys.argv, "tcp://")[2],
            dashboard_address="127.0.0.1:0",
            silence_logs="CRITICAL",
        ) as cluster,
        Client(cluster) as client,
    ):
        client.register_plugin(SmallBlocks())
        print(cluster.scheduler_address, flush=True)
        asked = Workers(cluster, client)
        for line in sys.stdin:
            name, *words = line.split()
            print(getattr(asked, name)(*words), flush=True)


if __name__ == "__main__":
    main()
