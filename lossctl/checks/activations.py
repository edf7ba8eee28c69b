"""Predictions whose activation is not what the loss takes (LC1xx)."""

import math
from typing import Any

import numpy as np

from lossctl.checks.facts import Facts
from lossctl.checks.repair import LEFT_OUT
from lossctl.checks.rule import Page, Seen, rule
from lossctl.checks.scores import FEW, axis_of, is_better, scored_pairs
from lossctl.core.spelling import number, plural

PERCENT, BYTE = 100.0, 255.0
NEAR = 0.05  # outside [0, 1], and no further, rounding and resampling take probabilities
LEAST_PERCENT = 20.0  # what percentages of many items reach; logits of models are smaller
SUM_TOLERANCE = 0.01  # relative, of rows of percentages
MANY_SATURATED = 0.01  # share of exact 0 and 1 that is worth knowing of


@rule(
    "LC103",
    "probabilities-as-logits",
    "error",
    Page(
        what="A loss that reads logits is given probabilities.",
        why=(
            "It applies its own sigmoid or softmax to them, as if all models were nearly "
            "undecided: the value says little of the model, and cannot come near 0."
        ),
        example=(
            "np.save('preds.npy', model.predict_proba(x))\n"
            "lossctl compute preds.npy y.npy --loss bce_with_logits"
        ),
        remedy="Say that they are probabilities, use a loss that reads these, or save logits.",
        reference="https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html",
        evidence=(
            "Every prediction lies in [0, 1], or no further than 0.05 from it, and the loss reads "
            "logits; where they reach neither end, they must agree with the targets better as "
            "probabilities."
        ),
    ),
    needs=("labels", "loss"),
)
def probabilities_as_logits(facts: Facts) -> Seen | None:
    """Look for predictions in [0, 1], but for rounding, that are read as logits."""
    seen = facts.predictions
    if facts.read_as != "logits" or not _near_unit(facts) or seen.count < FEW or seen.constant:
        return None
    hard = seen.zeros + seen.ones == seen.count
    if hard and facts.form == "rows":
        return None  # one-hot rows, which a margin may be measured of
    if facts.form == "items" and not _reaches_both_ends(facts):
        scores, targets = scored_pairs(facts)
        if not is_better(facts, 1.0 / (1.0 + np.exp(-scores)), scores, targets):
            return None  # logits of a model that is nearly undecided
    place = "in [0, 1]" if seen.in_unit else f"within {NEAR:g} of [0, 1]"
    return Seen(
        f"every prediction lies {place}, between {number(seen.low, 4)} and "
        f"{number(seen.high, 4)}, and is read as a logit",
        {"low": seen.low, "high": seen.high, "predictions": seen.count},
        command=_as_logits(facts),
    )


def _near_unit(facts: Facts) -> bool:
    return facts.predictions.low >= -NEAR and facts.predictions.high <= 1.0 + NEAR


def _reaches_both_ends(facts: Facts) -> bool:
    return facts.predictions.low < NEAR and facts.predictions.high > 1.0 - NEAR


def _as_logits(facts: Facts) -> str:
    """Return the command for probabilities: said so, or made logits."""
    if facts.reads("probabilities"):
        clipped: dict[str, Any] = {} if facts.predictions.in_unit else {"clip_predictions": True}
        return facts.repair.compute(input="probabilities", **clipped)
    logs = "np.log(np.clip(p.astype(float), 1e-12, 1))"
    odds = f"{logs} - np.log(np.clip(1 - p.astype(float), 1e-12, 1))"
    return facts.repair.rewrite(predictions=odds if facts.form == "items" else logs)


