"""Kullback–Leibler divergence between rows of probabilities."""

from lossctl.core.loss import Array, Example, Loss, Page, Reference
from lossctl.kernels.numeric.pointwise import zero_safe_product
from lossctl.kernels.numeric.primitives import log
from lossctl.kernels.numeric.rows import AS_LOOPS_READ, distribution, is_index, pick, row_sums
from lossctl.kernels.probability.divergence import (
    generalized_kl,
    kl_of_logits,
    kl_of_logits_total,
    log_ratio,
)
from lossctl.kernels.probability.softmax import (
    true_class_nll,
    true_class_nll_total,
    true_class_slope,
    weighted_nll_vjp,
)
from lossctl.losses.builders.class_rows import CLASS_SCORES, CLASS_TARGETS, MARGIN, row_form


def value(predictions: Array, targets: Array) -> Array:
    """Evaluate from probabilities; p = 0 < t costs inf."""
    if is_index(targets):
        return -log(pick(predictions, targets))
    generalized = generalized_kl(targets, predictions, log_ratio(targets, predictions))
    return generalized + row_sums(targets - predictions)


def slope(predictions: Array, targets: Array) -> Array:
    """−t/p."""
    return -zero_safe_product(distribution(targets, predictions), 1.0 / predictions)


def value_of_logits(predictions: Array, targets: Array) -> Array:
    """Evaluate for p = softmax(z)."""
    if is_index(targets):
        return true_class_nll(predictions, targets)
    return kl_of_logits(predictions, targets)


def total_of_logits(predictions: Array, targets: Array) -> float:
    """Sum of :func:`value_of_logits`."""
    total: float = (true_class_nll_total if is_index(targets) else kl_of_logits_total)(
        predictions, targets
    )
    return total


def slope_of_logits(predictions: Array, targets: Array) -> Array:
    """p·Σt − t."""
    if is_index(targets):
        return true_class_slope(predictions, targets)
    return weighted_nll_vjp(predictions, targets)


KL_DIVERGENCE = Loss(
    "kl_divergence",
    "Kullback–Leibler divergence",
    ("multiclass",),
    (CLASS_SCORES, CLASS_TARGETS),
    (
        row_form("probabilities", value, slope),
        row_form(
            "logits", value_of_logits, slope_of_logits, order=AS_LOOPS_READ, total=total_of_logits
        ),
    ),
    strict=True,
    proper=True,
    divergence=True,
    page=Page(
        summary="Kullback–Leibler divergence KL(t ‖ p) = Σ t·log(t/p): relative entropy",
        also_called=("relative entropy", "information gain"),
        curve=MARGIN,
        formula="Σ_c t_c·log(t_c / p_c),  0·log 0 = 0; inf where p = 0 < t",
        use_when=(
            "targets are distributions: a teacher's, an ensemble's, annotators' shares",
            "a perfect prediction of soft targets should have loss 0, unlike in cross_entropy",
        ),
        avoid_when=(
            "targets are class indices (it equals cross_entropy)",
            "predictions may be 0 where targets are not (use js_divergence, which is bounded)",
        ),
        expected={
            "perfect": "0: the distributions agree",
            "chance": "log C minus the entropy of the targets, for uniform predictions",
        },
        references=(
            Reference(
                "Kullback & Leibler, On information and sufficiency (1951)",
                "doi:10.1214/aoms/1177729694",
            ),
        ),
        examples=(
            Example(
                [[0.25, 0.75]],
                [[0.5, 0.5]],
                0.143841036225890458,
                {},
                "½·log 2 + ½·log ⅔ = ½·log 4/3",
            ),
            Example(
                [[-1.0986122886681098, 1.0986122886681098]],
                [[1.0, 0.0]],
                2.302585092994046,
                {},
                "logits −log 3 and log 3: p = 1/10 and 9/10, log 10",
            ),
        ),
        notes=(
            "the mean is over rows: PyTorch's batchmean; its default divides by the elements too",
            "the direction is KL(targets ‖ predictions), as in PyTorch's kl_div(log p, t)",
        ),
    ),
)
