"""Distillation of one row of classes (Hinton et al. 2015)."""

from collections.abc import Sequence

from mpmath import log, mpf

from tests.oracles._numbers import Number, exact, listed, working_digits
from tests.oracles._probability import class_probabilities, class_targets, logits_among


def value(
    predictions: Sequence[Number],
    teacher: Sequence[Number],
    targets: int | Sequence[Number],
    *,
    kind: str = "logits",
    temperature: Number = 2.0,
    alpha: Number = 0.5,
) -> mpf:
    """Add a T**2 KL(softmax(teacher / T), softmax(z / T)) and (1 - a) CE(z, y)."""
    heat, share = exact(temperature), exact(alpha)
    both = [*logits_among(predictions, kind), *listed(teacher)]
    with working_digits(predictions, teacher, targets, logits=[z / min(heat, 1) for z in both]):
        cool = class_probabilities(predictions, "logits")
        mine = class_probabilities([z / heat for z in listed(predictions)], "logits")
        theirs = class_probabilities([z / heat for z in listed(teacher)], "logits")
        soft = sum((t * log(t / p) for t, p in zip(theirs, mine, strict=True)), start=mpf(0))
        wanted = class_targets(targets, len(cool))
        hard = sum((-t * log(p) for t, p in zip(wanted, cool, strict=True) if t), start=mpf(0))
        return share * heat**2 * soft + (1 - share) * hard
