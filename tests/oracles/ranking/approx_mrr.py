"""ApproxMRR on one list: reciprocal ranks of the ranks of Qin, Liu and Li (2010)."""

from collections.abc import Sequence

from mpmath import mpf, tanh

from tests.oracles._numbers import Number, exact, listed, working_digits


def value(
    predictions: Sequence[Number],
    targets: Sequence[Number],
    *,
    kind: str = "values",
    temperature: Number = 0.1,
) -> mpf:
    """1 - the mean of 1 / rank, weighted by relevance; 0 without any."""
    gaps = [2 * score / exact(temperature) for score in listed(predictions)]
    with working_digits(predictions, targets, temperature, logits=gaps):
        scores, wanted = listed(predictions), [exact(y) for y in targets]
        if not sum(wanted):
            return mpf(0)
        found = mpf(0)
        for i, y in enumerate(wanted):
            others = (s for j, s in enumerate(scores) if j != i)
            steps = (tanh((s - scores[i]) / (2 * exact(temperature))) for s in others)
            found += y / (1 + sum(((1 + step) / 2 for step in steps), mpf(0)))
        return 1 - found / sum(wanted)
