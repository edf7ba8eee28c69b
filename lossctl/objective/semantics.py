"""Fuzzy connectives by name: which function each operator of a rule stands for."""

from collections.abc import Mapping
from dataclasses import dataclass


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

IMPLICATIONS: Mapping[str, str] = {
    "reichenbach": "imp_reichenbach",
    "kleene_dienes": "imp_kleene_dienes",
    "goguen": "imp_goguen",
    "lukasiewicz": "imp_lukasiewicz",
    "godel": "imp_godel",
}
