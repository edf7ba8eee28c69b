"""Levels that the value of a loss is compared with, before anything is known of its error."""

import math

from lossctl.core.loss import Loss
from lossctl.core.result import Result

OF_CONTEXT = ("chance", "constant", "target_variance")


def is_suspect(loss: Loss, result: Result) -> bool:
    """Whether a value lies above a level that a rule compares it with.

    Only then is its standard error worth what it takes: statistics of every item, or another pass.
    """
    value = result.value
    if not isinstance(value, float) or not math.isfinite(value):
        return False
    levels = [result.context[word] for word in OF_CONTEXT if word in result.context]
    if loss.bad_above is not None:
        word, factor = loss.bad_above
        levels.append(result.context.get(word, math.inf) * factor if word else factor)
    return any(value > level for level in levels)
