"""Values compared with a level, beyond three standard errors; weights with class shares."""

import math

from lossctl.core.lazy import record

SURE = 3.0  # standard errors
MOST_ERRORS = 1e8  # from here on it is rounding
UNEVEN = 3.0  # ratio of the classes, or of their weights


@record(frozen=True)
class Excess:
    """How far a value lies above a level: the two, and the difference in standard errors."""

    value: float
    level: float
    errors: float

    @property
    def is_measured(self) -> bool:
        """Whether there is a standard error that is more than rounding."""
        return self.errors < MOST_ERRORS


def above(value: float, level: float, standard_error: float) -> Excess | None:
    """Return how far a value lies above a level, None unless by more than three standard errors."""
    if not (math.isfinite(level) and value > level and standard_error >= 0.0):
        return None
    rounding = 1e-9 * max(abs(level), abs(value))
    errors = (value - level) / max(standard_error, rounding / SURE, 1e-300)
    return Excess(value, level, errors) if errors > SURE else None


@record(frozen=True)
class Weighting:
    """How labels are weighed: share of the positive ones, and positive over negative weight."""

    positives: float
    ratio: float

    @property
    def favours_majority(self) -> bool:
        """Whether the frequent label is weighed up at least three times."""
        if self.positives < 0.5:
            return self.ratio * UNEVEN <= 1.0
        return self.positives > 0.5 and self.ratio >= UNEVEN


def weighting(positives: float, alpha: float) -> Weighting:
    """Return how α weighs labels: positive ones by α, negative ones by 1 − α."""
    return Weighting(positives, alpha / (1.0 - alpha) if alpha < 1.0 else math.inf)


def is_inverted(positives: float, pos_weight: float) -> bool:
    """Whether a weight of positive labels lies on the wrong side of 1, classes being uneven."""
    if not 0.0 < positives < 1.0 or pos_weight == 1.0:
        return False
    ratio = (1.0 - positives) / positives
    return (ratio >= UNEVEN and pos_weight < 1.0) or (ratio * UNEVEN <= 1.0 and pos_weight > 1.0)
