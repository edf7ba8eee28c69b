"""Loss of a rule for all rows."""

from lossctl.core.loss import Example, Page, Reference
from lossctl.losses.builders.logic import FOR_ALL, TRUTH, quantified_loss

FORALL_RULE = quantified_loss(
    "forall_rule",
    title="Universal rule loss (p-mean error)",
    quantifier=FOR_ALL,
    page=Page(
        summary="((target − (1 − p-mean of 1 − truth values))/τ)²: ∀ rule, true in every row",
        also_called=("universal quantifier", "Logic Tensor Networks"),
        curve=TRUTH,
        formula=(
            "((t − T) / τ)²,  T = 1 − (mean (1 − v)^p)^(1/p) the truth value of ∀, v that of a row"
        ),
        use_when=(
            (
                "a rule is about all rows, and the few that violate it should not average out: "
                "raise p"
            ),
        ),
        avoid_when=(
            "each row should count equally: with p = 2 and t = 1 this is rule_satisfaction",
        ),
        expected={
            "perfect": "0: the rule holds in every row",
            "bad": "1 / τ²: it is false in every row",
        },
        references=(
            Reference("Badreddine et al., Logic Tensor Networks (2020)", "arXiv:2012.13635"),
        ),
        examples=(
            Example([1.0, 0.5], None, 0.125, {}, "T = 1 − √((0 + ½²) / 2), (1 − T)² = ⅛"),
            Example([1.0, 0.5], None, 0.0625, {"p": 1.0}, "T = 1 − (0 + ½) / 2 = ¾, (1 − T)²"),
        ),
        kinks="where every row is true: the root has no slope there, and 0 is taken",
    ),
)
