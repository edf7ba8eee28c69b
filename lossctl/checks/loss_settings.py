"""Losses and parameters that do not fit the data (LC4xx)."""

import math
from typing import Any

import numpy as np

from lossctl.checks.facts import Facts
from lossctl.checks.paired_rows import with_inputs_exchanged
from lossctl.checks.rule import Page, Seen, rule
from lossctl.checks.sample import Sample
from lossctl.checks.uneven_losses import near_zero_targets, outliers_dominate
from lossctl.core.loss import Array, Loss
from lossctl.core.spelling import option, plural
from lossctl.diagnostics.empty_masks import find_empty_masks
from lossctl.diagnostics.input_roles import find_labels, find_swapped_divergence
from lossctl.diagnostics.value_levels import is_inverted, weighting

__all__ = [
    "alpha_on_majority",
    "divergence_arguments_swapped",
    "empty_masks",
    "improper_loss",
    "near_zero_targets",
    "outliers_dominate",
    "pos_weight_inverted",
    "regression_loss_on_labels",
]

FEW_EMPTY = 0.01  # of the masks
SEVERAL = 3  # empty masks; fewer are no pattern


def with_parameters(facts: Facts, **changes: Any) -> str:
    """Return the spec of the loss as it was given, with other parameters."""
    assert facts.loss is not None  # noqa: S101 - rules that come here need one
    params = {name: facts.params[name] for name in sorted(facts.given & facts.params.keys())}
    shown = ",".join(f"{name}={_plain(value)}" for name, value in {**params, **changes}.items())
    return f"{facts.loss.id}:{shown}" if shown else facts.loss.id


def _plain(value: Any) -> Any:
    if value is None:
        return "none"
    return f"{value:.4g}" if isinstance(value, float) else value


def _share_of_positives(facts: Facts) -> float:
    """Return the share of the higher of two labels; NaN of others."""
    counts = facts.labels
    if facts.form != "items" or len(counts) != 2:
        return math.nan
    return counts[max(counts)] / sum(counts.values())


def _weight(facts: Facts, how: str) -> tuple[str, float] | None:
    """Return the parameter that weighs positive labels, and its value where it is one number."""
    assert facts.loss is not None  # noqa: S101 - rules that come here need one
    for name, kind in facts.loss.label_weights.items():
        value = facts.params.get(name)
        if isinstance(value, list | tuple) and len(value) == 2 and how == kind == "share":
            total = float(sum(value))
            return name, float(value[1]) / total if total else math.nan
        if kind == how and isinstance(value, int | float):
            return name, float(value)
    return None


@rule(
    "LC401",
    "alpha-on-majority",
    "warning",
    Page(
        what="The weight α of positive labels weighs the frequent label up.",
        why=(
            "α is the weight of label 1 and 1 − α that of label 0: a small α where positive labels "
            "are rare makes them count even less. The published α = .25 was tuned beside γ = 2."
        ),
        example="focal(p, y, alpha=0.1)   # 5 % of the labels are positive",
        remedy="Give rare positive labels an α above ½, or none.",
        reference="arXiv:1708.02002",
        evidence=(
            "The weight of the frequent label is at least three times that of the rare one; with "
            "every parameter as published it is no more than info."
        ),
    ),
    needs=("loss", "items"),
)
def alpha_on_majority(facts: Facts) -> Seen | None:
    """Compare α with the share of positive labels."""
    positives, weight = _share_of_positives(facts), _weight(facts, "share")
    if weight is None or not 0.0 < positives < 1.0:
        return None
    name, alpha = weight
    seen = weighting(positives, alpha)
    if not seen.favours_majority:
        return None
    assert facts.loss is not None  # noqa: S101 - it is needed
    published = all(facts.params[key] == value for key, value in facts.loss.defaults.items())
    ratio = max(seen.ratio, 1.0 / seen.ratio if seen.ratio else math.inf)
    return Seen(
        f"{positives:.1%} of the labels are positive, and {name} = {alpha:g} gives the frequent "
        f"label {ratio:.3g} times the weight of the rare one",
        {"positives": positives, name: alpha, "ratio": ratio},
        severity="info" if published else "warning",
        command=facts.repair.compute(with_parameters(facts, **{name: round(1.0 - positives, 3)})),
    )


