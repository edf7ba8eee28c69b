"""Probabilities that went through their activation twice (LC101, LC102)."""

import math

import numpy as np

from lossctl.checks.facts import Facts
from lossctl.checks.rule import Page, Seen, rule
from lossctl.checks.scores import FEW, axis_of, is_better, scored_pairs
from lossctl.core.spelling import number


@rule(
    "LC101",
    "softmax-twice",
    "error",
    Page(
        what="A softmax was applied to probabilities: scores went through it twice.",
        why=(
            "The second softmax squeezes C classes into 1/(C−1+e) … e/(C−1+e). The loss of a "
            "perfect model stays far from 0, gradients vanish, and no confidence is ever near 1."
        ),
        example=(
            "p = torch.softmax(model(x), dim=1)      # the model\n"
            "loss = torch.nn.CrossEntropyLoss()(p, y)  # applies it again"
        ),
        remedy="Apply the softmax once: save the logits, or the output of the first softmax.",
        reference="https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html",
        evidence=(
            "With l = log p, q = l + (1 − Σl)/C undoes a softmax of a distribution; q is a "
            "distribution again in every row (least entry ≥ −1e-4), and reaches both borders "
            "(below 0.05 and above 0.9). Where it only comes near them, the undone rows must agree "
            "with the targets better."
        ),
    ),
    needs=("rows", "sample"),
)
def softmax_twice(facts: Facts) -> Seen | None:
    """Undo a softmax: what is left are probabilities if it was one too many."""
    scores, targets = scored_pairs(facts)
    if facts.looks != "probabilities" or len(scores) < FEW or scores.min() <= 0.0:
        return None
    logs = np.log(scores)
    undone = logs + (1.0 - logs.sum(axis=1, keepdims=True)) / scores.shape[1]
    low, high = float(undone.min()), float(undone.max())
    if not (-1e-4 <= low < 0.05 and 0.9 < high <= 1.0 + 1e-3):
        return None
    to_both_ends = low < 0.01 and high > 0.99
    if not to_both_ends and not is_better(facts, scores, undone, targets):
        return None
    axis = axis_of(facts)
    expression = (
        f"(lambda l: np.clip(l + (1 - l.sum({axis}, keepdims=True)) / l.shape[{axis}], 0, 1))"
        "(np.log(p.astype(float)))"
    )
    return Seen(
        f"a softmax was applied twice: undone once, the rows are probabilities still, from "
        f"{number(low, 3)} to {number(high, 3)}; as they are they lie between "
        f"{number(float(scores.min()), 3)} and {number(float(scores.max()), 3)}",
        {
            "low": float(scores.min()),
            "high": float(scores.max()),
            "undone_low": low,
            "undone_high": high,
            "rows": len(scores),
        },
        command=facts.repair.rewrite(predictions=expression),
    )


@rule(
    "LC102",
    "sigmoid-twice",
    "error",
    Page(
        what="A sigmoid was applied to probabilities: each score went through it twice.",
        why=(
            "The sigmoid of a probability lies between 0.5 and 0.731: every item is predicted as "
            "positive, and the loss of a perfect model is 0.5 instead of 0."
        ),
        example=(
            "p = torch.sigmoid(model(x))                 # the model\n"
            "loss = torch.nn.BCEWithLogitsLoss()(p, y)   # applies it again"
        ),
        remedy="Apply the sigmoid once: save the logits, or the output of the first sigmoid.",
        reference="https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html",
        evidence=(
            "log(p/(1 − p)) of every prediction lies in [0, 1] and reaches below 0.1 and above 0.9."
        ),
    ),
    needs=("items", "sample"),
)
def sigmoid_twice(facts: Facts) -> Seen | None:
    """Undo a sigmoid: what is left are probabilities if it was one too many."""
    scores, targets = scored_pairs(facts)
    if facts.looks != "probabilities" or len(scores) < FEW:
        return None
    low, high = float(scores.min()), float(scores.max())
    if not 0.0 < low <= high < 1.0:
        return None
    undone_low, undone_high = (math.log(end) - math.log1p(-end) for end in (low, high))
    if not (-1e-3 <= undone_low < 0.1 and 0.9 < undone_high <= 1.0 + 1e-3):
        return None
    undone = np.log(scores) - np.log1p(-scores)
    to_both_ends = undone_low < 0.01 and undone_high > 0.99
    if not to_both_ends and not is_better(facts, scores, undone, targets):
        return None
    expression = "np.clip(np.log(p.astype(float)) - np.log1p(-p.astype(float)), 0, 1)"
    return Seen(
        f"a sigmoid was applied twice: every prediction lies between {number(low, 3)} and "
        f"{number(high, 3)}, the sigmoids of {number(undone_low, 3)} and {number(undone_high, 3)}",
        {"low": low, "high": high, "undone_low": undone_low, "undone_high": undone_high},
        command=facts.repair.rewrite(predictions=expression),
    )
