"""The clipped surrogate objective (Schulman et al. 2017, equation 7), negated."""

from mpmath import exp, mpf

from tests.oracles._numbers import Number, exact, working_digits


def value(
    log_probability: Number,
    old_log_probability: Number,
    advantage: Number,
    *,
    kind: str = "values",
    clip: Number = 0.2,
) -> mpf:
    """-min(r A, clip(r, 1 - c, 1 + c) A)."""
    with working_digits(log_probability, old_log_probability, advantage, clip):
        ratio = exp(exact(log_probability) - exact(old_log_probability))
        held = min(max(ratio, 1 - exact(clip)), 1 + exact(clip))
        return -min(ratio * exact(advantage), held * exact(advantage))
