"""The one door to clusters: a function as it is, or with its blocks evaluated by workers."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from lossctl.core.errors import UsageError
from lossctl.core.spelling import option

Answer = TypeVar("Answer")


def elsewhere(
    function: Callable[..., Answer], cluster: Any, *, insecure: bool = False
) -> Callable[..., Answer]:
    """Return what a function is called by.

    Parameters
    ----------
    function
        A function of lossctl, by whose arguments every input is a file where a cluster is named.
    cluster
        Where blocks are evaluated: as `lossctl.cluster.connecting.Cluster` says; None for threads
        of this process.
    insecure
        Whether connections to other machines need no encryption.
    """
    if cluster is None:
        if insecure:
            raise UsageError(f"{option('insecure_cluster')}: is said of {option('cluster')}")
        return function
    from lossctl.cluster.connecting import (  # noqa: PLC0415 - few evaluations have one
        Cluster,
        evaluate_on,
    )

    return partial(evaluate_on, Cluster(cluster, insecure), function)