@rule(
    "LC402",
    "pos-weight-inverted",
    "warning",
    Page(
        what="The weight of positive labels lies on the wrong side of 1.",
        why=(
            "pos_weight multiplies the loss of label 1: where those are rare it should be above 1 "
            "(negatives over positives), and it was given below, or the other way round."
        ),
        example="BCEWithLogitsLoss(pos_weight=positives / negatives)   # negatives / positives",
        remedy="Give pos_weight as the number of negative labels over that of positive ones.",
        reference="https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html",
        evidence="Labels are uneven by 3 to 1 at least, and the weight makes that worse.",
    ),
    needs=("loss", "items"),
)
def pos_weight_inverted(facts: Facts) -> Seen | None:
    """Compare the weight of positive labels with their share."""
    positives, weight = _share_of_positives(facts), _weight(facts, "factor")
    if weight is None or not is_inverted(positives, weight[1]):
        return None
    name, value = weight
    ratio = (1.0 - positives) / positives
    return Seen(
        f"{positives:.1%} of the labels are positive, and {name} = {value:g}; negatives over "
        f"positives are {ratio:.3g}",
        {"positives": positives, name: value, "negatives_over_positives": ratio},
        command=facts.repair.compute(with_parameters(facts, **{name: float(f"{ratio:.3g}")})),
    )


@rule(
    "LC403",
    "improper-loss",
    "info",
    Page(
        what="The loss is no proper scoring rule: true probabilities do not have the least loss.",
        why=(
            "Such a loss trains well and ranks models by something else than their probabilities: "
            "a calibrated model can have a higher focal loss than one that is less sure."
        ),
        example="lossctl compare calibrated.npy other.npy --targets y.npy --loss focal",
        remedy="Judge probabilities with a proper loss: log loss or the Brier score.",
        reference="doi:10.1198/016214506000001437",
        evidence="The declaration of the loss says so, for the parameters that it has here.",
    ),
    needs=("loss", "labels"),
)
def improper_loss(facts: Facts) -> Seen | None:
    """Say that a loss does not judge probabilities."""
    loss = facts.loss
    if loss is None or loss.is_proper(facts.params) is not False:
        return None
    return Seen(
        f"{loss.id} is no proper scoring rule: true probabilities do not have the least loss",
        {"loss": loss.id},
        command=facts.repair.compute("brier"),
    )


@rule(
    "LC406",
    "regression-loss-on-labels",
    "warning",
    Page(
        what="The targets are class labels, and the loss is one of numbers.",
        why=(
            "Class 9 is no further from class 0 than class 1 is; and of labels 0 and 1 a squared "
            "error is the Brier score, which punishes confident mistakes less than the log loss."
        ),
        example="mse(p, y)   # y holds the classes 0 … 9",
        remedy="Save one score for each class and take cross_entropy; of two labels, bce.",
        reference="https://scikit-learn.org/stable/modules/model_evaluation.html",
        evidence=(
            "The targets are 0 … C − 1 and the rarest of them has a quarter of an even share at "
            "least, by two standard deviations, which counts do not have; or they are 0 and 1."
        ),
    ),
    needs=("loss", "values"),
)
def regression_loss_on_labels(facts: Facts) -> Seen | None:
    """Look for labels where numbers are expected."""
    loss, distinct = facts.loss, facts.targets.distinct
    if loss is None or "regression" not in loss.tasks or not distinct or not facts.targets.whole:
        return None
    if "counts" in loss.tasks:  # whole targets are what it is for
        return None
    values = sorted(distinct)
    labels = find_labels(np.array(values), np.array([distinct[value] for value in values]))
    if labels is None:
        return None
    command = ""
    if labels.classes == 2:
        command = facts.repair.compute("bce" if facts.predictions.in_unit else "bce_with_logits")
    last = labels.classes - 1
    return Seen(
        f"the targets are {labels.classes} labels, 0 … {last} (the rarest {labels.rarest:.1%}), "
        f"and {loss.id} takes numbers",
        {"classes": labels.classes, "rarest": labels.rarest},
        command=command,
    )


