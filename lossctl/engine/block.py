"""One block: arrays ready for the functions of a loss, and what was found while reading them."""

from typing import Any, NamedTuple

from lossctl.core.loss import Array
from lossctl.engine.evidence import Evidence


class Block(NamedTuple):
    """Rows `start` to `stop` of the items, ready for the functions of a loss.

    `weights` is None when every item counts once; `ignored` and `omitted` count the items left out
    by their label or weight, and by the NaN policy. Of records these have been taken out; `keep`
    marks the ones that stay, None when all do.
    """

    start: int
    stop: int
    arrays: tuple[Any, ...]
    weights: Array | None
    items: int
    ignored: int
    omitted: int
    evidence: Evidence
    keep: Array | None = None
