"""Bits per byte, as it is defined."""

from collections.abc import Sequence
from typing import Any

from mpmath import fsum, log, mpf

from tests.oracles._numbers import Number, exact
from tests.oracles.sequence.perplexity import enough_for, surprisals


def value(
    predictions: Sequence[Any],
    *others: Any,
    kind: str = "values",
    total_bytes: Number | None = None,
) -> mpf:
    """Return Σ −log2 p over the bytes of the tokens, the last input, or over a total."""
    with enough_for(predictions, kind, *others[-1:]):
        costs = surprisals(predictions, others[0] if others else None, kind)
        count = exact(total_bytes) if total_bytes is not None else fsum(map(exact, others[-1]))
        return fsum(costs) / log(2) / count
