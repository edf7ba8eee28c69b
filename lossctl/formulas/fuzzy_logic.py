"""Fuzzy logic: conjunctions, disjunctions, implications and equivalences of truths in [0, 1].

At 0 and 1 all of them are the connectives of ordinary logic; between, they differ, and so do
their slopes. At a tie min and max have the mean of both slopes, residual implications slope 0.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from lossctl.formulas.dual_numbers import (
    Dual,
    DualFunction,
    add,
    divide,
    maximum,
    minimum,
    multiply,
    subtract,
    truth_function,
    where,
)

ZERO, ONE = Dual(0.0), Dual(1.0)
_holds = truth_function(np.less_equal)


def negation(a: Dual) -> Dual:
    """1 − a."""
    return subtract(ONE, a)


def or_product(a: Dual, b: Dual) -> Dual:
    """A + b − ab, the probability that one of two independent events happens."""
    return subtract(add(a, b), multiply(a, b))


def and_lukasiewicz(a: Dual, b: Dual) -> Dual:
    """max(0, a + b − 1)."""
    return maximum(ZERO, subtract(add(a, b), ONE))


def or_lukasiewicz(a: Dual, b: Dual) -> Dual:
    """min(1, a + b)."""
    return minimum(ONE, add(a, b))


def reichenbach(a: Dual, b: Dual) -> Dual:
    """1 − a + ab."""
    return add(subtract(ONE, a), multiply(a, b))


def kleene_dienes(a: Dual, b: Dual) -> Dual:
    """max(1 − a, b)."""
    return maximum(subtract(ONE, a), b)


def goguen(a: Dual, b: Dual) -> Dual:
    """1 where a ≤ b, else b / a."""
    # Where a ≤ b, a may be 0: the inner `where` keeps b / 0 out of the value and of its slope.
    holds = _holds(a, b)
    return where(holds, ONE, divide(b, where(holds, ONE, a)))


def lukasiewicz(a: Dual, b: Dual) -> Dual:
    """min(1, 1 − a + b)."""
    return minimum(ONE, add(subtract(ONE, a), b))


def godel(a: Dual, b: Dual) -> Dual:
    """1 where a ≤ b, else b."""
    return where(_holds(a, b), ONE, b)


def _equivalence(conjunction: DualFunction, implication: DualFunction, a: Dual, b: Dual) -> Dual:
    """A → b and b → a."""
    return conjunction(implication(a, b), implication(b, a))


CONJUNCTIONS: Mapping[str, DualFunction] = {
    "and_product": multiply,
    "and_godel": minimum,
    "and_lukasiewicz": and_lukasiewicz,
}
DISJUNCTIONS: Mapping[str, DualFunction] = {
    "or_product": or_product,
    "or_godel": maximum,
    "or_lukasiewicz": or_lukasiewicz,
}
IMPLICATIONS: Mapping[str, DualFunction] = {
    "imp_reichenbach": reichenbach,
    "imp_kleene_dienes": kleene_dienes,
    "imp_goguen": goguen,
    "imp_lukasiewicz": lukasiewicz,
    "imp_godel": godel,
}
# A function of its own for each pair, so that no connective is looked up when a block is evaluated.
EQUIVALENCES: Mapping[str, DualFunction] = {
    f"{conjunction}<->{implication}": partial(_equivalence, conjoin, imply)
    for (conjunction, conjoin), (implication, imply) in itertools.product(
        CONJUNCTIONS.items(), IMPLICATIONS.items()
    )
}
FUZZY: Mapping[str, DualFunction] = {
    "not_fuzzy": negation,
    **CONJUNCTIONS,
    **DISJUNCTIONS,
    **IMPLICATIONS,
    **EQUIVALENCES,
}


@dataclass(frozen=True)
class Semantics:
    """A t-norm with its t-conorm, and the implication it takes when none is named."""

    conjunction: str
    disjunction: str
    implication: str


SEMANTICS: Mapping[str, Semantics] = {
    "product": Semantics("and_product", "or_product", "reichenbach"),
    "godel": Semantics("and_godel", "or_godel", "kleene_dienes"),
    "lukasiewicz": Semantics("and_lukasiewicz", "or_lukasiewicz", "lukasiewicz"),
}

IMPLICATION_FUNCTIONS: Mapping[str, str] = {
    "reichenbach": "imp_reichenbach",
    "kleene_dienes": "imp_kleene_dienes",
    "goguen": "imp_goguen",
    "lukasiewicz": "imp_lukasiewicz",
    "godel": "imp_godel",
}
