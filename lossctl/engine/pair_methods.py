"""By which method models are compared, and which losses it suits."""

from typing import NamedTuple

from lossctl.core.errors import UsageError
from lossctl.core.spelling import option
from lossctl.engine.pair_reducers import Clusters
from lossctl.engine.plan import Plan
from lossctl.engine.reduce.units import kind_of

METHODS = ("auto", "t", "delta", "bootstrap", "permutation", "mcnemar")
RESAMPLING = ("bootstrap", "permutation")


class How(NamedTuple):
    """How models are compared.

    Attributes
    ----------
    method
        ``auto`` (paired t for means, the delta method for functions of sums), one of `METHODS`.
    clusters
        Units that are not independent of each other; None where they are.
    is_serial
        Whether units are in the order of time, each correlated with those before it.
    is_unpaired
        Whether the models were evaluated on different items.
    confidence
        Of the intervals.
    replicates, seed
        Of resampling; None is a thousand for the bootstrap, ten thousand for permutations.
    least
        Units a slice has at least.
    """

    method: str = "auto"
    clusters: Clusters | None = None
    is_serial: bool = False
    is_unpaired: bool = False
    confidence: float = 0.95
    replicates: int | None = None
    seed: int = 0
    least: int = 1


def require_method(plan: Plan, how: How) -> None:
    """Refuse a method that does not suit the loss, or what else is said."""
    resamples = how.method in RESAMPLING
    if plan.loss.needs_rows and resamples:
        raise UsageError(
            f"{option('method', how.method)}: {plan.loss.id} is of all rows together; take auto"
        )
    if how.is_unpaired and (how.method not in {"auto", "t", "delta"} or how.clusters is not None):
        raise UsageError(
            f"{option('unpaired')}: is Welch's t test; it takes no other method and no clusters"
        )
    if how.is_serial and (how.method not in {"auto", "t", "delta"} or how.clusters is not None):
        raise UsageError(
            f"{option('serial')}: is Newey and West's method; it takes no other and no clusters"
        )
    if how.clusters is not None and not (how.method == "auto" or resamples):
        raise UsageError(
            f"{option('method', how.method)}: takes rows to be independent, clusters are not; take "
            f"auto, {' or '.join(RESAMPLING)}"
        )
    if how.method in {"t", "mcnemar"} and kind_of(plan) == "function":
        raise UsageError(
            f"{option('method', how.method)}: {plan.loss.id} is a function of sums and no mean; "
            "take auto, delta, bootstrap or permutation"
        )
