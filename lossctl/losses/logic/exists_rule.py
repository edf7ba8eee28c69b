"""Loss of a rule for some row."""

from lossctl.core.loss import Example, Page, Reference
from lossctl.losses.builders.logic import EXISTS, TRUTH, quantified_loss

EXISTS_RULE = quantified_loss(
    "exists_rule",
    title="Existential rule loss (p-mean)",
    quantifier=EXISTS,
    page=Page(
        summary="((target − p-mean of truth values)/τ)²: ∃ rule, true in some row",
        also_called=("existential quantifier", "Logic Tensor Networks"),
        curve=TRUTH,
        formula="((t − T) / τ)²,  T = (mean v^p)^(1/p) the truth value of ∃, v that of a row",
        use_when=(
            (
                "a rule should hold in some row, whichever it is: with a larger p the best row "
                "decides"
            ),
        ),
        avoid_when=("the rule should hold everywhere: use forall_rule",),
        expected={
            "perfect": "0: the rule holds in every row, or nearly so in one if p is high",
            "bad": "1 / τ²: it is false in every row",
        },
        references=(
            Reference("Badreddine et al., Logic Tensor Networks (2020)", "arXiv:2012.13635"),
        ),
        examples=(
            Example([1.0, 0.5], None, 0.0625, {"p": 1.0}, "T = (1 + ½) / 2 = ¾, (1 − T)²"),
            Example(
                [0.6, 0.8],
                [0.5, 0.5],
                0.0428932188134524,
                {},
                "T = √((0.36 + 0.64) / 2) = √½, (½ − √½)² = ¾ − √½",
            ),
        ),
        kinks="where every row is false: the root has no slope there, and 0 is taken",
    ),
)
