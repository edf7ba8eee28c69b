"""Generalised Wasserstein Dice loss of one pooled reading (Fidon et al. 2017, equation 11)."""

from collections.abc import Sequence
from typing import Any

from mpmath import mp, mpf

from tests.oracles._numbers import Number, exact, working_digits
from tests.oracles._probability import logits_among
from tests.oracles.segmentation._classes import columns, flat
from tests.oracles.segmentation._overlap import one_minus_ratio


def value(
    predictions: Sequence[Any],
    targets: Sequence[Any],
    *,
    kind: str = "probabilities",
    distance_matrix: Sequence[Sequence[Number]] | None = None,
    weighting: str = "foreground",
    smooth: Number = 1e-6,
) -> mpf:
    """1 - (2 T + s) / (2 T + E + s), of true positives T and errors E over all pairs of classes."""
    logits = logits_among(flat(predictions), kind)
    with working_digits(flat(predictions), smooth, logits=logits), mp.extradps(60):
        shares, goals = columns(predictions, targets, kind)
        every = range(len(shares))
        matrix = distance_matrix or [[float(a != b) for b in every] for a in every]
        most = max(exact(x) for row in matrix for x in row)
        positives = errors = mpf(0)
        for true in every:
            size = sum(goals[true], start=mpf(0))
            alpha = 1 / (size + 1) if weighting == "size" else mpf(true > 0)
            for seen in every:
                mass = sum(p * t for p, t in zip(shares[seen], goals[true], strict=True))
                far = exact(matrix[true][seen]) / most
                positives += alpha * (1 - far) * mass
                errors += (alpha if weighting == "size" else 1) * far * mass
        top = 2 * positives + exact(smooth)
        return one_minus_ratio(top, top + errors)
