"""Perplexity of tokens, as it is defined."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from mpmath import exp, fsum, inf, isinf, log, mpf

from tests.oracles._numbers import exact, listed, working_digits
from tests.oracles._probability import class_probabilities, class_targets, logits_among


def value(predictions: Sequence[Any], targets: Any = None, *, kind: str = "values") -> mpf:
    """Return e to the mean of −log p over the tokens of a pool."""
    with enough_for(predictions, kind):
        costs = surprisals(predictions, targets, kind)
        return exp(fsum(costs) / len(costs)) if not any(map(isinf, costs)) else inf


def surprisals(predictions: Sequence[Any], targets: Any, kind: str) -> list[mpf]:
    """Return −log p of every token, from its log-probability or from the whole vocabulary."""
    if kind == "values":
        return [-exact(given) for given in predictions]
    return [_of_row(row, token, kind) for row, token in zip(predictions, targets, strict=True)]


def _of_row(row: Sequence[Any], token: Any, kind: str) -> mpf:
    shares, wanted = class_probabilities(row, kind), class_targets(token, len(row))
    parts = [(share, exact(target)) for share, target in zip(shares, wanted, strict=True)]
    if any(target and not share for share, target in parts):
        return inf
    return fsum(-target * log(share) for share, target in parts if target)


def enough_for(predictions: Sequence[Any], kind: str, *others: Any) -> AbstractContextManager[Any]:
    """Open a context with enough digits for the scores of a pool, and other numbers."""
    scores = [number for row in predictions for number in listed(row)]
    logits = logits_among(scores, kind) if kind == "logits" else ()
    return working_digits(scores, *others, logits=logits)