@rule(
    "LC104",
    "logits-as-probabilities",
    "error",
    Page(
        what="A loss that reads probabilities is given logits.",
        why=(
            "Logarithms of what lies outside [0, 1] do not exist, and what clipping makes of them "
            "is no probability of anything."
        ),
        example=(
            "np.save('preds.npy', model.decision_function(x))\n"
            "lossctl compute preds.npy y.npy --loss bce --input probabilities"
        ),
        remedy="Say that they are logits, or save the output of the sigmoid or softmax.",
        reference="https://docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html",
        evidence="Predictions lie on both sides of [0, 1] or far outside, as no probabilities do.",
    ),
    needs=("labels", "loss"),
)
def logits_as_probabilities(facts: Facts) -> Seen | None:
    """Look for predictions outside [0, 1] that are read as probabilities."""
    seen = facts.predictions
    if facts.read_as != "probabilities" or not seen.count or scale_of(facts) is not None:
        return None
    if _near_unit(facts):
        return None
    unclipped: dict[str, Any] = {"clip_predictions": LEFT_OUT}
    if facts.reads("logits"):
        command = facts.repair.compute(**unclipped, input="logits")
    else:
        command = facts.repair.rewrite(options=unclipped, predictions=_activated(facts))
    return Seen(
        f"predictions lie between {number(seen.low, 4)} and {number(seen.high, 4)} and are read "
        "as probabilities",
        {"low": seen.low, "high": seen.high, "predictions": seen.count},
        command=command,
    )


def _activated(facts: Facts) -> str:
    if facts.form == "items":
        return "1 / (1 + np.exp(-p.astype(float)))"
    axis = axis_of(facts)
    return (
        f"(lambda e: e / e.sum({axis}, keepdims=True))"
        f"(np.exp(p.astype(float) - p.max({axis}, keepdims=True)))"
    )


@rule(
    "LC105",
    "rows-not-normalized",
    "error",
    Page(
        what="Rows of class probabilities do not sum to 1.",
        why=(
            "They are no distribution over the classes: sigmoids of each class by itself, columns "
            "that are missing, or rounded numbers. A loss of exclusive classes means nothing on "
            "them, or depends on how it is read."
        ),
        example="p = torch.sigmoid(model(x))  # of exclusive classes, which need a softmax",
        remedy="Divide each row by its sum, or save logits; for several labels at once use bce.",
        reference="https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html",
        evidence="All predictions lie in [0, 1], and sums of rows differ from 1.",
    ),
    needs=("rows",),
)
def rows_not_normalized(facts: Facts) -> Seen | None:
    """Look for rows in [0, 1] whose sums differ from 1."""
    rows, seen = facts.rows, facts.predictions
    if rows is None or not rows.unnormalized or not seen.in_unit or facts.looks == "labels":
        return None
    if facts.read_as == "logits" and not facts.reads("probabilities"):
        return None  # that is LC103
    count = plural(rows.unnormalized, "row")
    return Seen(
        f"{count} of {rows.count} in [0, 1] do not sum to 1: sums lie between "
        f"{number(rows.sum_low, 4)} and {number(rows.sum_high, 4)}",
        {
            "unnormalized": rows.unnormalized,
            "rows": rows.count,
            "sum_low": rows.sum_low,
            "sum_high": rows.sum_high,
        },
        rows=[rows.first_unnormalized],
        command=facts.repair.rewrite(predictions=f"p / p.sum({axis_of(facts)}, keepdims=True)"),
    )


