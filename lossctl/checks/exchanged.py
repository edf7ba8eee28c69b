"""Parts of predictions in each other's place: classes, labels, axes, or the inputs themselves."""

import numpy as np

from lossctl.checks.facts import Facts
from lossctl.checks.paired_rows import (
    as_saved,
    in_sample,
    pair,
    pairs_of_sample,
    sample_is_whole,
    with_inputs_exchanged,
)
from lossctl.checks.rule import Page, Seen, rule
from lossctl.core.loss import Array
from lossctl.diagnostics.agreement import Pairs
from lossctl.diagnostics.axis_orders import find_axis_order
from lossctl.diagnostics.class_matching import find_inversion, find_matching
from lossctl.diagnostics.input_roles import find_swap

MOST_NAMED = 12  # classes whose order a message shows


@rule(
    "LC203",
    "classes-permuted",
    "error",
    Page(
        what="The columns of the predictions are in another order than the labels count them.",
        why=(
            "Two encoders numbered the classes differently (by name, by first appearance, 10 "
            "before 2): the model is right and the loss says that it is wrong."
        ),
        example=(
            "train = LabelEncoder().fit_transform(names)       # by name\n"
            "test = pd.factorize(names)[0]                     # by first appearance"
        ),
        remedy="Put the columns of the predictions in the order of the labels.",
        reference=(
            "https://scikit-learn.org/stable/modules/generated/"
            "sklearn.preprocessing.LabelEncoder.html"
        ),
        evidence=(
            "The best matching of the confusion matrix raises the accuracy by at least .15, and "
            "the matching of one half of the rows lowers the loss of the other half by more than "
            "six standard errors."
        ),
    ),
    needs=("sample", "rows"),
)
def classes_permuted(facts: Facts) -> Seen | None:
    """Look for an order of the classes that fits far better."""
    pairs = pairs_of_sample(facts)
    if pairs is None or pairs.scores.shape[-1] < 3:
        return None
    found = find_matching(pairs)
    if found is None:
        return None
    columns = list(found.columns)
    shown = ", ".join(map(str, columns[:MOST_NAMED])) + (", …" if len(columns) > MOST_NAMED else "")
    return Seen(
        f"the columns of the predictions fit the labels in another order: {shown}. Accuracy "
        f"{found.accuracy:.2f} as they are, {found.matched:.2f} in that order",
        {
            "columns": columns,
            "accuracy": found.accuracy,
            "matched_accuracy": found.matched,
            "standard_errors": found.gain,
        },
        command=facts.repair.rewrite(
            predictions=f"np.take(p, {columns}, axis={_class_axis(facts)})"
        ),
    )


def _class_axis(facts: Facts) -> int:
    return -1 if facts.class_axis is None else facts.class_axis


@rule(
    "LC204",
    "positive-class-inverted",
    "error",
    Page(
        what="The probability of the other label was saved: 1 − p, or the first of two columns.",
        why="The order of the predictions is reversed: the better the model, the worse the loss.",
        example="p = model.predict_proba(x)[:, 0]   # of label 0; label 1 is column 1",
        remedy="Save the probability of label 1, or take 1 − p.",
        reference=(
            "https://scikit-learn.org/stable/modules/generated/"
            "sklearn.linear_model.LogisticRegression.html"
        ),
        evidence=(
            "The area under the ROC curve lies more than six standard errors below one half, and "
            "the loss of 1 − p more than six below that of p."
        ),
    ),
    needs=("sample", "labels"),
)
def positive_class_inverted(facts: Facts) -> Seen | None:
    """Look for labels in reversed order."""
    pairs = pairs_of_sample(facts)
    if pairs is None or (facts.form == "rows" and facts.classes != 2):
        return None
    found = find_inversion(pairs)
    if found is None:
        return None
    if facts.form == "rows":
        expression = f"np.flip(p, axis={_class_axis(facts)})"
    else:
        expression = "-p" if facts.looks == "logits" else "1 - p"
    return Seen(
        f"the predictions are in reversed order: AUC {found.auc:.2f}, and the loss of the "
        f"opposite predictions is lower by {min(found.gain, 1e6):.0f} standard errors",
        {"auc": found.auc, "standard_errors": found.gain},
        command=facts.repair.rewrite(predictions=expression),
    )


