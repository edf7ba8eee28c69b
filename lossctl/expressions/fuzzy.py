"""Fuzzy logic: conjunctions, disjunctions, implications and equivalences of truths in [0, 1].

At 0 and 1 all of them are the connectives of ordinary logic; between, they differ, and so do
their slopes. At a tie min and max have the mean of both slopes, residual implications slope 0.
"""

import itertools
from collections.abc import Mapping
from functools import partial

import numpy as np

from lossctl.expressions.duals import (
    Dual,
    Rule,
    add,
    decided,
    divide,
    larger,
    multiply,
    smaller,
    subtract,
    where,
)

ZERO, ONE = Dual(0.0), Dual(1.0)
_holds = decided(np.less_equal)


def negation(a: Dual) -> Dual:
    """1 − a."""
    return subtract(ONE, a)


def or_product(a: Dual, b: Dual) -> Dual:
    """A + b − ab, the probability that one of two independent events happens."""
    return subtract(add(a, b), multiply(a, b))


def and_lukasiewicz(a: Dual, b: Dual) -> Dual:
    """max(0, a + b − 1)."""
    return larger(ZERO, subtract(add(a, b), ONE))


def or_lukasiewicz(a: Dual, b: Dual) -> Dual:
    """min(1, a + b)."""
    return smaller(ONE, add(a, b))


def reichenbach(a: Dual, b: Dual) -> Dual:
    """1 − a + ab."""
    return add(subtract(ONE, a), multiply(a, b))


def kleene_dienes(a: Dual, b: Dual) -> Dual:
    """max(1 − a, b)."""
    return larger(subtract(ONE, a), b)


def goguen(a: Dual, b: Dual) -> Dual:
    """1 where a ≤ b, else b / a."""
    holds = _holds(a, b)
    return where(holds, ONE, divide(b, where(holds, ONE, a)))


def lukasiewicz(a: Dual, b: Dual) -> Dual:
    """min(1, 1 − a + b)."""
    return smaller(ONE, add(subtract(ONE, a), b))


def godel(a: Dual, b: Dual) -> Dual:
    """1 where a ≤ b, else b."""
    return where(_holds(a, b), ONE, b)


def _both(conjunction: Rule, implication: Rule, a: Dual, b: Dual) -> Dual:
    """A → b and b → a."""
    return conjunction(implication(a, b), implication(b, a))


CONJUNCTIONS: Mapping[str, Rule] = {
    "and_product": multiply,
    "and_godel": smaller,
    "and_lukasiewicz": and_lukasiewicz,
}
DISJUNCTIONS: Mapping[str, Rule] = {
    "or_product": or_product,
    "or_godel": larger,
    "or_lukasiewicz": or_lukasiewicz,
}
IMPLICATIONS: Mapping[str, Rule] = {
    "imp_reichenbach": reichenbach,
    "imp_kleene_dienes": kleene_dienes,
    "imp_goguen": goguen,
    "imp_lukasiewicz": lukasiewicz,
    "imp_godel": godel,
}
EQUIVALENCES: Mapping[str, Rule] = {
    f"{conjunction}<->{implication}": partial(_both, both, implies)
    for (conjunction, both), (implication, implies) in itertools.product(
        CONJUNCTIONS.items(), IMPLICATIONS.items()
    )
}
FUZZY: Mapping[str, Rule] = {
    "not_fuzzy": negation,
    **CONJUNCTIONS,
    **DISJUNCTIONS,
    **IMPLICATIONS,
    **EQUIVALENCES,
}
