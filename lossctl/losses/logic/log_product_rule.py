"""Loss of a rule for all rows, by the product of their truths."""

from lossctl.core.loss import Example, Page, Reference
from lossctl.losses.builders.logic import LOG_PRODUCT, TRUTH, quantified_loss

LOG_PRODUCT_RULE = quantified_loss(
    "log_product_rule",
    title="Universal rule loss (log-product)",
    quantifier=LOG_PRODUCT,
    params=(),
    page=Page(
        summary="((target − geometric mean of truth values)/τ)²: ∀ rule by the log-product",
        also_called=("product t-norm", "universal quantifier", "Logic Tensor Networks"),
        curve=TRUTH,
        formula="((t − T) / τ)²,  T = exp(mean log max(v, 1e-37)), v the truth value of a row",
        use_when=(
            "one false row should make the rule false, as with the product of all truth values",
        ),
        avoid_when=("rows may be false at first: T is near 0 then, and its gradients are extreme",),
        expected={
            "perfect": "0: the rule holds in every row",
            "bad": "1 / τ²: it is false in one row of few",
        },
        references=(
            Reference(
                "van Krieken et al., Analyzing differentiable fuzzy logic operators (2020)",
                "arXiv:2002.06100",
            ),
        ),
        examples=(Example([1.0, 0.25], None, 0.25, {}, "T = √(1·¼) = ½, (1 − ½)²"),),
        kinks="v = 1e-37, where the slope is taken as that of the logarithm",
    ),
)
