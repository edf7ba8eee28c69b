"""Read numbers in the computing dtype, and weights."""

import numpy as np

from lossctl.core.loss import Array
from lossctl.engine.reader import BlockReader
from lossctl.engine.sources import Source

EXACT_INTEGERS = 2**53  # beyond, float64 skips integers
BEYOND = (
    "holds integers beyond 2^53, which float64 cannot tell apart ({value} at {where}); "
    "subtract a common offset first"
)


def may_be_beyond(source: Source) -> bool:
    """Whether a source may hold integers that float64 cannot tell apart."""
    return source.dtype.kind in "iu" and source.dtype.itemsize == 8


def beyond_exact(values: Array) -> Array:
    """Mark the integers that float64 cannot tell apart."""
    far: Array = values > EXACT_INTEGERS
    if values.dtype.kind == "i":
        far |= values < -EXACT_INTEGERS
    return far


def read_numbers(look: BlockReader, source: Source) -> Array:
    """Return rows of numbers in the computing dtype; record integers it cannot hold."""
    if may_be_beyond(source):
        exact = look.matrix(source, source.dtype)
        look.blame(source, beyond_exact(exact), BEYOND, values=exact)
    return look.matrix(source)


def read_weights(look: BlockReader) -> Array | None:
    """Return the weights of the items in float64; record those that are no weights."""
    source = look.plan.weights
    if source is None:
        return None
    if look.layout.form == "element" and look.layout.columns:
        weights = look.matrix(source, np.dtype(np.float64))
    else:
        weights = look.reader.flat(source).astype(np.float64)
    wrong = ~(weights >= 0.0) | np.isinf(weights)
    message = "weights must be finite and at least 0, got {value} at {where}"
    look.blame(source, wrong, message, values=weights)
    return weights