@rule(
    "LC106",
    "saturated",
    "warning",
    Page(
        what="Probabilities are exactly 0 where they should not be: of what is true.",
        why=(
            "The sigmoid of a float32 logit beyond 17 is exactly 1, and a softmax in float16 gives "
            "exact zeros. The log loss there is infinite; what a library makes of it is "
            "the log of its own clipping constant, and the mean is a mean of these."
        ),
        example="p = model(x).half().softmax(dim=1)  # 6e-8 is the least number above 0",
        remedy="Save logits, or probabilities in float64; the command clips, which only hides it.",
        reference="https://docs.scipy.org/doc/scipy/reference/generated/scipy.special.log_softmax.html",
        evidence="Items whose true label has probability exactly 0, and their part of the loss.",
    ),
    needs=("labels",),
)
def saturated(facts: Facts) -> Seen | None:
    """Count exact zeros and ones, and what is true of them."""
    seen = facts.predictions
    exact = seen.zeros + seen.ones
    if facts.looks != "probabilities" or not exact:
        return None
    evidence: dict[str, float] = {
        "zeros": seen.zeros,
        "ones": seen.ones,
        "predictions": seen.count,
        "impossible": facts.impossible,
    }
    if not facts.impossible:
        if exact < MANY_SATURATED * seen.count:
            return None
        return Seen(
            f"{exact} of {seen.count} predictions are exactly 0 or 1; what is true never has "
            "probability 0",
            evidence,
            severity="info",
            remedy="Nothing is wrong; logits keep what such probabilities have lost.",
        )
    share = _share_of_loss(facts)
    part = ""
    if share is not None:
        evidence["share_of_loss"] = share
        part = f", {number(100 * share, 3)} % of the loss"
    return Seen(
        f"what is true has probability exactly 0 in {plural(facts.impossible, 'item')}{part}",
        evidence,
        rows=[facts.first_impossible],
        command=_clipped(facts),
    )


def _clipped(facts: Facts) -> str:
    clipped = "np.clip(p.astype(float), 1e-7, 1 - 1e-7)"
    if facts.form == "items":
        return facts.repair.rewrite(predictions=clipped)
    axis = axis_of(facts)
    return facts.repair.rewrite(
        predictions=f"(lambda c: c / c.sum({axis}, keepdims=True))({clipped})"
    )


def _share_of_loss(facts: Facts) -> float | None:
    """Return what share of a log loss the items add whose true label has probability 0."""
    epsilon = facts.params.get("epsilon")
    value = facts.value
    if value is None or not epsilon or not {"chance", "bits"} <= value.context.keys():
        return None
    whole = value.value * value.items
    return min(-math.log(float(epsilon)) * facts.impossible / whole, 1.0) if whole > 0 else None


@rule(
    "LC107",
    "percent-scale",
    "error",
    Page(
        what="Probabilities are given as percentages, or as bytes from 0 to 255.",
        why=(
            "Read as logits, 50 is a probability of 1 and 0 one of one half; read as "
            "probabilities they are none."
        ),
        example="np.save('preds.npy', 100 * model.predict_proba(x))",
        remedy="Divide the predictions by 100 (or 255).",
        reference="https://docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html",
        evidence=(
            "No prediction is negative, and rows sum to 100 or 255; or single scores reach beyond "
            "20 and no further than these."
        ),
    ),
    needs=("labels",),
)
def percent_scale(facts: Facts) -> Seen | None:
    """Look for probabilities from 0 to 100 or 255."""
    scale = scale_of(facts)
    if scale is None:
        return None
    seen = facts.predictions
    return Seen(
        f"predictions lie between {number(seen.low, 4)} and {number(seen.high, 4)}"
        + (f", and rows sum to {scale:g}" if facts.form == "rows" else ", none is negative"),
        {"low": seen.low, "high": seen.high, "scale": scale},
        remedy=f"Divide the predictions by {scale:g}.",
        command=facts.repair.rewrite(predictions=f"p / {scale:g}"),
    )


def scale_of(facts: Facts) -> float | None:
    """Return 100 or 255 where that stands for 1 in the predictions, None elsewhere."""
    seen, rows = facts.predictions, facts.rows
    if not seen.count or seen.low < 0.0 or seen.high <= 1.0 + NEAR:
        return None
    if rows is not None:
        scales = (
            scale
            for scale in (PERCENT, BYTE)
            if abs(rows.sum_low - scale) <= SUM_TOLERANCE * scale
            and abs(rows.sum_high - scale) <= SUM_TOLERANCE * scale
        )
        return next(scales, None)
    if seen.count < FEW or seen.high < LEAST_PERCENT:
        return None
    if seen.high <= PERCENT * (1.0 + SUM_TOLERANCE):
        return PERCENT
    return BYTE if seen.high <= BYTE and seen.whole else None