@rule(
    "LC205",
    "inputs-swapped",
    "error",
    Page(
        what="The targets stand where the predictions belong, and the predictions as targets.",
        why="Losses are not symmetric: −log p of a hard label is 0 or infinite.",
        example="log_loss(p, y)   # scikit-learn has the targets first",
        remedy="Give the predictions first, then the targets.",
        reference="https://scikit-learn.org/stable/modules/model_evaluation.html",
        evidence=(
            "The predictions are labels 0 and 1, classes or counts, and at least half of the "
            "targets have fractions; counts must also vary more than the values they fit."
        ),
    ),
    needs=("pairs",),
)
def inputs_swapped(facts: Facts) -> Seen | None:
    """Look for hard predictions with soft targets."""
    if facts.swapped:
        message = "the predictions are classes and the targets hold a score of each class"
        return Seen(message, {"kind": "classes and scores"}, command=with_inputs_exchanged(facts))
    sample = facts.sample
    if sample is None or sample.predictions.shape != sample.targets.shape:
        return None
    if not facts.predictions.whole or facts.targets.whole:
        return None
    kept = sample.counts
    swap = find_swap(sample.predictions[kept], sample.targets[kept])
    if swap is None or (_are_rows(sample.targets[kept]) and _names_soft_targets(facts)):
        return None
    hard, soft = swap.what.split(" and ")
    return Seen(
        f"the predictions are {hard} ({swap.distinct} distinct values) and {swap.fractions:.0%} of "
        f"the targets have fractions, as {soft} do",
        {"kind": swap.what, "distinct": swap.distinct, "fractions": swap.fractions},
        command=with_inputs_exchanged(facts),
    )


@rule(
    "LC208",
    "axis-scrambled",
    "error",
    Page(
        what="Numbers were laid into another shape where axes should have been exchanged.",
        why=(
            "`view` and `reshape` keep the order of the numbers in memory: the shape is right and "
            "every number stands at the wrong place."
        ),
        example="logits.view(n, classes, h, w)       # of (n, h, w, classes): permute(0, 3, 1, 2)",
        remedy="Exchange the axes: `permute` or `transpose`, not `view` or `reshape`.",
        reference="https://docs.pytorch.org/docs/stable/generated/torch.permute.html",
        evidence=(
            "With the axes read in another order the loss falls by more than six standard errors, "
            "and lies six below that of all pairings."
        ),
    ),
    needs=("sample", "whole rows", "pairs"),
)
def axis_scrambled(facts: Facts) -> Seen | None:
    """Look for an order of the axes that fits far better."""
    sample, pairs = facts.sample, pairs_of_sample(facts)
    if sample is None or pairs is None or sample.of_means:
        return None
    saved = as_saved(facts, sample.predictions)
    if saved.ndim < 2:
        return None

    def paired(other: Array) -> Pairs:
        return pair(facts, in_sample(facts, other))

    found = find_axis_order(saved, pairs, paired, is_whole=sample_is_whole(facts))
    if found is None:
        return None
    lengths = ("-1", *map(str, found.saved[1:])) if found.axes[0] == 0 else map(str, found.saved)
    shape = f"({', '.join(lengths)})"
    axes = ", ".join(map(str, found.axes))
    return Seen(
        f"read as {'×'.join(map(str, found.saved))} and transposed to the axes ({axes}), the "
        f"predictions fit the targets better by {min(found.gain, 1e6):.0f} standard errors",
        {"saved": list(found.saved), "axes": list(found.axes), "standard_errors": found.gain},
        command=facts.repair.rewrite(predictions=f"p.reshape({shape}).transpose({axes})"),
    )


def _are_rows(targets: Array) -> bool:
    """Whether soft targets are rows of shares, beside which hard rows may be predictions."""
    return targets.ndim == 2 and bool(np.allclose(targets.sum(axis=1), 1.0, atol=1e-3))


def _names_soft_targets(facts: Facts) -> bool:
    """Whether the loss compares two distributions, for which LC407 speaks."""
    return facts.loss is not None and facts.loss.divergence
