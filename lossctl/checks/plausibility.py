"""Values of a loss that no useful model has (LC6xx)."""

import math

import numpy as np

from lossctl.checks.facts import Facts
from lossctl.checks.rule import Page, Seen, rule
from lossctl.diagnostics.value_levels import SURE, Excess, above

MOST_SHOWN = 1e6  # standard errors
LEAST_ITEMS = 10  # the standard error of fewer says little


def _judges_probabilities(facts: Facts) -> bool:
    """Whether honest predictions have no higher loss than constant ones.

    Of labels a proper loss that weighs all classes alike; every loss on values with a context.
    """
    if facts.loss is None or facts.loss.higher_is_better:
        return False
    if facts.form == "values":
        return True
    return facts.loss.is_proper(facts.params) is True and facts.options.class_weights is None


def _above(facts: Facts, word: str, factor: float = 1.0) -> Excess | None:
    """Return how far the value lies above a word of its context."""
    value = facts.value
    if value is None or math.isnan(value.error) or value.items < LEAST_ITEMS:
        return None
    level = value.context.get(word, math.nan) * factor
    if word != "chance":
        level += _optimism(facts, level, value.items)
    return above(value.value, level, value.error)


def _optimism(facts: Facts, level: float, items: int) -> float:
    """Return by how much the best constant for these targets may beat the best one for all.

    It is fitted to them. Of a log loss 2n times the difference has a χ² distribution with as many
    degrees of freedom as the constant has numbers (Wilks, 1938); of squares it is σ² χ²₁ / n.
    """
    if not items:
        return 0.0
    numbers = 1
    if facts.form == "rows":
        numbers = facts.classes - 1
    elif facts.form == "items" and facts.class_axis is not None:
        numbers = facts.predictions.shape[facts.class_axis]
    most = numbers + SURE * math.sqrt(2.0 * numbers) + 4.0  # three standard deviations up
    return level * most / items if facts.form == "values" else 0.5 * most / items


def _seen(facts: Facts, excess: Excess, what: str, **evidence: float) -> Seen:
    assert facts.loss is not None  # noqa: S101 - its value was compared
    far = f" by {min(excess.errors, MOST_SHOWN):.0f} standard errors" if excess.is_measured else ""
    return Seen(
        f"{facts.loss.id} is {excess.value:.4g}, above {what} ({excess.level:.4g}){far}",
        {
            "value": excess.value,
            "level": excess.level,
            "standard_errors": excess.errors,
            **evidence,
        },
    )


@rule(
    "LC601",
    "worse-than-chance",
    "warning",
    Page(
        what="The value is worse than that of guessing, with all classes alike.",
        why=(
            "log C is what a model gets that knows nothing and says so. Above it predictions are "
            "sure and wrong: of other rows, of classes in another order, or far too confident."
        ),
        example="lossctl compute p.npy y.npy --loss cross_entropy   # 3.9; log C is 2.3",
        remedy=(
            "Check that rows and classes belong together (LC2xx); if they do, calibrate: "
            "divide the logits by a temperature."
        ),
        reference="arXiv:1706.04599",
        evidence="More than three standard errors above chance, of proper losses only.",
    ),
    needs=("loss", "value"),
)
def worse_than_chance(facts: Facts) -> Seen | None:
    """Compare the value with chance."""
    excess = _above(facts, "chance") if _judges_probabilities(facts) else None
    return None if excess is None else _seen(facts, excess, "chance")


@rule(
    "LC602",
    "worse-than-constant",
    "warning",
    Page(
        what="The value is worse than that of the best constant prediction.",
        why=(
            "Predicting the shares of the classes, or the mean of the targets, for every row needs "
            "no model and has a lower loss."
        ),
        example="lossctl compute p.npy y.npy --loss mse   # 2.1; the targets have variance 1.3",
        remedy="Check scale, sign and order of the predictions; if they are right, calibrate them.",
        reference="https://scikit-learn.org/stable/modules/model_evaluation.html#dummy-estimators",
        evidence=(
            "More than three standard errors above the loss of the best constant, which results "
            "show beside the value."
        ),
    ),
    needs=("loss", "value"),
)
def worse_than_constant(facts: Facts) -> Seen | None:
    """Compare the value with that of the best constant."""
    if not _judges_probabilities(facts):
        return None
    for word, what in (
        ("constant", "that of the best constant prediction"),
        ("target_variance", "the variance of the targets, which predicting their mean has"),
    ):
        excess = _above(facts, word)
        if excess is not None:
            return _seen(facts, excess, what)
    return None


@rule(
    "LC603",
    "exactly-zero",
    "warning",
    Page(
        what="The value is exactly 0.",
        why=(
            "Predictions of real data are not perfect: targets leaked into them, everything was "
            "ignored or has weight 0, or nothing was compared."
        ),
        example="predictions = targets   # a view of the same array",
        remedy="Check where the predictions come from, and which items count.",
        reference="doi:10.1016/j.patter.2023.100804",
        evidence="The value is 0, of a loss for which that is perfection.",
    ),
    needs=("loss", "value"),
)
def exactly_zero(facts: Facts) -> Seen | None:
    """Compare the value with 0."""
    loss, value = facts.loss, facts.value
    if loss is None or value is None or value.value != 0.0:
        return None
    if loss.higher_is_better or set(loss.tasks) & {"logic", "constraints"}:
        return None
    return Seen(f"{loss.id} is exactly 0 over {value.items} items", {"value": 0.0})


@rule(
    "LC604",
    "beyond-bad",
    "warning",
    Page(
        what="The value lies in the range that the page of the loss calls bad.",
        why=(
            "A cross-entropy above 2·log C, a Dice loss above .7 or a squared error above the "
            "variance of the targets is rarely a weak model and often a mistake before the loss."
        ),
        example="lossctl compute p.npy masks.npy --loss dice   # 0.93",
        remedy="Check activation, order and labels of the predictions before training on.",
        reference="arXiv:1606.04797",
        evidence=(
            "More than three standard errors above the level that the loss declares: a multiple of "
            "chance, of the variance of the targets, or a number. Masks must also be sure enough "
            "to overlap further, were they right."
        ),
    ),
    needs=("loss", "value"),
)
def beyond_bad(facts: Facts) -> Seen | None:
    """Compare the value with where bad values begin."""
    loss, value = facts.loss, facts.value
    if loss is None or value is None or loss.bad_above is None:
        return None
    word, factor = loss.bad_above
    if word:
        excess = _above(facts, word, factor)
    elif _overlap_if_right(facts) < 1.0 - factor:
        return None
    else:  # one mask alone has no standard error, and may have a Dice loss of 0.9 none the less
        excess = above(value.value, factor, 0.0 if math.isnan(value.error) else value.error)
    if excess is None:
        return None
    what = {"chance": f"{factor:g} times chance", "target_variance": "the variance of the targets"}
    return _seen(facts, excess, what.get(word, "where bad values begin"))


def _overlap_if_right(facts: Facts) -> float:
    """Return the soft Dice overlap that the masks of the sample would have, were they right.

    With targets drawn from p it is Σp² / Σp: of weak masks that say so it is low, and no mistake.
    """
    sample = facts.sample
    if sample is None or facts.form != "items":
        return 1.0
    p = sample.predictions[sample.counts]
    if facts.looks == "logits":
        p = 0.5 * (1.0 + np.tanh(0.5 * p))
    total = float(p.sum())
    return float((p * p).sum()) / total if total > 0.0 else 1.0