@rule(
    "LC407",
    "divergence-arguments-swapped",
    "error",
    Page(
        what="The arguments of a divergence are in each other's place.",
        why=(
            "KL(p ‖ q) is not KL(q ‖ p): of hard labels as predictions and soft targets one is "
            "infinite. Libraries differ in which comes first."
        ),
        example="kl_divergence(labels, probabilities)   # probabilities come first",
        remedy="Give the predicted distribution first, then the true one.",
        reference="https://docs.pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html",
        evidence="Nine of ten rows of the predictions are hard, and at most one of ten targets.",
    ),
    needs=("loss", "rows", "sample"),
)
def divergence_arguments_swapped(facts: Facts) -> Seen | None:
    """Look for hard predictions of soft targets."""
    sample, loss = facts.sample, facts.loss
    if sample is None or loss is None or not loss.divergence:
        return None
    if sample.predictions.shape != sample.targets.shape:
        return None
    predictions, targets = sample.predictions[sample.counts], sample.targets[sample.counts]
    seen = find_swapped_divergence(predictions, targets)
    if seen is None:
        return None
    other = _divergence(predictions, targets)
    return Seen(
        f"{seen.hard_predictions:.0%} of the predictions are hard and {seen.hard_targets:.0%} of "
        f"the targets: the arguments are exchanged. The other way round the value is {other:.4g}",
        {
            "hard_predictions": seen.hard_predictions,
            "hard_targets": seen.hard_targets,
            "other_value": other,
        },
        command=with_inputs_exchanged(facts),
    )


def _divergence(truth: Array, predicted: Array) -> float:
    """Return the mean KL(truth ‖ predicted) of rows."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(truth > 0.0, truth * np.log(truth / predicted), 0.0)
    return float(terms.sum(axis=1).mean())


@rule(
    "LC408",
    "empty-masks",
    "warning",
    Page(
        what="Some true masks have no foreground.",
        why=(
            "The overlap with an empty mask is 0, or 1 if nothing was predicted, or what the "
            "smoothing makes of 0/0: a mean over images jumps with each of them, and sums over all "
            "images hide them."
        ),
        example="lossctl compute p.npy masks.npy --loss dice --pooling sample   # 12 are empty",
        remedy="Leave out empty masks, or say how they count: pooling and smooth.",
        reference="doi:10.1038/s41592-023-02151-z",
        evidence="True masks whose sum is 0 are counted; both poolings show what they do.",
    ),
    needs=("loss", "sample"),
)
def empty_masks(facts: Facts) -> Seen | None:
    """Count true masks without foreground."""
    loss, sample = facts.loss, facts.sample
    if loss is None or sample is None or not loss.pooled or loss.of_sequences:
        return None
    if facts.foreground is None:
        return None
    seen = find_empty_masks(facts.foreground)
    if seen is None:
        return None
    share = seen.empty / seen.masks
    poolings = _both_poolings(facts, loss, sample)
    values = " and ".join(
        f"{value:.4g} with {option('pooling', name)}" for name, value in poolings.items()
    )
    kept = "t.reshape(len(t), -1).any(axis=1)"
    return Seen(
        f"{seen.empty} of {plural(seen.masks, 'true mask')} have no foreground"
        + (f"; {loss.id} is {values}" if values else ""),
        {"empty": seen.empty, "masks": seen.masks, **poolings},
        rows=seen.rows,
        severity="info" if share < FEW_EMPTY or seen.empty < SEVERAL else "warning",
        command=facts.repair.rewrite(predictions=f"p[{kept}]", targets=f"t[{kept}]"),
    )


def _both_poolings(facts: Facts, loss: Loss, sample: Sample) -> dict[str, float]:
    """Return the loss of the sample summed over all masks, and its mean over masks.

    Nothing where parameters are lists, labels are left out, or masks are seen in part.
    """
    if not sample.has_whole_rows:
        return {}
    plain = all(
        value is None or isinstance(value, int | float | str) for value in facts.params.values()
    )
    kind = loss.computed_as("labels" if facts.looks == "labels" else facts.read_as or facts.looks)
    if not plain or not sample.counts.all() or kind not in loss.kinds_in("item"):
        return {}
    predictions, targets = sample.predictions.reshape(-1), sample.targets.reshape(-1)
    with np.errstate(all="ignore"):
        terms = loss.form("item", kind).terms(predictions.copy(), targets, **facts.params)
        by_mask = {
            name: np.broadcast_to(each, targets.shape).reshape(len(sample), -1).sum(axis=1)
            for name, each in terms.items()
        }
        whole = {name: each.sum() for name, each in by_mask.items()}
        batch = float(loss.finish(**whole, **facts.params))
        return {"batch": batch, "sample": float(np.mean(loss.finish(**by_mask, **facts.params)))}
