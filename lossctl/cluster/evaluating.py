"""A call whose passes over the data are evaluated by workers of Dask."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, TypeVar

from lossctl.cluster.connecting import Cluster, connected, require_place
from lossctl.cluster.programs import packed
from lossctl.cluster.workers import Workers
from lossctl.core.threads import evaluated_by

Answer = TypeVar("Answer")


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

        def join() -> Any:
            client = stack.enter_context(connected(cluster))
            stack.enter_context(client.as_current())
            stack.callback(workers.close)
            return client

        workers = Workers(join, call)
        with evaluated_by(workers):
            return function(*args, **keywords)
