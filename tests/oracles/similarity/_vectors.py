"""Exact vectors: products, lengths, cosines, and the surprise of one among several scores."""

from collections.abc import Sequence
from typing import Any

from mpmath import exp, log, mp, mpf, sqrt

from tests.oracles._numbers import Number, exact

Vector = Sequence[Number]

DIGITS = 420
"""Enough for −log(1 − x) to be right for any x a float64 can hold."""


def digits() -> Any:
    """Open a context with digits enough, and never fewer than the caller has."""
    return mp.workdps(max(mp.dps, DIGITS))


def dot(first: Vector, second: Vector) -> mpf:
    """Inner product."""
    return sum((exact(x) * exact(y) for x, y in zip(first, second, strict=True)), mpf(0))


def cosine(first: Vector, second: Vector) -> mpf:
    """Inner product over both lengths; 0 with a vector of zeros."""
    both = dot(first, first) * dot(second, second)
    return dot(first, second) / sqrt(both) if both else mpf(0)


def score(first: Vector, second: Vector, similarity: str) -> mpf:
    """Cosine or inner product."""
    return {"cosine": cosine, "dot": dot}[similarity](first, second)


def distance(first: Vector, second: Vector, p: Number, epsilon: Number = 0.0) -> mpf:
    """Norm of order p of the difference, to every entry of which epsilon is added."""
    parts = [abs(exact(x) - exact(y) + exact(epsilon)) for x, y in zip(first, second, strict=True)]
    total = sum((part ** exact(p) for part in parts if part), mpf(0))
    return total ** (1 / exact(p)) if total else mpf(0)


def measured(first: Vector, second: Vector, kind: str, p: Number, epsilon: Number = 0.0) -> mpf:
    """Return the norm of the difference, its square, or 1 - cos."""
    if kind == "cosine":
        return 1 - cosine(first, second)
    return distance(first, second, p, epsilon) ** (1 if kind == "norm" else 2)


def surprise(scores: Sequence[mpf], own: int) -> mpf:
    """−log of the share of one power of e among several."""
    powers = [exp(entry) for entry in scores]
    return -log(powers[own] / sum(powers))


def positive(number: mpf) -> mpf:
    """max(x, 0)."""
    return max(number, mpf(0))
