"""Sigmoid, softmax and surprisal as textbooks define them."""

from collections.abc import Sequence

from mpmath import exp, inf, log, mpf

from tests.oracles._numbers import Number, exact, listed


def check_kind(kind: str) -> None:
    """Refuse a reading of the predictions that is neither logits nor probabilities."""
    if kind not in {"logits", "probabilities"}:
        msg = f"predictions are read as 'logits' or 'probabilities', not as {kind!r}"
        raise ValueError(msg)


def logits_among(predictions: Number | Sequence[Number], kind: str) -> list[mpf]:
    """List the logits whose gaps decide the working digits; none among given probabilities.

    A lone logit competes with 0, so 0 takes part.
    """
    check_kind(kind)
    if kind == "probabilities":
        return []
    return [mpf(0), *listed(predictions)]


def sigmoid(logit: mpf) -> mpf:
    """1 / (1 + e**-z)."""
    return 1 / (1 + exp(-logit))


def both_probabilities(prediction: Number, kind: str) -> tuple[mpf, mpf]:
    """Give the probabilities of 1 and of 0."""
    check_kind(kind)
    number = exact(prediction)
    if kind == "logits":
        return sigmoid(number), sigmoid(-number)
    return number, 1 - number


def class_probabilities(predictions: Sequence[Number], kind: str) -> list[mpf]:
    """One probability a class: the softmax of logits, or the given probabilities."""
    check_kind(kind)
    numbers = listed(predictions)
    if kind == "probabilities":
        return numbers
    powers = [exp(number) for number in numbers]
    return [power / sum(powers) for power in powers]


def surprisal(weight: mpf, probability: mpf, floor: mpf) -> mpf:
    """-weight * log(max(probability, floor)), where 0 * log 0 is 0 and log 0 is minus infinity."""
    if weight == 0:
        return mpf(0)
    clipped = max(probability, floor)
    return inf if clipped == 0 else -weight * log(clipped)


def floor_of(epsilon: Number, kind: str) -> mpf:
    """Give the clipping floor: given probabilities are clipped, those made from logits never."""
    return exact(epsilon) if kind == "probabilities" else mpf(0)


def class_targets(targets: int | Sequence[Number], classes: int) -> list[mpf]:
    """One target a class: soft targets as they are, a class index as one-hot."""
    if hasattr(targets, "__len__"):
        return listed(targets)
    return [mpf(int(number == targets)) for number in range(classes)]
